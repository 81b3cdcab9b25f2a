// SPDX-License-Identifier: Apache-2.0
// Replicas that move to other brokers while records come (FAULT-36; ). The controller's side of
// it is in tests/control_plane/reassignment_test.cpp.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/model/event_notes.hpp"
#include "tests/support/tiny_world.hpp"

namespace brokersim::tiny {
namespace {

FaultSpec reassign(Duration at, const std::vector<std::uint32_t>& broker_ids, BytesPerSecond throttle = {}) {
  FaultSpec fault;
  fault.kind = FaultKind::reassign;
  fault.target.who = FaultTarget::Who::topic;
  fault.target.topic = TopicIndex{0};
  fault.target.partition = 0;
  fault.when.at = at;
  fault.throttle = throttle;
  fault.replicas.emplace_back();
  for (const std::uint32_t id : broker_ids) fault.replicas[0].push_back(BrokerIndex{id - 1});
  return fault;
}

/// Four brokers, a partition on brokers 1, 2, 3, a record each 100 ms from 100 ms on, 1 ms a message.
Scenario four_brokers() {
  Scenario scenario = brokers_in_zones(4, 1ms);
  scenario.world.controller = ZoneIndex{0};
  scenario.duration = 60s;
  add_producer(scenario, add_topic(scenario, {1, 2, 3}), 10, 100ms);
  add_group(scenario, {TopicIndex{0}}, 2);
  return scenario;
}

}  // namespace

TEST_CASE("A-1 to A-3: a new follower copies the log, joins the ISR, and who has to go goes") {
  Scenario scenario = four_brokers();
  scenario.world.faults = {reassign(20s, {1, 2, 4})};
  const TrialResult result = run(scenario, ReadPolicy::leader);
  CHECK(result.conservation.violations.empty());
  CHECK(time_of(notes(result, EventNote::Kind::fault_applied)) == 20s);
  // The record lingers 25 ms and is known 1 ms later. The follower's first fetch takes 1 ms, the answer with all of 200
  // batches 1 ms, the second fetch, which says that it has them, 1 ms; then 1 ms to the controller and 25 ms again.
  const Duration complete = time_of(notes(result, EventNote::Kind::fault_healed));
  CHECK(complete == 20s + 25ms + 1ms + 3ms + 1ms + 25ms);
  const Notes isr = notes(result, EventNote::Kind::isr);
  REQUIRE(isr.size() == 1);  // one record takes broker 4 in and broker 3 out
  CHECK(isr[0].detail == "1 2 4");
  CHECK(notes(result, EventNote::Kind::leader).empty());  // it stays, in a new epoch (L-2)
  CHECK(result.outcomes[0].acknowledged == result.outcomes[0].generated);
  CHECK(result.outcomes[0].lost_acks_all == 0);
  CHECK(result.conservation.delivered == result.outcomes[0].generated);
}

TEST_CASE("A-3: a leader that is not in the target hands over to the first of it") {
  Scenario scenario = four_brokers();
  scenario.world.faults = {reassign(20s, {4, 2, 3})};
  const TrialResult result = run(scenario, ReadPolicy::leader);
  CHECK(result.conservation.violations.empty());
  const Notes leaders = notes(result, EventNote::Kind::leader);
  REQUIRE(leaders.size() == 1);
  CHECK(leaders[0].broker == 3);
  CHECK(leaders[0].time.time_since_epoch() == time_of(notes(result, EventNote::Kind::fault_healed)));
  CHECK(result.outcomes[0].acknowledged == result.outcomes[0].generated);
  CHECK(result.outcomes[0].lost_acks_all == 0);
  CHECK(result.conservation.delivered == result.outcomes[0].generated);
  CHECK(result.conservation.replicated == result.conservation.expected_replicated);
}

TEST_CASE("A-3: all replicas move, and back again") {
  Scenario scenario = brokers_in_zones(6, 1ms);
  scenario.world.controller = ZoneIndex{0};
  scenario.duration = 80s;
  add_producer(scenario, add_topic(scenario, {1, 2, 3}), 10, 100ms);
  add_group(scenario, {TopicIndex{0}}, 2);
  scenario.world.faults = {reassign(20s, {4, 5, 6}), reassign(40s, {1, 2, 3})};
  const TrialResult result = run(scenario, ReadPolicy::rack_aware);
  CHECK(result.conservation.violations.empty());
  CHECK(notes(result, EventNote::Kind::fault_healed).size() == 2);
  const Notes leaders = notes(result, EventNote::Kind::leader);
  REQUIRE(leaders.size() == 2);
  CHECK(leaders[0].broker == 3);
  CHECK(leaders[1].broker == 0);
  CHECK(result.outcomes[0].lost_acks_all == 0);
  CHECK(result.conservation.delivered == result.outcomes[0].generated);
}

TEST_CASE("A-3, R-34: fewer replicas, with nobody to wait for; min.insync.replicas is no more than there are") {
  Scenario scenario = four_brokers();
  scenario.world.topics[0].min_insync_replicas = 2;
  scenario.world.faults = {reassign(20s, {1})};
  const TrialResult result = run(scenario, ReadPolicy::leader);
  CHECK(result.conservation.violations.empty());
  CHECK(time_of(notes(result, EventNote::Kind::fault_healed)) == 20s + 25ms);
  CHECK(result.outcomes[0].acknowledged == result.outcomes[0].generated);
  CHECK(result.conservation.delivered == result.outcomes[0].generated);
}

TEST_CASE("a target that says what is there already is complete at once") {
  Scenario scenario = four_brokers();
  scenario.world.faults = {reassign(20s, {1, 2, 3})};
  CHECK(time_of(notes(run(scenario, ReadPolicy::leader), EventNote::Kind::fault_healed)) == 20s);
}

TEST_CASE("A-7: catching up takes moved bytes over throttle") {
  // 2,000 batches of 1,071 bytes by 20 s; small fetches, so that the throttle's on and off is fine-grained.
  Scenario scenario = four_brokers();
  scenario.world.producers[0].records_per_second = 100;
  scenario.world.producers[0].first_record_at = 10ms;
  for (BrokerSpec& broker : scenario.world.brokers) broker.replica_fetch_max_bytes = 2 * batch_bytes;
  constexpr std::int64_t rate = 600'000;
  scenario.world.faults = {reassign(20s, {1, 2, 4}, {rate})};
  const TrialResult result = run(scenario, ReadPolicy::leader);
  CHECK(result.conservation.violations.empty());
  // What was there at 20 s, and what comes meanwhile, B / (X - w); but of the leader's rate the two others take w each,
  // as what they copy counts. R-51 allows a second's worth at once, and who is held back parks for 500 ms.
  const double write_rate = 100.0 * batch_bytes;
  const double expected = 2000.0 * batch_bytes / (rate - 3 * write_rate);  // 7.7 s
  const Duration complete = time_of(notes(result, EventNote::Kind::fault_healed)) - 20s;
  CHECK(static_cast<double>(complete.count()) / 1e9 == doctest::Approx(expected).epsilon(0.15));
  // The account has what there was when it had all: up to half a second of records before the end, while it parks.
  REQUIRE(result.faults.copies.partitions.size() == 1);
  const ReassignedPartition& account = result.faults.copies.partitions[0];
  CHECK(account.began == Instant{20s});
  CHECK(account.ended == Instant{20s + complete});
  const double written = (20 + static_cast<double>(complete.count()) / 1e9) * write_rate;
  CHECK(static_cast<double>(account.copied) <= written);
  CHECK(static_cast<double>(account.copied) > written - 0.6 * write_rate);
  // The others, who are in sync, are not held back: nobody waits for the catching up, but for the moment in which the
  // new one is about to join and has its fetch parked.
  CHECK(result.produce.maximum() < 500ms + 10ms);
}

TEST_CASE("A-8: what is copied from the beginning of the log comes from the leader's disk") {
  Scenario scenario = four_brokers();
  scenario.world.brokers[0].disk = {{1'000'000}, 20ms, 10 * batch_bytes};
  const TrialResult without = run(scenario, ReadPolicy::leader);
  CHECK(without.disks[0].read_bytes == 0);
  scenario.world.faults = {reassign(20s, {1, 2, 4})};
  const TrialResult result = run(scenario, ReadPolicy::leader);
  CHECK(result.conservation.violations.empty());
  // 200 batches are in the log, the cache holds 10 and loses them to what is read before.
  CHECK(result.disks[0].read_bytes == 200 * batch_bytes);
  const Duration read = 20ms + 200 * batch_bytes * 1us;
  CHECK(time_of(notes(result, EventNote::Kind::fault_healed)) > 20s + 25ms + 1ms + read);
  CHECK(time_of(notes(result, EventNote::Kind::fault_healed)) < 20s + 25ms + 1ms + read + 200ms);
}

TEST_CASE("a broker that dies while it catches up goes on when it is back") {
  Scenario scenario = four_brokers();
  scenario.duration = 120s;
  scenario.world.faults = {fault_of_broker(FaultKind::kill, 4, 10s, 40s), reassign(20s, {1, 2, 4})};
  const TrialResult result = run(scenario, ReadPolicy::leader);
  CHECK(result.conservation.violations.empty());
  const Notes healed = notes(result, EventNote::Kind::fault_healed);
  REQUIRE(healed.size() == 2);
  CHECK(healed[0].what == "kill");
  CHECK(healed[1].what == "reassign");
  CHECK(healed[1].time > Instant{50s + scenario.world.control_plane.start_up_time});
  CHECK(result.outcomes[0].lost_acks_all == 0);
}

}  // namespace brokersim::tiny
