// SPDX-License-Identifier: Apache-2.0
// Faults of producers and consumers (FAULT-29 to FAULT-34). Expected numbers follow from constant rates, from the
// latency that every message takes, and from Kafka's timers.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/model/event_notes.hpp"
#include "tests/support/tiny_world.hpp"

using namespace brokersim;
using namespace std::chrono_literals;

namespace {

using tiny::count, tiny::settled_run;

FaultSpec of_client(FaultKind kind, FaultTarget::Who who, Duration at, std::optional<Duration> lasts) {
  FaultSpec fault;
  fault.kind = kind;
  fault.target.who = who;
  fault.when.at = at;
  fault.lasts = lasts;
  return fault;
}
FaultSpec of_producer(FaultKind kind, Duration at, std::optional<Duration> lasts = {}) {
  return of_client(kind, FaultTarget::Who::producer, at, lasts);
}
FaultSpec of_group(FaultKind kind, Duration at, std::optional<Duration> lasts = {}) {
  return of_client(kind, FaultTarget::Who::group, at, lasts);
}

/// 100 records a second, 5 ms each to process: D/D/1, half loaded.
Scenario half_loaded() {
  Scenario scenario = tiny::brokers_in_zones(1, 0ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1});
  tiny::add_producer(scenario, topic, 100, 1s);
  tiny::add_group(scenario, {topic}, 0).processing_time_per_record = DelayDistribution::constant(5ms);
  scenario.world.groups[0].max_poll_records = 1;  // what a poll() has returned does not count as lag
  return scenario;
}

/// 12 partitions for three members, who leave their group if they do not poll for 10 s.
Scenario three_members(AssignorKind assignor) {
  Scenario scenario = tiny::brokers_in_zones(1, 1ms);
  TopicSpec topic;
  topic.id = "t";
  topic.partitions = 12;
  topic.replication_factor = 1;
  topic.replicas.resize(12, {BrokerIndex{0}});
  scenario.world.topics.push_back(topic);
  tiny::add_producer(scenario, TopicIndex{0}, 48, 1s).partitioner.kind = PartitionerSpec::Kind::round_robin;
  ConsumerGroupSpec& group = tiny::add_group(scenario, {TopicIndex{0}}, 0);
  group.members.resize(3, group.members[0]);
  group.assignor = assignor;
  group.coordination.emplace().broker = BrokerIndex{0};
  group.session_timeout = 6s;
  group.max_poll_interval = 10s;
  scenario.duration = 90s;
  return scenario;
}

/// A record each 10 ms, 20 ms away, sent at once.
Scenario far_producer() {
  Scenario scenario = tiny::brokers_in_zones(1, 20ms);
  tiny::add_producer(scenario, tiny::add_topic(scenario, {1}), 100, 0s).acks = 1;
  scenario.duration = 40s;
  return scenario;
}

}  // namespace

TEST_CASE("FAULT-32: processing three times as long, lag grows by arrival rate less service rate, and is worked off") {
  // 100/s come, 1 / 15 ms = 66.7/s go: in 6 s 200 records more wait. Then 200/s go, and 2 s later nobody waits.
  Scenario scenario = half_loaded();
  scenario.world.faults = {of_group(FaultKind::consumer_slow, 5s, 6s)};
  scenario.world.faults[0].factor = 3;
  const TrialResult result = settled_run(scenario);
  CHECK(result.groups[0].lag_records_max >= 199);
  CHECK(result.groups[0].lag_records_max <= 202);
  // Longest waits whose turn comes at 11 s: it came t s after 5 s with (6 s - t) 66.7/s = t 33.3/s, so at 9 s.
  CHECK(result.groups[0].delivery_from_leader.maximum() >= 1985ms);
  CHECK(result.groups[0].delivery_from_leader.maximum() <= 2015ms);
  CHECK(count(result, EventNote::Kind::fault_applied) == 1);
  CHECK(count(result, EventNote::Kind::fault_healed) == 1);
}

