// SPDX-License-Identifier: Apache-2.0
// Longer and narrower ways, lost messages, clogs (FAULT-15 to FAULT-18, FAULT-26). Every message takes 1 ms in these
// worlds, and nothing else takes time; so a produce request with acks=1 takes 2 ms.
#include "sim/model/link_faults.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "sim/model/protocol.hpp"
#include "tests/model/event_notes.hpp"
#include "tests/support/tiny_world.hpp"

using namespace brokersim;
using namespace std::chrono_literals;

namespace {

using tiny::count, tiny::settled_run;

FaultSpec between_zones(FaultKind kind, std::uint32_t a, std::uint32_t b, Duration at, std::optional<Duration> lasts) {
  FaultSpec fault;
  fault.kind = kind;
  fault.target.who = fault.other.who = FaultTarget::Who::zone;
  fault.target.zone = ZoneIndex{a};
  fault.other.zone = ZoneIndex{b};
  fault.when.at = at;
  fault.lasts = lasts;
  return fault;
}

/// The producer is in zone r1, the broker of its partition in zone r2: a record each 100 ms for 20 s.
Scenario across_zones() {
  Scenario scenario = tiny::brokers_in_zones(2, 1ms);
  ProducerSpec& producer = tiny::add_producer(scenario, tiny::add_topic(scenario, {2}), 10, 0s);
  producer.acks = 1;
  producer.enable_idempotence = false;
  scenario.drain_limit = 200s;
  return scenario;
}

}  // namespace

TEST_CASE("FAULT-15: 20 ms more on the way there are 20 ms more, both ways 40 ms, and nobody else is late") {
  Scenario scenario = across_zones();
  scenario.world.faults = {between_zones(FaultKind::link_delay, 0, 1, 5s, 5s)};
  FaultSpec& delay = scenario.world.faults[0];
  delay.add = DelayDistribution::constant(20ms);
  delay.one_way = true;
  const auto slowest_and_mean = [&] {
    const TrialResult result = settled_run(scenario);
    return std::pair{result.produce.maximum(), result.produce.mean_seconds()};
  };
  // 50 of the 200 records are sent while it lasts.
  CHECK(slowest_and_mean().first == 22ms);
  CHECK(slowest_and_mean().second == doctest::Approx(0.002 + 0.020 * 50 / 200).epsilon(1e-6));
  std::swap(delay.target.zone, delay.other.zone);  // the answers, then
  CHECK(slowest_and_mean().first == 22ms);
  delay.one_way = false;
  CHECK(slowest_and_mean().first == 42ms);
  scenario.world.faults.push_back(delay);  // they add up (B.2)
  CHECK(slowest_and_mean().first == 82ms);
  scenario.world.faults = {between_zones(FaultKind::link_delay, 1, 1, 5s, 5s)};  // within the other zone
  scenario.world.faults[0].add = DelayDistribution::constant(20ms);
  CHECK(slowest_and_mean().first == 2ms);
}

