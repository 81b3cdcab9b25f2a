// SPDX-License-Identifier: Apache-2.0
// Whether an arm has a steady state, and what limits it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/scenario/run.hpp"

namespace brokersim {

struct ArmVerdict {
  bool stable = true;
  std::string reason;  ///< a clause, if not stable: "broker 4 is asked for 341 % of its NIC out"
  std::uint32_t trials_unstable = 0;
  /// The fullest resource, by busy time, mean over trials.
  std::int32_t broker = 0;                     ///< id
  std::string resource;                        ///< "NIC out"
  double busy = 0;                             ///< share of its capacity
  std::optional<std::int32_t> busiest_sender;  ///< id of the broker with most egress; none: it differs between trials
};

/// One unstable trial makes the arm unstable: what it would show is not a steady state.
[[nodiscard]] ArmVerdict judge_arm(const Scenario& scenario, const ArmResult& arm);

}  // namespace brokersim
