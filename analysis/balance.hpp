// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace brokersim {

// How unevenly a load is spread over brokers: the formulas of metrics-and-statistics.md section 2.2.
//
// Every function takes one entry a broker, in one unit (bytes/s, requests/s; utilisation when brokers differ in
// capacity), and returns a pure number. Scaling all loads leaves every result alone.
//
// throws  std::invalid_argument if the column is empty, sums to 0, or has a negative, infinite or NaN entry

/// max x / mean. The headline: it sets the capacity to buy.
/// returns  1 (even) .. B (one broker has it all)
[[nodiscard]] double peak_to_mean(std::span<const double> load);

/// min x / mean.
/// returns  0 (an idle broker) .. 1 (even)
[[nodiscard]] double min_over_mean(std::span<const double> load);

/// Population standard deviation over mean. The other headline: random placement has an exact value for its square
/// (baseline.hpp).
/// returns  0 (even) .. sqrt(B - 1)
[[nodiscard]] double coefficient_of_variation(std::span<const double> load);

/// Sample standard deviation (divisor B - 1) over mean, for comparison with tools that print this one.
/// throws  also if there are fewer than two brokers
[[nodiscard]] double sample_coefficient_of_variation(std::span<const double> load);

/// sum_i (2 i - B - 1) x_(i) / (B sum x), ascending.
/// returns  0 (even) .. 1 - 1/B
[[nodiscard]] double gini(std::span<const double> load);

/// (sum x)^2 / (B sum x^2) = 1 / (1 + CoV^2).
/// returns  1/B (one has it all) .. 1 (even)
/// source   Jain, Chiu, Hawe (1984), DEC-TR-301
[[nodiscard]] double jain_index(std::span<const double> load);

/// sum |x - mean| / (2 sum x): the share of the load that would have to move to make it even.
/// returns  0 (even) .. 1 - 1/B
[[nodiscard]] double hoover_index(std::span<const double> load);

/// -sum p ln p / ln B with p = x / sum x.
/// returns  0 (one has it all) .. 1 (even); 1 for a single broker
[[nodiscard]] double entropy_ratio(std::span<const double> load);

/// Nearest-rank p99 over nearest-rank median, across brokers. Report it only for at least
/// `brokers_for_p99_over_median` brokers: below that the p99 is the maximum under another name.
/// returns  none if the median is 0
[[nodiscard]] std::optional<double> p99_over_median(std::span<const double> load);
inline constexpr std::size_t brokers_for_p99_over_median = 100;

/// Fraction of brokers above `threshold` times the mean. 1.10 is Cruise Control's default balance threshold.
/// returns  0 .. 1
[[nodiscard]] double over_threshold(std::span<const double> load, double threshold = 1.10);

}  // namespace brokersim
