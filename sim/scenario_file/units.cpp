// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario_file/units.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <utility>

namespace brokersim {
namespace {

__extension__ using Wide = __int128;

/// A unit is multiplier / divisor of the base unit.
struct Unit {
  std::string_view name;
  std::int64_t multiplier;
  std::int64_t divisor = 1;
};

constexpr std::int64_t ki = 1024, mi = ki * ki, gi = mi * ki, ti = gi * ki;
constexpr std::array durations{Unit{"ns", 1},
                               Unit{"us", 1'000},
                               Unit{"ms", 1'000'000},
                               Unit{"s", 1'000'000'000},
                               Unit{"min", 60'000'000'000},
                               Unit{"h", 3'600'000'000'000},
                               Unit{"d", 86'400'000'000'000}};
constexpr std::array sizes{Unit{"B", 1},
                           Unit{"kB", 1'000},
                           Unit{"MB", 1'000'000},
                           Unit{"GB", 1'000'000'000},
                           Unit{"TB", 1'000'000'000'000},
                           Unit{"KiB", ki},
                           Unit{"MiB", mi},
                           Unit{"GiB", gi},
                           Unit{"TiB", ti}};
constexpr std::array bandwidths{Unit{"B/s", 1},
                                Unit{"kB/s", 1'000},
                                Unit{"MB/s", 1'000'000},
                                Unit{"GB/s", 1'000'000'000},
                                Unit{"TB/s", 1'000'000'000'000},
                                Unit{"KiB/s", ki},
                                Unit{"MiB/s", mi},
                                Unit{"GiB/s", gi},
                                Unit{"TiB/s", ti},
                                Unit{"bit/s", 1, 8},
                                Unit{"kbit/s", 1'000, 8},
                                Unit{"Mbit/s", 1'000'000, 8},
                                Unit{"Gbit/s", 1'000'000'000, 8},
                                Unit{"Tbit/s", 1'000'000'000'000, 8}};
constexpr std::array rates{Unit{"/s", 1},        Unit{"k/s", 1'000},        Unit{"M/s", 1'000'000},
                           Unit{"/min", 1, 60},  Unit{"k/min", 1'000, 60},  Unit{"M/min", 1'000'000, 60},
                           Unit{"/h", 1, 3'600}, Unit{"k/h", 1'000, 3'600}, Unit{"M/h", 1'000'000, 3'600}};
constexpr std::array percentages{Unit{"%", 1, 100}};
constexpr std::array prices{Unit{"USD", 1}};

/// What a quantity is called, and its units.
struct Dimension {
  std::string_view name;   // "a duration"
  std::string_view units;  // as listed in messages
  std::span<const Unit> table;
};
const std::array<Dimension, 6> dimensions{
    Dimension{"a duration", "ns us ms s min h d", durations},
    Dimension{"a size", "B kB MB GB TB KiB MiB GiB TiB", sizes},
    Dimension{"a bandwidth", "B/s kB/s MiB/s bit/s kbit/s Mbit/s Gbit/s ...", bandwidths},
    Dimension{"a rate", "/s /min /h, k/s M/s ...", rates},
    Dimension{"a percentage", "%", percentages},
    Dimension{"a price", "USD", prices}};
enum DimensionIndex : std::size_t {
  duration_units,
  size_units,
  bandwidth_units,
  rate_units,
  percentage_units,
  price_units
};

std::string lower(std::string_view text) {
  std::string low;
  for (const char c : text) low += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return low;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

const Unit* find_unit(const Dimension& dimension, std::string_view name) {
  const auto at =
      std::find_if(dimension.table.begin(), dimension.table.end(), [&](const Unit& u) { return u.name == name; });
  return at == dimension.table.end() ? nullptr : &*at;
}

/// The dimension a unit belongs to if case is forgiven, or none.
const Dimension* dimension_of(std::string_view unit) {
  for (const Dimension& dimension : dimensions) {
    for (const Unit& u : dimension.table) {
      if (lower(u.name) == lower(unit)) return &dimension;
    }
  }
  return nullptr;
}

/// "1Kb": bits, or bytes, or thousands of what?
std::optional<UnitError> ambiguous_size(std::string_view unit, bool per_second) {
  std::string_view stem = unit;
  if (per_second && stem.size() > 2 && stem.substr(stem.size() - 2) == "/s") stem.remove_suffix(2);
  const std::string low = lower(stem);
  const std::string end = per_second ? "/s" : "";
  if (low == "kb" || low == "mb" || low == "gb" || low == "tb") {
    const std::string prefix = low[0] == 'k' ? "k" : std::string(1, static_cast<char>(low[0] - 'a' + 'A'));
    const std::string binary = std::string(1, static_cast<char>(low[0] - 'a' + 'A')) + "iB";
    const std::string bits = per_second ? ", or " + prefix + "bit/s (bits)" : "";
    return UnitError{
        "E0313", "write " + prefix + "B" + end + " (powers of 1000) or " + binary + end + " (powers of 1024)" + bits};
  }
  if (low == "kib" || low == "mib" || low == "gib" || low == "tib" || low == "b") {
    const std::string right = low == "b" ? "B" : std::string(1, static_cast<char>(low[0] - 'a' + 'A')) + "iB";
    return UnitError{"E0313", "write " + right + end + " for bytes" + (per_second ? ", or bit/s for bits" : "")};
  }
  return std::nullopt;
}

/// A quantity taken apart: digits without the '.', how many of them are decimals, and the unit.
struct Parts {
  std::string_view number;
  bool negative = false;
  std::int64_t mantissa = 0;
  int decimals = 0;
  bool exact = true;           // mantissa and decimals hold all digits
  const Unit* unit = nullptr;  // null: the text is a bare 0
  UnitError error;
};

UnitError malformed(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return {"E0315", "digits are 0 to 9 and units plain letters"};
  }
  if (text.find(',') != std::string_view::npos) return {"E0315", "the decimal sign is '.', and nothing groups digits"};
  if (text.find_first_of(" \t\r\n") != std::string_view::npos) return {"E0315", "write number and unit without spaces"};
  return {"E0315", "write a plain number with its unit, without exponent"};
}

Parts take_apart(std::string_view text, const Dimension& dimension) {
  Parts parts;
  std::size_t at = !text.empty() && text[0] == '-' ? 1 : 0;
  parts.negative = at == 1;
  std::size_t digits = 0;
  bool point = false;
  const std::size_t first = at;
  for (; at < text.size() && (is_digit(text[at]) || (text[at] == '.' && !point && digits > 0)); ++at) {
    if (text[at] == '.') {
      point = true;
      continue;
    }
    const std::int64_t digit = text[at] - '0';
    parts.exact =
        parts.exact && parts.mantissa <= (std::numeric_limits<std::int64_t>::max() - digit) / 10 && parts.decimals < 18;
    if (parts.exact) parts.mantissa = parts.mantissa * 10 + digit;
    ++digits;
    parts.decimals += point ? 1 : 0;
  }
  parts.number = text.substr(0, at);
  const std::string_view unit = text.substr(at);
  const std::string units = "units: " + std::string(dimension.units);
  if (digits == 0) {
    const bool unit_only = first == 0 && !text.empty() && dimension_of(text) != nullptr;
    parts.error = unit_only ? UnitError{"E0314", "a unit without a number"} : malformed(text);
  } else if (text[at - 1] == '.') {
    parts.error = malformed(text);
  } else if (unit.empty()) {
    if (parts.mantissa != 0 || !parts.exact) parts.error = {"E0310", "needs a unit: " + std::string(dimension.units)};
  } else if (const Unit* known = find_unit(dimension, unit)) {
    parts.unit = known;
    if (text.size() > 64) parts.error = {"E0315", "at most 64 characters"};
  } else {
    std::string_view trimmed = unit;
    while (!trimmed.empty() && trimmed[0] == ' ') trimmed.remove_prefix(1);
    const bool sizes_wanted = &dimension == &dimensions[size_units] || &dimension == &dimensions[bandwidth_units];
    const auto ambiguity =
        sizes_wanted ? ambiguous_size(unit, &dimension == &dimensions[bandwidth_units]) : std::nullopt;
    const Dimension* other = dimension_of(unit);
    if (trimmed == "m" && &dimension == &dimensions[duration_units]) {
      parts.error = {"E0312", "ambiguous; write min or ms"};
    } else if (ambiguity) {
      parts.error = *ambiguity;
    } else if (other == &dimension) {
      parts.error = {"E0311", "the case of a unit counts; " + units};
    } else if (other != nullptr) {
      parts.error = {
          "E0311", std::string(unit) + " is " + std::string(other->name) + "; expected " + std::string(dimension.name)};
    } else if (unit.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ%/") ==
               std::string_view::npos) {
      parts.error = {"E0311", "unknown unit; " + units};
    } else {
      parts.error = malformed(text);
    }
  }
  return parts;
}

/// number * unit * scale as an exact integer, where 1 base unit is `scale` of the result.
Quantity<std::int64_t> exact(std::string_view text, DimensionIndex index, std::int64_t scale,
                             std::string_view smallest) {
  const Parts parts = take_apart(text, dimensions[index]);
  if (parts.error.code != nullptr) return {0, parts.error};
  if (parts.unit == nullptr) return {};
  if (!parts.exact) return {0, {"E0315", "at most 18 digits"}};
  const Wide numerator = static_cast<Wide>(parts.mantissa) * parts.unit->multiplier;
  Wide denominator = parts.unit->divisor;
  for (int i = 0; i < parts.decimals; ++i) denominator *= 10;
  // mantissa < 2^63, multiplier < 2^57, scale <= 1000: divide first where the product might not fit 128 bits.
  const Wide whole = numerator / denominator, rest = numerator % denominator;
  if (whole > std::numeric_limits<std::int64_t>::max() / scale) return {0, {"E0308", "too large for 64 bits"}};
  if (rest * scale % denominator != 0) {
    return {0, {"E0319", "finer than " + std::string(smallest) + ", the smallest step"}};
  }
  const Wide value = whole * scale + rest * scale / denominator;
  return {static_cast<std::int64_t>(parts.negative ? -value : value), {}};
}

Quantity<double> real(std::string_view text, DimensionIndex index) {
  const Parts parts = take_apart(text, dimensions[index]);
  if (parts.error.code != nullptr) return {0, parts.error};
  if (parts.unit == nullptr) return {};
  double number = 0;
  std::from_chars(parts.number.data(), parts.number.data() + parts.number.size(), number, std::chars_format::fixed);
  return {number * static_cast<double>(parts.unit->multiplier) / static_cast<double>(parts.unit->divisor), {}};
}

/// In the largest of `units` (ascending) that divides the value.
std::string whole_text(std::int64_t value, std::span<const Unit> units) {
  const Unit* best = &units[0];
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.multiplier == 0) best = &unit;
  }
  return std::to_string(value / best->multiplier) + std::string(best->name);
}

}  // namespace

Quantity<Duration> parse_duration(std::string_view text) {
  const Quantity<std::int64_t> nanoseconds = exact(text, duration_units, 1, "1ns");
  return {Duration{nanoseconds.value}, nanoseconds.error};
}
Quantity<std::int64_t> parse_picoseconds(std::string_view text) {
  return exact(text, duration_units, 1000, "0.001ns");
}
Quantity<Bytes> parse_size(std::string_view text) {
  return exact(text, size_units, 1, "1B");
}
Quantity<BytesPerSecond> parse_bandwidth(std::string_view text) {
  if (text == "unlimited") return {};
  const Quantity<std::int64_t> rate = exact(text, bandwidth_units, 1, "1B/s");
  // Inside, 0 stands for unlimited; a file that says 0 must not mean its opposite.
  if (rate.ok() && rate.value == 0) return {{}, {"E0439", "write \"unlimited\" for no limit"}};
  return {{rate.value}, rate.error};
}
Quantity<double> parse_rate(std::string_view text) {
  return real(text, rate_units);
}
Quantity<double> parse_percentage(std::string_view text) {
  const Parts parts = take_apart(text, dimensions[percentage_units]);
  if (parts.error.code != nullptr || parts.unit == nullptr) return {0, parts.error};
  // The decimal point is moved, not the number divided: a division would round a second time and miss some doubles.
  const std::string shifted = std::string(parts.number) + "e-2";
  double share = 0;
  std::from_chars(shifted.data(), shifted.data() + shifted.size(), share);
  return {share, {}};
}
Quantity<double> parse_usd(std::string_view text) {
  return real(text, price_units);
}

std::string duration_text(Duration value) {
  if (value == Duration::zero()) return "0s";
  return whole_text(value.count(), std::span(durations).first(4));
}
std::string picoseconds_text(std::int64_t value) {
  if (value % 1000 == 0) return duration_text(Duration{value / 1000});
  const std::string decimals = std::to_string(1000 + value % 1000).substr(1);
  return std::to_string(value / 1000) + "." + decimals.substr(0, decimals.find_last_not_of('0') + 1) + "ns";
}
std::string size_text(Bytes value) {
  static constexpr std::array binary{Unit{"B", 1}, Unit{"KiB", ki}, Unit{"MiB", mi}, Unit{"GiB", gi}, Unit{"TiB", ti}};
  return whole_text(value, binary);
}
std::string bandwidth_text(BytesPerSecond value) {
  static constexpr std::array bits{Unit{"B/s", 1}, Unit{"kbit/s", 125}, Unit{"Mbit/s", 125'000},
                                   Unit{"Gbit/s", 125'000'000}};
  return value.unlimited() ? "unlimited" : whole_text(value.value, bits);
}
std::string decimal_text(double value) {
  std::array<char, 400> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed).ptr;
  return {buffer.data(), end};
}
std::string rate_text(double value) {
  return decimal_text(value) + "/s";
}
std::string usd_text(double value) {
  return decimal_text(value) + "USD";
}
std::string percentage_text(double value) {
  std::string digits = decimal_text(value);
  const std::size_t point = std::min(digits.find('.'), digits.size());
  if (point < digits.size()) digits.erase(point, 1);
  while (digits.size() < point + 2) digits += '0';
  digits.insert(point + 2, ".");
  digits.erase(0, std::min(digits.find_first_not_of('0'), point + 1));
  if (digits.back() == '.') digits.pop_back();
  return digits + "%";
}

WholeNumber parse_whole(std::string_view text) {
  WholeNumber number;
  std::size_t at = text[0] == '-' ? 1 : 0;
  number.negative = at == 1;
  std::string digits;
  std::int64_t exponent = 0;
  bool point = false;
  for (; at < text.size() && text[at] != 'e' && text[at] != 'E'; ++at) {
    if (text[at] == '.') {
      point = true;
    } else {
      digits += text[at];
      exponent -= point ? 1 : 0;
    }
  }
  if (at < text.size()) {
    at += text[at + 1] == '+' ? std::size_t{2} : std::size_t{1};
    std::int64_t written = 0;
    std::from_chars(text.data() + at, text.data() + text.size(),
                    written);  // at most 3 digits: the number fits a double
    exponent += written;
  }
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  while (exponent < 0 && !digits.empty() && digits.back() == '0') {
    digits.pop_back();
    ++exponent;
  }
  if (digits.empty()) return number;
  if (exponent < 0) return {WholeNumber::Kind::fraction, number.negative, 0};
  if (exponent > 20) return {WholeNumber::Kind::too_large, number.negative, 0};
  digits.append(static_cast<std::size_t>(exponent), '0');
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), number.magnitude);
  if (result.ec != std::errc{}) number.kind = WholeNumber::Kind::too_large;
  return number;
}

}  // namespace brokersim
