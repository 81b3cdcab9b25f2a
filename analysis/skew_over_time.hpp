// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace brokersim {

/// Loads of every broker in every window, as plain columns: entry [window * brokers + broker].
///
/// loads    shape [windows x brokers], one unit throughout, entries >= 0
/// brokers  > 0
struct LoadWindows {
  std::span<const double> loads;
  std::size_t brokers = 0;

  [[nodiscard]] std::size_t windows() const { return loads.size() / brokers; }
  [[nodiscard]] std::span<const double> window(std::size_t index) const {
    return loads.subspan(index * brokers, brokers);
  }
};

/// A measure of balance.hpp: one load vector to one number.
using BalanceMeasure = std::function<double(std::span<const double>)>;

// Skew over time, metrics-and-statistics.md section 2.3. A window in which nothing was loaded has no skew and is
// left out of every average; it is not an even window.
//
// throws  std::invalid_argument if brokers is 0, or loads is empty, not a whole number of windows, or has a negative,
//         infinite or NaN entry

/// Sum over windows, one entry a broker.
[[nodiscard]] std::vector<double> total_loads(const LoadWindows& series);

/// The measure on those sums. Load that moves between brokers evens out here and shows in windowed_skew: report both.
/// throws  also if all loads are 0
[[nodiscard]] double skew_of_totals(const LoadWindows& series, const BalanceMeasure& measure);

struct WindowedSkew {
  double mean = 0;
  double p95 = 0;           // nearest rank over the loaded windows
  std::size_t windows = 0;  // loaded windows behind both
};

/// The measure window by window. returns  none if no window was loaded
[[nodiscard]] std::optional<WindowedSkew> windowed_skew(const LoadWindows& series, const BalanceMeasure& measure);

/// Mean over consecutive windows of the rank correlation of their load vectors: near 1 the same brokers stay the
/// busy ones (structural skew), near 0 they change (transient).
///
/// returns  -1 .. 1; none if no pair of windows has a correlation (one window only, or even loads throughout)
[[nodiscard]] std::optional<double> persistence(const LoadWindows& series);

struct HotWindows {
  double share = 0;             // of all windows, unloaded ones included
  std::size_t longest_run = 0;  // consecutive hot windows
};

/// Windows in which some broker exceeds `threshold` times the mean of its window.
[[nodiscard]] HotWindows hot_windows(const LoadWindows& series, double threshold = 1.5);

}  // namespace brokersim
