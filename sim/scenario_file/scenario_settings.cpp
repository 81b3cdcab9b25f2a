// SPDX-License-Identifier: Apache-2.0
// The top level: how long, how often, under which policies.
#include <algorithm>
#include <array>

#include "sim/scenario_file/scenario_reading.hpp"
#include "sim/scenario_file/suggestions.hpp"

namespace brokersim {
namespace {

constexpr std::array<std::string_view, 1> switch_names{"consumers_wait_out_on_followers"};

void read_version(ScenarioReading& reading, const JsonNode& root) {
  const JsonNode* node = find_member(root, "version");
  if (node == nullptr) {
    reading.problems.at(root, {.code = "E0320",
                               .pointer = "/version",
                               .found = "no key \"version\"",
                               .allowed = "\"version\": 1, the format that this brokersim reads"});
    return;
  }
  std::int64_t version = 1;
  if (!reading.reader.whole64(
          *node, {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}, version)) {
    return;
  }
  if (version == 1) return;
  reading.problems.at(*node, "E0320", "1, the format that this brokersim reads",
                      version > 1 ? "a newer brokersim reads it" : "there is no older format; write 1");
}

void read_read_policies(ScenarioReading& reading, const JsonNode& node) {
  if (!reading.reader.array(node, 1)) return;
  std::vector<ReadPolicy> policies;
  for (const JsonNode& item : node.items) {
    std::size_t index = 0;
    if (!reading.reader.choice(item, read_policy_names(), index)) continue;
    const auto policy = static_cast<ReadPolicy>(index);
    const auto earlier = std::find(policies.begin(), policies.end(), policy);
    if (earlier != policies.end()) {
      reading.problems.at(
          item, node.items[static_cast<std::size_t>(earlier - policies.begin())],
          {.code = "E0401", .found = shown(item) + " again, first at {other}", .allowed = "each read policy once"});
    }
    policies.push_back(policy);
  }
  reading.scenario.read_policies = policies;
}

void read_legacy_behaviour(ScenarioReading& reading, const JsonNode& node) {
  if (!reading.reader.array(node, 0)) return;
  for (const JsonNode& item : node.items) {
    std::size_t index = 0;
    if (reading.reader.choice(item, switch_names, index)) {
      reading.scenario.world.switches.followers_do_not_wake_consumers = true;
    }
  }
}

}  // namespace

/// Kafka looks a quota up kind by kind: the client id's own, else the default entity's (B-20, B-21).
void read_default_client_quota(ScenarioReading& reading, const JsonNode& root) {
  const JsonNode* node = find_member(root, "default_client_quota");
  if (node == nullptr || !reading.reader.object(*node, Section::default_client_quota)) return;
  const auto rate = [&](std::string_view key, ClientQuotaSpec& quota) {
    if (const JsonNode* value = find_member(*node, key)) {
      reading.reader.whole64(*value, {1, whole_maximum}, quota.byte_rate);
    }
  };
  rate("producer_byte_rate", reading.default_producer_quota);
  rate("consumer_byte_rate", reading.default_group_quota);
  if (const JsonNode* value = find_member(*node, "request_percentage")) {
    reading.reader.whole(*value, {1, 1'000'000}, reading.default_producer_quota.request_percentage);
    reading.default_group_quota.request_percentage = reading.default_producer_quota.request_percentage;
  }
}

void read_settings(ScenarioReading& reading, const JsonNode& root) {
  StrictReader& reader = reading.reader;
  Scenario& scenario = reading.scenario;
  const auto with = [&](std::string_view key, auto read) {
    if (const JsonNode* node = find_member(root, key)) read(*node);
  };
  with("$schema", [&](const JsonNode& node) {
    std::string ignored;
    reader.text(node, ignored);
  });
  read_version(reading, root);
  with("name", [&](const JsonNode& node) { reader.text(node, scenario.name); });
  if (const JsonNode* node = reader.needed(root, "duration", "\"duration\": \"60s\"")) {
    if (reader.duration(*node, {Duration::zero(), century, "E0431"}, scenario.duration) &&
        scenario.duration == Duration::zero()) {
      reading.problems.at(*node, "E0430", "a duration above 0");
    }
  }
  with("warm_up", [&](const JsonNode& node) {
    if (node.is(JsonNode::Kind::string) && node.text == "automatic") return;
    Duration warm_up{};
    if (reader.duration(node, {Duration::zero(), century, "E0431", "\"automatic\" has it chosen from a pilot run"},
                        warm_up)) {
      scenario.warm_up = warm_up;
    }
  });
  with("window", [&](const JsonNode& node) {
    reader.duration(node, {std::chrono::milliseconds{1}, century}, scenario.window);
  });
  with("drain_limit", [&](const JsonNode& node) {
    reader.duration(node, {Duration::zero(), century}, scenario.drain_limit);
  });
  with("trials", [&](const JsonNode& node) { reader.whole(node, {1, 100'000}, scenario.trials); });
  with("seed", [&](const JsonNode& node) { reader.seed(node, scenario.seed); });
  with("read_policies", [&](const JsonNode& node) { read_read_policies(reading, node); });
  with("legacy_behaviour", [&](const JsonNode& node) { read_legacy_behaviour(reading, node); });
}

}  // namespace brokersim