TEST_CASE("FAULT-32: the pace changes in the middle of a record, and of what a poll() has returned") {
  // A batch of 11 records from 2.000 to 2.001 s, 10 ms each: the third is taken up at 2.021 s. From 2.026 s on it takes
  // 10 times as long, so it is done 50 ms later, at 2.076 s; of the fourth half is done at 2.126 s, when that is over,
  // and the other half 5 ms later. The others follow 10 ms apart, from 2.131 to 2.191 s. Polls of 4 return the same.
  Scenario scenario = tiny::brokers_in_zones(1, 0ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1});
  ProducerSpec& producer = tiny::add_producer(scenario, topic, 10'000, 2s);
  producer.batch_size = 1'000'000;
  producer.linger = 1ms;
  tiny::add_group(scenario, {topic}, 0).processing_time_per_record = DelayDistribution::constant(10ms);
  scenario.duration = 2s + 1'050us;
  scenario.world.faults = {of_group(FaultKind::consumer_slow, 2s + 26ms, 100ms)};
  scenario.world.faults[0].factor = 10;
  for (const std::int32_t max_poll_records : {500, 4}) {
    CAPTURE(max_poll_records);
    scenario.world.groups[0].max_poll_records = max_poll_records;
    const TrialResult result = settled_run(scenario);
    const LatencyHistogram& latency = result.groups[0].delivery_from_leader;
    CHECK(latency.count() == 11);
    CHECK(latency.maximum() == 190ms);
    // 1 + 11 + 21 + 76 + 7 x 131 + 10 x (0 + ... + 6) ms, less 0 + 0.1 + ... + 1 ms.
    CHECK(latency.sum_seconds() == doctest::Approx(1.2305).epsilon(1e-9));
  }
}

TEST_CASE("FAULT-32: of two that overlap the stronger counts (B.2), and heal ends those of its target") {
  Scenario scenario = half_loaded();
  scenario.world.faults = {of_group(FaultKind::consumer_slow, 5s), of_group(FaultKind::consumer_slow, 6s, 1s),
                           of_group(FaultKind::heal, 11s)};
  scenario.world.faults[0].factor = 3;
  scenario.world.faults[1].factor = 2;
  const TrialResult result = settled_run(scenario);
  CHECK(result.groups[0].lag_records_max >= 199);
  CHECK(result.groups[0].lag_records_max <= 202);
  CHECK(count(result, EventNote::Kind::fault_healed) == 2);
}

TEST_CASE("FAULT-32: who takes no time cannot take longer: ignored") {
  Scenario scenario = half_loaded();
  scenario.world.groups[0].processing_time_per_record = {};
  scenario.world.faults = {of_group(FaultKind::consumer_slow, 5s, 6s)};
  scenario.world.faults[0].factor = 3;
  CHECK(count(settled_run(scenario), EventNote::Kind::fault_ignored) == 1);
}

TEST_CASE("FAULT-33: who does not poll is handed nothing, and then everything") {
  // A record every 100 ms from 1.05 s on, one-way 1 ms. The fetch that is out brings the one of 5.05 s, which waits
  // for the next poll at 8 s.
  Scenario scenario = tiny::brokers_in_zones(1, 1ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1});
  tiny::add_producer(scenario, topic, 10, 1s + 50ms);
  tiny::add_group(scenario, {topic}, 0);
  scenario.duration = 10s;
  scenario.world.faults = {of_group(FaultKind::consumer_pause, 5s, 3s)};
  const TrialResult result = settled_run(scenario);
  CHECK(result.groups[0].delivery_from_leader.maximum() == 8s - (5s + 50ms));
  CHECK(result.groups[0].lag_records_max == 30);
}

TEST_CASE("FAULT-33: heartbeats go on, so a pause below max.poll.interval.ms is nobody's business (G-10)") {
  for (const AssignorKind assignor :
       {AssignorKind::range, AssignorKind::cooperative_sticky, AssignorKind::server_uniform}) {
    Scenario scenario = three_members(assignor);
    scenario.world.faults = {of_group(FaultKind::consumer_pause, 15s, 9s)};  // session.timeout.ms is 6 s
    scenario.world.faults[0].target.instance = 2;
    CHECK(settled_run(scenario).groups[0].rebalances.empty());
  }
}

