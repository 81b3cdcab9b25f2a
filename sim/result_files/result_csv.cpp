// SPDX-License-Identifier: Apache-2.0
#include "sim/result_files/result_csv.hpp"

#include <algorithm>
#include <array>

namespace brokersim {
namespace {

/// Which characters want quotes wherever they stand.
constexpr std::array<bool, 256> wants_quotes = [] {
  std::array<bool, 256> wants{};
  for (const char c : {',', '"', '\r', '\n', '\t'}) wants[static_cast<unsigned char>(c)] = true;
  return wants;
}();

}  // namespace

CsvTable& CsvTable::text(std::string_view value) {
  separate();
  std::string& out = file_->buffer();
  const bool plain =
      std::none_of(value.begin(), value.end(), [](char c) { return wants_quotes[static_cast<unsigned char>(c)]; }) &&
      (value.empty() || std::string_view("=+-@ ").find(value.front()) == std::string_view::npos);
  if (plain) {
    out += value;
    return *this;
  }
  out += '"';
  for (const char c : value) {
    if (c == '"') out += '"';
    out += c == '\n' || c == '\r' ? ' ' : c;
  }
  out += '"';
  return *this;
}

}  // namespace brokersim