TEST_CASE("FAULT-15: jitter is drawn, and what is sent on one connection stays in order") {
  Scenario scenario = across_zones();
  scenario.world.faults = {between_zones(FaultKind::link_delay, 0, 1, 0s, std::nullopt)};
  scenario.world.faults[0].one_way = true;
  scenario.world.faults[0].add.law = DelayDistribution::Law::uniform;
  scenario.world.faults[0].add.maximum = 20ms;
  // Uniform from 0 to 20 ms, and 100 ms from one record to the next: the mean of 200 has a standard deviation of
  // 20 ms / sqrt(12 * 200) = 0.41 ms.
  CHECK(settled_run(scenario).produce.mean_seconds() == doctest::Approx(0.012).epsilon(4 * 0.00041 / 0.012));
  scenario.world.producers[0].records_per_second = 1000;  // now they would overtake one another
  const TrialResult result = settled_run(scenario);
  CHECK(result.outcomes[0].reordered == 0);
  CHECK(result.outcomes[0].acknowledged == 20'000);
  CHECK(result.fingerprint == settled_run(scenario).fingerprint);
}

TEST_CASE("FAULT-16: retransmissions after 200 ms, then twice as long each; probabilities combine; at last a reset") {
  FaultSpec loss;
  loss.kind = FaultKind::link_loss;
  const auto mean_of = [](LinkFaults& links) {
    double sum = 0;
    constexpr int messages = 200'000;
    for (int i = 0; i < messages; ++i) {
      sum += seconds(links.pass(0, 1, LinkFaults::Traffic::producer, std::nullopt, Instant{}).late);
    }
    return sum / messages;
  };
  // k losses with probability p^k (1-p), each costs 0.2 s (2^k - 1): 0.2 s p / (1 - 2p) on average. The variance is
  // 0.04 (1-p) sum (4p)^k to within 10 %: 0.06 s^2 at p = 10 %, so the mean of 200,000 is good to 0.55 ms.
  LinkFaults links({"a", "b"}, {1, 0});
  loss.probability = 0.1;
  links.add(0, loss, {0}, {1}, Instant::max(), {});
  CHECK(mean_of(links) == doctest::Approx(0.2 * 0.1 / 0.8).epsilon(4 * 0.00055 / 0.025));
  LinkFaults twice({"a", "b"}, {1, 0});
  loss.probability = 0.05;
  twice.add(0, loss, {0}, {1}, Instant::max(), {});
  twice.add(1, loss, {0}, {1}, Instant::max(), {});
  const double p = 1 - 0.95 * 0.95;
  CHECK(mean_of(twice) == doctest::Approx(0.2 * p / (1 - 2 * p)).epsilon(4 * 0.00055 / 0.024));
  CHECK(twice.pass(1, 0, LinkFaults::Traffic::producer, std::nullopt, Instant{}).late == 0s);
  twice.remove(0);
  twice.remove(1);
  CHECK_FALSE(twice.any());
  // Linux's 924.6 s: 0.2 s (2^10 - 1), and six times 120 s.
  loss.probability = 1;
  LinkFaults always({"a", "b"}, {1, 0});
  always.add(0, loss, {0}, {1}, Instant::max(), {});
  const LinkFaults::Passage passage = always.pass(0, 1, LinkFaults::Traffic::control, std::nullopt, Instant{});
  CHECK(passage.lost);
  CHECK(passage.resets == Duration{924'600ms});
}

TEST_CASE("FAULT-16: a transmission after its end arrives, and so does one after a heal (found by swarm)") {
  Scenario scenario = across_zones();
  scenario.world.faults = {between_zones(FaultKind::link_loss, 0, 1, 5s, 3s)};
  scenario.world.faults[0].probability = 1;
  // What is sent when it begins is sent again after 0.2, 0.6, 1.4 and 3 s, and the last arrives.
  CHECK(settled_run(scenario).produce.maximum() == 3s + 2ms);
  CHECK(settled_run(scenario).outcomes[0].disconnects == 0);
  scenario.world.faults[0].lasts = 15s;
  FaultSpec heal;
  heal.kind = FaultKind::heal;
  heal.when.at = 6500ms;
  scenario.world.faults.push_back(heal);
  CHECK(settled_run(scenario).produce.maximum() == 3s + 2ms);
  scenario.world.producers[0].acks = 0;  // nobody but TCP sees to it
  CHECK(settled_run(scenario).outcomes[0].lost_acks0 == 0);
}

TEST_CASE("FAULT-16: what TCP cannot get through in request.timeout.ms is sent again over another connection") {
  Scenario scenario = across_zones();
  tiny::add_group(scenario, {TopicIndex{0}}, 0);
  scenario.world.faults = {between_zones(FaultKind::link_loss, 0, 1, 5s, 40s)};  // retransmissions after 25.4 s, 51 s
  scenario.world.faults[0].probability = 1;
  const TrialResult result = settled_run(scenario);
  CHECK(result.outcomes[0].acknowledged == 200);
  CHECK(result.outcomes[0].disconnects >= 1);
  CHECK(result.produce.maximum() >= 30s);
}

TEST_CASE("FAULT-17: a way that is narrower takes longer by the time that all bytes need") {
  Scenario scenario = across_zones();
  scenario.world.faults = {between_zones(FaultKind::link_bandwidth, 0, 1, 5s, 5s)};
  FaultSpec& narrow = scenario.world.faults[0];
  narrow.bandwidth = BytesPerSecond{100'000};
  narrow.one_way = true;
  const Bytes payload = protocol::record_batch_overhead + protocol::record_overhead + 1000;
  const protocol::Tcp tcp(scenario.world.network.mtu);
  const Bytes wire = tcp.wire(protocol::produce_request_bytes(1, payload));
  const auto slowest = [&] { return settled_run(scenario).produce.maximum(); };
  CHECK(slowest() == 2ms + transfer_time(wire, narrow.bandwidth));
  FaultSpec other = narrow;  // the smaller one counts (B.2)
  other.bandwidth = BytesPerSecond{50'000};
  scenario.world.faults.push_back(other);
  CHECK(slowest() == 2ms + transfer_time(wire, other.bandwidth));
}

TEST_CASE("FAULT-17: a share of the link between zones, or of NICs; of no limit there is no share") {
  Scenario scenario = across_zones();
  scenario.world.faults = {between_zones(FaultKind::link_bandwidth, 0, 1, 5s, 5s)};
  scenario.world.faults[0].factor = 0.25;
  CHECK(count(settled_run(scenario), EventNote::Kind::fault_ignored) == 1);
  const Bytes payload = protocol::record_batch_overhead + protocol::record_overhead + 1000;
  const Bytes wire = protocol::Tcp(scenario.world.network.mtu).wire(protocol::produce_request_bytes(1, payload));
  for (LinkSpec& link : scenario.world.network.links) link.bandwidth = BytesPerSecond{400'000};
  // The answer, too, passes the link: it is 100 bytes or so. The narrow part takes 1/0.25 as long as the whole link.
  scenario.world.faults[0].one_way = true;
  const Duration with_a_quarter = settled_run(scenario).produce.maximum();
  scenario.world.faults.clear();
  scenario.world.fails = true;
  const Duration whole = settled_run(scenario).produce.maximum();
  CHECK(with_a_quarter - whole ==
        transfer_time(wire, BytesPerSecond{100'000}) - transfer_time(wire, BytesPerSecond{400'000}));
}

TEST_CASE("FAULT-18: a clog holds what is sent until it ends, and then lets it go in order") {
  Scenario scenario = across_zones();
  scenario.world.faults = {tiny::fault_of_broker(FaultKind::clog, 2, 5s, 2s)};
  const TrialResult result = settled_run(scenario);
  CHECK(result.produce.maximum() == 2s + 2ms);  // of the record of 5 s
  CHECK(result.outcomes[0].reordered == 0);
  CHECK(result.outcomes[0].retried_batches == 0);
  scenario.world.faults[0].lasts.reset();
  FaultSpec heal;
  heal.kind = FaultKind::heal;
  heal.when.at = 6s;
  scenario.world.faults.push_back(heal);
  CHECK(settled_run(scenario).produce.maximum() == 1s + 2ms);
}

TEST_CASE("FAULT-18: a swizzle clogs one after another, and releases them in an order of its own") {
  Scenario scenario = tiny::brokers_in_zones(5, 1ms);
  tiny::add_producer(scenario, tiny::add_topic(scenario, {1, 2, 3}), 10, 0s);
  FaultSpec swizzle;
  swizzle.kind = FaultKind::clog;
  swizzle.target.who = FaultTarget::Who::all_brokers;
  swizzle.when.at = 5s;
  swizzle.lasts = 2s;
  swizzle.spread = 1s;
  scenario.world.faults = {swizzle};
  scenario.drain_limit = 200s;
  const TrialResult result = settled_run(scenario);
  std::vector<std::uint32_t> began, ended;
  for (const EventNote& note : result.events_log) {
    const Duration when = note.time.time_since_epoch();
    if (note.kind == EventNote::Kind::fault_applied) {
      CHECK(when >= 5s);
      CHECK(when < 6s);
      began.push_back(note.broker);
    } else if (note.kind == EventNote::Kind::fault_healed) {
      CHECK(when >= 7s);
      CHECK(when < 8s);
      ended.push_back(note.broker);
    }
  }
  CHECK(began.size() == 5);
  CHECK(ended.size() == 5);
  CHECK(began != ended);
}

TEST_CASE("Messages to the controller are late too: heartbeats that take too long are none (L-16, L-20)") {
  Scenario scenario = tiny::brokers_in_zones(3, 1ms);
  scenario.world.controller = ZoneIndex{0};
  tiny::add_producer(scenario, tiny::add_topic(scenario, {1, 2, 3}), 10, 0s);
  scenario.duration = 60s;
  scenario.drain_limit = 200s;
  FaultSpec delay = tiny::fault_of_broker(FaultKind::link_delay, 3, 10s, 30s);
  delay.other.who = FaultTarget::Who::controllers;
  delay.add = DelayDistribution::constant(1s);
  scenario.world.faults = {delay};
  CHECK(count(settled_run(scenario), EventNote::Kind::broker, "fenced") ==
        0);                                                        // 2 s there and back, and 2 s later again
  scenario.world.faults[0].add = DelayDistribution::constant(5s);  // broker.session.timeout.ms / 2 is 4.5 s
  const TrialResult fenced = settled_run(scenario);
  CHECK(count(fenced, EventNote::Kind::broker, "fenced") == 1);
  CHECK(count(fenced, EventNote::Kind::broker, "unfenced") == 1);
}

TEST_CASE("FAULT-26: messages of one kind, so many of them") {
  Scenario scenario = across_zones();
  FaultSpec late;
  late.kind = FaultKind::message_delay;
  late.message = MessageKind::produce;
  late.add = DelayDistribution::constant(30ms);
  late.count = 3;
  late.when.at = 5s;
  scenario.world.faults = {late};
  const TrialResult result = settled_run(scenario);
  CHECK(result.produce.maximum() == 32ms);
  CHECK(result.produce.mean_seconds() == doctest::Approx(0.002 + 0.030 * 3 / 200).epsilon(1e-6));
  CHECK(count(result, EventNote::Kind::fault_healed) == 1);  // once it has had its three
  scenario.world.faults[0].message = MessageKind::fetch;     // there are none
  CHECK(settled_run(scenario).produce.maximum() == 2ms);
}

TEST_CASE("FAULT-26: a message that is lost costs its connection, which is noticed with the next one on it") {
  Scenario scenario = across_zones();
  scenario.world.producers[0].acks = -1;
  scenario.world.producers[0].enable_idempotence = true;
  FaultSpec lost;
  lost.kind = FaultKind::message_delay;
  lost.message = MessageKind::produce_response;
  lost.drop = true;
  lost.when.at = 5s;
  scenario.world.faults = {lost};
  const TrialResult result = settled_run(scenario);
  CHECK(result.outcomes[0].acknowledged == 200);
  CHECK(result.outcomes[0].duplicates == 0);
  CHECK(result.outcomes[0].retried_batches >= 1);
  scenario.world.producers[0].acks = 1;
  scenario.world.producers[0].enable_idempotence = false;
  CHECK(settled_run(scenario).outcomes[0].duplicates == 1);
}

TEST_CASE("FAULT-26: every kind of message can be late or lost, and everything comes in the end") {
  for (std::size_t kind = 0; kind < message_names.size(); ++kind) {
    for (const bool drop : {false, true}) {
      CAPTURE(message_names[kind]);
      CAPTURE(drop);
      Scenario scenario = tiny::brokers_in_zones(3, 1ms);
      scenario.world.controller = ZoneIndex{0};
      const TopicIndex topic = tiny::add_topic(scenario, {1, 2, 3});
      tiny::add_producer(scenario, topic, 20, 0s);
      ConsumerGroupSpec& group = tiny::add_group(scenario, {topic}, 1);
      group.coordination.emplace().broker = BrokerIndex{2};
      scenario.duration = 80s;
      scenario.drain_limit = 300s;
      FaultSpec fault;
      fault.kind = FaultKind::message_delay;
      fault.message = static_cast<MessageKind>(kind);
      fault.drop = drop;
      if (!drop) fault.add = DelayDistribution::constant(3s);
      fault.count = 3;
      fault.when.at = 5s;
      fault.lasts = 50s;
      scenario.world.faults = {fault, tiny::fault_of_broker(FaultKind::kill, 1, 10s, 5s)};
      const TrialResult result = settled_run(scenario);
      CHECK(result.outcomes[0].acknowledged == 1600);
    }
  }
}

TEST_CASE("All that can be wrong with links at once, again and again: everything comes in the end, in order, once") {
  Scenario scenario = tiny::brokers_in_zones(3, 1ms);
  scenario.world.controller = ZoneIndex{0};
  const TopicIndex topic = tiny::add_topic(scenario, {1, 2, 3});
  tiny::add_producer(scenario, topic, 50, 0s);
  ConsumerGroupSpec& group = tiny::add_group(scenario, {topic}, 1);
  group.coordination.emplace().broker = BrokerIndex{2};
  scenario.duration = 120s;
  scenario.drain_limit = 300s;
  for (const FaultKind kind :
       {FaultKind::link_delay, FaultKind::link_loss, FaultKind::link_bandwidth, FaultKind::clog}) {
    FaultSpec fault;
    fault.kind = kind;
    fault.target.who = FaultTarget::Who::all_brokers;
    fault.when.how = FaultTime::How::rate;
    fault.when.between.law = fault.when.repair.law = DelayDistribution::Law::exponential;
    fault.when.between.mean = 10s;
    fault.when.repair.mean = 4s;
    fault.when.until = 90s;
    fault.add.law = DelayDistribution::Law::exponential;
    fault.add.mean = 500ms;
    fault.probability = 0.3;
    fault.bandwidth = BytesPerSecond{20'000};
    scenario.world.faults.push_back(fault);
  }
  FaultSpec heal;
  heal.kind = FaultKind::heal;
  heal.when.at = 100s;
  scenario.world.faults.push_back(heal);
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    scenario.seed = seed;
    const TrialResult result = settled_run(scenario);
    CHECK(result.outcomes[0].acknowledged + result.outcomes[0].refused + result.outcomes[0].indeterminate +
              result.outcomes[0].dropped ==
          6000);
    CHECK(result.outcomes[0].duplicates == 0);
    CHECK(result.outcomes[0].reordered == 0);
    CHECK(result.outcomes[0].lost_acks_all == 0);
  }
}
