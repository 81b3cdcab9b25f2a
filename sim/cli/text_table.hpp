// SPDX-License-Identifier: Apache-2.0
// Cells to an aligned table.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace brokersim {

/// Number of characters a terminal shows, for text of single-width characters: its code points.
[[nodiscard]] std::size_t display_width(std::string_view text);

/// First column to the left, the others to the right, two spaces between, a rule under the head.
///
/// rows  the first is the head; all of one length
[[nodiscard]] std::string aligned_table(const std::vector<std::vector<std::string>>& rows);

/// The same in GitHub's Markdown.
[[nodiscard]] std::string markdown_table(const std::vector<std::vector<std::string>>& rows);

/// Lines of at most `width` characters, broken at spaces; a longer word keeps its line, and leading
/// spaces stay. `indent` starts all lines but the first.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t width, std::string_view indent = "");

}  // namespace brokersim
