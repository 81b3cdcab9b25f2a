// SPDX-License-Identifier: Apache-2.0
#include "sim/text/printable.hpp"

#include <charconv>
#include <cstdint>

#include "sim/text/utf8.hpp"

namespace brokersim {
namespace {

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

}  // namespace

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
