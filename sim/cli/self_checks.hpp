// SPDX-License-Identifier: Apache-2.0
// What must hold in every run whatever its figures: a violation stops it (exit code 6), and nothing is shown or
// written.
#pragma once
#include <string>
#include <vector>

#include "sim/core/invariant_violation.hpp"
#include "sim/scenario/run.hpp"

namespace brokersim {

/// "VIOLATION ..." lines with arm, trial and seed: every trial's own (conservation, Little's law), and across arms that
/// each group was given the same bytes (metrics-and-statistics.md section 2.5). Empty in a correct run.
[[nodiscard]] std::vector<std::string> violations(const Scenario& scenario, const std::vector<ArmResult>& arms);

/// What stopped a run, as E.5 of the invariants has it: "VIOLATION INV-P06 ... at 5.476461000s event 8606", and the
/// line that says of which run.
[[nodiscard]] std::vector<std::string> violation_lines(const Scenario& scenario, const InvariantViolation& violation);

}  // namespace brokersim
