// SPDX-License-Identifier: Apache-2.0
// `brokersim whatif`: which brokers and zones a cluster can lose.
#pragma once
#include "sim/cli/commands.hpp"

namespace brokersim {

/// throws  ScenarioError, UsageError, OutputError, InvariantViolated
[[nodiscard]] Outcome whatif_command(const Options& options, const Talk& talk);

}  // namespace brokersim
