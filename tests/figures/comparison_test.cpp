// SPDX-License-Identifier: Apache-2.0
#include "sim/figures/comparison.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "synthetic_rows.hpp"

namespace brokersim::test {
namespace {

TEST_CASE("a change is paired by trial: Law and Kelton's differences, metrics-and-statistics.md 8.6") {
  // First arm arbitrary, other = first + (8.76, 4.09, 4.23, -0.02, 7.83): mean 4.978, S = 3.4915; t_{4, 0.975}
  // = 2.776445, so half-width 2.776445 * 3.4915 / sqrt(5) = 4.335: the interval does not include 0.
  const std::vector<double> first{100, 120, 90, 105, 130};
  const std::vector<double> difference{8.76, 4.09, 4.23, -0.02, 7.83};
  std::vector<double> other;
  for (std::size_t i = 0; i < 5; ++i) other.push_back(first[i] + difference[i]);
  const auto rows = compare_arms({{column("x", Unit::ratio, first)}, {column("x", Unit::ratio, other)}}, {{}, {}});
  REQUIRE(rows.size() == 1);
  REQUIRE(rows[0].change);
  CHECK(rows[0].change->difference == doctest::Approx(4.978).epsilon(1e-9));
  CHECK(*rows[0].change->half_width == doctest::Approx(4.3352).epsilon(1e-4));
  CHECK(rows[0].change->shown());
  // The ratio is the geometric mean of the trials' own ratios.
  double logs = 0;
  for (std::size_t i = 0; i < 5; ++i) logs += std::log(other[i] / first[i]) / 5;
  CHECK(rows[0].change->ratio->ratio == doctest::Approx(std::exp(logs)).epsilon(1e-12));
}

TEST_CASE("arms that move against each other show that the pairing failed, with Welch's interval") {
  const auto rows =
      compare_arms({{column("x", Unit::ratio, {1, 2, 3})}, {column("x", Unit::ratio, {6, 5, 4})}}, {{}, {}});
  CHECK(*rows[0].change->correlation == doctest::Approx(-1));
  REQUIRE(rows[0].change->welch);
  CHECK(rows[0].change->welch->mean == doctest::Approx(3));
}

TEST_CASE("p-values are adjusted for the number of rows by Holm's method") {
  // Three equal questions: the smallest p-value is multiplied by 3.
  const std::vector<FigureColumn> first(3, column("x", Unit::ratio, {1, 2, 3})),
      other(3, column("x", Unit::ratio, {2, 3.5, 4}));
  const auto rows = compare_arms({first, other}, {{}, {}});
  CHECK(*rows[0].change->p_value_holm == doctest::Approx(std::min(1.0, 3 * *rows[0].change->p_value)));
}

TEST_CASE("an unstable arm shows no figure that needs a steady state, and no change") {
  ArmVerdict unstable;
  unstable.stable = false;
  FigureColumn counted = column("leaders", Unit::ratio, {1, 1});
  counted.figure.needs = Needs::nothing;
  const std::vector<FigureColumn> arm{column("x", Unit::ratio, {1, 2}), counted};
  const auto rows = compare_arms({arm, arm}, {{}, unstable});
  CHECK(rows[0].arms[0].mean);
  CHECK_FALSE(rows[0].arms[1].mean);
  CHECK_FALSE(rows[0].change);
  CHECK(rows[0].arms[1].note == "unstable");
  CHECK(rows[1].arms[1].mean);
}

TEST_CASE("a figure that some trial lacks has no mean: averaging the rest would be biased") {
  FigureColumn some = column("x", Unit::seconds, {1, 2});
  some.values[1] = std::nullopt;
  const auto rows = compare_arms({{some}}, {{}});
  CHECK_FALSE(rows[0].arms[0].mean);
  CHECK(rows[0].arms[0].note == "not observed in every trial");
}

TEST_CASE("of three arms each stands for itself: no change is told, which would be between two") {
  const std::vector<FigureColumn> arm{column("x", Unit::ratio, {1, 2})};
  const auto rows = compare_arms({arm, arm, arm}, {{}, {}, {}});
  REQUIRE(rows[0].arms.size() == 3);
  CHECK(*rows[0].arms[2].mean == doctest::Approx(1.5));
  CHECK_FALSE(rows[0].change);
}

}  // namespace
}  // namespace brokersim::test
