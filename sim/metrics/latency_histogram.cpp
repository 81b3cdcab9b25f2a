// SPDX-License-Identifier: Apache-2.0
#include "sim/metrics/latency_histogram.hpp"

#include <algorithm>
#include <cmath>

namespace brokersim {

/// Notes the two ends of a run of n values that lie whole microseconds apart, whose buckets are there already. False if
/// it has to be counted value by value: its step is not that of the runs noted before, or it begins too high.
bool LatencyHistogram::defer_evenly_spaced(std::int64_t first_ps, std::int64_t step_ps, std::uint32_t n) {
  if (step_ps != stride_us_ * ps_per_us) {
    if (stride_us_ != 0 || step_ps <= 0 || step_ps % ps_per_us != 0 || step_ps >= ps_per_us * deferred_us) return false;
    stride_us_ = step_ps / ps_per_us;
  }
  const std::int64_t first_us = first_ps / ps_per_us;  // the fraction cut off is the same at every step
  if (stride_us_ == 0 || first_us >= deferred_us) return false;
  const auto first = static_cast<std::size_t>(first_us + stride_us_);
  if (first >= run_ends_.size()) run_ends_.resize(first + 1);
  ++run_ends_[first];
  --run_ends_[first - n * static_cast<std::size_t>(stride_us_)];
  return true;
}

/// Counts the values of all runs whose ends were noted: at a value, those that began there or whole strides above it
/// and have not ended.
void LatencyHistogram::count_deferred() const {
  const auto stride = static_cast<std::size_t>(stride_us_);
  for (std::size_t place = run_ends_.size(); place-- > stride;) {
    if (run_ends_[place] == 0) continue;
    counts_[Layout::index_of(place - stride)] += static_cast<std::uint64_t>(run_ends_[place]);
    run_ends_[place - stride] += run_ends_[place];
  }
  run_ends_.clear();
}

/// Counts n values: first_ps, and each step_ps less than the one before.
///
/// The values are stepped through in microseconds with 31 binary places, whose error after n steps is below n * 2^-31
/// us; as long as they stay within one octave of the layout the bucket is a shift away.
void LatencyHistogram::count_evenly_spaced(std::int64_t first_ps, std::int64_t step_ps, std::uint32_t n,
                                           Duration greatest) {
  const std::uint64_t highest_us = static_cast<std::uint64_t>(greatest.count()) / 1000 + 1;
  if (highest_us >= std::uint64_t{1} << 31) {  // 36 minutes: the fixed point has no room
    for (std::uint32_t i = 0; i < n; ++i)
      count_bucket(static_cast<std::uint64_t>(first_ps - step_ps * i) / 1'000'000, 1);
    return;
  }
  const std::size_t reach = Layout::index_of(highest_us) + 1;
  if (reach > counts_.size()) counts_.resize(reach);
  if (defer_evenly_spaced(first_ps, step_ps, n)) return;
  constexpr int places = 31;
  const auto fixed = [](std::int64_t ps) {  // ps * 2^31 / 10^6, without a division of 128 bits
    const auto whole_us = static_cast<std::uint64_t>(ps / 1'000'000);
    return static_cast<std::int64_t>(whole_us << places) + (ps % 1'000'000) * (std::int64_t{1} << places) / 1'000'000;
  };
  const std::int64_t step = fixed(step_ps);
  std::int64_t value = fixed(first_ps) + n;  // above the error, so that nothing falls below zero
  std::uint64_t* const counts = counts_.data();
  while (n > 0) {
    const int shift = Layout::shift_of(static_cast<std::uint64_t>(value) >> places);
    const std::int64_t octave_end = static_cast<std::int64_t>(Layout::sub_buckets << shift) << places;
    const std::int64_t octave_start = shift == 0 ? 0 : octave_end / 2;
    std::uint32_t here = n;  // of them in this octave
    if (step > 0) here = static_cast<std::uint32_t>(std::min<std::int64_t>(n, (value - octave_start) / step + 1));
    if (step < 0) here = static_cast<std::uint32_t>(std::min<std::int64_t>(n, (octave_end - 1 - value) / -step + 1));
    std::uint64_t* const octave = counts + (static_cast<std::size_t>(shift) << (Layout::sub_bucket_bits - 1));
    const int down = places + shift;
    n -= here;
    for (; here >= 4; here -= 4, value -= 4 * step) {
      ++octave[value >> down];
      ++octave[(value - step) >> down];
      ++octave[(value - 2 * step) >> down];
      ++octave[(value - 3 * step) >> down];
    }
    for (; here > 0; --here, value -= step) ++octave[value >> down];
  }
}

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
    count_evenly_spaced(first_ps, step_ps, n, std::max(at_first, at_last));
    const Wide sum_ps =
        static_cast<Wide>(n) * first_ps - static_cast<Wide>(step_ps) * (static_cast<Wide>(n) * (n - 1) / 2);
    const auto narrow = static_cast<std::int64_t>(sum_ps);  // which is nearly always all of it, and divided much faster
    sum = narrow == sum_ps ? narrow / 1000 : sum_ps / 1000;
    note(std::min(at_first, at_last), std::max(at_first, at_last), n);  // evenly spaced: the ends are extreme
  } else {
    for (std::uint32_t i = skip; i < run.count; ++i) {
      const Duration v = value(i);
      count_bucket(static_cast<std::uint64_t>(v.count()) / 1000, 1);
      note(v, v, 1);
      sum += v.count();
    }
  }
  sum_ns_ += sum;
  return Duration{static_cast<std::int64_t>(sum)};
}

void LatencyHistogram::merge(const LatencyHistogram& other) {
  const std::vector<std::uint64_t>& others = other.counts();
  if (others.size() > counts_.size()) counts_.resize(others.size());
  for (std::size_t i = 0; i < others.size(); ++i) counts_[i] += others[i];
  count_ += other.count_;
  censored_ += other.censored_;
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
  const std::vector<std::uint64_t>& counts = this->counts();
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
  const std::vector<std::uint64_t>& counts = this->counts();
  const std::size_t end = std::min(Layout::index_of(std::min(limit_us, longest_us)) + 1, counts.size());
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < end; ++i) seen += counts[i];
  return static_cast<double>(seen) / static_cast<double>(all);
}

std::vector<LatencyHistogram::Bucket> LatencyHistogram::buckets() const {
  const std::vector<std::uint64_t>& counts = this->counts();
  std::vector<Bucket> rows;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    const std::uint64_t lowest = Layout::lowest_of_index(i);
    rows.push_back({lowest, Layout::highest_equivalent(lowest), counts[i]});
  }
  return rows;
}

}  // namespace brokersim
