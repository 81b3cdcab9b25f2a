// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tests/support/tiny_world.hpp"

using namespace brokersim;
using namespace std::chrono_literals;

TEST_CASE("Section 7.2: where the time of a produce request goes, by hand") {
  // One way 1 ms; 3 ms of I/O thread for a produce request, 2 ms of network thread for a message, nothing else. Five
  // requests, far apart. Leader: read in 2 ms (before Kafka's clock starts), 3 ms local. The follower's parked fetch is
  // answered at once: 2 ms of network thread, 1 ms, then its next fetch is there 1 ms later and read in 2 ms: 6 ms
  // remote. The answer takes 2 ms of network thread to send.
  Scenario scenario = tiny::brokers_in_zones(2, 1ms);
  scenario.world.brokers[0].service.produce = WorkCost{3ms, 0};
  scenario.world.brokers[0].service.network_thread = WorkCost{2ms, 0};
  const TopicIndex topic = tiny::add_topic(scenario, {1, 2});
  tiny::add_producer(scenario, topic, 2, 1s);
  scenario.duration = 3400ms;
  const TrialResult result = tiny::run(scenario, ReadPolicy::leader);
  const RequestTimes& produce = result.request_times[0][static_cast<std::size_t>(RequestKind::produce)];
  CHECK(produce.handled == 5);
  CHECK(produce.answered == 5);
  CHECK(produce.request_queue == 0ms);
  CHECK(produce.local == 5 * 3ms);
  CHECK(produce.remote == 5 * 6ms);
  CHECK(produce.response_queue == 0ms);
  CHECK(produce.response_send == 5 * 2ms);
  CHECK(result.produce.maximum() == 1ms + 2ms + 3ms + 6ms + 2ms + 1ms);
  // B-12: a quiet topic's fetches spend their time in purgatory. Between two records 500 ms apart the follower's fetch
  // is answered once with data, and once, at the latest 500 ms later, with the high watermark.
  const RequestTimes& fetch = result.request_times[0][static_cast<std::size_t>(RequestKind::fetch_follower)];
  CHECK(fetch.answered > 5);
  CHECK(fetch.remote > 2900ms);  // it is parked all the time but for its ways, 6 ms each
  CHECK(fetch.remote <= 3400ms);
}

TEST_CASE("Section 7.2: idle polls that no event was spent on are in the account") {
  // A follower of an idle leader: parked for 500 ms, 2 ms on the way: 19 polls end within 10 s.
  Scenario scenario = tiny::brokers_in_zones(2, 1ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1, 2});
  tiny::add_producer(scenario, topic, 1, 1h);
  scenario.duration = 10s;
  const TrialResult result = tiny::run(scenario, ReadPolicy::leader);
  const RequestTimes& fetch = result.request_times[0][static_cast<std::size_t>(RequestKind::fetch_follower)];
  CHECK(fetch.answered == 19);
  CHECK(fetch.remote == 19 * 500ms);
}
