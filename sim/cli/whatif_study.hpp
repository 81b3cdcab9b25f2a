// SPDX-License-Identifier: Apache-2.0
// A cluster without one of its brokers or zones, one after another, under every read policy of the scenario.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/cli/study.hpp"
#include "sim/cli/victims.hpp"
#include "sim/result_files/fault_report.hpp"

namespace brokersim {

/// What the loss of a victim does under one read policy, from the kill until the end of the run: each figure is the
/// worst of the trials.
struct LossFigures {
  bool applied = false;                ///< false: it was down by then, and nothing below holds
  std::optional<Bottleneck> fullest;   ///< in its fullest window
  std::optional<double> peak_to_mean;  ///< of egress over the brokers that are up, in its worst window
  double unwritable = 0;               ///< share of partition-time in which acks=all is not taken (in a world without
                                       ///< such producers: nothing is)
  double unreadable = 0;               ///< share of (partition, group)-time
  double longest_outage_seconds = 0;   ///< of one partition, for its writers or a group
  bool recovered = true;               ///< at the end every partition could be written and read
  std::optional<double> produce_p99, delivery_p99;  ///< seconds, of the worst window; none: nothing was sent or read
  bool produce_censored = false, delivery_censored = false;  ///< in some window over 1 % never arrived
  Records lost_acks_all = 0;                                 ///< acknowledged by all in-sync replicas, and in no log
  Records lost_acks_1 = 0;                                   ///< acknowledged by the leader alone, and in no log
  Records failed = 0;                                        ///< given up: their producers were told
  bool balanced = true;
  std::optional<double> time_to_balance;  ///< seconds after the kill; none: not within the run
  // What tells mitigations apart.
  std::optional<double> leader_time_to_balance;  ///< likewise, of leaders
  double excess_bytes = 0;                       ///< integral of excess load until the end
  std::optional<Bottleneck> busiest_after;       ///< by mean over the time in which the victim is back
  std::uint32_t elections_after = 0;             ///< leaders named after the victim was started again
  double unwritable_after_seconds = 0;           ///< partition-seconds of outages that began after that, ...
  double unreadable_after_seconds = 0;           ///< ... and (partition, group)-seconds

  [[nodiscard]] Records lost() const { return lost_acks_all + lost_acks_1; }
  [[nodiscard]] bool saturates() const { return fullest && fullest->busy >= full; }
  /// Nothing that was promised is broken, everybody is served again, and nobody is overloaded.
  [[nodiscard]] bool can_go() const { return lost() == 0 && failed == 0 && recovered && !saturates(); }

  static constexpr double full = 0.95;  ///< busy in a window: queues grow without bounds near 1
};

struct WhatIfRow {
  Victim victim;
  std::size_t mitigation = 0;     ///< in WhatIfOptions::mitigations, if there are any
  std::vector<LossFigures> arms;  ///< shape [arms]
};

struct WhatIfStudy {
  ScenarioDocument document;  ///< without the kill
  std::vector<Arm> arms;      ///< the leader's first
  WarmUpChoice warm_up;
  KillTimes times;
  WhatIfOptions wishes;
  std::vector<WhatIfRow> rows;  ///< worst victim first; of each victim every mitigation in order

  [[nodiscard]] const Scenario& scenario() const { return document.scenario; }
};

/// What to add to a command so that it runs one row: "--fault 'kill broker 3 at 30s' --set /duration=60s", and what has
/// to stand in the scenario besides.
[[nodiscard]] std::string options_of_row(const WhatIfStudy& study, const WhatIfRow& row);

/// The scenario with more said on the command line than there is.
using ReadWith = std::function<ScenarioDocument(const std::vector<Override>& more)>;

/// throws  ScenarioError if a victim cannot be killed then, UsageError E0605, InvariantViolated
[[nodiscard]] WhatIfStudy whatif_study(const ReadWith& read, const WhatIfOptions& wishes, unsigned threads,
                                       const StudyProgress& progress);

}  // namespace brokersim
