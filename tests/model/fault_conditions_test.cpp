// SPDX-License-Identifier: Apache-2.0
// Faults that wait for a state of the run. Expected times are sums of the latency of 1 ms that every message takes.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/support/tiny_world.hpp"

namespace brokersim::tiny {
namespace {

using What = FaultCondition::What;

/// Record k is sent at k x 100 ms to broker 1, which leads; brokers 2 and 3 follow, a consumer is beside the leader.
/// It is in the leader's log 1 ms later, and in a follower's after 2 ms; the followers' next fetches tell the leader
/// after 3 ms, which answers the producer's request and the consumer's fetch (R-13, R-20, C-1): the producer knows
/// after 4 ms, and records are entered as delivered when the answer that carries them leaves.
Scenario waiting_for(What what, std::int64_t amount) {
  Scenario scenario = brokers_in_zones(3, 1ms);
  const TopicIndex topic = add_topic(scenario, {1, 2, 3});
  add_producer(scenario, topic, 10, 100ms);
  add_group(scenario, {topic}, 0);
  FaultSpec kill;
  kill.target.who = FaultTarget::Who::brokers;
  kill.target.brokers = {BrokerIndex{2}};
  kill.when.how = FaultTime::How::condition;
  kill.when.condition.what = what;
  kill.when.condition.at_least = amount;
  kill.when.condition.at_most = static_cast<std::uint32_t>(amount);
  scenario.world.faults = {kill};
  return scenario;
}

std::vector<EventNote> notes_of(const Scenario& scenario, EventNote::Kind kind) {
  std::vector<EventNote> notes = run(scenario, ReadPolicy::leader).events_log;
  std::erase_if(notes, [kind](const EventNote& note) { return note.kind != kind; });
  return notes;
}

/// When the fault came: it does once.
Duration comes(const Scenario& scenario) {
  const std::vector<EventNote> applied = notes_of(scenario, EventNote::Kind::fault_applied);
  REQUIRE(applied.size() == 1);
  return applied[0].time.time_since_epoch();
}

}  // namespace

TEST_CASE("B.2: a fault comes in the event that makes its condition true, once") {
  CHECK(comes(waiting_for(What::log_end, 20)) == 2s + 1ms);
  CHECK(comes(waiting_for(What::high_watermark, 20)) == 2s + 3ms);
  CHECK(comes(waiting_for(What::acknowledged, 20)) == 2s + 4ms);
  CHECK(comes(waiting_for(What::delivered, 20)) == 2s + 3ms);
}

TEST_CASE("A condition about a broker that follows looks at its own log") {
  Scenario scenario = waiting_for(What::log_end, 20);
  scenario.world.faults[0].when.condition.broker = BrokerIndex{1};
  CHECK(comes(scenario) == 2s + 2ms);
  scenario.world.faults[0].when.condition.broker = BrokerIndex{0};  // it leads
  CHECK(comes(scenario) == 2s + 1ms);
  // What the leader knew at 3 ms is in an answer to the fetch that told it, or in the next one: not later than the
  // next record's.
  scenario = waiting_for(What::high_watermark, 20);
  scenario.world.faults[0].when.condition.broker = BrokerIndex{1};
  CHECK(comes(scenario) > 2s + 3ms);
  CHECK(comes(scenario) <= 2s + 100ms + 2ms);
}

TEST_CASE("Batches of several records: the batch that has the record in question counts") {
  Scenario scenario = waiting_for(What::log_end, 25);
  ProducerSpec& producer = scenario.world.producers[0];
  producer.records_per_second = 1000;  // ten records in 10 ms of linger
  producer.first_record_at = 1ms;
  producer.linger = 10ms;
  producer.batch_size = 16'384;
  const Duration at_leader = comes(scenario);
  scenario.world.faults[0].when.condition.broker = BrokerIndex{2};
  CHECK(comes(scenario) == at_leader + 1ms);
}

TEST_CASE("The delay is added, and the controller's ISR is one of the states") {
  Scenario scenario = waiting_for(What::log_end, 20);
  scenario.world.faults[0].when.delay = 7ms;
  CHECK(comes(scenario) == 2s + 8ms);
  scenario = waiting_for(What::in_sync, 3);  // from the start
  CHECK(comes(scenario) == 0s);
  scenario = waiting_for(What::in_sync, 2);
  FaultSpec first = scenario.world.faults[0];
  first.target.brokers = {BrokerIndex{1}};
  first.when = {};
  first.when.at = 1s;
  scenario.world.faults.push_back(first);
  const std::vector<EventNote> applied = notes_of(scenario, EventNote::Kind::fault_applied);
  const std::vector<EventNote> shrunk = notes_of(scenario, EventNote::Kind::isr);
  REQUIRE(applied.size() == 2);
  REQUIRE_FALSE(shrunk.empty());
  CHECK(applied[1].broker == 2);
  CHECK(applied[1].time == shrunk[0].time);
}

TEST_CASE("What never holds, or holds too late, is told; looking costs no event and changes nothing") {
  Scenario scenario = waiting_for(What::log_end, 1'000'000);
  const std::vector<EventNote> ignored = notes_of(scenario, EventNote::Kind::fault_ignored);
  REQUIRE(ignored.size() == 1);
  CHECK(ignored[0].detail == "its condition never held");
  const std::uint64_t events = run(scenario, ReadPolicy::leader).events;
  scenario.world.faults.clear();
  scenario.world.fails = true;
  CHECK(run(scenario, ReadPolicy::leader).events == events);

  scenario = waiting_for(What::log_end, 20);
  scenario.world.faults[0].when.delay = 18s;  // the run lasts 20 s
  const std::vector<EventNote> late = notes_of(scenario, EventNote::Kind::fault_ignored);
  REQUIRE(late.size() == 1);
  CHECK(late[0].detail == "it comes after the end");
}

}  // namespace brokersim::tiny
