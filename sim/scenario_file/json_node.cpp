// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario_file/json_node.hpp"

#include "sim/scenario_file/scenario_errors.hpp"
#include "sim/text/printable.hpp"

namespace brokersim {

const JsonNode* find_member(const JsonNode& object, std::string_view key) {
  for (const JsonNode& item : object.items) {
    if (item.key == key) return &item;
  }
  return nullptr;
}

void link_parents(JsonNode& root) {
  for (JsonNode& item : root.items) {
    item.parent = &root;
    link_parents(item);
  }
}

std::string pointer_token(std::string_view key) {
  std::string token = "/";
  for (const char c : key) {
    if (c == '~') {
      token += "~0";
    } else if (c == '/') {
      token += "~1";
    } else {
      token += c;
    }
  }
  return printable(token);
}

std::string pointer_of(const JsonNode& node) {
  std::string pointer;
  for (const JsonNode* at = &node; at->parent != nullptr; at = at->parent) {
    const std::string token = at->parent->is(JsonNode::Kind::array)
                                  ? "/" + std::to_string(at - at->parent->items.data())
                                  : pointer_token(at->key);
    pointer.insert(0, token);
  }
  return pointer;
}

std::string shown(const JsonNode& node) {
  switch (node.kind) {
    case JsonNode::Kind::null:
      return "null";
    case JsonNode::Kind::boolean:
      return node.truth ? "true" : "false";
    case JsonNode::Kind::number:
      return printable(node.text);
    case JsonNode::Kind::string:
      return "\"" + printable(node.text) + "\"";
    case JsonNode::Kind::array:
      return "an array of " + std::to_string(node.items.size());
    case JsonNode::Kind::object:
      break;
  }
  return "an object with " + std::to_string(node.items.size()) + (node.items.size() == 1 ? " key" : " keys");
}

}  // namespace brokersim
