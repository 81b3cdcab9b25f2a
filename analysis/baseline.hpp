// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace brokersim {

// What skew chance alone makes, printed beside every skew: metrics-and-statistics.md section 2.4. The expected
// peak-to-mean of random placement is in random_placement.hpp.
//
// throws  std::invalid_argument where a stated range is violated

/// E[CoV^2] = (B - 1) / P of P equal leaders put on B brokers at random. Both > 0.
[[nodiscard]] double random_placement_cov_squared(std::uint64_t partitions, std::uint64_t brokers);

/// E[CoV^2] = (P - 1) sum p_i^2 of partition loads when keys with shares p_i are hashed to P partitions at random.
///
/// key_shares  shape [keys], entries >= 0, sum 1 within 1e-9
/// partitions  > 0
[[nodiscard]] double random_hashing_cov_squared(std::span<const double> key_shares, std::uint64_t partitions);

/// p_1 + (1 - p_1) / P: expected share of all traffic on the partition that the heaviest key falls on, given that key's
/// share, in [0, 1].
[[nodiscard]] double expected_share_with_top_key(double top_key_share, std::uint64_t partitions);

/// What may explain a measured skew without any fault of a policy. All terms are squares of CoV, and add.
struct SkewBaseline {
  double placement = 0;  // e.g. random_placement_cov_squared
  double hashing = 0;    // e.g. random_hashing_cov_squared, of what varies over brokers
  std::optional<double> requests_per_broker_window = {};  // mean; a finite window adds 1 over this much sampling noise

  [[nodiscard]] double cov_squared() const;
};

/// CoV^2 minus the baseline: what is left for the policy to answer for. Negative if the load is more even than chance
/// would make it (striped placement, for one).
[[nodiscard]] double excess_skew(double coefficient_of_variation, const SkewBaseline& baseline);

}  // namespace brokersim
