// SPDX-License-Identifier: Apache-2.0
// A finished run of some arms with everything a report needs.
#pragma once
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/figures/arm_verdict.hpp"
#include "sim/figures/comparison.hpp"
#include "sim/figures/warm_up_choice.hpp"
#include "sim/result_files/fault_report.hpp"
#include "sim/scenario/run.hpp"
#include "sim/scenario_file/scenario_json.hpp"

namespace brokersim {

struct Study {
  ScenarioDocument document;  ///< effective: after --set, --trials, --seed
  std::vector<Arm> policies;  ///< shape [arms]; by protocol, the leader's arm first
  WarmUpChoice warm_up;
  std::vector<std::vector<BrokerIndex>> placement;  ///< of place_partitions()
  std::vector<ArmResult> arms;                      ///< shape [arms]
  std::vector<ArmVerdict> verdicts;                 ///< shape [arms]
  std::vector<ComparisonRow> rows;
  std::vector<std::vector<FaultFigures>> faults;  ///< shape [arms][trials]; empty in a scenario without faults
  std::string headline;
  std::string command;               ///< repeats it
  std::string fingerprint;           ///< D.3; --expect-fingerprint takes it
  double placement_cov_squared = 0;  ///< of random leader placement: what chance alone makes
  std::optional<double> placement_peak_to_mean;
  double wall_seconds = 0;  ///< for timing.json alone

  [[nodiscard]] const Scenario& scenario() const { return document.scenario; }
};

/// Called with a phase's name ("pilot", "simulating"), the trials done and all of them; may be empty.
using StudyProgress = std::function<void(const std::string&, std::size_t, std::size_t)>;

/// What study() may not go on from: the lines of self_checks.hpp.
struct InvariantViolated : std::runtime_error {
  explicit InvariantViolated(std::vector<std::string> violation_lines, bool liveness = false)
      : std::runtime_error("an invariant was violated"), lines(std::move(violation_lines)), of_liveness(liveness) {}
  std::vector<std::string> lines;
  bool of_liveness;  ///< A.3: nothing wrong was done, but something was not done
};

/// Runs the policies' arms, after a pilot run if the warm-up is automatic, and judges and compares them.
///
/// policies  at least one, different
/// throws    InvariantViolated
[[nodiscard]] Study study(ScenarioDocument document, std::vector<Arm> policies, unsigned threads,
                          const StudyProgress& progress);

}  // namespace brokersim
