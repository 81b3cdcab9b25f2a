// SPDX-License-Identifier: Apache-2.0
#include "analysis/random_placement.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "analysis/argument.hpp"
#include "analysis/cut_total.hpp"
#include "analysis/sum.hpp"

namespace brokersim {
namespace {

constexpr double terms_limit = 3e8;
constexpr std::uint64_t few_brokers = 24;  // about where recursion and inversion cost the same

/// P(X = n) of a Poisson count with mean n: n^n e^-n / n!. Stirling's series, where it is exact to double precision.
double poisson_at_mean(std::uint64_t n) {
  const double mean = static_cast<double>(n);
  if (n < 20) {
    double probability = std::exp(-mean);
    for (std::uint64_t k = 1; k <= n; ++k) probability *= mean / static_cast<double>(k);
    return probability;
  }
  const double square = mean * mean;
  const double series =
      (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - 1.0 / (1680.0 * square)) / square) / square) / mean;
  return std::exp(-series) / std::sqrt(2.0 * std::numbers::pi * mean);
}

/// Fills `cumulative` with P(max <= m), m = `first` and up, until what is left above is below 1e-17.
/// returns  false if that would take too many terms
template <class CutTotal>
bool accumulate_maximum(CutTotal cut_total, std::uint64_t partitions, std::uint64_t brokers, std::uint64_t first,
                        std::vector<double>& cumulative) {
  const double mean = static_cast<double>(partitions) / static_cast<double>(brokers);
  const Counts counts = poisson_counts(mean);
  const double unconditional = poisson_at_mean(partitions);
  double terms = 0;
  for (std::uint64_t m = first; m < partitions; ++m) {
    cumulative.push_back(std::min(1.0, cut_total.next(terms) / unconditional));
    if (terms > terms_limit) return false;
    // P(max > m) <= B P(count > m), and beyond m + 1 a Poisson count's probabilities fall at least geometrically.
    const std::size_t next = static_cast<std::size_t>(m - counts.first) + 1;
    if (next >= counts.weight.size()) break;
    const double tail = counts.weight[next] / (1.0 - mean / static_cast<double>(m + 2));
    if (static_cast<double>(brokers) * tail < 1e-17) break;
  }
  cumulative.push_back(1.0);
  return true;
}

}  // namespace

std::optional<RandomPlacement> random_placement(std::uint64_t partitions, std::uint64_t brokers) {
  require_argument(partitions > 0 && brokers > 0, "a placement needs partitions and brokers");
  if (partitions > 10'000'000) return std::nullopt;
  RandomPlacement result(partitions, brokers);
  result.first_maximum_ = (partitions + brokers - 1) / brokers;
  std::vector<double>& cumulative = result.cumulative_;
  const bool is_done = brokers <= few_brokers ? accumulate_maximum(CutTotalByRecursion(partitions, brokers), partitions,
                                                                   brokers, result.first_maximum_, cumulative)
                                              : accumulate_maximum(CutTotalByInversion(partitions, brokers), partitions,
                                                                   brokers, result.first_maximum_, cumulative);
  if (!is_done) return std::nullopt;
  CompensatedSum expected;  // sum over m of P(max > m)
  expected.add(static_cast<double>(result.first_maximum_));
  for (const double at_most : cumulative) expected.add(1.0 - at_most);
  result.expected_maximum_ = expected.value();
  return result;
}

double RandomPlacement::maximum_at_most(std::uint64_t m) const {
  if (m < first_maximum_) return 0.0;
  const std::uint64_t index = m - first_maximum_;
  return index < cumulative_.size() ? cumulative_[static_cast<std::size_t>(index)] : 1.0;
}

double RandomPlacement::expected_peak_to_mean() const {
  return expected_maximum_ * static_cast<double>(brokers_) / static_cast<double>(partitions_);
}

std::uint64_t RandomPlacement::maximum_quantile(double p) const {
  require_argument(p > 0 && p < 1, "a probability must lie in (0, 1)");
  std::size_t index = 0;
  while (index + 1 < cumulative_.size() && cumulative_[index] < p) ++index;
  return first_maximum_ + index;
}

double RandomPlacement::expected_empty_brokers() const {
  if (brokers_ == 1) return 0.0;
  const double brokers = static_cast<double>(brokers_);
  return brokers * std::exp(static_cast<double>(partitions_) * std::log1p(-1.0 / brokers));
}

}  // namespace brokersim
