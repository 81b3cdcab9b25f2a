// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/text_table.hpp"

#include <algorithm>

#include "sim/core/contract.hpp"

namespace brokersim {
namespace {

std::string padding(std::size_t width, std::string_view text) {
  const std::size_t used = display_width(text);
  return std::string(width > used ? width - used : 0, ' ');
}

}  // namespace

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string aligned_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const std::vector<std::string>& row : rows) {
    require(row.size() == widths.size(), "a table's rows have one length");
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], display_width(row[c]));
  }
  std::string text;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string line = rows[r][0] + padding(widths[0], rows[r][0]);
    for (std::size_t c = 1; c < widths.size(); ++c) line += "  " + padding(widths[c], rows[r][c]) + rows[r][c];
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
    if (r > 0) continue;
    std::size_t total = 0;
    for (const std::size_t width : widths) total += width + 2;
    text += std::string(total - 2, '-') + "\n";
  }
  return text;
}

std::string markdown_table(const std::vector<std::vector<std::string>>& rows) {
  std::string text;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (const std::string& cell : rows[r]) {
      text += "| ";
      for (const char c : cell) text += c == '|' ? std::string("\\|") : std::string(1, c);
      text += " ";
    }
    text += "|\n";
    if (r > 0) continue;
    text += "| --- |";
    for (std::size_t c = 1; c < rows[r].size(); ++c) text += " ---: |";
    text += "\n";
  }
  return text;
}

std::string wrapped(std::string_view text, std::size_t width, std::string_view indent) {
  std::string result, line(text.substr(0, std::min(text.find_first_not_of(' '), text.size())));
  std::size_t at = line.size();
  const auto finish = [&] {
    result += line + "\n";
    line = indent;
  };
  bool empty_line = true;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string_view word = text.substr(at, end - at);
    at = end + 1;
    if (word.empty()) continue;
    if (!empty_line && display_width(line) + 1 + display_width(word) > width) {
      finish();
      empty_line = true;
    }
    line += (empty_line ? "" : " ") + std::string(word);
    empty_line = false;
  }
  result += line + "\n";
  return result;
}

}  // namespace brokersim
