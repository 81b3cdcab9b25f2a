// SPDX-License-Identifier: Apache-2.0
// The command line as values. Only options.cpp knows CLI11.
#pragma once
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "sim/model/specification.hpp"
#include "sim/scenario_file/scenario_errors.hpp"
#include "sim/scenario_file/scenario_json.hpp"

namespace brokersim {

enum class Command : std::uint8_t {
  run,
  compare,
  check_scenario,
  schema,
  print_config,
  calibrate,
  faults,
  swarm,
  whatif
};
enum class OutputFormat : std::uint8_t { table, json, csv, markdown };
enum class ColorMode : std::uint8_t { automatic, always, never };

/// What `calibrate` alone is told.
struct CalibrateOptions {
  std::vector<std::string> cases, hold_out;               ///< folders with a case.json, or such files
  std::string profile;                                    ///< name of the host profile that the fit starts from
  std::uint32_t trials = 2;                               ///< of each case and evaluation
  std::uint32_t evaluations = 400;                        ///< at most
  std::string omb;                                        ///< result file of the OpenMessaging Benchmark; empty: none
  std::string acknowledgement_samples, delivery_samples;  ///< files with a latency in ms a line; empty: none
};

/// What `swarm` alone is told.
struct SwarmOptions {
  std::string profile;           ///< name of a swarm profile
  std::vector<FaultKind> kinds;  ///< only these; empty: the profile's
  std::uint64_t seed = 1;        ///< of the first schedule; each next one has the next
  std::uint32_t schedules = 1000;
  std::uint32_t tolerated = 0;  ///< so many may fail: known failures of the model that are yet to be mended
  std::string expected;         ///< a check that is to be violated; empty: none
  bool shrinks = true;
  bool requires_coverage = false;  ///< every probe and kind often enough, else exit code 9
};

/// Who is to be killed, of --kill.
struct KillWish {
  enum class Who : std::uint8_t { each_broker, each_zone, broker, zone, top_brokers };
  Who who = Who::each_broker;
  std::string name = {};    ///< id of a broker, or a zone
  std::uint32_t count = 0;  ///< of top_brokers: so many that lead most partitions
  int argument = 0;         ///< its place on the command line, from 1
};

/// How leaders get back to where they were, of --mitigation.
struct Mitigation {
  enum class Kind : std::uint8_t {
    none,       ///< auto.leader.rebalance.enable=false
    scenario,   ///< as the scenario's control_plane says
    kraft,      ///< every `time`, by KRaft's rule (L-11)
    zookeeper,  ///< every `time`, by the threshold of clusters with ZooKeeper (L-13)
    by_hand     ///< preferred leaders elected (FAULT-37) `time` after the victim is started again, else as none
  };
  Kind kind = Kind::scenario;
  Duration time{};        ///< whole seconds > 0 of kraft and zookeeper; >= 0 of by_hand
  std::string name = {};  ///< "auto:60s", the duration in the largest unit that fits
  int argument = 0;       ///< its place on the command line, from 1
};

/// What `whatif` alone is told.
struct WhatIfOptions {
  std::vector<KillWish> kills;          ///< in order
  std::optional<Duration> restart;      ///< how long they are away; none: for good
  std::optional<Duration> at;           ///< none: soon after the warm-up
  int at_argument = 0;                  ///< its place on the command line, from 1
  std::optional<Duration> watch;        ///< how long the run goes on after that; none: what the scenario leaves
  std::vector<Mitigation> mitigations;  ///< in order, each once; empty: none is asked about
};

struct Options {
  Command command = Command::compare;
  std::string scenario;  ///< path, or "-" for standard input; of calibrate empty: none
  std::vector<Override>
      overrides;  ///< every --set in order, every --fault in order, then --trials and --seed, which win
  std::optional<ReadPolicy> policy;  ///< run only
  unsigned threads = 1;              ///< all cores unless stated; no result depends on it
  std::optional<std::string>
      out;  ///< directory for result files; of calibrate and whatif a file, of swarm where scenarios go
  bool force = false;
  std::string expect_fingerprint;  ///< of run and compare; empty: any
  OutputFormat format = OutputFormat::table;
  ColorMode color = ColorMode::automatic;
  bool quiet = false;
  bool verbose = false;
  bool json_errors = false;
  CalibrateOptions calibrate;
  SwarmOptions swarm;
  WhatIfOptions whatif;
};

/// What the command line asks for: a command, or only a text (help, version).
struct CommandLine {
  Options options;
  std::optional<std::string> text;
};

/// The command line is wrong: exit code 2.
class UsageError : public std::exception {
 public:
  explicit UsageError(Diagnostic diagnostic) : diagnostic_(std::move(diagnostic)) {}
  /// Nothing was asked: a short usage instead of an error.
  explicit UsageError(std::string usage) : usage_(std::move(usage)) {}

  /// What to show on standard error, as text or as a JSON array.
  [[nodiscard]] std::string text(bool as_json) const {
    return usage_.empty() ? format_diagnostics({diagnostic_}, as_json) : usage_;
  }
  [[nodiscard]] const char* what() const noexcept override { return "the command line is wrong"; }

 private:
  Diagnostic diagnostic_;
  std::string usage_;
};

/// arguments  without the program's name; numbers in messages count from 1 = the first after it
/// throws     UsageError with E0601 to E0605
[[nodiscard]] CommandLine parse_command_line(const std::vector<std::string>& arguments);

/// Whether errors are to be JSON, judged before anything else so that a wrong command line is told that way too.
[[nodiscard]] bool wants_json_errors(const std::vector<std::string>& arguments);

}  // namespace brokersim
