// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace brokersim {

inline constexpr double bytes_per_billed_gigabyte = 1e9;
inline constexpr double seconds_per_billed_month = 30.0 * 86400.0;

/// What bytes over an interval cost when the traffic goes on like this for a month of 30 days.
///
/// bytes              crossing zones within the interval, >= 0
/// interval_s         its length, seconds, > 0
/// price_per_gigabyte currency per 10^9 bytes, both directions together (default of clouds: 0.01 out + 0.01 in), >= 0
/// returns            currency per month
/// throws             std::invalid_argument outside those ranges, or for NaN or infinity
[[nodiscard]] double monthly_cost(double bytes, double interval_s, double price_per_gigabyte);

/// The same from a rate in bytes/s.
[[nodiscard]] double monthly_cost_of_rate(double bytes_per_second, double price_per_gigabyte);

}  // namespace brokersim
