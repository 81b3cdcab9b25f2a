// SPDX-License-Identifier: Apache-2.0
#include "sim/metrics/span_counts.hpp"

#include "sim/core/contract.hpp"

namespace brokersim {
namespace {

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
}

std::size_t SpanSeries::bucket_of(Duration span) {
  const auto us = static_cast<std::uint64_t>(std::max(span.count(), std::int64_t{0})) / 1000;
  return SpanWindow::Layout::index_of(std::min(us, LatencyHistogram::longest_us));
}

void SpanSeries::add(Instant when, Duration span, std::uint32_t weight) {
  if (!covers(when) || weight == 0) return;
  Window& window = windows_[place(when)];
  const std::size_t bucket = bucket_of(span);
  if (bucket >= window.counts.size()) window.counts.resize(bucket + SpanWindow::Layout::sub_buckets / 2);
  window.counts[bucket] += weight;
  window.maximum = std::max(window.maximum, span);
}

void SpanSeries::add_censored(Instant when, std::uint64_t weight) {
  if (covers(when)) windows_[place(when)].censored += weight;
}

void SpanSeries::add_run(const RecordRun& run, std::uint32_t skip, Instant finished) {
  if (skip >= run.count) return;
  const Instant first = run.first + run.offset(skip), last = run.first + run.offset(run.count - 1);
  if (!covers(first) || !covers(last) || place(first) != place(last)) {
    for (std::uint32_t i = skip; i < run.count; ++i) {
      const Instant intended = run.first + run.offset(i);
      add(intended, finished - intended);
    }
    return;
  }
  add(first, finished - first);  // the longest: the others have their buckets with it
  std::vector<std::uint32_t>& counts = windows_[place(first)].counts;
  for (std::uint32_t i = skip + 1; i < run.count; ++i) ++counts[bucket_of(finished - run.first - run.offset(i))];
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
    for (std::uint32_t bucket = 0; bucket < from.counts.size(); ++bucket) {
      if (from.counts[bucket] > 0) window.counts.emplace_back(bucket, from.counts[bucket]);
    }
    from.counts = {};
  }
  return taken;
}

}  // namespace brokersim
