// SPDX-License-Identifier: Apache-2.0
#include "tests/validate/bare_world.hpp"

#include <cmath>

#include "sim/model/protocol.hpp"

namespace brokersim::validate {

static_assert(stored_overhead == protocol::record_batch_overhead + protocol::record_overhead);

ZoneIndex BareWorld::zone(const std::string& name) {
  NetworkSpec& network = scenario_.world.network;
  const ZoneIndex zone{static_cast<std::uint32_t>(network.zones.size())};
  network.zones.push_back(name);
  network.within_zone.push_back({zone, zone, always(Duration::zero()), {}, 0});
  return zone;
}

void BareWorld::link(ZoneIndex a, ZoneIndex b, const DelayDistribution& one_way) {
  scenario_.world.network.links.push_back({a, b, one_way, {}, 0});
}

BrokerIndex BareWorld::broker(ZoneIndex zone, Duration replica_fetch_wait_max) {
  BrokerSpec broker;
  const auto index = static_cast<std::uint32_t>(scenario_.world.brokers.size());
  broker.id = static_cast<std::int32_t>(index);
  broker.zone = zone;
  broker.nic = {};
  broker.service = {{}, {}, {}};
  broker.replica_fetch_wait_max = replica_fetch_wait_max;
  scenario_.world.brokers.push_back(broker);
  return BrokerIndex{index};
}

TopicIndex BareWorld::topic(const std::vector<BrokerIndex>& replicas) {
  TopicSpec topic;
  const auto index = static_cast<std::uint32_t>(scenario_.world.topics.size());
  topic.id = "topic-" + std::to_string(index);
  topic.replication_factor = static_cast<std::uint32_t>(replicas.size());
  topic.replicas = {replicas};
  scenario_.world.topics.push_back(topic);
  return TopicIndex{index};
}

ProducerSpec& BareWorld::producer(ZoneIndex zone, TopicIndex topic, double records_per_second) {
  ProducerSpec producer;
  producer.id = "producer-" + std::to_string(scenario_.world.producers.size());
  producer.zones = {zone};
  producer.topic = topic;
  producer.records_per_second = records_per_second;
  producer.record_size = {1, 1};
  producer.acks = 1;
  producer.linger = Duration::zero();
  producer.batch_size = 1;
  scenario_.world.producers.push_back(producer);
  return scenario_.world.producers.back();
}

ConsumerGroupSpec& BareWorld::reader(ZoneIndex zone, const std::string& client_rack,
                                     const std::vector<TopicIndex>& topics) {
  ConsumerGroupSpec group;
  group.id = "group-" + std::to_string(scenario_.world.groups.size());
  group.topics = topics;
  group.members = {{zone, client_rack}};
  group.fetch_max_wait = std::chrono::hours{1000};
  group.metadata_max_age = std::chrono::hours{1000};
  scenario_.world.groups.push_back(group);
  return scenario_.world.groups.back();
}

Duration from_ms(double ms) {
  return Duration{std::llround(ms * 1e6)};
}

}  // namespace brokersim::validate
