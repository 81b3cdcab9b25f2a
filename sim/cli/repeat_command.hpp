// SPDX-License-Identifier: Apache-2.0
// The command that gives the same figures again.
#pragma once
#include <string>

#include "sim/cli/options.hpp"
#include "sim/scenario/scenario.hpp"

namespace brokersim {

/// Everything that decides a result and nothing else (no --threads, --out, --format), ready to paste into a shell.
///
/// for_files  an absolute path is cut to its file name: result files are compared between machines (rule D-14)
[[nodiscard]] std::string repeat_command(const Options& options, const Scenario& scenario, bool for_files);

/// `word` as a shell reads it back; control characters and the like as $'...' would want them are shown escaped.
[[nodiscard]] std::string shell_word(const std::string& word);

}  // namespace brokersim
