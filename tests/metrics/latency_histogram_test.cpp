// SPDX-License-Identifier: Apache-2.0
#include "sim/metrics/latency_histogram.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "sim/metrics/step_integral.hpp"

using namespace brokersim;
using namespace std::chrono_literals;

TEST_CASE("A bucket's index and its lowest value are inverse, and buckets are at most 0.1 % wide") {
  using Layout = LatencyHistogram::Layout;
  for (std::uint64_t value = 0; value < 40'000'000; value += 1 + value / 777) {
    const std::size_t index = Layout::index_of(value);
    CHECK(Layout::lowest_of_index(index) == Layout::lowest_equivalent(value));
    CHECK(Layout::index_of(Layout::highest_equivalent(value)) == index);
    CHECK(Layout::index_of(Layout::highest_equivalent(value) + 1) == index + 1);
    if (value >= 1000) CHECK(Layout::bucket_width(value) * 1000 <= value);
  }
}

TEST_CASE("A run of evenly spaced records counts as the same records one by one") {
  // Over several octaves, falling and rising, with and without pace; one by one they are counted through their offsets.
  struct Case {
    std::int64_t step_ps;
    std::uint32_t count;
    Duration after_last;
    Duration pace;
  };
  for (const Case& c :
       {Case{400'000'000, 100, 1500us, 0ns}, Case{333'333'333, 977, 3ms, 0ns}, Case{1'000'000, 500, 0ns, 0ns},
        Case{2'000'000'000, 40, 5ms, 7ms}, Case{50'000'000'000, 30, 1s, 0ns}, Case{123'457, 2000, 12us, 0ns}}) {
    RecordRun even{Instant{5s}, c.step_ps, nullptr, c.count};
    std::vector<std::int64_t> offsets;
    for (std::uint32_t i = 0; i < c.count; ++i) offsets.push_back(even.offset(i).count());
    RecordRun listed{even.first, 0, offsets.data(), c.count};
    const Instant finished = even.first + even.offset(c.count - 1) + c.after_last;
    for (const std::uint32_t skip : {0U, 7U}) {
      LatencyHistogram a, b;
      const Duration sum_a = a.record_run(even, skip, finished, c.pace);
      const Duration sum_b = b.record_run(listed, skip, finished, c.pace);
      CHECK(a.count() == b.count());
      CHECK(a.minimum() == b.minimum());
      CHECK(a.maximum() == b.maximum());
      // The listed times are rounded to ns: at most 1 ns a record.
      CHECK(std::abs((sum_a - sum_b).count()) <= static_cast<std::int64_t>(c.count));
      for (const double p : {0.1, 0.5, 0.9, 0.99, 1.0}) {
        CHECK(*a.quantile_seconds(p) ==
              doctest::Approx(*b.quantile_seconds(p)).epsilon(0.0011));  // neighbouring buckets at most
      }
    }
  }
}

TEST_CASE("Runs put off together count as their records one by one, also if read in between") {
  // Whole microseconds apart (400 us, then 250 us and 1/3 ms, which are not of the first one's stride), of 1 to 240
  // records, from below 2 ms to above the 131 ms from which on nothing is put off. Expected: each record's own bucket.
  LatencyHistogram runs, records;
  std::int64_t state = 12345;
  const auto next = [&](std::int64_t limit) { return (state = (state * 48271) % 2147483647) % limit; };
  for (int i = 0; i < 3000; ++i) {
    const std::int64_t step_ps = i % 7 == 3 ? 250'000'000 : i % 7 == 5 ? 333'333'333 : 400'000'000;
    const RecordRun run{Instant{5s}, step_ps, nullptr, static_cast<std::uint32_t>(1 + next(240))};
    const Instant finished = run.first + run.offset(run.count - 1) + Duration{next(60'000'000)};
    const auto skip = static_cast<std::uint32_t>(next(3));
    runs.record_run(run, skip, finished, 0ns);
    for (std::uint32_t r = skip; r < run.count; ++r) records.record(finished - run.first - run.offset(r));
    if (i == 1700) CHECK(runs.share_up_to(20ms) == records.share_up_to(20ms));
  }
  LatencyHistogram merged;
  merged.merge(runs);
  const auto expected = records.buckets();
  for (const LatencyHistogram* histogram : {&runs, &merged}) {
    const auto got = histogram->buckets();
    REQUIRE(got.size() == expected.size());
    std::size_t different = 0;
    for (std::size_t b = 0; b < got.size(); ++b) {
      different += got[b].lowest_us != expected[b].lowest_us || got[b].count != expected[b].count ? 1U : 0U;
    }
    CHECK(different == 0);
    CHECK(histogram->count() == records.count());
  }
}

TEST_CASE("A quantile whose observation is 0 is 0, not the middle of the bucket of all below 1 us") {
  LatencyHistogram histogram;
  histogram.record(Duration::zero(), 68);
  histogram.record(Duration{400}, 2);
  histogram.record(std::chrono::milliseconds{1}, 30);
  CHECK(*histogram.quantile_seconds(0.68) == 0);
  CHECK(*histogram.quantile_seconds(0.69) == doctest::Approx(0.5e-6));
  LatencyHistogram both = histogram;
  both.merge(histogram);
  CHECK(*both.quantile_seconds(0.68) == 0);
}

TEST_CASE("A quantile is the nearest rank, and none where that observation never ended") {
  LatencyHistogram histogram;
  for (int ms = 1; ms <= 90; ++ms) histogram.record(std::chrono::milliseconds{ms});
  histogram.record_censored(10);
  CHECK(*histogram.quantile_seconds(0.5) == doctest::Approx(0.050).epsilon(0.001));  // the 50th of 100
  CHECK(*histogram.quantile_seconds(0.9) == doctest::Approx(0.090).epsilon(0.001));  // the 90th
  CHECK_FALSE(histogram.quantile_seconds(0.91).has_value());
  CHECK(histogram.mean_seconds() == doctest::Approx(0.0455));  // exact: the sum has no buckets
  CHECK(histogram.share_up_to(45ms) == doctest::Approx(0.45));
}

TEST_CASE("Merging adds counts, sums and extremes") {
  LatencyHistogram a, b;
  a.record(3ms, 4);
  b.record(900ms);
  b.record(1us);
  a.merge(b);
  CHECK(a.count() == 6);
  CHECK(a.minimum() == 1us);
  CHECK(a.maximum() == 900ms);
  CHECK(a.sum_seconds() == doctest::Approx(0.912001));
}

TEST_CASE("The area under a step function is exact") {
  // Levels 0, 3, 1, 4, 0 from 0, 2, 5, 9, 10 until 12 (metrics-vectors.json, time_weighted): area 3 x 3 + 4 x 1 + 1 x 4
  // = 17.
  StepIntegral steps;
  steps.add(Instant{2s}, 3);
  steps.add(Instant{5s}, -2);
  steps.add(Instant{9s}, 3);
  steps.add(Instant{10s}, -4);
  CHECK(steps.area(Instant{12s}) == StepIntegral::Area{17'000'000'000});
  CHECK(steps.maximum() == 4);
}
