// SPDX-License-Identifier: Apache-2.0
// Worlds without service costs, whose times follow from Kafka's rules alone.
#include <doctest/doctest.h>

#include "tests/support/tiny_world.hpp"

using namespace brokersim;
using namespace std::chrono_literals;

namespace {

/// Case S-14 (invariants-and-faults.md F.3): K3, one-way 1 ms, records every 20 ms, 1,000 of them, then silence;
/// consumer A reads from leader 1, consumer B from follower 2.
Scenario case_s14() {
  Scenario scenario = tiny::brokers_in_zones(3, 1ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1, 2, 3});
  tiny::add_producer(scenario, topic, 50, 1s);
  tiny::add_group(scenario, {topic}, 0);
  tiny::add_group(scenario, {topic}, 1);
  scenario.duration = 21s;  // 1,000 records from 1.000 to 20.980 s
  return scenario;
}

}  // namespace

TEST_CASE(
    "S-14: acknowledgement and leader reader after 4 ms, follower reader after spacing + 3 ms, the last one after "
    "fetch wait + 5 ms") {
  const TrialResult result = tiny::run(case_s14(), ReadPolicy::rack_aware);
  REQUIRE(result.conservation.violations.empty());
  CHECK(result.conservation.generated == 1000);
  // Producer to leader, data to follower, its next fetch back, answer to the producer: 4 x 1 ms.
  CHECK(result.produce.minimum() == 4ms);
  CHECK(result.produce.maximum() == 4ms);
  const LatencyHistogram& leader_reader = result.groups[0].delivery_from_leader;
  CHECK(leader_reader.minimum() == 4ms);
  CHECK(leader_reader.maximum() == 4ms);
  CHECK(result.groups[0].delivery_from_follower.empty());
  const LatencyHistogram& follower_reader = result.groups[1].delivery_from_follower;
  CHECK(follower_reader.count() == 1000);
  CHECK(follower_reader.minimum() == 23ms);
  CHECK(follower_reader.maximum() == 505ms);
  CHECK(*follower_reader.quantile_seconds(0.999) ==
        doctest::Approx(0.023).epsilon(0.001));  // all but the last; bucket width 0.1 %
}

TEST_CASE("S-14: a follower fetches once per record") {
  Scenario scenario = case_s14();
  const TrialResult result = tiny::run(scenario, ReadPolicy::rack_aware);
  std::int64_t fetches = 0;
  for (std::uint32_t b = 0; b < 3; ++b) fetches += result.loads.total(BrokerIndex{b}).follower_fetch_requests;
  // 1,000 records and two followers; and the idle polls of the first second, at most 2 a session and s, and of the last
  // 20 ms.
  CHECK(fetches >= 2 * 1000);
  CHECK(fetches <= 2 * 1000 + 2 * 3 + 2);
}

TEST_CASE("R-14: counting the follower's fetch before the high watermark is read shows records a fetch cycle earlier") {
  // Data always waiting (an append every 0.5 ms, one-way 1 ms): the answer that carries record r also carries a high
  // watermark. Rightly it is the one read before that fetch's own offset was counted: shown 3 d after commit at most.
  // With the wrong order: d. Case S-ST-HWBUSY-1 separates the two (replication-staleness.json).
  Scenario scenario = tiny::brokers_in_zones(2, 1ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1, 2});
  for (int p = 0; p < 40; ++p)
    tiny::add_producer(scenario, topic, 50, 1s + p * 500us);  // many connections: B-4 never waits
  tiny::add_group(scenario, {topic}, 1);
  scenario.warm_up = 2s;
  const TrialResult right = tiny::run(scenario, ReadPolicy::rack_aware);
  scenario.world.switches.credit_before_reading_high_watermark = true;
  const TrialResult wrong = tiny::run(scenario, ReadPolicy::rack_aware);
  CHECK(right.staleness.visibility_delay.mean_seconds() == doctest::Approx(0.003).epsilon(0.01));
  CHECK(wrong.staleness.visibility_delay.mean_seconds() == doctest::Approx(0.001).epsilon(0.01));
}

