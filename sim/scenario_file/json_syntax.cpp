// SPDX-License-Identifier: Apache-2.0
// Says what is wrong with a text that is no JSON. It decides nothing: the parser has refused the text already.
#include <array>
#include <charconv>
#include <string>

#include "sim/scenario_file/json_parse.hpp"
#include "sim/text/printable.hpp"
#include "sim/text/utf8.hpp"

namespace brokersim {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::size_t skip_space(std::string_view text, std::size_t at) {
  while (at < text.size() && is_space(text[at])) ++at;
  return at;
}

Problem problem(const char* code, std::size_t at, std::string found, std::string allowed, std::string hint = {}) {
  return {.code = code,
          .offset = static_cast<std::uint32_t>(at),
          .found = std::move(found),
          .allowed = std::move(allowed),
          .hint = std::move(hint)};
}

std::string quoted(std::string_view text) {
  return "'" + printable(text, 40) + "'";
}

/// The character at `at` as it is written.
std::string character(std::string_view text, std::size_t at) {
  return quoted(text.substr(at, std::max<std::size_t>(code_point_at(text, at).length, 1)));
}

/// How a number that JSON does not know is written in JSON; empty if there is no telling.
std::string corrected(std::string_view token) {
  std::string text;
  for (const char c : token) {
    if (c != '_') text += c;
  }
  const bool negative = !text.empty() && text[0] == '-';
  if (!text.empty() && (text[0] == '+' || negative)) text.erase(0, 1);
  if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    std::uint64_t value = 0;
    const auto result = std::from_chars(text.data() + 2, text.data() + text.size(), value, 16);
    if (result.ec != std::errc{} || result.ptr != text.data() + text.size()) return {};
    text = std::to_string(value);
  }
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  std::string whole = text.substr(0, digits);
  std::string rest = text.substr(digits);
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
  if (whole.empty()) whole = "0";
  if (rest == ".") rest.clear();
  const bool plain = rest.empty() || (rest[0] == '.' && rest.find_first_not_of("0123456789", 1) == std::string::npos);
  return plain ? (negative ? "-" : "") + whole + rest : std::string{};
}

Problem bad_number(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() &&
         (is_digit(text[end]) || is_letter(text[end]) || text[end] == '.' || text[end] == '+' || text[end] == '-')) {
    ++end;
  }
  const std::string_view token = text.substr(at, end - at);
  const std::string right = corrected(token);
  return problem("E0217", at, printable(token), "a JSON number, like 12, -3 or 0.5",
                 right.empty() ? "write a quantity with its unit in double quotes" : "write " + right);
}

Problem bad_string(std::string_view text, std::size_t at) {
  const auto hex = [&](std::size_t from) {
    if (from + 4 > text.size()) return std::uint32_t{0x10000};
    std::uint32_t value = 0;
    const auto result = std::from_chars(text.data() + from, text.data() + from + 4, value, 16);
    return result.ptr == text.data() + from + 4 ? value : 0x10000;
  };
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '"')
      return problem("E0223", at, "a string, " + printable(text.substr(at, i + 1 - at)), "something else");
    if (static_cast<unsigned char>(text[i]) < 0x20) {
      const bool line_end = text[i] == '\n' || text[i] == '\r';
      return problem("E0205", i, "a control character in a string: " + printable(text.substr(i, 1)),
                     "in a string, control characters written as \\n, \\t or \\u00XX",
                     line_end ? "the string that begins at {other} may lack its closing quote" : "");
    }
    if (text[i] != '\\') continue;
    const char escape = i + 1 < text.size() ? text[i + 1] : ' ';
    if (escape == 'u') {
      const std::uint32_t value = hex(i + 2);
      const bool low_follows = i + 7 < text.size() && text[i + 6] == '\\' && text[i + 7] == 'u' &&
                               hex(i + 8) >= 0xdc00 && hex(i + 8) <= 0xdfff;
      if (value == 0x10000) {
        return problem("E0207", i, quoted(text.substr(i, 6)), "four hexadecimal digits after \\u");
      }
      if (value >= 0xd800 && value <= 0xdfff && !(value <= 0xdbff && low_follows)) {
        return problem("E0206", i, "half of a surrogate pair: " + printable(text.substr(i, 6)),
                       "\\ud800 to \\udbff followed by \\udc00 to \\udfff");
      }
      i += value >= 0xd800 && value <= 0xdbff ? 11 : 5;
    } else if (std::string_view("\"\\/bfnrt").find(escape) == std::string_view::npos) {
      return problem("E0207", i, quoted(text.substr(i, 2)), R"(the escapes \" \\ \/ \b \f \n \r \t \uXXXX)");
    } else {
      ++i;
    }
  }
  Problem open =
      problem("E0208", text.size(), "the end of the file in the string that begins at {other}", "a closing '\"'");
  open.other_offset = static_cast<std::uint32_t>(at);
  return open;
}

