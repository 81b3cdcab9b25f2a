// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstddef>

#include "analysis/cut_total.hpp"
#include "analysis/sum.hpp"

namespace brokersim {
namespace {

constexpr double negligible = 1e-22;  // of the largest weight: what a window of counts leaves out on either side

}  // namespace

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

CutTotalByRecursion::CutTotalByRecursion(std::uint64_t total, std::uint64_t brokers)
    : total_(total),
      brokers_(brokers),
      counts_(poisson_counts(static_cast<double>(total) / static_cast<double>(brokers))) {}

double CutTotalByRecursion::next(double& terms) {
  if (sums_.empty()) {
    start(terms);
  } else {
    const std::size_t index = static_cast<std::size_t>(++m_ - counts_.first);
    if (index < counts_.weight.size()) admit(counts_.weight[index], terms);
  }
  return sums_.back().at(static_cast<std::int64_t>(total_));
}

/// The sums for the smallest m there is, by plain convolution.
void CutTotalByRecursion::start(double& terms) {
  m_ = (total_ + brokers_ - 1) / brokers_;
  const double total = static_cast<double>(total_);
  const std::size_t kept = std::min(counts_.weight.size(), static_cast<std::size_t>(m_ - counts_.first) + 1);
  const std::int64_t first = static_cast<std::int64_t>(counts_.first);
  sums_.push_back(Sum{0, {1.0}});
  for (std::uint64_t b = 1; b <= brokers_; ++b) {
    // Given the total, the sum of b counts is within 12 deviations of its share; 60 covers the skew of small counts.
    // The last sum is only ever asked for the total itself.
    const double share = static_cast<double>(b) / static_cast<double>(brokers_);
    const double reach = b < brokers_ ? 12.0 * std::sqrt(total * share * (1.0 - share)) + 60.0 : 0.0;
    const std::int64_t low = static_cast<std::int64_t>(std::floor(std::max(0.0, total * share - reach)));
    const std::int64_t high = static_cast<std::int64_t>(std::ceil(std::min(total, total * share + reach)));
    Sum sum{low, std::vector<double>(static_cast<std::size_t>(high - low) + 1, 0.0)};
    const Sum& before = sums_.back();
    for (std::int64_t n = low; n <= high; ++n) {
      double chance = 0;
      for (std::size_t k = 0; k < kept; ++k)
        chance += counts_.weight[k] * before.at(n - first - static_cast<std::int64_t>(k));
      sum.chance[static_cast<std::size_t>(n - low)] = chance;
    }
    terms += static_cast<double>(sum.chance.size()) * static_cast<double>(kept);
    sums_.push_back(std::move(sum));
  }
}

/// Lets counts equal m, which has this probability, too.
void CutTotalByRecursion::admit(double probability, double& terms) {
  const std::int64_t m = static_cast<std::int64_t>(m_);
  for (std::size_t b = sums_.size() - 1; b > 0; --b) {  // downwards: each sum is made of shorter ones without m
    Sum& sum = sums_[b];
    double ways = 1;
    for (std::size_t i = 1; i <= b; ++i) {
      ways *= probability * static_cast<double>(b - i + 1) / static_cast<double>(i);
      if (!(ways > 0)) break;
      const Sum& rest = sums_[b - i];
      const std::int64_t shift = static_cast<std::int64_t>(i) * m;
      const std::int64_t low = std::max(sum.first, rest.first + shift);
      const std::int64_t past = std::min(sum.first + static_cast<std::int64_t>(sum.chance.size()),
                                         rest.first + shift + static_cast<std::int64_t>(rest.chance.size()));
      if (low >= past) continue;
      double* to = sum.chance.data() + (low - sum.first);
      const double* from = rest.chance.data() + (low - shift - rest.first);
      for (std::int64_t k = 0; k < past - low; ++k) to[k] += ways * from[k];
      terms += static_cast<double>(past - low);
    }
  }
}

}  // namespace brokersim
