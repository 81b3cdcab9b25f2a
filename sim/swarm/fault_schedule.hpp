// SPDX-License-Identifier: Apache-2.0
// The faults of a random schedule.
#pragma once
#include <cstdint>
#include <vector>

#include "sim/scenario/scenario.hpp"
#include "sim/swarm/draw.hpp"

namespace brokersim {

/// When faults come: from `from` until they are all over at `until`.
struct FaultPhase {
  Duration from{}, until{};
};

/// Draws the world's faults out of `kinds`: each kind is left out with probability 1/2, for that finds more than mixing
/// everything, and what is left is weighted (E.1).
void draw_faults(Scenario& scenario, const std::vector<FaultKind>& kinds, FaultPhase phase, std::uint64_t seed);

}  // namespace brokersim
