// SPDX-License-Identifier: Apache-2.0
// What goes wrong in a simulated world, and what operators do to it by hand, when and to whom: plain values, no
// behaviour, no file format. The FAULT numbers are those of the fault catalogue (docs/SCENARIO_FORMAT.md, "faults").
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/quantities.hpp"
#include "sim/random/delay_distribution.hpp"

namespace brokersim {

/// What happens. fault_kinds.hpp has the name of each, and whether the model does it.
enum class FaultKind : std::uint8_t {
  // Processes
  kill,                 ///< FAULT-02: process gone in one event, log kept (page cache); unclean stop
  controlled_shutdown,  ///< FAULT-01: leaders moved away first (L-21), clean stop; a kill after `deadline`
  restart,              ///< FAULT-01 and start again at once: `lasts` is how long the process is away
  rolling_restart,      ///< FAULT-27: target.brokers in turn, each down for `lasts`, next when all ISRs are whole
  rolling_kill,         ///< FAULT-28: the same with kills, a fixed `step` apart
  zone_loss,            ///< FAULT-21: every broker, client and controller of a zone; `outage` says how
  power_loss,           ///< FAULT-03, FAULT-39: kill, and the unflushed end of every log is lost
  crash_stop,           ///< FAULT-04: kill, never started again
  wipe,                 ///< FAULT-05: kill, and all replicas are deleted
  // Slow or silent
  slow_broker,  ///< FAULT-06: all service times x `factor`; heartbeats go on
  pause,        ///< FAULT-07: handles and sends nothing, timers fire late, messages wait
  timer_skew,   ///< FAULT-19: the broker's timers run at `factor` times the normal rate
  // Disks
  disk_slow,   ///< FAULT-08: time of `operation` x `factor` + `add`
  disk_stall,  ///< FAULT-09: what `operation` starts meanwhile ends when it is over
  disk_full,   ///< FAULT-10: appends fail, reads work
  disk_error,  ///< FAULT-11: the log directory is offline: its replicas leave every ISR
  // Network, between `target` and `other`
  link_cut,          ///< FAULT-12, FAULT-13: nothing passes
  link_delay,        ///< FAULT-15: each message later by `add`, order kept
  link_loss,         ///< FAULT-16: each message lost with `probability`, and sent again by TCP
  link_bandwidth,    ///< FAULT-17: bandwidth x `factor`, or `bandwidth` if that is limited
  isolate,           ///< FAULT-14: cut between one broker and everyone but those that `keep` names
  zone_partition,    ///< FAULT-22: cut between target's zone and all other zones, or `other`'s zone only
  clog,              ///< FAULT-18: a broker's messages are held, then released in order; with `spread` a swizzle
  connection_reset,  ///< FAULT-20: every connection between the two breaks once
  message_delay,     ///< FAULT-26: messages of one `message` kind later by `add`, or lost if `drop`, `count` times
  // Control plane
  controller_failover,  ///< FAULT-23: the active controller stops; `lasts`, if stated, overrides the failover time
  controller_isolated,  ///< FAULT-24: the controller loses all brokers but target.brokers; resigns after `resign_after`
  metadata_lag,         ///< FAULT-25: the broker applies metadata later by `add`; not at all if `frozen`
  // Clients
  producer_burst,  ///< FAULT-29: rate x `factor`, or `records` more at once
  producer_crash,  ///< FAULT-30: its buffered records are dropped
  consumer_crash,  ///< FAULT-31: noticed by the group after session.timeout.ms
  consumer_slow,   ///< FAULT-32: processing time x `factor`
  consumer_pause,  ///< FAULT-33: does not poll, heartbeats go on
  hot_key,         ///< FAULT-34: `share` of its records have one key
  // Operators
  retention_squeeze,  ///< FAULT-35: `retention_bytes` or `retention_time` of a topic from then on
  reassign,           ///< FAULT-36: `replicas` of a topic's partitions, catch-up limited by `throttle`
  elect,              ///< FAULT-37: preferred leader election by hand (L-6)
  config_change,      ///< FAULT-38: `setting` = `setting_value`
  heal                ///< ends what is still broken at the target, or everything if there is none
};

/// Who is hit, or one end of a link. What is chosen when the fault comes ("the leader of") is chosen once a time.
struct FaultTarget {
  enum class Who : std::uint8_t {
    none,            ///< the kind needs nobody: everything, or the controller
    brokers,         ///< `brokers`, in this order
    all_brokers,     ///< in the order of their ids
    random_brokers,  ///< `count` different ones, from the stream "fault/<kind>/<index of the fault>"
    leader,          ///< the broker that leads `partition` of `topic` then; ignored if there is none
    follower,        ///< its first in-sync replica, in the order of the list, that does not lead it
    zone,            ///< everything in `zone`
    all_zones,       ///< each zone for itself (by rate only)
    random_zones,    ///< drawn likewise
    controllers,     ///< the controller quorum, as an end of a link
    clients,         ///< all producers and consumers, as an end of a link
    topic,           ///< `partition` of `topic`, or all its partitions
    producer,        ///< `instance` of producer entry `entry`, or all its instances
    group            ///< member `instance` of group `entry`, or all its members
  };
  Who who = Who::none;
  std::vector<BrokerIndex> brokers;
  std::uint32_t count = 1;  ///< >= 1
  ZoneIndex zone;
  TopicIndex topic;
  std::optional<std::uint32_t> partition;
  std::uint32_t entry = 0;  ///< in WorldSpec::producers or groups
  std::optional<std::uint32_t> instance;
};

/// A state of the run that a fault waits for. True once and for all: it is taken the first time only.
struct FaultCondition {
  enum class What : std::uint8_t {
    acknowledged,    ///< producer entry `entry` has had `at_least` records acknowledged, over all instances
    delivered,       ///< group `entry` has been delivered `at_least` records, by the answers that have left for it
    high_watermark,  ///< of the partition at `broker`, or at its leader, is `at_least`
    log_end,         ///< likewise the log end offset
    in_sync          ///< the partition's ISR has at most `at_most` members
  };
  static constexpr std::array<std::string_view, 5> names{"acknowledged", "delivered", "high_watermark", "log_end",
                                                         "in_sync"};
  What what = What::acknowledged;
  std::uint32_t entry = 0;
  std::optional<BrokerIndex> broker;
  TopicIndex topic;
  std::uint32_t partition = 0;
  std::int64_t at_least = 1;
  std::uint32_t at_most = 1;
};

/// When a fault comes.
struct FaultTime {
  enum class How : std::uint8_t {
    at,         ///< `at`
    condition,  ///< `delay` after `condition` first holds
    rate        ///< per entity of the target: up for a draw of `between`, broken for a draw of `repair`, in turn,
                ///< from the stream "fault/<kind>/<entity>"; begins only within [from, until)
  };
  How how = How::at;
  Duration at{};  ///< since the start of the run, >= 0, before its end
  FaultCondition condition;
  Duration delay{};
  DelayDistribution between, repair;  ///< mean time to failure and to repair, > 0
  Duration from{};
  std::optional<Duration> until;  ///< none: the end of the duration
};

/// A kind of message, for FAULT-26.
enum class MessageKind : std::uint8_t {
  produce,
  produce_response,
  fetch,  ///< of a follower
  fetch_response,
  consumer_fetch,
  consumer_fetch_response,
  offset_for_epoch,
  alter_partition,
  alter_partition_response,
  heartbeat,  ///< of a broker to the controller
  registration,
  metadata,
  group_heartbeat,
  commit
};
inline constexpr std::array<std::string_view, 14> message_names{"produce",
                                                                "produce_response",
                                                                "fetch",
                                                                "fetch_response",
                                                                "consumer_fetch",
                                                                "consumer_fetch_response",
                                                                "offset_for_epoch",
                                                                "alter_partition",
                                                                "alter_partition_response",
                                                                "heartbeat",
                                                                "registration",
                                                                "metadata",
                                                                "group_heartbeat",
                                                                "commit"};

/// What may be changed while running (FAULT-38), and of what: a topic (min_insync_replicas, unclean_leader_election;
/// without a target of all topics), a producer or group entry (its quota), or the cluster (the others).
enum class ChangedSetting : std::uint8_t {
  min_insync_replicas,
  unclean_leader_election_enable,  ///< value 0 or 1
  replica_lag_time_max_ms,
  auto_leader_rebalance_enable,  ///< value 0 or 1
  leader_imbalance_check_interval_seconds,
  producer_byte_rate,  ///< 0: unlimited
  consumer_byte_rate,  ///< likewise
};
inline constexpr std::array<std::string_view, 7> changed_setting_names{"min.insync.replicas",
                                                                       "unclean.leader.election.enable",
                                                                       "replica.lag.time.max.ms",
                                                                       "auto.leader.rebalance.enable",
                                                                       "leader.imbalance.check.interval.seconds",
                                                                       "producer_byte_rate",
                                                                       "consumer_byte_rate"};

/// A fault or an operator's action. Which parameters a kind reads stands beside the kind; the others keep their
/// defaults.
struct FaultSpec {
  FaultKind kind = FaultKind::kill;
  FaultTarget target;
  FaultTarget other;     ///< the second end of a link fault; none: everyone
  bool one_way = false;  ///< of a link fault: only from target to other
  FaultTime when;
  std::optional<Duration> lasts;  ///< > 0; none: until healed or the end of the run (kinds that last)
  std::uint32_t times = 1;        ///< FAULT-40, flapping: it comes so often, >= 1 ...
  Duration every{};               ///< ... from one beginning to the next; > lasts

