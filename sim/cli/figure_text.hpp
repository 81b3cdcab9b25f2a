// SPDX-License-Identifier: Apache-2.0
// Figures as a person reads them: one unit a row, two significant digits in a half-width.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "sim/figures/comparison.hpp"

namespace brokersim {

/// Printed number = value / scale.
struct RowUnit {
  double scale = 1;
  std::string name;  ///< "MB/s"; empty for a pure number
};
/// The unit in which the largest value of the row is 1 to 999, where the figure's unit has multiples.
[[nodiscard]] RowUnit row_unit(const ComparisonRow& row);

/// "busiest broker's egress, MB/s"
[[nodiscard]] std::string row_head(const ComparisonRow& row, const RowUnit& unit);

/// "12.34 ± 0.05"; "0.11 .. 7.9", the least and the largest trial, where the interval would reach below 0 or above
/// `bound` though no trial does: there are too few for a symmetric one. half_width >= 0
[[nodiscard]] std::string interval_text(double mean, double half_width, double lowest, double highest,
                                        std::optional<double> bound = {});
/// What the screen says of such cells, if there are any.
[[nodiscard]] std::vector<std::string> range_lines(const std::vector<std::vector<std::string>>& cells);

/// interval_text() of an estimate, or why there is nothing: "unstable", "-".
[[nodiscard]] std::string estimate_cell(const Estimate& estimate, const RowUnit& unit);

/// "-33.3 [-33.7, -32.9] %" where a ratio makes sense ("x285 [283, 287]" for a large one), else a difference in the
/// row's unit: "+4.31 ± 0.21".
[[nodiscard]] std::string change_cell(const ComparisonRow& row, const RowUnit& unit);

/// A value with its unit for a sentence: "12.3 MB/s", "4.31 ms".
[[nodiscard]] std::string value_text(Unit unit, double value);

/// "leader-only", "follower reads"; "primary reads", "replica reads" of a primary with replicas.
[[nodiscard]] std::string arm_title(const Arm& arm);

}  // namespace brokersim
