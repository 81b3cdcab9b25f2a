// SPDX-License-Identifier: Apache-2.0
// Figures of arms over trials: estimates with intervals, and the paired change
// (metrics-and-statistics.md 8.2, 8.6, 8.8).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "analysis/compare.hpp"
#include "sim/figures/arm_verdict.hpp"
#include "sim/figures/figure.hpp"

namespace brokersim {

/// A figure of one arm.
struct Estimate {
  std::optional<double> mean;        ///< none: `note` says why
  std::optional<double> half_width;  ///< 95 %; none: fewer than two trials
  std::optional<double> lowest, highest;
  std::string note;  ///< "unstable", "not observed in every trial", or a caution
};

/// From the first arm to the other: other - first, trial by trial.
struct Change {
  double difference = 0;
  std::optional<double> half_width;    ///< none: fewer than two trials
  std::optional<RatioInterval> ratio;  ///< other / first; none where a value is not above 0, or an arm's
                                       ///< interval reaches it
  std::optional<double> p_value;       ///< two-sided, of "no difference"
  std::optional<double> p_value_holm;  ///< the same adjusted for all rows of the table
  std::optional<double> correlation;   ///< of the arms over trials; not above 0: the pairing failed
  std::optional<Interval> welch;       ///< where the pairing failed: the interval without it

  /// Whether the interval shows a change at all; without an interval any difference counts.
  [[nodiscard]] bool shown() const;
};

struct ComparisonRow {
  Figure figure;                 ///< without its value
  std::vector<Estimate> arms;    ///< shape [arms]
  std::optional<Change> change;  ///< none: not two arms, or a figure without a value in some arm
};

inline constexpr double confidence_level = 0.95;

/// A row for every figure.
///
/// columns   shape [arms], the same figures in each; a change is told between two arms, of more each stands for itself
/// verdicts  shape [arms]; an unstable arm shows only figures that need no steady state
[[nodiscard]] std::vector<ComparisonRow> compare_arms(const std::vector<std::vector<FigureColumn>>& columns,
                                                      const std::vector<ArmVerdict>& verdicts);

/// The row of a figure. throws  ContractViolation if there is none
[[nodiscard]] const ComparisonRow& row_named(const std::vector<ComparisonRow>& rows, std::string_view name);

}  // namespace brokersim
