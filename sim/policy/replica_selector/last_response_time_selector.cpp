// SPDX-License-Identifier: Apache-2.0
// Baseline: the broker whose last answer to this client was the fastest.
//
// Algorithm    The first candidate with the least last response time; a broker that has not answered yet counts as 0.
// Consequence  a herd: whoever answered fast once is asked by everybody until it answers late. At a utilization of 0.9
//              it is slower than chance by a factor of tens, which is what C3 was made against.
// Source       "response_time" of the C3 authors' simulator; truth: tests/validation/replica-selection-absim.json.
#include "sim/policy/replica_selector/client_notes.hpp"
#include "sim/policy/replica_selector/read_policies.hpp"

namespace brokersim {
namespace {

class LastResponseTimeSelector final : public ReplicaSelector {
 public:
  [[nodiscard]] SelectorNeeds needs() const override { return {.lease = baseline_lease, .feedback = true}; }
  void on_answer(const ReadFeedback& news) override { last_.at(news.client, news.broker_id) = news.response_time; }

  [[nodiscard]] std::size_t select(const ReadRequest& request, std::span<const ReplicaView> candidates) override {
    return first_least(candidates, [&](const ReplicaView& replica) {
      const Duration* last = last_.find(request.client, replica.broker_id);
      return last == nullptr ? Duration::zero() : *last;
    });
  }

 private:
  ClientNotes<Duration> last_;
};

}  // namespace

std::unique_ptr<ReplicaSelector> make_last_response_time(const SelectorContext&) {
  return std::make_unique<LastResponseTimeSelector>();
}

}  // namespace brokersim
