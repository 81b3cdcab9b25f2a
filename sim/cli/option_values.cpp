// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/option_values.hpp"

#include <algorithm>
#include <charconv>

#include "sim/scenario_file/suggestions.hpp"
#include "sim/text/printable.hpp"

namespace brokersim {

UsageError wrong_value(const OptionValue& value, std::string code, std::string allowed, std::string hint) {
  Diagnostic diagnostic;
  diagnostic.code = std::move(code);
  diagnostic.argument = value.argument;
  diagnostic.found = std::string(value.option) + " \"" + printable(value.text) + "\"";
  diagnostic.allowed = std::move(allowed);
  diagnostic.hint = std::move(hint);
  return UsageError(std::move(diagnostic));
}

std::uint64_t whole_number(const OptionValue& value, std::uint64_t least, std::uint64_t most,
                           const char* out_of_range) {
  const std::string allowed = "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
  const char* end = value.text.data() + value.text.size();
  std::uint64_t number = 0;
  const auto result = std::from_chars(value.text.data(), end, number);
  const bool negative =
      value.text.size() > 1 && value.text[0] == '-' &&
      std::all_of(value.text.begin() + 1, value.text.end(), [](char c) { return c >= '0' && c <= '9'; });
  const bool too_large = result.ec == std::errc::result_out_of_range && result.ptr == end;
  if (negative || too_large) throw wrong_value(value, out_of_range, allowed);
  if (result.ec != std::errc{} || result.ptr != end) {
    // --threads says where it may lie whatever was written (H-115: 1e9)
    throw wrong_value(value, out_of_range == std::string_view("E0604") ? "E0604" : "E0602", allowed);
  }
  if (number < least || number > most) throw wrong_value(value, out_of_range, allowed);
  return number;
}

std::size_t choice(const OptionValue& value, std::span<const std::string_view> names) {
  const auto found = std::find(names.begin(), names.end(), value.text);
  if (found == names.end()) {
    throw wrong_value(value, "E0602", "one of " + listed(names), did_you_mean(value.text, names));
  }
  return static_cast<std::size_t>(found - names.begin());
}

}  // namespace brokersim
