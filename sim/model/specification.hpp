// SPDX-License-Identifier: Apache-2.0
// What exists in a simulated world and what is asked of it: plain values, no behaviour, no file format.
// Names of Kafka's own settings keep Kafka's names, with '.' written as '_'; defaults are those of Kafka 4.2.0.
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/core/quantities.hpp"
#include "sim/model/faults.hpp"
#include "sim/policy/assignor/assignors.hpp"
#include "sim/policy/replica_selector/read_policies.hpp"
#include "sim/random/delay_distribution.hpp"

namespace brokersim {

/// A network path between two zones, the same in both directions, or within one zone (a == b).
struct LinkSpec {
  ZoneIndex a, b;
  DelayDistribution one_way_latency;
  BytesPerSecond bandwidth;     ///< of each direction; unlimited by default
  double usd_per_gigabyte = 0;  ///< >= 0; 1 GB = 10^9 bytes, sender's and receiver's charge together
};

/// Zones and the links between them. Messages take the route of least expected latency.
struct NetworkSpec {
  std::vector<std::string> zones;     ///< shape [zones], ids
  Bytes mtu = 1500;                   ///< of an IP packet, 576 to 65,535
  std::vector<LinkSpec> within_zone;  ///< shape [zones]
  std::vector<LinkSpec> links;        ///< between different zones; together they connect every zone
};

/// What requests cost a broker's threads. Assumed values until fitted to a cluster: MODEL.md says what rests on them.
struct ServiceCosts {
  WorkCost network_thread{std::chrono::microseconds{15}, 100};  ///< for each request received and each response sent
  WorkCost produce{std::chrono::microseconds{60}, 600};         ///< I/O thread: validate and append
  WorkCost fetch{std::chrono::microseconds{40}, 20};            ///< I/O thread: look up and read, without copying
  WorkCost replica_append{};  ///< replica fetcher thread: parse an answer with data and append it
  double variation = 0;       ///< squared coefficient of variation of every one of these costs, lognormal; 0: none
};

/// Moments at which a host does nothing: garbage collection, processors taken away. They begin at random, `per_second`
/// on average, and last exponentially long.
struct PauseSpec {
  double per_second = 0;  ///< >= 0
  Duration mean{};
};

/// What sending and receiving costs a client: in its own threads, before a request leaves and after an answer has come.
struct ClientSpec {
  WorkCost send;     ///< for a produce request: from a ready batch to the socket
  WorkCost receive;  ///< for an answer: from the socket to the application
  double variation = 0;
  PauseSpec pauses;  ///< of the clients' host: one for each zone
};

/// Quotas of a client id, at every broker for itself (B-20, B-21).
struct ClientQuotaSpec {
  std::int64_t byte_rate = 0;            ///< producer_byte_rate or consumer_byte_rate, bytes/s; 0: unlimited
  std::uint32_t request_percentage = 0;  ///< of one thread, network and I/O threads together; 0: unlimited
  [[nodiscard]] bool limited() const { return byte_rate > 0 || request_percentage > 0; }
};

/// How a client goes on when a request fails (K-9, C-16, C-17).
struct ClientRetrySpec {
  Duration request_timeout{std::chrono::seconds{30}};
  Duration retry_backoff{std::chrono::milliseconds{100}};  ///< doubled by every failure ...
  Duration retry_backoff_max{std::chrono::seconds{1}};     ///< ... up to this, +- 20 %
  Duration reconnect_backoff{std::chrono::milliseconds{50}};
  Duration reconnect_backoff_max{std::chrono::seconds{1}};
};

/// A broker's disk and the memory in front of it (B-33). Without a disk everything is in memory.
struct DiskSpec {
  BytesPerSecond bandwidth;                        ///< of reads and writes together; unlimited: there is no disk
  Duration latency{std::chrono::milliseconds{5}};  ///< before the first byte of each contiguous read
  Bytes page_cache = Bytes{16} << 30;              ///< bytes of logs that fit into memory
  [[nodiscard]] bool exists() const { return !bandwidth.unlimited(); }
};

struct BrokerSpec {
  std::int32_t id = 0;                ///< as in Kafka: >= 0, unique
  ZoneIndex zone;                     ///< also its broker.rack
  BytesPerSecond nic{1'250'000'000};  ///< each direction; 10 Gbit/s unless stated
  DiskSpec disk;
  ServiceCosts service;
  PauseSpec pauses;
  std::uint32_t num_network_threads = 3;
  std::uint32_t num_io_threads = 8;
  bool connections_bound = false;           ///< to one network thread each (B-1), with a limited request queue (B-3)
  std::uint32_t queued_max_requests = 500;  ///< limit of that queue, >= 1
  std::uint32_t num_replica_fetchers = 1;   ///< threads toward each leader, each with a session of its own (R-1)
  Duration replica_fetch_wait_max{std::chrono::milliseconds{500}};
  std::int32_t replica_fetch_min_bytes = 1;
  std::int32_t replica_fetch_max_bytes = 1'048'576;  ///< per partition
  std::int32_t replica_fetch_response_max_bytes = 10'485'760;
  std::int32_t fetch_max_bytes = 57'671'680;                        ///< the broker's cap on any fetch response
  std::uint32_t quota_window_num = 11;                              ///< samples that a client's rate is taken over ...
  Duration quota_window_size{std::chrono::seconds{1}};              ///< ... and the length of each, whole seconds
  Duration group_initial_rebalance_delay{std::chrono::seconds{3}};  ///< as a coordinator (G-11)
  Duration group_consumer_heartbeat_interval{std::chrono::seconds{5}};  ///< likewise, of KIP-848's members (G-20)
};

struct TopicSpec {
  enum class Placer : std::uint8_t {
    kraft,                ///< CreateTopics in KRaft (P-1 to P-9)
    classic,              ///< before KRaft, and kafka-reassign-partitions --generate (P-12)
    classic_rack_unaware  ///< the same with brokers that have no broker.rack (P-11)
  };
  std::string id;
  std::uint32_t partitions = 1;
  std::uint32_t replication_factor = 3;
  std::uint32_t min_insync_replicas = 1;
  std::vector<std::vector<BrokerIndex>> replicas;  ///< shape [partitions][replication_factor]; empty: the placer's
  Placer placer = Placer::kraft;
  bool unclean_leader_election = false;  ///< unclean.leader.election.enable (L-10)
  // What of its logs is kept (B-31, B-32).
  Duration retention_time{default_retention};  ///< retention.ms, > 0
  Bytes retention_bytes = -1;                  ///< of each partition, >= 0; -1: no limit
  Bytes segment_bytes = Bytes{1} << 30;        ///< >= 1 MiB
  Duration segment_time{default_retention};    ///< segment.ms, > 0
  static constexpr Duration default_retention = std::chrono::hours{7 * 24};
  /// Whether any of its records may be deleted that a run of a week would see.
  [[nodiscard]] bool deletes() const { return retention_bytes >= 0 || retention_time < default_retention; }
};

/// Which key, and so which partition, a record gets.
struct KeySpec {
  enum class Kind : std::uint8_t {
    none,     ///< sticky partitioner of KIP-794
    uniform,  ///< key-0 .. key-(count-1), equally likely
    zipf,     ///< the same keys, weight (rank)^-exponent, rank from 1
    hot       ///< key-0 with probability hot_share, else one of the others, equally likely
  };
  Kind kind = Kind::none;
  std::uint32_t count = 1;
  double exponent = 1.0;
  double hot_share = 0.5;
};

/// Who chooses the partition of a record without key (K-21 to K-27).
struct PartitionerSpec {
  enum class Kind : std::uint8_t {
    kafka_default,    ///< KIP-794, since 3.3
    round_robin,      ///< record i of an instance to partition i mod n: by the application, or by RoundRobinPartitioner
    round_robin_2_4,  ///< RoundRobinPartitioner of 2.4 to 3.9.0, which skips partitions
    sticky_2_4,       ///< KIP-480, default of 2.4 to 3.2
    one_partition     ///< every record names `partition`
  };
  Kind kind = Kind::kafka_default;
  std::uint32_t partition = 0;
  bool adaptive = true;             ///< partitioner.adaptive.partitioning.enable, of kafka_default
  Duration availability_timeout{};  ///< partitioner.availability.timeout.ms, of kafka_default; 0: off
};

/// compression.type, and what it makes of the records (K-30).
struct CompressionSpec {
  enum class Codec : std::uint8_t { none, gzip, snappy, lz4, zstd };
  Codec codec = Codec::none;
  double ratio = 1;                                ///< stored bytes of a batch's records over their own, in (0, 1.5]
  std::int64_t compress_picoseconds_per_byte = 0;  ///< of the records' own bytes: before a request leaves the producer
  std::int64_t decompress_picoseconds_per_byte =
      0;  ///< likewise: on the leader's I/O thread, and in a consumer's poll()
};

/// The size of a record's value and key together, in whole bytes from `minimum` to `maximum`, both included.
struct RecordSizeSpec {
  enum class Law : std::uint8_t {
    uniform,
    lognormal,  ///< of mean `mean` and squared coefficient of variation `scv`, rounded; what is beyond an end is the
                ///< end
    table       ///< sizes[i] with probability proportional to weights[i]
  };
  std::int32_t minimum = 1024;  ///< >= 1
  std::int32_t maximum = 1024;  ///< >= minimum
  Law law = Law::uniform;
  double mean = 0;                    ///< bytes, > 0
  double scv = 1;                     ///< > 0
  std::vector<std::int32_t> sizes{};  ///< of a table
  std::vector<double> weights{};      ///< shape [sizes], >= 0, not all 0

