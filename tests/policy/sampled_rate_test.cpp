// SPDX-License-Identifier: Apache-2.0
#include "sim/policy/quota/sampled_rate.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace brokersim;

TEST_CASE("S-PT-RATE: time without samples counts as empty") {
  // validation/protocol-timings.json, from Kafka's RateTest: 50 at the window's start, measured 1 ms before its end.
  struct Row {
    std::uint32_t samples;
    std::int64_t window_s;
    double rate;
  };
  for (const Row& row : std::vector<Row>{
           {1, 1, 50.0500500501}, {11, 1, 4.54586780616}, {1, 11, 4.54586780616}, {11, 11, 0.413226555591}}) {
    SampledRate rate(row.samples, 1000 * row.window_s);
    rate.record(50, 0);
    CHECK(rate.measure(1000 * row.window_s - 1) == doctest::Approx(row.rate).epsilon(1e-11));
  }
}

TEST_CASE("S-PT-QUOTA: a client pauses for its excess over the quota times the window") {
  // validation/protocol-timings.json, from Kafka's QuotaUtilsTest: the window is (samples - 1) whole ones.
  CHECK(throttle_ms(100, 50, 2000) == 2000);
  CHECK(throttle_ms(55, 50, 1000) == 100);
  CHECK(throttle_ms(100, 50, 9000) == 9000);  // Kafka's cap of 500 ms in that row is applied by the caller
  CHECK(throttle_ms(16.5, 16.5, 9000) == 0);
}

TEST_CASE("B-20: a steady client is held back by its excess, within a window of 10 to 12 s") {
  // 100 bytes each 100 ms: 1,000 bytes/s. After 30 s the 12 samples of a second span between 11 and 12 s.
  SampledRate rate(11, 1000);
  for (std::int64_t now = 0; now <= 30'000; now += 100) rate.record(100, now);
  CHECK(rate.window_ms(30'000) >= 10'000);
  CHECK(rate.window_ms(30'000) <= 12'000);
  CHECK(rate.measure(30'000) == doctest::Approx(1000).epsilon(0.01));
  CHECK(throttle_ms(rate.measure(30'000), 500, rate.window_ms(30'000)) ==
        doctest::Approx(static_cast<double>(rate.window_ms(30'000))).epsilon(0.02));
  // What is taken back does not count, and what is older than 11 s is forgotten.
  rate.record(-100, 30'000);
  CHECK(rate.measure(41'100) == 0);
}
