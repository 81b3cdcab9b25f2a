// SPDX-License-Identifier: Apache-2.0
// Reads go to the leader: Kafka's default, when replica.selector.class is not set (F-1).
//
// Goal         the freshest read: a record is readable at the leader as soon as it is committed.
// Cost         every consumer's bytes leave the leader's broker, and cross zones unless the consumer is in the same
// one. Source       rule F-1.
#pragma once
#include "sim/policy/replica_selector/replica_selector.hpp"

namespace brokersim {

class LeaderSelector final : public ReplicaSelector {
 public:
  [[nodiscard]] std::size_t select(const ReadRequest&, std::span<const ReplicaView> candidates) override {
    return leader_among(candidates);
  }
};

}  // namespace brokersim
