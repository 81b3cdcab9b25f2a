// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario_file/scenario_errors.hpp"

#include <algorithm>
#include <utility>

#include "sim/text/printable.hpp"

namespace brokersim {
namespace {

constexpr std::size_t shown_limit = 20;

std::string_view name(Severity severity) {
  return severity == Severity::error ? "error" : severity == Severity::warning ? "warning" : "note";
}

std::string place(const Diagnostic& d) {
  std::string text = d.argument > 0 ? "command line, argument " + std::to_string(d.argument) : d.file;
  if (d.argument == 0 && d.line > 0) text += ":" + std::to_string(d.line) + ":" + std::to_string(d.column);
  if (!d.pointer.empty()) text += " at " + d.pointer;
  return text;
}

std::string block(const Diagnostic& d) {
  std::string text = std::string(name(d.severity)) + " " + d.code + ": " + place(d) + "\n";
  if (!d.found.empty()) text += "  found   " + d.found + "\n";
  if (!d.allowed.empty()) text += "  allowed " + d.allowed + "\n";
  if (!d.hint.empty()) text += "  hint    " + d.hint + "\n";
  if (!d.file_code.empty()) text += "  in file " + d.file_code + "\n";
  return text;
}

std::string object(const Diagnostic& d) {
  const auto member = [](std::string_view key, const std::string& value) {
    return ", " + json_quoted(key) + ": " + json_quoted(value);
  };
  return "{\"code\": " + json_quoted(d.code) + member("severity", std::string(name(d.severity))) +
         member("file", d.file) + ", \"line\": " + std::to_string(d.line) +
         ", \"column\": " + std::to_string(d.column) + ", \"argument\": " + std::to_string(d.argument) +
         member("pointer", d.pointer) + member("found", d.found) + member("allowed", d.allowed) +
         member("hint", d.hint) + (d.file_code.empty() ? std::string{} : member("file_code", d.file_code)) + "}";
}

}  // namespace

ScenarioError::ScenarioError(std::vector<Diagnostic> diagnostics, int exit_code)
    : diagnostics_(std::move(diagnostics)), exit_code_(exit_code), text_(format_diagnostics(diagnostics_, false)) {}

std::string format_diagnostics(const std::vector<Diagnostic>& diagnostics, bool as_json) {
  const std::size_t shown = std::min(diagnostics.size(), shown_limit);
  const std::size_t more = diagnostics.size() - shown;
  std::string text = as_json ? "[" : "";
  for (std::size_t i = 0; i < shown; ++i) {
    text += as_json ? (i == 0 ? "\n  " : ",\n  ") + object(diagnostics[i]) : block(diagnostics[i]);
  }
  if (as_json) return text + (more > 0 ? ",\n  {\"more\": " + std::to_string(more) + "}" : "") + "\n]\n";
  return more > 0 ? text + "and " + std::to_string(more) + " more\n" : text;
}

}  // namespace brokersim
