// SPDX-License-Identifier: Apache-2.0
// Brokers that stop and come back, and what the controller makes of it. Expected times are sums of Kafka's own timers
// (kafka-semantics L-15 to L-26, as of 4.2) and of the latency of 1 ms that every message takes in these worlds.
#include <doctest/doctest.h>

#include <map>

#include "tests/support/tiny_world.hpp"

namespace brokersim::tiny {
namespace {

constexpr Duration linger = 25ms;  // controller.quorum.append.linger.ms (L-26)
constexpr Duration latency = 1ms;

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
  FaultSpec fault;
  fault.kind = kind;
  if (broker_id > 0) {
    fault.target.who = FaultTarget::Who::brokers;
    fault.target.brokers = {BrokerIndex{broker_id - 1}};
  }
  fault.when.at = at;
  fault.lasts = lasts;
  return fault;
}

using Notes = std::vector<EventNote>;

/// Notes of a kind that say `what`, of a broker unless it is 0.
Notes notes(const TrialResult& result, EventNote::Kind kind, const std::string& what, std::uint32_t broker_id = 0) {
  Notes found;
  for (const EventNote& note : result.events_log) {
    if (note.kind != kind || note.what != what) continue;
    if (broker_id == 0 || note.broker == broker_id - 1) found.push_back(note);
  }
  return found;
}
Duration time_of(const Notes& notes) {
  REQUIRE(notes.size() == 1);
  return notes[0].time.time_since_epoch();
}

TEST_CASE("kill: nobody but the session timer notices (L-16, L-17)") {
  Scenario scenario = three_brokers();
  scenario.world.faults = {fault(FaultKind::kill, 3, 10s)};
  const TrialResult result = run(scenario, ReadPolicy::leader);
  CHECK(time_of(notes(result, EventNote::Kind::process, "killed", 3)) == 10s);
  // The last heartbeat was heard in (8 s, 10 s]: it is fenced 9 s later.
  const Duration fenced = time_of(notes(result, EventNote::Kind::broker, "fenced", 3));
  CHECK(fenced > 17s - 2 * latency);
  CHECK(fenced <= 19s);
  // Its partition goes to the next of the replica list when that is committed (L-5, L-26); it leaves every ISR (L-18).
  const Notes leaders = notes(result, EventNote::Kind::leader, "clean");
  REQUIRE(leaders.size() == 1);
  CHECK(leaders[0].time.time_since_epoch() == fenced + linger);
  CHECK(leaders[0].partition == 2);
  CHECK(leaders[0].broker == 0);
  CHECK(notes(result, EventNote::Kind::isr, "shrunk").size() == 3);
  CHECK(notes(result, EventNote::Kind::broker, "unfenced").empty());
}

}  // namespace
}  // namespace brokersim::tiny
