// SPDX-License-Identifier: Apache-2.0
// Compression: what is stored and sent, how batches fill, what it costs.
#include <doctest/doctest.h>

#include <memory>

#include "tests/support/tiny_world.hpp"

using namespace brokersim;
using namespace std::chrono_literals;

namespace {

/// 16 records of 1,010 bytes fill a batch of 61 + 16,160 bytes uncompressed; 1,000 records/s, linger far away.
Scenario world() {
  Scenario scenario = tiny::brokers_in_zones(1, 1ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1});
  ProducerSpec& producer = tiny::add_producer(scenario, topic, 1000, 0s);
  producer.batch_size = 61 + 16 * 1010;
  producer.linger = 10s;
  tiny::add_group(scenario, {topic}, 0);
  scenario.duration = 100s;
  return scenario;
}

}  // namespace

TEST_CASE("K-2, K-30: logs and wires carry compressed batches, applications get the records' own bytes") {
  Scenario scenario = world();
  const TrialResult plain = tiny::run(scenario, ReadPolicy::leader);
  CHECK(plain.batches == 6250);  // 100,000 records
  scenario.world.producers[0].compression = {CompressionSpec::Codec::lz4, 0.25, 0, 0};
  const TrialResult result = tiny::run(scenario, ReadPolicy::leader);
  REQUIRE(result.conservation.violations.empty());
  REQUIRE(result.conservation.unfinished == 0);
  CHECK(result.conservation.appended == 100'000);
  // 61 a batch, and a quarter of 1,010 a record, rounded once a batch.
  const double stored = 61.0 * static_cast<double>(result.batches) + 0.25 * 1010 * 100'000;
  CHECK(static_cast<double>(result.conservation.appended_bytes) == doctest::Approx(stored).epsilon(1e-4));
  CHECK(result.conservation.delivered_bytes == plain.conservation.delivered_bytes);
}

TEST_CASE("A batch fills by the running estimate x 1.05, which falls by 0.005 a batch from 1 to the ratio") {
  Scenario scenario = world();
  scenario.world.producers[0].compression = {CompressionSpec::Codec::zstd, 0.25, 0, 0};
  const TrialResult result = tiny::run(scenario, ReadPolicy::leader);
  // The same rule, worked out batch by batch in whole numbers of records: the next one is let in while the estimate of
  // those inside and its own 1,010 bytes fit; full when the estimate reaches batch.size.
  const double size = 61 + 16 * 1010;
  double estimate = 1;
  int batches = 0, records = 0;
  for (; records < 100'000; ++batches) {
    int inside = 1;
    const auto estimated = [&] { return 61 + inside * 1010 * estimate * 1.05; };
    while (estimated() + 1010 <= size && estimated() < size) ++inside;
    records += inside;
    estimate = std::max(estimate - 0.005, 0.25);
  }
  CHECK(static_cast<double>(result.batches) ==
        doctest::Approx(batches).epsilon(0.005));  // the last, and float's rounding
}

TEST_CASE("K-30: compression takes its time at the producer, decompression at the leader and at the consumer") {
  Scenario scenario = world();
  scenario.world.producers[0].linger = 0s;
  scenario.world.producers[0].records_per_second = 10;
  const auto latency = [&] { return tiny::run(scenario, ReadPolicy::leader).produce.maximum(); };
  const auto delivery = [&] {
    scenario.warm_up = 1s;  // the member's first fetch comes within 500 ms
    return tiny::run(scenario, ReadPolicy::leader).groups[0].delivery_from_leader.maximum();
  };
  CHECK(latency() == 2ms);
  CHECK(delivery() == 2ms);
  // A record alone in its batch, 1,010 bytes: 1 us a byte at the producer, 2 us at the leader.
  scenario.world.producers[0].compression = {CompressionSpec::Codec::gzip, 0.5, 1'000'000, 2'000'000};
  CHECK(latency() == 2ms + 3 * 1010us);
  CHECK(delivery() == 2ms + 5 * 1010us);
}

TEST_CASE("C-4, K-30: a poll() decompresses the records that it returns, and the next fetch leaves after that") {
  // 11 records of 1,010 bytes in 2.0000 to 2.0010 s, 20 ms to the broker, 1 us a byte: appended after 11.11 ms,
  // received 20 ms later. One record of a second producer waits at the broker meanwhile.
  Scenario scenario = tiny::brokers_in_zones(1, 20ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1});
  TraceSpec trace;
  for (int i = 0; i <= 10; ++i) trace.times.push_back(2s + i * 100us);
  ProducerSpec& first = tiny::add_producer(scenario, topic, 1, 2s);
  first.arrivals = ProducerSpec::Arrivals::trace;
  first.trace = std::make_shared<const TraceSpec>(trace);
  first.batch_size = 1'000'000;
  first.linger = 1ms;
  first.max_in_flight_requests_per_connection = 1;
  first.compression = {CompressionSpec::Codec::zstd, 0.5, 0, 1'000'000};
  ConsumerGroupSpec& group = tiny::add_group(scenario, {topic}, 0);
  scenario.duration = 2s + 40ms;
  tiny::add_producer(scenario, topic, 1, 2s + 30ms);
  const Instant received{2s + 1ms + 20ms + 11'110us + 20ms};
  const auto run = [&](std::int32_t max_poll_records) {
    group.max_poll_records = max_poll_records;
    const TrialResult result = tiny::run(scenario, ReadPolicy::leader);
    REQUIRE(result.conservation.violations.empty());
    REQUIRE(result.conservation.generated == 12);
    return result;
  };
  const TrialResult whole = run(500);
  CHECK(Instant{whole.groups[0].delivery_from_leader.minimum()} == received + 11'110us - 2s - 1ms);
  CHECK(whole.drained_at == (received + 11'110us + 40ms).time_since_epoch());  // the last record is not compressed
  // Ten records of the batch, then the eleventh, which the fetch waits for.
  const TrialResult parts = run(10);
  CHECK(Instant{parts.groups[0].delivery_from_leader.minimum()} == received + 10'100us - 2s - 900us);
  CHECK(parts.drained_at == whole.drained_at);
}

TEST_CASE("Answers that cut look-aheads short leave compressed batches as if nothing had been looked ahead") {
  Scenario scenario = tiny::brokers_in_zones(2, 20ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1, 2});
  ProducerSpec& producer = tiny::add_producer(scenario, topic, 700, 1s);
  producer.batch_size = 16'384;
  producer.linger = 15ms;
  producer.max_in_flight_requests_per_connection = 1;
  producer.compression = {CompressionSpec::Codec::lz4, 0.4, 0, 0};
  const TrialResult runs = tiny::run(scenario, ReadPolicy::leader);
  REQUIRE(runs.conservation.violations.empty());
  scenario.world.producers[0].keys.kind = KeySpec::Kind::uniform;  // one by one
  const TrialResult singles = tiny::run(scenario, ReadPolicy::leader);
  CHECK(runs.batches == singles.batches);
  CHECK(runs.conservation.appended_bytes == singles.conservation.appended_bytes);
  CHECK(runs.produce.sum_seconds() == doctest::Approx(singles.produce.sum_seconds()).epsilon(1e-9));
}
