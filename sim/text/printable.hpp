// SPDX-License-Identifier: Apache-2.0
// Text that came from outside, made safe to show and to write.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace brokersim {

/// `text` made fit for a terminal and a log: at most `limit` characters, then "..."; control, formatting and
/// bidirectional characters as \u{..}, bytes that are no UTF-8 as \x...
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit = 80);

/// `text` as a JSON string with its quotes.
[[nodiscard]] std::string json_quoted(std::string_view text);

}  // namespace brokersim
