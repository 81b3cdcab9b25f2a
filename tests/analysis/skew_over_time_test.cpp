// SPDX-License-Identifier: Apache-2.0
#include "analysis/skew_over_time.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

#include "analysis/balance.hpp"
#include "analysis/correlation.hpp"
#include "tests/analysis/case_files.hpp"

namespace brokersim {
namespace {

using test::close;
using test::Column;

TEST_CASE("the windowed case of metrics-vectors.json: alternating load is even in total and uneven in time") {
  const test::Json one = test::group("metrics-vectors.json", "windowed");
  Column loads;
  for (const test::Json& row : one.at("series")) {
    for (const double load : row) loads.push_back(load);
  }
  const LoadWindows series{loads, 2};
  CHECK(close(skew_of_totals(series, peak_to_mean), one.at("skew_of_totals_max_over_mean")));
  CHECK(close(windowed_skew(series, peak_to_mean).value().mean, one.at("mean_over_windows_of_max_over_mean")));
  CHECK(close(windowed_skew(series, peak_to_mean).value().p95, 2.0));
  CHECK(close(persistence(series).value(), -1.0));  // each window reverses the ranks of the one before
}

TEST_CASE("persistence is 1 when the order of brokers stays and loads only scale") {
  const Column loads{1, 2, 3, 10, 20, 30, 2, 4, 6};
  CHECK(close(persistence({loads, 3}).value(), 1.0));
}

TEST_CASE("windows without load have no skew and count in no average, but count as windows that are not hot") {
  const Column loads{9, 1, 0, 0, 5, 5, 8, 2};  // peak-to-mean 1.8, none, 1, 1.6
  const LoadWindows series{loads, 2};
  const WindowedSkew skew = windowed_skew(series, peak_to_mean).value();
  CHECK(skew.windows == 3);
  CHECK(close(skew.mean, (1.8 + 1.0 + 1.6) / 3));
  CHECK(close(skew.p95, 1.8));
  CHECK(close(hot_windows(series).share, 0.5));
  CHECK(hot_windows(series).longest_run == 1);
  const Column idle{0, 0};
  CHECK_FALSE(windowed_skew({idle, 2}, peak_to_mean).has_value());
  CHECK_FALSE(persistence({idle, 2}).has_value());
}

TEST_CASE("the longest hot run is of consecutive windows above 1.5 means") {
  // Two brokers: the peak-to-mean is hot above 1.5, and exactly 1.5 is not.
  const Column loads{8, 2, 75, 25, 8, 2, 2, 8, 9, 1, 5, 5};
  CHECK(hot_windows({loads, 2}).longest_run == 3);
  CHECK(close(hot_windows({loads, 2}).share, 4.0 / 6.0));
}

TEST_CASE("columns that are not whole windows are refused") {
  const Column loads{1, 2, 3};
  CHECK_THROWS_AS(static_cast<void>(total_loads({loads, 2})), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(total_loads({loads, 0})), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(total_loads({Column{}, 2})), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(total_loads({Column{1, -1}, 2})), std::invalid_argument);
}

TEST_CASE("ties share the average of their ranks") {
  CHECK(average_ranks(Column{10, 20, 10, 5}) == Column{2.5, 4, 2.5, 1});
  // By hand: ranks (1, 2.5, 2.5, 4) and (1, 3, 2, 4): cov 4.5, variances 4.5 and 5 => 4.5 / sqrt(22.5).
  CHECK(close(rank_correlation(Column{1, 2, 2, 9}, Column{0, 5, 3, 8}).value(), 4.5 / 4.743416490252569));
}

TEST_CASE("correlation is exact on a line and none where a column does not vary") {
  CHECK(close(correlation(Column{1, 2, 4}, Column{3, 5, 9}).value(), 1.0));
  CHECK(close(correlation(Column{1, 2, 4}, Column{-1, -2, -4}).value(), -1.0));
  CHECK_FALSE(correlation(Column{0.1, 0.1, 0.1}, Column{1, 2, 3}).has_value());
  CHECK_FALSE(correlation(Column{1}, Column{2}).has_value());
  CHECK_THROWS_AS(static_cast<void>(correlation(Column{1, 2}, Column{1})), std::invalid_argument);
}

}  // namespace
}  // namespace brokersim
