// SPDX-License-Identifier: Apache-2.0
#include "sim/result_files/result_csv.hpp"

namespace brokersim {

CsvTable& CsvTable::text(std::string_view value) {
  separate();
  std::string& out = file_->buffer();
  const bool plain = value.find_first_of(",\"\r\n\t") == std::string_view::npos &&
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