/// A token that cannot begin where it stands, or is none.
Problem bad_token(std::string_view text, std::size_t at, bool as_key) {
  const char c = text[at];
  std::size_t end = at;
  while (end < text.size() && (is_letter(text[end]) || is_digit(text[end]) || text[end] == '-' || text[end] == '+'))
    ++end;
  std::string lower;
  for (const char letter : text.substr(at, end - at)) {
    lower += letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  }
  const std::string_view word = text.substr(at, end - at);
  if (c == '"') {
    Problem string = bad_string(text, at);
    string.other_offset = static_cast<std::uint32_t>(at);
    return string;
  }
  if (c == '/' || c == '#') {
    return problem("E0212", at, "a comment", "JSON, which has no comments", "use the key \"comment\"");
  }
  const std::string_view bare = lower.empty() ? lower : std::string_view(lower).substr(c == '-' || c == '+' ? 1 : 0);
  if (bare == "nan" || bare == "infinity" || bare == "inf") {
    return problem("E0214", at, printable(word) + ", which is not JSON", "a finite number");
  }
  if (!as_key && (is_digit(c) || c == '-' || c == '+' || c == '.')) return bad_number(text, at);
  if (c == '\'' || is_letter(c)) {
    const bool literal = lower == "true" || lower == "false" || lower == "null";
    return problem("E0211", at, c == '\'' ? "a single quote" : "the word " + quoted(word),
                   as_key ? "a key in double quotes" : "a value: a string in double quotes, a number, true, false",
                   !as_key && literal ? "write " + lower : "use double quotes");
  }
  return problem("E0223", at, character(text, at), as_key ? "a key in double quotes" : "a value");
}

}  // namespace

Problem explain_syntax_error(std::string_view text, std::size_t after, JsonExpects expects,
                             const std::vector<OpenContainer>& containers, bool after_number) {
  if (after_number && after < text.size() && (is_digit(text[after]) || is_letter(text[after]) || text[after] == '.')) {
    std::size_t start = after;
    while (start > 0 && (is_digit(text[start - 1]) || text[start - 1] == '-')) --start;
    return bad_number(text, start);
  }
  std::size_t at = skip_space(text, after);
  const bool in_object = !containers.empty() && containers.back().is_object;
  const char closing = in_object ? '}' : ']';
  const auto cut = [&] {
    Problem open = problem(
        "E0208", text.size(),
        std::string("the end of the file in the ") + (in_object ? "object" : "array") + " that begins at {other}",
        std::string("a closing '") + closing + "'");
    open.other_offset = containers.empty() ? 0 : containers.back().offset;
    return open;
  };
  if (at == text.size()) return cut();
  if (text[at] == '/' || text[at] == '#') return bad_token(text, at, false);
  if (expects == JsonExpects::nothing) {
    return problem("E0213", at, character(text, at), "nothing after the end of the document");
  }
  if (expects == JsonExpects::colon_and_value) {
    if (text[at] != ':') return problem("E0210", at, character(text, at), "a ':' between key and value");
    at = skip_space(text, at + 1);
    return at == text.size() ? cut() : bad_token(text, at, false);
  }
  if (expects == JsonExpects::comma_or_end) {
    if (text[at] != ',') {
      const bool closes = text[at] == '}' || text[at] == ']';
      return problem(closes ? "E0223" : "E0210", at, character(text, at),
                     std::string("a ',' or a closing '") + closing + "'");
    }
    const std::size_t comma = at;
    at = skip_space(text, at + 1);
    if (at == text.size()) return cut();
    if (text[at] == closing) {
      return problem("E0209", comma, std::string("a ',' before the closing '") + closing + "'",
                     "a comma only between two items", "remove it");
    }
    return bad_token(text, at, in_object);
  }
  return bad_token(text, at, expects == JsonExpects::first_key);
}

void check_encoding(std::string_view text, ProblemList& problems) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t content = skip_space(text, 0);
  if (content == text.size()) {
    problems.add(
        problem("E0201", content, text.empty() ? "an empty file" : "nothing but white space", "an object: { ... }"));
    return;
  }
  const bool marked = text.size() > 1 && ((byte(0) == 0xff && byte(1) == 0xfe) || (byte(0) == 0xfe && byte(1) == 0xff));
  const bool every_other_is_zero = text.size() > 1 && ((byte(0) == 0) != (byte(1) == 0));
  const bool wide_zeros = text.size() > 3 && byte(0) == 0 && byte(1) == 0;
  if (marked || every_other_is_zero || wide_zeros) {
    problems.add(problem("E0202", 0, "text that looks like UTF-16 or UTF-32", "UTF-8", "save the file as UTF-8"));
    return;
  }
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint point = code_point_at(text, i);
    if (point.length == 0) {
      problems.add(problem("E0203", i, "the byte " + printable(text.substr(i, 1)) + ", which is no UTF-8", "UTF-8"));
      return;
    }
    if (point.value == 0) {
      problems.add(problem("E0204", i, "a NUL byte", "text"));
      return;
    }
    i += point.length;
  }
}

}  // namespace brokersim
