// SPDX-License-Identifier: Apache-2.0
// The command "calibrate": measured cases in, constants and residuals out.
#pragma once
#include "sim/cli/commands.hpp"

namespace brokersim {

/// Fits a host profile to the cases of the command line and predicts those held out with it. Cases that the model
/// cannot play are named and left out.
///
/// throws  ScenarioError E0618 if something measured cannot be read or used; what reading a scenario and writing throw
[[nodiscard]] Outcome calibrate_command(const Options& options, const Talk& talk);

}  // namespace brokersim