TEST_CASE("F-27: before 3.4 an isolated record waits for the follower's reader's own poll as well") {
  // strimzi-canary issue 204: records to three partitions 3 ms apart every 5 s; the reader's fetch covers the second
  // partition's leader and the third's follower, both on broker 2. The second record resets its 500 ms wait just before
  // the third is shown.
  Scenario scenario = tiny::brokers_in_zones(3, 1ms);
  const TopicIndex first = tiny::add_topic(scenario, {1, 2, 3});
  const TopicIndex second = tiny::add_topic(scenario, {2, 3, 1});
  const TopicIndex third = tiny::add_topic(scenario, {3, 2, 1});
  tiny::add_producer(scenario, first, 0.2, 1s);
  tiny::add_producer(scenario, second, 0.2, 1s + 3ms);
  tiny::add_producer(scenario, third, 0.2, 1s + 6ms);
  tiny::add_group(scenario, {second, third}, 1);
  const TrialResult fixed = tiny::run(scenario, ReadPolicy::rack_aware);
  scenario.world.switches.followers_do_not_wake_consumers = true;
  const TrialResult before = tiny::run(scenario, ReadPolicy::rack_aware);
  REQUIRE(before.conservation.violations.empty());
  // As fixed: producer to leader 1, data 1, fetch 1, parked 500, answer 1, to the reader 1 ms.
  CHECK(fixed.groups[0].delivery_from_follower.maximum() == 505ms);
  // Before: the reader's wait began with the second record's fetch and ends 500 ms later, just before the high
  // watermark comes; its next fetch waits another 500 ms. Tolerance 15 ms (S-PUB-STRIMZI-204).
  CHECK(milliseconds(before.groups[0].delivery_from_follower.maximum()) == doctest::Approx(1001).epsilon(0.015));
  CHECK(before.groups[0].delivery_from_leader.maximum() == fixed.groups[0].delivery_from_leader.maximum());
}

TEST_CASE("B-4: a connection is served one request at a time") {
  // Two records 1 ms apart, acks=all, one-way 10 ms: the first holds the connection from its append to its commit, 20
  // ms later; only then is the second read. So the second is acknowledged 20 ms + 19 ms later than if it had been
  // alone.
  Scenario scenario = tiny::brokers_in_zones(2, 10ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1, 2});
  tiny::add_producer(scenario, topic, 1000, 1s);
  scenario.duration = 1s + 2ms;  // two records
  const TrialResult result = tiny::run(scenario, ReadPolicy::leader);
  REQUIRE(result.produce.count() == 2);
  CHECK(result.produce.minimum() == 40ms);         // 10 to the leader, 20 replication, 10 back
  CHECK(result.produce.maximum() == 40ms + 19ms);  // reads from 30 ms on instead of 11 ms
  const auto wait = result.produce_parts.seconds(static_cast<std::size_t>(LatencyPart::connection_wait));
  CHECK(wait == doctest::Approx(0.019));
}

TEST_CASE("K-5: no more than max.in.flight requests are under way on a connection") {
  Scenario scenario = tiny::brokers_in_zones(1, 10ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1});
  tiny::add_producer(scenario, topic, 1000, 1s).max_in_flight_requests_per_connection = 1;
  scenario.duration = 1s + 3ms;  // records at 0, 1 and 2 ms
  const TrialResult result = tiny::run(scenario, ReadPolicy::leader);
  REQUIRE(result.produce.count() == 3);
  // Round trip 20 ms. The second and third wait for the first answer at 20 ms, then one after the other (a batch each):
  // acknowledged at 20, 40 and 60 ms, intended at 0, 1 and 2 ms.
  CHECK(result.produce.minimum() == 20ms);
  CHECK(result.produce.maximum() == 58ms);
  CHECK(result.produce.mean_seconds() == doctest::Approx((0.020 + 0.039 + 0.058) / 3));
}

