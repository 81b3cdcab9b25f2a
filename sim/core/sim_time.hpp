// SPDX-License-Identifier: Apache-2.0
// Simulated time: integer nanoseconds (rule D-01). An instant is not a span; Instant + Instant does not compile.
#pragma once
#include <chrono>
#include <cstdint>

namespace brokersim {

/// The simulated clock. It has no now(): only the engine can tell the time.
struct SimClock {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = std::chrono::nanoseconds;
  using time_point = std::chrono::time_point<SimClock>;
  static constexpr bool is_steady = true;
};

using Duration = SimClock::duration;   ///< how long, in whole nanoseconds
using Instant = SimClock::time_point;  ///< when, in nanoseconds since the start of the run

inline constexpr Instant simulation_start{};

/// Seconds as a double, for reports only: it never decides an event (rule D-03).
[[nodiscard]] constexpr double seconds(Duration span) {
  return static_cast<double>(span.count()) * 1e-9;
}
[[nodiscard]] constexpr double milliseconds(Duration span) {
  return static_cast<double>(span.count()) * 1e-6;
}

/// How long a timer takes that is to take `wait` and runs at `rate` (> 0) times the normal rate.
[[nodiscard]] constexpr Duration by_timer(Duration wait, double rate) {
  return rate == 1 ? wait : Duration{static_cast<std::int64_t>(static_cast<double>(wait.count()) / rate)};
}

}  // namespace brokersim
