// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string_view>

#include "sim/cli/commands.hpp"
#include "sim/cli/interruption.hpp"
#include "sim/cli/standard_output.hpp"

int main(int argc, char** argv) {
  brokersim::handle_signals();
  brokersim::Talk talk;
  talk.err = &std::cerr;
  talk.err_is_terminal = isatty(STDERR_FILENO) == 1;
  talk.out_is_terminal = isatty(STDOUT_FILENO) == 1;
  const char* forced = std::getenv("CLICOLOR_FORCE");
  const char* unwanted = std::getenv("NO_COLOR");
  talk.color_forced = forced != nullptr && std::string_view(forced) != "0";
  talk.color_unwanted = unwanted != nullptr && *unwanted != '\0';
  const brokersim::Outcome outcome = brokersim::execute({argv + 1, argv + argc}, talk);
  if (!brokersim::write_standard_output(outcome.output, std::cerr)) return 4;
  return outcome.exit_code;
}
