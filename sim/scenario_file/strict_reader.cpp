// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario_file/strict_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "sim/scenario_file/suggestions.hpp"
#include "sim/text/printable.hpp"

namespace brokersim {
namespace {

using Kind = JsonNode::Kind;

constexpr std::string_view duration_words = "a duration with its unit (ns us ms s min h d), like \"5ms\"";
constexpr std::string_view size_words = "a size with its unit (B kB MB GB KiB MiB GiB), like \"1KiB\"";
constexpr std::string_view bandwidth_words =
    "a bandwidth with its unit, like \"10Gbit/s\", \"40MiB/s\" or \"unlimited\"";
constexpr std::string_view rate_words = "a rate with its unit, like \"1000/s\" or \"2.5k/s\"";
constexpr std::string_view percentage_words = "a percentage, like \"35%\"";
constexpr std::string_view usd_words = "a price in US dollars, like \"0.02USD\"";

std::string kind_name(const JsonNode& node) {
  switch (node.kind) {
    case Kind::null:
      return "null";
    case Kind::boolean:
      return "a boolean, " + shown(node);
    case Kind::number:
      return "a number, " + shown(node);
    case Kind::string:
      return "a string, " + shown(node);
    case Kind::array:
    case Kind::object:
      break;
  }
  return shown(node);
}

/// Names that some file systems keep for devices; an id may become part of a file name.
bool device_name(std::string_view id) {
  std::string stem(id.substr(0, id.find('.')));
  for (char& c : stem) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  if (stem == "CON" || stem == "PRN" || stem == "AUX" || stem == "NUL") return true;
  return stem.size() == 4 && (stem.starts_with("COM") || stem.starts_with("LPT")) && stem[3] >= '1' && stem[3] <= '9';
}

bool id_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

std::string whole_words(const WholeRange& range) {
  if (range.maximum == std::numeric_limits<std::int64_t>::max()) {
    return "a whole number of at least " + std::to_string(range.minimum);
  }
  return "a whole number from " + std::to_string(range.minimum) + " to " + std::to_string(range.maximum);
}

}  // namespace

bool StrictReader::wrong_type(const JsonNode& node, std::string_view wanted, std::string hint) {
  if (node.is(Kind::null)) {
    problems_.at(node, {.code = "E0306",
                        .found = "null, which is not a value here",
                        .allowed = std::string(wanted),
                        .hint = "leave the key out for the default"});
  } else {
    problems_.at(node,
                 {.code = "E0305", .found = kind_name(node), .allowed = std::string(wanted), .hint = std::move(hint)});
  }
  return false;
}

void StrictReader::check_key(const JsonNode& item, Section section) {
  if (item.key == "comment" || is_key_of(section, item.key)) return;
  const std::span<const std::string_view> keys = keys_of(section);
  Problem problem{.code = "E0302",
                  .offset = item.argument > 0 ? item.offset : item.key_offset,
                  .pointer = pointer_of(item),
                  .found = "the key \"" + printable(item.key) + "\"",
                  .allowed = listed(keys),
                  .argument = item.argument};
  const std::string places = places_of(item.key);
  if (section == Section::root && item.key == "expect") {
    problem.code = "E0390";
    problem.allowed = "a scenario without it: not yet supported, and never ignored";
  } else if (!places.empty()) {
    problem.code = "E0303";
    problem.hint = "belongs under " + places;
  } else if (unsupported_kafka_setting(item.key)) {
    problem.code = "E0322";
    problem.found += ", a Kafka setting that brokersim does not support yet";
    problem.hint = item.key == "broker.rack"              ? "a broker's \"zone\" is its rack"
                   : item.key == "replica.selector.class" ? "\"read_policies\" at the top level says who answers"
                   : item.key == "partitioner.class"      ? "a producer's \"partitioner\" says which"
                   : item.key == "eligible.leader.replicas.enable"
                       ? "since 4.1 it is the feature eligible.leader.replicas.version, in /control_plane/config"
                       : "leave it out; docs/MODEL.md says what is modelled";
  } else {
    problem.hint = did_you_mean(item.key, keys);
  }
  problems_.add(std::move(problem));
}

bool StrictReader::object(const JsonNode& node, Section section) {
  if (!node.is(Kind::object)) return wrong_type(node, "an object");
  for (const JsonNode& item : node.items) check_key(item, section);
  return true;
}

bool StrictReader::array(const JsonNode& node, std::size_t minimum) {
  if (!node.is(Kind::array)) return wrong_type(node, "an array");
  if (node.items.size() >= minimum) return true;
  problems_.at(node, {.code = "E0316",
                      .found = node.items.empty() ? "an empty array" : shown(node),
                      .allowed = "needs at least " + std::to_string(minimum)});
  return false;
}

const JsonNode* StrictReader::needed(const JsonNode& object, std::string_view key, std::string_view example) {
  const JsonNode* node = find_member(object, key);
  if (node == nullptr) {
    problems_.at(object, {.code = "E0304",
                          .pointer = pointer_of(object) + pointer_token(key),
                          .found = "no key \"" + std::string(key) + "\"",
                          .allowed = "it is required, like " + std::string(example)});
  }
  return node;
}

const JsonNode* StrictReader::either(const JsonNode& object, std::string_view key, std::string_view other_key) {
  const JsonNode* one = find_member(object, key);
  const JsonNode* other = find_member(object, other_key);
  if (one != nullptr && other != nullptr) {
    problems_.at(*other, *one,
                 {.code = "E0323",
                  .found = "\"" + std::string(other_key) + "\" beside \"" + std::string(key) + "\" at {other}",
                  .allowed = "one of them"});
  }
  return one != nullptr ? one : other;
}

bool StrictReader::text(const JsonNode& node, std::string& out) {
  if (!node.is(Kind::string))
    return wrong_type(node, "a string", node.is(Kind::number) ? "write it in double quotes" : "");
  out = node.text;
  return true;
}

bool StrictReader::id(const JsonNode& node, std::string& out) {
  std::string id;
  if (!text(node, id)) return false;
  const bool right = !id.empty() && id.size() <= 128 && std::all_of(id.begin(), id.end(), id_character) &&
                     id[0] != '.' && id[0] != '-' && !device_name(id);
  if (!right) {
    problems_.at(node, "E0403",
                 "1 to 128 characters of A-Z a-z 0-9 . _ -, not beginning with . or -, and no device name like CON");
    return false;
  }
  out = std::move(id);
  return true;
}

bool StrictReader::choice(const JsonNode& node, std::span<const std::string_view> choices, std::size_t& out) {
  std::string word;
  if (!text(node, word)) return false;
  const auto at = std::find(choices.begin(), choices.end(), word);
  if (at == choices.end()) {
    problems_.at(node, "E0318", "one of " + listed(choices), did_you_mean(word, choices));
    return false;
  }
  out = static_cast<std::size_t>(at - choices.begin());
  return true;
}

bool StrictReader::whole64(const JsonNode& node, const WholeRange& range, std::int64_t& out) {
  if (!node.is(Kind::number)) {
    std::int64_t value = 0;
    const auto result = std::from_chars(node.text.data(), node.text.data() + node.text.size(), value);
    const bool digits =
        node.is(Kind::string) && !node.text.empty() && result.ptr == node.text.data() + node.text.size();
    return wrong_type(node, whole_words(range), digits ? "write " + std::string(node.text) + " without quotes" : "");
  }
  const WholeNumber number = parse_whole(node.text);
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (number.kind == WholeNumber::Kind::fraction) {
    problems_.at(node, "E0307", whole_words(range));
    return false;
  }
  if (number.kind == WholeNumber::Kind::too_large || number.magnitude > most) {
    problems_.at(node, "E0308", whole_words(range), "whole numbers go up to 9223372036854775807");
    return false;
  }
  const auto magnitude = static_cast<std::int64_t>(number.magnitude);
  const std::int64_t value = number.negative ? -magnitude : magnitude;
  if (value < range.minimum || value > range.maximum) {
    problems_.at(node, range.code, whole_words(range), std::string(range.hint));
    return false;
  }
  out = value;
  return true;
}

bool StrictReader::boolean(const JsonNode& node, bool& out) {
  if (!node.is(Kind::boolean)) {
    const bool quoted = node.is(Kind::string) && (node.text == "true" || node.text == "false");
    return wrong_type(node, "true or false", quoted ? "write " + std::string(node.text) + " without quotes" : "");
  }
  out = node.truth;
  return true;
}

bool StrictReader::seed(const JsonNode& node, std::uint64_t& out) {
  constexpr std::string_view wanted = "a whole number from 0 to 18446744073709551615";
  if (!node.is(Kind::number)) return wrong_type(node, wanted);
  const WholeNumber number = parse_whole(node.text);
  if (number.kind != WholeNumber::Kind::whole || (number.negative && number.magnitude > 0)) {
    problems_.at(node, "E0451", std::string(wanted));
    return false;
  }
  out = number.magnitude;
  return true;
}

bool StrictReader::real(const JsonNode& node, const RealRange& range, double& out) {
  const std::string words = std::string("a number ") + (range.included ? "of at least " : "above ") +
                            decimal_text(range.above) + " and at most " + decimal_text(range.maximum);
  if (!node.is(Kind::number)) return wrong_type(node, words);
  double value = 0;
  std::from_chars(node.text.data(), node.text.data() + node.text.size(), value);
  if (value < range.above || (value == range.above && !range.included) || value > range.maximum) {
    problems_.at(node, range.code, words, std::string(range.hint));
    return false;
  }
  out = value;
  return true;
}

template <class T>
bool StrictReader::quantity(const JsonNode& node, Quantity<T> (*parse)(std::string_view), std::string_view wanted,
                            T& out) {
  // A bare number is read as text without a unit: 0 passes, everything else is told that a unit is missing.
  if (!node.is(Kind::string) && !node.is(Kind::number)) return wrong_type(node, wanted);
  Quantity<T> result = parse(node.text);
  if (node.is(Kind::number) && !result.ok() && std::string_view(result.error.code) == "E0315")
    result.error.code = "E0310";
  if (!result.ok()) {
    problems_.at(node, result.error.code, std::string(wanted), result.error.explanation);
    return false;
  }
  out = result.value;
  return true;
}

bool StrictReader::duration(const JsonNode& node, const DurationRange& range, Duration& out) {
  Duration value{};
  if (!quantity(node, parse_duration, duration_words, value)) return false;
  if (value < range.minimum || value > range.maximum) {
    const std::string most = range.maximum == century ? "100 years" : duration_text(range.maximum);
    problems_.at(node, range.code, "a duration from " + duration_text(range.minimum) + " to " + most,
                 std::string(range.hint));
    return false;
  }
  out = value;
  return true;
}

bool StrictReader::milliseconds(const JsonNode& node, const WholeRange& range, Duration& out) {
  std::int64_t value = 0;
  if (!whole64(node, range, value)) return false;
  out = std::chrono::milliseconds{value};
  return true;
}

bool StrictReader::cost_per_byte(const JsonNode& node, std::int64_t& out_picoseconds) {
  std::int64_t value = 0;
  if (!quantity(node, parse_picoseconds, duration_words, value)) return false;
  if (value < 0 || value > 1'000'000'000) {
    problems_.at(node, "E0429", "a duration from 0ns to 1ms");
    return false;
  }
  out_picoseconds = value;
  return true;
}

bool StrictReader::size(const JsonNode& node, const WholeRange& range, std::int32_t& out) {
  Bytes value = 0;
  if (!size64(node, range, value)) return false;
  out = static_cast<std::int32_t>(value);
  return true;
}

bool StrictReader::size64(const JsonNode& node, const WholeRange& range, Bytes& out) {
  Bytes value = 0;
  if (!quantity(node, parse_size, size_words, value)) return false;
  if (value < range.minimum || value > range.maximum) {
    problems_.at(node, range.code, "a size from " + size_text(range.minimum) + " to " + size_text(range.maximum),
                 std::string(range.hint));
    return false;
  }
  out = value;
  return true;
}

bool StrictReader::bandwidth(const JsonNode& node, BytesPerSecond& out) {
  BytesPerSecond value;
  if (!quantity(node, parse_bandwidth, bandwidth_words, value)) return false;
  if (value.value < 0) {
    problems_.at(node, "E0439", std::string(bandwidth_words) + ", above 0");
    return false;
  }
  out = value;
  return true;
}

bool StrictReader::rate(const JsonNode& node, double& out) {
  double value = 0;
  if (!quantity(node, parse_rate, rate_words, value)) return false;
  if (!(value >= 1e-9) || value > 1e12) {
    problems_.at(node, "E0421", "a rate greater than 0 and at most 1e12/s, written like \"1000/s\" or \"2.5k/s\"",
                 value == 0 ? "leave the producer out to have it silent" : "");
    return false;
  }
  out = value;
  return true;
}

bool StrictReader::percentage(const JsonNode& node, double& out) {
  double value = 0;
  if (!quantity(node, parse_percentage, percentage_words, value)) return false;
  if (value < 0 || value > 1) {
    problems_.at(node, "E0437", "a percentage from 0% to 100%");
    return false;
  }
  out = value;
  return true;
}

bool StrictReader::usd(const JsonNode& node, double& out) {
  double value = 0;
  if (!quantity(node, parse_usd, usd_words, value)) return false;
  if (value < 0 || value > 1e6) {
    problems_.at(node, "E0429", "a price from 0USD to 1000000USD");
    return false;
  }
  out = value;
  return true;
}

}  // namespace brokersim
