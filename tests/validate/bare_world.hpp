// SPDX-License-Identifier: Apache-2.0
// Scenarios in which nothing takes time but what a case names: brokers that work in no time, NICs and links without
// limit.
#pragma once
#include <string>
#include <vector>

#include "sim/scenario/scenario.hpp"

namespace brokersim::validate {

class BareWorld {
 public:
  /// Nothing within the zone takes time.
  ZoneIndex zone(const std::string& name);
  void link(ZoneIndex a, ZoneIndex b, const DelayDistribution& one_way);
  BrokerIndex broker(ZoneIndex zone, Duration replica_fetch_wait_max = std::chrono::milliseconds{500});
  /// One partition, the first replica leading.
  TopicIndex topic(const std::vector<BrokerIndex>& replicas);
  /// One instance whose every record is a batch of its own, sent at once, acknowledged by the leader.
  ProducerSpec& producer(ZoneIndex zone, TopicIndex topic, double records_per_second);
  /// A group of one member that waits for data as long as it takes.
  ConsumerGroupSpec& reader(ZoneIndex zone, const std::string& client_rack, const std::vector<TopicIndex>& topics);

  [[nodiscard]] Scenario& scenario() { return scenario_; }
  [[nodiscard]] const Scenario& scenario() const { return scenario_; }

 private:
  Scenario scenario_;
};

/// What a record's batch takes on disk beside its value, bytes.
inline constexpr std::int32_t stored_overhead = 71;

[[nodiscard]] inline DelayDistribution always(Duration latency) {
  return DelayDistribution::constant(latency);
}
[[nodiscard]] Duration from_ms(double ms);

}  // namespace brokersim::validate