TEST_CASE("FAULT-33: after max.poll.interval.ms the member leaves, others read its partitions, and it joins anew") {
  for (const AssignorKind assignor :
       {AssignorKind::range, AssignorKind::cooperative_sticky, AssignorKind::server_uniform}) {
    CAPTURE(static_cast<int>(assignor));
    Scenario scenario = three_members(assignor);
    scenario.world.faults = {of_group(FaultKind::consumer_pause, 15s, 30s)};
    scenario.world.faults[0].target.instance = 2;
    const std::vector<RebalanceResult> rebalances = settled_run(scenario).groups[0].rebalances;
    REQUIRE(rebalances.size() == 2);
    // It polled last at 15 s. The others hear of it with their next heartbeats, within 3 s or 5 s (KIP-848).
    CHECK(rebalances[0].settled);
    CHECK(rebalances[0].began == 25s);
    CHECK(rebalances[0].ended <= 30s + 20ms);
    CHECK(rebalances[0].members[0].after + rebalances[0].members[1].after == 12);
    CHECK(rebalances[1].settled);
    CHECK(rebalances[1].began == 45s);
    for (const RebalanceMember& member : rebalances[1].members) CHECK(member.after == 4);
  }
}

TEST_CASE("FAULT-33: a member that left may be told to go on before its farewell has come, or die: all is read") {
  for (const Duration lasts : {Duration{10s + 500us}, Duration{10s + 1500us}, Duration{12s}}) {
    Scenario scenario = three_members(AssignorKind::range);
    scenario.world.faults = {of_group(FaultKind::consumer_pause, 15s, lasts),
                             of_group(FaultKind::consumer_crash, 25s + 200us, 20s)};
    scenario.world.faults[0].target.instance = scenario.world.faults[1].target.instance = 2;
    const std::vector<RebalanceResult> rebalances = settled_run(scenario).groups[0].rebalances;
    REQUIRE_FALSE(rebalances.empty());
    CHECK(rebalances.back().settled);
    for (const RebalanceMember& member : rebalances.back().members) CHECK(member.after == 4);
    scenario.world.faults.pop_back();
    const std::vector<RebalanceResult> without_crash = settled_run(scenario).groups[0].rebalances;
    CHECK(without_crash.back().settled);
    for (const RebalanceMember& member : without_crash.back().members) CHECK(member.after == 4);
  }
}

TEST_CASE("FAULT-29: three times as many records for 2 s, whatever the arrivals are") {
  Scenario scenario = far_producer();
  scenario.world.faults = {of_producer(FaultKind::producer_burst, 5s + 5ms, 2s)};
  scenario.world.faults[0].factor = 3;
  CHECK(settled_run(scenario).outcomes[0].generated == 4000 + 400);  // 100/s x 2 s more
  scenario.world.faults[0].factor = 0.25;
  CHECK(settled_run(scenario).outcomes[0].generated == 4000 - 150);
  // Poisson: mean and variance 4400 at triple pace for 2 s of the 40.
  scenario.world.faults[0].factor = 3;
  scenario.world.producers[0].arrivals = ProducerSpec::Arrivals::poisson;
  const auto records = static_cast<double>(settled_run(scenario).outcomes[0].generated);
  CHECK(records == doctest::Approx(4400).epsilon(4 * 0.0151));
}

