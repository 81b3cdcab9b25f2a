// SPDX-License-Identifier: Apache-2.0
#include "sim/figures/warm_up_choice.hpp"

#include <doctest/doctest.h>

#include "sim/figures/arm_verdict.hpp"
#include "sim/figures/backlog_series.hpp"

namespace brokersim::test {
namespace {

using std::chrono::seconds;

/// A trial of 100 records a second read by one group, of which undelivered(second) are on their way.
TrialResult trial_with(std::size_t length, Records (*undelivered)(std::size_t)) {
  TrialResult trial;
  trial.duration = seconds{length};
  for (std::size_t s = 0; s < length; ++s) {
    const auto sent = static_cast<Records>(100 * (s + 1));
    trial.progress.push_back({sent, sent, sent - undelivered(s)});
  }
  trial.conservation.generated = trial.conservation.appended = static_cast<Records>(100 * length);
  trial.conservation.expected_delivered = trial.conservation.appended;
  trial.loads = LoadLedger(1, Instant{}, Instant{seconds{length}}, seconds{1});
  return trial;
}

Scenario scenario_of(std::size_t length, int window) {
  Scenario scenario;
  scenario.duration = seconds{length};
  scenario.window = seconds{window};
  scenario.world.brokers.resize(1);
  return scenario;
}

TEST_CASE("the warm-up ends where a high start has settled, rounded up to a window") {
  // Undelivered: 50 for the first 12 s, then 3, 4, 3, 4...: cutting 15 s (three groups of five) leaves only the level
  // part.
  const auto level = [](std::size_t s) { return static_cast<Records>(s < 12 ? 50 : 3 + s % 2); };
  const Scenario scenario = scenario_of(100, 10);
  const WarmUpChoice choice = choose_warm_up(scenario, {{ReadPolicy::leader, {trial_with(100, level)}}});
  CHECK(choice.chosen);
  CHECK_FALSE(choice.too_short);
  CHECK(choice.warm_up == seconds{20});
}

TEST_CASE("the largest cut over arms holds for all of them") {
  const auto flat = [](std::size_t) { return Records{3}; };
  const auto late = [](std::size_t s) { return static_cast<Records>(s < 22 ? 50 : 3 + s % 2); };
  const Scenario scenario = scenario_of(100, 5);
  CHECK(choose_warm_up(scenario, {{ReadPolicy::leader, {trial_with(100, flat)}}}).warm_up == seconds{0});
  CHECK(choose_warm_up(scenario, {{ReadPolicy::leader, {trial_with(100, flat)}},
                                  {ReadPolicy::rack_aware, {trial_with(100, late)}}})
            .warm_up == seconds{25});
}

TEST_CASE("a backlog that never settles is said to, and the warm-up stays below half of the run") {
  const auto growing = [](std::size_t s) { return static_cast<Records>(s); };
  const Scenario scenario = scenario_of(60, 10);
  const WarmUpChoice choice = choose_warm_up(scenario, {{ReadPolicy::leader, {trial_with(60, growing)}}});
  CHECK(choice.too_short);
  CHECK(choice.warm_up * 2 < scenario.duration);
}

TEST_CASE("a run too short for any cut starts at 0 and is called too short") {
  const auto flat = [](std::size_t) { return Records{3}; };
  const WarmUpChoice choice = choose_warm_up(scenario_of(3, 10), {{ReadPolicy::leader, {trial_with(3, flat)}}});
  CHECK(choice.too_short);
  CHECK(choice.warm_up == seconds{0});
}

TEST_CASE("what a fault does is no warm-up: only the time before the first one is looked at") {
  // Settles after 5 s; a fault at 30 s fills the backlog until 43 s, so that MSER-5 of the whole run cuts 45 s.
  const auto fault_at_30s = [](std::size_t s) { return static_cast<Records>(s < 5 || (s >= 30 && s < 43) ? 50 : 3); };
  Scenario scenario = scenario_of(100, 5);
  const std::vector<ArmResult> pilot{{ReadPolicy::leader, {trial_with(100, fault_at_30s)}}};
  CHECK(choose_warm_up(scenario, pilot).warm_up == seconds{45});
  FaultSpec& fault = scenario.world.faults.emplace_back();
  fault.when.at = seconds{30};
  CHECK(choose_warm_up(scenario, pilot).warm_up == seconds{5});
  CHECK(choose_warm_up(scenario, pilot).first_fault == Duration{seconds{30}});
  CHECK_FALSE(choose_warm_up(scenario, pilot).too_short);
  fault.kind = FaultKind::elect;  // no trouble
  CHECK(choose_warm_up(scenario, pilot).warm_up == seconds{45});
  fault.kind = FaultKind::kill;
  fault.when.how = FaultTime::How::rate;  // from the start on: part of what settles
  CHECK(choose_warm_up(scenario, pilot).warm_up == seconds{45});
  fault.when.from = seconds{30};
  CHECK(choose_warm_up(scenario, pilot).warm_up == seconds{5});
}

TEST_CASE("a fault that waits for a condition bounds the warm-up where the pilot runs saw it first") {
  const auto late = [](std::size_t s) { return static_cast<Records>(s < 12 ? 50 : 3 + s % 2); };
  Scenario scenario = scenario_of(100, 5);
  scenario.world.faults.emplace_back().when.how = FaultTime::How::condition;
  std::vector<ArmResult> pilot{{ReadPolicy::leader, {trial_with(100, late), trial_with(100, late)}}};
  CHECK(choose_warm_up(scenario, pilot).warm_up == seconds{15});
  for (std::size_t t = 0; t < 2; ++t) {
    EventNote came;
    came.kind = EventNote::Kind::fault_applied;
    came.time = Instant{seconds{30 + 10 * t}};
    came.fault = 0;
    pilot[0].trials[t].events_log = {came};
  }
  const WarmUpChoice choice = choose_warm_up(scenario, pilot);
  CHECK(choice.first_fault == Duration{seconds{30}});
  CHECK(choice.too_short);  // 15 s are the last cut that is tried in 30 s
  CHECK(choice.warm_up == seconds{14});
}

TEST_CASE("a fault too soon for a warm-up before it is said to be") {
  const auto flat = [](std::size_t) { return Records{3}; };
  Scenario scenario = scenario_of(100, 10);
  scenario.world.faults.emplace_back();
  const std::vector<ArmResult> pilot{{ReadPolicy::leader, {trial_with(100, flat)}}};
  for (const int at : {0, 1, 4}) {
    scenario.world.faults[0].when.at = seconds{at};
    CHECK(choose_warm_up(scenario, pilot).too_short);
    CHECK(choose_warm_up(scenario, pilot).warm_up == seconds{0});
  }
}

TEST_CASE("a backlog that grows to the end makes an arm unstable, in one trial of two too") {
  const auto flat = [](std::size_t) { return Records{3}; };
  const auto growing = [](std::size_t s) { return static_cast<Records>(20 * s); };  // a fifth of what arrives stays
  const Scenario scenario = scenario_of(60, 10);
  CHECK(judge_arm(scenario, {ReadPolicy::leader, {trial_with(60, flat), trial_with(60, flat)}}).stable);
  const ArmVerdict verdict = judge_arm(scenario, {ReadPolicy::leader, {trial_with(60, flat), trial_with(60, growing)}});
  CHECK_FALSE(verdict.stable);
  CHECK(verdict.trials_unstable == 1);
  CHECK(verdict.reason.find("the backlog grew by ") == 0);
}

TEST_CASE("offered work above capacity makes an arm unstable and is named") {
  Scenario scenario = scenario_of(10, 10);
  scenario.world.brokers[0].id = 7;
  const auto flat = [](std::size_t) { return Records{3}; };
  TrialResult trial = trial_with(10, flat);
  // 20 s of transfers come within 10 s to a link that does 10 s of them.
  trial.loads.busy(BrokerIndex{0}, BrokerResource::nic_out, Instant{seconds{1}}, Instant{seconds{1}},
                   Instant{seconds{21}});
  const ArmVerdict verdict = judge_arm(scenario, {ReadPolicy::leader, {trial}});
  CHECK_FALSE(verdict.stable);
  CHECK(verdict.reason == "broker 7 is asked for 200 % of its NIC out");
}

TEST_CASE("records that never finish make an arm unstable") {
  const auto flat = [](std::size_t) { return Records{3}; };
  TrialResult trial = trial_with(60, flat);
  trial.conservation.unfinished = 100;  // of 6000 sent and 6000 to deliver: below 1 %
  CHECK(judge_arm(scenario_of(60, 10), {ReadPolicy::leader, {trial}}).stable);
  trial.conservation.unfinished = 200;
  CHECK_FALSE(judge_arm(scenario_of(60, 10), {ReadPolicy::leader, {trial}}).stable);
}

TEST_CASE("the last second is left out of a backlog, because it counts what the drain settled") {
  const auto flat = [](std::size_t) { return Records{3}; };
  CHECK(backlog_series(trial_with(10, flat)).undelivered.size() == 9);
}

}  // namespace
}  // namespace brokersim::test
