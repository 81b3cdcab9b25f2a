// SPDX-License-Identifier: Apache-2.0
// Logarithm, exponential, power and normal quantile with our own fixed coefficients (rule D-05).
//
// The system library's functions give other bits on another processor or in another version; these use + - * / and
// sqrt alone, which IEEE 754 defines to the last bit, so a run is the same everywhere. Compile with -ffp-contract=off.
#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "sim/random/fixed_log_table.hpp"

namespace brokersim {

/// Natural logarithm.
///
/// x       a positive normal double, finite
/// error   below 1.2 units in the last place (tested against the system library's at 10^6 points)
/// method  x = 2^k z with z in [0.6875, 1.375); ln x = k ln 2 + ln c + ln(1 + r), r = (z - c) / c, c the middle of the
///         1/128th of the interval that z lies in (1 next to 1, so that ln 1 is 0 and nothing cancels there), |r| <
///         2^-7, and the last logarithm by its series. k ln 2 + ln c is split in a sum that is exact and a small rest.
[[nodiscard]] inline double fixed_log(double x) {
  constexpr std::uint64_t low_end = 0x3fe6'0000'0000'0000;  // the bits of 0.6875
  const std::uint64_t above = std::bit_cast<std::uint64_t>(x) - low_end;
  const std::int64_t k = static_cast<std::int64_t>(above) >> 52;
  const LogTableRow& row = log_table[above >> 45 & 127];
  const double z = std::bit_cast<double>((above & 0x000f'ffff'ffff'ffff) + low_end);
  const double r = (z - row.c) * row.inverse;  // the difference is exact
  const double r2 = r * r;
  const double low = (1.0 / 3 - r * (1.0 / 4)) + r2 * (1.0 / 5 - r * (1.0 / 6));
  const double high = (1.0 / 7 - r * (1.0 / 8)) + r2 * (1.0 / 9);
  const double tail = r2 * r * (low + r2 * r2 * high) - 0.5 * r2;
  const double power = static_cast<double>(k);
  const double rest = power * ln_2_low + row.ln_low;
  return (power * ln_2_high + row.ln_high) + (r + (rest + tail));
}

/// e^x.
///
/// x      -708 .. 709; 0 below, a contract violation above
/// error  below 1.5 units in the last place
[[nodiscard]] double fixed_exp(double x);

/// base^exponent, base > 0, as e^(exponent ln base). Relative error below 2^-52 (2 + |exponent ln base|).
[[nodiscard]] double fixed_power(double base, double exponent);

/// cos(2 pi x), x in turns, |x| below 2^52.
///
/// error   below 1e-15
/// method  the series of the cosine or the sine of an angle of at most an eighth of a turn
[[nodiscard]] double fixed_cosine_of_turns(double x);

/// The z for which a standard normal number is below z with probability p.
///
/// p       in (0, 1)
/// error   relative, about 1e-15
/// source  Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37 (1988)
[[nodiscard]] double fixed_normal_quantile(double p);

}  // namespace brokersim
