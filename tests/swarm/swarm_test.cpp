// SPDX-License-Identifier: Apache-2.0
// Random schedules: what every one of them promises, and that what fails is found again and made small.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "sim/model/fault_kinds.hpp"
#include "sim/scenario/run.hpp"
#include "sim/scenario_file/scenario_json.hpp"
#include "sim/scenario_file/scenario_writer.hpp"
#include "sim/swarm/judgement.hpp"
#include "sim/swarm/removal.hpp"
#include "sim/swarm/schedule.hpp"
#include "sim/swarm/shrink.hpp"
#include "tests/support/tiny_world.hpp"

namespace brokersim::test {
namespace {

using namespace std::chrono_literals;

/// Kinds that the model carries out, whether or not scenarios may have them yet.
const SwarmProfile& profile() {
  static const SwarmProfile some{
      "test",
      "",
      {FaultKind::kill, FaultKind::restart, FaultKind::rolling_restart, FaultKind::zone_loss, FaultKind::power_loss,
       FaultKind::link_cut, FaultKind::isolate, FaultKind::pause, FaultKind::controller_failover, FaultKind::elect}};
  return some;
}

/// The smallest world that has a part of every kind twice.
Scenario two_of_everything() {
  for (std::uint64_t seed = 1;; ++seed) {
    Scenario scenario = random_schedule(profile(), seed);
    const WorldSpec& world = scenario.world;
    if (world.topics.size() == 2 && world.topics[0].partitions == 2 && world.producers.size() >= 2 &&
        world.groups.size() == 2 && world.brokers.size() >= 4 && world.network.zones.size() == 3)
      return scenario;
  }
}

}  // namespace

TEST_CASE("A schedule depends on its profile and its seed alone, and each seed has another one") {
  std::set<std::string> texts;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const std::string text = scenario_text(random_schedule(profile(), seed));
    CHECK(text == scenario_text(random_schedule(profile(), seed)));
    texts.insert(text);
  }
  CHECK(texts.size() == 50);
}

TEST_CASE("Every schedule, of any kind of fault, is a scenario that the reader takes, and reads back as the same") {
  SwarmProfile every{"every", "", {}};
  for (const FaultKindEntry& entry : fault_kinds) {
    if (entry.kind != FaultKind::heal) every.kinds.push_back(entry.kind);  // it ends every schedule anyway
  }
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    const Scenario scenario = random_schedule(seed % 2 == 0 ? profile() : every, seed);
    const ScenarioDocument read = read_scenario_text(scenario_text(scenario), "schedule.json");
    CHECK(scenario_text(read.scenario) == scenario_text(scenario));
  }
}

TEST_CASE("Faults come after the load has begun, and the last of them heals everything while load goes on (E.1, B.2)") {
  std::size_t by_rate = 0, conditional = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    const Scenario scenario = random_schedule(profile(), seed);
    const std::vector<FaultSpec>& faults = scenario.world.faults;
    REQUIRE(!faults.empty());
    CHECK(faults.back().kind == FaultKind::heal);
    CHECK(faults.back().when.at < scenario.duration);
    for (const FaultSpec& fault : faults) {
      const bool is_rate = fault.when.how == FaultTime::How::rate;
      by_rate += is_rate;
      if (fault.when.how == FaultTime::How::condition) {
        ++conditional;
        CHECK(fault.lasts);  // it may come after the healing, and then ends by itself
        continue;
      }
      CHECK((is_rate ? fault.when.from : fault.when.at) >= scenario.duration / 10);
      CHECK((is_rate ? fault.when.until.value() : fault.when.at) <= faults.back().when.at);
    }
  }
  CHECK(by_rate > 0);
  CHECK(conditional > 0);
}

TEST_CASE("Each kind is left out of about half of the schedules (E.1)") {
  std::vector<std::size_t> with(64, 0);
  constexpr std::size_t schedules = 400;
  for (std::uint64_t seed = 1; seed <= schedules; ++seed) {
    std::set<FaultKind> kinds;
    for (const FaultSpec& fault : random_schedule(profile(), seed).world.faults) kinds.insert(fault.kind);
    for (const FaultKind kind : kinds) ++with[static_cast<std::size_t>(kind)];
  }
  for (const FaultKind kind : profile().kinds) {  // half of them may have it, and few faults meet many kinds
    CHECK(with[static_cast<std::size_t>(kind)] > schedules / 20);
    CHECK(with[static_cast<std::size_t>(kind)] < schedules * 6 / 10);
  }
}

TEST_CASE("A profile is found by its name; the full one has every kind that does not heal") {
  for (const SwarmProfile& known : swarm_profiles()) CHECK(find_swarm_profile(known.name) == &known);
  CHECK(find_swarm_profile("full")->kinds.size() == fault_kinds.size() - 1);
  CHECK(find_swarm_profile("nothing") == nullptr);
}

