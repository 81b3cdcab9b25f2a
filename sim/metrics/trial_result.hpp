// SPDX-License-Identifier: Apache-2.0
// What one trial of one arm says: raw counters, sums and histograms over the observation interval, nothing derived.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/core/rare_state.hpp"
#include "sim/metrics/event_note.hpp"
#include "sim/metrics/fault_ledger.hpp"
#include "sim/metrics/latency_histogram.hpp"
#include "sim/metrics/load_ledger.hpp"
#include "sim/metrics/record_trace.hpp"
#include "sim/metrics/request_times.hpp"

namespace brokersim {

/// Whose bytes cross a link.
enum class TrafficPath : std::uint8_t { producer, replication, consumer };
inline constexpr std::size_t traffic_paths = 3;
inline constexpr std::array<const char*, traffic_paths> traffic_path_names{"producer", "replication", "consumer"};

/// Where the time between a record's intended send and its acknowledgement or delivery goes.
enum class LatencyPart : std::uint8_t {
  batching,           ///< intended send -> its batch is full or has lingered
  send_wait,          ///< -> the request leaves the producer: max.in.flight.requests.per.connection
  network_to_broker,  ///< -> the request has passed the leader's NIC
  connection_wait,    ///< -> earlier requests of the connection are answered (B-4)
  request_queue,      ///< -> an I/O thread takes it up: network thread and request queue
  append,             ///< -> it is in the leader's log
  replication,        ///< -> the leader's high watermark has passed it (0 for the acknowledgement of acks=1)
  propagation,        ///< -> the replica that is read shows it (0 at the leader)
  fetch_wait,         ///< -> a fetch answer that carries it is ready
  network_to_client,  ///< -> the answer has reached the client
  processing_wait     ///< -> it is handed to the application
};
inline constexpr std::size_t latency_parts = 11;
inline constexpr std::array<const char*, latency_parts> latency_part_names{
    "batching",    "send_wait",   "network_to_broker", "connection_wait",   "request_queue",  "append",
    "replication", "propagation", "fetch_wait",        "network_to_client", "processing_wait"};

/// Sums over records of the time spent in each part, exact in ns.
struct PartSums {
  __extension__ using Wide = __int128;
  std::array<Wide, latency_parts> ns{};
  void add(LatencyPart part, Duration each, std::int64_t records) {
    ns[static_cast<std::size_t>(part)] += static_cast<Wide>(each.count()) * records;
  }
  [[nodiscard]] double seconds(std::size_t part) const { return static_cast<double>(ns[part]) * 1e-9; }
};

/// Bytes moved from one zone to another, by path.
struct LinkLoad {
  std::array<Bytes, traffic_paths> payload_bytes{};  ///< stored record batches
  std::array<Bytes, traffic_paths> wire_bytes{};     ///< with request and response overhead
};

struct PartitionLoad {
  Records records = 0;              ///< appended
  Bytes bytes = 0;                  ///< appended
  Bytes bytes_out_as_leader = 0;    ///< to consumers
  Bytes bytes_out_as_follower = 0;  ///< to consumers
};

/// Staleness of what consumers read (metrics-and-statistics.md section 3).
struct Staleness {
  LatencyHistogram
      visibility_delay;  ///< per record and group reading: first shown at the replica read minus commit; 0 at a leader
  PartSums::Wide replica_lag_ns =
      0;  ///< of it: until the replica had the data; 0 while every replica is in sync (R-20)
  PartSums::Wide fetch_parking_ns = 0;   ///< of it: while the replica's fetch was parked at the leader
  PartSums::Wide hw_propagation_ns = 0;  ///< of it: the rest, the new high watermark on its way
  LatencyHistogram read_age;             ///< per (fetch answer, partition with records): time staleness at the read
  std::array<std::uint64_t, 3> reads_behind_fewer_than{};  ///< reads with offset lag < 1, 10, 100
  std::uint64_t reads = 0;
  PartSums::Wide read_lag_records = 0;  ///< sum over reads of the offset lag
  double lag_records_time_average = 0;  ///< mean over time of the summed offset lag of (replica, group) pairs
  double age_seconds_time_average = 0;  ///< mean over time and (partition, group) pairs of the time staleness
};

/// Self-checks and flow counts of the whole run, drain included.
struct Conservation {
  Records generated = 0, appended = 0, acknowledged = 0, unacknowledged_by_design = 0;  ///< last: acks=0
  Records replicated = 0;                                                               ///< sum over followers
  Records delivered = 0;                                                                ///< sum over groups
  Records expected_replicated = 0, expected_delivered = 0;
  Bytes generated_bytes = 0, appended_bytes = 0, replicated_bytes = 0, delivered_bytes = 0;
  Records unfinished = 0;      ///< generated but not acknowledged or not delivered everywhere when the drain ended
  Records given_up = 0;        ///< of generated: failed for good, told to the producer (INV-C12)
  Records never_appended = 0;  ///< of generated: given up or lost with acks=0, and in no log
  Records appended_again = 0;  ///< of appended: records that had been appended before (K-10, K-11)
  std::vector<std::string> violations;  ///< sentences; empty in a correct run
};

/// Records in the system at the end of each second of the run, from its start (for warm-up and stability).
struct ProgressSample {
  Records generated = 0;  ///< intended by then
  Records acknowledged = 0;
  Records delivered = 0;  ///< sum over groups
};

/// What one member of a group read, in records and bytes as in GroupResult.
struct MemberResult {
  std::uint32_t partitions = 0;  ///< assigned
  Records delivered = 0;
  Bytes delivered_bytes = 0;
};

/// What a rebalance was for one member. A partition stops when its owner gives it up and goes on when its next owner
/// can ask for it.
struct RebalanceMember {
  std::uint32_t member = 0;             ///< place in the group
  std::uint32_t before = 0, after = 0;  ///< partitions it read
  Duration without{};                   ///< it has had none, though it read some before or after
  Duration longest_stop{};              ///< of the partitions that it read after
};

/// From the request that set it off until every member reads what it was assigned.
struct RebalanceResult {
  Duration began{}, ended{};  ///< since the start of the run; of an unsettled one `ended` is the end of all events
  bool settled = false;       ///< false: the run ended first, or nobody is left
  std::uint32_t rounds = 0;   ///< assignments that were worked out
  std::uint32_t moved = 0;    ///< partitions that have another owner than before
  std::uint32_t stopped = 0;  ///< partitions that were read by nobody for a while
  Duration stopped_sum{};     ///< of them, summed
  Duration longest_stop{};    ///< of any of them
  Records read_again = 0;     ///< handed over after the commit that their next owner began at: it gets them again
  std::vector<RebalanceMember> members;  ///< that were or are in the group, in order
};

/// What failures meant to a group, whole run. Nothing of it can be other than 0 in a run without failures.
struct ConsumerTroubles {
  Duration longest_gap{};                ///< a partition of it had a record to wait for, and nothing was handed over
  Duration gap_ended{};                  ///< since the start of the run
  std::uint32_t gap_partition = 0;       ///< topics in order
  std::uint64_t connections_lost = 0;    ///< that were noticed
  std::uint64_t connections_failed = 0;  ///< attempts to connect again
  std::uint64_t redirects_to_dead = 0;   ///< answers that named a replica whose broker was not running (F-31)
  std::uint64_t leader_errors = 0;       ///< partitions answered with an error about their leader (C-16)
  std::uint64_t out_of_range_at_follower = 0;  ///< back to the leader, without a reset (F-35)
  std::uint64_t truncations = 0;    ///< positions that were ahead of a new leader's log and went back to it (KIP-320)
  std::uint64_t resets = 0;         ///< positions that auto.offset.reset has set
  Records lost_after_delivery = 0;  ///< handed over, and in no log any more: what truncations went back by
  Records skipped = 0;              ///< never handed over, because a reset went past them
  Records read_again = 0;           ///< before a position that a reset has set to the log's beginning

