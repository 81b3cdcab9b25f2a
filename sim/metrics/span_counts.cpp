// SPDX-License-Identifier: Apache-2.0
#include "sim/metrics/span_counts.hpp"

#include "sim/core/contract.hpp"

namespace brokersim {
namespace {

constexpr Duration noted = std::chrono::microseconds{HdrCounts<SpanWindow::Layout>::noted_us};

/// Nearest rank: the ceil(p (count + censored))-th smallest, as the middle of its bucket, at most the maximum.
std::optional<double> quantile(const std::vector<std::uint64_t>& counts, const SpanSummary& of, Duration maximum,
                               std::uint64_t percent) {
  if (of.all() == 0) return std::nullopt;
  const std::uint64_t rank = (of.all() * percent + 99) / 100;
  std::uint64_t passed = 0;
  for (std::size_t bucket = 0; bucket < counts.size(); ++bucket) {
    passed += counts[bucket];
    if (passed < rank) continue;
    const std::uint64_t middle = SpanWindow::Layout::median_equivalent(SpanWindow::Layout::lowest_of_index(bucket));
    return std::min(static_cast<double>(middle) * 1e-6, seconds(maximum));
  }
  return std::nullopt;
}

}  // namespace

SpanSummary summarize(const std::vector<SpanWindow>& windows, std::size_t first, std::size_t last) {
  SpanSummary sum;
  std::vector<std::uint64_t> counts;
  Duration maximum{};
  for (std::size_t w = first; w < std::min(last, windows.size()); ++w) {
    for (const auto& [bucket, observations] : windows[w].counts) {
      if (bucket >= counts.size()) counts.resize(bucket + 1U);
      counts[bucket] += observations;
      sum.count += observations;
    }
    sum.censored += windows[w].censored;
    maximum = std::max(maximum, windows[w].maximum);
  }
  sum.p50_seconds = quantile(counts, sum, maximum, 50);
  sum.p99_seconds = quantile(counts, sum, maximum, 99);
  if (sum.count > 0 && sum.censored == 0) sum.max_seconds = seconds(maximum);
  return sum;
}

SpanSeries::SpanSeries(Instant start, Instant end, Duration window) : start_(start), end_(end), window_(window) {
  require(window > Duration::zero() && end > start, "a series has windows");
  windows_.resize(static_cast<std::size_t>((end - start + window - Duration{1}) / window));
  settles_at_ = start_ + window_ + noted;
}

void SpanSeries::turn_to(Instant when) {
  near_.place = static_cast<std::size_t>((when - start_) / window_);
  near_.start = start_ + static_cast<std::int64_t>(near_.place) * window_;
  near_.end = std::min(near_.start + window_, end_);
}

void SpanSeries::add(Instant when, Duration span, std::uint32_t weight) {
  Window* const window = window_of(when);
  if (window == nullptr || weight == 0) return;
  window->counts.add(static_cast<std::uint64_t>(std::max(span.count(), std::int64_t{0})) / 1000, weight);
  window->maximum = std::max(window->maximum, span);
}

void SpanSeries::add_censored(Instant when, std::uint64_t weight) {
  if (Window* const window = window_of(when)) window->censored += weight;
}

void SpanSeries::add_run(const RecordRun& run, std::uint32_t skip, Instant finished) {
  if (run.offsets != nullptr) {
    for (std::uint32_t i = skip; i < run.count; ++i)
      add(run.first + run.offset(i), finished - run.first - run.offset(i));
    return;
  }
  if (skip >= run.count) return;
  if (settles_at_ < finished) settle_before(finished);
  const auto begins = [&](std::uint32_t i) { return run.first + run.offset(i); };
  const Instant last = begins(run.count - 1);
  for (std::uint32_t i = skip, next; i < run.count; i = next) {  // the records of one window at a time
    next = run.count;
    const Instant first = begins(i);
    Window* const window = window_of(first);
    if (window == nullptr) {
      next = i + 1;
      continue;
    }
    if (last >= near_.end) {
      next = static_cast<std::uint32_t>(((near_.end - run.first).count() * 1000 + run.step_ps - 1) / run.step_ps);
    }
    const std::int64_t first_ps = (finished - run.first).count() * 1000 - run.step_ps * static_cast<std::int64_t>(i);
    window->counts.add_evenly_spaced(first_ps, run.step_ps, next - i);
    window->maximum = std::max(window->maximum, finished - first);
  }
}

/// Runs of a window are noted only up to a while after its end (HdrCounts::noted_us), so that few windows need the
/// memory at any time.
void SpanSeries::settle_before(Instant finished) {
  for (; settled_ < windows_.size() && settles_at_ < finished; settles_at_ += window_) {
    windows_[settled_++].counts.settle();
  }
}

void SpanSeries::add_run_censored(const RecordRun& run, std::uint32_t skip) {
  for (std::uint32_t i = skip; i < run.count; ++i) add_censored(run.first + run.offset(i));
}

std::vector<SpanWindow> SpanSeries::take() && {
  std::vector<SpanWindow> taken;
  taken.reserve(windows_.size());
  for (Window& from : windows_) {
    SpanWindow& window = taken.emplace_back();
    window.censored = from.censored;
    window.maximum = from.maximum;
    const std::vector<std::uint64_t>& counts = from.counts.by_bucket();
    for (std::uint32_t bucket = 0; bucket < counts.size(); ++bucket) {
      if (counts[bucket] > 0) window.counts.emplace_back(bucket, static_cast<std::uint32_t>(counts[bucket]));
    }
    from.counts = {};
  }
  return taken;
}

}  // namespace brokersim
