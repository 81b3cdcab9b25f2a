// SPDX-License-Identifier: Apache-2.0
#include "analysis/random_placement.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

#include "analysis/cut_total.hpp"
#include "analysis/distributions.hpp"
#include "tests/analysis/case_files.hpp"

namespace brokersim {
namespace {

using test::close;
using test::Json;

TEST_CASE("the fullest of B random brokers is distributed as load-balance.json S-LB-MAXLOAD says") {
  for (const Json& one : test::load_balance_cases("S-LB-MAXLOAD")) {
    CAPTURE(one.at("id").get<std::string>());
    const RandomPlacement placement = random_placement(one.at("params").at("P"), one.at("params").at("B")).value();
    const Json& expected = one.at("expected");
    CHECK(close(placement.expected_maximum(), expected.at("E_max")));
    CHECK(close(placement.expected_peak_to_mean(), expected.at("E_max_over_mean")));
    CHECK(close(placement.expected_empty_brokers(), expected.at("expected_empty_bins")));
    CHECK(placement.maximum_quantile(0.99) == expected.at("max_p99").get<std::uint64_t>());
    for (const auto& row : expected.at("P_max_le").items()) {
      CAPTURE(row.key());
      CHECK(close(placement.maximum_at_most(std::stoull(row.key())), row.value()));
    }
  }
}

TEST_CASE("two brokers: P(max <= m) is a binomial sum") {
  // P = 9, B = 2: max <= m iff 9 - m <= N <= m. P(max <= 5) = 2 C(9,4) / 512, P(max <= 6) adds 2 C(9,3), and so on.
  const RandomPlacement placement = random_placement(9, 2).value();
  CHECK(close(placement.maximum_at_most(4), 0.0));
  CHECK(close(placement.maximum_at_most(5), 252.0 / 512, 1e-13));
  CHECK(close(placement.maximum_at_most(6), 420.0 / 512, 1e-13));
  CHECK(close(placement.maximum_at_most(7), 492.0 / 512, 1e-13));
  CHECK(close(placement.maximum_at_most(8), 510.0 / 512, 1e-13));
  CHECK(placement.maximum_at_most(9) == 1.0);
}

TEST_CASE("fewer partitions than brokers: P(max <= 1) is the birthday product") {
  // 23 birthdays in 365 days, all different: prod (1 - i/365).
  double all_different = 1;
  for (int i = 1; i < 23; ++i) all_different *= 1 - i / 365.0;
  CHECK(close(random_placement(23, 365).value().maximum_at_most(1), all_different, 1e-12));
  CHECK(random_placement(1, 5).value().expected_maximum() == doctest::Approx(1.0));
  CHECK(random_placement(7, 1).value().expected_maximum() == doctest::Approx(7.0));
}

TEST_CASE("one partition a broker: P(max <= 1) is B! / B^B") {
  double each_one = 1;
  for (int i = 1; i <= 30; ++i) each_one *= i / 30.0;
  CHECK(close(random_placement(30, 30).value().maximum_at_most(1), each_one, 1e-11));
}

TEST_CASE("the distribution rises, and is quick at the size of a big cluster") {
  // The pairs of big-cluster (33,333 partitions, 150 brokers) and of the stated limit.
  for (const auto& [partitions, brokers] : {std::pair{33'333UL, 150UL}, std::pair{100'000UL, 1000UL}}) {
    const RandomPlacement placement = random_placement(partitions, brokers).value();
    double before = 0;
    for (const double probability : placement.cumulative()) {
      CHECK(probability >= before - 1e-13);
      CHECK(probability <= 1.0);
      before = probability;
    }
    // Raab & Steger 1998, P >> B ln B: max ~ mean + sqrt(2 mean ln B), reached from below at any finite size.
    const double mean = static_cast<double>(partitions) / static_cast<double>(brokers);
    const double leading = std::sqrt(2 * mean * std::log(static_cast<double>(brokers)));
    CHECK(placement.expected_maximum() > mean + 0.7 * leading);
    CHECK(placement.expected_maximum() < mean + 1.0 * leading);
  }
}

TEST_CASE("recursion and inversion, which share nothing but the counts, agree") {
  for (const auto& [partitions, brokers] : {std::pair{12UL, 6UL}, std::pair{500UL, 7UL}, std::pair{2000UL, 16UL}}) {
    CutTotalByRecursion recursion(partitions, brokers);
    CutTotalByInversion inversion(partitions, brokers);
    double terms = 0;
    for (std::uint64_t m = (partitions + brokers - 1) / brokers; m <= partitions; ++m) {
      CAPTURE(m);
      CHECK(close(recursion.next(terms), inversion.next(terms), 1e-11));
    }
  }
}

TEST_CASE("a million partitions: P(max > m) lies between Bonferroni's bounds at every m") {
  // S1 = B P(one count > m), the count binomial(P, 1/B); S1 - S2 <= P(max > m) <= S1, and counts are negatively
  // associated, so S2 <= S1^2 / 2. 1e-11: what S1 loses in Boost's binomial at this size.
  const RandomPlacement placement = random_placement(1'000'000, 1000).value();
  int informative = 0;
  for (std::uint64_t m = 1100; m <= 1300; ++m) {
    CAPTURE(m);
    const double s1 = 1000 * binomial_upper_tail(static_cast<std::int64_t>(m), 1'000'000, 1e-3);
    const double above = 1 - placement.maximum_at_most(m);
    CHECK(above <= s1 * (1 + 1e-9) + 1e-11);
    CHECK(above >= s1 - s1 * s1 / 2 - 1e-11);
    informative += s1 > 1e-9 && s1 < 1e-2 ? 1 : 0;
  }
  CHECK(informative > 20);
}

TEST_CASE("P(max <= m) is relatively exact far into the tail") {
  // Coefficients of (sum_{k<=m} x^k/k!)^B in 300-bit fixed point (Python integers), computed for this test.
  CHECK(close(random_placement(300, 40).value().maximum_at_most(8), 4.496280338820e-18, 1e-11));
  CHECK(close(random_placement(2000, 100).value().maximum_at_most(21), 3.680109751261e-47, 1e-11));
  CHECK(close(random_placement(1500, 500).value().maximum_at_most(4), 5.173484669638e-77, 1e-11));
  CHECK(close(random_placement(3000, 15).value().maximum_at_most(201), 5.651388477117e-14, 1e-11));
}

TEST_CASE("what is too costly is refused, what is senseless throws") {
  CHECK_FALSE(random_placement(10'000'000, 30).has_value());
  CHECK_FALSE(random_placement(20'000'000, 1000).has_value());
  CHECK_THROWS_AS(static_cast<void>(random_placement(0, 3)), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(random_placement(3, 0)), std::invalid_argument);
}

}  // namespace
}  // namespace brokersim
