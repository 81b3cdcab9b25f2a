// SPDX-License-Identifier: Apache-2.0
// Where KRaft puts the replicas of a new topic.
//
// Goals, in Kafka's order of priority
//   1. Replicas of a partition sit in different racks, as far as there are racks enough (P-5).
//   2. Every rack gets the same number of replicas, and within a rack every broker: counts differ by one or so.
//      A small rack's brokers therefore carry more than a big rack's.
//   3. Leaders and, after a leader fails, its successors are spread: hence the reshuffles.
//
// Constraints
//   - A leader is never fenced; a follower may be.
//   - No broker holds two replicas of a partition.
//   - Only this one call is seen: no existing topic, no load, no disk (P-6). Goal 3 is missed by design in some shapes:
//     with 3 racks of 3 brokers, 9 partitions have only 3 leaders (P-9). That is Kafka's behaviour and stays.
//
// Algorithm
//   One rack (or no racks at all, P-7): partition e takes consecutive brokers, in order of id, from a random start that
//   moves by one each partition: a stripe. As many partitions as there are unfenced brokers are an "epoch"; after one
//   the order of the brokers is shuffled, or else a broker's successor would always be the same.
//   Several racks: one stripe per rack, and the racks are themselves a stripe. The leader comes from the rack whose
//   turn it is (or the next that has an unfenced broker); the followers from the racks after that turn, leader's rack
//   skipped once, unfenced brokers before fenced ones, going round again while replicas are missing (P-4).
//   Broker lists without an unfenced or without a fenced broker are simply passed over (P-2).
//
// Order of draws, so that the result is Kafka's own for the same draws: per rack in order of name (brokers without rack
// first), the start of the fenced list, then of the unfenced one; then the first rack. A reshuffle: the racks, then per
// rack, in order of name again, its fenced list, then its unfenced one. Kafka walks the racks of that last step in the
// order of a hash table; order of name is what that comes to for one-letter names, and no law of the result depends on
// it.
//
// Source  rules P-1 to P-8 of the behaviour reference, read from Apache Kafka (StripedReplicaPlacer, same in 4.2.0) in
//         our own words; truth: tests/validation/replica-placement.json, V-1 to V-4, and the table of P-9.
// Cost    O(partitions * (replication factor + racks)) time; a few vectors of the size of the cluster besides the
// result.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/policy/placement/placement_random.hpp"

namespace brokersim {

/// What the placer may see of a broker. Brokers in controlled shutdown are not shown to it at all.
struct PlacementBroker {
  std::int32_t id = 0;              ///< as in Kafka: >= 0, unique
  std::optional<std::string> rack;  ///< broker.rack; all brokers without one form a rack of their own
  bool fenced = false;              ///< may follow, cannot lead
};

/// What is asked of it. A struct, as two numbers side by side are easily swapped.
struct PlacementRequest {
  std::uint32_t partitions = 0;
  std::uint32_t replication_factor = 0;
};

/// Kafka's INVALID_REPLICATION_FACTOR (P-3); what() says which of the three reasons, with its numbers.
struct InvalidReplicationFactor : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Replicas of every partition of one new topic, as KRaft places them.
///
/// brokers  any order; ids unique
/// random   about 2 draws per rack, and one per broker and rack at each reshuffle
/// returns  shape [partitions][replication factor], broker ids, all different within a partition; the first is the
///          preferred leader and is not fenced
/// throws   InvalidReplicationFactor if the factor is 0, or above the number of brokers (fenced included), or if no
///          broker is unfenced (P-3); also for 0 partitions
[[nodiscard]] std::vector<std::vector<std::int32_t>> place_striped(std::span<const PlacementBroker> brokers,
                                                                   PlacementRequest request, PlacementRandom& random);

/// The same with any source that has `std::uint32_t below(std::uint32_t)`, a RandomStream for one.
template <class Random>
[[nodiscard]] std::vector<std::vector<std::int32_t>> place_striped(std::span<const PlacementBroker> brokers,
                                                                   PlacementRequest request, Random& random) {
  PlacementRandomFrom<Random> source(random);
  return place_striped(brokers, request, static_cast<PlacementRandom&>(source));
}

}  // namespace brokersim
