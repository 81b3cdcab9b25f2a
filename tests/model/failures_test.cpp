// SPDX-License-Identifier: Apache-2.0
// Brokers that stop and come back, and what the controller makes of it. Expected times are sums of Kafka's own timers
// (kafka-semantics L-15 to L-26, as of 4.2) and of the latency of 1 ms that every message takes in these worlds.
#include <doctest/doctest.h>

#include <map>

#include "tests/model/event_notes.hpp"
#include "tests/support/tiny_world.hpp"

namespace brokersim::tiny {
namespace {

constexpr Duration look = 9000ms / 8;  // how often the controller looks at sessions (since 4.0)

/// Three brokers, a partition led by each; the controller is in broker 1's zone.
Scenario three_brokers() {
  Scenario scenario = brokers_in_zones(3, latency);
  scenario.duration = 60s;
  add_topic(scenario, {1, 2, 3});
  add_topic(scenario, {2, 3, 1});
  add_topic(scenario, {3, 1, 2});
  add_producer(scenario, TopicIndex{0}, 10, 100ms);
  scenario.world.controller = ZoneIndex{0};
  return scenario;
}

FaultSpec fault(FaultKind kind, std::uint32_t broker_id, Duration at, std::optional<Duration> lasts = {}) {
  FaultSpec fault = fault_of_broker(kind, broker_id, at, lasts);
  if (broker_id == 0) fault.target = {};  // nobody in particular
  return fault;
}

TEST_CASE("kill: nobody but the session timer notices (L-16, L-17)") {
  Scenario scenario = three_brokers();
  scenario.world.faults = {fault(FaultKind::kill, 3, 10s)};
  const TrialResult result = run(scenario, ReadPolicy::leader);
  CHECK(time_of(notes(result, EventNote::Kind::process, "killed", 3)) == 10s);
  // The last heartbeat was heard in (8 s, 10 s]: its session is over 9 s later, and the controller looks within 1.125
  // s.
  const Duration fenced = time_of(notes(result, EventNote::Kind::broker, "fenced", 3));
  CHECK(fenced > 17s - 2 * latency);
  CHECK(fenced <= 19s + look);
  // Its partition goes to the next of the replica list when that is committed (L-5, L-26); it leaves every ISR (L-18).
  const Notes leaders = notes(result, EventNote::Kind::leader, "clean");
  REQUIRE(leaders.size() == 1);
  CHECK(leaders[0].time.time_since_epoch() == fenced + linger);
  CHECK(leaders[0].partition == 2);
  CHECK(leaders[0].broker == 0);
  CHECK(notes(result, EventNote::Kind::isr, "shrunk").size() == 3);
  CHECK(notes(result, EventNote::Kind::broker, "unfenced").empty());
}

TEST_CASE("a broker that comes back registers, is unfenced and is in sync again; preferred leaders wait (L-11, L-20)") {
  Scenario scenario = three_brokers();
  scenario.duration = 400s;
  scenario.world.faults = {fault(FaultKind::kill, 3, 10s, 20s)};
  const TrialResult result = run(scenario, ReadPolicy::leader);
  const ControlPlaneSpec& times = scenario.world.control_plane;
  CHECK(time_of(notes(result, EventNote::Kind::process, "started", 3)) == 30s);
  const Duration registered = time_of(notes(result, EventNote::Kind::broker, "registered", 3));
  CHECK(registered == 30s + times.start_up_time + latency);
  // Registration is answered when it is committed; the first heartbeat after that finds the broker caught up.
  const Duration ready = time_of(notes(result, EventNote::Kind::process, "ready", 3));
  CHECK(ready >= registered + linger + 3 * latency);
  CHECK(ready < registered + linger + 3 * latency + 100ms);  // 10 ms heartbeats while starting, and little to recover
  CHECK(time_of(notes(result, EventNote::Kind::broker, "unfenced", 3)) == ready + latency);
  // An idle follower fetch takes 500 ms to tell; the ISR change is proposed, lingers and is committed.
  const Notes expanded = notes(result, EventNote::Kind::isr, "expanded");
  CHECK(expanded.size() == 3);
  for (const EventNote& note : expanded) CHECK(note.time.time_since_epoch() < ready + 1s);
  // The balancer passes every 300 s, from some moment before the run on (since 4.0).
  const Notes back = notes(result, EventNote::Kind::leader, "preferred");
  CHECK(time_of(back) > ready);
  CHECK(time_of(back) <= ready + 1s + 300s + linger);
  CHECK(back[0].broker == 2);
}

TEST_CASE("a crashed broker that restarts at once is refused until its old session ends (L-20, 4.2: 2 s retries)") {
  Scenario scenario = three_brokers();
  scenario.world.control_plane.start_up_time = 1s;
  scenario.world.faults = {fault(FaultKind::kill, 3, 10s, 1s)};
  const TrialResult result = run(scenario, ReadPolicy::leader);
  const Notes refused = notes(result, EventNote::Kind::broker, "registration refused", 3);
  REQUIRE(refused.size() >= 2);  // from 12 s until at least 17 s
  CHECK(refused[0].time.time_since_epoch() == 12s + latency);
  CHECK(refused[0].detail == "DUPLICATE_BROKER_REGISTRATION");
  for (std::size_t i = 1; i < refused.size(); ++i) {
    CHECK(refused[i].time - refused[i - 1].time == 2s + 2 * latency);
  }
  const Duration fenced = time_of(notes(result, EventNote::Kind::broker, "fenced", 3));
  const Duration registered = time_of(notes(result, EventNote::Kind::broker, "registered", 3));
  CHECK(registered >= fenced);  // it may register between the end of the session and the next look
  CHECK(registered <= fenced + 2s + 2 * latency);
}

TEST_CASE("controlled shutdown moves leaders first and waits until everybody knows (L-21)") {
  Scenario scenario = three_brokers();
  scenario.world.faults = {fault(FaultKind::controlled_shutdown, 2, 10s, 20s)};
  const TrialResult result = run(scenario, ReadPolicy::leader);
  const Duration asked = time_of(notes(result, EventNote::Kind::broker, "in controlled shutdown", 2));
  CHECK(asked == 10s + latency);
  const Notes leaders = notes(result, EventNote::Kind::leader, "clean");
  REQUIRE(leaders.size() == 1);
  CHECK(leaders[0].time.time_since_epoch() == asked + linger);
  CHECK(leaders[0].broker == 2);  // broker 3, next in the list of partition 1
  // Others report the batch with their next heartbeats, its own checks come after 50 ms and then every 2 s.
  const Duration stopped = time_of(notes(result, EventNote::Kind::process, "shut down", 2));
  CHECK(stopped > asked + linger);
  CHECK(stopped < asked + 4s + 200ms);
  CHECK(time_of(notes(result, EventNote::Kind::broker, "fenced", 2)) < stopped);
  CHECK(time_of(notes(result, EventNote::Kind::process, "started", 2)) == 30s);
  // A clean stop: nothing is refused and nothing recovered; ready two heartbeats after it is registered.
  CHECK(notes(result, EventNote::Kind::broker, "registration refused").empty());
  CHECK(notes(result, EventNote::Kind::isr, "expanded").size() == 3);
}

TEST_CASE("a paused broker is fenced and unfenced by its first heartbeat afterwards, as the same process (L-19)") {
  Scenario scenario = three_brokers();
  scenario.world.faults = {fault(FaultKind::pause, 2, 10s, 20s)};
  const TrialResult result = run(scenario, ReadPolicy::leader);
  const Duration fenced = time_of(notes(result, EventNote::Kind::broker, "fenced", 2));
  CHECK(fenced > 17s - 2 * latency);
  CHECK(fenced <= 19s + look);
  CHECK(time_of(notes(result, EventNote::Kind::broker, "unfenced", 2)) == 30s + latency);
  CHECK(notes(result, EventNote::Kind::broker, "registered").empty());
  CHECK(notes(result, EventNote::Kind::isr, "expanded").size() == 3);
}

TEST_CASE("a short pause is nobody's business") {
  Scenario scenario = three_brokers();
  scenario.world.faults = {fault(FaultKind::pause, 2, 10s, 5s)};
  const TrialResult result = run(scenario, ReadPolicy::leader);
  CHECK(notes(result, EventNote::Kind::broker, "fenced").empty());
  CHECK(result.conservation.unfinished == 0);
}

TEST_CASE("a heal of its zone ends a broker's pause, before anybody notices") {
  Scenario scenario = three_brokers();
  FaultSpec heal = fault(FaultKind::heal, 0, 12s);
  heal.target.who = FaultTarget::Who::zone;
  for (const std::uint32_t zone : {1U, 2U}) {  // its own, and another one's
    heal.target.zone = ZoneIndex{zone};
    scenario.world.faults = {fault(FaultKind::pause, 2, 10s, 20s), heal};
    // A session of 9 s outlives 2 s without heartbeats, and not 20 s (L-16).
    CHECK(notes(run(scenario, ReadPolicy::leader), EventNote::Kind::broker, "fenced", 2).size() == zone - 1);
  }
}

TEST_CASE("an isolated broker lives on, is fenced, and comes back when it is heard again (FAULT-14)") {
  Scenario scenario = three_brokers();
  scenario.world.faults = {fault(FaultKind::isolate, 2, 10s, 20s)};
  const TrialResult result = run(scenario, ReadPolicy::leader);
  CHECK(notes(result, EventNote::Kind::process, "killed").empty());
  CHECK(notes(result, EventNote::Kind::broker, "fenced", 2).size() == 1);
  // A lost heartbeat fails after half a session (4.5 s), the next one follows 2 s later: heard at most 6.5 s after.
  const Duration unfenced = time_of(notes(result, EventNote::Kind::broker, "unfenced", 2));
  CHECK(unfenced > 30s);
  CHECK(unfenced <= 36500ms + latency);
  CHECK(notes(result, EventNote::Kind::isr, "expanded").size() == 3);
}

TEST_CASE("isolated from clients only, a broker leads and follows on") {
  Scenario scenario = three_brokers();
  FaultSpec isolate = fault(FaultKind::isolate, 2, 10s, 20s);
  isolate.keep.brokers = isolate.keep.controllers = true;
  scenario.world.faults = {isolate};
  const TrialResult result = run(scenario, ReadPolicy::leader);
  CHECK(notes(result, EventNote::Kind::broker, "fenced").empty());
  CHECK(notes(result, EventNote::Kind::isr, "shrunk").empty());
}

TEST_CASE("a new controller knows no session: a dead broker is fenced nine seconds and a look after it works (L-23)") {
  Scenario scenario = three_brokers();
  scenario.world.faults = {fault(FaultKind::controller_failover, 0, 10s, 3s), fault(FaultKind::kill, 3, 11s)};
  const TrialResult result = run(scenario, ReadPolicy::leader);
  CHECK(time_of(notes(result, EventNote::Kind::controller, "works")) == 13s);
  const Duration fenced = time_of(notes(result, EventNote::Kind::broker, "fenced", 3));
  // It looks every 1.125 s from 13 s on; at 22 s, the eighth time, every session is still valid (L-16).
  CHECK(fenced == 13s + 9 * look);
  CHECK(notes(result, EventNote::Kind::broker, "fenced").size() == 1);
}

TEST_CASE("a rolling restart goes on when every ISR is whole (FAULT-27)") {
  Scenario scenario = three_brokers();
  scenario.duration = 120s;
  FaultSpec rolling = fault(FaultKind::rolling_restart, 0, 10s, 2s);
  rolling.target.who = FaultTarget::Who::all_brokers;
  scenario.world.faults = {rolling};
  const TrialResult result = run(scenario, ReadPolicy::leader);
  Instant before{};
  for (std::uint32_t id = 1; id <= 3; ++id) {
    const Duration begins = time_of(notes(result, EventNote::Kind::fault_applied, "rolling_restart", id));
    const Duration stopped = time_of(notes(result, EventNote::Kind::process, "shut down", id));
    CHECK(Instant{begins} > before);
    CHECK(time_of(notes(result, EventNote::Kind::process, "started", id)) == stopped + 2s);
    before = notes(result, EventNote::Kind::process, "ready", id).back().time;
  }
  std::map<std::uint32_t, std::int64_t> missing;  // by partition: members its ISR lacks
  for (const EventNote& note : result.events_log) {
    if (note.kind == EventNote::Kind::isr) missing[note.partition] += note.what == "shrunk" ? 1 : -1;
    if (note.kind != EventNote::Kind::fault_applied) continue;
    for (const auto& [partition, members] : missing) CHECK(members == 0);
  }
  for (const auto& [partition, members] : missing) CHECK(members == 0);
}

TEST_CASE("a fault on a dead broker is ignored, unless it is a stronger one (B.2)") {
  Scenario scenario = three_brokers();
  scenario.world.faults = {fault(FaultKind::kill, 3, 10s, 10s), fault(FaultKind::kill, 3, 11s, 30s),
                           fault(FaultKind::wipe, 3, 12s, 20s)};
  const TrialResult result = run(scenario, ReadPolicy::leader);
  CHECK(notes(result, EventNote::Kind::fault_ignored, "kill", 3).size() == 1);
  CHECK(notes(result, EventNote::Kind::fault_applied, "wipe", 3).size() == 1);
  CHECK(time_of(notes(result, EventNote::Kind::process, "started", 3)) == 32s);  // the stronger one says when
}

TEST_CASE("a flapping broker is down as often as it says (FAULT-40)") {
  Scenario scenario = three_brokers();
  FaultSpec flap = fault(FaultKind::kill, 3, 5s, 12s);
  flap.times = 2;
  flap.every = 25s;
  scenario.world.faults = {flap};
  const TrialResult result = run(scenario, ReadPolicy::leader);
  const Notes started = notes(result, EventNote::Kind::process, "started", 3);
  REQUIRE(started.size() == 2);
  CHECK(started[0].time.time_since_epoch() == 17s);
  CHECK(started[1].time.time_since_epoch() == 42s);
}

TEST_CASE("what a broker applies late it does late (FAULT-25)") {
  Scenario scenario = three_brokers();
  FaultSpec lag = fault(FaultKind::metadata_lag, 1, 5s);
  lag.add = DelayDistribution::constant(3s);
  scenario.world.faults = {lag, fault(FaultKind::controlled_shutdown, 3, 10s)};
  const TrialResult result = run(scenario, ReadPolicy::leader);
  // The broker in shutdown may stop only when broker 1 has applied what moved its leaders, 3 s late (L-21).
  CHECK(time_of(notes(result, EventNote::Kind::process, "shut down", 3)) > 13s);
}

TEST_CASE("faults by rate come from a stream of their own for every broker") {
  Scenario scenario = three_brokers();
  scenario.duration = 200s;
  FaultSpec rate = fault(FaultKind::kill, 0, 0s);
  rate.target.who = FaultTarget::Who::brokers;
  rate.target.brokers = {BrokerIndex{2}};
  rate.when.how = FaultTime::How::rate;
  rate.when.between = {.law = DelayDistribution::Law::exponential, .mean = 40s};
  rate.when.repair = DelayDistribution::constant(10s);
  scenario.world.faults = {rate};
  const Notes alone = notes(run(scenario, ReadPolicy::leader), EventNote::Kind::process, "killed", 3);
  CHECK(alone.size() >= 1);
  scenario.world.faults[0].target.brokers = {BrokerIndex{1}, BrokerIndex{2}};
  const Notes beside = notes(run(scenario, ReadPolicy::leader), EventNote::Kind::process, "killed", 3);
  REQUIRE(alone.size() == beside.size());
  for (std::size_t i = 0; i < alone.size(); ++i) CHECK(alone[i].time == beside[i].time);
}

TEST_CASE("leaders by hand go to preferred replicas that are in sync (FAULT-37)") {
  Scenario scenario = three_brokers();
  scenario.world.faults = {fault(FaultKind::kill, 3, 5s, 10s), fault(FaultKind::elect, 0, 50s)};
  const TrialResult result = run(scenario, ReadPolicy::leader);
  const Notes back = notes(result, EventNote::Kind::leader, "preferred");
  CHECK(time_of(back) == 50s + linger);
  CHECK(back[0].broker == 2);
}

TEST_CASE("a zone without power takes its broker and the controller with it (FAULT-21)") {
  Scenario scenario = three_brokers();
  FaultSpec loss = fault(FaultKind::zone_loss, 0, 10s, 20s);
  loss.target.who = FaultTarget::Who::zone;
  loss.target.zone = ZoneIndex{0};
  scenario.world.faults = {loss};
  const TrialResult result = run(scenario, ReadPolicy::leader);
  CHECK(time_of(notes(result, EventNote::Kind::process, "without power", 1)) == 10s);
  const Duration works = time_of(notes(result, EventNote::Kind::controller, "works"));
  CHECK(works >= 12s);  // the failover time is uniform between 2 and 4 s (L-24)
  CHECK(works <= 14s);
  const Duration fenced = time_of(notes(result, EventNote::Kind::broker, "fenced", 1));
  CHECK(fenced - works >= 9s);
  CHECK(fenced - works <= 9s + look);
  CHECK(time_of(notes(result, EventNote::Kind::process, "started", 1)) == 30s);
}

TEST_CASE("what a broker has lost with its disks it copies again, once (FAULT-05, A.5)") {
  for (const FaultKind kind : {FaultKind::wipe, FaultKind::power_loss}) {
    Scenario scenario = three_brokers();
    scenario.world.faults = {fault(kind, 3, 10s, 10s)};
    const TrialResult result = run(scenario, ReadPolicy::leader);
    CHECK(result.conservation.violations.empty());
    CHECK(result.conservation.replicated == result.conservation.expected_replicated);
    // A wiped broker copies at least the 99 records again that partition 0 had by then.
    if (kind == FaultKind::wipe) CHECK(result.conservation.replicated > 2 * result.conservation.appended + 90);
  }
}

}  // namespace
}  // namespace brokersim::tiny
