// SPDX-License-Identifier: Apache-2.0
#include "analysis/durability.hpp"

#include <cmath>

#include "analysis/argument.hpp"

namespace brokersim {

LossExpectation expected_loss(const LossQuestion& question) {
  require_argument(question.brokers > 0, "a loss question needs brokers");
  require_argument(question.replication_factor >= 1 && question.replication_factor <= question.brokers,
                   "a replication factor must lie in 1 .. brokers");
  require_argument(question.failures <= question.brokers, "more brokers fail than there are");
  double lost = question.failures >= question.replication_factor ? 1.0 : 0.0;
  for (std::uint64_t i = 0; i < question.replication_factor && lost > 0; ++i) {
    lost *= static_cast<double>(question.failures - i) / static_cast<double>(question.brokers - i);
  }
  const double partitions = static_cast<double>(question.partitions);
  LossExpectation result;
  result.one_partition_lost = lost;
  // log1p and expm1 keep all digits of a probability far below 1e-16; at q = 1 the logarithm has no value.
  result.any_partition_lost =
      lost < 1 ? 0.0 - std::expm1(partitions * std::log1p(-lost)) : (partitions > 0 ? 1.0 : 0.0);
  result.partitions_lost = partitions * lost;
  result.preferred_leader_lost = static_cast<double>(question.failures) / static_cast<double>(question.brokers);
  return result;
}

AvailabilityExpectation expected_availability(const AvailabilityQuestion& question) {
  const double down = question.down_probability;
  const std::uint64_t replicas = question.replication_factor;
  require_argument(down >= 0 && down <= 1, "a probability must lie in [0, 1]");
  require_argument(replicas > 0, "a replication factor must be > 0");
  require_argument(question.min_in_sync_replicas >= 1 && question.min_in_sync_replicas <= replicas,
                   "min.insync.replicas must lie in 1 .. replication factor");
  const auto power = [](double base, std::uint64_t exponent) {
    double result = 1.0;
    for (; exponent > 0; --exponent) result *= base;
    return result;
  };
  double too_few = 0;  // P(fewer than min_in_sync_replicas live), summed from the small side
  double ways = 1;
  for (std::uint64_t live = 0; live < question.min_in_sync_replicas; ++live) {
    too_few += ways * power(1.0 - down, live) * power(down, replicas - live);
    ways = ways * static_cast<double>(replicas - live) / static_cast<double>(live + 1);
  }
  const double none_live = power(down, replicas);
  const double partitions = static_cast<double>(question.partitions);
  return AvailabilityExpectation{1.0 - none_live, 1.0 - too_few, power(1.0 - down, replicas), partitions * none_live,
                                 partitions * too_few};
}

}  // namespace brokersim
