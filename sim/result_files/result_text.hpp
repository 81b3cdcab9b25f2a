// SPDX-License-Identifier: Apache-2.0
// Numbers of result files as text: std::to_chars, shortest form that reads back as the same number (rule D-13).
#pragma once
#include <array>
#include <charconv>
#include <cmath>
#include <concepts>
#include <string>

#include "sim/core/contract.hpp"
#include "sim/core/sim_time.hpp"

namespace brokersim {

inline void append_number(std::string& text, std::integral auto value) {
  std::array<char, 24> digits;
  text.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

/// Never "nan", "inf" or "-0" (law O-01): the first two are a mistake of the caller.
inline void append_number(std::string& text, double value) {
  require(std::isfinite(value), "O-01: a number in a result file is finite");
  if (value == 0) value = 0;  // -0 becomes 0
  std::array<char, 32> digits;
  text.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

/// Seconds whose shortest text is the exact decimal of the nanoseconds: a division rounds correctly, * 1e-9 does not.
[[nodiscard]] inline double exact_seconds(Duration span) {
  return static_cast<double>(span.count()) / 1e9;
}

/// What happens in a second. span > 0
[[nodiscard]] inline double per_second(auto amount, Duration span) {
  return static_cast<double>(amount) / exact_seconds(span);
}

}  // namespace brokersim
