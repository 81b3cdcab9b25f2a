// SPDX-License-Identifier: Apache-2.0
// What the engine promises a model: the clock, ties, cancelling, and where a run ends (INV-E01).
#include "sim/engine/simulation.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "sim/engine/reference_queue.hpp"
#include "sim/engine/tournament_queue.hpp"
#include "tests/engine/instants.hpp"

using namespace brokersim;
using std::chrono::nanoseconds;

namespace {

struct Crash {
  static constexpr EventClass event_class = EventClass::fault;
};
struct Letter {
  char name;
};
struct Look {
  static constexpr EventClass event_class = EventClass::observation;
};
struct [[gnu::packed]] Pair {
  std::uint32_t number;
  std::uint16_t small;
};

using test::at_ns;

/// Writes down what happens when, and does what a test asks when a letter arrives.
template <class Queue>
struct Diary {
  using Entry = std::pair<std::int64_t, std::string>;

  Simulation<Diary, Queue, Crash, Letter, Look, Pair> simulation{*this};
  std::vector<Entry> entries;
  std::function<void(char)> on_letter = [](char) {};

  void note(std::string what) { entries.emplace_back(simulation.now().time_since_epoch().count(), std::move(what)); }
  void on(Crash) { note("crash"); }
  void on(Letter letter) {
    note(std::string(1, letter.name));
    on_letter(letter.name);
  }
  void on(Look) { note("look"); }
  void on(Pair pair) { note(std::to_string(pair.number) + "/" + std::to_string(pair.small)); }
};

}  // namespace

TEST_CASE_TEMPLATE("events happen at their time, ties by class and then as scheduled", Queue, TournamentQueue,
                   ReferenceQueue) {
  Diary<Queue> diary;
  auto& simulation = diary.simulation;
  simulation.at(at_ns(20), Look{});
  simulation.at(at_ns(20), Letter{'b'});
  simulation.at(at_ns(10), Letter{'a'});
  simulation.at(at_ns(20), Letter{'c'});
  simulation.at(at_ns(20), Crash{});
  simulation.in(nanoseconds{30}, Pair{4'000'000'000, 65'535});
  CHECK(simulation.pending() == 6);
  simulation.run();
  CHECK(diary.entries == std::vector<typename Diary<Queue>::Entry>{
                             {10, "a"}, {20, "crash"}, {20, "b"}, {20, "c"}, {20, "look"}, {30, "4000000000/65535"}});
  CHECK(simulation.events_processed() == 6);
  CHECK(simulation.pending() == 0);
  CHECK(simulation.now() == at_ns(30));
}

TEST_CASE_TEMPLATE("what is scheduled for now happens in this instant, behind what was there", Queue, TournamentQueue,
                   ReferenceQueue) {
  Diary<Queue> diary;
  diary.on_letter = [&](char name) {
    if (name == 'a') diary.simulation.in(nanoseconds{0}, Letter{'c'});
  };
  diary.simulation.at(at_ns(10), Letter{'a'});
  diary.simulation.at(at_ns(10), Letter{'b'});
  diary.simulation.run();
  CHECK(diary.entries == std::vector<typename Diary<Queue>::Entry>{{10, "a"}, {10, "b"}, {10, "c"}});
}

TEST_CASE_TEMPLATE("run_until includes its end, leaves what is later, and sets the clock", Queue, TournamentQueue,
                   ReferenceQueue) {
  Diary<Queue> diary;
  auto& simulation = diary.simulation;
  simulation.at(at_ns(100), Letter{'a'});
  simulation.at(at_ns(101), Letter{'b'});
  simulation.run_until(at_ns(99));
  CHECK(diary.entries.empty());
  CHECK(simulation.now() == at_ns(99));
  simulation.run_until(at_ns(100));
  CHECK(diary.entries == std::vector<typename Diary<Queue>::Entry>{{100, "a"}});
  CHECK(simulation.pending() == 1);
  simulation.run_until(at_ns(500));
  CHECK(diary.entries.back() == typename Diary<Queue>::Entry{101, "b"});
  CHECK(simulation.now() == at_ns(500));
  simulation.run_until(at_ns(500));
  CHECK(simulation.events_processed() == 2);
}

TEST_CASE_TEMPLATE("a prefix of a longer run is the shorter run", Queue, TournamentQueue, ReferenceQueue) {
  const auto run = [](std::vector<std::int64_t> ends) {
    Diary<Queue> diary;
    diary.on_letter = [&](char) { diary.simulation.in(nanoseconds{7}, Letter{'x'}); };
    diary.simulation.at(at_ns(0), Letter{'x'});
    for (const std::int64_t end : ends) diary.simulation.run_until(at_ns(end));
    return diary.entries;
  };
  CHECK(run({5, 14, 50, 100}) == run({100}));
}

