// SPDX-License-Identifier: Apache-2.0
// A histogram of spans of time with a stated relative error (metrics-and-statistics.md section 4).
#pragma once
#include <bit>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "sim/core/contract.hpp"
#include "sim/core/sim_time.hpp"

namespace brokersim {

/// HdrHistogram's layout for a number of significant decimal digits: sub_buckets = 2^ceil(log2(2 * 10^digits)), and a
/// value v lies in a bucket of width 2^max(0, bit_width(v) - log2(sub_buckets)), so the relative error is at most
/// 10^-digits. source  HdrHistogram; checked by tests/validation/metrics-vectors.json, group "hdr"
template <int digits>
struct HdrLayout {
  static constexpr std::uint64_t power_of_ten() {
    std::uint64_t power = 1;
    for (int i = 0; i < digits; ++i) power *= 10;
    return power;
  }
  static constexpr std::uint64_t sub_buckets = std::bit_ceil(2 * power_of_ten());
  static constexpr int sub_bucket_bits = static_cast<int>(std::bit_width(sub_buckets)) - 1;

  static constexpr int shift_of(std::uint64_t value) {
    return static_cast<int>(std::bit_width(value | (sub_buckets - 1))) - sub_bucket_bits;
  }
  static constexpr std::uint64_t bucket_width(std::uint64_t value) { return std::uint64_t{1} << shift_of(value); }
  static constexpr std::uint64_t lowest_equivalent(std::uint64_t value) { return value & ~(bucket_width(value) - 1); }
  static constexpr std::uint64_t highest_equivalent(std::uint64_t value) {
    return lowest_equivalent(value) + bucket_width(value) - 1;
  }
  static constexpr std::uint64_t median_equivalent(std::uint64_t value) {
    return lowest_equivalent(value) + bucket_width(value) / 2;
  }
  static constexpr std::size_t index_of(std::uint64_t value) {
    const int shift = shift_of(value);
    return (static_cast<std::size_t>(shift) << (sub_bucket_bits - 1)) + static_cast<std::size_t>(value >> shift);
  }
  static constexpr std::uint64_t lowest_of_index(std::size_t index) {
    if (index < sub_buckets) return index;
    const std::size_t half = sub_buckets / 2;
    const std::size_t shift = index / half - 1;
    return static_cast<std::uint64_t>(index - shift * half) << shift;
  }
};

/// When the records of one batch were meant to be sent, as spans after the first of them.
///
/// offsets  shape [count], ns, ascending, offsets[0] == 0; or null: evenly spaced by step_ps picoseconds
struct RecordRun {
  Instant first{};
  std::int64_t step_ps = 0;
  const std::int64_t* offsets = nullptr;
  std::uint32_t count = 0;

  [[nodiscard]] Duration offset(std::uint32_t i) const {
    return Duration{offsets != nullptr ? offsets[i] : step_ps * static_cast<std::int64_t>(i) / 1000};
  }
};

/// Counts of latencies by value: unit 1 us, three digits, 1 us to 1 h; longer ones are counted in the last bucket.
/// Sum, minimum and maximum are kept exactly in ns beside the counts, so that means carry no bucket error.
class LatencyHistogram {
 public:
  using Layout = HdrLayout<3>;
  static constexpr std::uint64_t longest_us = 3'600'000'000;

  /// Adds `weight` observations of `value` (>= 0).
  void record(Duration value, std::uint64_t weight = 1) {
    count_bucket(static_cast<std::uint64_t>(value.count()) / 1000, weight);
    note(value, value, weight);
    sum_ns_ += static_cast<Wide>(value.count()) * static_cast<Wide>(weight);
  }

  /// Adds one observation for each record of `run` from `skip` on: record i was finished at `finished` + i * `pace`.
  /// Returns the sum of the observations.
  Duration record_run(const RecordRun& run, std::uint32_t skip, Instant finished, Duration pace);

  /// Observations that never ended: above every finite value.
  void record_censored(std::uint64_t weight) { censored_ += weight; }
  void merge(const LatencyHistogram& other);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::uint64_t censored() const { return censored_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] Duration minimum() const { return Duration{minimum_ns_}; }  ///< only if not empty
  [[nodiscard]] Duration maximum() const { return Duration{maximum_ns_}; }  ///< only if not empty
  [[nodiscard]] double sum_seconds() const { return static_cast<double>(sum_ns_) * 1e-9; }
  /// Mean of the finished observations in seconds; 0 if there are none.
  [[nodiscard]] double mean_seconds() const { return count_ == 0 ? 0 : sum_seconds() / static_cast<double>(count_); }
  /// Nearest rank: the ceil(p (count + censored))-th smallest, as the middle of its bucket, within [minimum, maximum].
  /// None if that observation is censored or there is none. p in (0, 1].
  [[nodiscard]] std::optional<double> quantile_seconds(double p) const;
  /// Share of all observations, censored ones included, that are at most `limit` (to bucket precision).
  [[nodiscard]] double share_up_to(Duration limit) const;

  struct Bucket {
    std::uint64_t lowest_us, highest_us, count;
  };
  [[nodiscard]] std::vector<Bucket> buckets() const;  ///< those with a count, ascending

 private:
  __extension__ using Wide = __int128;

  static constexpr std::int64_t ps_per_us = 1'000'000;
  static constexpr std::int64_t deferred_us = 1 << 17;  ///< runs from 131 ms on are counted value by value

  [[nodiscard]] const std::vector<std::uint64_t>& counts() const {
    if (!run_ends_.empty()) count_deferred();
    return counts_;
  }
  bool defer_evenly_spaced(std::int64_t first_ps, std::int64_t step_ps, std::uint32_t n);
  void count_deferred() const;
  void count_evenly_spaced(std::int64_t first_ps, std::int64_t step_ps, std::uint32_t n, Duration greatest);
  void count_bucket(std::uint64_t us, std::uint64_t weight) {
    if (us > longest_us) [[unlikely]]
      us = longest_us;
    const std::size_t index = Layout::index_of(us);
    if (index >= counts_.size()) [[unlikely]]
      counts_.resize(index + Layout::sub_buckets / 2);
    counts_[index] += weight;
  }
  void note(Duration low, Duration high, std::uint64_t weight) {
    if (low.count() < minimum_ns_) minimum_ns_ = low.count();
    if (high.count() > maximum_ns_) maximum_ns_ = high.count();
    count_ += weight;
  }

  mutable std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(8 * Layout::sub_buckets / 2);
  /// Of runs whose values are stride_us_ apart, by microsecond plus one stride: begun there minus ended there. A
  /// hundred records of a batch cost two additions so; counts_ gets them when it is read (one thread at a time, as for
  /// writing).
  mutable std::vector<std::int64_t> run_ends_;
  std::int64_t stride_us_ = 0;  ///< of the first run noted; 0: none yet
  std::uint64_t count_ = 0;
  std::uint64_t censored_ = 0;
  Wide sum_ns_ = 0;
  std::int64_t minimum_ns_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t maximum_ns_ = 0;
};

}  // namespace brokersim
