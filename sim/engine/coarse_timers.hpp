// SPDX-License-Identifier: Apache-2.0
// Many far timers most of which are put off before they are due: kept out of the queue of pending events.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/core/sim_time.hpp"

namespace brokersim {

/// A wheel of slots, one per tick of time, each a list of ids. A timer is not exact to its slot and cannot be
/// cancelled: one tick before its own its owner is asked again, and then schedules an exact event, puts it off anew, or
/// lets it go.
///
/// One event per tick that has any takes the place of an event per timer; so the pending set stays as
/// small as what is really about to happen.
class CoarseTimers {
 public:
  static constexpr Duration tick{1'000'000};  ///< 1 ms, the tick of Kafka's own timer wheel

  /// Whether a deadline is near enough to deserve an exact event: within this tick or the next.
  [[nodiscard]] static bool is_near(Instant now, Instant deadline) { return deadline < tick_after(now) + tick; }
  /// Start of the next tick after `now`.
  [[nodiscard]] static Instant tick_after(Instant now) { return Instant{(now.time_since_epoch() / tick + 1) * tick}; }

  /// Files `id` under a deadline that is not near, or, beyond the wheel's reach, under its last slot.
  /// Returns the start of the tick at which it will have to be taken.
  Instant add(Instant now, Instant deadline, std::uint32_t id) {
    const std::int64_t reach = now.time_since_epoch() / tick + static_cast<std::int64_t>(slots) - 1;
    const std::int64_t slot = std::min(deadline.time_since_epoch() / tick, reach);
    slot_[static_cast<std::size_t>(slot) % slots].push_back(id);
    ++size_;
    return Instant{(slot - 1) * tick};
  }
  /// When the first tick from the one after `now` on has something to take(). Only if not empty().
  [[nodiscard]] Instant next_due(Instant now) const {
    const std::int64_t present = now.time_since_epoch() / tick;
    std::int64_t due = present + 1;
    while (slot_[static_cast<std::size_t>(due + 1) % slots].empty()) ++due;
    return Instant{due * tick};
  }

  /// At the start of a tick: the ids filed under the next one, whose deadlines all lie ahead; they are filed no longer.
  [[nodiscard]] const std::vector<std::uint32_t>& take(Instant now) {
    std::vector<std::uint32_t>& due = slot_[static_cast<std::size_t>(now.time_since_epoch() / tick + 1) % slots];
    taken_.swap(due);
    due.clear();
    size_ -= taken_.size();
    return taken_;
  }
  [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
  static constexpr std::size_t slots = 1024;
  std::vector<std::vector<std::uint32_t>> slot_ = std::vector<std::vector<std::uint32_t>>(slots);
  std::vector<std::uint32_t> taken_;
  std::size_t size_ = 0;
};

}  // namespace brokersim
