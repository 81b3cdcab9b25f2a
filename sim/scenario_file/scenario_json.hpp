// SPDX-License-Identifier: Apache-2.0
// Scenario files: JSON in format version 1 to a Scenario, strictly. docs/SCENARIO_FORMAT.md describes the format.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/scenario.hpp"
#include "sim/scenario_file/read_limits.hpp"
#include "sim/scenario_file/scenario_errors.hpp"
#include "sim/scenario_file/scenario_overrides.hpp"

namespace brokersim {

struct ScenarioDocument {
  Scenario scenario;
  std::vector<Diagnostic> notes;  ///< warnings and notes, in file order; the scenario is fit to run all the same
  std::string effective_json;     ///< the scenario with every default written out; reads back to the same hash
  std::string hash;  ///< 16 hexadecimal digits of the meaning: name, key order, units, comments do not count
};

/// Reads and checks a scenario file, "-" for standard input.
///
/// Checking goes in stages: text, shape, meaning, size; the first stage with errors reports all of its own.
///
/// overrides  applied to the file's values before shape and meaning are checked
/// throws     ScenarioError, and nothing else for whatever the file contains
/// cost       linear in the file and in what it describes; a scenario above the limits is refused before it is built
[[nodiscard]] ScenarioDocument read_scenario_file(const std::string& path, const std::vector<Override>& overrides = {},
                                                  const ReadLimits& limits = {});

/// The same for text at hand.
///
/// file_name       for messages, and as the scenario's name if it states none
/// base_directory  where a reassignment file that the scenario names is looked for; empty: the working directory
[[nodiscard]] ScenarioDocument read_scenario_text(std::string_view text, const std::string& file_name,
                                                  const std::vector<Override>& overrides = {},
                                                  const std::string& base_directory = {},
                                                  const ReadLimits& limits = {});

/// The directory of a scenario's path, in which the files that it names are looked for; empty: the working directory.
[[nodiscard]] std::string directory_of(const std::string& path);

/// JSON Schema (draft-07) of the format, for editors. The reader is stricter: a schema knows no units' ranges or
/// references.
[[nodiscard]] std::string_view scenario_schema();

}  // namespace brokersim
