// SPDX-License-Identifier: Apache-2.0
// Baseline: the replica that would answer first, by somebody who sees every broker at this moment.
//
// Algorithm    The least of (work ahead + one service) + network round trip; the first of several.
// Consequence  a bound of what a choice by load can win: no client can know this. Still not the best possible, as it
//              neither sees requests on their way nor foresees how a broker's speed changes.
// Source       "clairvoyant" of the C3 authors' simulator, where the work ahead is the number of requests at a server
//              times its mean service time and all round trips are alike; truth:
//              tests/validation/replica-selection-absim.json.
#include "sim/policy/replica_selector/read_policies.hpp"

namespace brokersim {
namespace {

class OracleSelector final : public ReplicaSelector {
 public:
  [[nodiscard]] SelectorNeeds needs() const override { return {.lease = baseline_lease, .server_state = true}; }

  [[nodiscard]] std::size_t select(const ReadRequest&, std::span<const ReplicaView> candidates) override {
    return first_least(candidates, [](const ReplicaView& replica) {
      return replica.work_ahead + replica.service_time + replica.round_trip;
    });
  }
};

}  // namespace

std::unique_ptr<ReplicaSelector> make_oracle(const SelectorContext&) {
  return std::make_unique<OracleSelector>();
}

}  // namespace brokersim