  [[nodiscard]] double expected() const {
    if (law == Law::lognormal) return mean;
    if (law == Law::uniform) return (double{1} * minimum + maximum) / 2;
    double sum = 0, weight = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      sum += weights[i] * sizes[i];
      weight += weights[i];
    }
    return sum / weight;
  }
};

/// Poisson arrivals while a source is on, none while it is off.
struct BurstSpec {
  DelayDistribution on, off;  ///< how long it stays on and off, in turn; means > 0 of `on`
  bool in_step = false;       ///< all instances are on and off together
};

/// Poisson arrivals of a rate that goes up and down: mean x (1 + amplitude sin(2 pi (t + phase) / period)).
struct DiurnalSpec {
  Duration period{};
  double amplitude = 0;  ///< 0 .. 1
  Duration phase{};
};

/// Records as they were seen somewhere: what is empty is drawn like any producer's. Row r is sent by instance
/// r mod count.
struct TraceSpec {
  std::string file, content;              ///< its name, and a hash of its bytes
  std::vector<Duration> times;            ///< shape [records], ascending, >= 0
  std::vector<std::int32_t> sizes;        ///< shape [records] or empty
  std::vector<std::string> keys;          ///< shape [records] or empty
  std::vector<std::uint32_t> partitions;  ///< shape [records] or empty, within the topic; not beside keys
};

struct ProducerSpec {
  enum class Arrivals : std::uint8_t { poisson, constant, bursts, diurnal, trace };
  std::string id;
  std::uint32_t count = 1;       ///< instances, named id/0, id/1, ...
  std::vector<ZoneIndex> zones;  ///< instance i is in zones[i mod size]
  TopicIndex topic;
  double records_per_second = 0;  ///< of each instance, > 0, over bursts and days; of a trace only for estimates
  Arrivals arrivals = Arrivals::poisson;
  bool random_phase = true;  ///< constant arrivals: first record at a random moment of the first half second, or of the
                             ///< first interval if that is longer; else at first_record_at
  Duration first_record_at{};
  BurstSpec bursts;
  DiurnalSpec diurnal;
  std::shared_ptr<const TraceSpec> trace;
  RecordSizeSpec record_size;
  KeySpec keys;
  PartitionerSpec partitioner;  ///< not asked if there are keys
  CompressionSpec compression;
  std::int32_t acks = -1;  ///< -1 = all, 0, 1
  Duration linger{std::chrono::milliseconds{5}};
  std::int32_t batch_size = 16'384;
  std::int32_t max_request_size = 1'048'576;
  std::uint32_t max_in_flight_requests_per_connection = 5;
  std::int64_t buffer_memory = 33'554'432;      ///< of each instance; at least what the largest record's batch takes
  Duration max_block{std::chrono::minutes{1}};  ///< a record that finds no memory for so long is dropped (K-3)
  ClientQuotaSpec quota;                        ///< of client id `id`, which all instances share
  ClientRetrySpec retry;
  Duration metadata_max_age{std::chrono::minutes{5}};
  std::int32_t retries = 2'147'483'647;
  Duration delivery_timeout{std::chrono::minutes{2}};  ///< >= least_delivery_timeout() (K-9)
  bool enable_idempotence = true;                      ///< only where may_be_idempotent()
  /// What idempotence needs (K-10): Kafka's client turns it off without, or refuses it if it was asked for.
  [[nodiscard]] bool may_be_idempotent() const {
    return acks == -1 && retries > 0 && max_in_flight_requests_per_connection <= 5;
  }
  /// What delivery.timeout.ms has to last for: a batch that lingers, and one request. An int of Kafka's.
  [[nodiscard]] Duration least_delivery_timeout() const {
    return std::min<Duration>(linger + retry.request_timeout, std::chrono::milliseconds{2'147'483'647});
  }
};

/// A span in which a consumer has paused all its partitions: it polls on, but asks for nothing and is handed nothing.
struct ConsumerPauseSpec {
  Duration from{}, to{};  ///< since the start of the run; from < to
};

struct MemberSpec {
  ZoneIndex zone;
  std::string client_rack;                                           ///< empty: none
  std::optional<DelayDistribution> processing_time_per_record = {};  ///< none: the group's
  std::vector<ConsumerPauseSpec> pauses = {};                        ///< in order of time, apart from each other
  std::optional<Duration> join_at = {};   ///< a consumer that starts then; none: in the group before the run begins
  std::optional<Duration> leave_at = {};  ///< and is closed then, later than join_at
};

/// What members and their coordinator say to one another: heartbeats, commits, rebalances (section 8).
struct GroupCoordinationSpec {
  std::optional<BrokerIndex> broker;  ///< that coordinates; none: found by the hash of the group's id (G-10)
  bool auto_commit = true;            ///< enable.auto.commit
  Duration auto_commit_interval{std::chrono::seconds{5}};
};

struct ConsumerGroupSpec {
  std::string id;
  std::vector<TopicIndex> topics;
  std::vector<MemberSpec> members;              ///< in the order of their member ids
  AssignorKind assignor = AssignorKind::range;  ///< also says the group protocol
  DelayDistribution processing_time_per_record;
  std::int32_t max_poll_records = 500;
  Duration starts_at{};  ///< its members send their first fetches in the half second after it, for the log's beginning
  std::int32_t fetch_min_bytes = 1;
  Duration fetch_max_wait{std::chrono::milliseconds{500}};
  std::int32_t fetch_max_bytes = 52'428'800;
  std::int32_t max_partition_fetch_bytes = 1'048'576;
  Duration metadata_max_age{std::chrono::minutes{5}};  ///< lease of a preferred read replica (F-10, F-11)
  ClientQuotaSpec quota;                               ///< of client id `id`, which all members share
  ClientRetrySpec retry;
  enum class OffsetReset : std::uint8_t { latest, earliest, none };
  OffsetReset auto_offset_reset = OffsetReset::latest;   ///< for offsets out of range; the start is the log's beginning
  Duration session_timeout{std::chrono::seconds{45}};    ///< after which a silent member has left (G-10)
  Duration heartbeat_interval{std::chrono::seconds{3}};  ///< < session_timeout; KIP-848's is the broker's (G-20)
  Duration max_poll_interval{std::chrono::minutes{5}};
  std::optional<GroupCoordinationSpec> coordination;  ///< none: left out; then nobody joins or leaves
};

/// Old behaviour, off by default; a result names every switch that was on.
struct ModelSwitches {
  /// Before 3.3.2 and 3.4.0 replication woke no consumer parked at a follower: it waits out fetch.max.wait.ms.
  bool followers_do_not_wake_consumers = false;
  /// Test only: the leader counts a follower's fetch before it reads the high watermark for the answer (breaks R-14).
  bool credit_before_reading_high_watermark = false;
};

/// Test only: each breaks one rule on purpose, so that it can be seen which check notices (invariants-and-faults E.3).
/// Nothing but a test sets them: no scenario, no option.
struct ModelMutants {
  bool truncates_to_high_watermark = false;      ///< M-01: a follower, at every change of leaders
  bool epoch_end_without_epoch = false;          ///< M-02: OffsetsForLeaderEpoch before KIP-279
  bool no_epoch_fence = false;                   ///< M-03: a leader serves fetches of any epoch
  bool join_ignores_epoch_start = false;         ///< M-04: into the ISR with less than the leader took over with
  bool hw_waits_for_confirmed_isr_only = false;  ///< M-05
  bool hw_rises_below_min_isr = false;           ///< M-06
  bool unclean_not_said = false;                 ///< M-07: the controller elects uncleanly and does not say so
  bool no_broker_epoch_check = false;            ///< M-08: of whom a leader wants in its ISR
  bool diverging_fetch_counts = false;           ///< M-09
  bool acks_all_at_append = false;               ///< M-10
  bool consumers_read_to_log_end = false;        ///< M-11
  bool shrink_before_accepted = false;           ///< M-12: the leader waits no more for whom it wants out
  bool partition_epoch_ignored = false;          ///< M-13: by the controller
  bool last_replica_standing = false;            ///< M-14: no ELR, though it is asked for
  bool anybody_joins_isr = false;                ///< M-15: fenced brokers, too
  bool no_hw_check_after_shrink = false;         ///< M-16
  bool follower_state_kept = false;              ///< M-20: over a change of leader epochs
  bool hw_is_greatest_end = false;               ///< M-21: not the least
  bool no_duplicate_check = false;               ///< M-23
  bool follower_hw_uncapped = false;             ///< M-24: a follower shows all it has
  bool leader_without_new_epoch = false;         ///< M-26
  bool parked_produce_kept = false;              ///< M-27: over a change of leaders
  bool preferred_outside_isr = false;            ///< M-28
  bool no_epoch_start = false;                   ///< M-29: a new leader writes none into its cache
  bool cache_not_cut = false;                    ///< M-33: with the log
  bool registers_anew = false;                   ///< M-30: another broker epoch for the same incarnation
  bool two_proposals = false;                    ///< M-31: an ISR is proposed while another proposal is under way
  bool hw_waits_for_ineligible = false;          ///< S-32: for followers that may not join the ISR
  bool consumer_truncation_unseen = false;       ///< S-06
  bool acks_all_below_min_isr = false;           ///< M-60: appended, and not refused
  bool divergence_unseen = false;                ///< M-61: a follower goes on at its own log end
  bool always_clean = false;                     ///< M-62: a broker that lost data says that it stopped cleanly
  bool counted_when_sent = false;                ///< M-63: what is on its way to a follower counts as copied
  bool new_leader_commits_all = false;           ///< M-64: its high watermark begins at its log's end
  bool retry_forgotten = false;                  ///< M-65: what is to be sent again is not
  bool truncates_too_much = false;               ///< M-66: one batch more
  bool consumer_skips = false;                   ///< M-67: a batch, after a change of leaders
  bool request_not_repeated = false;             ///< M-68: a heartbeat or registration that nobody answered
  bool proposal_not_repeated = false;            ///< M-69: likewise of an ISR
  bool fetch_not_repeated = false;               ///< M-70: likewise a follower's fetch
  bool metadata_not_asked_again = false;         ///< M-71: after an answer that was lost
  bool always_at_once = false;                   ///< M-72: once a broker has asked at once, each time
};

/// The KRaft controller and what brokers do with it. Only failures and operators' actions bring it to bear.
struct ControlPlaneSpec {
  /// Without an active controller after it stops (L-24: 2 to 4 s typically).
  DelayDistribution failover_time{
      .law = DelayDistribution::Law::uniform, .minimum = std::chrono::seconds{2}, .maximum = std::chrono::seconds{4}};
  Duration append_linger{std::chrono::milliseconds{25}};  ///< controller.quorum.append.linger.ms, at most (L-26)
  DelayDistribution commit_time;        ///< of a metadata record, besides the linger: replication and fsync
  DelayDistribution propagation_delay;  ///< from commit until a broker applies it, besides the way there: since 4.1
                                        ///< nothing; before, uniform between 0 and 500 ms (L-27)
  Duration broker_heartbeat_interval{std::chrono::seconds{2}};
  Duration broker_session_timeout{std::chrono::seconds{9}};
  Duration initial_broker_registration_timeout{std::chrono::minutes{1}};
  bool eligible_leader_replicas =
      true;  ///< eligible.leader.replicas.version 1: of a cluster made by 4.1 or later (L-9)
  bool auto_leader_rebalance = true;
  Duration leader_imbalance_check_interval{std::chrono::minutes{5}};
  /// leader.imbalance.per.broker.percentage of clusters with ZooKeeper (L-13); none: KRaft's rule (L-11).
  std::optional<std::uint32_t> leader_imbalance_percentage;
  Duration replica_lag_time_max{std::chrono::seconds{30}};
  Duration replica_fetch_backoff{std::chrono::seconds{1}};
  Duration replica_socket_timeout{std::chrono::seconds{30}};
  bool controlled_shutdown = true;
  Duration log_retention_check_interval{std::chrono::minutes{5}};  ///< of every broker; it looks first after 30 s
  // Coming back. Assumed values until measured.
  Duration start_up_time{std::chrono::seconds{5}};  ///< of a broker, from the start of the process to registration
  Duration first_answer_time{};  ///< of a broker, from learning that it is unfenced until it answers new connections
  BytesPerSecond recovery_rate{200'000'000};  ///< log bytes that one recovery thread scans (B-34)
  Duration recovery_time_per_log{};           ///< besides: opening a log and building its indexes anew
  std::uint32_t num_recovery_threads_per_data_dir = 2;
};

/// How a topic's records get from a writer to its replicas and to readers.
enum class Protocol : std::uint8_t {
  kafka,           ///< a replicated log: followers fetch, a high watermark shows what they all have
  primary_replica  ///< an in-memory primary that pushes every write to its replicas, as Redis does
};

/// A primary and its replicas: what commands cost a node's one thread, and whether writers wait for replicas. Assumed
/// values until measured: MODEL.md says what rests on them.
struct PrimaryReplicaSpec {
  WorkCost write{std::chrono::microseconds{10}, 300};     ///< XADD of a writer, for its value's bytes
  WorkCost apply{std::chrono::microseconds{5}, 300};      ///< the same write out of the primary's stream, at a replica
  WorkCost read{std::chrono::microseconds{10}, 200};      ///< XREAD, when it comes and when it is served later
  WorkCost acknowledge{std::chrono::microseconds{2}, 0};  ///< WAIT, REPLCONF GETACK and REPLCONF ACK, each
  std::uint32_t wait_replicas = 0;                        ///< writers wait for so many (WAIT); 0: for none
  Duration wait_timeout{};                                ///< of WAIT; 0: without end
};

/// Everything that exists, and the load put on it.
struct WorldSpec {
  NetworkSpec network;
  std::vector<BrokerSpec> brokers;
  std::vector<TopicSpec> topics;
  std::vector<ProducerSpec> producers;
  std::vector<ConsumerGroupSpec> groups;
  ClientSpec clients;
  std::optional<ZoneIndex> controller;  ///< of the KRaft controller; none: its traffic is left out
  bool fails = false;                   ///< brokers may stop and leaders change: the control plane is simulated
  ModelSwitches switches;
  ModelMutants mutants;
  PrimaryReplicaSpec primary_replica;
  ControlPlaneSpec control_plane;
  std::vector<FaultSpec> faults;  ///< in the order of the scenario; its command line's after its own
};

/// Which topic a partition is of that is counted over all topics in order, and its number there.
struct PartitionOfTopic {
  TopicIndex topic;
  std::uint32_t number = 0;
};
[[nodiscard]] inline PartitionOfTopic partition_of_topic(const WorldSpec& world, std::uint32_t partition) {
  PartitionOfTopic of{TopicIndex{0}, partition};
  while (of.number >= world.topics[of.topic.value].partitions) of.number -= world.topics[of.topic.value++].partitions;
  return of;
}

/// The timeouts of brokers that may have to run out one after the other until a cluster has got over a fault, by the
/// slowest of their timers.
[[nodiscard]] inline Duration cluster_timeouts(const WorldSpec& world) {
  const ControlPlaneSpec& times = world.control_plane;
  return by_timer(times.broker_session_timeout + 2 * times.replica_lag_time_max + times.replica_socket_timeout,
                  slowest_timers(world.faults));
}

}  // namespace brokersim
