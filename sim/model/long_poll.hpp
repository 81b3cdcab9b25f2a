// SPDX-License-Identifier: Apache-2.0
// A fetch that waits at a broker for data, and the idle polling that no event is spent on (R-6, R-7, engine-design.md).
#pragma once
#include "sim/core/sim_time.hpp"

namespace brokersim {

/// The poll cycle of one fetch session: parked for at most `wait`, then, unanswered, `gap` until the next fetch is
/// parked. `wait` is a setting that many sessions share, so it is passed in.
///
/// A session with nothing to say polls on for ever. Instead of an event a cycle the moment of parking is kept, and when
/// data comes the phase of the cycle is computed: exact while latency and idle service are constant.
struct LongPoll {
  Instant parked_since{};
  Duration gap{};
  bool parked = false;
  bool expiry_scheduled = false;

  struct Phase {
    bool parked;           ///< the fetch is at the broker now
    Instant at;            ///< parked: since when; else when the next fetch will have been handled
    std::int64_t expired;  ///< polls that ended without data, and new ones sent, since parked_since
  };

  /// Where an idle session stands at `now`; parked_since may still lie ahead. A fetch whose wait ends
  /// now can still be answered.
  [[nodiscard]] Phase phase(Instant now, Duration wait) const {
    if (now < parked_since) return {false, parked_since, 0};
    const Duration cycle = wait + gap;
    if (cycle == Duration::zero()) return {true, now, 0};
    const Duration elapsed = now - parked_since;
    if (elapsed <= wait) [[likely]]
      return {true, parked_since, 0};
    const std::int64_t cycles = elapsed / cycle;
    const Instant since = parked_since + cycles * cycle;
    if (now - since <= wait) return {true, since, cycles};
    return {false, since + cycle, cycles + 1};
  }
  [[nodiscard]] Instant expires(Duration wait) const { return parked_since + wait; }
};

}  // namespace brokersim
