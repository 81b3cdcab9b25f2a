// SPDX-License-Identifier: Apache-2.0
// What is reported around faults, of a trial made by hand: numbers worked by hand from metrics-and-statistics.md
// sections 2.2 and 5.
#include "sim/figures/fault_figures.hpp"

#include <doctest/doctest.h>

#include "sim/figures/fault_timeline.hpp"

namespace brokersim::test {
namespace {

using namespace std::chrono_literals;

constexpr Instant at(Duration since_start) {
  return Instant{since_start};
}

EventNote note(Duration when, EventNote::Kind kind, const char* what, std::uint32_t broker,
               std::uint32_t partition = EventNote::nobody, std::uint32_t fault = EventNote::nobody) {
  EventNote result;
  result.time = at(when);
  result.kind = kind;
  result.what = what;
  result.broker = broker;
  result.partition = partition;
  result.fault = fault;
  return result;
}

/// Three brokers that lead two of six partitions each; the third is killed at 30 s, ready again at 41 s, and leads
/// again at 50 s. Observed from 10 s to 60 s.
struct MadeByHand {
  Scenario scenario;
  std::vector<std::vector<BrokerIndex>> placement;
  TrialResult trial;

  MadeByHand() {
    scenario.warm_up = 10s;
    scenario.duration = 60s;
    scenario.window = 10s;
    scenario.world.network.zones = {"a"};
    for (const std::int32_t id : {1, 2, 3}) {
      BrokerSpec broker;
      broker.id = id;
      scenario.world.brokers.push_back(broker);
    }
    TopicSpec topic;
    topic.id = "orders";
    topic.partitions = 6;
    scenario.world.topics = {topic};
    ConsumerGroupSpec group;
    group.topics = {TopicIndex{0}};
    scenario.world.groups = {group};
    FaultSpec kill;
    kill.lasts = 10s;
    scenario.world.faults = {kill};
    for (std::uint32_t p = 0; p < 6; ++p) placement.push_back({BrokerIndex{p / 2}});
    trial.warm_up = 10s;
    trial.duration = 60s;
    add_events();
    add_loads();
    add_account();
  }

