// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario_file/scenario_overrides.hpp"

#include <charconv>
#include <utility>

#include "sim/scenario_file/fault_text.hpp"
#include "sim/scenario_file/suggestions.hpp"
#include "sim/text/printable.hpp"

namespace brokersim {
namespace {

void mark(JsonNode& node, int argument) {
  node.argument = argument;
  for (JsonNode& item : node.items) mark(item, argument);
}

/// The tokens of an RFC 6901 pointer; false if it is none.
bool split_pointer(std::string_view pointer, std::vector<std::string>& tokens) {
  if (pointer.empty() || pointer[0] != '/') return false;
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    if (pointer[i] == '/') {
      tokens.emplace_back();
    } else if (pointer[i] != '~') {
      tokens.back() += pointer[i];
    } else if (i + 1 < pointer.size() && (pointer[i + 1] == '0' || pointer[i + 1] == '1')) {
      tokens.back() += pointer[++i] == '0' ? '~' : '/';
    } else {
      return false;
    }
  }
  return true;
}

JsonNode* child(JsonNode& node, const std::string& token) {
  if (node.is(JsonNode::Kind::array)) {
    std::size_t index = 0;
    const auto result = std::from_chars(token.data(), token.data() + token.size(), index);
    const bool number =
        result.ec == std::errc{} && result.ptr == token.data() + token.size() && (token == "0" || token[0] != '0');
    return number && index < node.items.size() ? &node.items[index] : nullptr;
  }
  for (JsonNode& item : node.items) {
    if (item.key == token) return &item;
  }
  return nullptr;
}

JsonNode parse_value(std::string_view text, DecodedStrings& strings) {
  ProblemList ignored("", text);
  check_encoding(text, ignored);
  JsonNode value;
  if (!ignored.failed(5)) value = parse_json(text, strings, ignored);
  if (ignored.failed(5)) {  // no JSON: text, so that "5ms" needs no second pair of quotes
    value = JsonNode{};
    value.kind = JsonNode::Kind::string;
    value.text = text;
  }
  return value;
}

void apply(JsonNode& root, const Override& change, DecodedStrings& strings, ProblemList& problems) {
  const std::string_view text = change.text;
  const auto refuse = [&](std::string pointer, std::string found, std::string allowed, std::string hint = {}) {
    problems.add({.code = "E0606",
                  .pointer = std::move(pointer),
                  .found = std::move(found),
                  .allowed = std::move(allowed),
                  .hint = std::move(hint),
                  .argument = change.argument});
  };
  const std::size_t equals = text.find('=');
  std::vector<std::string> tokens;
  if (equals == std::string_view::npos || !split_pointer(text.substr(0, equals), tokens)) {
    refuse("", "\"" + printable(text) + "\"", "--set /pointer=value, like /producers/0/rate=500/s");
    return;
  }
  const std::string_view written = text.substr(equals + 1);
  ProblemList bytes("", text);
  if (!written.empty()) check_encoding(text, bytes);
  if (bytes.failed(5) || written.size() > 4096) {
    refuse(printable(text.substr(0, equals)), "\"" + printable(written) + "\"",
           "a value of at most 4096 bytes of UTF-8");
    return;
  }
  JsonNode* at = &root;
  std::string pointer;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    JsonNode* next = child(*at, tokens[i]);
    if (next == nullptr && i + 1 == tokens.size() && at->is(JsonNode::Kind::object)) {
      next = &at->items.emplace_back();
      next->key = strings.emplace_back(tokens[i]);
    }
    if (next == nullptr) {
      std::vector<std::string_view> known;
      for (const JsonNode& item : at->items) known.push_back(item.key);
      const bool array = at->is(JsonNode::Kind::array);
      const std::string what = array           ? "an index below " + std::to_string(at->items.size())
                               : known.empty() ? "nothing: " + shown(*at) + " has no members"
                                               : "one of " + listed(known);
      refuse(pointer + pointer_token(tokens[i]), "no such place in the scenario", what,
             array ? "" : did_you_mean(tokens[i], known));
      return;
    }
    pointer += pointer_token(tokens[i]);
    at = next;
  }
  JsonNode value = parse_value(written, strings);
  value.key = at->key;
  value.key_offset = at->key_offset;
  mark(value, change.argument);
  *at = std::move(value);
}

/// Adds the fault in words to "faults", which comes to be if it is not there.
void add_fault(JsonNode& root, const Override& change, DecodedStrings& strings, ProblemList& problems) {
  JsonNode entry;
  if (!parse_fault_text(change.text, change.argument, strings, problems, entry)) return;
  mark(entry, change.argument);
  JsonNode* faults = child(root, "faults");
  if (faults == nullptr) {
    faults = &root.items.emplace_back();
    faults->kind = JsonNode::Kind::array;
    faults->key = "faults";
    faults->argument = change.argument;
  }
  if (faults->is(JsonNode::Kind::array)) faults->items.push_back(std::move(entry));  // else the reader refuses it
}

}  // namespace

void apply_overrides(JsonNode& root, const std::vector<Override>& overrides, DecodedStrings& strings,
                     ProblemList& problems) {
  for (const Override& change : overrides) {
    change.fault ? add_fault(root, change, strings, problems) : apply(root, change, strings, problems);
  }
}

}  // namespace brokersim
