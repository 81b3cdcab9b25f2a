// SPDX-License-Identifier: Apache-2.0
// Arrivals that are neither Poisson nor evenly spaced, and sizes that are drawn.
#include <doctest/doctest.h>

#include <cmath>

#include "sim/model/arrival_processes.hpp"
#include "sim/model/record_source.hpp"
#include "tests/support/tiny_world.hpp"

using namespace brokersim;
using namespace std::chrono_literals;

namespace {

ProducerSpec producer(double records_per_second) {
  ProducerSpec spec;
  spec.id = "p";
  spec.records_per_second = records_per_second;
  return spec;
}

/// How many come in each span of a length.
std::vector<int> counts(ArrivalProcess& process, Duration span, std::size_t spans) {
  std::vector<int> counted(spans);
  Instant last{};
  for (;;) {
    const Instant next = process.next();
    if (next < last) FAIL("moments ascend");
    last = next;
    const auto at = static_cast<std::size_t>(next.time_since_epoch() / span);
    if (at >= spans) return counted;
    ++counted[at];
  }
}

}  // namespace

TEST_CASE("Bursts: the mean rate is kept, and the index of dispersion is an interrupted Poisson process's") {
  ProducerSpec spec = producer(100);
  spec.arrivals = ProducerSpec::Arrivals::bursts;
  spec.bursts.on = {.law = DelayDistribution::Law::exponential, .mean = 1s};
  spec.bursts.off = {.law = DelayDistribution::Law::exponential, .mean = 3s};
  BurstArrivals bursts(spec, "p/0", "p/0", {5, 0});
  // Rate 400/s while on. With rates of change a = 1/s (on to off), b = 1/3 per s: counts in a window t have variance
  // over mean I(t) = 1 + 2 r a / (a + b)^2 (1 - (1 - e^-(a + b) t) / ((a + b) t)), r = 400/s (Fischer and
  // Meier-Hellstern 1992).
  constexpr std::size_t windows = 20'000;
  const std::vector<int> counted = counts(bursts, 10s, windows);
  double sum = 0, squares = 0;
  for (const int count : counted) {
    sum += count;
    squares += static_cast<double>(count) * count;
  }
  const double mean = sum / windows, variance = squares / windows - mean * mean;
  const double x = 4.0 / 3 * 10;
  const double dispersion = 1 + 2 * 400 * 1 / std::pow(4.0 / 3, 2) * (1 - (1 - std::exp(-x)) / x);
  CHECK(mean == doctest::Approx(1000).epsilon(4 * std::sqrt(dispersion * 1000 / windows) / 1000));
  CHECK(variance / mean == doctest::Approx(dispersion).epsilon(0.06));  // 4 sqrt(2 / windows), and the tail's
}

TEST_CASE("Bursts in step: all instances rest at the same times") {
  ProducerSpec spec = producer(1000);
  spec.arrivals = ProducerSpec::Arrivals::bursts;
  spec.bursts.on = DelayDistribution::constant(1s);
  spec.bursts.off = DelayDistribution::constant(4s);
  spec.bursts.in_step = true;
  const auto first = arrival_process(spec, 0, "p/0", {5, 0}), second = arrival_process(spec, 1, "p/1", {5, 0});
  const std::vector<int> a = counts(*first, 100ms, 500), b = counts(*second, 100ms, 500);
  int both = 0, one = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    both += a[i] > 0 && b[i] > 0;
    one += (a[i] > 0) != (b[i] > 0);
  }
  CHECK(both >= 100);  // a fifth of the windows, and those that a burst shares with a rest
  CHECK(both <= 120);
  CHECK(one <= 2);  // at 500 records a window none is missed but at a burst's ends
}

TEST_CASE("Diurnal arrivals: every eighth of a day has the integral of its rate, over many days") {
  ProducerSpec spec = producer(10);
  spec.arrivals = ProducerSpec::Arrivals::diurnal;
  spec.diurnal = {80s, 1.0, 10s};
  DiurnalArrivals diurnal(spec, "p/0", {5, 0});
  constexpr int days = 2000;
  const std::vector<int> counted = counts(diurnal, 10s, 8 * days);
  std::vector<double> of_eighth(8);
  for (std::size_t i = 0; i < counted.size(); ++i) of_eighth[i % 8] += counted[i];
  for (std::size_t i = 0; i < 8; ++i) {
    const double from = 2 * 3.14159265358979 * (static_cast<double>(i) + 1) / 8, to = from + 2 * 3.14159265358979 / 8;
    const double expected = days * 10 * (10 + 80 / (2 * 3.14159265358979) * (std::cos(from) - std::cos(to)));
    CHECK(of_eighth[i] == doctest::Approx(expected).epsilon(4 / std::sqrt(expected)));
  }
  // Counts of disjoint spans are Poisson's: variance over mean 1 in each eighth; 4 sqrt(2 / days) = 0.13.
  double squares = 0;
  const double mean = of_eighth[1] / days;
  for (std::size_t i = 1; i < counted.size(); i += 8) squares += (counted[i] - mean) * (counted[i] - mean);
  CHECK(squares / days / mean == doctest::Approx(1).epsilon(0.13));
}

