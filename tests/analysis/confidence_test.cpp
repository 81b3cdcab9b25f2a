// SPDX-License-Identifier: Apache-2.0
#include "analysis/confidence.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

#include "analysis/distributions.hpp"
#include "tests/analysis/case_files.hpp"

namespace brokersim {
namespace {

using test::close;
using test::Column;
using test::Json;

// The file's own tolerance is 1e-6. Its numbers carry 12 digits, so most are held to 1e-9; its t quantiles, and what is
// made of them, are right to 3e-9 only (df 4, p 0.95: 2.13184678134 there, 2.13184678633 by 30-digit arithmetic).
constexpr double file_tolerance = 1e-6;
constexpr double t_tolerance = 1e-8;

TEST_CASE("quantiles of t, chi-squared and normal: statistics-vectors.json") {
  for (const Json& one : test::group(test::statistics_vectors, "t_quantiles")) {
    CHECK(close(student_t_quantile(one.at("p"), one.at("df")), one.at("t"), t_tolerance));
  }
  for (const Json& one : test::group(test::statistics_vectors, "chi2_quantiles")) {
    CHECK(close(chi_squared_quantile(one.at("p"), one.at("df")), one.at("x")));
  }
  for (const Json& one : test::group(test::statistics_vectors, "normal_quantiles")) {
    CHECK(close(normal_quantile(one.at("p")), one.at("z")));
  }
}

TEST_CASE("Kolmogorov-Smirnov critical values: statistics-vectors.json ks_critical") {
  for (const Json& one : test::group(test::statistics_vectors, "ks_critical")) {
    CAPTURE(one.dump());
    CHECK(close(kolmogorov_smirnov_critical(one.at("n"), one.at("alpha")), one.at("d"), file_tolerance));
  }
  // Small samples, from the exact tables of Miller (1956): n = 10: 0.40925 at 5 %, 0.48893 at 1 %.
  CHECK(close(kolmogorov_smirnov_critical(10, 0.05), 0.40925, 1e-4));
  CHECK(close(kolmogorov_smirnov_critical(10, 0.01), 0.48893, 1e-4));
}

TEST_CASE("mean intervals: statistics-vectors.json mean_ci") {
  for (const Json& one : test::group(test::statistics_vectors, "mean_ci")) {
    const Interval interval = mean_confidence_interval(one.at("x").get<Column>(), one.at("conf"));
    CHECK(close(interval.mean, one.at("mean")));
    CHECK(close(interval.half_width, one.at("half_width"), t_tolerance));
    CHECK(interval.n == one.at("x").size());
    CHECK(close(interval.upper() - interval.lower(), 2 * interval.half_width));
  }
}

TEST_CASE("Law & Kelton's ten delays give 1.34 with 90 % half-width 0.24") {
  // Example 4.27 of Law & Kelton (4th edition): mean 1.34, S^2 = 0.17, t_{9,0.95} = 1.83.
  const Interval interval =
      mean_confidence_interval(Column{1.20, 1.50, 1.68, 1.89, 0.95, 1.49, 1.58, 1.55, 0.50, 1.09}, 0.9);
  CHECK(interval.mean == doctest::Approx(1.343).epsilon(1e-12));
  CHECK(interval.half_width == doctest::Approx(0.24).epsilon(0.02));  // printed to two digits
}

TEST_CASE("equal trials give an interval of width 0, and one trial gives none") {
  CHECK(mean_confidence_interval(Column{0.1, 0.1, 0.1}).half_width <= 1e-16);
  CHECK_THROWS_AS(static_cast<void>(mean_confidence_interval(Column{1})), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(mean_confidence_interval(Column{1, 2}, 1.0)), std::invalid_argument);
}

TEST_CASE("order statistics around a quantile: statistics-vectors.json quantile_ci") {
  const auto rank = [](const Json& value) {
    return value.is_null() ? std::optional<std::uint64_t>{} : value.get<std::uint64_t>();
  };
  for (const Json& one : test::group(test::statistics_vectors, "quantile_ci")) {
    CAPTURE(one.dump());
    const QuantileRanks ranks = quantile_interval_ranks(one.at("n"), one.at("p"), one.at("conf"));
    CHECK(ranks.lower == rank(one.at("lower_order_stat_1based")));
    CHECK(ranks.upper == rank(one.at("upper_order_stat_1based")));
    CHECK(close(ranks.coverage, one.at("coverage")));
  }
}

TEST_CASE("a lower bound is missing where even the smallest value may lie above the quantile") {
  // n = 2, p = 0.5: both above with probability 1/4 > 2.5 %, so neither bound exists.
  const QuantileRanks ranks = quantile_interval_ranks(2, 0.5, 0.95);
  CHECK_FALSE(ranks.lower.has_value());
  CHECK_FALSE(ranks.upper.has_value());
}

TEST_CASE("accepted coverage counts: statistics-vectors.json coverage_acceptance") {
  for (const Json& one : test::group(test::statistics_vectors, "coverage_acceptance")) {
    const AcceptedCounts counts = coverage_acceptance(one.at("n"), one.at("p"), one.at("alpha"));
    CHECK(counts.least == one.at("accept_count").at(0).get<std::uint64_t>());
    CHECK(counts.most == one.at("accept_count").at(1).get<std::uint64_t>());
  }
}

TEST_CASE("relative precision: statistics-vectors.json relative_precision") {
  for (const Json& one : test::group(test::statistics_vectors, "relative_precision")) {
    CHECK(close(adjusted_relative_precision(one.at("gamma")), one.at("gamma_adjusted")));
  }
  CHECK(meets_relative_precision({.mean = -100, .half_width = 4.76}, 0.05));
  CHECK_FALSE(meets_relative_precision({.mean = 100, .half_width = 4.77}, 0.05));
}

TEST_CASE("looks grow by half: 10, 15, 22, 33") {
  CHECK(next_look(10) == 15);
  CHECK(next_look(15) == 22);
  CHECK(next_look(22) == 33);
}

TEST_CASE("length of an M/M/1 run: statistics-vectors.json mm1_run_length") {
  for (const Json& one : test::group(test::statistics_vectors, "mm1_run_length")) {
    const RunLength length = mm1_run_length(one.at("rho"), one.at("relative_half_width"), one.at("conf"));
    CHECK(close(length.service_times, one.at("service_times_needed")));
    CHECK(close(length.arrivals, one.at("arrivals_needed")));
  }
}

TEST_CASE("distributions refuse arguments outside their ranges") {
  CHECK_THROWS_AS(static_cast<void>(normal_quantile(0)), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(student_t_quantile(0.5, 0)), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(binomial_cdf(0, 0, 0.5)), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(kolmogorov_smirnov_critical(5, 0.05)), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(mm1_run_length(1.0, 0.05)), std::invalid_argument);
}

}  // namespace
}  // namespace brokersim
