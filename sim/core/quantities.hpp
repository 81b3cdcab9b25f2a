// SPDX-License-Identifier: Apache-2.0
// Typed quantities and ids: BrokerIndex{3} never compares to PartitionIndex{3}.
#pragma once
#include <compare>
#include <cstdint>

#include "sim/core/sim_time.hpp"

namespace brokersim {

using Bytes = std::int64_t;    ///< a size in bytes, >= 0
using Records = std::int64_t;  ///< a number of records, >= 0

/// A rate of bytes. 0 means unlimited: what moves takes no time.
struct BytesPerSecond {
  std::int64_t value = 0;
  [[nodiscard]] constexpr bool unlimited() const { return value == 0; }
};

/// Time to move `size` bytes at `rate`, rounded up to a nanosecond: nothing moves in no time, unless the rate is
/// unlimited.
///
/// size  0 .. 9e9 bytes a call (the product with 1e9 must fit 64 bits); larger sizes saturate through 128-bit
/// arithmetic
[[nodiscard]] constexpr Duration transfer_time(Bytes size, BytesPerSecond rate) {
  if (rate.unlimited()) return Duration::zero();
  if (size < 9'000'000'000) [[likely]]
    return Duration{(size * 1'000'000'000 + rate.value - 1) / rate.value};
  __extension__ using Wide = __int128;
  return Duration{static_cast<std::int64_t>((static_cast<Wide>(size) * 1'000'000'000 + rate.value - 1) / rate.value)};
}

/// transfer_time() at one rate, for a road that many messages take: a multiplication instead of a division. At most a
/// nanosecond more than transfer_time(), and equal to it from 1 MiB on.
class TransferTime {
 public:
  explicit constexpr TransferTime(BytesPerSecond rate) : rate_(rate) {
    if (!rate.unlimited())
      scaled_ns_per_byte_ = (std::int64_t{1'000'000'000} * (1 << 20) + rate.value - 1) / rate.value;
  }
  [[nodiscard]] constexpr Duration time_of(Bytes size) const {
    if (size >= 1 << 20 || scaled_ns_per_byte_ >= std::int64_t{1} << 42) [[unlikely]]
      return transfer_time(size, rate_);
    return Duration{(size * scaled_ns_per_byte_ + (1 << 20) - 1) >> 20};
  }

 private:
  BytesPerSecond rate_;
  std::int64_t scaled_ns_per_byte_ = 0;  // ns * 2^20
};

/// What work on a request costs a thread: a fixed part and a part for each byte.
struct WorkCost {
  Duration per_request{};
  std::int64_t picoseconds_per_byte = 0;

  [[nodiscard]] constexpr Duration of(Bytes size) const {
    return per_request + Duration{size * picoseconds_per_byte / 1000};
  }
};

/// A place in one of the model's own arrays.
template <class Tag>
struct Index {
  std::uint32_t value = 0;
  friend constexpr auto operator<=>(Index, Index) = default;
};
using ZoneIndex = Index<struct ZoneTag>;
using BrokerIndex = Index<struct BrokerTag>;
using TopicIndex = Index<struct TopicTag>;
using PartitionIndex = Index<struct PartitionTag>;
using GroupIndex = Index<struct GroupTag>;

}  // namespace brokersim
