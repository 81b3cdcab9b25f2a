// SPDX-License-Identifier: Apache-2.0
// Applications that take time or pause: poll loops, and the lag they leave.
#include <doctest/doctest.h>

#include "tests/support/tiny_world.hpp"

using namespace brokersim;
using namespace std::chrono_literals;

TEST_CASE("C-4: the next fetch leaves with the poll() that empties the buffer, so max.poll.records decides when") {
  // A batch of 11 records, 10 ms each, then a batch of one that waits at the broker, 20 ms away. With one poll() for
  // all 11 the next fetch leaves before they are processed and is back in time. With polls of 10 it leaves with the
  // eleventh record, 100 ms later, and is back 40 ms after that, when the application has been idle for 30 ms.
  Scenario scenario = tiny::brokers_in_zones(1, 20ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1});
  ProducerSpec& first = tiny::add_producer(scenario, topic, 10'000, 2s);  // from 2.0000 to 2.0010 s
  first.batch_size = 1'000'000;
  first.linger = 1ms;
  first.max_in_flight_requests_per_connection = 1;
  ConsumerGroupSpec& group = tiny::add_group(scenario, {topic}, 0);
  group.processing_time_per_record = DelayDistribution::constant(10ms);
  scenario.duration = 2s + 1'050us;
  ProducerSpec& second = tiny::add_producer(scenario, topic, 1, 2s + 1'040us);
  second.first_record_at = 2s + 1'040us;
  const auto last_handed = [&](std::int32_t max_poll_records) {
    scenario.world.groups[0].max_poll_records = max_poll_records;
    const TrialResult result = tiny::run(scenario, ReadPolicy::leader);
    REQUIRE(result.conservation.violations.empty());
    REQUIRE(result.conservation.unfinished == 0);
    REQUIRE(result.conservation.generated == 12);
    return result.drained_at;
  };
  // The first batch leaves at 2.001 s, is appended 20 ms later and received another 20 ms later.
  CHECK(last_handed(500) == 2s + 1ms + 40ms + 110ms);
  CHECK(last_handed(10) == 2s + 1ms + 40ms + 100ms + 40ms);
}

TEST_CASE("An application with exponential processing times is an M/M/1 queue, and its lag obeys Little's law") {
  // Poisson 50/s, mean 10 ms, no network delay: a record waits rho / (mu - lambda) = 0.5 / (100 - 50) s = 10 ms until
  // it is handed over, and 50/s x 10 ms = 0.5 records wait on average. 400,000 records: the relative standard error of
  // the mean is sqrt((2 + 5 rho - 4 rho^2 + rho^3) / (rho (1 - rho)^2 n)) = 0.9 % (Daley 1968); 4 of them.
  Scenario scenario = tiny::brokers_in_zones(1, 0ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1});
  tiny::add_producer(scenario, topic, 50, 0s).arrivals = ProducerSpec::Arrivals::poisson;
  DelayDistribution processing;
  processing.law = DelayDistribution::Law::exponential;
  processing.mean = 10ms;
  tiny::add_group(scenario, {topic}, 0).members[0].processing_time_per_record = processing;
  scenario.warm_up = 10s;
  scenario.duration = 8010s;
  const TrialResult result = tiny::run(scenario, ReadPolicy::leader);
  REQUIRE(result.conservation.violations.empty());
  const GroupResult& group = result.groups[0];
  CHECK(group.delivery_from_leader.mean_seconds() == doctest::Approx(0.010).epsilon(0.036));
  CHECK(group.lag_records_time_average == doctest::Approx(0.5).epsilon(0.036));
  CHECK(group.lag_records_time_average ==
        doctest::Approx(group.delivery_from_leader.sum_seconds() / 8000).epsilon(0.001));
  REQUIRE(result.lags.size() == 1);
  CHECK(result.lags[0].records_time_average == doctest::Approx(group.lag_records_time_average));
}

TEST_CASE("C-2: while a member has paused nothing is handed over; then everything is, and the lag says how long") {
  // A record every 100 ms from 1.05 s on, one-way 1 ms; paused from 5 to 8 s. Committed 1 ms after it is sent, handed
  // over 1 ms later, but the 30 records from 5.05 to 7.95 s wait for 8 s. The fetch that was out brings the first of
  // them; the next leaves at 8 s and brings the other 29 at 8.002 s.
  Scenario scenario = tiny::brokers_in_zones(1, 1ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1});
  tiny::add_producer(scenario, topic, 10, 1s + 50ms);
  tiny::add_group(scenario, {topic}, 0).members[0].pauses = {{5s, 8s}};
  scenario.duration = 10s;
  const TrialResult result = tiny::run(scenario, ReadPolicy::leader);
  REQUIRE(result.conservation.violations.empty());
  REQUIRE(result.conservation.unfinished == 0);
  const GroupResult& group = result.groups[0];
  CHECK(group.delivery_from_leader.maximum() == 8s - (5s + 50ms));
  CHECK(group.lag_records_max == 30);
  CHECK(group.lag_seconds_max == doctest::Approx(2.949));
  // Lag: 60 records of 1 ms; one of 2.949 s; 29 of 8.002 - 5.151 - 0.1 i s, i = 0 .. 28.
  const double paused = 2.949 + 29 * 2.851 - 0.1 * (28 * 29 / 2);
  CHECK(group.lag_records_time_average == doctest::Approx((60 * 0.001 + paused) / 10));
  // In time: the oldest was committed at 5.051 s until 8 s, then at 5.151 s until 8.002 s.
  const double age = 2.949 * 2.949 / 2 + (2.851 * 2.851 - 2.849 * 2.849) / 2;
  CHECK(group.lag_seconds_time_average == doctest::Approx((60 * 0.001 * 0.001 / 2 + age) / 10));
}

TEST_CASE("A paused member's fetch waits its time out, and no other follows") {
  Scenario scenario = tiny::brokers_in_zones(1, 1ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1});
  tiny::add_producer(scenario, topic, 0.1, 19s);
  ConsumerGroupSpec& group = tiny::add_group(scenario, {topic}, 0);
  scenario.duration = 18s;
  const auto fetches = [&] {
    return tiny::run(scenario, ReadPolicy::leader).loads.total(BrokerIndex{0}).consumer_fetch_requests;
  };
  // Each takes 500 ms and a round trip of 2 ms; the first comes within half a second.
  CHECK(fetches() >= 35);
  CHECK(fetches() <= 36);
  group.members[0].pauses = {{4s, 16s}};  // 12 s of the 18
  CHECK(fetches() >= 11);
  CHECK(fetches() <= 14);
}

TEST_CASE("What is never handed over counts as lag until the end") {
  // 100 records/s, 20 ms each: half of them are handed over in 10 s, the lag grows by 50/s: 250 on average.
  Scenario scenario = tiny::brokers_in_zones(1, 0ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1});
  tiny::add_producer(scenario, topic, 100, 0s);
  tiny::add_group(scenario, {topic}, 0).processing_time_per_record = DelayDistribution::constant(20ms);
  scenario.duration = 10s;
  scenario.drain_limit = 0s;
  const TrialResult result = tiny::run(scenario, ReadPolicy::leader);
  // The member joins within the first half second, which adds at most 50 records.
  CHECK(result.groups[0].lag_records_time_average > 250 - 3);
  CHECK(result.groups[0].lag_records_time_average < 250 + 50);
}
