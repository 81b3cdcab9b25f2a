// SPDX-License-Identifier: Apache-2.0
#include "analysis/stability.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <stdexcept>

#include "tests/analysis/case_files.hpp"

namespace brokersim {
namespace {

using test::Column;

/// Knuth's MMIX congruential generator, top 53 bits, in (0, 1): enough for a queue, and no room of ours below analysis.
class Uniform {
 public:
  explicit Uniform(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ULL + 1) {
    for (int i = 0; i < 8; ++i) static_cast<void>(next());
  }
  double next() {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return (static_cast<double>(state_ >> 11U) + 0.5) * 0x1p-53;
  }

 private:
  std::uint64_t state_;
};

struct QueueRun {
  Column arrivals;
  Column backlog;
};

/// M/M/1, service rate 1: `windows` windows of `length` service times, number in system at the end of each.
QueueRun mm1(double utilization, int windows, double length, std::uint64_t seed) {
  Uniform uniform(seed);
  QueueRun run;
  double in_system = 0;
  double now = 0;
  for (int w = 0; w < windows; ++w) {
    double arrived = 0;
    for (;;) {
      const double rate = utilization + (in_system > 0 ? 1.0 : 0.0);
      const double next = now - std::log(uniform.next()) / rate;
      if (next >= (w + 1) * length) break;  // memoryless: the rest is drawn anew in the next window
      now = next;
      const bool is_arrival = uniform.next() * rate < utilization;
      in_system += is_arrival ? 1 : -1;
      arrived += is_arrival ? 1 : 0;
    }
    now = (w + 1) * length;
    run.arrivals.push_back(arrived);
    run.backlog.push_back(in_system);
  }
  return run;
}

int alarms(double utilization, int runs) {
  int found = 0;
  for (int seed = 1; seed <= runs; ++seed) {
    const QueueRun run = mm1(utilization, 30, 200, static_cast<std::uint64_t>(seed));
    found += assess_stability({{}, run.arrivals, run.backlog}).stable() ? 0 : 1;
  }
  return found;
}

TEST_CASE("a resource offered its capacity or more is an overload, named by its index") {
  const Column utilization{0.4, 1.0, 0.7};
  const StabilityVerdict verdict = assess_stability({utilization, {}, {}});
  CHECK(verdict.reason == Instability::overload);
  CHECK(verdict.busiest_resource == 1);
  CHECK(verdict.busiest_utilization == 1.0);
  CHECK_FALSE(verdict.backlog_judged);
  const Column below{0.4, 0.999999, 0.7};
  CHECK(assess_stability({below, {}, {}}).stable());
}

TEST_CASE("a backlog that grows by a tenth of the arrivals is unstable, and says by how much") {
  // 1000 arrive a window, 900 leave: in the second half (windows 10..19) +1000 of 10,000; needed are 4 sqrt(10,000).
  Column backlog;
  for (int w = 1; w <= 20; ++w) backlog.push_back(100.0 * w);
  const StabilityVerdict verdict = assess_stability({{}, Column(20, 1000.0), backlog});
  CHECK(verdict.reason == Instability::growing_backlog);
  CHECK(verdict.backlog_growth == doctest::Approx(1000));
  CHECK(verdict.arrivals_then == doctest::Approx(10'000));
  CHECK(verdict.growth_needed == doctest::Approx(400));
}

TEST_CASE("growth within 1 % of the arrivals, or that does not last, is no alarm") {
  Column slow;
  Column jump(20, 50.0);
  for (int w = 1; w <= 20; ++w) slow.push_back(900.0 * w);  // 9,000 of 1,000,000 in the second half
  CHECK(assess_stability({{}, Column(20, 100'000.0), slow}).stable());
  jump.back() = 5000;  // one burst at the end: the first two thirds of the half are level
  CHECK(assess_stability({{}, Column(20, 1000.0), jump}).stable());
}

TEST_CASE("arrivals that come in bursts need a larger growth than Poisson ones") {
  // Windows of 0 and 2000 in turn: deviation sqrt(10 * 1,111,111) = 3333, needed 13,333, far above 4 * sqrt(10,000).
  Column arrivals;
  for (int w = 0; w < 20; ++w) arrivals.push_back(w % 2 == 0 ? 0 : 2000);
  Column backlog;
  for (int w = 1; w <= 20; ++w) backlog.push_back(100.0 * w);
  const StabilityVerdict verdict = assess_stability({{}, arrivals, backlog});
  CHECK(verdict.growth_needed == doctest::Approx(4 * std::sqrt(10 * 1e7 / 9)));
  CHECK(verdict.stable());
}

TEST_CASE("few windows leave the backlog unjudged") {
  const Column arrivals(5, 10.0);
  CHECK_FALSE(assess_stability({{}, arrivals, Column{10, 20, 30, 40, 50}}).backlog_judged);
  CHECK_THROWS_AS(static_cast<void>(assess_stability({{}, arrivals, Column{1}})), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(assess_stability({Column{-1}, {}, {}})), std::invalid_argument);
}

TEST_CASE("M/M/1 queues: no false alarm up to utilization 0.9, almost none at 0.99, overload found at 1.2") {
  // 30 windows of 200 service times, arrivals in the second half about 3000: 4 deviations are 219 records, 1 % is 30.
  // rho 0.9: P(L > 219) = 0.9^220 < 1e-9. rho 0.99: see the header, expected below 1 in 1000; more than 5 of 1000
  // happens to a correct rule with probability below 6e-4 (Poisson tail at mean 1). rho 1.2: grows by 600 of 3600,
  // deviation sqrt(2.2 * 3000) = 81 around it against 240 needed: missed with probability about 4e-6 a run.
  CHECK(alarms(0.5, 300) == 0);
  CHECK(alarms(0.9, 300) == 0);
  CHECK(alarms(0.99, 1000) <= 5);
  CHECK(alarms(1.2, 300) >= 290);
}

}  // namespace
}  // namespace brokersim
