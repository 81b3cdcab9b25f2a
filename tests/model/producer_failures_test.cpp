// SPDX-License-Identifier: Apache-2.0
// Producers when brokers fail. Expected times are sums of Kafka's timers (K-9, C-13, C-14, C-17, L-16, L-26) and of the
// latency that every message takes in these worlds; expected counts follow from a record each 10 ms.
#include <doctest/doctest.h>

#include "tests/model/event_notes.hpp"
#include "tests/support/tiny_world.hpp"

using namespace brokersim;
using namespace std::chrono_literals;

namespace {

constexpr Records all = 4000;  // 100 records/s for 40 s

/// A producer of one record each 10 ms in the zone of the first broker, which leads its partition.
Scenario one_producer(const std::vector<std::uint32_t>& replicas, Duration latency) {
  Scenario scenario = tiny::brokers_in_zones(3, latency);
  const TopicIndex topic = tiny::add_topic(scenario, replicas);
  (void)tiny::add_producer(scenario, topic, 100, 0s);
  scenario.world.controller = ZoneIndex{0};
  scenario.duration = 40s;
  scenario.drain_limit = 200s;
  return scenario;
}

ProducerSpec& producer_of(Scenario& scenario) {
  return scenario.world.producers[0];
}

FaultSpec fault(FaultKind kind, std::uint32_t broker_id, std::optional<Duration> lasts = {}) {
  return tiny::fault_of_broker(kind, broker_id, 5s, lasts);
}

/// The zone of broker 2, without power.
FaultSpec outage(Duration lasts) {
  FaultSpec outage;
  outage.kind = FaultKind::zone_loss;
  outage.target.who = FaultTarget::Who::zone;
  outage.target.zone = ZoneIndex{1};
  outage.when.at = 5s;
  outage.lasts = lasts;
  return outage;
}

TrialResult run(const Scenario& scenario) {
  TrialResult result = tiny::run(scenario, ReadPolicy::leader);
  for (const std::string& violation : result.conservation.violations) CHECK_MESSAGE(violation.empty(), violation);
  REQUIRE(result.outcomes.size() == 1);
  const SendOutcomes& outcomes = result.outcomes[0];
  CHECK(outcomes.generated == all);
  CHECK(outcomes.accounted() == all);  // INV-C12
  CHECK(outcomes.open == 0);
  return result;
}

/// Everything is acknowledged, once, in order, and stays: INV-C01, INV-C04, INV-C07.
void check_nothing_is_lost(const TrialResult& result) {
  const SendOutcomes& outcomes = result.outcomes[0];
  CHECK(outcomes.acknowledged == all);
  CHECK(outcomes.duplicates == 0);
  CHECK(outcomes.reordered == 0);
  CHECK(outcomes.lost_acks1 == 0);
  CHECK(outcomes.lost_acks_all == 0);
}

}  // namespace

TEST_CASE("K-9, C-17: a killed leader's records wait for the next leader, and are all there, once and in order") {
  Scenario scenario = one_producer({1, 2, 3}, 1ms);
  scenario.world.faults = {fault(FaultKind::kill, 1)};
  const TrialResult result = run(scenario);
  check_nothing_is_lost(result);
  // Its last heartbeat was heard 0 to 2 s before: its session is over 9 s after that, the controller looks within
  // 9 s / 8, and 25 ms later the change is written (L-26). The producer asks for metadata each second at the latest, +-
  // 20 %, and sends; some latencies of 1 ms.
  CHECK(result.produce.maximum() >= 9s - 2s + 25ms - 4ms);
  CHECK(result.produce.maximum() <= 9s + 9000ms / 8 + 25ms + 1s + 20ms);
}

TEST_CASE("C-14: a broker that comes back is found within a reconnect backoff") {
  // One replica: nobody else can lead. It starts 3 s later and is registered and unfenced within 6.
  Scenario scenario = one_producer({1}, 1ms);
  scenario.world.faults = {fault(FaultKind::kill, 1, 3s)};
  const TrialResult result = run(scenario);
  check_nothing_is_lost(result);
  CHECK(result.produce.maximum() >= 3s + scenario.world.control_plane.start_up_time);
  CHECK(result.outcomes[0].disconnects >= 5);  // 50, 100, 200, 400, 800 ms: refused each time
}