TEST_CASE("C-7: a fetch waits for fetch.min.bytes, and for fetch.max.wait.ms at most") {
  Scenario scenario = tiny::brokers_in_zones(1, 1ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1});
  tiny::add_producer(scenario, topic, 0.2, 2s);
  tiny::add_group(scenario, {topic}, 0).fetch_min_bytes = 1'000'000;
  const TrialResult result = tiny::run(scenario, ReadPolicy::leader);
  REQUIRE(result.conservation.violations.empty());
  // The record never makes a million bytes; it leaves when the fetch that is parked, or the next one, has waited 500
  // ms.
  const LatencyHistogram& delivery = result.groups[0].delivery_from_leader;
  CHECK(delivery.count() == 4);
  CHECK(delivery.maximum() <= 2ms + 500ms + 2ms);
  CHECK(delivery.minimum() >= 2ms);
  CHECK(delivery.maximum() > 2ms);
}

TEST_CASE("F-4, F-11: a consumer is redirected once, and again each time its lease is over") {
  Scenario scenario = tiny::brokers_in_zones(3, 1ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1, 2, 3});
  tiny::add_producer(scenario, topic, 100, 1s);
  tiny::add_group(scenario, {topic}, 1).metadata_max_age = 5s;
  scenario.duration = 18s;
  const TrialResult result = tiny::run(scenario, ReadPolicy::rack_aware);
  REQUIRE(result.conservation.violations.empty());
  // Redirected in the first half second; the lease of 5 s then ends three times before 18 s.
  CHECK(result.redirects == 4);
  CHECK(result.groups[0].delivery_from_leader.empty());
  const TrialResult leader_only = tiny::run(scenario, ReadPolicy::leader);
  CHECK(leader_only.redirects == 0);
  CHECK(leader_only.groups[0].delivery_from_follower.empty());
  CHECK(leader_only.groups[0].delivered_bytes == result.groups[0].delivered_bytes);
}

TEST_CASE("Records handed over one after another wait for each other") {
  // Five records in one batch, 10 ms of processing each: handed over 0, 10, 20, 30 and 40 ms after arrival.
  Scenario scenario = tiny::brokers_in_zones(1, 1ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1});
  ProducerSpec& producer = tiny::add_producer(scenario, topic, 1000, 1s);
  producer.batch_size = 1'000'000;
  producer.linger = 4ms;
  scenario.duration = 1s + 5ms;
  tiny::add_group(scenario, {topic}, 0).processing_time_per_record = DelayDistribution::constant(10ms);
  const TrialResult result = tiny::run(scenario, ReadPolicy::leader);
  REQUIRE(result.conservation.violations.empty());
  const LatencyHistogram& delivery = result.groups[0].delivery_from_leader;
  REQUIRE(delivery.count() == 5);
  CHECK(delivery.minimum() == 4ms + 2ms);   // the first: lingers 4 ms, travels 2 ms
  CHECK(delivery.maximum() == 2ms + 40ms);  // the last: travels 2 ms, waits 40 ms
}

TEST_CASE("A link of limited bandwidth passes one message after another") {
  // 1,071-byte batches, 60 bytes of request and 52 of TCP and IP over 1 MB/s between zones: 1.183 ms each on the link.
  Scenario scenario = tiny::brokers_in_zones(2, 1ms);
  scenario.world.network.links[0].bandwidth = BytesPerSecond{1'000'000};
  const TopicIndex topic = tiny::add_topic(scenario, {1});
  ProducerSpec& first = tiny::add_producer(scenario, topic, 1, 1s);
  first.zones = {ZoneIndex{1}};
  ProducerSpec& second = tiny::add_producer(scenario, topic, 1, 1s);
  second.zones = {ZoneIndex{1}};
  scenario.duration = 1s + 1ms;
  const TrialResult result = tiny::run(scenario, ReadPolicy::leader);
  REQUIRE(result.produce.count() == 2);
  const double request_ms = (1071 + 34 + 18 + 8 + 52) * 1e-3;
  const double answer_ms = (15 + 18 + 33 + 52) * 1e-3;
  CHECK(milliseconds(result.produce.minimum()) == doctest::Approx(request_ms + 1 + answer_ms + 1));
  CHECK(milliseconds(result.produce.maximum()) == doctest::Approx(2 * request_ms + 1 + answer_ms + 1));
}

