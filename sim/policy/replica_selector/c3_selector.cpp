// SPDX-License-Identifier: Apache-2.0
// Baseline: C3's replica ranking, without its rate control.
//
// Goals, in order of priority
//   1. Low latency in the tail, when brokers' speeds differ and change.
//   2. No herd: clients that learn the same news at the same time must not all run to the same broker.
//
// Algorithm    A client keeps, for each broker, moving averages of what answers tell: response time less service time
//              (R - T), service time T, queue size q. The broker's queue is estimated as 1 + os n + q, os being the
//              reads this client has outstanding there and n the number of clients: as if all of them did as this one.
//              The score is (R - T) + (1 + os n + q)^3 T, the least wins, the first of several. A broker that has not
//              answered yet scores 0, so each is tried.
// Consequence  the cube makes a long queue at a fast broker cost more than a short one at a slow broker.
// Left out     the cubic rate control: it holds requests back, and a consumer's fetch is one long poll a broker.
// Source       Suresh, Canini, Schmid, Feldmann, C3: Cutting Tail Latency in Cloud Data Stores via Adaptive Replica
//              Selection, NSDI 2015, section 3.1; the averages' weight is that of the authors' simulator ("expDelay").
//              Truth: tests/validation/replica-selection-absim.json.
#include "sim/policy/replica_selector/client_notes.hpp"
#include "sim/policy/replica_selector/read_policies.hpp"

namespace brokersim {
namespace {

constexpr double weight_of_news = 0.9;

/// Moving averages; times in ns.
struct BrokerAverages {
  bool known = false;
  double outside_service = 0;  // response time less service time
  double service = 0;
  double queue_size = 0;
};

void average_in(double& average, double news) {
  average = weight_of_news * news + (1 - weight_of_news) * average;
}

class C3Selector final : public ReplicaSelector {
 public:
  explicit C3Selector(std::uint32_t clients) : clients_(clients) {}

  [[nodiscard]] SelectorNeeds needs() const override { return {.lease = baseline_lease, .feedback = true}; }
  void on_read_started(std::uint32_t client, std::int32_t broker_id) override { reads_.start(client, broker_id); }
  void on_read_ended(std::uint32_t client, std::int32_t broker_id) override { reads_.end(client, broker_id); }

  void on_answer(const ReadFeedback& news) override {
    BrokerAverages& averages = averages_.at(news.client, news.broker_id);
    const auto outside = static_cast<double>((news.response_time - news.service_time).count());
    const auto service = static_cast<double>(news.service_time.count());
    if (!averages.known) {
      averages = {true, outside, service, static_cast<double>(news.queue_size)};
      return;
    }
    average_in(averages.outside_service, outside);
    average_in(averages.service, service);
    average_in(averages.queue_size, news.queue_size);
  }

  [[nodiscard]] std::size_t select(const ReadRequest& request, std::span<const ReplicaView> candidates) override {
    return first_least(candidates,
                       [&](const ReplicaView& replica) { return score(request.client, replica.broker_id); });
  }

 private:
  [[nodiscard]] double score(std::uint32_t client, std::int32_t broker_id) const {
    const BrokerAverages* averages = averages_.find(client, broker_id);
    if (averages == nullptr) return 0;
    const auto outstanding = static_cast<double>(reads_.at(client, broker_id));
    const double queue = 1 + outstanding * clients_ + averages->queue_size;
    return averages->outside_service + queue * queue * queue * averages->service;
  }

  double clients_;
  OutstandingReads reads_;
  ClientNotes<BrokerAverages> averages_;
};

}  // namespace

std::unique_ptr<ReplicaSelector> make_c3(const SelectorContext& context) {
  return std::make_unique<C3Selector>(context.clients);
}

}  // namespace brokersim
