// SPDX-License-Identifier: Apache-2.0
#include "analysis/compare.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>

#include "analysis/multiple_testing.hpp"
#include "analysis/sum.hpp"
#include "tests/analysis/case_files.hpp"

namespace brokersim {
namespace {

using test::close;
using test::Column;
using test::Json;

TEST_CASE("paired and Welch intervals: statistics-vectors.json paired_and_welch") {
  for (const Json& one : test::group(test::statistics_vectors, "paired_and_welch")) {
    CAPTURE(one.dump());
    const Column a = one.at("a").get<Column>();
    const Column b = one.at("b").get<Column>();
    const double level = one.at("conf");
    const PairedDifference paired = paired_difference(a, b, level);
    CHECK(close(paired.difference.mean, one.at("mean_diff")));
    // 1e-8: the file's t quantiles have nine good digits (confidence_test.cpp).
    CHECK(close(paired.difference.lower(), one.at("paired_ci").at(0), 1e-8));
    CHECK(close(paired.difference.upper(), one.at("paired_ci").at(1), 1e-8));
    CHECK(close(paired.p_value, one.at("p_value_two_sided")));
    CHECK(close(paired.correlation.value(), one.at("sample_correlation")));
    CHECK(close(paired.variance_ratio.value(), one.at("variance_ratio_paired_over_independent")));
    CHECK(close(sample_variance(differences_of(a, b)) / static_cast<double>(a.size()), one.at("var_of_mean_diff")));
    const WelchDifference welch = welch_difference(a, b, level);
    CHECK(close(welch.degrees, one.at("welch_df")));
    CHECK(close(welch.difference.lower(), one.at("welch_ci").at(0), 1e-8));
    CHECK(close(welch.difference.upper(), one.at("welch_ci").at(1), 1e-8));
    CHECK(paired.pairing_failed() == (one.at("sample_correlation").get<double>() <= 0));
  }
}

TEST_CASE("Law & Kelton's inventory policies differ by 4.98, 90 % [1.65, 8.31] paired and [2.66, 7.30] by Welch") {
  // As printed in the book's example 10.4, to two digits; the p-value is then below 10 %.
  const Column a{126.97, 124.31, 126.68, 122.66, 127.23};
  const Column b{118.21, 120.22, 122.45, 122.68, 119.40};
  const Interval paired = paired_difference(a, b, 0.9).difference;
  CHECK(std::abs(paired.mean - 4.98) <= 0.005);
  CHECK(std::abs(paired.lower() - 1.65) <= 0.005);
  CHECK(std::abs(paired.upper() - 8.31) <= 0.005);
  const WelchDifference welch = welch_difference(a, b, 0.9);
  CHECK(std::abs(welch.degrees - 7.99) <= 0.005);
  CHECK(std::abs(welch.difference.lower() - 2.66) <= 0.005);
  CHECK(std::abs(welch.difference.upper() - 7.30) <= 0.005);
  CHECK(welch.p_value < 0.1);
}

TEST_CASE("common random numbers: Var(a - b) of two exponentials is (a - b)^2, statistics-vectors.json crn") {
  // Inversion of one uniform for both arms, on 10^5 midpoints instead of draws: no sampling error, only the grid's,
  // which in the variance of -ln u is of order ln(n)^2 / n = 1e-3.
  const Json one = test::group(test::statistics_vectors, "crn");
  const double mean_a = one.at("a");
  const double mean_b = one.at("b");
  Column a;
  Column b;
  for (int i = 0; i < 100'000; ++i) {
    const double log_u = std::log((i + 0.5) / 100'000);
    a.push_back(-mean_a * log_u);
    b.push_back(-mean_b * log_u);
  }
  const PairedDifference paired = paired_difference(a, b);
  CHECK(close(sample_variance(differences_of(a, b)), one.at("var_common"), 1e-3));
  CHECK(close(paired.variance_ratio.value(), one.at("ratio"), 1e-9));  // the grid's error cancels
  CHECK(close(paired.correlation.value(), 1.0));
}

TEST_CASE("a paired ratio is the geometric mean of ratios, and none where a value is 0") {
  // Ratios 2, 2, 2 exactly; ratios 1 and 4 have geometric mean 2 and t_{1,0.975} ln 2 as log half-width.
  const RatioInterval constant = paired_ratio(Column{2, 4, 6}, Column{1, 2, 3}).value();
  CHECK(close(constant.ratio, 2.0));
  CHECK(close(constant.upper / constant.lower, 1.0));
  const RatioInterval spread = paired_ratio(Column{1, 4}, Column{1, 1}).value();
  CHECK(close(spread.ratio, 2.0));
  CHECK(close(std::log(spread.upper / spread.ratio), 12.7062047364 * std::log(2.0)));
  CHECK_FALSE(paired_ratio(Column{1, 0}, Column{1, 1}).has_value());
  CHECK_FALSE(paired_ratio(Column{1, 1}, Column{0, 1}).has_value());
}

TEST_CASE("arms that do not differ, or differ by a constant, are decided without dividing by 0") {
  const PairedDifference same = paired_difference(Column{5, 5}, Column{5, 5});
  CHECK(same.difference.half_width == 0.0);
  CHECK(same.p_value == 1.0);
  CHECK_FALSE(same.correlation.has_value());
  CHECK_FALSE(same.variance_ratio.has_value());
  CHECK_FALSE(same.pairing_failed());
  CHECK(paired_difference(Column{3, 4}, Column{1, 2}).p_value == 0.0);
  CHECK(welch_difference(Column{5, 5}, Column{5, 5}).p_value == 1.0);
  CHECK(welch_difference(Column{6, 6}, Column{5, 5}).p_value == 0.0);
}

TEST_CASE("'not worse than' moves with the margin, and two of them make the level 1 - 2 alpha interval") {
  // Margin at the upper end of the 90 % interval of example 10.4: exactly 5 % on that side.
  const Column a{126.97, 124.31, 126.68, 122.66, 127.23};
  const Column b{118.21, 120.22, 122.45, 122.68, 119.40};
  CHECK(close(not_worse_p_value(a, b, 8.30687311737), 0.05, 1e-6));
  CHECK(not_worse_p_value(a, b, 20) < 0.001);
  CHECK(not_worse_p_value(a, b, 0) > 0.95);
}

TEST_CASE("Holm and Bonferroni: statistics-vectors.json multiple_testing") {
  for (const Json& one : test::group(test::statistics_vectors, "multiple_testing")) {
    const Column p = one.at("p").get<Column>();
    const double alpha = one.at("alpha");
    const Column holm = holm_adjusted(p);
    const Column bonferroni = bonferroni_adjusted(p);
    for (std::size_t i = 0; i < p.size(); ++i) {
      CHECK(close(holm[i], one.at("holm_adjusted").at(i)));
      CHECK((holm[i] <= alpha) == one.at("holm_reject").at(i).get<bool>());
      CHECK((bonferroni[i] <= alpha) == one.at("bonferroni_reject").at(i).get<bool>());
    }
  }
  CHECK(close(bonferroni_level(0.95, 5), 0.99));
  CHECK_THROWS_AS(static_cast<void>(holm_adjusted(Column{1.5})), std::invalid_argument);
}

TEST_CASE("arms of different or too few trials are refused") {
  CHECK_THROWS_AS(static_cast<void>(paired_difference(Column{1, 2}, Column{1, 2, 3})), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(paired_difference(Column{1}, Column{1})), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(welch_difference(Column{1}, Column{1, 2})), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(not_worse_p_value(Column{1, 2}, Column{1, 2}, -1)), std::invalid_argument);
}

}  // namespace
}  // namespace brokersim