TEST_CASE("A broker's NIC sends answers one after another, and an idle one adds its own time once") {
  // Two groups read a record of 1,071 stored bytes through a NIC of 1 MB/s; the answer has 21 + 18 + 39 bytes more
  // and leaves in three packets: what comes before the records, the records, what comes after (sendfile).
  Scenario scenario = tiny::brokers_in_zones(1, 1ms);
  scenario.world.brokers[0].nic = BytesPerSecond{1'000'000};
  const TopicIndex topic = tiny::add_topic(scenario, {1});
  tiny::add_producer(scenario, topic, 1, 1s);
  tiny::add_group(scenario, {topic}, 0);
  tiny::add_group(scenario, {topic}, 0);
  scenario.duration = 1s + 1ms;
  const TrialResult result = tiny::run(scenario, ReadPolicy::leader);
  // The request's bytes have come through the NIC as they arrived; the two answers queue for it.
  const double answer_ms = (1071 + 21 + 18 + 39 + 3 * 52) * 1e-3;
  const double one = milliseconds(result.groups[0].delivery_from_leader.maximum());
  const double two = milliseconds(result.groups[1].delivery_from_leader.maximum());
  CHECK(std::min(one, two) == doctest::Approx(2 + answer_ms).epsilon(0.001));
  CHECK(std::max(one, two) == doctest::Approx(2 + 2 * answer_ms).epsilon(0.001));
}

TEST_CASE("F-4: what is committed while a redirect is on its way is delivered once, by the follower") {
  // Records every 2 ms from time zero, so that some are committed between the redirect's answer and the consumer's next
  // fetch.
  Scenario scenario = tiny::brokers_in_zones(3, 20ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1, 2, 3});
  for (int p = 0; p < 50; ++p) tiny::add_producer(scenario, topic, 10, p * 2ms);
  tiny::add_group(scenario, {topic}, 1);
  tiny::add_group(scenario, {topic}, 2).fetch_min_bytes = 20'000;
  scenario.duration = 5s;
  const TrialResult result = tiny::run(scenario, ReadPolicy::rack_aware);
  CHECK(result.conservation.violations.empty());
  CHECK(result.conservation.unfinished == 0);
  CHECK(result.groups[0].delivered == result.conservation.generated);
  CHECK(result.groups[1].delivered == result.conservation.generated);
  CHECK(result.redirects == 2);
}

TEST_CASE("The visibility delay splits into the parked fetch and the high watermark's way") {
  // S-14: committed 3 ms after sending; the follower's fetch, parked since then, is answered by the next append 18 ms
  // later, and the answer takes 1 ms. The last record's fetch waits its 500 ms. Nothing of it is replica lag: every
  // follower is in sync.
  const TrialResult quiet = tiny::run(case_s14(), ReadPolicy::rack_aware);
  CHECK(quiet.staleness.fetch_parking_ns == Staleness{}.fetch_parking_ns + (999LL * 18 + 500) * 1'000'000);
  CHECK(quiet.staleness.hw_propagation_ns == Staleness{}.hw_propagation_ns + 1000LL * 1'000'000);
  CHECK(quiet.staleness.replica_lag_ns == Staleness{}.replica_lag_ns);
}

TEST_CASE("R-8: parked fetches are woken when all batches of a request are appended") {
  // Two records of one request for two partitions: 1 ms to the leader, 1 ms to the follower with both, 1 ms back, 1 ms
  // to the producer. Woken at the first append, the second would wait for the follower's next fetch: 6 ms.
  Scenario scenario = tiny::brokers_in_zones(2, 1ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1, 2});
  scenario.world.topics[0].partitions = 2;
  scenario.world.topics[0].replicas.push_back(scenario.world.topics[0].replicas[0]);
  ProducerSpec& producer = tiny::add_producer(scenario, topic, 1000, 0ms);
  producer.keys = {KeySpec::Kind::uniform, 1000, 1, 0.5};
  producer.batch_size = 1'000'000;
  producer.linger = 100ms;
  scenario.duration = 100ms;
  const TrialResult result = tiny::run(scenario, ReadPolicy::leader);
  REQUIRE(result.batches == 2);
  CHECK(milliseconds(result.produce.maximum()) == doctest::Approx(100 + 4));
}

