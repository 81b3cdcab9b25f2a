// SPDX-License-Identifier: Apache-2.0
// Where the observation interval starts when the scenario leaves it open: metrics-and-statistics.md section 8.3.
#pragma once
#include <vector>

#include "sim/scenario/run.hpp"

namespace brokersim {

struct WarmUpChoice {
  Duration warm_up{};
  bool chosen = false;     ///< from a pilot run; else the scenario states it
  bool too_short = false;  ///< some series never settled: the run should be longer
};

/// MSER-5 on the backlogs of pilot runs, averaged over trials: the largest cut over arms and series, rounded up to a
/// window where that leaves more than half of the run, and always less than half of it.
///
/// pilot  trials run with warm-up 0
[[nodiscard]] WarmUpChoice choose_warm_up(const Scenario& scenario, const std::vector<ArmResult>& pilot);

/// Trials of a pilot run of each arm.
inline constexpr std::uint32_t pilot_trials = 3;

}  // namespace brokersim
