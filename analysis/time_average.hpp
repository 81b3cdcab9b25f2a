// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

namespace brokersim {

/// Area under a step function over its length, and the largest value it held for a time.
struct StepSummary {
  double time_average = 0;
  double maximum = 0;
};

/// Summary of a quantity that holds values[i] from times[i] until the next time, the last one until `end`.
///
/// times    ascending (equal times: the later entry replaces the earlier at once, which therefore never counts);
///          the average starts at times[0]
/// values   same length, any unit
/// end      > times[0]; steps at or after `end` are left out: the interval is half-open
/// throws   std::invalid_argument if the columns are empty, differ in length, are not finite or not in order
[[nodiscard]] StepSummary summarize_steps(std::span<const double> times, std::span<const double> values, double end);

}  // namespace brokersim
