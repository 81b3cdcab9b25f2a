// SPDX-License-Identifier: Apache-2.0
#include "analysis/number_format.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <span>
#include <system_error>

#include "analysis/argument.hpp"

namespace brokersim {
namespace {

void check_number(double value) {
  require_argument(std::isfinite(value), "a number to print is NaN or infinite");
}

/// "-0", "-0.00" and the like lose their sign.
std::string without_negative_zero(std::string text) {
  const bool is_zero = text.find_first_of("123456789") == std::string::npos;
  if (is_zero && text.front() == '-') text.erase(0, 1);
  return text;
}

template <class... Format>
std::string to_text(double value, Format... format) {
  check_number(value);
  std::array<char, 400> buffer{};  // 309 digits of the largest double, sign, point and 17 decimals fit
  const std::to_chars_result result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format...);
  require_argument(result.ec == std::errc{}, "a number to print is too long");
  return without_negative_zero(std::string(buffer.data(), result.ptr));
}

/// Decimal exponent of |value| after rounding to `digits` significant digits: 0.0996 to two digits is 0.10, so -1.
int decimal_exponent(double value, int digits) {
  const std::string text = to_text(std::abs(value), std::chars_format::scientific, digits - 1);
  const std::size_t mark = text.find('e');
  int exponent = 0;
  const char* first = text.data() + mark + 1;
  if (*first == '+') ++first;  // from_chars does not take it
  std::from_chars(first, text.data() + text.size(), exponent);
  return exponent;
}

/// Rounded to the decimal place 10^place: 0 rounds to whole numbers, -2 to hundredths, 3 to thousands.
std::string rounded_text(double value, int place) {
  if (place <= 0) return to_text(value, std::chars_format::fixed, -place);
  double unit = 1;
  for (int i = 0; i < place; ++i) unit *= 10;  // exact up to 10^22
  std::string text = to_text(value / unit, std::chars_format::fixed, 0);
  if (text != "0") text.append(static_cast<std::size_t>(place), '0');
  return text;
}

constexpr int half_width_digits = 2;

int place_of(double half_width) {
  return decimal_exponent(half_width, half_width_digits) - (half_width_digits - 1);
}

void check_half_width(double half_width) {
  check_number(half_width);
  require_argument(half_width >= 0, "a half-width is negative");
}

PrintUnit unit_for(double value, std::span<const PrintUnit> units) {
  check_number(value);
  for (std::size_t i = 0; i + 1 < units.size(); ++i) {
    // Compared as printed: 999.7 us would print as 1000 us, so it is 1.00 ms.
    const double size = std::abs(value) / units[i].scale;
    if (size < 1 || decimal_exponent(size, 3) < 3) return units[i];
  }
  return units.back();
}

std::string text_in(double value, const PrintUnit& unit) {
  return significant_text(value / unit.scale, 3) + " " + std::string(unit.name);
}

constexpr std::array<PrintUnit, 4> duration_units{{{1, "ns"}, {1e3, "us"}, {1e6, "ms"}, {1e9, "s"}}};
constexpr std::array<PrintUnit, 6> bytes_units{
    {{1, "B"}, {1e3, "kB"}, {1e6, "MB"}, {1e9, "GB"}, {1e12, "TB"}, {1e15, "PB"}}};
constexpr std::array<PrintUnit, 6> byte_rate_units{
    {{1, "B/s"}, {1e3, "kB/s"}, {1e6, "MB/s"}, {1e9, "GB/s"}, {1e12, "TB/s"}, {1e15, "PB/s"}}};

}  // namespace

std::string shortest_text(double value) {
  return to_text(value);
}

std::string fixed_text(double value, int decimals) {
  require_argument(decimals >= 0 && decimals <= 17, "a number is printed with 0 to 17 decimals");
  return to_text(value, std::chars_format::fixed, decimals);
}

std::string significant_text(double value, int digits) {
  require_argument(digits >= 1 && digits <= 17, "a number is printed with 1 to 17 significant digits");
  check_number(value);
  if (value == 0) return "0";
  return rounded_text(value, decimal_exponent(value, digits) - (digits - 1));
}

std::string mean_text(double mean, double half_width) {
  check_half_width(half_width);
  return half_width == 0 ? shortest_text(mean) : rounded_text(mean, place_of(half_width));
}

std::string half_width_text(double half_width) {
  check_half_width(half_width);
  return half_width == 0 ? "0" : rounded_text(half_width, place_of(half_width));
}

std::string estimate_text(double mean, double half_width) {
  return mean_text(mean, half_width) + " ± " + half_width_text(half_width);
}

std::string estimate_text(double mean, double half_width, const PrintUnit& unit) {
  return estimate_text(mean / unit.scale, half_width / unit.scale) + " " + std::string(unit.name);
}

PrintUnit duration_unit(double nanoseconds) {
  return unit_for(nanoseconds, duration_units);
}
PrintUnit bytes_unit(double bytes) {
  return unit_for(bytes, bytes_units);
}
PrintUnit byte_rate_unit(double bytes_per_second) {
  return unit_for(bytes_per_second, byte_rate_units);
}

std::string duration_text(double nanoseconds) {
  return text_in(nanoseconds, duration_unit(nanoseconds));
}
std::string bytes_text(double bytes) {
  return text_in(bytes, bytes_unit(bytes));
}
std::string byte_rate_text(double bytes_per_second) {
  return text_in(bytes_per_second, byte_rate_unit(bytes_per_second));
}

std::string money_text(double amount, std::string_view currency) {
  check_number(amount);
  // As printed again: 99.996 would otherwise show as "100.00", the only hundred with hundredths.
  const bool is_large = std::abs(amount) >= 99.995;
  return fixed_text(amount, is_large ? 0 : 2) + " " + std::string(currency);
}

std::string percent_text(double share) {
  return fixed_text(100.0 * share, 1) + " %";
}

}  // namespace brokersim
