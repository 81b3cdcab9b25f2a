// SPDX-License-Identifier: Apache-2.0
#include "analysis/baseline.hpp"

#include <cmath>

#include "analysis/argument.hpp"
#include "analysis/sum.hpp"

namespace brokersim {

double random_placement_cov_squared(std::uint64_t partitions, std::uint64_t brokers) {
  require_argument(partitions > 0 && brokers > 0, "a placement needs partitions and brokers");
  return static_cast<double>(brokers - 1) / static_cast<double>(partitions);
}

double random_hashing_cov_squared(std::span<const double> key_shares, std::uint64_t partitions) {
  require_argument(partitions > 0, "keys are hashed to at least one partition");
  require_finite(key_shares, "a key's share is NaN or infinite");
  CompensatedSum squares;
  for (const double share : key_shares) {
    require_argument(share >= 0, "a key's share is negative");
    squares.add(share * share);
  }
  require_argument(std::abs(sum_of(key_shares) - 1.0) <= 1e-9, "key shares do not sum to 1");
  return static_cast<double>(partitions - 1) * squares.value();
}

double expected_share_with_top_key(double top_key_share, std::uint64_t partitions) {
  require_argument(partitions > 0, "keys are hashed to at least one partition");
  require_argument(top_key_share >= 0 && top_key_share <= 1, "a key's share must lie in [0, 1]");
  return top_key_share + (1.0 - top_key_share) / static_cast<double>(partitions);
}

double SkewBaseline::cov_squared() const {
  double sum = placement + hashing;
  if (requests_per_broker_window) {
    require_argument(*requests_per_broker_window > 0, "sampling noise needs requests in the window");
    sum += 1.0 / *requests_per_broker_window;
  }
  return sum;
}

double excess_skew(double coefficient_of_variation, const SkewBaseline& baseline) {
  require_argument(coefficient_of_variation >= 0, "a coefficient of variation is >= 0");
  return coefficient_of_variation * coefficient_of_variation - baseline.cov_squared();
}

}  // namespace brokersim
