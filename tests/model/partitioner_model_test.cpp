// SPDX-License-Identifier: Apache-2.0
// Partitioners inside a producer: what they make of a slow broker, and records that name their partition.
#include <doctest/doctest.h>

#include "tests/support/tiny_world.hpp"

using namespace brokersim;
using namespace std::chrono_literals;

namespace {

/// A topic with a partition on each broker, one replica each.
TopicIndex partition_on_each(Scenario& scenario) {
  const TopicIndex topic = tiny::add_topic(scenario, {1});
  TopicSpec& spec = scenario.world.topics.back();
  spec.partitions = static_cast<std::uint32_t>(scenario.world.brokers.size());
  for (std::uint32_t b = 1; b < spec.partitions; ++b) spec.replicas.push_back({BrokerIndex{b}});
  return topic;
}

std::vector<double> shares(const Scenario& scenario) {
  const TrialResult result = tiny::run(scenario, ReadPolicy::leader);
  REQUIRE(result.conservation.violations.empty());
  REQUIRE(result.conservation.unfinished == 0);
  std::vector<double> records;
  double all = 0;
  for (const PartitionLoad& load : result.partitions) {
    records.push_back(static_cast<double>(load.records));
    all += records.back();
  }
  for (double& count : records) count /= all;
  return records;
}

/// Broker 3 is 30 ms away, the others 1 ms, with one request at a time: it takes a batch of up to 10 records in 60 ms,
/// 167 records/s, somewhat more than the third of 400 records/s that comes if partitions are dealt evenly.
Scenario slow_broker() {
  Scenario scenario = tiny::brokers_in_zones(3, 1ms);
  for (LinkSpec& link : scenario.world.network.links) {
    if (link.b.value == 2) link.one_way_latency = DelayDistribution::constant(30ms);
  }
  const TopicIndex topic = partition_on_each(scenario);
  ProducerSpec& producer = tiny::add_producer(scenario, topic, 400, 0s);
  producer.batch_size = 61 + 10 * 1010;
  producer.linger = 5ms;
  producer.max_in_flight_requests_per_connection = 1;
  scenario.duration = 600s;
  return scenario;
}

}  // namespace

TEST_CASE("K-21, K-27: round robin deals every record to the next partition, its old class to every second one") {
  Scenario scenario = tiny::brokers_in_zones(4, 1ms);
  const TopicIndex topic = partition_on_each(scenario);
  ProducerSpec& producer = tiny::add_producer(scenario, topic, 100, 0s);
  producer.partitioner.kind = PartitionerSpec::Kind::round_robin;
  CHECK(shares(scenario) == std::vector<double>{0.25, 0.25, 0.25, 0.25});
  scenario.world.producers[0].partitioner.kind = PartitionerSpec::Kind::round_robin_2_4;
  CHECK(shares(scenario) == std::vector<double>{0, 0.5, 0, 0.5});  // a record a batch
  scenario.world.producers[0].partitioner = {PartitionerSpec::Kind::one_partition, 2};
  CHECK(shares(scenario) == std::vector<double>{0, 0, 1, 0});
}

TEST_CASE("K-22 to K-24: a slow broker gets more records from KIP-480, as many from KIP-794, fewer if that adapts") {
  Scenario scenario = slow_broker();
  PartitionerSpec& partitioner = scenario.world.producers[0].partitioner;
  partitioner.adaptive = false;
  // 240,000 records in lumps of 10 to 20: 12,000 draws or more, a standard error of 0.0043 at most; 4 of them.
  CHECK(shares(scenario)[2] == doctest::Approx(1.0 / 3).epsilon(0.017 * 3));
  partitioner.adaptive = true;
  // With k batches waiting at broker 3 and none elsewhere it is drawn with weight 1 of 1 + 2 (k + 1): 1/5 for one, 1/7
  // for two; 1/3 while none waits. It is busy for most of the time, so the share is clearly below a third.
  const double adaptive = shares(scenario)[2];
  CHECK(adaptive > 0.15);
  CHECK(adaptive < 0.30);
  // KIP-480 leaves a partition when no batch with room is open there: held up ones stay open and grow full, while the
  // others' are sent with 5 ms' worth. K-22: slow brokers attract more records.
  partitioner.kind = PartitionerSpec::Kind::sticky_2_4;
  scenario.world.producers[0].batch_size = 16'384;
  scenario.world.producers[0].records_per_second = 200;
  CHECK(shares(scenario)[2] > 0.40);
}

TEST_CASE("K-26: a broker that has taken nothing for the timeout is left out while it has a queue") {
  Scenario scenario = slow_broker();
  PartitionerSpec& partitioner = scenario.world.producers[0].partitioner;
  const double adaptive = shares(scenario)[2];
  partitioner.availability_timeout = 20ms;  // a third of the time it takes to answer
  const double left_out = shares(scenario)[2];
  CHECK(left_out < adaptive);
  CHECK(left_out > 0.01);                  // it comes back whenever its queue is empty
  partitioner.availability_timeout = 10s;  // never reached
  CHECK(shares(scenario)[2] == adaptive);
}
