// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace brokersim {

/// How often each value occurred: the two columns a histogram writes.
///
/// values  ascending, strictly; any unit
/// counts  same length; zeros allowed
struct ValueCounts {
  std::vector<double> values;
  std::vector<std::uint64_t> counts;
};

/// ceil(p n), the 1-based rank of percentile p among n values. p is meant as the decimal it was written as: 0.07 of
/// 100 is rank 7, although the double nearest 0.07 lies above it and 0.07 * 100 computes to more than 7.
///
/// p        in (0, 1]
/// n        > 0
/// returns  1 .. n
/// throws   std::invalid_argument outside those ranges
[[nodiscard]] std::uint64_t nearest_rank(double p, std::uint64_t n);

/// The ceil(p n)-th smallest entry: a value that occurred. The percentile of every report here.
/// throws  std::invalid_argument if the column is empty or has a NaN, or p is outside (0, 1]
[[nodiscard]] double nearest_rank_percentile(std::span<const double> column, double p);

/// The same from counts. `censored` values are known only to exceed every finite one (requests that failed or did
/// not finish): dropping them would make a system look faster the more it fails.
///
/// returns  none if the rank falls among the censored: print "> limit"
/// throws   std::invalid_argument if nothing was counted at all, p is outside (0, 1], or the columns do not fit
[[nodiscard]] std::optional<double> nearest_rank_percentile(const ValueCounts& column, double p,
                                                            std::uint64_t censored = 0);

/// Linear interpolation at rank 1 + p (n - 1), the default of R and NumPy, for comparison with their output.
///
/// p       in [0, 1]
/// source  Hyndman & Fan (1996), type 7
[[nodiscard]] double type7_percentile(std::span<const double> column, double p);

/// Type 7 from counts, same rule for censored values: none if either neighbour of the rank is censored.
[[nodiscard]] std::optional<double> type7_percentile(const ValueCounts& column, double p, std::uint64_t censored = 0);

/// Sum of values times counts over the total count (censored values have none).
/// throws  std::invalid_argument if nothing was counted
[[nodiscard]] double mean_of_counts(const ValueCounts& column);

/// Number of values counted.
[[nodiscard]] std::uint64_t total_count(const ValueCounts& column);

}  // namespace brokersim
