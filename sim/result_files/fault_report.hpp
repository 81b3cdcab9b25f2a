// SPDX-License-Identifier: Apache-2.0
// What is reported around a fault, one trial's worth: load and its balance, what could be written and read, latency and
// staleness before, during and after it, and what was lost (metrics-and-statistics.md sections 2.2, 3, 4, 5). Plain
// values; sim/figures/fault_figures.hpp works them out.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/metrics/fault_ledger.hpp"

namespace brokersim {

/// Faults whose times overlap: from the first one's coming until all that they did is over. Every coming of one entry
/// of "faults" (a rolling restart, flapping, a rate) is of the same episode.
struct FaultEpisode {
  std::vector<std::uint32_t> faults = {};  ///< entries of WorldSpec::faults, ascending
  std::string name = {};                   ///< of their kinds, in order: "kill", "pause, kill"
  std::vector<std::int32_t> brokers = {};  ///< ids of those that were hit, ascending
  std::vector<std::string> zones = {};     ///< that were lost, in order of time
  Duration began{}, ended{};               ///< since the start of the run
  bool over = true;                        ///< false: it was not when the run ended; `ended` is the duration then
  Duration watched_until{};                ///< the next episode, or the end of the duration
};

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

/// A broker in one phase.
struct BrokerPhase {
  double up = 0;              ///< share of the phase in which its process served
  double leaders = 0;         ///< mean over the phase, as the controller has it
  double in_bytes = 0;        ///< payload per second of the phase
  double out_bytes = 0;       ///< likewise
  std::string resource = {};  ///< the one that is fullest by mean over the phase
  double busy = 0;            ///< share of its capacity, that mean
  double peak_busy = 0;       ///< in its fullest window
  // What reassignments copied to new replicas, of in_bytes and out_bytes.
  double copied_in = 0, copied_out = 0;            ///< payload per second of the phase
  double peak_copied_in = 0, peak_copied_out = 0;  ///< in the window in which it was most
};

/// What the reassignments of an episode copied to new replicas.
struct CopyFigures {
  std::size_t partitions = 0;           ///< that were reassigned
  Bytes bytes = 0;                      ///< payload that leaders sent
  std::optional<double> seconds = {};   ///< from the first of them until all were complete; none: not by the end
  std::optional<double> peak_in = {};   ///< bytes/s, into the broker that got most in any window; none: unobserved
  std::optional<double> peak_out = {};  ///< out of the one that sent most
  std::int32_t broker_in = 0, broker_out = 0;  ///< ids of those two
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
  std::optional<double> peak_to_mean = {};     ///< highest from the fault on, where observed
  std::optional<double> time_to_balance = {};  ///< seconds after `began`; none: not balanced when the watch ended
  bool balance_known = false;                  ///< skew before, and 3 windows since; else the time is none
  std::optional<double> excess_bytes = {};     ///< integral of excess load from the fault on; none: no skew before
  // The same of leader counts, over the brokers that are up.
  std::optional<double> leader_skew_before = {};
  std::optional<double> leader_peak_to_mean = {};
  std::optional<double> leader_time_to_balance = {};
  std::optional<Bottleneck> bottleneck = {};  ///< from the fault on
  // From the fault on, partition-seconds and (partition, group)-seconds.
  double unwritable_all_seconds = 0;  ///< no leader at work, or too few in sync
  double unwritable_one_seconds = 0;  ///< no leader at work
  double unreadable_seconds = 0;
  std::optional<CopyFigures> copies = {};  ///< none: nothing was reassigned
  double longest_outage_seconds = 0;       ///< of a partition's writers or of a group, clients' search included
  // Highest p99 of the scenario's windows from the fault on. none: nothing was sent.
  std::optional<double> worst_produce_p99 = {}, worst_delivery_p99 = {};
  bool produce_p99_exceeds = false, delivery_p99_exceeds = false;  ///< over 1 % of some window's records never arrived
};

/// Records that are missing at the end; exact.
struct FaultLosses {
  Records acks0 = 0, acks1 = 0, acks_all = 0;  ///< acknowledged (acks=0: sent), by acks of their producer
  Records committed = 0;                       ///< a leader's high watermark had passed them
  Records delivered = 0;                       ///< handed to an application, summed over groups
  Records unread = 0;                          ///< deleted before a group was handed them, summed over groups
  Records duplicates = 0;
  Records failed = 0;  ///< refused, indeterminate or dropped: the producer was told

  [[nodiscard]] Records acknowledged() const { return acks1 + acks_all; }
};

/// A moment from which a broker leads so many partitions, as the controller has committed it.
struct LeaderCount {
  Duration time{};  ///< since the start of the run
  std::int32_t broker = 0;
  std::uint32_t leaders = 0;
};

/// One time that a partition could not be written, or read by a group; the parts add up to its length.
struct OutageFigures {
  std::uint32_t partition = 0;  ///< topics in order
  std::uint32_t group = OutageNote::writers;
  Duration began{};                     ///< since the start of the run
  double detection = 0;                 ///< seconds until the controller knew
  double election = 0;                  ///< until a leader was found and committed
  double propagation = 0;               ///< until it led
  std::optional<double> discovery = 0;  ///< until a client had found it; none: no producer came
  bool over = true;                     ///< false: not when the observation ended

  [[nodiscard]] double total() const { return detection + election + propagation + discovery.value_or(0); }
};

struct FaultFigures {
  std::vector<EpisodeFigures> episodes = {};
  std::vector<LeaderCount> leaders = {};             ///< every broker as the run begins, then each change
  std::vector<OutageFigures> outages = {};           ///< by beginning, partition, group
  std::vector<ReassignedPartition> reassigned = {};  ///< by beginning
  FaultLosses losses = {};
};

}  // namespace brokersim
