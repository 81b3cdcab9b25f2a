// SPDX-License-Identifier: Apache-2.0
// The words of --help that are not about one option.
#pragma once
#include <string>

#include "sim/cli/options.hpp"

namespace brokersim {

/// What to show when nothing was asked.
[[nodiscard]] std::string short_usage();
/// Below the options of "brokersim --help": examples and every exit code.
[[nodiscard]] std::string program_footer();
/// A command in one line.
[[nodiscard]] std::string command_summary(Command command);
/// Below the options of "brokersim COMMAND --help".
[[nodiscard]] std::string command_examples(Command command);

}  // namespace brokersim
