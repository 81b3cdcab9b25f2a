// SPDX-License-Identifier: Apache-2.0
// Settings that operators change while the run goes on (FAULT-38).
#include <doctest/doctest.h>

#include <string>

#include "tests/model/event_notes.hpp"
#include "tests/support/tiny_world.hpp"

namespace brokersim::tiny {
namespace {

FaultSpec change(ChangedSetting setting, std::int64_t value, Duration at) {
  FaultSpec fault;
  fault.kind = FaultKind::config_change;
  fault.setting = setting;
  fault.setting_value = value;
  fault.when.at = at;
  return fault;
}

/// Three brokers, a partition on all of them, the controller in the zone of the first; a record each 100 ms.
Scenario one_partition() {
  Scenario scenario = brokers_in_zones(3, latency);
  scenario.world.controller = ZoneIndex{0};
  scenario.duration = 60s;
  add_producer(scenario, add_topic(scenario, {1, 2, 3}), 10, 100ms);
  return scenario;
}

/// Times of the notes of a kind that say `what`.
std::vector<Duration> times(const TrialResult& result, EventNote::Kind kind, const std::string& what) {
  std::vector<Duration> found;
  for (const EventNote& note : result.events_log) {
    if (note.kind == kind && note.what == what) found.push_back(note.time.time_since_epoch());
  }
  return found;
}

}  // namespace

TEST_CASE("min.insync.replicas holds once the leader has applied it: acks=all is refused, and taken again (R-30)") {
  Scenario scenario = one_partition();
  scenario.world.faults = {fault_of_broker(FaultKind::kill, 3, 1s), change(ChangedSetting::min_insync_replicas, 3, 25s),
                           change(ChangedSetting::min_insync_replicas, 2, 35s)};
  const TrialResult result = run(scenario, ReadPolicy::leader);
  CHECK(result.conservation.violations.empty());
  CHECK(result.outcomes[0].acknowledged == result.outcomes[0].generated);
  CHECK(result.outcomes[0].retried_batches > 0);
  // The first that is refused comes within 100 ms after 25 s and the linger; it is tried again at most 1.2 s after
  // 35 s and the linger.
  CHECK(result.produce.maximum() > 10s - 100ms);
  CHECK(result.produce.maximum() < 10s + 1200ms + linger + 10ms);
}

TEST_CASE("replica.lag.time.max.ms: a follower that says nothing for longer leaves the ISR (R-24)") {
  Scenario scenario = one_partition();
  scenario.world.faults = {fault_of_broker(FaultKind::pause, 3, 20s, 8s)};
  CHECK(times(run(scenario, ReadPolicy::leader), EventNote::Kind::isr, "shrunk").empty());  // 30 s by default
  scenario.world.faults.push_back(change(ChangedSetting::replica_lag_time_max_ms, 2000, 1s));
  const std::vector<Duration> shrunk = times(run(scenario, ReadPolicy::leader), EventNote::Kind::isr, "shrunk");
  REQUIRE(shrunk.size() == 1);
  // It had all at 20 s at the latest and 100 ms before that at the earliest; its leader looks each second.
  CHECK(shrunk[0] > 22s - 100ms);
  CHECK(shrunk[0] <= 23s + linger + 2 * latency);
}

TEST_CASE("unclean.leader.election.enable: the next sweep elects who is left (L-10)") {
  Scenario scenario = one_partition();
  scenario.world.topics[0].replication_factor = 2;
  scenario.world.topics[0].replicas = {{BrokerIndex{0}, BrokerIndex{1}}};
  scenario.duration = 400s;
  scenario.world.faults = {fault_of_broker(FaultKind::kill, 2, 5s, 45s), fault_of_broker(FaultKind::kill, 1, 30s)};
  CHECK(times(run(scenario, ReadPolicy::leader), EventNote::Kind::leader, "unclean").empty());
  scenario.world.faults.push_back(change(ChangedSetting::unclean_leader_election_enable, 1, 80s));
  const TrialResult result = run(scenario, ReadPolicy::leader);
  const std::vector<Duration> elected = times(result, EventNote::Kind::leader, "unclean");
  REQUIRE(elected.size() == 1);
  CHECK(elected[0] > 80s);
  CHECK(elected[0] <= 80s + 300s + linger);
  CHECK(result.outcomes[0].lost_acks_all > 0);
}

TEST_CASE("leader balancing is turned off, or made faster (L-11)") {
  Scenario scenario = one_partition();
  scenario.duration = 400s;
  scenario.world.faults = {fault_of_broker(FaultKind::kill, 1, 10s, 20s)};
  CHECK(times(run(scenario, ReadPolicy::leader), EventNote::Kind::leader, "preferred").size() == 1);
  scenario.world.faults.push_back(change(ChangedSetting::auto_leader_rebalance_enable, 0, 15s));
  CHECK(times(run(scenario, ReadPolicy::leader), EventNote::Kind::leader, "preferred").empty());
  scenario.world.faults.back() = change(ChangedSetting::leader_imbalance_check_interval_seconds, 20, 60s);
  const std::vector<Duration> back = times(run(scenario, ReadPolicy::leader), EventNote::Kind::leader, "preferred");
  REQUIRE(back.size() == 1);
  CHECK(back[0] <= 60s + 20s + linger);
}

TEST_CASE("a producer's quota holds while it is set (B-20)") {
  Scenario scenario = one_partition();
  scenario.world.producers[0].records_per_second = 100;  // 107,100 bytes a second and more on the wire
  FaultSpec limit = change(ChangedSetting::producer_byte_rate, 53'550, 10s);
  limit.target.who = FaultTarget::Who::producer;
  FaultSpec lift = limit;
  lift.setting_value = 0;
  lift.when.at = 40s;
  scenario.world.faults = {lift};
  CHECK(run(scenario, ReadPolicy::leader).producers_throttled[0].requests == 0);
  scenario.world.faults = {limit, lift};
  const TrialResult result = run(scenario, ReadPolicy::leader);
  CHECK(result.producers_throttled[0].requests > 0);
  CHECK(result.outcomes[0].acknowledged == result.outcomes[0].generated);
  // In 30 s half of what comes is let through, but for a window of 10 s that was empty of it before: 15 s behind at the
  // most, 5 s at the least.
  CHECK(result.produce.maximum() > 5s);
  CHECK(result.produce.maximum() < 16s);
}

TEST_CASE("a group's quota holds while it is set (B-20)") {
  Scenario scenario = one_partition();
  scenario.world.producers[0].records_per_second = 100;
  add_group(scenario, {TopicIndex{0}}, 0);
  FaultSpec limit = change(ChangedSetting::consumer_byte_rate, 53'550, 10s);
  limit.target.who = FaultTarget::Who::group;
  FaultSpec lift = limit;
  lift.setting_value = 0;
  lift.when.at = 40s;
  scenario.world.faults = {limit, lift};
  const TrialResult result = run(scenario, ReadPolicy::leader);
  CHECK(result.groups_throttled[0].requests > 0);
  CHECK(result.conservation.delivered == result.outcomes[0].generated);
  CHECK(result.groups[0].delivery_from_leader.maximum() > 5s);
  CHECK(result.groups[0].delivery_from_leader.maximum() < 31s);  // it catches up when the quota is lifted
}

}  // namespace brokersim::tiny