 private:
  void add_events() {
    using Kind = EventNote::Kind;
    trial.events_log = {note(30s, Kind::fault_applied, "kill", 2, EventNote::nobody, 0),
                        note(30s, Kind::process, "killed", 2),
                        note(39s, Kind::leader, "clean", 0, 4),
                        note(39s, Kind::leader, "clean", 1, 5),
                        note(40s, Kind::fault_healed, "kill", 2, EventNote::nobody, 0),
                        note(40s, Kind::process, "started", 2),
                        note(41s, Kind::process, "ready", 2),
                        note(50s, Kind::leader, "preferred", 2, 4),
                        note(50s, Kind::leader, "preferred", 2, 5)};
  }
  /// 100 B/s each; 150, 150 and nothing while the third leads nothing.
  void add_loads() {
    trial.loads = LoadLedger(3, at(10s), at(60s), 1s);
    for (Duration when = 10s; when < Duration{60s}; when += 1s) {
      const bool away = when >= Duration{30s} && when < Duration{50s};
      for (std::uint32_t b = 0; b < 3; ++b) {
        trial.loads.at(BrokerIndex{b}, at(when)).consumer_bytes_out_as_leader = !away ? 100 : b < 2 ? 150 : 0;
      }
    }
    trial.loads.busy(BrokerIndex{1}, BrokerResource::nic_out, at(20s), at(20s), at(20s + 800ms));
    trial.loads.busy(BrokerIndex{0}, BrokerResource::nic_out, at(45s), at(45s), at(45s + 630ms));
  }
  /// Partitions 4 and 5 without a leader from 30 s to 39.05 s, found at 39.2 s; a group without partition 4 for 2 s.
  void add_account() {
    FaultLedger ledger({at(10s), at(60s), 1s, 6, 1});
    for (const std::uint32_t p : {4U, 5U}) ledger.on_leader_lost(p, at(30s));
    ledger.on_read_lost(4, 4, 0, at(30s));
    ledger.on_read_served(4, at(32s));
    for (const std::uint32_t p : {4U, 5U}) {
      ledger.on_leader_decided(p, at(38s + 970ms));
      ledger.on_leader_committed(p, true, at(39s));
      ledger.on_leader_leads(p, at(39s + 50ms));
      ledger.on_write(p, at(35s), at(39s + 200ms));
    }
    SpanSeries& produce = ledger.spans(SpanMeasure::produce);
    produce.add(at(15s), 5ms, 100);
    produce.add(at(32s), 5ms, 90);
    produce.add(at(32s), 8s, 10);
    produce.add(at(55s), 6ms, 100);
    ledger.spans(SpanMeasure::delivery).add_censored(at(33s), 4);
    ledger.on_open_faults({false});
    trial.faults = ledger.finish();
  }
};

TEST_CASE("an episode lasts until the process is ready again, and is watched to the end") {
  const MadeByHand made;
  const std::vector<FaultEpisode> episodes = fault_episodes(made.scenario, made.trial);
  REQUIRE(episodes.size() == 1);
  CHECK(episodes[0].name == "kill");
  CHECK(episodes[0].brokers == std::vector<std::int32_t>{3});
  CHECK(episodes[0].began == Duration{30s});
  CHECK(episodes[0].over);
  CHECK(episodes[0].ended == Duration{41s});
  CHECK(episodes[0].watched_until == Duration{60s});
}

TEST_CASE("a fault that nothing ends is not over; overlapping ones share an episode, later ones begin another") {
  MadeByHand made;
  made.scenario.world.faults.resize(3);
  made.scenario.world.faults[1].kind = FaultKind::pause;
  made.scenario.world.faults[2].kind = FaultKind::controlled_shutdown;
  using Kind = EventNote::Kind;
  std::vector<EventNote>& log = made.trial.events_log;
  log.insert(log.begin() + 4, note(39s + 500ms, Kind::fault_applied, "pause", 0, EventNote::nobody, 1));
  log.insert(log.begin() + 8, note(43s, Kind::fault_healed, "pause", 0, EventNote::nobody, 1));
  log.push_back(note(52s, Kind::fault_applied, "controlled_shutdown", 1, EventNote::nobody, 2));
  log.push_back(note(53s, Kind::process, "shut down", 1));
  made.trial.faults.open_faults = {false, false, true};
  const std::vector<FaultEpisode> episodes = fault_episodes(made.scenario, made.trial);
  REQUIRE(episodes.size() == 2);
  CHECK(episodes[0].name == "kill, pause");
  CHECK(episodes[0].brokers == std::vector<std::int32_t>{1, 3});
  CHECK(episodes[0].ended == Duration{43s});
  CHECK(episodes[0].watched_until == Duration{52s});
  CHECK(episodes[1].began == Duration{52s});
  CHECK_FALSE(episodes[1].over);
  CHECK(episodes[1].ended == Duration{60s});
}

TEST_CASE("load is balanced again when the broker that came back without leaders has its share") {
  const MadeByHand made;
  const FaultFigures figures = fault_figures(made.scenario, made.placement, Protocol::kafka, made.trial);
  REQUIRE(figures.episodes.size() == 1);
  const EpisodeFigures& f = figures.episodes[0];
  // Of the brokers that are up: 1 until 30 s; 150, 150 is 1 until 41 s; 150, 150, 0 is 1.5 until 50 s; then 1.
  CHECK(f.skew_before.value() == doctest::Approx(1));
  CHECK(f.peak_to_mean.value() == doctest::Approx(1.5));
  CHECK(f.time_to_balance.value() == doctest::Approx(20));
  CHECK(f.excess_bytes.value() == doctest::Approx(9 * (150 - 1.1 * 100)));
  CHECK(f.leader_skew_before.value() == doctest::Approx(1));
  CHECK(f.leader_peak_to_mean.value() == doctest::Approx(1.5));
  CHECK(f.leader_time_to_balance.value() == doctest::Approx(20));
  REQUIRE(f.bottleneck.has_value());
  CHECK(f.bottleneck->broker == 1);  // broker 2 was fuller, but before
  CHECK(f.bottleneck->resource == "NIC out");
  CHECK(f.bottleneck->busy == doctest::Approx(0.63));
  CHECK(f.bottleneck->window_start == Duration{45s});
}

TEST_CASE("load that never comes back has no time to balance") {
  MadeByHand made;
  for (Duration when = 50s; when < Duration{60s}; when += 1s) {
    made.trial.loads.at(BrokerIndex{0}, at(when)).consumer_bytes_out_as_leader = 150;
    made.trial.loads.at(BrokerIndex{2}, at(when)).consumer_bytes_out_as_leader = 50;
  }
  made.trial.events_log.resize(7);
  const EpisodeFigures f = fault_figures(made.scenario, made.placement, Protocol::kafka, made.trial).episodes.at(0);
  CHECK_FALSE(f.time_to_balance.has_value());
  CHECK_FALSE(f.leader_time_to_balance.has_value());
}

/// The trial made by hand, but observed from a moment on only.
EpisodeFigures observed_from(Duration start) {
  MadeByHand made;
  made.trial.warm_up = start;
  made.trial.loads = LoadLedger(3, at(start), at(60s), 1s);
  for (Duration when = start; when < Duration{60s}; when += 1s)
    made.trial.loads.at(BrokerIndex{0}, at(when)).consumer_bytes_out_as_leader = 150;
  FaultLedger ledger({at(start), at(60s), 1s, 6, 1});
  ledger.on_open_faults({false});
  made.trial.faults = ledger.finish();
  return fault_figures(made.scenario, made.placement, Protocol::kafka, made.trial).episodes.at(0);
}

TEST_CASE("what needs a time before the fault is told only if a window of it was observed") {
  const EpisodeFigures observed = observed_from(29s);
  CHECK(observed.phases[0].exists());
  CHECK(observed.balance_known);
  CHECK(observed.excess_bytes.has_value());
  for (const Duration start : {Duration{30s}, Duration{35s}}) {
    const EpisodeFigures f = observed_from(start);
    CHECK_FALSE(f.phases[0].exists());
    CHECK(f.phases[1].from == start);
    CHECK(f.phases[1].to == Duration{41s});
    CHECK_FALSE(f.skew_before.has_value());
    CHECK_FALSE(f.balance_known);
    CHECK_FALSE(f.time_to_balance.has_value());
    CHECK_FALSE(f.excess_bytes.has_value());
    CHECK(f.leader_time_to_balance.value() == doctest::Approx(20));  // of the controller, who forgets nothing
  }
  const EpisodeFigures over = observed_from(42s);  // ready again at 41 s: only the time after it is observed
  CHECK_FALSE(over.phases[1].exists());
  CHECK(over.phases[2].from == Duration{42s});
}

TEST_CASE("availability, outages and latency by phase") {
  const MadeByHand made;
  const FaultFigures figures = fault_figures(made.scenario, made.placement, Protocol::kafka, made.trial);
  const EpisodeFigures& f = figures.episodes.at(0);
  const auto& [before, during, after] = f.phases;
  CHECK(before.from == Duration{10s});
  CHECK(during.from == Duration{30s});
  CHECK(during.to == Duration{41s});
  CHECK(after.to == Duration{60s});
  // Two of six partitions for 9.05 s of 11 s, and one of six (partition, group) pairs for 2 s.
  CHECK(before.write_availability_all == 1);
  CHECK(during.write_availability_all == doctest::Approx(1 - 2 * 9.05 / (6 * 11)));
  CHECK(during.write_availability_one == doctest::Approx(1 - 2 * 9.05 / (6 * 11)));
  CHECK(during.read_availability.value() == doctest::Approx(1 - 2.0 / (6 * 11)));
  CHECK(after.write_availability_all == 1);
  CHECK(f.unwritable_all_seconds == doctest::Approx(18.1));
  CHECK(f.unreadable_seconds == doctest::Approx(2));
  CHECK(before.produce.p99_seconds.value() == doctest::Approx(0.005).epsilon(0.01));  // two digits
  CHECK(during.produce.p99_seconds.value() == doctest::Approx(8).epsilon(0.01));
  CHECK(after.produce.p99_seconds.value() == doctest::Approx(0.006).epsilon(0.01));
  CHECK(f.worst_produce_p99.value() == doctest::Approx(8).epsilon(0.01));
  CHECK_FALSE(f.produce_p99_exceeds);
  CHECK(f.delivery_p99_exceeds);
  CHECK(during.delivery.censored == 4);
  REQUIRE(figures.outages.size() == 3);
  const OutageFigures& read = figures.outages[0];
  CHECK(read.group == 0);
  CHECK(read.total() == doctest::Approx(2));
  const OutageFigures& write = figures.outages[1];
  CHECK(write.partition == 4);
  CHECK(write.detection == doctest::Approx(8.97));
  CHECK(write.election == doctest::Approx(0.03));
  CHECK(write.propagation == doctest::Approx(0.05));
  CHECK(write.discovery.value() == doctest::Approx(0.15));
  CHECK(f.longest_outage_seconds == doctest::Approx(9.2));
}

TEST_CASE("leaders and uptime of each broker by phase") {
  const MadeByHand made;
  const FaultFigures figures = fault_figures(made.scenario, made.placement, Protocol::kafka, made.trial);
  const PhaseFigures& during = figures.episodes.at(0).phases[1];
  REQUIRE(during.brokers.size() == 3);
  CHECK(during.brokers[0].leaders == doctest::Approx((2 * 9 + 3 * 2) / 11.0));  // two, and a third from 39 s on
  CHECK(during.brokers[2].leaders == doctest::Approx(2 * 9 / 11.0));            // until the controller noticed
  CHECK(during.brokers[0].up == 1);
  CHECK(during.brokers[2].up == 0);
  CHECK(during.brokers[0].out_bytes == doctest::Approx(150));
  CHECK(figures.episodes[0].phases[2].brokers[2].up == doctest::Approx(1));
  // All of 0 s; broker 1 and 2 gain and 3 loses at 39 s, and back at 50 s.
  REQUIRE(figures.leaders.size() == 3 + 3 + 3);
  CHECK(figures.leaders[3].time == Duration{39s});
  CHECK(figures.leaders[3].broker == 1);
  CHECK(figures.leaders[3].leaders == 3);
  CHECK(figures.leaders[5].leaders == 0);
  CHECK(figures.leaders[8].leaders == 2);
}

TEST_CASE("uptime is cut to what is asked for") {
  const MadeByHand made;
  const UpTimes up(made.trial.events_log, 3);
  CHECK(up.within(2, 0s, 60s) == Duration{49s});
  CHECK(up.within(2, 35s, 45s) == Duration{4s});
  CHECK(up.throughout(0, 0s, 60s));
  CHECK_FALSE(up.throughout(2, 29s, 31s));
  CHECK_FALSE(up.at(2, 30s));
  CHECK(up.at(2, 41s));
}

}  // namespace
}  // namespace brokersim::test
