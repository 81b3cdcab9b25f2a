// SPDX-License-Identifier: Apache-2.0
#include "analysis/warm_up.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <span>
#include <stdexcept>

#include "analysis/block_means.hpp"
#include "analysis/sum.hpp"
#include "tests/analysis/case_files.hpp"

namespace brokersim {
namespace {

using test::close;
using test::Column;
using test::Json;

const std::string vectors = "statistics-vectors.json";

/// The series that statistics-vectors.json mser5 describes in words: an exponential approach to 10 plus AR(1) noise.
Column mser5_series(const Json& series) {
  std::uint64_t s = series.at("seed");
  const double phi = series.at("phi");
  const double tau = series.at("tau");
  double noise = 0;
  Column result;
  for (int i = 0; i < series.at("n").get<int>(); ++i) {
    s = (1103515245 * s + 12345) % (std::uint64_t{1} << 31U);
    noise = phi * noise + static_cast<double>(s) / 2147483648.0 - 0.5;
    result.push_back(std::round((10 * (1 - std::exp(-i / tau)) + noise) * 1e6) / 1e6);
  }
  return result;
}

void check_warm_up(const Column& series, const Json& expected) {
  const WarmUp warm_up = find_warm_up(series);
  CHECK(warm_up.groups == expected.at("num_batches").get<std::size_t>());
  CHECK(warm_up.groups_deleted == expected.at("d_star_batches").get<std::size_t>());
  CHECK(warm_up.observations_deleted == expected.at("truncate_observations").get<std::size_t>());
  CHECK(close(warm_up.objective, expected.at("objective_at_d_star")));
  const std::span<const double> kept = std::span(series).subspan(warm_up.observations_deleted);
  CHECK(close(mean_of(kept), expected.at("mean_after_truncation")));
  CHECK(close(mean_of(series), expected.at("mean_without_truncation")));
  CHECK_FALSE(warm_up.too_short);
}

TEST_CASE("MSER-5 cuts where statistics-vectors.json mser5 and mser5_simple say") {
  const Json one = test::group(vectors, "mser5");
  const Column series = mser5_series(one.at("series"));
  for (std::size_t i = 0; i < one.at("first_values").size(); ++i) {
    CHECK(close(series[i], one.at("first_values").at(i)));
  }
  check_warm_up(series, one.at("expected"));
  const Json simple = test::group(vectors, "mser5_simple");
  check_warm_up(simple.at("x").get<Column>(), simple.at("expected"));
}

TEST_CASE("a series still climbing at its end is too short, and a flat one needs no cut") {
  Column climbing;
  for (int i = 0; i < 200; ++i) climbing.push_back(i);
  CHECK(find_warm_up(climbing).too_short);
  CHECK(find_warm_up(climbing).groups_deleted == 20);
  const WarmUp flat = find_warm_up(Column(200, 3.25));
  CHECK(flat.groups_deleted == 0);
  CHECK_FALSE(flat.too_short);
  CHECK_THROWS_AS(static_cast<void>(find_warm_up(Column(4, 1.0))), std::invalid_argument);
}

TEST_CASE("block means: statistics-vectors.json batch_means") {
  const Json mser5 = test::group(vectors, "mser5");
  const Column series = mser5_series(mser5.at("series"));
  const std::size_t cut = mser5.at("expected").at("truncate_observations");
  for (const Json& one : test::group(vectors, "batch_means")) {
    const Json& expected = one.at("expected");
    const BlockMeans found =
        block_means_interval(std::span(series).subspan(cut), expected.at("num_batches"), expected.at("conf"));
    CHECK(found.block_size == expected.at("batch_size").get<std::size_t>());
    CHECK(close(found.interval.mean, expected.at("mean")));
    CHECK(close(found.standard_error, expected.at("std_error")));
    CHECK(close(found.interval.half_width, expected.at("half_width")));
    CHECK(close(found.lag1_autocorrelation, expected.at("lag1_autocorr_of_batches")));
    CHECK(found.accepted);  // 0.12 < 1.645 / sqrt(10) = 0.52 and -0.21 < 0.37
    CHECK(found.skipped == 0);
  }
}

TEST_CASE("blocks that follow each other smoothly are not accepted") {
  // A ramp: lag-1 autocorrelation of 20 equally spaced means is near 0.85, far above 0.37.
  Column ramp;
  for (int i = 0; i < 203; ++i) ramp.push_back(i);
  const BlockMeans found = block_means_interval(ramp, 20);
  CHECK_FALSE(found.accepted);
  CHECK(found.block_size == 10);
  CHECK(found.skipped == 3);
  CHECK(close(found.interval.mean, (3 + 202) / 2.0));  // the first three are left out
  CHECK_THROWS_AS(static_cast<void>(block_means_interval(Column(5, 1.0), 6)), std::invalid_argument);
}

}  // namespace
}  // namespace brokersim
