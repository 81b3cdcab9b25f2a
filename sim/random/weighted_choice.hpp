// SPDX-License-Identifier: Apache-2.0
// One of a few things, each with its weight: an empirical table.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/contract.hpp"
#include "sim/random/stream.hpp"

namespace brokersim {

/// Numbers 0 .. weights-1, i with probability weights[i] / sum.
///
/// weights  >= 0, finite, not all 0
/// draws    exactly one word per sample
/// method   inversion: the first number whose share, with those before it, exceeds the uniform number
class WeightedChoice {
 public:
  explicit WeightedChoice(std::span<const double> weights) {
    double total = 0;
    for (const double weight : weights) {
      require(weight >= 0, "a weight is not negative");
      total += weight;
    }
    require(total > 0, "some weight is above 0");
    double sum = 0;
    for (const double weight : weights) up_to_.push_back((sum += weight) / total);
    // Whatever rounding made of the last shares, no number without weight is chosen.
    for (std::size_t i = weights.size(); i-- > 0 && up_to_[i] == up_to_.back();) {
      if (weights[i] > 0) {
        std::fill(up_to_.begin() + static_cast<std::ptrdiff_t>(i), up_to_.end(), 1.0);
        break;
      }
    }
  }
  [[nodiscard]] std::uint32_t sample(RandomStream& random) const {
    const auto at = std::upper_bound(up_to_.begin(), up_to_.end(), random.uniform());
    return static_cast<std::uint32_t>(at - up_to_.begin());
  }

 private:
  std::vector<double> up_to_;
};

}  // namespace brokersim