TEST_CASE("FAULT-29: a producer whose pace a fault may change sends the same until then") {
  Scenario scenario = far_producer();
  scenario.world.fails = true;
  for (const auto arrivals : {ProducerSpec::Arrivals::constant, ProducerSpec::Arrivals::poisson}) {
    scenario.world.producers[0].arrivals = arrivals;
    scenario.world.faults = {};
    const TrialResult usual = settled_run(scenario);
    scenario.world.faults = {of_producer(FaultKind::producer_burst, 39'999'999'999ns)};
    scenario.world.faults[0].factor = 0.5;
    const TrialResult paced = settled_run(scenario);
    CHECK(paced.outcomes[0].generated == usual.outcomes[0].generated);
    CHECK(paced.fingerprint.payload == usual.fingerprint.payload);
  }
}

TEST_CASE("FAULT-29: 500 records at once come on top, and wait for the requests under way") {
  Scenario scenario = far_producer();
  scenario.world.faults = {of_producer(FaultKind::producer_burst, 5s + 5ms)};
  scenario.world.faults[0].records = 500;
  const TrialResult result = settled_run(scenario);
  CHECK(result.outcomes[0].generated == 4500);
  CHECK(result.outcomes[0].acknowledged == 4500);
  // Five requests of one record in 40 ms: 125/s, of which 100/s are spoken for.
  CHECK(result.produce.maximum() >= 4s);
  // With keys and sizes of their own, from streams of their own: those of the others stay.
  scenario.world.topics[0].partitions = 4;
  scenario.world.topics[0].replicas.resize(4, {BrokerIndex{0}});
  scenario.world.producers[0].keys = {KeySpec::Kind::uniform, 100};
  scenario.world.producers[0].record_size = {500, 1500};
  CHECK(settled_run(scenario).outcomes[0].acknowledged == 4500);
}

TEST_CASE("FAULT-29: records that come at once are meant to be sent at once, also those of one batch") {
  // Batches are opened 10 ms after the one before was sent, linger 100 ms and are acknowledged 40 ms after they leave;
  // the last record of each comes when it leaves, the first 100 ms earlier.
  Scenario scenario = far_producer();
  scenario.world.producers[0].linger = 100ms;
  scenario.world.producers[0].batch_size = 1'000'000;
  scenario.world.faults = {of_producer(FaultKind::producer_burst, 5s + 5ms)};
  scenario.world.faults[0].records = 100;
  const TrialResult result = settled_run(scenario);
  CHECK(result.outcomes[0].acknowledged == 4100);
  CHECK(result.produce.minimum() == 40ms);
  CHECK(result.produce.maximum() == 140ms);
}

TEST_CASE("FAULT-29: records on top find no memory, one after the other, and a second burst comes on top of them") {
  Scenario scenario = far_producer();
  scenario.world.producers[0].buffer_memory = 10'000;
  scenario.world.faults = {of_producer(FaultKind::producer_burst, 5s + 5ms),
                           of_producer(FaultKind::producer_burst, 5s + 25ms)};
  scenario.world.faults[0].records = 100;
  scenario.world.faults[1].records = 50;
  const TrialResult result = settled_run(scenario);
  CHECK(result.outcomes[0].generated == 4150);
  CHECK(result.outcomes[0].acknowledged == 4150);
}

TEST_CASE("FAULT-30: what is under way is in doubt, what is due while it is away is dropped") {
  Scenario scenario = far_producer();
  scenario.world.faults = {of_producer(FaultKind::producer_crash, 5s + 5ms, 1s)};
  const TrialResult result = settled_run(scenario);
  const SendOutcomes& outcomes = result.outcomes[0];
  // The records of 4.97 to 5.00 s would be acknowledged 40 ms later; those of 5.01 to 6.00 s are never sent.
  CHECK(outcomes.indeterminate == 4);
  CHECK(outcomes.dropped == 100);
  CHECK(outcomes.acknowledged == 4000 - 104);
  // Two of the four, of 4.97 and 4.98 s, are in the log.
  CHECK(result.conservation.appended == 4000 - 102);
}

TEST_CASE("FAULT-30: what it has buffered is dropped") {
  Scenario scenario = far_producer();
  scenario.world.producers[0].linger = 1s;
  scenario.world.producers[0].batch_size = 1'000'000;
  scenario.world.faults = {of_producer(FaultKind::producer_crash, 5s + 5ms, 1s)};
  // Batches begin 10 ms after the one before was sent: at 0, 1.01, 2.02, 3.03, 4.04 s. The last one has the records of
  // 4.04 to 5.00 s.
  const SendOutcomes outcomes = settled_run(scenario).outcomes[0];
  CHECK(outcomes.dropped == 97 + 100);
  CHECK(outcomes.indeterminate == 0);
  CHECK(outcomes.acknowledged == 4000 - 197);
}

TEST_CASE("FAULT-30: without an end nothing more is sent; a second crash is ignored; acks=0 is lost unseen") {
  Scenario scenario = far_producer();
  scenario.world.producers[0].acks = 0;
  scenario.world.producers[0].enable_idempotence = false;
  scenario.world.faults = {of_producer(FaultKind::producer_crash, 5s + 5ms),
                           of_producer(FaultKind::producer_crash, 6s, 1s)};
  const TrialResult result = settled_run(scenario);
  const SendOutcomes& outcomes = result.outcomes[0];
  CHECK(outcomes.dropped == 3500 - 1);
  CHECK(outcomes.lost_acks0 == 2);  // of 4.99 and 5.00 s
  CHECK(outcomes.unacknowledged == 501);
  CHECK(count(result, EventNote::Kind::fault_ignored) == 1);
}

TEST_CASE("acks=0 with one request in flight: nothing waits for an answer, whether anything may fail or not") {
  // 100 records/s, each a batch that takes 1,144 bytes or so of 4,000 until it is sent, at once.
  Scenario scenario = far_producer();
  ProducerSpec& producer = scenario.world.producers[0];
  producer.acks = 0;
  producer.enable_idempotence = false;
  producer.max_in_flight_requests_per_connection = 1;
  producer.buffer_memory = 4'000;
  producer.max_block = 2s;
  scenario.world.fails = true;
  const TrialResult result = settled_run(scenario);
  CHECK(result.outcomes[0].unacknowledged == 4000);
  CHECK(result.send_buffers[0].waited == 0);
}

TEST_CASE("FAULT-30 again and again, under load and with retries: every record has its outcome") {
  Scenario scenario = far_producer();
  scenario.world.producers[0].count = 3;
  scenario.world.producers[0].enable_idempotence = true;
  scenario.world.producers[0].acks = -1;
  scenario.world.producers[0].buffer_memory = 8'000;
  scenario.world.producers[0].records_per_second = 400;
  FaultSpec crash = of_producer(FaultKind::producer_crash, 0s);
  crash.when.how = FaultTime::How::rate;
  crash.when.between = DelayDistribution::constant(700ms);
  crash.when.repair = DelayDistribution::constant(90ms);
  scenario.world.faults = {crash, tiny::fault_of_broker(FaultKind::kill, 1, 10s, 3s)};
  scenario.drain_limit = 200s;
  const TrialResult result = settled_run(scenario);
  CHECK(result.outcomes[0].generated == 3 * 16'000);
  CHECK(result.outcomes[0].dropped > 0);
  CHECK(count(result, EventNote::Kind::fault_applied) > 3 * 40);
}

TEST_CASE("FAULT-34: a share of the records has one key, and so one partition") {
  Scenario scenario = tiny::brokers_in_zones(1, 1ms);
  TopicIndex topic = tiny::add_topic(scenario, {1});
  scenario.world.topics[0].partitions = 10;
  scenario.world.topics[0].replicas.resize(10, {BrokerIndex{0}});
  ProducerSpec& producer = tiny::add_producer(scenario, topic, 1000, 0s);
  producer.keys = {KeySpec::Kind::uniform, 1000};
  producer.batch_size = 100'000;
  producer.linger = 5ms;
  scenario.world.fails = true;
  Records others = 0;
  const auto most = [&] {
    const TrialResult result = settled_run(scenario);
    Records records = 0;
    others = 0;
    for (const PartitionLoad& load : result.partitions) {
      records = std::max(records, load.records);
      others += load.records;
    }
    others -= records;
    return records;
  };
  CHECK(most() < 20'000 / 5);
  scenario.world.faults = {of_producer(FaultKind::hot_key, 0s)};
  scenario.world.faults[0].share = 1;
  CHECK(most() > 19'990);  // but for those that are appended after the 20 s
  CHECK(others == 1);      // the first one, of 0 s
  // Half of 10,000 records, and of the 15,000 others the share of that partition, which has about 1 / 10 of the keys:
  // 5000 + 1500, each with a standard deviation of about 50.
  scenario.world.faults[0].share = 0.5;
  scenario.world.faults[0].when.at = 5s;
  scenario.world.faults[0].lasts = 10s;
  CHECK(most() > 6500 - 600);
  CHECK(most() < 6500 + 600);
}
