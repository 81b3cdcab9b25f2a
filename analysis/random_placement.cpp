// SPDX-License-Identifier: Apache-2.0
#include "analysis/random_placement.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "analysis/argument.hpp"
#include "analysis/sum.hpp"

namespace brokersim {
namespace {

constexpr double negligible = 1e-22;  // of the largest weight: what a window of counts leaves out on either side
constexpr double terms_limit = 1e9;

struct Complex {
  double re;
  double im;
};

Complex operator*(Complex a, Complex b) { return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re}; }

Complex power(Complex base, std::uint64_t exponent) {
  Complex result{1.0, 0.0};
  for (; exponent > 0; exponent >>= 1U) {
    if ((exponent & 1U) != 0) result = result * base;
    base = base * base;
  }
  return result;
}

/// P(X = n) of a Poisson count with mean n: n^n e^-n / n!. Stirling's series, where it is exact to double precision.
double poisson_at_mean(std::uint64_t n) {
  const double mean = static_cast<double>(n);
  if (n < 20) {
    double probability = std::exp(-mean);
    for (std::uint64_t k = 1; k <= n; ++k) probability *= mean / static_cast<double>(k);
    return probability;
  }
  const double square = mean * mean;
  const double series = (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - 1.0 / (1680.0 * square)) / square) / square) / mean;
  return std::exp(-series) / std::sqrt(2.0 * std::numbers::pi * mean);
}

/// Probabilities of consecutive counts, the first one being of `first`.
struct Counts {
  std::uint64_t first;
  std::vector<double> weight;
};

/// A Poisson count, over the window outside which nothing is left in double precision.
Counts poisson_counts(double mean) {
  const std::uint64_t mode = static_cast<std::uint64_t>(mean);
  std::vector<double> down;
  double weight = 1.0;
  for (std::uint64_t k = mode; k > 0 && weight > negligible; --k) {
    weight *= static_cast<double>(k) / mean;
    down.push_back(weight);
  }
  Counts counts{mode - down.size(), std::vector<double>(down.rbegin(), down.rend())};
  weight = 1.0;
  for (std::uint64_t k = mode; weight > negligible; weight *= mean / static_cast<double>(++k)) {
    counts.weight.push_back(weight);
  }
  const double total = sum_of(counts.weight);
  for (double& w : counts.weight) w /= total;
  return counts;
}

/// One broker's count, cut off at m and tilted: weight'_k = weight_k exp(tilt (k - mean)) / mass, with the tilt that
/// makes the mean what it was before the cut. Needs m > mean.
struct CutCount {
  std::vector<double> weight;    // tilted, sum 1
  std::vector<double> distance;  // k - mean
  double log_mass;
};

CutCount cut_count(const Counts& counts, double mean, std::uint64_t m) {
  const std::size_t kept = std::min<std::size_t>(counts.weight.size(), static_cast<std::size_t>(m - counts.first) + 1);
  CutCount cut{std::vector<double>(kept), std::vector<double>(kept), 0};
  double mass = 0;
  for (std::size_t i = 0; i < kept; ++i) cut.distance[i] = static_cast<double>(counts.first + i) - mean;
  // The tilted mean rises with the tilt, its slope is the tilted variance: Newton, kept inside a bracket by bisection.
  double tilt = 0;
  double low = 0;
  double high = 64;
  for (int step = 0; step < 200; ++step) {
    CompensatedSum total;
    CompensatedSum first;
    CompensatedSum second;
    for (std::size_t i = 0; i < kept; ++i) {
      cut.weight[i] = counts.weight[i] * std::exp(tilt * (cut.distance[i] - cut.distance.back()));  // <= 1
      total.add(cut.weight[i]);
      first.add(cut.weight[i] * cut.distance[i]);
      second.add(cut.weight[i] * cut.distance[i] * cut.distance[i]);
    }
    mass = total.value();
    cut.log_mass = std::log(mass) + tilt * cut.distance.back();
    const double offset = first.value() / mass;
    const double variance = second.value() / mass - offset * offset;
    (offset < 0 ? low : high) = tilt;
    // The inversion below is exact for any tilt; a near miss of the best one only costs a little cancellation.
    if (std::abs(offset) <= 1e-6 * std::sqrt(variance)) break;
    const double newton = tilt - offset / variance;
    tilt = newton > low && newton < high ? newton : (low + high) / 2.0;
  }
  for (double& w : cut.weight) w /= mass;
  return cut;
}