TEST_CASE("A trace's rows are sent at their times, in turn by the instances, with their sizes and partitions") {
  TraceSpec trace;
  trace.times = {1s, 2s, 2s, 3s, 5s};
  trace.sizes = {10, 20, 30, 40, 50};
  trace.partitions = {3, 1, 4, 1, 5};
  ProducerSpec spec = producer(1);
  spec.count = 2;
  spec.arrivals = ProducerSpec::Arrivals::trace;
  spec.trace = std::make_shared<const TraceSpec>(trace);
  const SourceTables tables{nullptr, std::make_shared<const std::vector<std::uint32_t>>(trace.partitions)};
  std::vector<std::int64_t> seen;
  for (std::uint32_t instance = 0; instance < 2; ++instance) {
    RecordSource source(spec, instance, "p/" + std::to_string(instance), {5, 0}, tables, 6);
    for (; source.peek().intended < Instant::max(); source.advance()) {
      seen.push_back(source.peek().intended.time_since_epoch() / 1s);
      seen.push_back(source.peek().size);
      seen.push_back(source.peek().partition);
    }
  }
  CHECK(seen == std::vector<std::int64_t>{1, 10, 3, 2, 30, 4, 5, 50, 5, 2, 20, 1, 3, 40, 1});
}

TEST_CASE("Whole runs: every record of bursts, days and traces is sent and acknowledged, through held-up connections") {
  Scenario scenario = tiny::brokers_in_zones(2, 20ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1, 2});
  ProducerSpec& spec = tiny::add_producer(scenario, topic, 200, 0s);
  spec.batch_size = 16'384;
  spec.linger = 5ms;
  spec.max_in_flight_requests_per_connection = 1;  // answers cut look-aheads short
  scenario.duration = 60s;
  const auto generated = [&] {
    const TrialResult result = tiny::run(scenario, ReadPolicy::leader);
    CHECK(result.conservation.violations.empty());
    CHECK(result.conservation.acknowledged == result.conservation.generated);
    return static_cast<double>(result.conservation.generated);
  };
  spec.arrivals = ProducerSpec::Arrivals::bursts;
  spec.bursts.on = DelayDistribution::constant(100ms);
  spec.bursts.off = DelayDistribution::constant(200ms);
  CHECK(generated() == doctest::Approx(12'000).epsilon(0.04));  // 4 / sqrt(12,000), and a burst of 60
  spec.arrivals = ProducerSpec::Arrivals::diurnal;
  spec.diurnal = {20s, 0.9, 0s};
  CHECK(generated() == doctest::Approx(12'000).epsilon(0.037));  // 4 / sqrt(12,000)
  TraceSpec trace;
  for (int i = 0; i < 5000; ++i) trace.times.push_back(Duration{7'654'321} * i);
  spec.arrivals = ProducerSpec::Arrivals::trace;
  spec.trace = std::make_shared<const TraceSpec>(trace);
  CHECK(generated() == 5000);
  spec.record_size = {1, 3000, RecordSizeSpec::Law::lognormal, 500, 2.0};
  CHECK(generated() == 5000);
}

TEST_CASE("Sizes of a table and a lognormal law reach the log") {
  Scenario scenario = tiny::brokers_in_zones(1, 1ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1});
  ProducerSpec& spec = tiny::add_producer(scenario, topic, 1000, 0s);
  scenario.duration = 20s;
  spec.batch_size = 65'536;
  const auto mean_size = [&] {  // without overheads of 10 bytes a record and 61 a batch
    const TrialResult result = tiny::run(scenario, ReadPolicy::leader);
    const Conservation& flow = result.conservation;
    return (static_cast<double>(flow.appended_bytes) - 61.0 * static_cast<double>(result.batches)) /
               static_cast<double>(flow.appended) -
           10;
  };
  spec.record_size = {100, 5000, RecordSizeSpec::Law::table, 0, 1, {100, 5000}, {9, 1}};
  CHECK(spec.record_size.expected() == doctest::Approx(590));
  CHECK(mean_size() == doctest::Approx(590).epsilon(4 * 1470 / std::sqrt(20'000.0) / 590));
  spec.record_size = {1, 60'000, RecordSizeSpec::Law::lognormal, 500, 1.0};
  CHECK(mean_size() == doctest::Approx(500).epsilon(4 / std::sqrt(20'000.0)));
}
