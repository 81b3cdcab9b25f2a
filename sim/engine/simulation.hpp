// SPDX-License-Identifier: Apache-2.0
// The simulation loop: a clock, pending events, and the model they are handed to one by one.
#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "sim/core/contract.hpp"
#include "sim/core/running_hash.hpp"
#include "sim/core/sim_time.hpp"
#include "sim/engine/event_queue.hpp"

namespace brokersim {

/// Names one scheduled event, for those that may be cancelled. A default one names none.
class Timer {
 public:
  Timer() = default;

 private:
  template <class, EventQueue, class...>
  friend class Simulation;
  explicit Timer(Ticket ticket) : ticket_(ticket) {}
  Ticket ticket_ = 0;
};

/// A sequential discrete-event simulation of `Model`.
///
/// Events   1 to 32 types, trivially copyable, at most 7 bytes of data each: say an index into the model's own arrays.
///          The model has a function `on(E)` for each. A type may state `static constexpr EventClass event_class`.
/// order    by (time, class, order of scheduling); see event_queue.hpp for its limits
/// Queue    TournamentQueue, or ReferenceQueue in tests; both give the same order
///
/// The model must outlive the simulation, which may be one of its members.
template <class Model, EventQueue Queue, class... Events>
class Simulation {
  static_assert(sizeof...(Events) >= 1 && sizeof...(Events) <= 32, "an event's type is one of at most 32");
  static_assert(((sizeof(Events) <= 7 && std::is_trivially_copyable_v<Events>)&&...), "an event is at most 7 bytes");

 public:
  explicit Simulation(Model& model) : model_(&model) {}

  [[nodiscard]] Instant now() const { return Instant{Duration{now_}}; }

  /// Schedules `event` for `when`, now or later: the past is a contract violation (INV-E01).
  template <class E>
  Timer at(Instant when, E event) {
    const std::int64_t time = when.time_since_epoch().count();
    require(time >= now_, "no event is scheduled in the past");
    return Timer{queue_.push(static_cast<std::uint64_t>(time), class_of<E>(), packed(event))};
  }

  /// Schedules `event` for now + delay, delay >= 0.
  template <class E>
  Timer in(Duration delay, E event) {
    // One comparison for both promises: a negative delay is a huge unsigned number.
    require(static_cast<std::uint64_t>(delay.count()) <= static_cast<std::uint64_t>(end_of_time - now_),
            "a delay is not negative and does not end after the end of time");
    return Timer{queue_.push(static_cast<std::uint64_t>(now_ + delay.count()), class_of<E>(), packed(event))};
  }

  /// Takes a scheduled event back. False if it has happened (or is happening) already, or was cancelled before.
  bool cancel(Timer timer) { return queue_.cancel(timer.ticket_); }

  /// Moves a scheduled event, as if cancelled and scheduled anew. None if there is nothing to move any more.
  [[nodiscard]] std::optional<Timer> reschedule(Timer timer, Instant when) {
    require(when.time_since_epoch().count() >= now_, "no event is scheduled in the past");
    const std::optional<Ticket> moved =
        queue_.reschedule(timer.ticket_, static_cast<std::uint64_t>(when.time_since_epoch().count()));
    return moved ? std::optional<Timer>(Timer{*moved}) : std::nullopt;
  }

  /// Lets happen everything up to `end`, events at `end` included; now() == end afterwards, unless stop() was called.
  void run_until(Instant end) {
    require(end >= now(), "time does not go back");
    process_until(end.time_since_epoch().count());
    if (!stopped_) now_ = end.time_since_epoch().count();
  }

  /// Lets the next event happen if it is due by `end`; false if there is none.
  bool step_until(Instant end) {
    if (queue_.next_time() > static_cast<std::uint64_t>(end.time_since_epoch().count())) return false;
    happen();
    return true;
  }

  /// Runs until nothing is pending, or stop(). now() is the time of the last event afterwards.
  void run() { process_until(end_of_time); }

  /// Called by the model: no further event in this call of run() or run_until(). What is pending stays so.
  void stop() { stopped_ = true; }

  [[nodiscard]] std::uint64_t events_processed() const { return events_processed_; }
  /// Of every event processed: its time, type and data, in order (D.3, part "t").
  [[nodiscard]] std::uint64_t event_hash() const { return event_hash_.value(); }
  [[nodiscard]] std::size_t pending() const { return queue_.size(); }

 private:
  static constexpr std::int64_t end_of_time = std::numeric_limits<std::int64_t>::max();
  static constexpr int type_shift = 56;  // the type lies in a word's last byte, the data in the other seven

  template <class E>
  static constexpr std::uint64_t type_of() {
    static_assert((std::is_same_v<E, Events> || ...), "this simulation has no such event");
    std::uint64_t type = 0;
    bool found = false;
    ((found = found || std::is_same_v<E, Events>, type += found ? 0U : 1U), ...);
    return type;
  }
  template <class E>
  static constexpr EventClass class_of() {
    if constexpr (requires { E::event_class; })
      return E::event_class;
    else
      return EventClass::delivery;
  }
  template <class E>
  static std::uint64_t packed(E event) {
    std::uint64_t word = 0;
    if constexpr (!std::is_empty_v<E>) std::memcpy(&word, &event, sizeof event);
    return word | type_of<E>() << type_shift;
  }

  [[gnu::noinline]] void process_until(std::int64_t end) {
    stopped_ = false;
    while (!stopped_ && queue_.next_time() <= static_cast<std::uint64_t>(end)) happen();
  }

  /// The next event, of which there is one.
  [[gnu::always_inline]] void happen() {
    const PendingEvent event = queue_.pop();
    now_ = static_cast<std::int64_t>(event.time);
    ++events_processed_;
    event_hash_.add(event.time ^ std::rotl(event.word, 24));
    deliver(event.word, std::index_sequence_for<Events...>{});
  }

  /// The generated switch: the one type whose number is in the word.
  template <std::size_t... types>
  void deliver(std::uint64_t word, std::index_sequence<types...>) {
    const std::uint64_t type = word >> type_shift;
    (void)((type == types && (hand_over<Events>(word), true)) || ...);
  }
  template <class E>
  void hand_over(std::uint64_t word) {
    E event{};
    if constexpr (!std::is_empty_v<E>) std::memcpy(&event, &word, sizeof event);
    model_->on(event);
  }

  Model* model_;
  Queue queue_;
  std::int64_t now_ = 0;  // ns
  std::uint64_t events_processed_ = 0;
  RunningHash event_hash_;
  bool stopped_ = false;
};

}  // namespace brokersim
