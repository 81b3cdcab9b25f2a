// SPDX-License-Identifier: Apache-2.0
// What each command does. Nothing here writes to standard output: an answer is whole or it is not there.
#pragma once
#include <ostream>
#include <string>
#include <vector>

#include "sim/cli/options.hpp"
#include "sim/cli/study.hpp"

namespace brokersim {

/// Where the talk goes, and what the ends of the wires are.
struct Talk {
  std::ostream* err = nullptr;
  bool err_is_terminal = false;
  bool out_is_terminal = false;
  bool color_forced = false;    ///< CLICOLOR_FORCE is set and not "0"
  bool color_unwanted = false;  ///< NO_COLOR is set and not empty
};

/// What goes to standard output, and the exit code (invariants-and-faults.md C.1).
struct Outcome {
  int exit_code = 0;
  std::string output;
};

/// Carries out a command line (without the program's name); every error becomes a message on talk.err and an exit code.
[[nodiscard]] Outcome execute(const std::vector<std::string>& arguments, const Talk& talk);

/// What an exception says to the user and the exit code: called from the one catch in execute().
[[nodiscard]] int report_failure(const std::vector<std::string>& arguments, const Talk& talk);

}  // namespace brokersim
