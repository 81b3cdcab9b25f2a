// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/figure_text.hpp"

#include <doctest/doctest.h>

#include "sim/cli/progress_line.hpp"
#include "tests/figures/synthetic_rows.hpp"

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

TEST_CASE("an arm that is unstable says so, and what is not told is a dash") {
  ComparisonRow row;
  row.figure.unit = Unit::ratio;
  Estimate unstable, unobserved;
  unstable.note = "unstable";
  unobserved.note = "not observed in every trial";
  row.arms = {unstable, unobserved};
  CHECK(estimate_cell(row.arms[0], row_unit(row)) == "unstable");
  CHECK(estimate_cell(row.arms[1], row_unit(row)) == "-");
  CHECK(change_cell(row, row_unit(row)) == "-");
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

TEST_CASE("progress tells the rest at the pace so far") {
  CHECK(progress_text("simulating", 5, 20, 10) == "simulating: 5 of 20 trials, about 30 s left");
  CHECK(progress_text("simulating", 0, 20, 1) == "simulating: 0 of 20 trials");
}

}  // namespace
}  // namespace brokersim::test