TEST_CASE_TEMPLATE("stop ends the run at once; another run goes on", Queue, TournamentQueue, ReferenceQueue) {
  Diary<Queue> diary;
  auto& simulation = diary.simulation;
  diary.on_letter = [&](char name) {
    if (name == 'a') simulation.stop();
  };
  simulation.at(at_ns(10), Letter{'a'});
  simulation.at(at_ns(10), Letter{'b'});
  simulation.run_until(at_ns(90));
  CHECK(simulation.now() == at_ns(10));
  CHECK(simulation.pending() == 1);
  simulation.run_until(at_ns(90));
  CHECK(diary.entries == std::vector<typename Diary<Queue>::Entry>{{10, "a"}, {10, "b"}});
  CHECK(simulation.now() == at_ns(90));
}

TEST_CASE_TEMPLATE("a cancelled event does not happen, and can be cancelled once", Queue, TournamentQueue,
                   ReferenceQueue) {
  Diary<Queue> diary;
  auto& simulation = diary.simulation;
  const Timer timer = simulation.at(at_ns(10), Letter{'a'});
  simulation.at(at_ns(10), Letter{'b'});
  CHECK(simulation.cancel(timer));
  CHECK_FALSE(simulation.cancel(timer));
  CHECK_FALSE(simulation.cancel(Timer{}));
  CHECK(simulation.pending() == 1);
  simulation.run();
  CHECK(diary.entries == std::vector<typename Diary<Queue>::Entry>{{10, "b"}});
}

TEST_CASE_TEMPLATE("a timer whose event has happened cancels nothing, not even an event in the same slot", Queue,
                   TournamentQueue, ReferenceQueue) {
  Diary<Queue> diary;
  auto& simulation = diary.simulation;
  Timer first;
  diary.on_letter = [&](char name) {
    if (name != 'a') return;
    CHECK_FALSE(simulation.cancel(first));       // it is happening
    simulation.in(nanoseconds{5}, Letter{'b'});  // takes the slot that the first has left
    CHECK_FALSE(simulation.cancel(first));
  };
  first = simulation.at(at_ns(10), Letter{'a'});
  simulation.run();
  CHECK_FALSE(simulation.cancel(first));
  CHECK(diary.entries == std::vector<typename Diary<Queue>::Entry>{{10, "a"}, {15, "b"}});
}

TEST_CASE_TEMPLATE("an event may cancel the next one of the same instant", Queue, TournamentQueue, ReferenceQueue) {
  Diary<Queue> diary;
  Timer second;
  diary.on_letter = [&](char) { CHECK(diary.simulation.cancel(second)); };
  diary.simulation.at(at_ns(10), Letter{'a'});
  second = diary.simulation.at(at_ns(10), Letter{'b'});
  diary.simulation.run();
  CHECK(diary.entries == std::vector<typename Diary<Queue>::Entry>{{10, "a"}});
}

TEST_CASE_TEMPLATE("a rescheduled event happens once, at its new time, behind its new neighbours", Queue,
                   TournamentQueue, ReferenceQueue) {
  Diary<Queue> diary;
  auto& simulation = diary.simulation;
  const Timer timer = simulation.at(at_ns(10), Letter{'a'});
  simulation.at(at_ns(20), Letter{'b'});
  const std::optional<Timer> moved = simulation.reschedule(timer, at_ns(20));
  REQUIRE(moved.has_value());
  CHECK_FALSE(simulation.cancel(timer));
  CHECK_FALSE(simulation.reschedule(timer, at_ns(30)).has_value());
  simulation.run();
  CHECK(diary.entries == std::vector<typename Diary<Queue>::Entry>{{20, "b"}, {20, "a"}});
  CHECK_FALSE(simulation.cancel(*moved));
}

TEST_CASE("the past is refused, and so is a delay beyond the end of time") {
  Diary<TournamentQueue> diary;
  auto& simulation = diary.simulation;
  simulation.run_until(at_ns(50));
  CHECK_THROWS_AS(simulation.at(at_ns(49), Crash{}), ContractViolation);
  CHECK_THROWS_AS(simulation.in(nanoseconds{-1}, Crash{}), ContractViolation);
  CHECK_THROWS_AS(simulation.in(Duration::max(), Crash{}), ContractViolation);
  CHECK_THROWS_AS(simulation.run_until(at_ns(49)), ContractViolation);
  CHECK_NOTHROW(simulation.at(at_ns(50), Crash{}));
  CHECK_NOTHROW(simulation.in(Duration::max() - nanoseconds{50}, Crash{}));
  simulation.run();
  CHECK(simulation.now() == Instant::max());
}

namespace {

template <int number>
struct Numbered {
  std::uint8_t data;
};

/// All sixteen types a simulation may have.
struct Sixteen {
  template <int... numbers>
  using Engine = Simulation<Sixteen, TournamentQueue, Numbered<numbers>...>;
  Engine<0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15> simulation{*this};
  std::vector<int> seen;
  template <int number>
  void on(Numbered<number> event) {
    seen.push_back(100 * number + event.data);
  }
};

}  // namespace

TEST_CASE("each of sixteen event types reaches its own function with its own data") {
  Sixteen model;
  model.simulation.in(nanoseconds{3}, Numbered<15>{7});
  model.simulation.in(nanoseconds{1}, Numbered<0>{9});
  model.simulation.in(nanoseconds{2}, Numbered<8>{255});
  model.simulation.run();
  CHECK(model.seen == std::vector<int>{9, 1055, 1507});
}
