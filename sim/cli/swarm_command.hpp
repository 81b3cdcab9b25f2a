// SPDX-License-Identifier: Apache-2.0
// brokersim swarm: random schedules, each run with every check; what fails is shrunk and told so that it can be
// repeated (invariants-and-faults.md E).
#pragma once
#include "sim/cli/commands.hpp"

namespace brokersim {

/// The exit code is 0 if nothing was violated, else 6, or 7 if only liveness was.
[[nodiscard]] Outcome swarm_command(const Options& options, const Talk& talk);

}  // namespace brokersim
