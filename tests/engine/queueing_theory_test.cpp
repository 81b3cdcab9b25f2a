// SPDX-License-Identifier: Apache-2.0
// Queues with a known answer. References: the formula named in each test, evaluated here; the same numbers are in
// queueing.json (S-Q-MM1-0.8-1, S-Q-MMc-7.2-8, S-Q-MMc-58-64, S-Q-MD1-0.7-1, S-Q-TANDEM). One second is one mean
// service.
#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>

#include "tests/engine/queueing_models.hpp"

using namespace brokersim;
using namespace brokersim::test;

namespace {

DelayDistribution exponential(double mean_s) {
  return {.law = DelayDistribution::Law::exponential, .mean = Duration{static_cast<std::int64_t>(mean_s * 1e9)}};
}

/// Erlang's C: the probability that a customer of M/M/c has to wait, at `offered` = lambda / mu, by the recursion for
/// Erlang's B.
double erlang_c(std::uint32_t servers, double offered) {
  double blocked = 1;
  for (std::uint32_t c = 1; c <= servers; ++c) blocked = offered * blocked / (c + offered * blocked);
  const double utilization = offered / servers;
  return blocked / (1 - utilization * (1 - blocked));
}

}  // namespace

TEST_CASE("M/M/1: the mean sojourn is 1 / (mu - lambda)") {
  // lambda = 0.8, mu = 1: W = 5, and 0.8 of the customers wait (Kleinrock 1975).
  const LineEstimates found =
      estimate({.interarrival = exponential(1 / 0.8), .stages = {{1, exponential(1)}}, .customers = 400'000}, 11);
  CHECK(found.sojourn.agrees_with(1 / (1 - 0.8)));
  CHECK(found.sojourn.is_sharp(5, 0.01));
  CHECK(found.share_waiting.agrees_with(0.8));
}

TEST_CASE("M/M/c: the mean wait is Erlang's C over (c mu - lambda)") {
  struct Case {
    std::uint32_t servers;
    double arrival_rate;
    std::uint64_t customers;
  };
  // 8 servers are kept in order, 64 in a heap: both ways of FifoStation.
  for (const Case& c : {Case{2, 1.6, 300'000}, Case{8, 7.2, 600'000}, Case{64, 58, 600'000}}) {
    CAPTURE(c.servers);
    const double has_to_wait = erlang_c(c.servers, c.arrival_rate);
    const double wait = has_to_wait / (c.servers - c.arrival_rate);
    const LineEstimates found = estimate({.interarrival = exponential(1 / c.arrival_rate),
                                          .stages = {{c.servers, exponential(1)}},
                                          .warm_up = 50'000,
                                          .customers = c.customers},
                                         12);
    CHECK(found.waiting.agrees_with(wait));
    CHECK(found.waiting.is_sharp(wait, 0.05));
    CHECK(found.share_waiting.agrees_with(has_to_wait));
    CHECK(found.sojourn.agrees_with(wait + 1));
  }
}

TEST_CASE("M/D/1: the mean wait is lambda D^2 / (2 (1 - rho))") {
  // lambda = 0.7, D = 1: 0.7 / 0.6 = 1.1667 (Erlang 1909).
  const LineEstimates found = estimate(
      {.interarrival = exponential(1 / 0.7), .stages = {{1, DelayDistribution::constant(std::chrono::seconds{1})}}},
      13);
  CHECK(found.waiting.agrees_with(0.7 / (2 * (1 - 0.7))));
  CHECK(found.waiting.is_sharp(0.7 / (2 * (1 - 0.7)), 0.01));
}

TEST_CASE("M/lognormal/1: the mean wait is Pollaczek and Khinchine's, lambda (1 + scv) / (2 (1 - rho))") {
  // lambda = 0.7, mean 1, scv 4: 5.8333.
  const DelayDistribution service{.law = DelayDistribution::Law::lognormal, .mean = std::chrono::seconds{1}, .scv = 4};
  const LineEstimates found = estimate(
      {.interarrival = exponential(1 / 0.7), .stages = {{1, service}}, .warm_up = 50'000, .customers = 400'000}, 14);
  CHECK(found.waiting.agrees_with(0.7 * 5 / (2 * 0.3)));
  CHECK(found.waiting.is_sharp(0.7 * 5 / (2 * 0.3), 0.05));
}

TEST_CASE("three M/M/1 in a row: the mean sojourn is the sum of 1 / (mu_i - lambda)") {
  // lambda = 0.5, mu = 1, 0.8, 0.9: 2 + 1 / 0.3 + 2.5 = 7.8333 (Jackson 1957).
  const LineEstimates found =
      estimate({.interarrival = exponential(2),
                .stages = {{1, exponential(1)}, {1, exponential(1 / 0.8)}, {1, exponential(1 / 0.9)}}},
               15);
  CHECK(found.sojourn.agrees_with(2 + 1 / 0.3 + 2.5));
  CHECK(found.sojourn.is_sharp(2 + 1 / 0.3 + 2.5, 0.01));
}
