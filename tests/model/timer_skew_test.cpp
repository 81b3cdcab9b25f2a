// SPDX-License-Identifier: Apache-2.0
// FAULT-19: a broker whose timers run fast or slow. A timer of `wait` takes wait / rate of simulated time.
#include <doctest/doctest.h>

#include "tests/support/tiny_world.hpp"

namespace brokersim::tiny {
namespace {

constexpr Duration way = 1ms;  // of every message in these worlds

FaultSpec skew(std::uint32_t broker_id, double rate, Duration at, std::optional<Duration> lasts = {}) {
  FaultSpec fault = fault_of_broker(FaultKind::timer_skew, broker_id, at, lasts);
  fault.factor = rate;
  return fault;
}

std::vector<EventNote> notes_of(const TrialResult& result, EventNote::Kind kind, const std::string& what) {
  std::vector<EventNote> found;
  for (const EventNote& note : result.events_log) {
    if (note.kind == kind && note.what == what) found.push_back(note);
  }
  return found;
}

/// Three brokers, a partition led by broker 1, ten records a second.
Scenario one_led_by_broker_1() {
  Scenario scenario = brokers_in_zones(3, way);
  scenario.duration = 60s;
  add_producer(scenario, add_topic(scenario, {1, 2, 3}), 10, 100ms);
  scenario.world.controller = ZoneIndex{2};
  return scenario;
}

std::int64_t follower_fetches(const TrialResult& result) {
  return result.loads.total(BrokerIndex{0}).follower_fetch_requests;
}
std::int64_t consumer_fetches(const TrialResult& result) {
  return result.loads.total(BrokerIndex{0}).consumer_fetch_requests;
}

TEST_CASE("FAULT-19: a slow broker's heartbeats come too late for a short session, a fast one's never (L-15, L-16)") {
  Scenario scenario = one_led_by_broker_1();
  scenario.world.control_plane.broker_session_timeout = 3s;
  scenario.world.faults = {skew(2, 0.5, 10s, 20s)};
  const TrialResult slow = run(scenario, ReadPolicy::leader);
  // Its heartbeats of 2 s come every 4 s: the first that is set so in (10 s, 12 s], the last at 26 s to 28 s. Each gap
  // of five outlasts the session of 3 s, and the next heartbeat ends it.
  const std::vector<EventNote> fenced = notes_of(slow, EventNote::Kind::broker, "fenced");
  const std::vector<EventNote> unfenced = notes_of(slow, EventNote::Kind::broker, "unfenced");
  REQUIRE(fenced.size() == 5);
  REQUIRE(unfenced.size() == 5);
  constexpr Duration linger = 25ms;      // until an unfencing is committed and answered (L-26)
  constexpr Duration look = 3000ms / 8;  // how often the controller looks at sessions
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(fenced[i].broker == 1);
    CHECK(unfenced[i].time - fenced[i].time <= 4s - 3s + 2 * way + linger);
    CHECK(unfenced[i].time - fenced[i].time >= 4s - 3s - look);
    if (i == 0) continue;
    CHECK(unfenced[i].time - unfenced[i - 1].time >= 4s + 2 * way);
    CHECK(unfenced[i].time - unfenced[i - 1].time <= 4s + 2 * way + linger);
  }
  CHECK(notes_of(slow, EventNote::Kind::fault_applied, "timer_skew").size() == 1);
  CHECK(notes_of(slow, EventNote::Kind::fault_healed, "timer_skew").size() == 1);
  scenario.world.faults = {skew(2, 2, 10s, 20s)};
  CHECK(notes_of(run(scenario, ReadPolicy::leader), EventNote::Kind::broker, "fenced").empty());
}

TEST_CASE("FAULT-19: a leader's replica.lag.time.max.ms passes by its own timers (R-24)") {
  Scenario scenario = one_led_by_broker_1();
  scenario.world.control_plane.replica_lag_time_max = 10s;
  FaultSpec cut = fault_of_broker(FaultKind::link_cut, 1, 20s);
  cut.other.who = FaultTarget::Who::brokers;
  cut.other.brokers = {BrokerIndex{1}};
  for (const double rate : {0.5, 1.0, 2.0}) {
    CAPTURE(rate);
    scenario.world.faults = {cut, skew(1, rate, 1s)};
    const std::vector<EventNote> shrunk = notes_of(run(scenario, ReadPolicy::leader), EventNote::Kind::isr, "shrunk");
    REQUIRE(shrunk.size() == 1);
    // Broker 2 had everything up to the last record before the cut, at most 100 ms old; a check comes every half of the
    // limit, and what it finds is committed after the linger and a way.
    const double limit = 10 / rate,
                 after = std::chrono::duration<double>(shrunk[0].time.time_since_epoch() - 20s).count();
    CHECK(after > limit - 0.1);
    CHECK(after <= 1.5 * limit + 0.025 + 0.001);
  }
}

TEST_CASE("FAULT-19: fetches without data wait at a broker by its timers, from when its rate changes on (R-7)") {
  Scenario scenario = brokers_in_zones(2, way);
  const TopicIndex topic = add_topic(scenario, {1, 2});
  add_producer(scenario, topic, 0.001, 19s + 900ms);
  add_group(scenario, {topic}, 0);
  scenario.duration = 20s;
  scenario.drain_limit = 5s;
  // A cycle is the wait of 500 ms by the broker's timers, and a way there and back.
  const auto polls = [](double seconds, double rate) { return seconds / (0.5 / rate + 2 * 0.001); };
  const auto checked = [&](std::vector<FaultSpec> faults, double expected) {
    scenario.world.faults = std::move(faults);
    const TrialResult result = run(scenario, ReadPolicy::leader);
    // Counted when they end; the record ends one before its time, and each change of rate may cost or save one.
    CHECK(static_cast<double>(follower_fetches(result)) == doctest::Approx(expected).epsilon(2.5 / expected));
    CHECK(static_cast<double>(consumer_fetches(result)) == doctest::Approx(expected).epsilon(2.5 / expected));
  };
  checked({skew(2, 2, 0s)}, polls(20, 1));  // the follower's own timers: its leader is another
  checked({skew(1, 2, 0s)}, polls(20, 2));
  checked({skew(1, 0.5, 0s)}, polls(20, 0.5));
  checked({skew(1, 2, 5s, 10s)}, polls(10, 1) + polls(10, 2));
  // Of two the one farther from 1 wins; a fast one of two as far.
  checked({skew(1, 2, 5s, 10s), skew(1, 0.8, 0s)}, polls(10, 0.8) + polls(10, 2));
  checked({skew(1, 0.5, 0s), skew(1, 2, 0s)}, polls(20, 2));
}

TEST_CASE("FAULT-19: a coordinator takes its members for dead by its own timers (G-10)") {
  Scenario scenario = brokers_in_zones(1, way);
  scenario.duration = 90s;
  scenario.drain_limit = 200s;
  add_producer(scenario, add_topic(scenario, {1}), 10, 1s);
  ConsumerGroupSpec& group = add_group(scenario, {TopicIndex{0}}, 0);
  group.members.resize(2, group.members[0]);
  group.coordination.emplace().broker = BrokerIndex{0};
  group.session_timeout = 10s;
  FaultSpec crash;
  crash.kind = FaultKind::consumer_crash;
  crash.target.who = FaultTarget::Who::group;
  crash.target.instance = 0;
  crash.when.at = 15s;
  for (const double rate : {0.5, 1.0, 2.0}) {
    CAPTURE(rate);
    scenario.world.faults = {crash, skew(1, rate, 1s)};
    const std::vector<RebalanceResult> rebalances = run(scenario, ReadPolicy::leader).groups[0].rebalances;
    REQUIRE(rebalances.size() == 1);
    // Heard last within a heartbeat interval of 3 s before; the other member hears of it with its next heartbeat,
    // joins, and has its assignment and offsets after four round trips.
    const double ended = std::chrono::duration<double>(rebalances[0].ended - 15s).count();
    CHECK(ended > 10 / rate - 3);
    CHECK(ended <= 10 / rate + 3 + 0.02);
  }
}

TEST_CASE("FAULT-19: a broker that is down has no timers to skew; healing ends it") {
  Scenario scenario = one_led_by_broker_1();
  FaultSpec heal;
  heal.kind = FaultKind::heal;
  heal.when.at = 40s;
  scenario.world.faults = {fault_of_broker(FaultKind::kill, 3, 5s), skew(3, 2, 6s), skew(2, 2, 7s), heal};
  const TrialResult result = run(scenario, ReadPolicy::leader);
  const std::vector<EventNote> ignored = notes_of(result, EventNote::Kind::fault_ignored, "timer_skew");
  REQUIRE(ignored.size() == 1);
  CHECK(ignored[0].broker == 2);
  const std::vector<EventNote> healed = notes_of(result, EventNote::Kind::fault_healed, "timer_skew");
  REQUIRE(healed.size() == 1);
  CHECK(healed[0].time == Instant{40s});
}

}  // namespace
}  // namespace brokersim::tiny