/// P(sum of `brokers` independent cut counts = brokers * mean), by the inversion sum over N frequencies.
///
/// Sums that differ from the wanted one by a multiple of N are counted with it: N exceeds the range of the sum, or else
/// 30 of its standard deviations. The terms fall off with the frequency; because the counts have a single mode,
/// |phi(t)| <= largest weight / |sin(t/2)|, which says when the rest may be left out.
double chance_of_total(const CutCount& cut, std::uint64_t brokers, double range, double deviation, double& terms) {
  const double n = std::ceil(std::min(range + 1.0, std::max(2048.0, 30.0 * deviation)));
  const double largest = *std::max_element(cut.weight.begin(), cut.weight.end());
  const double frequencies = std::floor(n / 2.0);
  CompensatedSum sum;
  sum.add(1.0);  // frequency 0
  for (double j = 1; j <= frequencies; j += 1) {
    const double angle = 2.0 * std::numbers::pi * j / n;
    const double bound = largest / std::sin(angle / 2.0);
    if (bound < 1 && static_cast<double>(brokers) * std::log(bound) < -46.0) break;  // below 1e-20
    const Complex step{std::cos(angle), std::sin(angle)};
    Complex turn{std::cos(angle * cut.distance.front()), std::sin(angle * cut.distance.front())};
    Complex phi{0, 0};
    for (std::size_t i = 0; i < cut.weight.size(); ++i) {
      if (i % 32 == 31) turn = {std::cos(angle * cut.distance[i]), std::sin(angle * cut.distance[i])};  // stop drift
      phi = {phi.re + cut.weight[i] * turn.re, phi.im + cut.weight[i] * turn.im};
      turn = turn * step;
    }
    terms += static_cast<double>(cut.weight.size());
    if (terms > terms_limit) return 0;
    // Frequencies j and N - j are conjugates; for even N the middle one stands alone.
    sum.add((2.0 * j < n ? 2.0 : 1.0) * power(phi, brokers).re);
  }
  return std::max(0.0, sum.value() / n);
}

}  // namespace

std::optional<RandomPlacement> random_placement(std::uint64_t partitions, std::uint64_t brokers) {
  require_argument(partitions > 0 && brokers > 0, "a placement needs partitions and brokers");
  if (partitions > 10'000'000) return std::nullopt;
  RandomPlacement result(partitions, brokers);
  result.first_maximum_ = (partitions + brokers - 1) / brokers;
  if (brokers == 1) {
    result.cumulative_ = {1.0};
    result.expected_maximum_ = static_cast<double>(partitions);
    return result;
  }
  const double mean = static_cast<double>(partitions) / static_cast<double>(brokers);
  const Counts counts = poisson_counts(mean);
  const double unconditional = poisson_at_mean(partitions);
  const double exponent = static_cast<double>(brokers);
  double terms = 0;
  CompensatedSum expected;
  expected.add(static_cast<double>(result.first_maximum_));
  for (std::uint64_t m = result.first_maximum_; m < partitions; ++m) {
    double at_most = 0;
    if (m * brokers == partitions) {  // every broker holds exactly m
      const double each = counts.weight[static_cast<std::size_t>(m - counts.first)];
      at_most = std::exp(exponent * std::log(each)) / unconditional;
    } else {
      const CutCount cut = cut_count(counts, mean, m);
      const double range = std::max(static_cast<double>(partitions), static_cast<double>(m * brokers - partitions));
      const double total =
          chance_of_total(cut, brokers, range, std::sqrt(static_cast<double>(partitions)), terms);
      at_most = std::min(1.0, std::exp(exponent * cut.log_mass) * total / unconditional);
    }
    if (terms > terms_limit) return std::nullopt;
    result.cumulative_.push_back(at_most);
    expected.add(1.0 - at_most);
    // P(max > m) <= B P(count > m), and beyond m + 1 a Poisson count's probabilities fall at least geometrically.
    const std::size_t next = static_cast<std::size_t>(m - counts.first) + 1;
    const double ratio = mean / static_cast<double>(m + 2);
    const double tail = next < counts.weight.size() ? counts.weight[next] / (1.0 - ratio) : 0.0;
    if (exponent * tail < 1e-17) break;
  }
  result.cumulative_.push_back(1.0);
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
