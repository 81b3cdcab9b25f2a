// SPDX-License-Identifier: Apache-2.0
// Ways for leaders to get back to where they were: from the command line's words to what a run does.
#pragma once
#include <string>
#include <vector>

#include "sim/cli/option_values.hpp"
#include "sim/cli/options.hpp"

namespace brokersim {

/// Adds one of the list that follows --mitigation, unless it is there already.
///
/// throws  UsageError E0602 for an unknown one, or a time that is out of its range
void add_mitigation(const OptionValue& value, const std::string& text, std::vector<Mitigation>& mitigations);

/// What the controller does by itself.
void apply_mitigation(const Mitigation& mitigation, ControlPlaneSpec& control_plane);

/// The election of by-hand, as for --fault: "elect preferred leaders at 95s"; empty: nobody does anything.
///
/// restarted  when the victims are started again, since the start of the run
[[nodiscard]] std::string election_text(const Mitigation& mitigation, Duration restarted);

/// How long leaders take to go back, at most, once the victims are in sync again.
[[nodiscard]] Duration longest_wait(const std::vector<Mitigation>& mitigations, const ControlPlaneSpec& control_plane);

/// What is to be set in "config" of the scenario's control_plane to run it alone; empty: nothing.
[[nodiscard]] std::string settings_text(const Mitigation& mitigation, const ControlPlaneSpec& control_plane);

}  // namespace brokersim