TEST_CASE("Whatever is taken out, what is left is a scenario that the reader takes") {
  const Scenario whole = two_of_everything();
  const auto check = [](const Scenario& left) {
    const std::string text = scenario_text(left);
    CHECK_NOTHROW((void)read_scenario_text(text, "left.json"));
  };
  for (std::uint32_t i = 0; i < 2; ++i) {
    for (const auto remove : {remove_producer, remove_group, remove_topic, remove_broker, remove_zone}) {
      Scenario left = whole;
      if (remove(left, i)) check(left);
    }
    Scenario left = whole;
    REQUIRE(remove_partition(left, 0, i));
    CHECK(left.world.topics[0].partitions == whole.world.topics[0].partitions - 1);
    check(left);
  }
  Scenario one = whole;
  while (one.world.brokers.size() > 1 && remove_broker(one, 0)) check(one);
}

TEST_CASE("Shrinking keeps what fails and takes away the rest: the same failure with the fewest parts") {
  // The failure is made up, so that the smallest scenario that has it is known: a kill, and a keyed producer.
  const auto fails = [](const Scenario& scenario) {
    const auto kills = [](const FaultSpec& fault) { return fault.kind == FaultKind::kill; };
    const auto keyed = [](const ProducerSpec& producer) { return producer.keys.kind != KeySpec::Kind::none; };
    return std::any_of(scenario.world.faults.begin(), scenario.world.faults.end(), kills) &&
           std::any_of(scenario.world.producers.begin(), scenario.world.producers.end(), keyed);
  };
  std::size_t shrunk_ones = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const Scenario scenario = random_schedule(profile(), seed);
    if (!fails(scenario)) continue;
    CAPTURE(seed);
    ++shrunk_ones;
    const Shrunk shrunk = shrink(scenario, fails, 2000, [] { return false; });
    const WorldSpec& world = shrunk.scenario.world;
    CHECK(fails(shrunk.scenario));
    CHECK(shrunk.tried < 2000);
    CHECK(world.faults.size() == 1);
    CHECK(world.producers.size() == 1);
    CHECK(world.groups.size() == 1);
    CHECK(world.groups[0].members.size() == 1);
    CHECK(world.topics.size() == 1);
    CHECK(world.topics[0].partitions == 1);
    CHECK(world.network.zones.size() == 1);
    CHECK(world.producers[0].acks == -1);
    CHECK(scenario_text(shrink(scenario, fails, 2000, [] { return false; }).scenario) ==
          scenario_text(shrunk.scenario));
  }
  CHECK(shrunk_ones >= 5);
}

TEST_CASE("Shrinking ends with the candidates it may run, or when its time is over") {
  const Scenario scenario = two_of_everything();
  const auto always = [](const Scenario&) { return true; };
  CHECK(shrink(scenario, always, 7, [] { return false; }).tried == 7);
  CHECK(shrink(scenario, always, 1000, [] { return true; }).tried == 0);
}

TEST_CASE("A run that breaks a contract is a failure with the contract's words") {
  Scenario scenario = random_schedule(profile(), 1);
  scenario.duration = Duration{-1};  // nothing can be watched for so long
  CHECK(!judge(scenario).violated.empty());
}

TEST_CASE("INV-L08 is not broken by what nobody is left to read: the last member has gone, or is still to come") {
  Scenario scenario = tiny::brokers_in_zones(1, 1ms);
  scenario.duration = 20s;
  scenario.drain_limit = 600s;
  scenario.read_policies = {ReadPolicy::leader};
  tiny::add_producer(scenario, tiny::add_topic(scenario, {1}), 10, 10ms);
  ConsumerGroupSpec& group = tiny::add_group(scenario, {TopicIndex{0}}, 0);
  group.coordination.emplace();
  group.members[0].leave_at = 10s;
  CHECK(
      run_trial(scenario, place_partitions(scenario), ReadPolicy::leader, 0, Duration::zero()).conservation.unfinished >
      0);
  CHECK(judge(scenario).violated.empty());
  MemberSpec& member = scenario.world.groups[0].members[0];
  member.leave_at.reset();
  member.join_at = 20s;
  CHECK(judge(scenario).violated.empty());
}

TEST_CASE("INV-L09: who asks the controller without ever waiting is a livelock, and nobody else (M-72)") {
  std::size_t caught = 0;
  for (Duration later{}; later < 2100ms; later += 100ms) {  // one of them meets a heartbeat, 100 ms on its way, 2 s not
    Scenario scenario = tiny::brokers_in_zones(3, 50ms);
    scenario.duration = 60s;
    scenario.drain_limit = 300s;
    scenario.read_policies = {ReadPolicy::leader};
    scenario.world.controller = ZoneIndex{0};
    tiny::add_producer(scenario, tiny::add_topic(scenario, {1, 2, 3}), 1, 10ms);
    FaultSpec heal;
    heal.kind = FaultKind::heal;
    heal.when.at = 30s;
    scenario.world.faults = {tiny::fault_of_broker(FaultKind::disk_error, 3, 10s + later, 5s), heal};
    CHECK(judge(scenario).violated.empty());
    scenario.world.mutants.always_at_once = true;
    const std::string violated = judge(scenario).violated;
    CHECK((violated.empty() || violated == "INV-L09"));
    if (violated == "INV-L09") ++caught;
  }
  CHECK(caught > 0);
}

}  // namespace brokersim::test