  [[nodiscard]] bool any() const {
    return connections_lost + connections_failed + redirects_to_dead + leader_errors + out_of_range_at_follower +
               truncations + resets >
           0;
  }
};

struct GroupResult {
  LatencyHistogram delivery_from_leader;  ///< intended send -> handed to the application, per record
  LatencyHistogram delivery_from_follower;
  Records delivered = 0;                ///< of records intended in the observation interval
  Bytes delivered_bytes = 0;            ///< batches wholly or partly of such records, weighted by record
  double lag_records_time_average = 0;  ///< committed at the leader and not yet handed over, mean over time
  Records lag_records_max = 0;  ///< most records committed and not yet handed over (if at once: not yet in a fetch
                                ///< answer), whole run
  double lag_seconds_time_average = 0;  ///< age, since its commit, of the oldest of them, mean over time and partitions
  double lag_seconds_max = 0;           ///< greatest such age in the observation interval
  std::vector<MemberResult> members;    ///< shape [members]
  std::vector<RebalanceResult> rebalances;  ///< in order of time; empty unless the group's coordinator is modelled
  ConsumerTroubles troubles;
};

/// How far a group was behind in one partition.
struct PartitionLag {
  std::uint32_t partition = 0;  ///< topics in order
  GroupIndex group;
  double records_time_average = 0;  ///< committed at the leader and not yet handed over, mean over time
};

/// How often and how long quotas held a client id back, in the observation interval.
struct ThrottleCount {
  std::uint64_t requests = 0;  ///< answers that announced a throttle time
  Duration time{};             ///< sum of those
  void add(Duration throttle) {
    ++requests;
    time += throttle;
  }
};

/// What buffer.memory did to the instances of a producer entry (K-3).
struct SendBufferUse {
  Duration blocked{};   ///< in calls that waited for memory, sum over instances, within the observation interval
  Records waited = 0;   ///< intended in the observation interval; their calls waited, or they came behind such a call
  Records dropped = 0;  ///< of them, whose calls waited for max.block.ms
  Bytes peak = 0;       ///< whole run: most memory in use of one instance
};

/// What a broker's disk did in the observation interval.
struct DiskLoad {
  Bytes read_bytes = 0;     ///< that consumers asked for and the page cache did not have
  Bytes written_bytes = 0;  ///< of appended batches, behind their backs
  Duration busy{};          ///< by the moment at which the work began
  Bytes log_bytes = 0;      ///< whole run: appended as leader and as follower
};

/// What became of the records of a producer entry, whole run: each has one outcome (INV-C12). And what it took.
struct SendOutcomes {
  Records generated = 0;       ///< meant to be sent
  Records acknowledged = 0;    ///< the producer was told that they are in the log
  Records unacknowledged = 0;  ///< sent with acks=0: nobody tells
  Records refused = 0;         ///< given up after errors that say that they are in no log
  Records indeterminate = 0;   ///< given up, and they may be in the log
  Records dropped = 0;         ///< given up before they were sent at all
  Records open = 0;            ///< waiting or under way when the run ended

