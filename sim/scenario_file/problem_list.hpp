// SPDX-License-Identifier: Apache-2.0
// Collects what is wrong with one text, and in the end reports the first stage that found something.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario_file/json_node.hpp"
#include "sim/scenario_file/scenario_errors.hpp"

namespace brokersim {

/// A finding before its place is known as line and column.
struct Problem {
  std::string code = {};
  std::uint32_t offset = 0;  ///< byte in the text
  std::string pointer = {};
  std::string found = {};
  std::string allowed = {};
  std::string hint = {};
  int argument = 0;
  Severity severity = Severity::error;
  std::uint32_t other_offset = 0;  ///< a second place in question; the texts name it as "{other}"
  int other_argument = 0;
};

class ProblemList {
 public:
  /// text must outlive the list.
  ProblemList(std::string file, std::string_view text) : file_(std::move(file)), text_(text) {}

  void add(Problem problem);
  /// A finding about a value: its place and what it is are filled in.
  void at(const JsonNode& node, std::string code, std::string allowed, std::string hint = {});
  /// The same where what was found needs other words.
  void at(const JsonNode& node, Problem problem);
  /// The same with a second value in question.
  void at(const JsonNode& node, const JsonNode& other, Problem problem);
  /// Findings about another file that this one names; they count as meaning errors.
  void add_placed(const std::vector<Diagnostic>& diagnostics);

  /// Throws ScenarioError if stage `last` or an earlier one found an error; only the first such stage is reported.
  /// Stages: 2 text, 3 shape, 4 meaning, 5 size.
  void stop_after(int last) const;
  /// The same for one stage alone.
  void stop_at(int stage) const;
  /// Whether stage `last` or an earlier one found an error.
  [[nodiscard]] bool failed(int last) const;
  /// Every error, whatever its stage, in file order.
  [[nodiscard]] std::vector<Diagnostic> errors() const;
  /// Warnings and notes, in file order.
  [[nodiscard]] std::vector<Diagnostic> notes() const;

 private:
  [[nodiscard]] std::vector<Diagnostic> placed(const std::vector<const Problem*>& chosen) const;

  std::string file_;
  std::string_view text_;
  std::vector<Problem> problems_;
  std::vector<Diagnostic> elsewhere_;
};

}  // namespace brokersim
