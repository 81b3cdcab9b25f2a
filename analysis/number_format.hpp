// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace brokersim {

// Numbers to text, by std::to_chars alone: the same characters on every machine and in every locale. Never "nan", "inf"
// or "-0" (rule O-01 of invariants-and-faults.md), also not where rounding makes a zero.
//
// throws  std::invalid_argument for NaN or infinity

/// Shortest text that reads back as the same double: for files. "0.1", "1e+22".
[[nodiscard]] std::string shortest_text(double value);

/// Fixed point with that many decimals, 0 .. 17: "5.430". Rounds the exact binary value to nearest.
[[nodiscard]] std::string fixed_text(double value, int decimals);

/// Rounded to that many significant digits, 1 .. 17, without an exponent: "0.00123", "12300".
[[nodiscard]] std::string significant_text(double value, int digits);

/// An estimate as it is reported: two significant digits in the half-width and the mean to the same place:
/// "5.432 ± 0.061", "12300 ± 1200". A half-width of 0 leaves the mean its shortest text: "4 ± 0".
/// half_width  >= 0
[[nodiscard]] std::string estimate_text(double mean, double half_width);

/// The mean alone, rounded as estimate_text would: for tables with a column of its own for the interval.
[[nodiscard]] std::string mean_text(double mean, double half_width);

/// The half-width alone, to two significant digits.
[[nodiscard]] std::string half_width_text(double half_width);

/// A unit to print in: printed number = value / scale.
struct PrintUnit {
  double scale;
  std::string_view name;
};

/// Unit in which the size of a value, rounded to three digits, is 1 .. 999 (or the smallest or largest there is).
/// Choose it once for a row, then print value and half-width of every arm in it.
[[nodiscard]] PrintUnit duration_unit(double nanoseconds);        // ns, us, ms, s
[[nodiscard]] PrintUnit bytes_unit(double bytes);                 // B, kB, MB, GB, TB, PB (powers of 1000)
[[nodiscard]] PrintUnit byte_rate_unit(double bytes_per_second);  // B/s .. PB/s

/// Three significant digits and a unit: "1.23 ms", "250 MB/s". 0 is in the smallest unit.
[[nodiscard]] std::string duration_text(double nanoseconds);
[[nodiscard]] std::string bytes_text(double bytes);
[[nodiscard]] std::string byte_rate_text(double bytes_per_second);

/// estimate_text in `unit`: "1.234 ± 0.056 ms".
[[nodiscard]] std::string estimate_text(double mean, double half_width, const PrintUnit& unit);

/// Money: whole units from 100 on, else hundredths: "24192 USD", "3.70 USD".
[[nodiscard]] std::string money_text(double amount, std::string_view currency = "USD");

/// A share in percent, one decimal: 0.1234 -> "12.3 %".
[[nodiscard]] std::string percent_text(double share);

}  // namespace brokersim
