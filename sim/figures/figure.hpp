// SPDX-License-Identifier: Apache-2.0
// One reported figure: what it is called, in which unit, and its value in every trial.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace brokersim {

/// Base unit of a figure; a screen may print a multiple of it.
enum class Unit : std::uint8_t { seconds, bytes_per_second, per_second, records, count, ratio, share, usd_per_month };

/// The name in result files: "bytes_per_second".
[[nodiscard]] constexpr std::string_view unit_name(Unit unit) {
  constexpr std::string_view names[] = {"seconds", "bytes_per_second", "per_second", "records", "count", "ratio",
                                        "share",   "usd_per_month"};
  return names[static_cast<std::size_t>(unit)];
}

/// Where a figure is shown on the screen.
enum class Shown : std::uint8_t { always, verbose };
/// Whether it means anything where an arm has no steady state.
enum class Needs : std::uint8_t { steady_state, nothing };

/// A figure of one trial. Every trial of every arm of a scenario gives the same figures in the same order.
struct Figure {
  std::string name;   ///< snake_case, without the unit: "busiest_broker_egress"
  std::string label;  ///< row head, without the unit: "busiest broker's egress"
  Unit unit = Unit::ratio;
  std::optional<double> value;  ///< none: nothing was observed, or too little for this figure
  Shown shown = Shown::verbose;
  Needs needs = Needs::steady_state;
  std::string note = {};  ///< why to read it with care
};

/// The same figure of all trials of an arm.
struct FigureColumn {
  Figure figure;                              ///< of trial 0
  std::vector<std::optional<double>> values;  ///< shape [trials]
};

}  // namespace brokersim
