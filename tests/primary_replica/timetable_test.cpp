// SPDX-License-Identifier: Apache-2.0
// A primary with replicas, minute by minute: what each command waits for, and what it does not.
#include <doctest/doctest.h>

#include "tests/support/tiny_world.hpp"

namespace brokersim::test {
namespace {

using namespace std::chrono_literals;

/// A world without command costs: only distances count.
Scenario free_of_cost(std::uint32_t nodes, Duration latency) {
  Scenario scenario = tiny::brokers_in_zones(nodes, latency);
  PrimaryReplicaSpec& spec = scenario.world.primary_replica;
  spec.write = spec.apply = spec.read = spec.acknowledge = {};
  return scenario;
}

TrialResult run(const Scenario& scenario, ReadPolicy policy = ReadPolicy::leader, std::uint32_t trial = 0) {
  TrialResult result = run_trial(scenario, place_partitions(scenario), {Protocol::primary_replica, policy}, trial,
                                 scenario.warm_up.value_or(Duration::zero()));
  for (const std::string& violation : result.conservation.violations) FAIL_CHECK(violation);
  CHECK(result.conservation.unfinished == 0);
  return result;
}

LinkSpec& link_to(Scenario& scenario, std::uint32_t zone) {
  for (LinkSpec& link : scenario.world.network.links) {
    if (link.a.value == 0 && link.b.value == zone) return link;
  }
  return scenario.world.network.links.front();
}

}  // namespace

TEST_CASE("A write is acknowledged before any replica has it, and shows there a push later") {
  Scenario scenario = tiny::brokers_in_zones(3, 10ms);
  PrimaryReplicaSpec& spec = scenario.world.primary_replica;
  spec.write = {1ms, 0};
  spec.apply = {2ms, 0};
  spec.read = {3ms, 0};
  const TopicIndex topic = tiny::add_topic(scenario, {1, 2, 3});
  tiny::add_producer(scenario, topic, 1, 1500ms);
  tiny::add_group(scenario, {topic}, 0);
  tiny::add_group(scenario, {topic}, 1);
  const TrialResult result = run(scenario, ReadPolicy::rack_aware);
  // To the primary 10 ms, XADD 1 ms, back 10 ms: replication (asynchronous by default) is no part of it.
  CHECK(result.produce.minimum() == 21ms);
  CHECK(result.produce.maximum() == 21ms);
  // At the replica: pushed as soon as it is executed, 10 ms, and executed there, 2 ms.
  CHECK(result.staleness.visibility_delay.maximum() == 12ms);
  CHECK(result.staleness.visibility_delay.minimum() == 0ms);  // the first group reads at the primary
  CHECK(result.staleness.replica_lag_ns == PartSums::Wide{12'000'000} * result.groups[1].delivered);
  CHECK(result.staleness.hw_propagation_ns == 0);
  // The blocked XREAD is executed behind the command that brings the entry: 3 ms, then 10 ms back.
  CHECK(result.groups[0].delivery_from_leader.minimum() == 24ms);
  CHECK(result.groups[0].delivery_from_leader.maximum() == 24ms);
  CHECK(result.groups[1].delivery_from_follower.minimum() == 36ms);
  CHECK(result.groups[1].delivery_from_follower.maximum() == 36ms);
  const auto parts = [&](LatencyPart part) { return result.produce_parts.ns[static_cast<std::size_t>(part)]; };
  CHECK(parts(LatencyPart::replication) == 0);
  CHECK(parts(LatencyPart::append) == PartSums::Wide{1'000'000} * result.produce_records);
}

TEST_CASE("WAIT n answers when the n-th nearest replica has acknowledged") {
  for (const std::uint32_t wanted : {1U, 2U, 3U}) {
    Scenario scenario = free_of_cost(4, 1ms);
    for (const std::uint32_t zone : {1U, 2U, 3U}) {
      link_to(scenario, zone).one_way_latency = DelayDistribution::constant(zone * 5ms);
    }
    // The direct link is the only short way: the others are longer than any detour is worth.
    for (LinkSpec& link : scenario.world.network.links) {
      if (link.a.value != 0) link.one_way_latency = DelayDistribution::constant(100ms);
    }
    scenario.world.primary_replica.wait_replicas = wanted;
    const TopicIndex topic = tiny::add_topic(scenario, {1, 2, 3, 4});
    tiny::add_producer(scenario, topic, 1, 1500ms);
    const TrialResult result = run(scenario);
    CAPTURE(wanted);
    // 1 ms to the primary, out to the replica and back with REPLCONF ACK, 1 ms back.
    CHECK(result.produce.minimum() == 2ms + wanted * 10ms);
    CHECK(result.produce.maximum() == 2ms + wanted * 10ms);
    CHECK(result.waits_expired == 0);
  }
}

TEST_CASE("WAIT over random distances takes the order statistic of the replicas' round trips") {
  // Two replicas, each way exponential with mean m: a round trip is Erlang-2, with survival e^-x (1 + x), x in units of
  // m. E[min] = integral of its square = 1/2 + 1/2 + 1/4 = 1.25 m; E[max] = 2 * 2 - 1.25 = 2.75 m.
  constexpr Duration m = 10ms;
  for (const std::uint32_t wanted : {1U, 2U}) {
    Scenario scenario = free_of_cost(3, Duration::zero());
    scenario.duration = 20'000s;
    const DelayDistribution law{.law = DelayDistribution::Law::exponential, .mean = m};
    for (const std::uint32_t zone : {1U, 2U}) link_to(scenario, zone).one_way_latency = law;
    for (LinkSpec& link : scenario.world.network.links) {
      if (link.a.value != 0) link.one_way_latency = DelayDistribution::constant(100ms);
    }
    scenario.world.primary_replica.wait_replicas = wanted;
    const TopicIndex topic = tiny::add_topic(scenario, {1, 2, 3});
    tiny::add_producer(scenario, topic, 1, 500ms);
    const TrialResult result = run(scenario);
    const double mean = result.produce.mean_seconds() / seconds(m);
    // Variances: min of two 0.6875 (from E[min^2] = 2.25), max at most 2 * 2; 20,000 records, 4 standard errors.
    CAPTURE(wanted);
    CHECK(mean == doctest::Approx(wanted == 1 ? 1.25 : 2.75).epsilon(wanted == 1 ? 0.019 : 0.021));
  }
}

TEST_CASE("A connection whose WAIT has not returned executes nothing more") {
  Scenario scenario = free_of_cost(2, 10ms);
  scenario.duration = 504ms;
  scenario.world.primary_replica.wait_replicas = 1;
  const TopicIndex topic = tiny::add_topic(scenario, {1, 2});
  tiny::add_producer(scenario, topic, 250, 500ms);  // two records, 4 ms apart
  scenario.duration = 507ms;
  const TrialResult result = run(scenario);
  REQUIRE(result.produce.count() == 2);
  CHECK(result.produce.minimum() == 40ms);  // there 10, replica and back 20, back 10
  // It arrives at 514 and is executed at 530, when the first WAIT returns; answered at 550, back at 560, meant at 504.
  CHECK(result.produce.maximum() == 56ms);
  const auto wait = static_cast<std::size_t>(LatencyPart::connection_wait);
  CHECK(result.produce_parts.ns[wait] == PartSums::Wide{16'000'000});
}

TEST_CASE("WAIT gives up at its timeout, and the write stays") {
  Scenario scenario = free_of_cost(2, 10ms);
  scenario.world.primary_replica.wait_replicas = 1;
  scenario.world.primary_replica.wait_timeout = 5ms;
  const TopicIndex topic = tiny::add_topic(scenario, {1, 2});
  tiny::add_producer(scenario, topic, 1, 1500ms);
  tiny::add_group(scenario, {topic}, 1);
  const TrialResult result = run(scenario, ReadPolicy::rack_aware);
  CHECK(result.produce.minimum() == 25ms);
  CHECK(result.produce.maximum() == 25ms);
  CHECK(result.waits_expired == static_cast<std::uint64_t>(result.conservation.generated));
  CHECK(result.groups[0].delivered == result.conservation.generated);
}

TEST_CASE("One thread executes the commands: writes that come at random queue as in M/D/1") {
  Scenario scenario = free_of_cost(1, Duration::zero());
  scenario.duration = 2000s;
  scenario.world.primary_replica.write = {10ms, 0};
  const TopicIndex topic = tiny::add_topic(scenario, {1});
  ProducerSpec& producer = tiny::add_producer(scenario, topic, 70, {});
  producer.arrivals = ProducerSpec::Arrivals::poisson;
  const TrialResult result = run(scenario);
  // Pollaczek-Khinchine: mean wait = rho s / (2 (1 - rho)) with rho = 0.7, s = 10 ms: 11.667 ms. The relaxation time
  // of the queue is about s / (1 - rho)^2 = 0.11 s, so 2,000 s are some 9,000 independent looks: 4 standard errors of a
  // wait whose standard deviation is about its mean are 5 %.
  const auto queue = static_cast<std::size_t>(LatencyPart::request_queue);
  const double wait = result.produce_parts.seconds(queue) / static_cast<double>(result.produce_records);
  CHECK(wait == doctest::Approx(0.011667).epsilon(0.05));
  const BrokerLoad load = result.loads.total(BrokerIndex{0});
  CHECK(seconds(load.busy[static_cast<std::size_t>(BrokerResource::io_threads)]) / 2000 ==
        doctest::Approx(0.7).epsilon(0.01));  // 140,000 records: 4 / sqrt(n) = 1 %
}

TEST_CASE("Every record reaches every replica and every group once and in order, whatever the network does") {
  Scenario scenario = tiny::brokers_in_zones(3, 1ms);
  scenario.duration = 10s;
  for (LinkSpec& link : scenario.world.network.links) {
    link.one_way_latency = {.law = DelayDistribution::Law::exponential, .mean = 3ms};
  }
  link_to(scenario, 2).bandwidth = BytesPerSecond{2'000'000};  // the way of messages that queue for a link
  TopicSpec topic;
  topic.id = "t";
  topic.partitions = 6;
  topic.replication_factor = 3;
  scenario.world.topics.push_back(topic);
  for (const std::uint32_t zone : {0U, 1U, 2U}) {
    ProducerSpec& producer = tiny::add_producer(scenario, TopicIndex{0}, 200, {});
    producer.arrivals = ProducerSpec::Arrivals::poisson;
    producer.zones = {ZoneIndex{zone}};
    producer.record_size = {100, 2000};
    if (zone == 1) producer.keys = {.kind = KeySpec::Kind::uniform, .count = 100};
    tiny::add_group(scenario, {TopicIndex{0}}, zone).processing_time_per_record =
        DelayDistribution::constant(zone * 500us);
  }
  for (const std::uint32_t wait : {0U, 1U, 2U}) {
    scenario.world.primary_replica.wait_replicas = wait;
    for (const ReadPolicy policy : {ReadPolicy::leader, ReadPolicy::rack_aware}) {
      const TrialResult result = run(scenario, policy);  // conservation, Little's law, sums of parts: checked there
      const Conservation& flow = result.conservation;
      CHECK(flow.generated > 5000);
      CHECK(flow.acknowledged == flow.generated);
      CHECK(flow.replicated == 2 * flow.generated);
      CHECK(flow.delivered == 3 * flow.generated);
      CHECK(flow.delivered_bytes == 3 * flow.generated_bytes);
    }
  }
}

TEST_CASE("Traffic is the values once to the primary, once to each replica and once to each group") {
  Scenario scenario = free_of_cost(3, 1ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1, 2, 3});
  tiny::add_producer(scenario, topic, 10, 100ms);
  tiny::add_group(scenario, {topic}, 1);
  const TrialResult result = run(scenario, ReadPolicy::rack_aware);
  const Bytes values = result.conservation.generated_bytes;
  CHECK(result.loads.total(BrokerIndex{0}).producer_bytes_in == values);
  CHECK(result.loads.total(BrokerIndex{0}).replication_bytes_out == 2 * values);
  CHECK(result.loads.total(BrokerIndex{0}).consumer_bytes_out() == 0);
  CHECK(result.loads.total(BrokerIndex{1}).consumer_bytes_out_as_follower == values);
  const LinkLoad& out = result.links[0 * 3 + 1];
  CHECK(out.payload_bytes[static_cast<std::size_t>(TrafficPath::replication)] == values);
  CHECK(out.wire_bytes[static_cast<std::size_t>(TrafficPath::replication)] > values);
  // A replica tells its offset every second whether it is asked or not: 48 bytes of RESP and 52 of TCP and IP.
  const LinkLoad& back = result.links[1 * 3 + 0];
  CHECK(back.wire_bytes[static_cast<std::size_t>(TrafficPath::replication)] > 19 * 90);
}

TEST_CASE("The same seed gives the same trial, another trial other arrivals") {
  Scenario scenario = tiny::brokers_in_zones(2, 1ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1, 2});
  tiny::add_producer(scenario, topic, 100, {}).arrivals = ProducerSpec::Arrivals::poisson;
  tiny::add_group(scenario, {topic}, 1);
  const TrialResult first = run(scenario), again = run(scenario), other = run(scenario, ReadPolicy::leader, 1);
  CHECK(first.events == again.events);
  CHECK(first.produce.sum_seconds() == again.produce.sum_seconds());
  CHECK(first.conservation.generated != other.conservation.generated);
}

}  // namespace brokersim::test
