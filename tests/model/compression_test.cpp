// SPDX-License-Identifier: Apache-2.0
// Compression: what is stored and sent, how batches fill, what it costs.
#include <doctest/doctest.h>

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

TEST_CASE("Compression takes its time at the producer, decompression at the leader") {
  Scenario scenario = world();
  scenario.world.producers[0].linger = 0s;
  scenario.world.producers[0].records_per_second = 10;
  const auto latency = [&] { return tiny::run(scenario, ReadPolicy::leader).produce.maximum(); };
  CHECK(latency() == 2ms);
  // A record alone in its batch, 1,010 bytes: 1 us a byte at the producer, 2 us at the leader.
  scenario.world.producers[0].compression = {CompressionSpec::Codec::gzip, 0.5, 1'000'000, 2'000'000};
  CHECK(latency() == 2ms + 3 * 1010us);
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
