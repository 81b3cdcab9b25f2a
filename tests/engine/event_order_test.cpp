// SPDX-License-Identifier: Apache-2.0
// The order of events: the tournament against std::priority_queue, and literal timetables.
#include <doctest/doctest.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/engine/reference_queue.hpp"
#include "sim/engine/tournament_queue.hpp"
#include "sim/random/stream.hpp"

using namespace brokersim;

namespace {

/// One event in both queues.
struct Twin {
  Ticket tournament;
  Ticket reference;
};

EventClass random_class(RandomStream& random) {
  return static_cast<EventClass>(random.below(3));
}

/// Pushes, pops, cancels and reschedules the same at random on both, times drawn from `times` values so that there are
/// ties, and then takes out what is left. Returns the first step at which the answers differ, if there is one.
std::optional<std::uint32_t> first_difference(std::uint64_t seed, std::uint32_t steps, std::uint32_t pending_wanted,
                                              std::uint32_t times) {
  RandomStream random({.seed = seed, .trial = 0}, "test", "queue");
  TournamentQueue tournament;
  ReferenceQueue reference;
  std::vector<Twin> twins;
  std::uint64_t now = 0;
  const auto pop_alike = [&] {
    if (tournament.next_time() != reference.next_time()) return false;
    if (reference.size() == 0) return true;
    const PendingEvent expected = reference.pop();
    const PendingEvent event = tournament.pop();
    now = event.time;
    return event.time == expected.time && event.word == expected.word;
  };
  const auto push = [&](std::uint32_t word) {
    const std::uint64_t time = now + random.below(times);
    const EventClass event_class = random_class(random);
    twins.push_back({tournament.push(time, event_class, word), reference.push(time, event_class, word)});
    return true;
  };
  const auto any_twin = [&]() -> Twin& { return twins[random.below(static_cast<std::uint32_t>(twins.size()))]; };
  const auto cancel_alike = [&] {
    const Twin twin = any_twin();  // often one that has fired
    return tournament.cancel(twin.tournament) == reference.cancel(twin.reference);
  };
  const auto reschedule_alike = [&] {
    Twin& twin = any_twin();
    const std::uint64_t time = now + random.below(times);
    const std::optional<Ticket> moved = tournament.reschedule(twin.tournament, time);
    const std::optional<Ticket> expected = reference.reschedule(twin.reference, time);
    if (moved && expected) twin = {*moved, *expected};
    return moved.has_value() == expected.has_value();
  };
  for (std::uint32_t step = 0; step < steps; ++step) {
    const std::uint32_t action = random.below(16);
    const std::uint32_t pushes = reference.size() < pending_wanted ? 9 : 6;
    const bool alike = action < pushes || twins.empty() ? push(step)
                       : action < 12                    ? pop_alike()
                       : action < 14                    ? cancel_alike()
                                                        : reschedule_alike();
    if (!alike || tournament.size() != reference.size()) return step;
  }
  while (reference.size() > 0) {
    if (!pop_alike()) return steps;
  }
  return tournament.next_time() == never ? std::nullopt : std::optional<std::uint32_t>(steps);
}

}  // namespace

TEST_CASE("the tournament answers as std::priority_queue does, whatever is pushed, popped, cancelled and moved") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const std::uint32_t pending = seed % 3 == 0 ? 3 : seed % 3 == 1 ? 40 : 700;
    const std::uint32_t times = seed % 2 == 0 ? 5 : 100'000;
    CAPTURE(seed);
    CHECK(first_difference(seed, 4000, pending, times) == std::nullopt);
  }
}

TEST_CASE("events of one instant happen by class, then in the order in which they were scheduled") {
  TournamentQueue queue;
  queue.push(5, EventClass::observation, 1);
  queue.push(5, EventClass::delivery, 2);
  queue.push(7, EventClass::fault, 3);
  queue.push(5, EventClass::delivery, 4);
  queue.push(5, EventClass::timer, 5);
  queue.push(5, EventClass::fault, 6);
  queue.push(4, EventClass::observation, 7);
  std::vector<std::uint64_t> order;
  while (queue.size() > 0) order.push_back(queue.pop().word);
  CHECK(order == std::vector<std::uint64_t>{7, 6, 2, 4, 5, 1, 3});
}

TEST_CASE("ties keep the order of scheduling while slots are reused and the tree grows") {
  TournamentQueue queue;
  std::uint64_t pushed = 0;
  std::uint64_t popped = 0;
  bool in_order = true;
  for (int round = 0; round < 200; ++round) {
    for (int i = 0; i < 50; ++i) queue.push(9, EventClass::delivery, pushed++);
    for (int i = 0; i < 30; ++i) in_order = in_order && queue.pop().word == popped++;
  }
  CHECK(queue.size() == 200 * 20);
  while (queue.size() > 0) in_order = in_order && queue.pop().word == popped++;
  CHECK(in_order);
  CHECK(popped == pushed);
}

TEST_CASE("a million pending events come out in order of time") {
  RandomStream random({.seed = 3, .trial = 0}, "test", "million");
  TournamentQueue queue;
  constexpr std::uint32_t count = 1'000'000;
  for (std::uint32_t i = 0; i < count; ++i) queue.push(random.word() >> 2, EventClass::delivery, i);
  CHECK(queue.size() == count);
  std::uint64_t last = 0;
  std::uint32_t out_of_order = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint64_t time = queue.pop().time;
    out_of_order += time < last ? 1U : 0U;
    last = time;
  }
  CHECK(out_of_order == 0);
  CHECK(queue.next_time() == never);
}

TEST_CASE("a run that has used up its 2^36 - 1 sequence numbers stops instead of starting again") {
  TournamentQueue queue{SequenceCounter{sequences_max - 2}};
  queue.push(1, EventClass::observation, 1);
  queue.push(1, EventClass::observation, 2);
  CHECK_THROWS_AS(queue.push(1, EventClass::fault, 3), ContractViolation);
  CHECK(queue.pop().word == 1);
  CHECK(queue.pop().word == 2);
}

TEST_CASE("popping from an empty queue is refused") {
  TournamentQueue tournament;
  ReferenceQueue reference;
  CHECK_THROWS_AS(tournament.pop(), ContractViolation);
  CHECK_THROWS_AS(reference.pop(), ContractViolation);
}
