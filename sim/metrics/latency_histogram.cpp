// SPDX-License-Identifier: Apache-2.0
#include "sim/metrics/latency_histogram.hpp"

#include <algorithm>
#include <cmath>

namespace brokersim {

Duration LatencyHistogram::record_run(const RecordRun& run, std::uint32_t skip, Instant finished, Duration pace) {
  if (skip >= run.count) return Duration::zero();
  const std::uint32_t last = run.count - 1;
  const Duration base = finished - run.first;
  const auto value = [&](std::uint32_t i) { return base + i * pace - run.offset(i); };
  const Duration at_first = value(skip);
  const Duration at_last = value(last);
  Wide sum = 0;
  if (run.offsets == nullptr) {
    const std::int64_t step_ps = run.step_ps - 1000 * pace.count();
    const std::int64_t first_ps = base.count() * 1000 - step_ps * static_cast<std::int64_t>(skip);
    const std::uint32_t n = run.count - skip;
    counts_.add_evenly_spaced(first_ps, step_ps, n);
    const Wide sum_ps =
        static_cast<Wide>(n) * first_ps - static_cast<Wide>(step_ps) * (static_cast<Wide>(n) * (n - 1) / 2);
    const auto narrow = static_cast<std::int64_t>(sum_ps);  // which is nearly always all of it, and divided much faster
    sum = narrow == sum_ps ? narrow / 1000 : sum_ps / 1000;
    note(std::min(at_first, at_last), std::max(at_first, at_last), n);  // evenly spaced: the ends are extreme
  } else {
    for (std::uint32_t i = skip; i < run.count; ++i) {
      const Duration v = value(i);
      counts_.add(static_cast<std::uint64_t>(v.count()) / 1000, 1);
      note(v, v, 1);
      sum += v.count();
    }
  }
  sum_ns_ += sum;
  return Duration{static_cast<std::int64_t>(sum)};
}

void LatencyHistogram::merge(const LatencyHistogram& other) {
  counts_.merge(other.counts_);
  count_ += other.count_;
  censored_ += other.censored_;
  zeros_ += other.zeros_;
  sum_ns_ += other.sum_ns_;
  minimum_ns_ = std::min(minimum_ns_, other.minimum_ns_);
  maximum_ns_ = std::max(maximum_ns_, other.maximum_ns_);
}

std::optional<double> LatencyHistogram::quantile_seconds(double p) const {
  require(p > 0 && p <= 1, "a quantile's p lies in (0, 1]");
  const std::uint64_t all = count_ + censored_;
  // The tolerance keeps p * n that is whole but for rounding (0.07 * 100) from being pushed to the next rank.
  const auto rank = static_cast<std::uint64_t>(std::ceil(p * static_cast<double>(all) * (1 - 1e-12)));
  if (all == 0 || rank > count_) return std::nullopt;
  if (rank <= zeros_) return 0;
  const std::vector<std::uint64_t>& counts = counts_.by_bucket();
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    seen += counts[i];
    if (seen >= rank) {
      const std::uint64_t lowest = Layout::lowest_of_index(i);
      const double middle_us = static_cast<double>(lowest) + static_cast<double>(Layout::bucket_width(lowest)) / 2;
      return std::clamp(middle_us * 1e-6, static_cast<double>(minimum_ns_) * 1e-9,
                        static_cast<double>(maximum_ns_) * 1e-9);
    }
  }
  return std::nullopt;
}

double LatencyHistogram::share_up_to(Duration limit) const {
  const std::uint64_t all = count_ + censored_;
  if (all == 0) return 0;
  const auto limit_us = static_cast<std::uint64_t>(std::max<std::int64_t>(limit.count(), 0)) / 1000;
  const std::vector<std::uint64_t>& counts = counts_.by_bucket();
  const std::size_t end = std::min(Layout::index_of(std::min(limit_us, Counts::longest_us)) + 1, counts.size());
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < end; ++i) seen += counts[i];
  return static_cast<double>(seen) / static_cast<double>(all);
}

std::vector<LatencyHistogram::Bucket> LatencyHistogram::buckets() const {
  const std::vector<std::uint64_t>& counts = counts_.by_bucket();
  std::vector<Bucket> rows;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    const std::uint64_t lowest = Layout::lowest_of_index(i);
    rows.push_back({lowest, Layout::highest_equivalent(lowest), counts[i]});
  }
  return rows;
}

}  // namespace brokersim
