// SPDX-License-Identifier: Apache-2.0
// The plainest pending-event set: std::priority_queue. Tests hold the fast one against it.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <utility>
#include <vector>

#include "sim/engine/event_queue.hpp"

namespace brokersim {

/// The oracle. A cancelled event stays in the heap as a tombstone: its ticket is not among the live ones.
class ReferenceQueue {
 public:
  explicit ReferenceQueue(SequenceCounter sequence = SequenceCounter{}) : sequence_(sequence) {}

  Ticket push(std::uint64_t time, EventClass event_class, std::uint64_t word) {
    const Ticket ticket = sequence_.ticket(event_class, 0);
    live_.emplace(ticket, word);
    heap_.emplace(time, ticket);
    return ticket;
  }
  [[nodiscard]] std::uint64_t next_time() {
    while (!heap_.empty() && !live_.contains(heap_.top().second)) heap_.pop();
    return heap_.empty() ? never : heap_.top().first;
  }
  PendingEvent pop() {
    require(next_time() != never, "pop from a queue with events");
    const auto found = live_.find(heap_.top().second);
    const PendingEvent event{heap_.top().first, found->second};
    live_.erase(found);
    heap_.pop();
    return event;
  }
  bool cancel(Ticket ticket) { return live_.erase(ticket) == 1; }
  std::optional<Ticket> reschedule(Ticket ticket, std::uint64_t time) {
    const auto found = live_.find(ticket);
    if (found == live_.end()) return std::nullopt;
    const std::uint64_t word = found->second;
    live_.erase(found);
    return push(time, static_cast<EventClass>(ticket >> (slot_bits + sequence_bits)), word);
  }
  [[nodiscard]] std::size_t size() const { return live_.size(); }

 private:
  using Entry = std::pair<std::uint64_t, Ticket>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> heap_;
  std::map<Ticket, std::uint64_t> live_;  // its words
  SequenceCounter sequence_;
};
static_assert(EventQueue<ReferenceQueue>);

}  // namespace brokersim
