// SPDX-License-Identifier: Apache-2.0
// A scenario run: one trial of one arm as one function; everything else is which ones, and on how many threads.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "sim/metrics/trial_result.hpp"
#include "sim/model/run_limits.hpp"
#include "sim/scenario/scenario.hpp"

namespace brokersim {

/// Where every partition's replicas are, topics in order, first = leader. Drawn by KRaft's placer from the seed alone
/// where the scenario does not say it: the placement is part of the world, the same in every trial and arm.
///
/// returns  shape [partitions][replication factor]
/// throws   InvalidReplicationFactor if a topic wants more replicas than there are brokers
[[nodiscard]] std::vector<std::vector<BrokerIndex>> place_partitions(const Scenario& scenario);

/// How long a trial is watched, and what it keeps for that.
[[nodiscard]] RunLimits limits_of(const Scenario& scenario, Duration warm_up);

/// One trial. Depends on the scenario, the arm, the trial's number and the warm-up, and on nothing else.
///
/// throws  InvariantViolation if something does not hold that must (invariants-and-faults.md part A)
[[nodiscard]] TrialResult run_trial(const Scenario& scenario, const std::vector<std::vector<BrokerIndex>>& placement,
                                    const Arm& arm, std::uint32_t trial, Duration warm_up);

/// All trials of some arms.
struct ArmResult {
  Arm policy;
  std::vector<TrialResult> trials;  ///< shape [trials]
};

/// Does jobs 0 .. jobs-1, in that order, on up to `threads` threads; what a job does may not depend on the others.
///
/// finished  called after each job, one call at a time, with the number done so far; may be empty
/// throws    std::runtime_error if this build or machine computes other bits than it should (rule D-06), and what the
///           first job that failed did
void in_parallel(std::size_t jobs, unsigned threads, const std::function<void(std::size_t)>& job,
                 const std::function<void(std::size_t)>& finished);

/// Runs every trial of every arm, trials first, on up to `threads` threads; the results do not depend on `threads`.
///
/// warm_up   start of the observation interval
/// throws    std::runtime_error if this build or machine computes other bits than it should (rule D-06)
/// finished  called from the calling thread's pool after each trial, one call at a time, with the number done so far;
/// may be empty
[[nodiscard]] std::vector<ArmResult> run_arms(const Scenario& scenario, const std::vector<Arm>& wanted,
                                              std::uint32_t trials, Duration warm_up, unsigned threads,
                                              const std::function<void(std::size_t)>& finished);

}  // namespace brokersim
