// SPDX-License-Identifier: Apache-2.0
// Quantities as text with their unit, for scenario files and for the command line alike.
//
//   duration    ns us ms s min h d                             "5ms"
//   size        B kB MB GB TB (1000), KiB MiB GiB TiB (1024)   "1KiB"
//   bandwidth   a size or bit kbit Mbit Gbit Tbit, per second  "10Gbit/s", "40MiB/s", "unlimited"
//   rate        /s /min /h, with k or M before                 "1000/s", "2.5k/s"
//   percentage  %                                              "35%"
//   price       USD                                            "0.02USD"
//
// A number is digits with at most one '.', no exponent, no spaces; case counts; "0" needs no unit. What is an integer
// inside is converted exactly or refused: "0.3KiB" is no whole number of bytes.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "sim/core/quantities.hpp"

namespace brokersim {

/// Why a text is no such quantity: one of E0308, E0310 to E0315, E0319 and a sentence about it.
struct UnitError {
  const char* code = nullptr;
  std::string explanation;
};

/// A quantity, or an error; `error.code` tells which.
template <class T>
struct Quantity {
  T value{};
  UnitError error;
  [[nodiscard]] bool ok() const { return error.code == nullptr; }
};

/// Values may be negative; whether that makes sense is for the caller to say.
[[nodiscard]] Quantity<Duration> parse_duration(std::string_view text);
[[nodiscard]] Quantity<std::int64_t> parse_picoseconds(std::string_view text);  ///< a duration too, for costs per byte
[[nodiscard]] Quantity<Bytes> parse_size(std::string_view text);
[[nodiscard]] Quantity<BytesPerSecond> parse_bandwidth(std::string_view text);
[[nodiscard]] Quantity<double> parse_rate(std::string_view text);        ///< per second
[[nodiscard]] Quantity<double> parse_percentage(std::string_view text);  ///< as a share: "35%" is 0.35
[[nodiscard]] Quantity<double> parse_usd(std::string_view text);

/// The same value as text, in the largest unit that gives a whole number; parses back to exactly `value`.
[[nodiscard]] std::string duration_text(Duration value);
[[nodiscard]] std::string picoseconds_text(std::int64_t value);
[[nodiscard]] std::string size_text(Bytes value);
[[nodiscard]] std::string bandwidth_text(BytesPerSecond value);
[[nodiscard]] std::string rate_text(double value);
[[nodiscard]] std::string percentage_text(double value);
[[nodiscard]] std::string usd_text(double value);
/// The shortest text without an exponent that reads back as `value`.
[[nodiscard]] std::string decimal_text(double value);

/// A JSON number as an exact integer: "3", "3.0" and "3e2" are, "3.5" is not.
struct WholeNumber {
  enum class Kind : std::uint8_t { whole, fraction, too_large };
  Kind kind = Kind::whole;
  bool negative = false;
  std::uint64_t magnitude = 0;
};
[[nodiscard]] WholeNumber parse_whole(std::string_view json_number);

}  // namespace brokersim
