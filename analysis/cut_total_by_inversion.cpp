// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "analysis/cut_total.hpp"
#include "analysis/sum.hpp"

namespace brokersim {
namespace {

struct Complex {
  double re;
  double im;
};

Complex operator*(Complex a, Complex b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

Complex power(Complex base, std::uint64_t exponent) {
  Complex result{1.0, 0.0};
  for (; exponent > 0; exponent >>= 1U) {
    if ((exponent & 1U) != 0) result = result * base;
    base = base * base;
  }
  return result;
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
/// 13 of its standard deviations (1e-36 of the peak). The terms fall off with the frequency; because the counts have a
/// single mode, |phi(t)| <= largest weight / |sin(t/2)|, which says when the rest may be left out.
double chance_of_total(const CutCount& cut, std::uint64_t brokers, double range, double deviation, double& terms) {
  const double n = std::ceil(std::min(range + 1.0, std::max(2048.0, 13.0 * deviation)));
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
    // Frequencies j and N - j are conjugates; for even N the middle one stands alone.
    sum.add((2.0 * j < n ? 2.0 : 1.0) * power(phi, brokers).re);
  }
  return std::max(0.0, sum.value() / n);
}

}  // namespace

CutTotalByInversion::CutTotalByInversion(std::uint64_t total, std::uint64_t brokers)
    : total_(total),
      brokers_(brokers),
      counts_(poisson_counts(static_cast<double>(total) / static_cast<double>(brokers))),
      m_((total + brokers - 1) / brokers) {}

double CutTotalByInversion::next(double& terms) {
  const std::uint64_t m = m_++;
  const double exponent = static_cast<double>(brokers_);
  const double total = static_cast<double>(total_);
  if (m * brokers_ == total_) {  // every count is exactly m: no tilt is strong enough, and none is needed
    return std::exp(exponent * std::log(counts_.weight[static_cast<std::size_t>(m - counts_.first)]));
  }
  const CutCount cut = cut_count(counts_, total / exponent, m);
  const double range = std::max(total, static_cast<double>(m * brokers_ - total_));
  return std::exp(exponent * cut.log_mass) * chance_of_total(cut, brokers_, range, std::sqrt(total), terms);
}

}  // namespace brokersim
