// SPDX-License-Identifier: Apache-2.0
#include "analysis/percentile.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <stdexcept>

#include "analysis/coordinated_omission.hpp"
#include "analysis/time_average.hpp"
#include "tests/analysis/case_files.hpp"

namespace brokersim {
namespace {

using test::close;
using test::Column;
using test::Json;

TEST_CASE("a nearest rank is that of the decimal percentile, not of the double next to it") {
  // ceil(p n) by hand; 0.07 * 100 and 0.57 * 100 compute to a little more or less than 7 and 57.
  CHECK(nearest_rank(0.07, 100) == 7);
  CHECK(nearest_rank(0.57, 100) == 57);
  CHECK(nearest_rank(0.999, 1'000'000) == 999'000);
  CHECK(nearest_rank(0.999, 1'000'001) == 999'001);
  CHECK(nearest_rank(0.5, 5) == 3);
  CHECK(nearest_rank(1e-9, 5) == 1);
  CHECK(nearest_rank(1.0, 5) == 5);
  CHECK_THROWS_AS(static_cast<void>(nearest_rank(0.0, 5)), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(nearest_rank(0.5, 0)), std::invalid_argument);
}

TEST_CASE("counts give the percentiles of the values they count") {
  const ValueCounts counts{{1, 2, 5, 9}, {3, 0, 4, 3}};
  const Column values{9, 5, 1, 5, 1, 9, 5, 1, 5, 9};
  for (const double p : {0.05, 0.3, 0.31, 0.5, 0.7, 0.71, 0.9, 1.0}) {
    CAPTURE(p);
    CHECK(nearest_rank_percentile(counts, p).value() == nearest_rank_percentile(values, p));
    CHECK(close(type7_percentile(counts, p).value(), type7_percentile(values, p)));
  }
  CHECK(close(mean_of_counts(counts), 5.0));
}

TEST_CASE("censored values stand above every finite percentile") {
  // 97 finished and 3 did not: p97 is the largest that did, p98 is known only to exceed it.
  const ValueCounts counts{{10, 20}, {90, 7}};
  CHECK(nearest_rank_percentile(counts, 0.90, 3).value() == 10);
  CHECK(nearest_rank_percentile(counts, 0.97, 3).value() == 20);
  CHECK_FALSE(nearest_rank_percentile(counts, 0.98, 3).has_value());
  CHECK_FALSE(nearest_rank_percentile(ValueCounts{}, 0.5, 1).has_value());
  CHECK_FALSE(type7_percentile(counts, 0.98, 3).has_value());
  CHECK_THROWS_AS(static_cast<void>(nearest_rank_percentile(ValueCounts{}, 0.5)), std::invalid_argument);
}

TEST_CASE("columns that are no histogram are refused") {
  CHECK_THROWS_AS(static_cast<void>(nearest_rank_percentile(ValueCounts{{2, 1}, {1, 1}}, 0.5)), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(nearest_rank_percentile(ValueCounts{{1, 2}, {1}}, 0.5)), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(nearest_rank_percentile(Column{}, 0.5)), std::invalid_argument);
}

TEST_CASE("coordinated omission: metrics-vectors.json hdr.coordinated_omission, raw and corrected") {
  const Json one = test::group("metrics-vectors.json", "hdr").at("coordinated_omission");
  ValueCounts recorded;
  for (const Json& row : one.at("recorded")) {
    recorded.values.push_back(row.at("value"));
    recorded.counts.push_back(row.at("count"));
  }
  const ValueCounts corrected = correct_coordinated_omission(recorded, one.at("expected_interval"));
  const auto check = [](const ValueCounts& found, const Json& expected) {
    CHECK(total_count(found) == expected.at("total").get<std::uint64_t>());
    CHECK(close(mean_of_counts(found), expected.at("mean")));
    CHECK(close(nearest_rank_percentile(found, 0.30).value(), expected.at("p30")));
    CHECK(close(nearest_rank_percentile(found, 0.99).value(), expected.at("p99")));
    CHECK(close(nearest_rank_percentile(found, 0.99999).value(), expected.at("p99_999")));
  };
  check(recorded, one.at("raw"));
  check(corrected, one.at("corrected"));
  CHECK(close(nearest_rank_percentile(recorded, 0.9999).value(), one.at("raw").at("p99_99")));
  CHECK(close(nearest_rank_percentile(recorded, 1.0).value(), one.at("raw").at("max")));
  // The file's percentiles passed through a histogram of 3 digits; exact columns are within its 1e-3.
  CHECK(close(nearest_rank_percentile(corrected, 0.50).value(), one.at("corrected").at("p50"), 1e-3));
  CHECK(close(nearest_rank_percentile(corrected, 0.75).value(), one.at("corrected").at("p75"), 1e-3));
  CHECK(close(nearest_rank_percentile(corrected, 0.90).value(), one.at("corrected").at("p90"), 1e-3));
  CHECK_THROWS_AS(static_cast<void>(correct_coordinated_omission(recorded, 0)), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(correct_coordinated_omission(recorded, 1e-3)), std::invalid_argument);
}

TEST_CASE("a step function's time average and maximum: metrics-vectors.json time_weighted") {
  const Json one = test::group("metrics-vectors.json", "time_weighted");
  Column times;
  Column values;
  for (const Json& step : one.at("steps")) {
    times.push_back(step.at(0));
    values.push_back(step.at(1));
  }
  const StepSummary summary = summarize_steps(times, values, one.at("end"));
  CHECK(close(summary.time_average, one.at("time_average")));
  CHECK(close(summary.maximum, one.at("max")));
}

TEST_CASE("a step that lasts no time counts in neither average nor maximum") {
  const StepSummary summary = summarize_steps(Column{0, 1, 1, 3}, Column{2, 99, 4, 77}, 3);
  CHECK(close(summary.time_average, (2.0 + 4.0 * 2) / 3));
  CHECK(summary.maximum == 4);
  CHECK_THROWS_AS(static_cast<void>(summarize_steps(Column{0}, Column{2}, 0)), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(summarize_steps(Column{1, 0}, Column{2, 2}, 3)), std::invalid_argument);
}

}  // namespace
}  // namespace brokersim