  Records lost_acks0 = 0;     ///< of unacknowledged: in no log (INV-C14)
  Records lost_acks1 = 0;     ///< of acknowledged by the leader alone: then cut off the log
  Records lost_acks_all = 0;  ///< ... by all in-sync replicas: after an unclean election, or lost logs
  Records duplicates = 0;     ///< appended once more than once (no idempotence)
  Records reordered = 0;      ///< appended behind later records of the same producer (no idempotence)
  std::uint64_t retried_batches = 0;
  std::uint64_t disconnects = 0;  ///< connections that broke or could not be made
  std::uint64_t metadata_refreshes = 0;

  [[nodiscard]] Records accounted() const {
    return acknowledged + unacknowledged + refused + indeterminate + dropped + open;
  }
};

/// What a run was, in four numbers: two runs with the same ones did the same (D.3).
struct RunFingerprint {
  std::uint64_t events = 0;   ///< "t": every event's time, type and entity
  std::uint64_t payload = 0;  ///< "p": what was appended and handed over
  std::uint64_t draws = 0;    ///< "r": how much each random stream has drawn
  std::uint64_t state = 0;    ///< "s": partitions and replicas at the end
  friend bool operator==(const RunFingerprint&, const RunFingerprint&) = default;
};

struct TrialResult {
  Duration warm_up{}, duration{};  ///< observation interval [warm_up, duration)
  Duration drained_at{};           ///< when the last record was acknowledged or handed over, at most the drain limit
  LoadLedger loads{1, Instant{}, Instant{Duration{1}}, Duration{1}};
  std::vector<std::uint32_t> leaders;              ///< shape [brokers]
  std::vector<std::uint32_t> replicas;             ///< shape [brokers]
  std::vector<PartitionLoad> partitions;           ///< shape [partitions], topics in order
  std::vector<LinkLoad> links;                     ///< shape [zones * zones], from * zones + to
  std::vector<GroupResult> groups;                 ///< shape [groups]
  std::vector<RequestTimesByKind> request_times;   ///< shape [brokers]
  std::vector<DiskLoad> disks;                     ///< shape [brokers]; empty if no broker has a disk
  std::vector<ThrottleCount> producers_throttled;  ///< shape [producer entries]
  std::vector<ThrottleCount> groups_throttled;     ///< shape [groups]
  std::vector<SendBufferUse> send_buffers;         ///< shape [producer entries]
  std::vector<SendOutcomes> outcomes;              ///< shape [producer entries]; empty if nothing may fail
  std::vector<PartitionLag> lags;                  ///< shape [(partition, group) pairs], by partition
  LatencyHistogram produce;                        ///< intended send -> acknowledgement, per record; acks=0 not counted
  PartSums produce_parts;                          ///< up to replication, then network_to_client
  PartSums delivery_parts;                         ///< sum over groups
  Records produce_records = 0;                     ///< behind produce_parts
  Records delivery_records = 0;                    ///< behind delivery_parts
  std::vector<LatencyHistogram> delivery_part_histograms;  ///< shape [latency_parts]; empty unless asked for
  Staleness staleness;
  Conservation conservation;
  RareStates rare_states;                   ///< that the run was in
  std::vector<std::string> relaxed_checks;  ///< laws that a rule let be broken: "unclean election", "lost logs"
  RecordTrace trace;                        ///< empty unless asked for
  std::vector<EventNote> events_log;        ///< empty in a world without faults
  FaultAccount faults;                      ///< likewise
  std::vector<ProgressSample> progress;     ///< shape [whole seconds of duration]
  RunFingerprint fingerprint;
  std::uint64_t events = 0;                  ///< of the engine
  std::uint64_t batches = 0;                 ///< appended, whole run
  std::uint64_t redirects = 0;               ///< partitions told to read from a follower, whole run
  std::uint64_t waits_expired = 0;           ///< WAITs that their timeout ended, whole run
  std::uint64_t empty_consumer_fetches = 0;  ///< answers without records, observation interval
};

}  // namespace brokersim
