// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "sim/measured/measured_case.hpp"

namespace brokersim {

/// throws  MeasuredCaseError that says where the text is no JSON
[[nodiscard]] inline nlohmann::json parse_measured_json(const std::string& text) {
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    const std::size_t at = std::min(std::max<std::size_t>(error.byte, 1) - 1, text.size());  // it counts from 1
    const auto read = text.begin() + static_cast<std::ptrdiff_t>(at);
    const std::size_t line_start = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;  // npos + 1 is 0
    throw MeasuredCaseError("no JSON from line " + std::to_string(1 + std::count(text.begin(), read, '\n')) +
                                ", character " + std::to_string(at - line_start + 1) + " on" +
                                (at == text.size() ? ", where the file ends" : ""),
                            false);
  }
}

}  // namespace brokersim
