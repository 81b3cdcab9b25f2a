// SPDX-License-Identifier: Apache-2.0
// Texts of the command line to values, strictly: the whole text or nothing.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "sim/cli/options.hpp"

namespace brokersim {

/// What an option was given and where.
struct OptionValue {
  std::string_view option;  ///< "--trials"
  std::string text;
  int argument = 0;  ///< from 1
};

/// A mistake on the command line as a diagnostic; `found`, the option and its value, is made printable.
[[nodiscard]] UsageError wrong_value(const OptionValue& value, std::string code, std::string allowed,
                                     std::string hint = {});

/// A whole number within [least, most] in decimal digits, no sign, no space.
/// throws  UsageError E0602 if it is none, `out_of_range` (a code) if it is outside
[[nodiscard]] std::uint64_t whole_number(const OptionValue& value, std::uint64_t least, std::uint64_t most,
                                         const char* out_of_range = "E0602");

/// The index of the text among `names`. throws  UsageError E0602, with the nearest name
[[nodiscard]] std::size_t choice(const OptionValue& value, std::span<const std::string_view> names);

}  // namespace brokersim
