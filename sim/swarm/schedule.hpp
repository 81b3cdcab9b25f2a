// SPDX-License-Identifier: Apache-2.0
// One random schedule of a swarm: a small world, and what goes wrong in it (invariants-and-faults.md E.1).
#pragma once
#include <cstdint>

#include "sim/scenario/scenario.hpp"
#include "sim/swarm/profile.hpp"

namespace brokersim {

/// A scenario with one trial and one read policy. Depends on the profile and the seed, and on nothing else. Nothing in
/// it is drawn later that could be stated: every fault comes at a stated time, so that taking one out moves no other.
///
/// Load begins before the faults do and goes on after them. Faults end before the last third of the duration, but for
/// those of schedules in which something stays broken.
[[nodiscard]] Scenario random_schedule(const SwarmProfile& profile, std::uint64_t seed);

}  // namespace brokersim
