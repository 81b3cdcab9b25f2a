// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

namespace brokersim {

/// Where to cut the warm-up off a series that starts from an empty, balanced state.
struct WarmUp {
  std::size_t groups = 0;  // of 5 observations; a rest at the end is not used
  std::size_t groups_deleted = 0;
  std::size_t observations_deleted = 0;  // 5 * groups_deleted: the series is kept from this index on
  double objective = 0;                  // MSER at that cut: squared standard error of the mean that is kept
  bool too_short = false;                // the best cut is the last one tried: lengthen the run, do not use the cut
};

/// MSER-5: of all cuts in the first half, the one whose remaining mean is known best; the smallest on ties.
///
/// series  one value per equal span of time (1 s), of the slowest quantity reported, averaged over trials first
///         (Welch); at least 5 entries
/// throws  std::invalid_argument if shorter, or for a NaN or infinite entry
/// source  White, Cobb, Spratt (2000), WSC; metrics-and-statistics.md section 8.3
[[nodiscard]] WarmUp find_warm_up(std::span<const double> series);

}  // namespace brokersim
