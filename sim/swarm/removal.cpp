// SPDX-License-Identifier: Apache-2.0
#include "sim/swarm/removal.hpp"

#include <algorithm>

namespace brokersim {
namespace {

using Who = FaultTarget::Who;

template <class Vector>
void erase_at(Vector& items, std::uint32_t place) {
  items.erase(items.begin() + static_cast<std::ptrdiff_t>(place));
}

/// Where a place moves to when `gone` is taken out.
template <class Place>
void close_gap(Place& place, std::uint32_t gone) {
  if (place.value > gone) --place.value;
}

/// Faults whose ends `keep` refuses go.
template <class Keep>
void keep_faults(Scenario& scenario, Keep keep) {
  std::erase_if(scenario.world.faults, [&](FaultSpec& fault) { return !keep(fault.target) || !keep(fault.other); });
}

void keep_faults_of_entries(Scenario& scenario, Who who, std::uint32_t gone) {
  keep_faults(scenario, [&](FaultTarget& target) {
    if (target.who != who) return true;
    if (target.entry == gone) return false;
    if (target.entry > gone) --target.entry;
    return true;
  });
}

bool names_topic(const FaultTarget& target) {
  return target.who == Who::topic || target.who == Who::leader || target.who == Who::follower;
}

}  // namespace

bool remove_producer(Scenario& scenario, std::uint32_t producer) {
  std::vector<ProducerSpec>& producers = scenario.world.producers;
  if (producers.size() == 1) return false;
  erase_at(producers, producer);
  keep_faults_of_entries(scenario, Who::producer, producer);
  return true;
}

bool remove_group(Scenario& scenario, std::uint32_t group) {
  if (scenario.world.groups.size() == 1) return false;
  erase_at(scenario.world.groups, group);
  keep_faults_of_entries(scenario, Who::group, group);
  return true;
}

bool remove_topic(Scenario& scenario, std::uint32_t topic) {
  WorldSpec& world = scenario.world;
  if (world.topics.size() == 1) return false;
  erase_at(world.topics, topic);
  for (auto p = static_cast<std::uint32_t>(world.producers.size()); p-- > 0;) {
    if (world.producers[p].topic.value == topic && !remove_producer(scenario, p)) return false;
  }
  for (auto g = static_cast<std::uint32_t>(world.groups.size()); g-- > 0;) {
    std::erase(world.groups[g].topics, TopicIndex{topic});
    if (world.groups[g].topics.empty() && !remove_group(scenario, g)) return false;
  }
  for (ProducerSpec& producer : world.producers) close_gap(producer.topic, topic);
  for (ConsumerGroupSpec& group : world.groups) {
    for (TopicIndex& read : group.topics) close_gap(read, topic);
  }
  keep_faults(scenario, [&](FaultTarget& target) {
    if (names_topic(target) && target.topic.value == topic) return false;
    close_gap(target.topic, topic);
    return true;
  });
  return true;
}

bool remove_partition(Scenario& scenario, std::uint32_t topic, std::uint32_t partition) {
  TopicSpec& spec = scenario.world.topics[topic];
  if (spec.partitions == 1 || spec.replicas.empty()) return false;
  erase_at(spec.replicas, partition);
  --spec.partitions;
  keep_faults(scenario, [&](FaultTarget& target) {
    if (!names_topic(target) || target.topic.value != topic || !target.partition) return true;
    if (*target.partition == partition) return false;
    if (*target.partition > partition) --*target.partition;
    return true;
  });
  return true;
}

bool remove_broker(Scenario& scenario, std::uint32_t broker) {
  WorldSpec& world = scenario.world;
  if (world.brokers.size() == 1) return false;
  erase_at(world.brokers, broker);
  for (TopicSpec& topic : world.topics) {
    bool held = false;
    for (const auto& replicas : topic.replicas) {
      held |= std::find(replicas.begin(), replicas.end(), BrokerIndex{broker}) != replicas.end();
    }
    if (held && --topic.replication_factor == 0) return false;
    topic.min_insync_replicas = std::min(topic.min_insync_replicas, topic.replication_factor);
    for (auto& replicas : topic.replicas) {
      std::erase(replicas, BrokerIndex{broker});
      replicas.resize(topic.replication_factor);
      for (BrokerIndex& replica : replicas) close_gap(replica, broker);
    }
  }
  for (ConsumerGroupSpec& group : world.groups) {
    if (!group.coordination || !group.coordination->broker) continue;
    if (group.coordination->broker->value == broker) group.coordination->broker = BrokerIndex{0};
    close_gap(*group.coordination->broker, broker);
  }
  std::erase_if(world.faults, [&](FaultSpec& fault) {
    for (auto& replicas : fault.replicas) {
      std::erase(replicas, BrokerIndex{broker});
      for (BrokerIndex& replica : replicas) close_gap(replica, broker);
      if (replicas.empty()) return true;
    }
    return false;
  });
  keep_faults(scenario, [&](FaultTarget& target) {
    if (target.who != Who::brokers) return true;
    std::erase(target.brokers, BrokerIndex{broker});
    for (BrokerIndex& hit : target.brokers) close_gap(hit, broker);
    return !target.brokers.empty();
  });
  return true;
}

bool remove_zone(Scenario& scenario, std::uint32_t zone) {
  WorldSpec& world = scenario.world;
  if (zone == 0) return false;
  const std::string name = world.network.zones[zone];
  erase_at(world.network.zones, zone);
  erase_at(world.network.within_zone, zone);
  const auto move = [&](ZoneIndex& place) {
    if (place.value == zone) place = ZoneIndex{0};
    close_gap(place, zone);
  };
  std::erase_if(world.network.links,
                [&](const LinkSpec& link) { return link.a.value == zone || link.b.value == zone; });
  for (std::vector<LinkSpec>* links : {&world.network.links, &world.network.within_zone}) {
    for (LinkSpec& link : *links) close_gap(link.a, zone), close_gap(link.b, zone);
  }
  for (BrokerSpec& broker : world.brokers) move(broker.zone);
  for (ProducerSpec& producer : world.producers) std::for_each(producer.zones.begin(), producer.zones.end(), move);
  for (ConsumerGroupSpec& group : world.groups) {
    for (MemberSpec& member : group.members) {
      move(member.zone);
      if (member.client_rack == name) member.client_rack = world.network.zones[0];
    }
  }
  if (world.controller) move(*world.controller);
  keep_faults(scenario, [&](FaultTarget& target) {
    if (target.who != Who::zone) return true;
    if (target.zone.value == zone) return false;
    close_gap(target.zone, zone);
    return true;
  });
  return true;
}

}  // namespace brokersim