TEST_CASE("L-20: until it is unfenced a broker that starts has no port, and who takes it for a leader is refused") {
  // Its unfencing takes 2 s to be written, and the others know nothing of all that: they name it as the leader, which
  // it is not while it waits. It would say so to each batch, again and again, if anybody could ask it.
  Scenario scenario = one_producer({1}, 1ms);
  scenario.world.control_plane.commit_time = DelayDistribution::constant(2s);
  FaultSpec frozen = tiny::fault_of_broker(FaultKind::metadata_lag, 2, 4s);
  frozen.frozen = true;
  frozen.target.brokers.push_back(BrokerIndex{2});
  scenario.world.faults = {frozen, fault(FaultKind::kill, 1, 3s)};
  const TrialResult result = run(scenario);
  check_nothing_is_lost(result);
  CHECK(result.outcomes[0].retried_batches <= 5);  // max.in.flight: what the kill broke
}

TEST_CASE("a broker that has just opened its port answers who connects later, by first_answer_time") {
  Scenario scenario = one_producer({1}, 1ms);
  scenario.world.control_plane.first_answer_time = 2s;
  scenario.world.faults = {fault(FaultKind::kill, 1, 3s)};
  const TrialResult result = run(scenario);
  check_nothing_is_lost(result);
  const Duration unfenced = tiny::time_of(tiny::notes(result, EventNote::Kind::broker, "unfenced", 1));
  const Duration answers = unfenced + tiny::linger + 1ms + 2s;  // written, told to it, and the first answer
  // Sent just before it died at 5 s. The connection is answered, the record goes there and its answer comes: 1 ms each.
  CHECK(result.produce.maximum() >= answers + 3ms - 5s);
  CHECK(result.produce.maximum() <= answers + 3ms - 5s + 10ms + 1ms);  // a record each 10 ms, on its way for 1 ms
}

TEST_CASE("K-10, K-11: an answer that is lost makes a duplicate, and a retry disorder, only without idempotence") {
  // 20 ms one way: records of 4.96 and 4.97 s are appended by 5 s and their answers are lost with the broker; those of
  // 4.98 to 5.01 s are lost on their way, or sent into the dead connection until the reset is noticed at 5.02 s.
  for (const bool idempotent : {true, false}) {
    CAPTURE(idempotent);
    Scenario scenario = one_producer({1}, 20ms);
    producer_of(scenario).enable_idempotence = idempotent;
    scenario.world.faults = {fault(FaultKind::kill, 1, 3s)};
    const TrialResult result = run(scenario);
    if (idempotent) {
      check_nothing_is_lost(result);
      CHECK(result.conservation.appended == all);
    } else {
      CHECK(result.outcomes[0].acknowledged == all);
      CHECK(result.outcomes[0].duplicates == 2);
      CHECK(result.conservation.appended == all + 2);
      CHECK(result.outcomes[0].reordered > 0);  // each goes to the queue's head: the last one that failed is first
    }
  }
}

TEST_CASE("K-9: delivery.timeout.ms ends it: what was sent may be in the log, what was not is dropped") {
  Scenario scenario = one_producer({1}, 20ms);
  producer_of(scenario).retry.request_timeout = 2s;
  producer_of(scenario).delivery_timeout = 3s;
  scenario.world.faults = {fault(FaultKind::kill, 1)};
  const SendOutcomes outcomes = run(scenario).outcomes[0];
  CHECK(outcomes.acknowledged == 496);  // of 0 to 4.95 s, whose answers came by 5 s
  CHECK(outcomes.indeterminate == 5);   // of 4.96 to 5 s: five under way, no more are sent (K-5)
  CHECK(outcomes.refused == 0);
  CHECK(outcomes.dropped == all - 496 - 5);
}

TEST_CASE("R-30: with acks=0 what is under way to a dead broker is lost, and nobody is told") {
  Scenario scenario = one_producer({1}, 20ms);
  producer_of(scenario).acks = 0;
  producer_of(scenario).enable_idempotence = false;
  scenario.world.faults = {fault(FaultKind::kill, 1, 3s)};
  const TrialResult result = run(scenario);
  CHECK(result.outcomes[0].unacknowledged == all);
  // 20 ms on their way and 20 ms until the reset is noticed: records of 4.98 to 5.01 s, and of 5.02 s if sent first.
  CHECK(result.outcomes[0].lost_acks0 >= 4);
  CHECK(result.outcomes[0].lost_acks0 <= 5);
  CHECK(result.conservation.appended == all - result.outcomes[0].lost_acks0);
}

