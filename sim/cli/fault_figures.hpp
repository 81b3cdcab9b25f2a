// SPDX-License-Identifier: Apache-2.0
// What is reported around a fault, trial by trial: load and its balance, what could be written and read, latency and
// staleness before, during and after it, and what was lost (metrics-and-statistics.md sections 2.2, 3, 4, 5). The
// formulas are analysis/recovery.hpp's.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/metrics/fault_ledger.hpp"
#include "sim/scenario/run.hpp"
#include "sim/scenario/scenario.hpp"

namespace brokersim {

/// Faults whose times overlap: from the first one's coming until all that they did is over. Every coming of one entry
/// of "faults" (a rolling restart, flapping, a rate) is of the same episode.
struct FaultEpisode {
  std::vector<std::uint32_t> faults = {};  ///< entries of WorldSpec::faults, ascending
  std::string name = {};                   ///< of their kinds, in order: "kill", "pause, kill"
  std::vector<std::int32_t> brokers = {};  ///< ids of those that were hit, ascending
  Duration began{}, ended{};               ///< since the start of the run
  bool over = true;                        ///< false: it was not when the run ended; `ended` is the duration then
  Duration watched_until{};                ///< the next episode, or the end of the duration
};

/// In order of time; of faults that came within the observation interval and were not ignored.
[[nodiscard]] std::vector<FaultEpisode> fault_episodes(const Scenario& scenario, const TrialResult& trial);

enum class FaultPhase : std::uint8_t { before, during, after };
inline constexpr std::size_t fault_phases = 3;
inline constexpr std::array<const char*, fault_phases> fault_phase_names{"before", "during", "after"};

/// The fullest resource of any broker in any window.
struct Bottleneck {
  std::int32_t broker = 0;  ///< id
  std::string resource = {};
  double busy = 0;  ///< share of its capacity
  Duration window_start{};
};

/// A broker in one phase; shares and rates are of the time in which it was up.
struct BrokerPhase {
  double up = 0;         ///< share of the phase in which its process served
  double leaders = 0;    ///< mean over the phase
  double out_bytes = 0;  ///< per second of the phase
  double in_bytes = 0;
  Bottleneck fullest = {};  ///< its fullest resource by mean over the phase
  double peak_busy = 0;     ///< of that resource, in its fullest window
};

/// A stretch of time around a fault. Its latencies and staleness are of records meant to be sent in it, its read ages
/// of reads made in it; both by whole windows of the load ledger.
struct PhaseFigures {
  Duration from{}, to{};  ///< since the start of the run; equal: there was no such phase, and nothing below holds
  double write_availability_all = 1;  ///< of partition-seconds: a leader at work, and |ISR| >= min.insync.replicas
  double write_availability_one = 1;  ///< ...: a leader at work (acks=1, acks=0)
  std::optional<double> read_availability = {};  ///< of (partition, group)-seconds; none: nobody reads
  double stalled_seconds = 0;  ///< partition-seconds: acks=all accepted, and not acknowledged for over 1 s
  SpanSummary produce = {}, delivery = {}, visibility = {}, read_age = {};
  std::vector<BrokerPhase> brokers = {};  ///< shape [brokers]

  [[nodiscard]] bool exists() const { return to > from; }
};

/// Everything of an episode. "From the fault on" is [began, watched_until).
struct EpisodeFigures {
  FaultEpisode episode = {};
  std::array<PhaseFigures, fault_phases> phases = {};
  // Load skew: peak-to-mean of payload bytes out, window by window, over the brokers that are up all of a window.
  std::optional<double> skew_before = {};      ///< mean over windows; none: nothing was loaded, or no such phase
  std::optional<double> peak_to_mean = {};     ///< highest from the fault on
  std::optional<double> time_to_balance = {};  ///< seconds after `began`; none: not balanced when the watch ended
  double excess_bytes = 0;                     ///< integral of excess load from the fault on
  // The same of leader counts, over the brokers that are up.
  std::optional<double> leader_skew_before = {};
  std::optional<double> leader_peak_to_mean = {};
  std::optional<double> leader_time_to_balance = {};
  std::optional<Bottleneck> bottleneck = {};  ///< from the fault on
  // From the fault on, partition-seconds and (partition, group)-seconds.
  double unwritable_all_seconds = 0;  ///< no leader at work, or too few in sync
  double unwritable_one_seconds = 0;  ///< no leader at work
  double unreadable_seconds = 0;
  double longest_outage_seconds = 0;  ///< of a partition's writers or of a group, clients' search included
  // Worst p99 of any window of the scenario from the fault on; none: nothing was sent, or more than 1 % never arrived.
  std::optional<double> worst_produce_p99 = {}, worst_delivery_p99 = {};
  bool worst_produce_censored = false, worst_delivery_censored = false;  ///< in some window over 1 % never arrived
};

/// Records that are missing at the end; exact.
struct FaultLosses {
  Records acks0 = 0, acks1 = 0, acks_all = 0;  ///< acknowledged (acks=0: sent), by acks of their producer
  Records committed = 0;                       ///< a leader's high watermark had passed them
  Records delivered = 0;                       ///< handed to an application, summed over groups
  Records duplicates = 0;
  Records failed = 0;  ///< refused, indeterminate or dropped: the producer was told

  [[nodiscard]] Records acknowledged() const { return acks1 + acks_all; }
};

struct FaultFigures {
  std::vector<EpisodeFigures> episodes = {};
  FaultLosses losses = {};
};

/// placement  of place_partitions(), which says who leads when the run begins
[[nodiscard]] FaultFigures fault_figures(const Scenario& scenario,
                                         const std::vector<std::vector<BrokerIndex>>& placement, Protocol protocol,
                                         const TrialResult& trial);

}  // namespace brokersim
