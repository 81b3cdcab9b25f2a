// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/repeat_command.hpp"

#include <algorithm>
#include <filesystem>

#include "sim/result_files/result_set.hpp"
#include "sim/text/printable.hpp"

namespace brokersim {

std::string shell_word(const std::string& word) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_./=:,+@%-").find(c) != std::string_view::npos;
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), plain)) return word;
  std::string quoted = "'";
  for (const char c : printable(word, word.size())) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string repeat_command(const Options& options, const Scenario& scenario, bool for_files) {
  const std::filesystem::path path(options.scenario);
  const std::string file = for_files && path.is_absolute() ? path.filename().string() : options.scenario;
  const bool run = options.command == Command::run;
  std::string text = std::string("brokersim ") + (run ? "run " : "compare ") + shell_word(file);
  for (const Override& change : options.overrides) {
    const bool said_below =
        !change.fault && (change.text.rfind("/trials=", 0) == 0 || change.text.rfind("/seed=", 0) == 0);
    if (!said_below) text += (change.fault ? " --fault " : " --set ") + shell_word(change.text);
  }
  if (run) text += std::string(" --policy ") + arm_name(options.policy.value_or(scenario.read_policies.front()));
  return text + " --trials " + std::to_string(scenario.trials) + " --seed " + std::to_string(scenario.seed);
}

}  // namespace brokersim
