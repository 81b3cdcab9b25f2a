// SPDX-License-Identifier: Apache-2.0
// Bytes to JSON nodes: strict JSON, strict UTF-8, nothing lost and nothing guessed.
#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "sim/scenario_file/json_node.hpp"
#include "sim/scenario_file/problem_list.hpp"

namespace brokersim {

/// Owns what the nodes point into besides the text itself: strings that were written with escapes.
using DecodedStrings = std::deque<std::string>;

/// Looks for what no JSON text may contain: nothing at all, UTF-16, NUL, bytes that are no UTF-8 (E0201 to E0204).
/// A byte order mark must have been cut off.
void check_encoding(std::string_view text, ProblemList& problems);

/// The tree of a JSON text, with values linked to their parents; meaningless if the text is refused (E02xx, E0317).
///
/// text    must outlive the tree; below 4 GiB
/// limits  nesting 64, string 4 KiB, number 64 characters, 10,000 keys an object, 1,000,000 items an array,
///         4,000,000 values
/// cost    linear, but for the sorting of the keys of each object; no recursion on the input's depth
[[nodiscard]] JsonNode parse_json(std::string_view text, DecodedStrings& strings, ProblemList& problems);

/// Why the parser stopped, in the words of C.2: looks at the text from the last token that was right.
///
/// after       byte behind that token
/// containers  the brackets open there, outermost first, and where each was opened
struct OpenContainer {
  std::uint32_t offset;
  bool is_object;
};
enum class JsonExpects : std::uint8_t { value, first_item, first_key, colon_and_value, comma_or_end, nothing };
[[nodiscard]] Problem explain_syntax_error(std::string_view text, std::size_t after, JsonExpects expects,
                                           const std::vector<OpenContainer>& containers, bool after_number);

}  // namespace brokersim
