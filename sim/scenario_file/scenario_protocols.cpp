// SPDX-License-Identifier: Apache-2.0
// "protocols": how records get to replicas and readers; "primary_replica": the settings of the one that is not Kafka's.
#include <algorithm>
#include <array>

#include "sim/scenario_file/scenario_reading.hpp"

namespace brokersim {
namespace {

constexpr std::array<std::string_view, 2> protocol_names{"kafka", "primary_replica"};

void read_names(ScenarioReading& reading, const JsonNode& node) {
  if (!reading.reader.array(node, 1)) return;
  std::vector<Protocol> protocols;
  for (const JsonNode& item : node.items) {
    std::size_t index = 0;
    if (!reading.reader.choice(item, protocol_names, index)) continue;
    const auto protocol = static_cast<Protocol>(index);
    const auto earlier = std::find(protocols.begin(), protocols.end(), protocol);
    if (earlier != protocols.end()) {
      reading.problems.at(
          item, node.items[static_cast<std::size_t>(earlier - protocols.begin())],
          {.code = "E0401", .found = shown(item) + " again, first at {other}", .allowed = "each protocol once"});
    }
    protocols.push_back(protocol);
  }
  reading.scenario.protocols = protocols;
}

/// True if every cost is stated.
bool read_commands(StrictReader& reader, const JsonNode& object, PrimaryReplicaSpec& spec) {
  const JsonNode* node = find_member(object, "commands");
  if (node == nullptr || !reader.object(*node, Section::commands)) return false;
  const bool write = read_cost(reader, *node, "write", spec.write);
  const bool apply = read_cost(reader, *node, "apply", spec.apply);
  const bool read = read_cost(reader, *node, "read", spec.read);
  const bool acknowledge = read_cost(reader, *node, "acknowledge", spec.acknowledge);
  return write && apply && read && acknowledge;
}

void read_wait(StrictReader& reader, const JsonNode& object, PrimaryReplicaSpec& spec) {
  const JsonNode* node = find_member(object, "wait");
  if (node == nullptr || !reader.object(*node, Section::wait)) return;
  if (const JsonNode* replicas = reader.needed(*node, "replicas", "\"replicas\": 1")) {
    reader.whole(*replicas, {0, 32'767}, spec.wait_replicas);
  }
  if (const JsonNode* timeout = find_member(*node, "timeout")) {
    reader.duration(*timeout, {Duration::zero(), std::chrono::hours{1}}, spec.wait_timeout);
  }
}

}  // namespace

void read_protocols(ScenarioReading& reading, const JsonNode& root) {
  if (const JsonNode* node = find_member(root, "protocols")) read_names(reading, *node);
  const JsonNode* node = find_member(root, "primary_replica");
  if (node == nullptr || !reading.reader.object(*node, Section::primary_replica)) return;
  PrimaryReplicaSpec& spec = reading.scenario.world.primary_replica;
  reading.scenario.command_costs_stated = read_commands(reading.reader, *node, spec);
  read_wait(reading.reader, *node, spec);
}

namespace {

/// Baselines choose by what Kafka's brokers tell: a primary's readers have a fixed node.
void check_policies(ScenarioReading& reading, const JsonNode& root) {
  const std::vector<ReadPolicy>& policies = reading.scenario.read_policies;
  for (std::size_t i = 0; i < policies.size(); ++i) {
    if (policies[i] == ReadPolicy::leader || policies[i] == ReadPolicy::rack_aware) continue;
    const JsonNode* node = find_member(root, "read_policies");  // it is there: the default has no baseline
    reading.problems.at(node->items[i], {.code = "E0449",
                                         .found = shown(node->items[i]) + ", and the protocol primary_replica",
                                         .allowed = "\"leader\", \"rack_aware\" under primary_replica",
                                         .hint = "compare baselines in a scenario of Kafka alone"});
  }
}

/// Only Kafka's brokers fail: beside them a primary would look as if it survived.
void check_no_faults(ScenarioReading& reading, const JsonNode& root) {
  const JsonNode* faults = find_member(root, "faults");
  if (faults == nullptr || faults->items.empty()) return;
  const bool alone = reading.scenario.protocols.size() == 1;
  reading.problems.at(faults->items.front(), {.code = "E0450",
                                              .found = "a fault, and the protocol primary_replica",
                                              .allowed = "faults in a scenario of Kafka alone",
                                              .hint = alone ? "leave the faults out"
                                                            : "--set /protocols=[\"kafka\"], or leave the faults out"});
}

}  // namespace

void check_protocols(ScenarioReading& reading, const JsonNode& root) {
  const std::uint32_t wanted = reading.scenario.world.primary_replica.wait_replicas;
  if (!reading.scenario.has_primary_replica()) return;
  check_policies(reading, root);
  check_no_faults(reading, root);
  for (const TopicSpec& topic : reading.scenario.world.topics) {
    if (wanted < topic.replication_factor) continue;
    const JsonNode* settings = find_member(root, "primary_replica");
    const JsonNode* wait = settings == nullptr ? nullptr : find_member(*settings, "wait");
    const JsonNode* node = wait == nullptr ? nullptr : find_member(*wait, "replicas");
    if (node == nullptr) return;
    reading.problems.at(*node, {.code = "E0447",
                                .found = std::to_string(wanted) + ", but topic " + topic.id + " has " +
                                         std::to_string(topic.replication_factor - 1) + " besides its primary",
                                .allowed = "at most replication_factor - 1 of every topic"});
    return;
  }
}

}  // namespace brokersim