TEST_CASE(
    "R-30: with acks=0 a request is done when it is sent, so one at a time never waits for another (found by swarm)") {
  Scenario scenario = one_producer({1}, 20ms);
  ProducerSpec& producer = producer_of(scenario);
  producer.acks = 0;
  producer.enable_idempotence = false;
  producer.max_in_flight_requests_per_connection = 1;
  producer.buffer_memory = 4000;  // three batches of 1,000 bytes and their overhead
  producer.max_block = 200ms;
  scenario.world.faults = {fault(FaultKind::restart, 1, 3s)};
  const TrialResult result = run(scenario);  // nothing is open in the end
  const SendOutcomes& outcomes = result.outcomes[0];
  CHECK(outcomes.unacknowledged + outcomes.dropped == all);
  // It stops after 5 s, is back 3 s and its start-up time of 5 s later, and is found after a reconnect and a metadata
  // back-off of at most 1.2 s each. Meanwhile each call waits 200 ms and drops its record; the others come later.
  CHECK(outcomes.dropped >= 8s / 200ms);
  CHECK(outcomes.dropped < (8s + 2400ms + 400ms) / 200ms);
}

TEST_CASE("INV-C14: acks=1 loses what was acknowledged and not copied when its leader dies") {
  Scenario scenario = one_producer({1, 2, 3}, 20ms);
  producer_of(scenario).acks = 1;
  producer_of(scenario).enable_idempotence = false;
  scenario.world.faults = {fault(FaultKind::kill, 1)};
  const SendOutcomes outcomes = run(scenario).outcomes[0];
  CHECK(outcomes.acknowledged == all);
  CHECK(outcomes.lost_acks_all == 0);
  // An answer takes 20 ms, and a record is at a follower 20 to 60 ms after it is at the leader, as the follower's fetch
  // may be on its way to it and back: of what was acknowledged before the kill, at most the records of the 40 ms
  // between are lost.
  CHECK(outcomes.lost_acks1 >= 1);
  CHECK(outcomes.lost_acks1 <= 4);
}

TEST_CASE(
    "KIP-951: in a controlled shutdown a refusal names the new leader, and batches go there without backing off") {
  Scenario scenario = one_producer({1, 2, 3}, 1ms);
  scenario.world.faults = {fault(FaultKind::controlled_shutdown, 1, 10s)};
  const TrialResult result = run(scenario);
  check_nothing_is_lost(result);
  CHECK(result.outcomes[0].retried_batches >= 1);
  // 4 ms of acks=all, and two more for the refusal: no 100 ms of backoff. A new leader that has not heard of it yet
  // would refuse once more.
  CHECK(result.produce.maximum() <= 10ms);
}

TEST_CASE("R-30, R-31: with too small an ISR nothing is appended") {
  // Two replicas and min.insync.replicas 2. The follower dies; until it is fenced 7 to 9 s later, requests are
  // appended and wait, then they are refused.
  Scenario scenario = one_producer({1, 2}, 1ms);
  scenario.world.topics[0].min_insync_replicas = 2;
  producer_of(scenario).retry.request_timeout = 2s;
  producer_of(scenario).delivery_timeout = 5s;
  scenario.world.faults = {fault(FaultKind::kill, 2)};
  const TrialResult result = run(scenario);
  const SendOutcomes& outcomes = result.outcomes[0];
  CHECK(outcomes.acknowledged == 500);
  CHECK(outcomes.refused > 2000);
  CHECK(outcomes.acknowledged + outcomes.refused + outcomes.indeterminate + outcomes.dropped == all);
  // The five requests under way (K-5), once each; sent again they are duplicates. None of the refused is in the log.
  CHECK(result.conservation.appended <= 500 + outcomes.indeterminate);
  CHECK(result.conservation.appended_again == 0);
}

