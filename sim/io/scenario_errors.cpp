// SPDX-License-Identifier: Apache-2.0
#include "sim/io/scenario_errors.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "sim/io/utf8.hpp"

namespace brokersim {
namespace {

constexpr std::size_t shown_limit = 20;

std::string hexadecimal(std::uint32_t value, std::size_t digits) {
  char buffer[8];
  const auto end = std::to_chars(buffer, buffer + 8, value, 16).ptr;
  const std::string text(buffer, end);
  return text.size() < digits ? std::string(digits - text.size(), '0') + text : text;
}

/// Characters that move, hide or reorder what stands around them.
bool invisible(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff0 && c <= 0xfffb) ||
         c >= 0xe0000;
}

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
         member("hint", d.hint) + "}";
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

std::string printable(std::string_view text, std::size_t limit) {
  std::string shown;
  std::size_t characters = 0;
  for (std::size_t at = 0; at < text.size(); ++characters) {
    if (characters == limit) return shown + "...";
    const CodePoint point = code_point_at(text, at);
    if (point.length == 0) {
      shown += "\\x" + hexadecimal(static_cast<unsigned char>(text[at]), 2);
      ++at;
    } else {
      if (invisible(point.value)) {
        shown += "\\u{" + hexadecimal(point.value, 1) + "}";
      } else {
        shown += text.substr(at, point.length);
      }
      at += point.length;
    }
  }
  return shown;
}

std::string json_quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      quoted += "\\u" + hexadecimal(static_cast<unsigned char>(c), 4);
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

}  // namespace brokersim
