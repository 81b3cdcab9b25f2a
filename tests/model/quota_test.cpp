// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "sim/model/protocol.hpp"
#include "tests/support/tiny_world.hpp"

using namespace brokersim;
using namespace std::chrono_literals;

TEST_CASE("B-20, C-12: a producer over its quota waits for the excess over the whole window") {
  // The first request is measured over an empty window of (11 - 1) s. It takes W bytes and the quota is q, so its
  // client pauses (W / 10 - q) / q x 10,000 ms from the answer's arrival at 1.002 s on; the record of 2 s goes then.
  Scenario scenario = tiny::brokers_in_zones(1, 1ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1});
  ProducerSpec& producer = tiny::add_producer(scenario, topic, 1, 1s);
  producer.quota.byte_rate = 50;
  scenario.duration = 2500ms;
  const TrialResult result = tiny::run(scenario, ReadPolicy::leader);
  const Bytes wire = protocol::produce_request_bytes(1, 61 + 10 + 1000);
  const Duration pause = std::chrono::milliseconds{(wire - 500) * 20};
  CHECK(result.conservation.violations.empty());
  CHECK(result.conservation.acknowledged == 2);
  CHECK(result.produce.minimum() == 2ms);
  CHECK(result.produce.maximum() == 2ms + pause - 1s + 2ms);
  CHECK(result.producers_throttled[0].requests == 1);  // the second answer comes after the observation interval
  CHECK(result.producers_throttled[0].time == pause);
}

TEST_CASE("B-20: with acks=0 the connection alone is muted, and the producer knows of nothing") {
  Scenario scenario = tiny::brokers_in_zones(1, 1ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1});
  ProducerSpec& producer = tiny::add_producer(scenario, topic, 1, 1s);
  producer.quota.byte_rate = 50;
  producer.acks = 0;
  tiny::add_group(scenario, {topic}, 0);
  scenario.duration = 2500ms;
  const TrialResult result = tiny::run(scenario, ReadPolicy::leader);
  const Bytes wire = protocol::produce_request_bytes(1, 61 + 10 + 1000);
  const Duration pause = std::chrono::milliseconds{(wire - 500) * 20};
  // Sent at 2 s, read when the connection is unmuted, at 1.001 s and the pause; delivered 1 ms later.
  CHECK(result.groups[0].delivery_from_leader.maximum() == 1001ms + pause - 2s + 1ms);
}

TEST_CASE("B-20: a consumer over its quota gets an empty answer and what it had coming after the pause") {
  // A record of B bytes at 1 s, another at 1.1 s. The first answer is within the quota; with the second the client has
  // R1 + R2 bytes over 10 s and a bit, so it is told to wait, then fetches anew: the first answer is all that counts.
  Scenario scenario = tiny::brokers_in_zones(1, 1ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1});
  tiny::add_producer(scenario, topic, 10, 1s);
  ConsumerGroupSpec& group = tiny::add_group(scenario, {topic}, 0);
  group.quota.byte_rate = 200;
  scenario.duration = 1150ms;
  const TrialResult result = tiny::run(scenario, ReadPolicy::leader);
  const double answer = static_cast<double>(protocol::fetch_response_bytes(1, 61 + 10 + 1000));
  // The first sample begins with the first fetch answer that is measured, at 1.001 s; the second is at 1.101 s:
  // 10 windows and 100 ms.
  const double over = 2 * answer / 10.1 - 200;
  const Duration pause = std::chrono::milliseconds{static_cast<std::int64_t>(over / 200 * 10'100 + 0.5)};
  CHECK(result.conservation.violations.empty());
  CHECK(result.conservation.delivered == 2);
  CHECK(result.groups_throttled[0].requests == 1);
  CHECK(result.groups_throttled[0].time == pause);
  // Answered empty at 1.101 s, told at 1.102 s, it asks after the pause. By then a window is full and missing no more,
  // so the rate is measured over 10.49 s, not 11.49 s: it is told to wait again, and so on, until the first sample is
  // 11 s old and forgotten. That is Kafka's formula; it holds back more than the quota asks.
  const Duration window = 10s + (100ms + pause + 2ms) % 1s;
  const double left = (2 * answer / 200 - static_cast<double>(window.count()) * 1e-9) * 1000;
  const Duration again = std::chrono::milliseconds{static_cast<std::int64_t>(left + 0.5)};
  REQUIRE(again + 2ms == 1s);  // so ten of them
  CHECK(result.groups[0].delivery_from_leader.maximum() == 2ms + pause + 2ms + 10 * (again + 2ms));
}

TEST_CASE("C-12, C-2: a consumer whose throttle time ends while its application has paused asks once it goes on") {
  // As above, but paused from 1.2 s, with a throttle time under way, until 30 s, when all that was measured is
  // forgotten: the fetch leaves at 30 s and brings the second record 2 ms later.
  Scenario scenario = tiny::brokers_in_zones(1, 1ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1});
  tiny::add_producer(scenario, topic, 10, 1s);
  ConsumerGroupSpec& group = tiny::add_group(scenario, {topic}, 0);
  group.quota.byte_rate = 200;
  group.members[0].pauses = {{1200ms, 30s}};
  scenario.duration = 1150ms;
  const TrialResult result = tiny::run(scenario, ReadPolicy::leader);
  CHECK(result.conservation.violations.empty());
  CHECK(result.conservation.delivered == 2);
  REQUIRE(result.groups_throttled[0].requests == 1);
  REQUIRE(result.groups_throttled[0].time < 20s);
  CHECK(result.drained_at == 30s + 2ms);
}

TEST_CASE("B-21: a request quota holds a client back by at most one window, whatever it has used") {
  // 1 ms of I/O thread a request, 200 requests/s: 20 % of a thread against a quota of 1 %.
  Scenario scenario = tiny::brokers_in_zones(1, 1ms);
  scenario.world.brokers[0].service.produce = WorkCost{1ms, 0};
  const TopicIndex topic = tiny::add_topic(scenario, {1});
  ProducerSpec& producer = tiny::add_producer(scenario, topic, 200, 1s);
  producer.batch_size = 1'000'000;
  producer.quota.request_percentage = 1;
  scenario.duration = 30s;
  const TrialResult result = tiny::run(scenario, ReadPolicy::leader);
  CHECK(result.conservation.violations.empty());
  REQUIRE(result.producers_throttled[0].requests > 0);
  const double mean = static_cast<double>(result.producers_throttled[0].time.count()) * 1e-9 /
                      static_cast<double>(result.producers_throttled[0].requests);
  CHECK(mean <= 1.0);
  CHECK(mean > 0.05);
  // With linger 0 the producer sends whatever has come, so it keeps up with fewer, larger requests: one each 0.1 s is
  // 1 %.
  CHECK(result.batches < 1200);
}
