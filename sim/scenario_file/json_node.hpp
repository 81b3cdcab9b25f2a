// SPDX-License-Identifier: Apache-2.0
// A JSON document that remembers where each value stood: nothing is converted, numbers stay as they were written.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace brokersim {

struct JsonNode {
  enum class Kind : std::uint8_t { null, boolean, number, string, array, object };
  Kind kind = Kind::null;
  bool truth = false;                ///< of a boolean
  std::int32_t argument = 0;         ///< the --set it comes from; 0: the file
  std::uint32_t offset = 0;          ///< byte at which the value starts
  std::uint32_t key_offset = 0;      ///< byte at which its key starts, if it has one
  std::string_view key;              ///< in its object
  std::string_view text;             ///< of a string, decoded; of a number, as written
  const JsonNode* parent = nullptr;  ///< set by link_parents()
  std::vector<JsonNode> items;       ///< of an array or object, in file order

  [[nodiscard]] bool is(Kind wanted) const { return kind == wanted; }
};

/// The member `key` of an object, or null.
[[nodiscard]] const JsonNode* find_member(const JsonNode& object, std::string_view key);

/// Points every node at its parent. The tree must not be changed afterwards. Depth is bounded by the parser.
void link_parents(JsonNode& root);

/// RFC 6901 pointer of a node, "" for the root, fit for a terminal; needs link_parents().
[[nodiscard]] std::string pointer_of(const JsonNode& node);
[[nodiscard]] std::string pointer_token(std::string_view key);

/// A value in a few words: the text of a scalar, "an object with 3 keys", "an array of 2".
[[nodiscard]] std::string shown(const JsonNode& node);

}  // namespace brokersim
