// SPDX-License-Identifier: Apache-2.0
// Small worlds whose timetable can be worked out by hand: no service costs, no NIC limits, constant latencies.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/scenario/run.hpp"

namespace brokersim::tiny {

using namespace std::chrono_literals;

/// Zones r1, r2, ... with a broker 1, 2, ... in each; every message takes `latency`, within a zone and between zones.
inline Scenario brokers_in_zones(std::uint32_t brokers, Duration latency) {
  Scenario scenario;
  scenario.duration = 20s;
  scenario.warm_up = Duration::zero();
  scenario.trials = 1;
  NetworkSpec& network = scenario.world.network;
  for (std::uint32_t z = 0; z < brokers; ++z) {
    network.zones.push_back("r" + std::to_string(z + 1));
    network.within_zone.push_back({ZoneIndex{z}, ZoneIndex{z}, DelayDistribution::constant(latency), {}, 0});
    for (std::uint32_t other = 0; other < z; ++other) {
      network.links.push_back({ZoneIndex{other}, ZoneIndex{z}, DelayDistribution::constant(latency), {}, 0.02});
    }
    BrokerSpec broker;
    broker.id = static_cast<std::int32_t>(z + 1);
    broker.zone = ZoneIndex{z};
    broker.nic = BytesPerSecond{};
    broker.service = ServiceCosts{{}, {}, {}};
    scenario.world.brokers.push_back(broker);
  }
  return scenario;
}

/// A topic of one partition with replicas on brokers 1, 2, ... (first = leader).
inline TopicIndex add_topic(Scenario& scenario, const std::vector<std::uint32_t>& broker_ids) {
  TopicSpec topic;
  topic.id = "t" + std::to_string(scenario.world.topics.size());
  topic.partitions = 1;
  topic.replication_factor = static_cast<std::uint32_t>(broker_ids.size());
  topic.replicas.emplace_back();
  for (const std::uint32_t id : broker_ids) topic.replicas[0].push_back(BrokerIndex{id - 1});
  scenario.world.topics.push_back(topic);
  return TopicIndex{static_cast<std::uint32_t>(scenario.world.topics.size() - 1)};
}

/// A producer of 1,000-byte records, one to a batch, sent at once.
inline ProducerSpec& add_producer(Scenario& scenario, TopicIndex topic, double records_per_second, Duration first_at) {
  ProducerSpec producer;
  producer.id = "p" + std::to_string(scenario.world.producers.size());
  producer.zones = {ZoneIndex{0}};
  producer.topic = topic;
  producer.records_per_second = records_per_second;
  producer.arrivals = ProducerSpec::Arrivals::constant;
  producer.random_phase = false;
  producer.first_record_at = first_at;
  producer.record_size = {1000, 1000};
  producer.linger = Duration::zero();
  producer.batch_size = 1;
  scenario.world.producers.push_back(producer);
  return scenario.world.producers.back();
}

/// A group of one member in a zone, with client.rack set to the zone.
inline ConsumerGroupSpec& add_group(Scenario& scenario, const std::vector<TopicIndex>& topics, std::uint32_t zone) {
  ConsumerGroupSpec group;
  group.id = "g" + std::to_string(scenario.world.groups.size());
  group.topics = topics;
  group.members = {{ZoneIndex{zone}, scenario.world.network.zones[zone]}};
  scenario.world.groups.push_back(group);
  return scenario.world.groups.back();
}

inline TrialResult run(const Scenario& scenario, ReadPolicy policy, std::uint32_t trial = 0) {
  return run_trial(scenario, place_partitions(scenario), policy, trial, scenario.warm_up.value_or(Duration::zero()));
}

/// What happens to a broker at a time, and for how long.
inline FaultSpec fault_of_broker(FaultKind kind, std::uint32_t broker_id, Duration at,
                                 std::optional<Duration> lasts = {}) {
  FaultSpec fault;
  fault.kind = kind;
  fault.target.who = FaultTarget::Who::brokers;
  fault.target.brokers = {BrokerIndex{broker_id - 1}};
  fault.when.at = at;
  fault.lasts = lasts;
  return fault;
}

}  // namespace brokersim::tiny
