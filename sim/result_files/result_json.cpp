// SPDX-License-Identifier: Apache-2.0
#include "sim/result_files/result_json.hpp"

#include "sim/result_files/result_text.hpp"
#include "sim/text/printable.hpp"
#include "sim/text/utf8.hpp"

namespace brokersim {

namespace {

/// Bytes that are no UTF-8 would make the file no JSON; they are shown as \\x.., as everywhere.
std::string as_utf8(std::string_view text) {
  std::string valid;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = code_point_at(text, at).length;
    valid += length == 0 ? printable(text.substr(at, 1)) : std::string(text.substr(at, length));
    at += length == 0 ? 1 : length;
  }
  return valid;
}

}  // namespace

void JsonText::place() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (open_.empty()) return;
  text_ += first_ ? "\n" : ",\n";
  text_.append(2 * open_.size(), ' ');
  first_ = false;
}

JsonText& JsonText::open(char bracket) {
  place();
  text_ += bracket;
  open_.push_back(bracket == '{' ? '}' : ']');
  first_ = true;
  return *this;
}

JsonText& JsonText::end() {
  const char bracket = open_.back();
  open_.pop_back();
  if (!first_) {
    text_ += '\n';
    text_.append(2 * open_.size(), ' ');
  }
  text_ += bracket;
  first_ = false;
  return *this;
}

JsonText& JsonText::key(std::string_view name) {
  place();
  text_ += json_quoted(name) + ": ";
  after_key_ = true;
  return *this;
}

JsonText& JsonText::value(std::string_view text) {
  place();
  text_ += json_quoted(as_utf8(text));
  return *this;
}

JsonText& JsonText::value(bool truth) {
  place();
  text_ += truth ? "true" : "false";
  return *this;
}

JsonText& JsonText::value(double number) {
  place();
  append_number(text_, number);
  return *this;
}

JsonText& JsonText::value(std::int64_t number) {
  place();
  append_number(text_, number);
  return *this;
}

JsonText& JsonText::value(std::uint64_t number) {
  place();
  append_number(text_, number);
  return *this;
}

JsonText& JsonText::value(const std::optional<double>& number) {
  if (number) return value(*number);
  place();
  text_ += "null";
  return *this;
}

JsonText& JsonText::value(const std::vector<std::string>& texts) {
  begin_array();
  for (const std::string& text : texts) value(std::string_view(text));
  return end();
}

}  // namespace brokersim
