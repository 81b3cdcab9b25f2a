// SPDX-License-Identifier: Apache-2.0
#include "analysis/skew_over_time.hpp"

#include <algorithm>

#include "analysis/argument.hpp"
#include "analysis/balance.hpp"
#include "analysis/correlation.hpp"
#include "analysis/percentile.hpp"
#include "analysis/sum.hpp"

namespace brokersim {
namespace {

void check_windows(const LoadWindows& series) {
  require_argument(series.brokers > 0, "load windows need at least one broker");
  require_argument(!series.loads.empty(), "load windows need at least one window");
  require_argument(series.loads.size() % series.brokers == 0, "load windows hold part of a window");
  require_finite(series.loads, "a load is NaN or infinite");
  for (const double load : series.loads) require_argument(load >= 0, "a load is negative");
}

bool is_loaded(std::span<const double> window) {
  return std::any_of(window.begin(), window.end(), [](double load) { return load > 0; });
}

}  // namespace

std::vector<double> total_loads(const LoadWindows& series) {
  check_windows(series);
  std::vector<CompensatedSum> sums(series.brokers);
  for (std::size_t i = 0; i < series.loads.size(); ++i) sums[i % series.brokers].add(series.loads[i]);
  std::vector<double> totals(series.brokers);
  std::transform(sums.begin(), sums.end(), totals.begin(), [](const CompensatedSum& sum) { return sum.value(); });
  return totals;
}

double skew_of_totals(const LoadWindows& series, const BalanceMeasure& measure) {
  return measure(total_loads(series));
}

std::optional<WindowedSkew> windowed_skew(const LoadWindows& series, const BalanceMeasure& measure) {
  check_windows(series);
  std::vector<double> skews;
  for (std::size_t w = 0; w < series.windows(); ++w) {
    if (is_loaded(series.window(w))) skews.push_back(measure(series.window(w)));
  }
  if (skews.empty()) return std::nullopt;
  return WindowedSkew{mean_of(skews), nearest_rank_percentile(skews, 0.95), skews.size()};
}

std::optional<double> persistence(const LoadWindows& series) {
  check_windows(series);
  std::vector<double> correlations;
  for (std::size_t w = 1; w < series.windows(); ++w) {
    const std::optional<double> value = rank_correlation(series.window(w - 1), series.window(w));
    if (value) correlations.push_back(*value);
  }
  if (correlations.empty()) return std::nullopt;
  return mean_of(correlations);
}

HotWindows hot_windows(const LoadWindows& series, double threshold) {
  check_windows(series);
  std::size_t hot = 0;
  std::size_t run = 0;
  std::size_t longest = 0;
  for (std::size_t w = 0; w < series.windows(); ++w) {
    const bool is_hot = is_loaded(series.window(w)) && peak_to_mean(series.window(w)) > threshold;
    run = is_hot ? run + 1 : 0;
    hot += is_hot ? 1 : 0;
    longest = std::max(longest, run);
  }
  return HotWindows{static_cast<double>(hot) / static_cast<double>(series.windows()), longest};
}

}  // namespace brokersim
