// SPDX-License-Identifier: Apache-2.0
// Runs schedules in processes of their own, so that a crash or a run without end is a finding like any other.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "sim/swarm/judgement.hpp"

namespace brokersim {

/// In a process for this scenario alone. One that died violates "signal N".
///
/// throws  std::system_error if there can be no further process
[[nodiscard]] Judgement judge_apart(const Scenario& scenario);

/// The scenarios that scenario_of(0) to scenario_of(count - 1) make, judged in one process, which spares the others'
/// starts; only if it dies is each judged again, in a process of its own. The judgements are the same either way.
///
/// throws  as above, and what scenario_of() throws
[[nodiscard]] std::vector<Judgement> judge_apart(std::uint32_t count,
                                                 const std::function<Scenario(std::uint32_t)>& scenario_of);

}  // namespace brokersim
