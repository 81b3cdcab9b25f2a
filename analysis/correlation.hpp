// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace brokersim {

/// Ranks 1..n, ties sharing the average of the ranks they cover, so that equal loads never get an order from where
/// they stand in the column.
[[nodiscard]] std::vector<double> average_ranks(std::span<const double> column);

/// Pearson's correlation of two columns, e.g. leaders and traffic per broker, or two arms over trials.
///
/// returns  -1 .. 1; none if there are fewer than two rows or a column does not vary: there is then no correlation
/// throws   std::invalid_argument if the lengths differ or an entry is NaN or infinite
[[nodiscard]] std::optional<double> correlation(std::span<const double> a, std::span<const double> b);

/// Spearman's: Pearson's correlation of the average ranks. Same errors, same "none".
[[nodiscard]] std::optional<double> rank_correlation(std::span<const double> a, std::span<const double> b);

}  // namespace brokersim
