// SPDX-License-Identifier: Apache-2.0
// Client quotas: what every broker records of each client id that has one, and how long it holds the client back (B-20,
// B-21). A producer entry and a group are one client id each, whose instances share its quota at every broker.
#pragma once
#include <cstdint>
#include <vector>

#include "sim/core/quantities.hpp"
#include "sim/metrics/trial_result.hpp"
#include "sim/model/specification.hpp"
#include "sim/policy/quota/sampled_rate.hpp"

namespace brokersim {

/// What a request has cost.
struct QuotaUse {
  Bytes bytes = 0;  ///< a produce request's or a fetch answer's
  Duration io_thread{};
  Duration network_thread{};
};

class ClientQuotas {
 public:
  explicit ClientQuotas(const WorldSpec& world);

  /// Whether an operator changes one while the run goes on: then who has none now may have one later.
  [[nodiscard]] bool may_change() const { return may_change_; }
  /// producer_byte_rate of a producer entry, consumer_byte_rate of a group; 0: unlimited. At every broker at once.
  void set_producer_byte_rate(std::size_t producer, std::int64_t rate) { quotas_[producer].byte_rate = rate; }
  void set_consumer_byte_rate(std::size_t group, std::int64_t rate) {
    quotas_[world_->producers.size() + group].byte_rate = rate;
  }

  /// A produce request is answered: how long its connection stays muted and its producer silent. The request quota
  /// does not hold for acks=0.
  [[nodiscard]] Duration on_produce(std::size_t producer, BrokerIndex broker, const QuotaUse& use, bool acks,
                                    Instant now);
  /// A fetch is about to be answered with data: if it is held back, the answer is empty and its bytes do not count.
  [[nodiscard]] Duration on_fetch(std::size_t group, BrokerIndex broker, const QuotaUse& use, Instant now);
  /// The most a fetch may carry: more could never be within the quota.
  [[nodiscard]] Bytes most_in_window(std::size_t group, BrokerIndex broker) const;

 private:
  /// A client id at one broker.
  struct Account {
    SampledRate bytes;
    SampledRate thread_time;  // percent of a thread
  };
  [[nodiscard]] Account& account(std::size_t client, BrokerIndex broker) {
    return accounts_[first_[client] + broker.value];
  }
  [[nodiscard]] std::int64_t over_bytes(Account& account, const ClientQuotaSpec& quota, Bytes bytes,
                                        std::int64_t now_ms) const;
  [[nodiscard]] std::int64_t over_thread_time(Account& account, const ClientQuotaSpec& quota, const QuotaUse& use,
                                              BrokerIndex broker, std::int64_t now_ms) const;

  const WorldSpec* world_;
  bool may_change_ = false;
  std::vector<ClientQuotaSpec> quotas_;  // by client, producer entries before groups
  std::vector<std::size_t> first_;       // by client: its accounts, broker by broker
  std::vector<Account> accounts_;        // of clients that have a quota, or may get one
};

}  // namespace brokersim
