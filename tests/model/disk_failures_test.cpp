// SPDX-License-Identifier: Apache-2.0
// Log directories that go offline (FAULT-10, FAULT-11): the process goes on, its replicas do not (L-3).
#include <doctest/doctest.h>

#include <string>

#include "tests/model/event_notes.hpp"
#include "tests/support/tiny_world.hpp"

namespace brokersim::tiny {
namespace {

/// Three brokers, a partition led by each, the controller in the zone of the first; a record for the first partition
/// each 100 ms.
Scenario three_leaders() {
  Scenario scenario = brokers_in_zones(3, latency);
  scenario.world.controller = ZoneIndex{0};
  scenario.duration = 60s;
  add_topic(scenario, {1, 2, 3});
  add_topic(scenario, {2, 3, 1});
  add_topic(scenario, {3, 1, 2});
  add_producer(scenario, TopicIndex{0}, 10, 100ms);
  add_group(scenario, {TopicIndex{0}}, 0);
  return scenario;
}

}  // namespace

TEST_CASE("FAULT-11: a directory that is offline leaves every ISR at once, leaders move, and it comes back") {
  Scenario scenario = three_leaders();
  scenario.world.faults = {fault_of_broker(FaultKind::disk_error, 1, 20s, 20s)};
  const TrialResult result = run(scenario, ReadPolicy::leader);
  CHECK(result.conservation.violations.empty());
  // The broker tells with a heartbeat of its own, which may have to wait for the answer to one that is under way.
  const Notes told = notes(result, EventNote::Kind::broker, "log directory offline");
  REQUIRE(told.size() == 1);
  CHECK(time_of(told[0]) >= 20s + latency);
  CHECK(time_of(told[0]) <= 20s + 3 * latency);
  const Notes shrunk = notes(result, EventNote::Kind::isr, "shrunk");
  REQUIRE(shrunk.size() == 3);
  for (const EventNote& note : shrunk) CHECK(note.time == told[0].time + linger);
  const Notes leaders = notes(result, EventNote::Kind::leader, "clean");
  REQUIRE(leaders.size() == 1);
  CHECK(leaders[0].broker == 1);
  CHECK(leaders[0].time == told[0].time + linger);
  CHECK(notes(result, EventNote::Kind::broker, "fenced").empty());
  CHECK(notes(result, EventNote::Kind::process, "ready").empty());
  CHECK(notes(result, EventNote::Kind::broker, "log directory online").size() == 1);
  const Notes expanded = notes(result, EventNote::Kind::isr, "expanded");
  REQUIRE(expanded.size() == 3);
  for (const EventNote& note : expanded) {
    CHECK(time_of(note) > 40s);
    CHECK(time_of(note) < 42s);
  }
  CHECK(result.outcomes[0].acknowledged == result.outcomes[0].generated);
  CHECK(result.outcomes[0].lost_acks_all == 0);
  CHECK(result.conservation.delivered == result.outcomes[0].generated);
}

TEST_CASE("FAULT-10: a full disk is noticed with the first append, and not before") {
  Scenario scenario = three_leaders();
  scenario.world.faults = {fault_of_broker(FaultKind::disk_full, 2, 20050ms, 20s)};
  const TrialResult result = run(scenario, ReadPolicy::leader);
  CHECK(result.conservation.violations.empty());
  // The record of 20.1 s is at the leader 1 ms later and at the follower after another one.
  const Notes told = notes(result, EventNote::Kind::broker, "log directory offline");
  REQUIRE(told.size() == 1);
  CHECK(time_of(told[0]) >= 20100ms + 3 * latency);
  CHECK(time_of(told[0]) <= 20100ms + 5 * latency);
  CHECK(notes(result, EventNote::Kind::isr, "shrunk").size() == 3);
  CHECK(notes(result, EventNote::Kind::leader, "clean").size() ==
        1);  // of what it led, though nothing was written there
  CHECK(notes(result, EventNote::Kind::isr, "expanded").size() == 3);
  CHECK(result.outcomes[0].acknowledged == result.outcomes[0].generated);
  // acks=all waits for the follower until it is out of the ISR.
  CHECK(result.produce.maximum() > linger);
  CHECK(result.produce.maximum() < linger + 20ms);
}

TEST_CASE("FAULT-10: on a disk that is full of nothing new, reads work") {
  Scenario scenario = three_leaders();
  scenario.world.producers[0].topic = TopicIndex{1};
  scenario.world.topics[1].replicas = {{BrokerIndex{1}, BrokerIndex{2}}};
  scenario.world.topics[1].replication_factor = 2;
  scenario.world.groups[0].topics = {TopicIndex{1}};
  scenario.world.faults = {fault_of_broker(FaultKind::disk_full, 1, 20s, 20s)};
  const TrialResult result = run(scenario, ReadPolicy::leader);
  CHECK(notes(result, EventNote::Kind::isr, "shrunk").empty());
  CHECK(notes(result, EventNote::Kind::broker, "log directory offline").empty());
  CHECK(notes(result, EventNote::Kind::fault_healed, "disk_full").size() == 1);
}

TEST_CASE("FAULT-11: a broker that restarts meanwhile comes back without its logs, until the fault is over") {
  Scenario scenario = three_leaders();
  scenario.duration = 90s;
  scenario.world.faults = {fault_of_broker(FaultKind::disk_error, 1, 10s, 60s),
                           fault_of_broker(FaultKind::restart, 1, 20s, 1s)};
  const TrialResult result = run(scenario, ReadPolicy::leader);
  CHECK(result.conservation.violations.empty());
  CHECK(notes(result, EventNote::Kind::process, "ready").size() == 1);
  const Notes expanded = notes(result, EventNote::Kind::isr, "expanded");
  REQUIRE(expanded.size() == 3);
  for (const EventNote& note : expanded) CHECK(time_of(note) > 70s);
  CHECK(result.outcomes[0].acknowledged == result.outcomes[0].generated);
  CHECK(result.conservation.delivered == result.outcomes[0].generated);
}

TEST_CASE("FAULT-11: the last replica's directory takes the partition with it, and nothing is lost") {
  Scenario scenario = three_leaders();
  scenario.world.topics[0].replicas = {{BrokerIndex{0}}};
  scenario.world.topics[0].replication_factor = 1;
  scenario.world.faults = {fault_of_broker(FaultKind::disk_error, 1, 20s, 10s)};
  const TrialResult result = run(scenario, ReadPolicy::leader);
  CHECK(result.conservation.violations.empty());
  CHECK(notes(result, EventNote::Kind::leader, "no leader").size() == 1);
  CHECK(result.outcomes[0].acknowledged == result.outcomes[0].generated);
  CHECK(result.outcomes[0].lost_acks_all == 0);
  CHECK(result.produce.maximum() > 9900ms);
  CHECK(result.produce.maximum() < 10s + 1300ms);
}

}  // namespace brokersim::tiny
