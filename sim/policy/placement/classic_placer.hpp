// SPDX-License-Identifier: Apache-2.0
// Where Kafka put the replicas of a new topic before KRaft, and where `kafka-reassign-partitions --generate` still puts
// them (P-10 to P-13; Kafka's AdminUtils).
//
// Leaders go round the list of brokers, so their counts differ by one at most, unlike KRaft's (P-9). Followers are the
// brokers a shift further on, which grows by one each round, so that the load of a dead leader spreads.
//   No broker has a rack: the list is in order of id.
//   All have one: the list takes a broker of each rack in turn, racks in order of name; a follower's place is skipped
//   while its rack has a replica and another has none, or it holds one itself.
//
// Order of draws: the first leader's place, then the shift; so the result is Kafka's own for the same draws.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/policy/placement/placement_random.hpp"
#include "sim/policy/placement/striped_replica_placer.hpp"

namespace brokersim {

/// Some brokers have a rack and others none, which this placer refuses (P-12).
struct RacksIncomplete : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Replicas of every partition of one new topic; shape [partitions][replication factor], the first is the leader.
///
/// brokers  any order, ids unique; fenced ones are as good as others
/// throws   InvalidReplicationFactor if the factor is 0 or above the number of brokers, or for 0 partitions;
///          RacksIncomplete
[[nodiscard]] std::vector<std::vector<std::int32_t>> place_classic(std::span<const PlacementBroker> brokers,
                                                                   PlacementRequest request, PlacementRandom& random);

template <class Random>
[[nodiscard]] std::vector<std::vector<std::int32_t>> place_classic(std::span<const PlacementBroker> brokers,
                                                                   PlacementRequest request, Random& random) {
  PlacementRandomFrom<Random> source(random);
  return place_classic(brokers, request, static_cast<PlacementRandom&>(source));
}

}  // namespace brokersim
