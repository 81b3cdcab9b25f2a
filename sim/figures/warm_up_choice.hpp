// SPDX-License-Identifier: Apache-2.0
// Where the observation interval starts when the scenario leaves it open: metrics-and-statistics.md section 8.3.
#pragma once
#include <optional>
#include <vector>

#include "sim/scenario/run.hpp"

namespace brokersim {

struct WarmUpChoice {
  Duration warm_up{};
  bool chosen = false;     ///< from a pilot run; else the scenario states it
  bool too_short = false;  ///< some series never settled: the run, or the time before its first fault, is too short
  std::optional<Duration> first_fault = {};  ///< only the time before it was looked at; none: all of the run
};

/// MSER-5 on the backlogs of pilot runs, averaged over trials: the largest cut over arms and series, rounded up to a
/// window where that leaves more than half of the time, and always less than half of it. The time is the run until the
/// first fault that makes an episode: what a fault does is no warm-up, and is compared with what was before it. Faults
/// by a rate from the start on belong to what settles.
///
/// pilot  trials run with warm-up 0
[[nodiscard]] WarmUpChoice choose_warm_up(const Scenario& scenario, const std::vector<ArmResult>& pilot);

/// Trials of a pilot run of each arm.
inline constexpr std::uint32_t pilot_trials = 3;

}  // namespace brokersim