  double factor = 1;  ///< > 0
  DelayDistribution add;
  double probability = 0;          ///< 0 .. 1
  BytesPerSecond bandwidth;        ///< unlimited: `factor` counts
  Duration spread{};               ///< several targets are hit within it, each at a uniform moment; 0: in one event
  Duration step{};                 ///< rolling_kill: from one kill to the next
  std::optional<Duration> settle;  ///< rolling_restart: go on after waiting so long for whole ISRs; none: wait on
  Duration deadline{std::chrono::minutes{5}};  ///< controlled_shutdown, restart: then it is a kill (L-21)
  enum class Outage : std::uint8_t { power, cut };
  static constexpr std::array<std::string_view, 2> outage_names{"power", "cut"};
  Outage outage = Outage::power;
  std::optional<std::int64_t> keep_offset;  ///< power_loss: every log is cut there, but not below what was flushed
  std::optional<double> keep_fraction;      ///< power_loss: share of the unflushed end that survives; neither: drawn
  enum class DiskOperation : std::uint8_t { both, read, write };
  static constexpr std::array<std::string_view, 3> operation_names{"both", "read", "write"};
  DiskOperation operation = DiskOperation::both;
  struct Keep {
    bool brokers = false, clients = false, controllers = false;
  };
  Keep keep;
  std::optional<Duration> resign_after;
  bool frozen = false;
  MessageKind message = MessageKind::produce;
  bool drop = false;
  std::uint32_t count = 1;   ///< messages, >= 1
  std::int64_t records = 0;  ///< > 0: instead of `factor`
  double share = 1;          ///< 0 .. 1
  std::optional<Bytes> retention_bytes;
  std::optional<Duration> retention_time;
  std::vector<std::vector<BrokerIndex>> replicas;  ///< of the target's partition, or of each partition of its topic
  BytesPerSecond throttle;
  ChangedSetting setting = ChangedSetting::min_insync_replicas;
  std::int64_t setting_value = 0;
};

/// The slowest that a broker's timers run (FAULT-19); 1: none is slowed down.
[[nodiscard]] inline double slowest_timers(const std::vector<FaultSpec>& faults) {
  double slowest = 1;
  for (const FaultSpec& fault : faults) {
    if (fault.kind == FaultKind::timer_skew && fault.factor < slowest) slowest = fault.factor;
  }
  return slowest;
}

}  // namespace brokersim
