// SPDX-License-Identifier: Apache-2.0
#include "sim/figures/comparison.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "sim/cli/figure_text.hpp"
#include "synthetic_rows.hpp"

namespace brokersim::test {
namespace {

TEST_CASE("an interval that reaches beyond what is possible gives way to the least and the largest trial") {
  CHECK(interval_text(5, 4.5, 4, 6) == "5.0 ± 4.5");
  CHECK(interval_text(3, 14, 0.514, 8.2) == "0.51 .. 8.2");  // no duration is below 0
  CHECK(interval_text(-3, 14, -9, 4) == "-3 ± 14");          // a signed figure
  CHECK(interval_text(98, 3, 95, 99.4, 100) == "95 .. 99");
  CHECK(interval_text(98, 3, 95, 99.4) == "98.0 ± 3.0");
  CHECK(interval_text(100, 0, 100, 100, 100) == "100 ± 0");
  CHECK(interval_text(0, 0, 0, 0) == "0 ± 0");
  CHECK(range_lines({{"a", "5.0 ± 4.5"}, {"b", "0.51 .. 8.2"}}).size() == 1);
  CHECK(range_lines({{"a", "5.0 ± 4.5"}}).empty());
}

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
  CHECK(estimate_cell(rows[0].arms[1], row_unit(rows[0])) == "unstable");
  CHECK(change_cell(rows[0], row_unit(rows[0])) == "-");
  CHECK(rows[1].arms[1].mean);
}

TEST_CASE("a figure that some trial lacks has no mean: averaging the rest would be biased") {
  FigureColumn some = column("x", Unit::seconds, {1, 2});
  some.values[1] = std::nullopt;
  const auto rows = compare_arms({{some}}, {{}});
  CHECK_FALSE(rows[0].arms[0].mean);
  CHECK(rows[0].arms[0].note == "not observed in every trial");
}

TEST_CASE("cells have two significant digits in the half-width and one unit a row") {
  // Mean 12.5 MB/s, S = 0.1 sqrt(2) over two trials, t_{1, 0.975} = 12.7062: half-width 12.7062 * 0.1 = 1.27 MB/s.
  const auto rows = compare_arms({{column("egress", Unit::bytes_per_second, {12.4e6, 12.6e6})},
                                  {column("egress", Unit::bytes_per_second, {0.9e6, 0.9e6})}},
                                 {{}, {}});
  const RowUnit unit = row_unit(rows[0]);
  CHECK(row_head(rows[0], unit) == "egress, MB/s");
  CHECK(estimate_cell(rows[0].arms[0], unit) == "12.5 ± 1.3");
  CHECK(estimate_cell(rows[0].arms[1], unit) == "0.9 ± 0");
}

TEST_CASE("a change is a percentage of the first arm where both are above 0, else a difference") {
  // Both trials halve exactly.
  auto rows = compare_arms({{column("x", Unit::seconds, {2, 2.2})}, {column("x", Unit::seconds, {1, 1.1})}}, {{}, {}});
  CHECK(change_cell(rows[0], row_unit(rows[0])) == "-50.0 %");
  rows = compare_arms({{column("x", Unit::seconds, {0, 0})}, {column("x", Unit::seconds, {0.004, 0.004})}}, {{}, {}});
  CHECK(change_cell(rows[0], row_unit(rows[0])) == "+4 ± 0");
  rows = compare_arms({{column("x", Unit::seconds, {1, 1.1})}, {column("x", Unit::seconds, {30, 33})}}, {{}, {}});
  CHECK(change_cell(rows[0], row_unit(rows[0])) == "x30.0");
  // ln of the ratios 0.5 and 0.6: mean -0.60199, S / sqrt(2) = 0.09116, t_{1, 0.975} = 12.7062, so 0.5477 times 3.185
  // to the power of -1, 0, 1.
  rows = compare_arms({{column("x", Unit::seconds, {2, 11.0 / 6})}, {column("x", Unit::seconds, {1, 1.1})}}, {{}, {}});
  CHECK(change_cell(rows[0], row_unit(rows[0])) == "-45 [-83, 74] %");
  // The first arm is 0.0005005 s with half-width 12.7062 * 0.0004995 s: its interval reaches 0, and the differences
  // 1.999 and 1.999999 s have the same half-width around their mean 1.9994995 s.
  rows = compare_arms({{column("x", Unit::seconds, {0.001, 1e-6})}, {column("x", Unit::seconds, {2, 2})}}, {{}, {}});
  CHECK_FALSE(rows[0].change->ratio);
  CHECK(change_cell(rows[0], row_unit(rows[0])) == "+1.9995 ± 0.0063");
  // Likewise where the other arm's does.
  rows = compare_arms({{column("x", Unit::seconds, {2, 2})}, {column("x", Unit::seconds, {0.001, 1e-6})}}, {{}, {}});
  CHECK(change_cell(rows[0], row_unit(rows[0])) == "-1.9995 ± 0.0063");
  // A share changes by percentage points: 90 to 80 % is 10 points, not 11 %.
  rows = compare_arms({{column("x", Unit::share, {0.9, 0.9})}, {column("x", Unit::share, {0.8, 0.8})}}, {{}, {}});
  CHECK(change_cell(rows[0], row_unit(rows[0])) == "-10 ± 0 pp");
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
