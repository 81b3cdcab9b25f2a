// SPDX-License-Identifier: Apache-2.0
// What each broker was asked to do, window by window (metrics-and-statistics.md section 2.1).
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "sim/core/quantities.hpp"
#include "sim/core/sim_time.hpp"

namespace brokersim {

/// The resources of a broker that can run out.
enum class BrokerResource : std::uint8_t { network_threads, io_threads, nic_in, nic_out };
inline constexpr std::size_t broker_resources = 4;

/// The load of one broker in one window. Bytes are stored record-batch bytes unless they say wire.
struct BrokerLoad {
  Bytes producer_bytes_in = 0;
  Bytes replication_bytes_in = 0;
  Bytes replication_bytes_out = 0;
  Bytes consumer_bytes_out_as_leader = 0;
  Bytes consumer_bytes_out_as_follower = 0;
  Bytes wire_bytes_in = 0;
  Bytes wire_bytes_out = 0;
  std::int64_t produce_requests = 0;
  std::int64_t consumer_fetch_requests = 0;
  std::int64_t follower_fetch_requests = 0;
  Duration request_queue_time{};                     ///< summed over requests that began service in the window
  std::array<Duration, broker_resources> busy{};     ///< thread-time or link-time, indexed by BrokerResource
  std::array<Duration, broker_resources> offered{};  ///< work that arrived, whenever it was done

  [[nodiscard]] Bytes consumer_bytes_out() const {
    return consumer_bytes_out_as_leader + consumer_bytes_out_as_follower;
  }
  [[nodiscard]] Bytes bytes_out() const { return replication_bytes_out + consumer_bytes_out(); }
  [[nodiscard]] Bytes bytes_in() const { return producer_bytes_in + replication_bytes_in; }
  BrokerLoad& operator+=(const BrokerLoad& other);
};

/// Load by window and broker over the observation interval [start, end). What happens outside is not entered.
class LoadLedger {
 public:
  /// window > 0; the last window may be shorter
  LoadLedger(std::size_t brokers, Instant start, Instant end, Duration window);

  /// Where to enter what happens at `when`; outside the interval a scratch place that no report reads.
  [[nodiscard]] BrokerLoad& at(BrokerIndex broker, Instant when) {
    if (when < row_start_ || when >= row_end_) [[unlikely]]
      turn_to(when);
    return row_[broker.value];
  }
  /// Whether an instant is inside the interval.
  [[nodiscard]] bool covers(Instant when) const { return when >= start_ && when < end_; }
  /// Enters work on a resource: busy from `begin` to `end`, offered at `arrived`, which is not after `begin`.
  void busy(BrokerIndex broker, BrokerResource resource, Instant arrived, Instant begin, Instant end) {
    const auto r = static_cast<std::size_t>(resource);
    BrokerLoad& load = at(broker, arrived);
    load.offered[r] += end - begin;
    if (end <= row_end_) [[likely]] {
      load.busy[r] += end - begin;
    } else {
      busy_over_windows(broker, r, begin, end);
    }
  }

  [[nodiscard]] std::size_t windows() const { return windows_; }
  [[nodiscard]] Instant window_start(std::size_t w) const { return start_ + static_cast<std::int64_t>(w) * window_; }
  [[nodiscard]] Duration window_length(std::size_t w) const { return std::min(window_, end_ - window_start(w)); }
  [[nodiscard]] const BrokerLoad& load(std::size_t w, BrokerIndex broker) const {
    return loads_[w * brokers_ + broker.value];
  }
  [[nodiscard]] BrokerLoad total(BrokerIndex broker) const;
  [[nodiscard]] std::size_t brokers() const { return brokers_; }

 private:
  void busy_over_windows(BrokerIndex broker, std::size_t resource, Instant begin, Instant end);
  void turn_to(Instant when);  // time mostly stands still between entries, so the row of its window is kept at hand

  std::size_t brokers_;
  Instant start_, end_;
  Duration window_;
  std::size_t windows_;
  std::vector<BrokerLoad> loads_;    // shape [windows][brokers]
  std::vector<BrokerLoad> outside_;  // shape [brokers]
  BrokerLoad* row_ = nullptr;        // of the window [row_start_, row_end_), or outside_
  Instant row_start_{}, row_end_{};
};

}  // namespace brokersim
