// SPDX-License-Identifier: Apache-2.0
// The pending-event set of choice: a tournament of keys, in which the earliest event wins every match up to the root.
//
// Every event has a slot, a leaf of a tree whose inner nodes hold the least of their four children. A change at one
// slot is one climb from that leaf to the root. The nodes it reads depend on the slot alone and not on who wins, so the
// processor loads them all at once, and the least of two keys is chosen without a branch, so it mispredicts nothing:
// that makes it 1.5 to 2 times as fast as a heap up to some 10,000 pending events, although it compares more.
//
// pop() takes the winner and leaves its leaf as it is, a hole; the next push() goes there, and one climb serves both.
// If another pop() comes first, the hole is closed by a climb of its own.
//
// Nodes lie level after level, four siblings to a cache line. Place p has its parent at p / 4 + 2, which makes the root
// place 3, its children 4 to 7, theirs 8 to 23. When all leaves are taken their number doubles; when the bottom level
// is full, the tree is rebuilt with one level more.
#pragma once
#include <algorithm>
#include <boost/align/aligned_allocator.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "sim/core/contract.hpp"
#include "sim/engine/event_queue.hpp"

namespace brokersim {

/// Pending events by (time, class, sequence): see event_queue.hpp for the order and its limits (2^24 pending, 2^36 - 1
/// a run).
///
/// cost  one climb of ceil(log4(slots ever pending at once)) levels for push, cancel, reschedule, or pop and push
/// together;
///       at most 30 bytes a slot when the slots are full (16 in the leaf, 8 of data, a third of 16 above)
class TournamentQueue {
 public:
  explicit TournamentQueue(SequenceCounter sequence = SequenceCounter{}) : sequence_(sequence) { rebuild(1, 4); }

  Ticket push(std::uint64_t time, EventClass event_class, std::uint64_t word) {
    if (hole_ != no_hole) {
      const std::uint32_t slot = hole_;
      const Ticket ticket = sequence_.ticket(event_class, slot);
      hole_ = no_hole;
      words_[slot] = word;
      climb(slot, key_of(time, ticket));
      return ticket;
    }
    if (free_slots_.empty()) [[unlikely]]
      add_leaves();
    const std::uint32_t slot = free_slots_.back();
    const Ticket ticket = sequence_.ticket(event_class, slot);
    free_slots_.pop_back();
    words_[slot] = word;
    enter(slot, key_of(time, ticket));
    return ticket;
  }

  [[nodiscard]] std::uint64_t next_time() {
    close_hole();
    return time_of(root());
  }

  PendingEvent pop() {
    close_hole();
    const Key first = root();
    require(time_of(first) != never, "pop from a queue with events");
    hole_ = slot_of(ticket_of(first));
    return {time_of(first), words_[hole_]};
  }

  bool cancel(Ticket ticket) {
    if (!is_pending(ticket)) return false;
    const std::uint32_t slot = slot_of(ticket);
    climb(slot, nobody);
    free_slots_.push_back(slot);
    return true;
  }

  std::optional<Ticket> reschedule(Ticket ticket, std::uint64_t time) {
    if (!is_pending(ticket)) return std::nullopt;
    const std::uint32_t slot = slot_of(ticket);
    const Ticket moved = sequence_.ticket(static_cast<EventClass>(ticket >> (slot_bits + sequence_bits)), slot);
    climb(slot, key_of(time, moved));
    return moved;
  }

  [[nodiscard]] std::size_t size() const { return words_.size() - free_slots_.size() - (hole_ == no_hole ? 0U : 1U); }

 private:
  __extension__ using Key = unsigned __int128;  // time, ticket
  static constexpr Key nobody = ~Key{0};
  static constexpr std::uint32_t no_hole = slots_max;
  static constexpr std::size_t root_place = 3;

  static Key key_of(std::uint64_t time, Ticket ticket) { return Key{time} << 64 | ticket; }
  static std::uint64_t time_of(Key key) { return static_cast<std::uint64_t>(key >> 64); }
  static Ticket ticket_of(Key key) { return static_cast<Ticket>(key); }
  static Key earlier(Key a, Key b) { return a < b ? a : b; }  // two conditional moves with g++
  static std::uint32_t slot_of(Ticket ticket) { return static_cast<std::uint32_t>(ticket & (slots_max - 1)); }
  [[nodiscard]] Key root() const { return keys_[root_place]; }

  [[nodiscard]] bool is_pending(Ticket ticket) const {
    const std::uint32_t slot = slot_of(ticket);
    return slot < words_.size() && slot != hole_ && ticket_of(keys_[first_leaf_ + slot]) == ticket && ticket != never;
  }

  /// Gives `slot` a key and replays its matches up to the root.
  void climb(std::uint32_t slot, Key key) {
    Key* const keys = keys_.data();
    std::size_t place = first_leaf_ + slot;
    keys[place] = key;
    while (place != root_place) {
      const Key others = earlier(earlier(keys[place ^ 1], keys[place ^ 2]), keys[place ^ 3]);
      key = earlier(key, others);
      place = place / 4 + 2;
      keys[place] = key;
    }
  }

  /// Gives a key to `slot`, which had none: it need only be compared with those that have won so far.
  void enter(std::uint32_t slot, Key key) {
    Key* const keys = keys_.data();
    std::size_t place = first_leaf_ + slot;
    keys[place] = key;
    do {
      place = place / 4 + 2;
      if (keys[place] < key) return;
      keys[place] = key;
    } while (place != root_place);
  }

  void close_hole() {
    if (hole_ == no_hole) return;
    const std::uint32_t slot = hole_;
    climb(slot, nobody);
    free_slots_.push_back(slot);
    hole_ = no_hole;
  }

  void add_leaves() {
    require(words_.size() < slots_max, "at most 2^24 events are pending");
    const std::size_t leaves = words_.size() * 2;
    rebuild(leaves > std::size_t{1} << (2 * levels_) ? levels_ + 1 : levels_, leaves);
  }

  /// Lays the tree out anew with room for `leaves` events (a multiple of 4, at most 4^levels).
  void rebuild(std::size_t levels, std::size_t leaves) {
    const std::size_t first_leaf = ((std::size_t{1} << (2 * levels)) + 8) / 3;  // 4, 8, 24, 88: after the levels above
    std::vector<Key, Aligned> keys(first_leaf + leaves, nobody);
    std::copy_n(keys_.begin() + static_cast<std::ptrdiff_t>(first_leaf_), words_.size(),
                keys.begin() + static_cast<std::ptrdiff_t>(first_leaf));
    for (std::size_t place = keys.size() - 4; place > root_place; place -= 4) {
      keys[place / 4 + 2] = earlier(earlier(keys[place], keys[place + 1]), earlier(keys[place + 2], keys[place + 3]));
    }
    for (std::size_t slot = leaves; slot-- > words_.size();) free_slots_.push_back(static_cast<std::uint32_t>(slot));
    keys_ = std::move(keys);
    words_.resize(leaves);
    levels_ = levels;
    first_leaf_ = first_leaf;
  }

  using Aligned = boost::alignment::aligned_allocator<Key, 64>;            // four siblings share a cache line
  std::vector<Key, Aligned> keys_ = std::vector<Key, Aligned>(4, nobody);  // by place
  std::vector<std::uint64_t> words_;                                       // by slot
  std::vector<std::uint32_t> free_slots_;
  std::size_t first_leaf_ = root_place;
  std::size_t levels_ = 0;
  std::uint32_t hole_ = no_hole;
  SequenceCounter sequence_;
};
static_assert(EventQueue<TournamentQueue>);

}  // namespace brokersim
