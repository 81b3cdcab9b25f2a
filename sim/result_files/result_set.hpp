// SPDX-License-Identifier: Apache-2.0
// Everything a result directory is made of. Its files and columns are described in docs/RESULT_FORMAT.md.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/result_files/fault_report.hpp"
#include "sim/scenario/run.hpp"
#include "sim/scenario/scenario.hpp"

namespace brokersim {

/// One figure of one arm, or the change between two, over all trials.
struct SummaryRow {
  std::string metric = {};                ///< snake_case, "busiest_broker_egress"
  std::string unit = {};                  ///< base unit, "bytes_per_second", "seconds", "usd_per_month", "ratio"
  std::string arm = {};                   ///< name of a read policy, or "change"
  std::uint32_t trials = 0;               ///< behind the estimate
  std::optional<double> estimate = {};    ///< none: the figure does not exist (an unstable arm); `note` says why
  std::optional<double> half_width = {};  ///< of the interval around the estimate; none: fewer than two trials
  std::optional<double> lowest = {}, highest = {};  ///< over trials
  double level = 0.95;                              ///< confidence of the interval, in (0, 1)
  std::string note = {};
};

/// How uneven one resource's load was in one window of one trial.
struct SkewRow {
  std::size_t arm = 0;  ///< place in ResultSet::arms
  std::uint32_t trial = 0;
  Duration window_start{};  ///< since the start of the run, as in brokers.csv
  Duration window{};
  std::string resource = {};                ///< "out_bytes_per_second": the column of brokers.csv it is about
  std::optional<double> peak_to_mean = {};  ///< none: nothing was loaded
  std::optional<double> coefficient_of_variation = {};
};

/// What computing a trial took; the same trial takes another time tomorrow, so this goes to timing.json alone.
struct TrialCost {
  std::size_t arm = 0;
  std::uint32_t trial = 0;
  double wall_seconds = 0;
};

struct RunCost {
  std::vector<TrialCost> trials = {};
  double wall_seconds = 0;  ///< the whole command
  std::uint64_t peak_memory_bytes = 0;
  unsigned threads = 0;
};

/// The results of a command, as write_result_directory() takes them. No text in it may hold a wall time, a host name,
/// an absolute path, or an option that changes no result (--threads, --out): all files but timing.json are compared
/// byte for byte (rule D-14).
struct ResultSet {
  const Scenario* scenario = nullptr;                                ///< effective: after --set, --seed, --trials
  const std::vector<std::vector<BrokerIndex>>* placement = nullptr;  ///< of place_partitions()
  const std::vector<ArmResult>* arms = nullptr;                      ///< each with the same number of trials, > 0
  Duration warm_up{};                                                ///< used, whether stated or chosen
  std::string scenario_json = {};                                    ///< of the effective scenario
  std::string scenario_hash = {};
  std::uint32_t model_version = 0;
  std::string program_version = {};
  std::string program_commit = {};
  std::string repeat_command = {};  ///< the exact command that gives these files again
  std::vector<SummaryRow> summary = {};
  std::vector<SkewRow> load_skew = {};  ///< by arm, trial, window, resource
  /// shape [arms][trials]; empty if nothing may fail
  std::vector<std::vector<FaultFigures>> faults = {};
  std::vector<std::string> notes = {};
  std::vector<std::string> switches_on = {};     ///< names of ModelSwitches that were on
  std::vector<std::string> relaxed_checks = {};  ///< empty: none (law O-06)
  std::string run_fingerprint = {};              ///< D.3: what the run was, but for the files
  RunCost cost = {};
  /// Asked now and then while files are written; true ends the writing with OutputInterrupted. May be empty.
  std::function<bool()> stop_requested = {};

  [[nodiscard]] std::size_t trials() const { return arms->front().trials.size(); }
};

/// The arm column of every file: the read policy as scenario files name it, "leader", "rack_aware"; behind
/// "primary_replica." if the protocol is not Kafka's.
[[nodiscard]] std::string arm_name(const Arm& arm);

}  // namespace brokersim