TEST_CASE("R-42: a leader that is cut off from its cluster goes on with acks=1, and all of that is lost") {
  // Isolated at 5 s for 15 s, but for clients. Another one leads at 12 to 14 s.
  Scenario scenario = one_producer({1, 2, 3}, 1ms);
  FaultSpec isolate = fault(FaultKind::isolate, 1, 15s);
  isolate.keep.clients = true;
  scenario.world.faults = {isolate};
  SUBCASE("acks=1") {
    producer_of(scenario).acks = 1;
    producer_of(scenario).enable_idempotence = false;
    const SendOutcomes outcomes = run(scenario).outcomes[0];
    CHECK(outcomes.acknowledged == all);
    // 15 s, until it hears of the new leader: the first fetch of metadata after the link is mended, within 2 s.
    CHECK(outcomes.lost_acks1 >= 1500 - 1);
    CHECK(outcomes.lost_acks1 <= 1700);
  }
  SUBCASE("acks=all waits") {
    const TrialResult result = run(scenario);
    check_nothing_is_lost(result);
    CHECK(result.produce.maximum() >= 15s);
    CHECK(result.produce.maximum() <= 17s + 1s);
  }
}

TEST_CASE("C-13: a leader that goes silent is noticed after request.timeout.ms, however soon another one leads") {
  Scenario scenario = one_producer({2, 1, 3}, 1ms);
  scenario.world.faults = {outage(40s)};
  const TrialResult result = run(scenario);
  check_nothing_is_lost(result);
  // The oldest request under way was sent at 5 s at the latest, and 4 ms before at the earliest. The sender sees it
  // when it wakes, with a record every 10 ms; then a metadata request and a backoff of 100 ms + 20 %.
  CHECK(result.produce.maximum() >= 30s);
  CHECK(result.produce.maximum() <= 30s + 10ms + 120ms + 10ms);
}

TEST_CASE("TCP: a host that is back sooner resets what is sent to it again") {
  Scenario scenario = one_producer({2, 1, 3}, 1ms);
  scenario.world.faults = {outage(10s)};
  const TrialResult result = run(scenario);
  check_nothing_is_lost(result);
  // Sent within 4 ms before 5 s or within 10 ms after, and again after 0.2, 0.6, 1.4, 3, 6.2 and 12.6 s (Linux: 200 ms,
  // doubled each time): the last of these is the first that finds a host. Then as after a timeout.
  CHECK(result.produce.maximum() >= 12600ms);
  CHECK(result.produce.maximum() <= 12600ms + 10ms + 120ms + 10ms);
}

TEST_CASE("A paused leader costs its pause, and no retry") {
  Scenario scenario = one_producer({1, 2, 3}, 1ms);
  scenario.world.faults = {fault(FaultKind::pause, 1, 5s)};
  const TrialResult result = run(scenario);
  check_nothing_is_lost(result);
  CHECK(result.outcomes[0].retried_batches == 0);
  CHECK(result.produce.maximum() >= 5s);
  CHECK(result.produce.maximum() <= 5s + 10ms);
}

TEST_CASE("buffer.memory under failure: it comes back with what is given up, and calls that wait go on") {
  Scenario scenario = one_producer({1}, 1ms);
  ProducerSpec& producer = producer_of(scenario);
  producer.buffer_memory = 200'000;  // less than 200 batches of 1,000 bytes and their overhead
  producer.retry.request_timeout = 2s;
  producer.delivery_timeout = 3s;
  producer.max_block = 1s;
  scenario.world.faults = {fault(FaultKind::kill, 1)};
  const TrialResult result = run(scenario);
  const SendOutcomes& outcomes = result.outcomes[0];
  CHECK(outcomes.acknowledged == 500);
  CHECK(outcomes.dropped + outcomes.indeterminate == all - 500);
}

TEST_CASE("Producers under failure: the same run twice") {
  Scenario scenario = one_producer({1, 2, 3}, 20ms);
  scenario.world.faults = {fault(FaultKind::kill, 1, 10s)};
  const TrialResult one = run(scenario);
  const TrialResult two = run(scenario);
  CHECK(one.events == two.events);
  CHECK(one.produce.sum_seconds() == two.produce.sum_seconds());
  CHECK(one.outcomes[0].metadata_refreshes == two.outcomes[0].metadata_refreshes);
}
