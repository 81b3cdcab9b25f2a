// SPDX-License-Identifier: Apache-2.0
// A small finished run for tests of result files: three zones, four brokers, one with a disk, two topics, two groups,
// one with a quota that it stays below, two arms, two trials.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "sim/result_files/result_set.hpp"
#include "sim/scenario/run.hpp"

namespace brokersim::test {

inline Scenario example_scenario() {
  using namespace std::chrono_literals;
  Scenario scenario;
  scenario.name = "example";
  scenario.duration = 5500ms;  // with the warm-up, windows of 2, 2 and 0.5 s
  scenario.warm_up = 1s;
  scenario.window = 2s;
  scenario.trials = 2;
  scenario.seed = 7;
  WorldSpec& world = scenario.world;
  world.network.zones = {"a", "b", "c"};
  for (std::uint32_t z = 0; z < 3; ++z) {
    world.network.within_zone.push_back({ZoneIndex{z}, ZoneIndex{z}, DelayDistribution::constant(100us), {}, 0});
    for (std::uint32_t other = z + 1; other < 3; ++other) {
      world.network.links.push_back({ZoneIndex{z}, ZoneIndex{other}, DelayDistribution::constant(1ms), {}, 0.02});
    }
  }
  for (std::int32_t b = 0; b < 4; ++b) {
    BrokerSpec broker;
    broker.id = 10 * b + 1;
    broker.zone = ZoneIndex{static_cast<std::uint32_t>(b % 3)};
    if (b == 0) broker.disk.bandwidth = BytesPerSecond{500'000'000};
    world.brokers.push_back(broker);
  }
  for (const char* id : {"orders", "views"}) {
    TopicSpec topic;
    topic.id = id;
    topic.partitions = id[0] == 'o' ? 4 : 2;
    world.topics.push_back(topic);
    ProducerSpec producer;
    producer.id = std::string("writes-") + id;
    producer.count = 3;
    producer.zones = {ZoneIndex{0}, ZoneIndex{1}, ZoneIndex{2}};
    producer.topic = TopicIndex{static_cast<std::uint32_t>(world.topics.size() - 1)};
    producer.records_per_second = 200;
    world.producers.push_back(producer);
  }
  for (const char* id : {"billing", "audit"}) {
    ConsumerGroupSpec group;
    group.id = id;
    group.topics = {TopicIndex{0}, TopicIndex{1}};
    for (std::uint32_t m = 0; m < 3; ++m) group.members.push_back({ZoneIndex{m}, world.network.zones[m]});
    if (id[0] == 'a') group.quota.byte_rate = 10'000'000;
    world.groups.push_back(group);
  }
  return scenario;
}

/// The run and what points into it; not to be copied.
struct Example {
  Scenario scenario;
  std::vector<std::vector<BrokerIndex>> placement;
  std::vector<ArmResult> arms;
  ResultSet results;

  explicit Example(unsigned threads = 1, Scenario run = example_scenario()) : scenario(std::move(run)) {
    placement = place_partitions(scenario);
    arms = run_arms(scenario, scenario.arms(), scenario.trials, *scenario.warm_up, threads, {});
    results.scenario = &scenario;
    results.placement = &placement;
    results.arms = &arms;
    results.warm_up = *scenario.warm_up;
    results.scenario_json = "{}\n";
    results.scenario_hash = "0123456789abcdef";
    results.model_version = 1;
    results.program_version = "0.1.0";
    results.program_commit = "unknown";
    results.repeat_command = "brokersim compare example.json --seed 7";
    results.summary = {{.metric = "busiest_broker_egress",
                        .unit = "bytes_per_second",
                        .arm = "leader",
                        .trials = 2,
                        .estimate = 1.5e6,
                        .half_width = 0.1,
                        .lowest = -0.0,
                        .highest = 1e22,
                        .note = "=cell, \"quoted\"\nline"},
                       {.metric = "busiest_broker_egress", .unit = "bytes_per_second", .arm = "change", .trials = 2}};
    results.load_skew = {{.arm = 0,
                          .trial = 0,
                          .window_start = results.warm_up,
                          .window = scenario.window,
                          .resource = "out_bytes_per_second",
                          .peak_to_mean = 1.25,
                          .coefficient_of_variation = 0.2},
                         {.arm = 1,
                          .trial = 1,
                          .window_start = results.warm_up,
                          .window = scenario.window,
                          .resource = "out_bytes_per_second"}};
    results.notes = {"absolute latencies rest on assumed service costs"};
    results.cost.trials = {{.arm = 0, .trial = 0, .wall_seconds = 0.25}};
    results.cost.wall_seconds = 1;
    results.cost.threads = threads;
  }
  Example(const Example&) = delete;
  Example& operator=(const Example&) = delete;
};

/// One for all tests.
inline const Example& example() {
  static const Example finished;
  return finished;
}

}  // namespace brokersim::test
