// SPDX-License-Identifier: Apache-2.0
#include "analysis/balance.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "analysis/argument.hpp"
#include "analysis/percentile.hpp"
#include "analysis/sum.hpp"

namespace brokersim {
namespace {

/// The loads as shares of the largest one. All measures are free of scale, so this changes none of them; it keeps
/// squares of large byte counts finite and makes equal loads exactly 1, whose spread is then exactly 0.
std::vector<double> relative_to_peak(std::span<const double> load) {
  require_argument(!load.empty(), "a load column needs at least one broker");
  require_finite(load, "a load is NaN or infinite");
  double peak = 0;
  for (const double x : load) {
    require_argument(x >= 0, "a load is negative");
    peak = std::max(peak, x);
  }
  require_argument(peak > 0, "loads that sum to 0 have no spread");
  std::vector<double> relative(load.begin(), load.end());
  for (double& x : relative) x /= peak;
  return relative;
}

double count_of(const std::vector<double>& column) {
  return static_cast<double>(column.size());
}

}  // namespace

double peak_to_mean(std::span<const double> load) {
  return 1.0 / mean_of(relative_to_peak(load));
}

double min_over_mean(std::span<const double> load) {
  const std::vector<double> x = relative_to_peak(load);
  return *std::min_element(x.begin(), x.end()) / mean_of(x);
}

double coefficient_of_variation(std::span<const double> load) {
  const std::vector<double> x = relative_to_peak(load);
  const double mean = mean_of(x);
  return std::sqrt(squared_deviations(x, mean) / count_of(x)) / mean;
}

double sample_coefficient_of_variation(std::span<const double> load) {
  const std::vector<double> x = relative_to_peak(load);
  require_argument(x.size() >= 2, "the sample coefficient of variation needs at least two brokers");
  return std::sqrt(sample_variance(x)) / mean_of(x);
}

double gini(std::span<const double> load) {
  std::vector<double> x = relative_to_peak(load);
  std::sort(x.begin(), x.end());
  const double brokers = count_of(x);
  CompensatedSum weighted;
  for (std::size_t i = 0; i < x.size(); ++i) weighted.add((2.0 * static_cast<double>(i + 1) - brokers - 1.0) * x[i]);
  return std::max(0.0, weighted.value() / (brokers * sum_of(x)));
}

double jain_index(std::span<const double> load) {
  const std::vector<double> x = relative_to_peak(load);
  const double sum = sum_of(x);
  CompensatedSum squares;
  for (const double value : x) squares.add(value * value);
  return std::min(1.0, sum * sum / (count_of(x) * squares.value()));
}

double hoover_index(std::span<const double> load) {
  const std::vector<double> x = relative_to_peak(load);
  const double mean = mean_of(x);
  CompensatedSum distance;
  for (const double value : x) distance.add(std::abs(value - mean));
  return distance.value() / (2.0 * sum_of(x));
}

double entropy_ratio(std::span<const double> load) {
  const std::vector<double> x = relative_to_peak(load);
  if (x.size() == 1) return 1.0;
  const double sum = sum_of(x);
  CompensatedSum entropy;
  for (const double value : x) {
    const double share = value / sum;
    if (share > 0) entropy.add(share * -std::log(share));
  }
  return std::clamp(entropy.value() / std::log(count_of(x)), 0.0, 1.0);
}

std::optional<double> p99_over_median(std::span<const double> load) {
  const std::vector<double> x = relative_to_peak(load);
  const double median = nearest_rank_percentile(x, 0.5);
  if (!(median > 0)) return std::nullopt;
  return nearest_rank_percentile(x, 0.99) / median;
}

double over_threshold(std::span<const double> load, double threshold) {
  const std::vector<double> x = relative_to_peak(load);
  require_argument(threshold > 0, "a balance threshold is a positive multiple of the mean");
  const double limit = threshold * mean_of(x);
  const auto above = std::count_if(x.begin(), x.end(), [limit](double value) { return value > limit; });
  return static_cast<double>(above) / count_of(x);
}

}  // namespace brokersim
