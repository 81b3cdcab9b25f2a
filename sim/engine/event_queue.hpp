// SPDX-License-Identifier: Apache-2.0
// What every pending-event set has in common: the order of events and how it is packed into 128 bits.
//
// Events are ordered by (time, class, sequence), the sequence number being given at insertion: a total order which no
// address, slot or queue internal can influence (INV-E01, rule D-02). The three are packed so that one comparison of
// 128-bit numbers decides, which a processor does without a branch:
//
//   high word  time, ns                        0 .. 2^63 - 1
//   low word   class     4 bits                0 .. 15
//              sequence 36 bits                1 .. 2^36 - 1, about 69 thousand million events a run
//              slot     24 bits                where the queue keeps the event; up to 2^24 pending at once
//
// The slot takes part in the comparison but never decides it, as no two sequence numbers of a run are alike. The low
// word names one event for good: it is the event's ticket, and a ticket of the past matches no later event.
#pragma once
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include "sim/core/contract.hpp"

namespace brokersim {

/// What comes first among events of one instant. An event type chooses by `static constexpr EventClass event_class`.
enum class EventClass : std::uint8_t {
  fault = 0,         ///< crashes and repairs: what happens at the same instant already meets them
  delivery = 1,      ///< the default
  timer = 2,         ///< expires only if what it waited for did not come in the same nanosecond
  observation = 15,  ///< looks at the state when everything else of the instant has happened
};

using Ticket = std::uint64_t;  ///< the low word of a key; 0 is no event

inline constexpr std::uint64_t slot_bits = 24;
inline constexpr std::uint64_t sequence_bits = 36;
inline constexpr std::uint64_t slots_max = std::uint64_t{1} << slot_bits;
inline constexpr std::uint64_t sequences_max = std::uint64_t{1} << sequence_bits;
inline constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();  ///< the time of what is not pending

/// Gives sequence numbers, and refuses to start again from 0.
class SequenceCounter {
 public:
  explicit SequenceCounter(std::uint64_t first = 1) : next_(first << slot_bits) {}

  /// The next sequence number with the class above it and the slot below. Throws ContractViolation when all are used
  /// up.
  [[nodiscard]] Ticket ticket(EventClass event_class, std::uint64_t slot) {
    require(next_ < sequences_max << slot_bits, "a run has at most 2^36 - 1 events");
    const Ticket result = static_cast<Ticket>(event_class) << (slot_bits + sequence_bits) | next_ | slot;
    next_ += std::uint64_t{1} << slot_bits;
    return result;
  }

 private:
  std::uint64_t next_;
};

/// What pop() hands out: when, and the event's type and data as the simulation packed them.
struct PendingEvent {
  std::uint64_t time = never;
  std::uint64_t word = 0;
};

/// A set of pending events. All must give the same order.
///
/// push        adds an event; returns its ticket
/// next_time   the time of the first event, `never` if there is none
/// pop         removes the first event; only if there is one
/// cancel      removes the event of a ticket; false if it is not pending any more
/// reschedule  moves an event to another time, as if cancelled and pushed anew; none if it is not pending any more
template <class Q>
concept EventQueue = requires(Q queue, const Q constant, std::uint64_t time, EventClass event_class, Ticket ticket) {
  { queue.push(time, event_class, time) } -> std::same_as<Ticket>;
  { queue.next_time() } -> std::same_as<std::uint64_t>;
  { queue.pop() } -> std::same_as<PendingEvent>;
  { queue.cancel(ticket) } -> std::same_as<bool>;
  { queue.reschedule(ticket, time) } -> std::same_as<std::optional<Ticket>>;
  { constant.size() } -> std::same_as<std::size_t>;
};

}  // namespace brokersim
