// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/study.hpp"

#include <algorithm>
#include <chrono>

#include "sim/cli/headline.hpp"
#include "sim/cli/self_checks.hpp"
#include "sim/figures/arm_metrics.hpp"
#include "sim/figures/fault_figures.hpp"

namespace brokersim {
namespace {

std::vector<ArmResult> run_phase(const Study& study, const std::string& phase, std::uint32_t trials, Duration warm_up,
                                 unsigned threads, const StudyProgress& progress) {
  const std::size_t total = trials * study.policies.size();
  if (progress) progress(phase, 0, total);
  try {
    std::vector<ArmResult> arms =
        run_arms(study.scenario(), study.policies, trials, warm_up, threads, [&](std::size_t done) {
          if (progress) progress(phase, done, total);
        });
    std::vector<std::string> lines = violations(study.scenario(), arms);
    if (!lines.empty()) throw InvariantViolated(std::move(lines));
    return arms;
  } catch (const InvariantViolation& violation) {
    throw InvariantViolated(violation_lines(study.scenario(), violation), violation.is_of_liveness());
  }
}

}  // namespace

Study study(ScenarioDocument document, std::vector<Arm> policies, unsigned threads, const StudyProgress& progress) {
  const auto start = std::chrono::steady_clock::now();
  Study result;
  result.document = std::move(document);
  result.policies = std::move(policies);
  std::sort(result.policies.begin(), result.policies.end());  // a change is told from the leader's arm on
  const Scenario& scenario = result.scenario();
  if (scenario.warm_up) {
    result.warm_up.warm_up = *scenario.warm_up;
  } else {
    const std::uint32_t trials = std::min(pilot_trials, scenario.trials);
    result.warm_up = choose_warm_up(
        scenario, run_phase(result, "pilot run for the warm-up", trials, Duration::zero(), threads, progress));
  }
  result.placement = place_partitions(scenario);
  result.arms = run_phase(result, "simulating", scenario.trials, result.warm_up.warm_up, threads, progress);

  const WorldFacts facts = world_facts(scenario);
  result.placement_cov_squared = facts.placement_cov_squared;
  result.placement_peak_to_mean = facts.placement_peak_to_mean;
  std::vector<std::vector<FigureColumn>> columns;
  for (const ArmResult& arm : result.arms) {
    columns.push_back(arm_figures(facts, arm));
    result.verdicts.push_back(judge_arm(scenario, arm));
    if (scenario.world.faults.empty()) continue;
    std::vector<FaultFigures>& faults = result.faults.emplace_back();
    for (const TrialResult& trial : arm.trials) {
      faults.push_back(fault_figures(scenario, result.placement, arm.policy.protocol, trial));
    }
  }
  result.rows = compare_arms(columns, result.verdicts);
  result.headline = headline(result.rows, result.policies, result.verdicts);
  result.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace brokersim
