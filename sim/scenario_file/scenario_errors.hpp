// SPDX-License-Identifier: Apache-2.0
// What is wrong with a scenario, where, and what would be right.
#pragma once
#include <cstdint>
#include <exception>
#include <string>
#include <vector>

namespace brokersim {

enum class Severity : std::uint8_t { error, warning, note };

/// One finding about a scenario. Text in it is fit for a terminal: nothing of the input gets through unescaped.
struct Diagnostic {
  std::string code;  ///< "E0421", "N012"; listed in docs/SCENARIO_FORMAT.md
  Severity severity = Severity::error;
  std::string file;          ///< as the user named it; "-" for standard input
  std::uint32_t line = 0;    ///< from 1; 0: no place in the file
  std::uint32_t column = 0;  ///< from 1, in Unicode code points
  int argument = 0;          ///< the command line argument (a --set, a --fault) at fault; 0: the file is
  std::string pointer;       ///< RFC 6901; empty for the whole document
  std::string found;         ///< may be empty, as may the next two
  std::string allowed;
  std::string hint;
  std::string file_code = {};  ///< of E0606: the code of the same mistake in a file
};

/// A scenario was refused. All errors of the first stage that had any, in file order.
class ScenarioError : public std::exception {
 public:
  ScenarioError(std::vector<Diagnostic> diagnostics, int exit_code);
  /// The findings as format_diagnostics() shows them.
  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }
  [[nodiscard]] const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }
  /// 2 a --set is wrong, 3 the scenario is, 4 reading failed, 5 refused for a limit.
  [[nodiscard]] int exit_code() const { return exit_code_; }

 private:
  std::vector<Diagnostic> diagnostics_;
  int exit_code_;
  std::string text_;
};

/// The findings for a person, a block each, at most 20 and then "and N more"; or the same as one JSON array.
[[nodiscard]] std::string format_diagnostics(const std::vector<Diagnostic>& diagnostics, bool as_json);

}  // namespace brokersim
