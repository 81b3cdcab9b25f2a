// SPDX-License-Identifier: Apache-2.0
// Baseline: the broker at which this client has the fewest reads outstanding.
//
// Algorithm    The first candidate with the least count; a client knows its own reads and nobody else's.
// Consequence  a slow broker answers late, so reads stay outstanding there and it is asked less. Clients do not see
// each
//              other, and while nothing is outstanding all of them choose the first candidate.
// Source       "pending" of the C3 authors' simulator (least outstanding requests); truth:
//              tests/validation/replica-selection-absim.json.
#include "sim/policy/replica_selector/client_notes.hpp"
#include "sim/policy/replica_selector/read_policies.hpp"

namespace brokersim {
namespace {

class LeastOutstandingSelector final : public ReplicaSelector {
 public:
  [[nodiscard]] SelectorNeeds needs() const override { return {.lease = baseline_lease, .feedback = true}; }
  void on_read_started(std::uint32_t client, std::int32_t broker_id) override { reads_.start(client, broker_id); }
  void on_read_ended(std::uint32_t client, std::int32_t broker_id) override { reads_.end(client, broker_id); }

  [[nodiscard]] std::size_t select(const ReadRequest& request, std::span<const ReplicaView> candidates) override {
    return first_least(candidates,
                       [&](const ReplicaView& replica) { return reads_.at(request.client, replica.broker_id); });
  }

 private:
  OutstandingReads reads_;
};

}  // namespace

std::unique_ptr<ReplicaSelector> make_least_outstanding(const SelectorContext&) {
  return std::make_unique<LeastOutstandingSelector>();
}

}  // namespace brokersim
