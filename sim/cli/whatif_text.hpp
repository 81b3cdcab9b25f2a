// SPDX-License-Identifier: Apache-2.0
// What the loss of each victim means: the answer in words, a table, and rows for programs.
#pragma once
#include <string>

#include "sim/cli/whatif_study.hpp"

namespace brokersim {

/// "Can I lose a broker? Yes. ...": one paragraph for each kind of victim, not wrapped.
[[nodiscard]] std::vector<std::string> whatif_answers(const WhatIfStudy& study);

/// The answer, the worst victims as a table, and how to see more; with mitigations mitigation_screen().
///
/// scenario_file  as on the command line, for commands that repeat a row
[[nodiscard]] std::string whatif_screen(const WhatIfStudy& study, const std::string& scenario_file, bool markdown);

/// One row for each victim, mitigation and read policy, worst victim first; docs/RESULT_FORMAT.md has the columns.
[[nodiscard]] std::string whatif_csv(const WhatIfStudy& study);

/// Of acknowledgements and deliveries; "never" where over 1 % of some window's records did not arrive.
[[nodiscard]] std::string worst_p99_cell(const LossFigures& figures);

/// Victims in a table; the others are counted.
inline constexpr std::size_t victims_shown = 20;

}  // namespace brokersim
