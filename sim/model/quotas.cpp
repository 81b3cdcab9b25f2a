// SPDX-License-Identifier: Apache-2.0
#include "sim/model/quotas.hpp"

#include <algorithm>

namespace brokersim {
namespace {

std::int64_t clock_ms(Instant now) {
  return now.time_since_epoch() / std::chrono::milliseconds{1};
}

double percent_of_a_second(Duration thread_time) {
  return static_cast<double>(thread_time.count()) * 1e-7;
}

}  // namespace

ClientQuotas::ClientQuotas(const WorldSpec& world) : world_(&world) {
  may_change_ = std::any_of(world.faults.begin(), world.faults.end(), [](const FaultSpec& fault) {
    return fault.kind == FaultKind::config_change &&
           (fault.setting == ChangedSetting::producer_byte_rate || fault.setting == ChangedSetting::consumer_byte_rate);
  });
  const auto add = [&](const ClientQuotaSpec& quota) {
    quotas_.push_back(quota);
    first_.push_back(accounts_.size());
    if (!quota.limited() && !may_change_) return;
    for (const BrokerSpec& broker : world.brokers) {
      const SampledRate empty(broker.quota_window_num, broker.quota_window_size / std::chrono::milliseconds{1});
      accounts_.push_back({empty, empty});
    }
  };
  for (const ProducerSpec& producer : world.producers) add(producer.quota);
  for (const ConsumerGroupSpec& group : world.groups) add(group.quota);
}

std::int64_t ClientQuotas::over_bytes(Account& account, const ClientQuotaSpec& quota, Bytes bytes,
                                      std::int64_t now_ms) const {
  if (quota.byte_rate == 0) return 0;
  account.bytes.record(static_cast<double>(bytes), now_ms);
  return throttle_ms(account.bytes.measure(now_ms), static_cast<double>(quota.byte_rate),
                     account.bytes.window_ms(now_ms));
}

/// The I/O thread's time is judged, the network thread's, which follows, only recorded. At most one window.
std::int64_t ClientQuotas::over_thread_time(Account& account, const ClientQuotaSpec& quota, const QuotaUse& use,
                                            BrokerIndex broker, std::int64_t now_ms) const {
  if (quota.request_percentage == 0) return 0;
  SampledRate& rate = account.thread_time;
  rate.record(percent_of_a_second(use.io_thread), now_ms);
  const std::int64_t over =
      throttle_ms(rate.measure(now_ms), static_cast<double>(quota.request_percentage), rate.window_ms(now_ms));
  rate.record(percent_of_a_second(use.network_thread), now_ms);
  const Duration most = world_->brokers[broker.value].quota_window_size;
  return std::min<std::int64_t>(over, most / std::chrono::milliseconds{1});
}

Duration ClientQuotas::on_produce(std::size_t producer, BrokerIndex broker, const QuotaUse& use, bool acks,
                                  Instant now) {
  const ClientQuotaSpec& quota = quotas_[producer];
  Account& used = account(producer, broker);
  std::int64_t over = over_bytes(used, quota, use.bytes, clock_ms(now));
  if (acks) over = std::max(over, over_thread_time(used, quota, use, broker, clock_ms(now)));
  return std::chrono::milliseconds{over};
}

Duration ClientQuotas::on_fetch(std::size_t group, BrokerIndex broker, const QuotaUse& use, Instant now) {
  const ClientQuotaSpec& quota = quotas_[world_->producers.size() + group];
  Account& used = account(world_->producers.size() + group, broker);
  const std::int64_t over = std::max(over_thread_time(used, quota, use, broker, clock_ms(now)),
                                     over_bytes(used, quota, use.bytes, clock_ms(now)));
  if (over > 0 && quota.byte_rate > 0) used.bytes.record(-static_cast<double>(use.bytes), clock_ms(now));
  return std::chrono::milliseconds{over};
}

Bytes ClientQuotas::most_in_window(std::size_t group, BrokerIndex broker) const {
  constexpr Bytes unlimited = std::numeric_limits<std::int32_t>::max();
  const Bytes rate = quotas_[world_->producers.size() + group].byte_rate;
  if (rate == 0) return unlimited;
  const BrokerSpec& spec = world_->brokers[broker.value];
  const Bytes seconds = spec.quota_window_size / std::chrono::seconds{1};
  return std::min(unlimited, rate * Bytes{spec.quota_window_num - 1} * seconds);
}

}  // namespace brokersim
