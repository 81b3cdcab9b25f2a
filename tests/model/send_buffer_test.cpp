// SPDX-License-Identifier: Apache-2.0
// buffer.memory and max.block.ms (K-3, K-4): timetables worked out by hand. A batch of one record of 1,000 bytes takes
// 61 + 21 + 1,000 bytes.
#include <doctest/doctest.h>

#include "tests/support/tiny_world.hpp"

using namespace brokersim;
using namespace std::chrono_literals;

namespace {

constexpr Bytes batch_of_one = 1082;

}  // namespace

TEST_CASE("K-3: with memory for one batch, records go one a round trip, in order") {
  Scenario scenario = tiny::brokers_in_zones(1, 1ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1});
  ProducerSpec& producer = tiny::add_producer(scenario, topic, 1000, 1s);
  producer.buffer_memory = batch_of_one;
  scenario.duration = 1010ms;  // ten records, a millisecond apart
  const TrialResult result = tiny::run(scenario, ReadPolicy::leader);
  // Record k comes at 1 s + k ms, is sent at 1 s + 2k ms and acknowledged 2 ms later.
  CHECK(result.conservation.violations.empty());
  CHECK(result.conservation.acknowledged == 10);
  CHECK(result.produce.minimum() == 2ms);
  CHECK(result.produce.maximum() == 11ms);
  CHECK(result.drained_at == 1020ms);
  REQUIRE(result.send_buffers.size() == 1);
  CHECK(result.send_buffers[0].waited == 9);
  CHECK(result.send_buffers[0].dropped == 0);
  CHECK(result.send_buffers[0].blocked == 9ms);  // from 1.001 s to the end of the interval
  CHECK(result.send_buffers[0].peak == batch_of_one);
}

TEST_CASE("K-3: a record that finds no memory for max.block.ms is dropped, and the next one's call begins") {
  Scenario scenario = tiny::brokers_in_zones(1, 5ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1});
  tiny::add_group(scenario, {topic}, 0);
  ProducerSpec& producer = tiny::add_producer(scenario, topic, 250, 1s);
  producer.buffer_memory = batch_of_one;
  producer.max_block = 3ms;
  scenario.duration = 1020ms;
  const TrialResult result = tiny::run(scenario, ReadPolicy::leader);
  // 1.000 s: sent, acknowledged at 1.010. 1.004: dropped at 1.007. 1.008: sent at 1.010, acknowledged at 1.020.
  // 1.012 and 1.016: dropped at 1.015 and 1.019.
  CHECK(result.conservation.violations.empty());
  CHECK(result.conservation.acknowledged == 2);
  CHECK(result.conservation.unfinished == 3);
  CHECK(result.produce.maximum() == 12ms);
  CHECK(result.produce.censored() == 3);
  CHECK(result.groups[0].delivery_from_leader.censored() == 3);
  CHECK(result.send_buffers[0].waited == 4);
  CHECK(result.send_buffers[0].dropped == 3);
  CHECK(result.send_buffers[0].blocked == 3ms + 2ms + 3ms + 3ms);
}

TEST_CASE(
    "K-3: a producer that is always short of memory takes the same few events for every record (found by swarm)") {
  Scenario scenario = tiny::brokers_in_zones(1, 1ms);
  ProducerSpec& producer = tiny::add_producer(scenario, tiny::add_topic(scenario, {1}), 1000, 1s);
  producer.buffer_memory = batch_of_one;
  producer.max_block = 60s;  // each call sets another moment at which it would end
  scenario.duration = 6s;
  const TrialResult result = tiny::run(scenario, ReadPolicy::leader);
  // A request arrives, is worked on, its connection is free, its answer comes; a tick of far timers each 1.023 s of 11
  // s.
  CHECK(result.conservation.acknowledged == 5000);
  CHECK(result.events <= 4 * 5000 + 20);
}

TEST_CASE("K-4: while a call waits for memory all batches are ready, afterwards they linger again") {
  Scenario scenario = tiny::brokers_in_zones(1, 1ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1});
  scenario.world.topics[0].partitions = 3;
  scenario.world.topics[0].replicas.assign(3, {BrokerIndex{0}});
  ProducerSpec& producer = tiny::add_producer(scenario, topic, 1000, 1s);
  producer.partitioner.kind = PartitionerSpec::Kind::round_robin;
  producer.batch_size = 2000;
  producer.buffer_memory = 4000;
  producer.linger = 1s;
  scenario.duration = 1003ms;
  const TrialResult result = tiny::run(scenario, ReadPolicy::leader);
  // Records of 1.000 and 1.001 s have the memory; the third one's call sets them free at 1.002, goes on at 1.004 and
  // opens a batch that lingers from then on.
  CHECK(result.conservation.acknowledged == 3);
  CHECK(result.batches == 3);
  CHECK(result.produce.minimum() == 3ms);
  CHECK(result.produce.maximum() == 2ms + 1s + 2ms);
  CHECK(result.send_buffers[0].peak == 4000);
}

TEST_CASE("K-3: acks=0 gives memory back when a request is sent; memory that is never short is only counted") {
  Scenario scenario = tiny::brokers_in_zones(1, 1250us);
  const TopicIndex topic = tiny::add_topic(scenario, {1});
  tiny::add_producer(scenario, topic, 1000, 1s);
  tiny::add_producer(scenario, topic, 1000, 1s);
  scenario.world.producers[1].acks = 0;
  scenario.world.producers[1].buffer_memory = batch_of_one;
  scenario.duration = 1100ms;
  const TrialResult result = tiny::run(scenario, ReadPolicy::leader);
  CHECK(result.send_buffers[0].peak == 3 * batch_of_one);  // a round trip of 2.5 ms, a record each millisecond
  CHECK(result.send_buffers[1].peak == batch_of_one);
  CHECK(result.send_buffers[0].waited + result.send_buffers[1].waited == 0);
}
