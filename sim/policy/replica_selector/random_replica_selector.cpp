// SPDX-License-Identifier: Apache-2.0
// Baseline: any replica.
//
// Algorithm    Every candidate is as likely as any other, whatever happened before. One draw a decision.
// Consequence  reads spread evenly over replicas on average; a slow broker gets its full share.
// Source       "random" of the C3 authors' simulator; truth: tests/validation/replica-selection-absim.json.
#include "sim/policy/replica_selector/read_policies.hpp"

namespace brokersim {
namespace {

class RandomReplicaSelector final : public ReplicaSelector {
 public:
  explicit RandomReplicaSelector(RandomSource random) : draws_(random, "replica selector", "random_replica") {}

  [[nodiscard]] SelectorNeeds needs() const override { return {.lease = baseline_lease}; }
  [[nodiscard]] std::size_t select(const ReadRequest&, std::span<const ReplicaView> candidates) override {
    return draws_.below(static_cast<std::uint32_t>(candidates.size()));
  }

 private:
  RandomStream draws_;
};

}  // namespace

std::unique_ptr<ReplicaSelector> make_random_replica(const SelectorContext& context) {
  return std::make_unique<RandomReplicaSelector>(context.random);
}

}  // namespace brokersim
