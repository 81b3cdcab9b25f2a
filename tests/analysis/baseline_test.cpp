// SPDX-License-Identifier: Apache-2.0
#include "analysis/baseline.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>

#include "analysis/sum.hpp"
#include "tests/analysis/case_files.hpp"

namespace brokersim {
namespace {

using test::close;
using test::Column;
using test::Json;

TEST_CASE("random hashing of Zipf keys has the expectations of load-balance.json S-LB-ZIPF") {
  for (const Json& one : test::load_balance_cases("S-LB-ZIPF")) {
    CAPTURE(one.at("id").get<std::string>());
    const Json& params = one.at("params");
    const Json& expected = one.at("expected");
    Column shares(params.at("n").get<std::size_t>());
    for (std::size_t i = 0; i < shares.size(); ++i) {
      shares[i] = std::pow(static_cast<double>(i + 1), -params.at("s").get<double>());
    }
    const double sum = sum_of(shares);
    CHECK(close(sum, expected.at("H")));
    for (double& share : shares) share /= sum;
    const std::uint64_t partitions = params.at("P");
    CHECK(close(random_hashing_cov_squared(shares, partitions),
                expected.at("E_CoV_squared_of_partition_shares_random_hash")));
    CHECK(
        close(expected_share_with_top_key(shares[0], partitions), expected.at("E_share_of_partition_holding_top_key")));
  }
}

TEST_CASE("random placement of equal leaders has E[CoV^2] = (B - 1) / P, S-LB-MAXLOAD") {
  for (const Json& one : test::load_balance_cases("S-LB-MAXLOAD")) {
    CHECK(close(random_placement_cov_squared(one.at("params").at("P"), one.at("params").at("B")),
                one.at("expected").at("E_CoV_squared")));
  }
}

TEST_CASE("excess skew takes off placement, hashing and the noise of a finite window") {
  // 0.5^2 - 0.09 - 0.05 - 1/100 = 0.10.
  const SkewBaseline baseline{.placement = 0.09, .hashing = 0.05, .requests_per_broker_window = 100.0};
  CHECK(close(excess_skew(0.5, baseline), 0.10, 1e-12));
  CHECK(close(excess_skew(0.1, SkewBaseline{.placement = 0.09}), -0.08, 1e-12));
}

TEST_CASE("baselines refuse what is not a placement or not a set of shares") {
  CHECK_THROWS_AS(static_cast<void>(random_placement_cov_squared(0, 3)), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(random_hashing_cov_squared(Column{0.5, 0.4}, 3)), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(random_hashing_cov_squared(Column{1.5, -0.5}, 3)), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(expected_share_with_top_key(1.1, 3)), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(excess_skew(0.5, SkewBaseline{.requests_per_broker_window = 0.0})),
                  std::invalid_argument);
}

}  // namespace
}  // namespace brokersim