TEST_CASE("A link between two zones is taken even where a detour would be faster") {
  Scenario scenario = tiny::brokers_in_zones(3, 1ms);
  scenario.world.network.links[1].one_way_latency = DelayDistribution::constant(20ms);  // r1 to r3; over r2 it is 2 ms
  const TopicIndex topic = tiny::add_topic(scenario, {3});
  tiny::add_producer(scenario, topic, 1, 0ms);
  scenario.duration = 1s;
  CHECK(milliseconds(tiny::run(scenario, ReadPolicy::leader).produce.maximum()) == doctest::Approx(40));
}

TEST_CASE("R-6: a follower's fetch waits for replica.fetch.min.bytes, and for its wait at most") {
  Scenario scenario = tiny::brokers_in_zones(2, 1ms);
  for (BrokerSpec& broker : scenario.world.brokers) broker.replica_fetch_min_bytes = 5'000;
  const TopicIndex topic = tiny::add_topic(scenario, {1, 2});
  tiny::add_producer(scenario, topic, 0.2, 1s);  // one batch of 1,071 bytes every 5 s never makes 5,000
  const TrialResult result = tiny::run(scenario, ReadPolicy::leader);
  REQUIRE(result.conservation.violations.empty());
  CHECK(result.produce.count() == 4);
  CHECK(result.produce.maximum() > 50ms);          // 4 ms without the setting
  CHECK(result.produce.maximum() <= 502ms + 4ms);  // a whole poll cycle later at most
}

TEST_CASE("R-3, R-5: under the byte cap no partition of a session is starved") {
  // Three partitions of one (follower, leader) pair, an answer holds one batch; each is written once a round trip.
  Scenario scenario = tiny::brokers_in_zones(2, 5ms);
  for (BrokerSpec& broker : scenario.world.brokers) broker.replica_fetch_response_max_bytes = 1'100;
  for (int t = 0; t < 3; ++t) {
    const TopicIndex topic = tiny::add_topic(scenario, {1, 2});
    tiny::add_producer(scenario, topic, 30, 1s + t * 1ms).acks = 1;
  }
  scenario.duration = 3s;
  const TrialResult result = tiny::run(scenario, ReadPolicy::leader);
  CHECK(result.conservation.violations.empty());
  CHECK(result.conservation.unfinished == 0);
}

TEST_CASE("R-1: partitions of different fetcher threads do not wait for each other's fetch") {
  // t0-0 and t1-0 have Java hashes 3644 and 3645, 31 times of which is even and odd: fetchers 0 and 1 of 2. One way 10
  // ms. The record of t0 is at the leader at 1.010 s and answers the parked fetch; that of t1 comes 5 ms later and has
  // to wait for the next fetch of its session: at 1.030 s with one thread, there already with two. Then it is copied
  // and credited in 20 ms.
  Scenario scenario = tiny::brokers_in_zones(2, 10ms);
  tiny::add_producer(scenario, tiny::add_topic(scenario, {1, 2}), 1, 1s);
  tiny::add_producer(scenario, tiny::add_topic(scenario, {1, 2}), 1, 1005ms);
  scenario.duration = 1500ms;
  CHECK(tiny::run(scenario, ReadPolicy::leader).produce.maximum() == 10ms + 15ms + 20ms + 10ms);
  scenario.world.brokers[1].num_replica_fetchers = 2;
  CHECK(tiny::run(scenario, ReadPolicy::leader).produce.maximum() == 10ms + 20ms + 10ms);
}
