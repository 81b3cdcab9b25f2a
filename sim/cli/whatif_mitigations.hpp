// SPDX-License-Identifier: Apache-2.0
// Ways back to balance side by side: which is there first and what it costs, in words and a table a victim.
#pragma once
#include <string>

#include "sim/cli/whatif_study.hpp"

namespace brokersim {

/// "Back in balance first: by-hand:30s, ...": over all victims and read policies, not wrapped.
[[nodiscard]] std::string mitigation_answer(const WhatIfStudy& study);

/// The answer, a table of mitigations for each of the worst victims and each read policy, and how to see more.
///
/// scenario_file  as on the command line, for commands that repeat a row
[[nodiscard]] std::string mitigation_screen(const WhatIfStudy& study, const std::string& scenario_file, bool markdown);

/// Victims with a table; the others are counted.
inline constexpr std::size_t mitigated_victims_shown = 5;

}  // namespace brokersim
