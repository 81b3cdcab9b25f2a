// SPDX-License-Identifier: Apache-2.0
// Reads stay in the consumer's rack: Kafka's RackAwareReplicaSelector.
//
// Goals, in order of priority
//   1. Bytes do not cross racks (zones, which clouds charge for).
//   2. Among replicas of the rack, the freshest read.
//
// Algorithm    A consumer without client.rack, or with one where no candidate is: the leader. The leader, if it is in
// the
//              rack. Otherwise, among the candidates of the rack, the one with the highest log end offset; of those the
//              one caught up most recently; of those the highest broker id.
// Consequence  the choice knows no load. If several replicas share a rack, all consumers of the rack meet at one of
// them,
//              and a tie goes to the same broker in every partition (F-3).
// Source       rules F-2 (candidates) and F-3; truth: tests/validation/replica-selector.json.
#pragma once
#include "sim/policy/replica_selector/replica_selector.hpp"

namespace brokersim {

class RackAwareSelector final : public ReplicaSelector {
 public:
  [[nodiscard]] std::size_t select(const ReadRequest& request, std::span<const ReplicaView> candidates) override;
};

}  // namespace brokersim
