// SPDX-License-Identifier: Apache-2.0
#include "analysis/balance.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <stdexcept>
#include <vector>

#include "analysis/percentile.hpp"
#include "tests/analysis/case_files.hpp"

namespace brokersim {
namespace {

using test::close;
using test::Column;
using test::Json;

TEST_CASE("every load vector of metrics-vectors.json has the balance it lists") {
  for (const Json& one : test::group("metrics-vectors.json", "load_vectors")) {
    CAPTURE(one.dump());
    const Column x = one.at("x").get<Column>();
    const Json& expected = one.at("expected");
    CHECK(close(peak_to_mean(x), expected.at("max_over_mean")));
    CHECK(close(min_over_mean(x), expected.at("min_over_mean")));
    CHECK(close(coefficient_of_variation(x), expected.at("cov_population")));
    CHECK(close(sample_coefficient_of_variation(x), expected.at("cov_sample")));
    CHECK(close(gini(x), expected.at("gini")));
    CHECK(close(jain_index(x), expected.at("jain")));
    CHECK(close(hoover_index(x), expected.at("hoover")));
    CHECK(close(entropy_ratio(x), expected.at("normalised_entropy")));
    const Json& p99 = expected.at("p99_over_median_nearest_rank");
    CHECK(p99_over_median(x).has_value() == !p99.is_null());
    if (!p99.is_null()) CHECK(close(p99_over_median(x).value(), p99));
    CHECK(close(type7_percentile(x, 0.9), expected.at("p90_type7")));
    CHECK(close(nearest_rank_percentile(x, 0.9), expected.at("p90_nearest_rank")));
  }
}

TEST_CASE("even loads have no spread at all, to the last bit, whatever their size") {
  for (const double level : {0.1, 1.0 / 3.0, 7e9, 1e300}) {
    const Column even(7, level);
    CAPTURE(level);
    CHECK(peak_to_mean(even) == 1.0);
    CHECK(coefficient_of_variation(even) == 0.0);
    CHECK(gini(even) == 0.0);
    CHECK(hoover_index(even) == 0.0);
    CHECK(jain_index(even) == 1.0);
    CHECK(over_threshold(even) == 0.0);
    CHECK(close(entropy_ratio(even), 1.0, 1e-15));
  }
}

TEST_CASE("one loaded broker of B gives the other end of every range") {
  // Section 2.2: B, sqrt(B - 1), 1 - 1/B, 1/B, 1 - 1/B, 0.
  for (const std::size_t brokers : {2UL, 3UL, 50UL}) {
    Column one(brokers, 0.0);
    one[brokers / 2] = 12.5;
    const double b = static_cast<double>(brokers);
    CHECK(close(peak_to_mean(one), b, 1e-14));
    CHECK(close(coefficient_of_variation(one), std::sqrt(b - 1), 1e-14));
    CHECK(close(gini(one), 1 - 1 / b, 1e-14));
    CHECK(close(jain_index(one), 1 / b, 1e-14));
    CHECK(close(hoover_index(one), 1 - 1 / b, 1e-14));
    CHECK(entropy_ratio(one) == 0.0);
    CHECK_FALSE(std::signbit(entropy_ratio(one)));  // rule O-01
  }
}

TEST_CASE("Jain's index is 1 / (1 + CoV^2)") {
  const Column x{3, 1, 4, 1, 5, 9, 2, 6};
  const double cov = coefficient_of_variation(x);
  CHECK(close(jain_index(x), 1 / (1 + cov * cov), 1e-14));
}

TEST_CASE("over-threshold counts brokers strictly above 1.10 means") {
  // Mean 10: 11 is exactly 1.1 means and within Cruise Control's threshold; 12 is not.
  CHECK(over_threshold(Column{11, 9, 10, 10}) == doctest::Approx(0.0));
  CHECK(over_threshold(Column{12, 8, 10, 10}) == doctest::Approx(0.25));
  CHECK(over_threshold(Column{12, 8, 10, 10}, 1.25) == doctest::Approx(0.0));
}

TEST_CASE("a load column that means nothing is refused by every measure") {
  const std::vector<std::function<double(const Column&)>> measures{
      [](const Column& x) { return peak_to_mean(x); },
      [](const Column& x) { return min_over_mean(x); },
      [](const Column& x) { return coefficient_of_variation(x); },
      [](const Column& x) { return sample_coefficient_of_variation(x); },
      [](const Column& x) { return gini(x); },
      [](const Column& x) { return jain_index(x); },
      [](const Column& x) { return hoover_index(x); },
      [](const Column& x) { return entropy_ratio(x); },
      [](const Column& x) { return over_threshold(x); },
      [](const Column& x) { return p99_over_median(x).value_or(0); }};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  for (const auto& measure : measures) {
    for (const Column& bad : {Column{}, Column{0, 0}, Column{1, -1, 5}, Column{1, nan}, Column{1, infinity}}) {
      CHECK_THROWS_AS(measure(bad), std::invalid_argument);
    }
  }
  CHECK_THROWS_AS(static_cast<void>(sample_coefficient_of_variation(Column{1})), std::invalid_argument);
}

}  // namespace
}  // namespace brokersim
