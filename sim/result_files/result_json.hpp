// SPDX-License-Identifier: Apache-2.0
// Writes the small JSON files of a result directory: members in the order given, numbers by std::to_chars (rule D-13).
#pragma once
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace brokersim {

/// Text of one JSON document, two spaces of indentation a level.
class JsonText {
 public:
  JsonText& begin_object() { return open('{'); }
  JsonText& begin_array() { return open('['); }
  JsonText& end();
  /// The name of the member whose value comes next.
  JsonText& key(std::string_view name);
  JsonText& value(std::string_view text);
  JsonText& value(const char* text) { return value(std::string_view(text)); }
  JsonText& value(bool truth);
  JsonText& value(double number);
  JsonText& value(std::int64_t number);
  JsonText& value(std::uint64_t number);
  JsonText& value(std::uint32_t number) { return value(std::uint64_t{number}); }
  JsonText& value(const std::optional<double>& number);  ///< none: null
  JsonText& value(const std::vector<std::string>& texts);
  JsonText& member(std::string_view name, const auto& content) { return key(name).value(content); }
  /// The finished document, with its last line end.
  [[nodiscard]] std::string document() const { return text_ + "\n"; }

 private:
  JsonText& open(char bracket);
  void place();

  std::string text_;
  std::vector<char> open_;  // closing brackets
  bool first_ = true;       // nothing yet in the innermost bracket
  bool after_key_ = false;
};

}  // namespace brokersim
