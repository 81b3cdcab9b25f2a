// SPDX-License-Identifier: Apache-2.0
// A histogram of spans of time with a stated relative error (metrics-and-statistics.md section 4).
#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "sim/core/contract.hpp"
#include "sim/core/sim_time.hpp"
#include "sim/metrics/hdr_counts.hpp"

namespace brokersim {

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

  /// Adds `weight` observations of `value` (>= 0).
  void record(Duration value, std::uint64_t weight = 1) {
    counts_.add(static_cast<std::uint64_t>(value.count()) / 1000, weight);
    note(value, value, weight);
    zeros_ += value == Duration::zero() ? weight : 0;
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
  /// Nearest rank: the ceil(p (count + censored))-th smallest, as the middle of its bucket, within [minimum, maximum];
  /// 0 if that observation is 0.
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
  using Counts = HdrCounts<Layout>;

  void note(Duration low, Duration high, std::uint64_t weight) {
    if (low.count() < minimum_ns_) minimum_ns_ = low.count();
    if (high.count() > maximum_ns_) maximum_ns_ = high.count();
    count_ += weight;
  }

  Counts counts_;
  std::uint64_t count_ = 0;
  std::uint64_t censored_ = 0;
  std::uint64_t zeros_ = 0;  // recorded one by one
  Wide sum_ns_ = 0;
  std::int64_t minimum_ns_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t maximum_ns_ = 0;
};

}  // namespace brokersim
