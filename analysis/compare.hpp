// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>

#include "analysis/confidence.hpp"

namespace brokersim {

// Comparing two arms, metrics-and-statistics.md section 8.6. Column entry i of either arm comes from trial i; paired
// functions rely on both arms having met the same draws in trial i.
//
// level   in (0, 1)
// throws  std::invalid_argument if a column has fewer than 2 trials, paired columns differ in length, or an entry is
//         NaN or infinite

struct PairedDifference {
  Interval difference;                // of a - b; difference.n trials
  double p_value = 1;                 // two-sided, of "no difference"; 1 if all differences are 0, 0 if all are equal
                                      // and not 0
  std::optional<double> correlation;  // of the arms over trials; none if an arm does not vary
  std::optional<double> variance_ratio;  // Var(a - b) / (Var a + Var b); below 1 the pairing paid; none if both are 0

  /// The common draws did not pair the arms: print Welch's interval too, and find out why.
  [[nodiscard]] bool pairing_failed() const { return correlation && *correlation <= 0; }
};

/// Paired t interval on a - b. source  Law, section 10.2.1
[[nodiscard]] PairedDifference paired_difference(std::span<const double> a, std::span<const double> b,
                                                 double level = 0.95);

struct RatioInterval {
  double ratio = 0;  // geometric mean of the trials' ratios
  double lower = 0;
  double upper = 0;
  double level = 0;
  std::uint64_t n = 0;
};

/// Interval for a / b by a paired t interval on ln a - ln b. Never the ratio of two means with separate intervals.
/// returns  none if an entry is not > 0: report the difference instead
[[nodiscard]] std::optional<RatioInterval> paired_ratio(std::span<const double> a, std::span<const double> b,
                                                        double level = 0.95);

struct WelchDifference {
  Interval difference;  // of mean a - mean b; difference.n = trials of both arms together
  double degrees = 0;   // Satterthwaite's degrees of freedom
  double p_value = 1;
};

/// Interval for the difference of the means of independent columns with unequal variances; lengths may differ.
/// source  Welch (1938); Law, section 10.2.2
[[nodiscard]] WelchDifference welch_difference(std::span<const double> a, std::span<const double> b,
                                               double level = 0.95);

/// p-value of "a is worse than b by `margin` or more" (larger is worse, mean of a - b >= margin): small means that a is
/// not worse beyond the margin. State the margin, >= 0, beforehand. Two such tests, with the arms exchanged, show
/// equivalence; overlapping separate intervals show nothing.
[[nodiscard]] double not_worse_p_value(std::span<const double> a, std::span<const double> b, double margin);

}  // namespace brokersim
