// SPDX-License-Identifier: Apache-2.0
// Judges of samples. Critical values at 0.1 %: a correct sampler fails once in a thousand, and the seeds are fixed.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace brokersim::test {

inline nlohmann::json statistics_vectors() {
  std::ifstream file(std::string(BROKERSIM_SOURCE_DIR) + "/tests/validation/statistics-vectors.json");
  return nlohmann::json::parse(file).at("cases");
}

inline constexpr std::uint32_t sample_size = 100'000;
/// Kolmogorov and Smirnov's for n = 100,000 at 0.1 % (statistics-vectors.json, ks_critical).
inline constexpr double ks_critical = 0.00616309436986;

/// The largest distance between the distribution of `samples` and the function `cdf`.
template <class Cdf>
double ks_distance(std::vector<double> samples, Cdf cdf) {
  std::sort(samples.begin(), samples.end());
  const double count = static_cast<double>(samples.size());
  double distance = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double p = cdf(samples[i]);
    const double below = static_cast<double>(i) / count;
    distance = std::max({distance, p - below, below + 1 / count - p});
  }
  return distance;
}

/// Pearson's statistic of counts against expected shares.
inline double chi_squared(const std::vector<std::uint32_t>& counts, const std::vector<double>& shares) {
  double total = 0;
  for (const std::uint32_t count : counts) total += count;
  double sum = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double expected = total * shares[i];
    sum += (counts[i] - expected) * (counts[i] - expected) / expected;
  }
  return sum;
}

inline double correlation(const std::vector<double>& x, const std::vector<double>& y) {
  const double count = static_cast<double>(x.size());
  double mean_x = 0, mean_y = 0;
  for (std::size_t i = 0; i < x.size(); ++i) mean_x += x[i] / count, mean_y += y[i] / count;
  double xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    yy += (y[i] - mean_y) * (y[i] - mean_y);
    xy += (x[i] - mean_x) * (y[i] - mean_y);
  }
  return xy / std::sqrt(xx * yy);
}

inline double variance(const std::vector<double>& x) {
  const double count = static_cast<double>(x.size());
  double mean = 0;
  for (const double value : x) mean += value / count;
  double squares = 0;
  for (const double value : x) squares += (value - mean) * (value - mean);
  return squares / (count - 1);
}

}  // namespace brokersim::test
