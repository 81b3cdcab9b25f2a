// SPDX-License-Identifier: Apache-2.0
#include "sim/model/network_threads.hpp"

#include <doctest/doctest.h>

#include "tests/support/tiny_world.hpp"

using namespace brokersim;
using namespace std::chrono_literals;

namespace {

/// `producers` of one record each at 1 s, from 1 ms away, for a leader without followers.
Scenario at_once(std::uint32_t producers) {
  Scenario scenario = tiny::brokers_in_zones(1, 1ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1});
  for (std::uint32_t p = 0; p < producers; ++p) tiny::add_producer(scenario, topic, 1, 1s);
  scenario.duration = 1500ms;
  return scenario;
}

}  // namespace

TEST_CASE("B-1, B-10: a connection waits for its own network thread while another is free") {
  // Two threads, 10 ms a message, three connections: the third shares the first one's thread. Read 0 to 10, 0 to 10 and
  // 10 to 20 ms. Bound: the first answer waits behind the third request until 20, is sent until 30, the third's until
  // 40; the second has a thread for itself. Pooled: answers are ready at 10, 10 and 20 and go out by 20, 30 and 30.
  Scenario scenario = at_once(3);
  BrokerSpec& broker = scenario.world.brokers[0];
  broker.num_network_threads = 2;
  broker.service.network_thread = WorkCost{10ms, 0};
  const TrialResult pooled = tiny::run(scenario, ReadPolicy::leader);
  CHECK(pooled.produce.minimum() == 22ms);
  CHECK(pooled.produce.maximum() == 32ms);
  broker.connections_bound = true;
  const TrialResult bound = tiny::run(scenario, ReadPolicy::leader);
  CHECK(bound.conservation.violations.empty());
  CHECK(bound.produce.minimum() == 22ms);
  CHECK(bound.produce.maximum() == 42ms);
}

TEST_CASE("B-3: a full request queue blocks the network thread, and the answers it would send") {
  // One network thread, one I/O thread that takes 100 ms a request, room for one request to wait. Of four requests at 0
  // the first is worked on, the second waits, the third is in the thread's hands until 100 ms, the fourth until 200 ms:
  // so the first answer, ready at 100, leaves at 200. The last request is done at 400 either way.
  Scenario scenario = at_once(4);
  BrokerSpec& broker = scenario.world.brokers[0];
  broker.num_network_threads = 1;
  broker.num_io_threads = 1;
  broker.service.produce = WorkCost{100ms, 0};
  broker.connections_bound = true;
  const TrialResult roomy = tiny::run(scenario, ReadPolicy::leader);
  CHECK(roomy.produce.minimum() == 102ms);
  CHECK(roomy.produce.maximum() == 402ms);
  broker.queued_max_requests = 1;
  const TrialResult full = tiny::run(scenario, ReadPolicy::leader);
  CHECK(full.conservation.violations.empty());
  CHECK(full.produce.minimum() == 202ms);
  CHECK(full.produce.maximum() == 402ms);
  // Kafka stamps a request before it puts it into the queue, so the wait for room counts as queueing. They are read at
  // 0, 0, 0 and, when the thread is free again, 100 ms, and taken up at 0, 100, 200 and 300 ms.
  const RequestTimes& times = full.request_times[0][static_cast<std::size_t>(RequestKind::produce)];
  CHECK(times.request_queue == 0ms + 100ms + 200ms + 200ms);
  CHECK(times.local == 4 * 100ms);
}

TEST_CASE("Answers that are presented late take the gaps before what was presented earlier") {
  const auto at = [](Duration since) { return Instant{since}; };
  UnorderedStation nic;
  CHECK(nic.serve(at(10ms), 2ms).end == at(12ms));
  CHECK(nic.serve(at(1ms), 3ms).end == at(4ms));   // before it
  CHECK(nic.serve(at(3ms), 4ms).end == at(8ms));   // behind the second one
  CHECK(nic.serve(at(7ms), 2ms).end == at(10ms));  // the gap from 8 to 10 ms fits exactly
  CHECK(nic.serve(at(5ms), 1ms).end == at(13ms));  // no gap is left
  CHECK(nic.serve(at(20ms), 1ms).end == at(21ms));
}
