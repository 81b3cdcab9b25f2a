// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace brokersim {

// Many questions of one experiment: with m p-values, one in twenty is below 0.05 by luck alone.
//
// p_values  shape [questions], each in [0, 1];  result shape [questions], same order
// throws    std::invalid_argument outside that range

/// Holm's adjusted p-values: reject question i at level alpha if the adjusted value is <= alpha; the probability of any
/// false rejection is then at most alpha.
/// source  Holm (1979), Scandinavian Journal of Statistics 6
[[nodiscard]] std::vector<double> holm_adjusted(std::span<const double> p_values);

/// min(1, m p). Weaker than Holm's, but it has intervals: print each of m at bonferroni_level.
[[nodiscard]] std::vector<double> bonferroni_adjusted(std::span<const double> p_values);

/// 1 - (1 - level) / m: the level of each of m intervals that together hold at `level`. m > 0.
[[nodiscard]] double bonferroni_level(double level, std::size_t m);

}  // namespace brokersim
