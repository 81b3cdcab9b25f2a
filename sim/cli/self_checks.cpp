// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/self_checks.hpp"

#include <algorithm>

#include "sim/cli/version.hpp"
#include "sim/result_files/result_set.hpp"

namespace brokersim {
namespace {

std::string line(const Scenario& scenario, const std::string& arm, std::size_t trial, const std::string& what) {
  return "VIOLATION arm " + arm + ", trial " + std::to_string(trial) + ", seed " + std::to_string(scenario.seed) +
         ": " + what;
}

/// "5.476461000s"
std::string seconds_in_full(Instant time) {
  const std::int64_t ns = time.time_since_epoch().count();
  std::string fraction = std::to_string(ns % 1'000'000'000);
  fraction.insert(0, 9 - fraction.size(), '0');
  return std::to_string(ns / 1'000'000'000) + "." + fraction + "s";
}

/// The first arm of the same protocol: stored bytes are not the same in another.
const ArmResult& first_alike(const std::vector<ArmResult>& arms, const ArmResult& arm) {
  const auto same = [&](const ArmResult& other) { return other.policy.protocol == arm.policy.protocol; };
  return *std::find_if(arms.begin(), arms.end(), same);
}

/// Whether everything meant for the group's topics is in their logs once, and the group has skipped none of it. What a
/// failure takes away depends on what had been copied by then, and that on who else asked the leader: it is not the
/// same in every arm.
bool all_came_through(const Scenario& scenario, const TrialResult& trial, std::size_t group) {
  if (trial.conservation.unfinished > 0 || trial.groups[group].troubles.skipped > 0) return false;
  const std::vector<TopicIndex>& topics = scenario.world.groups[group].topics;
  for (std::size_t p = 0; p < trial.outcomes.size(); ++p) {
    const SendOutcomes& of = trial.outcomes[p];
    const bool read = std::find(topics.begin(), topics.end(), scenario.world.producers[p].topic) != topics.end();
    const Records astray = of.refused + of.indeterminate + of.dropped + of.open + of.lost_acks0 + of.lost_acks1 +
                           of.lost_acks_all + of.duplicates;
    if (read && astray > 0) return false;
  }
  return true;
}

/// Both arms met the same draws, so each group must have been given the same bytes, if all of them came through.
void compare_delivered(const Scenario& scenario, const ArmResult& first, const ArmResult& other, std::size_t trial,
                       std::vector<std::string>& lines) {
  const TrialResult &a = first.trials[trial], &b = other.trials[trial];
  for (std::size_t g = 0; g < a.groups.size(); ++g) {
    if (!all_came_through(scenario, a, g) || !all_came_through(scenario, b, g)) continue;
    if (a.groups[g].delivered_bytes == b.groups[g].delivered_bytes) continue;
    lines.push_back(line(scenario, arm_name(other.policy), trial,
                         "group " + scenario.world.groups[g].id + " was given " +
                             std::to_string(b.groups[g].delivered_bytes) + " bytes, and " +
                             std::to_string(a.groups[g].delivered_bytes) + " under " + arm_name(first.policy)));
  }
}

}  // namespace

std::vector<std::string> violations(const Scenario& scenario, const std::vector<ArmResult>& arms) {
  std::vector<std::string> lines;
  for (const ArmResult& arm : arms) {
    for (std::size_t trial = 0; trial < arm.trials.size(); ++trial) {
      for (const std::string& what : arm.trials[trial].conservation.violations) {
        lines.push_back(line(scenario, arm_name(arm.policy), trial, what));
      }
      const ArmResult& first = first_alike(arms, arm);
      if (&arm != &first) compare_delivered(scenario, first, arm, trial, lines);
    }
  }
  return lines;
}

std::vector<std::string> violation_lines(const Scenario& scenario, const InvariantViolation& violation) {
  return {"VIOLATION " + violation.id + " " + violation.statement + " at " + seconds_in_full(violation.time) +
              " event " + std::to_string(violation.event),
          "seed " + std::to_string(scenario.seed) + " trial " + std::to_string(violation.trial) + " arm " +
              violation.arm + " model " + std::to_string(model_version) + " commit " + version_commit()};
}

}  // namespace brokersim
