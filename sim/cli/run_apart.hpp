// SPDX-License-Identifier: Apache-2.0
// Runs a schedule in a process of its own, so that a crash or a run without end is a finding like any other.
#pragma once
#include <chrono>

#include "sim/swarm/judgement.hpp"

namespace brokersim {

struct ApartRun {
  Judgement judgement;             ///< a process that died violates "signal N"
  std::chrono::nanoseconds cpu{};  ///< of the process, its start included
};

/// throws  std::system_error if there can be no further process
[[nodiscard]] ApartRun judge_apart(const Scenario& scenario);

}  // namespace brokersim
