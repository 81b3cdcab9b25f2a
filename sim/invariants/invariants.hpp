// SPDX-License-Identifier: Apache-2.0
// What must hold in every run in which something may fail (invariants-and-faults A.1 to A.3). The model tells what it
// does, by typed hooks of one line each; what is right is worked out here, from what was told and nothing else: what
// each replica's log holds, how far records are truly committed (H), what the controller has decided, what each leader
// may know of its followers. A violation is thrown at the hook, InvariantViolation.
//
// Positions count batches. Replicas are numbered through all partitions in order, and so are their places in it.
//
// An unclean election takes committed records away by rule (G2): what it cuts off counts as never committed from then
// on, and relaxed() says so. Likewise if so many replicas have lost data that nobody complete is left.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/core/invariant_violation.hpp"
#include "sim/core/large_array.hpp"
#include "sim/core/prefetch.hpp"
#include "sim/core/quantities.hpp"
#include "sim/core/rare_state.hpp"
#include "sim/core/sim_time.hpp"
#include "sim/invariants/checked_log.hpp"
#include "sim/invariants/last_numbers.hpp"

namespace brokersim {

struct CheckedPartition {
  std::string name;                   ///< for messages: "topic/0"
  std::vector<BrokerIndex> replicas;  ///< the first leads as the run begins; last those that may come
  std::uint32_t assigned = 0;         ///< of replicas, as the run begins: all of them are in sync
  std::uint32_t min_in_sync = 1;      ///< effective min.insync.replicas
};

struct CheckedCluster {
  std::vector<std::int32_t> broker_ids;
  std::vector<std::int64_t> broker_epochs;  ///< as registered when the run begins, shape [brokers]
  std::vector<CheckedPartition> partitions;
  bool eligible_leader_replicas = true;
  bool logs_may_be_lost = false;  ///< by a power loss or a wipe: nothing of a log is forgotten then
  Duration replica_lag_time_max{};
};

/// A partition's registration as the controller writes it.
struct ControllerRecord {
  std::optional<BrokerIndex> leader;
  std::uint32_t leader_epoch = 0, partition_epoch = 0;
  std::span<const BrokerIndex> isr, elr, replicas;
  std::uint32_t min_in_sync = 1;  ///< effective min.insync.replicas at the controller
  bool unclean_allowed = false;   ///< unclean.leader.election.enable, there
  bool unclean = false;           ///< the leader was elected uncleanly
};

/// A batch that a leader appends.
struct AppendedBatch {
  std::uint32_t batch = 0;     ///< the model's name for it, until it is freed
  std::uint32_t producer = 0;  ///< instance
  std::uint64_t first_number = 0;
  std::int32_t acks = 1;
  bool idempotent = false;
};

/// Who waits for whom as the run ends.
struct OpenAtEnd {
  struct Talk {
    BrokerIndex broker;
    Instant acts_by{};  ///< its request is answered or given up by then, or it sends the next one
  };
  std::vector<Talk> with_controller;         ///< of every broker whose process runs and is not paused
  std::vector<std::uint32_t> without_fetch;  ///< followers that neither fetch nor will try again
  Duration request_timeout{};                ///< the longest of those between brokers and the controller
};

/// A leader's in-sync replicas as it knows them, bits by place.
struct LeadersIsr {
  std::uint64_t confirmed = 0;
  std::uint64_t maximal = 0;  ///< with those it has proposed
};

class Invariants {
 public:
  explicit Invariants(CheckedCluster cluster);

  // --- the controller, when it writes, before anybody knows --------------------------------------------------------
  void on_registered(BrokerIndex broker, std::int64_t epoch, std::uint32_t process, bool clean);
  /// withdrawn  it shuts down in a controlled way, or its log directory is offline
  void on_broker_record(BrokerIndex broker, bool fenced, bool withdrawn);
  void on_partition_record(std::uint32_t partition, const ControllerRecord& record);
  /// All records of one decision have been told.
  void on_records_written();
  /// The metadata log is committed up to `end`.
  void on_metadata_committed(std::uint64_t end, Instant now) { committed_at_.resize(end, now); }
  /// A broker's process acts on the metadata log up to `end`; a new one on what it has read.
  void on_metadata_applied(BrokerIndex broker, std::uint64_t end);

  /// Something will be told of a partition soon, of a replica's log: fetch what that takes into the cache.
  void expect_partition(std::uint32_t partition) const {
    const auto* const lines = reinterpret_cast<const char*>(&partitions_[partition]);
    prefetch(lines);
    prefetch(lines + 64);
  }
  void expect_append(std::uint32_t partition, std::uint32_t leader) const {
    prefetch(&trunks_[partition]);
    prefetch(&partitions_[partition]);
    prefetch(&replicas_[leader]);
  }
  void expect_log(std::uint32_t replica) const { prefetch(&replicas_[replica]); }
  /// ... or of what its leader knows of it.
  void expect_fetches(std::uint32_t replica) const {
    prefetch(reinterpret_cast<const char*>(&replicas_[replica]) + 64);
  }
  void expect_reader(std::uint32_t reader) const {
    if (reader < readers_.size()) prefetch(&readers_[reader]);
  }

  // --- brokers -----------------------------------------------------------------------------------------------------
  void on_process_ended(BrokerIndex broker);
  /// A broker acts on an epoch; its log ends at `log_end`.
  void on_leads(std::uint32_t replica, std::uint32_t epoch, std::uint32_t log_end, std::uint32_t high_watermark,
                Instant now);
  void on_follows(std::uint32_t replica, std::uint32_t epoch);
  /// A replica's leader epoch cache after a change; entries have `epoch` and `position`.
  template <class Cache>
  void on_epoch_cache(std::uint32_t replica, const Cache& cache) const {
    const std::span<const CheckedLog::Epoch> known = replicas_[replica].log.epochs();
    if (known.size() == 1 && cache.size() == 1 && cache[0].epoch == known[0].epoch &&
        cache[0].position == known[0].start)
      return;  // as nearly always
    std::vector<CheckedLog::Epoch> entries;
    for (const auto& entry : cache) entries.push_back({entry.epoch, entry.position});
    check_epoch_cache(replica, entries);
  }

  // --- logs --------------------------------------------------------------------------------------------------------
  /// isr  as the leader knows it; position  that the model gives the batch
  void on_appended(std::uint32_t replica, std::uint32_t position, const AppendedBatch& batch,
                   std::optional<LeadersIsr> isr);
  /// A follower has appended what its leader's answer carried, up to `to`. Returns whether its epoch cache must have
  /// another entry now.
  bool on_copied(std::uint32_t replica, std::uint32_t leader, std::uint32_t to);
  /// A follower has cut what its leader has not. to  where its log ends now
  void on_truncated(std::uint32_t replica, std::uint32_t to);
  /// A stopped broker's log has lost its end.
  void on_log_lost(std::uint32_t replica, std::uint32_t to);

  // --- replication -------------------------------------------------------------------------------------------------
  /// A leader counts a follower's fetch. epoch, broker_epoch  that the fetch carried; end  the follower's log end as it
  /// says
  void on_fetch_counted(std::uint32_t replica, std::uint32_t leader, std::uint32_t epoch, std::uint32_t end,
                        std::int64_t broker_epoch, Instant now);
  void on_high_watermark(std::uint32_t leader, std::uint32_t from, std::uint32_t to, const LeadersIsr& isr);
  /// Of those between `from` and `to`, one by one, before on_high_watermark().
  void on_committed(std::uint32_t leader, std::uint32_t position, std::uint32_t batch);
  /// A follower's high watermark is `to`; the answer said `told`.
  void on_shown(std::uint32_t replica, std::uint32_t to, std::uint32_t told) const;
  /// A leader asks the controller for an ISR without the replicas of its own at the places `leaving`, which are bits.
  void on_isr_proposed(std::uint32_t leader, std::uint64_t leaving, Instant now);
  /// The controller accepts a proposal; its record is told after that.
  void on_isr_accepted(std::uint32_t partition, std::uint32_t leader_epoch, std::uint32_t partition_epoch) const;
  void on_isr_answered(std::uint32_t partition);
  void on_lag_limit(Duration limit) { cluster_.replica_lag_time_max = limit; }
  /// A broker's timers run at `rate` times the normal rate from now on (FAULT-19).
  void on_timers(BrokerIndex broker, double rate) { brokers_[broker.value].timer_rate = rate; }
  /// The partition's leader learns of another effective min.insync.replicas.
  void on_min_in_sync(std::uint32_t partition, std::uint32_t minimum) { partitions_[partition].min_in_sync = minimum; }

  // --- clients -----------------------------------------------------------------------------------------------------
  /// A producer is told that a batch is in the log. cut  it is not in the newest leader's any more
  void on_acknowledged(std::uint32_t partition, std::uint32_t position, std::uint32_t batch, bool awaited_all,
                       bool cut) const;
  /// A broker puts a batch of the partition into the answer to a consumer.
  void on_read(std::uint32_t partition, std::uint32_t replica, std::uint32_t position, std::uint32_t batch) const;
  /// A leader names a replica for a consumer to read that is at `position`.
  void on_redirected(std::uint32_t replica, std::uint32_t position, bool in_sync) const;
  /// A group is handed a batch of the partition.
  void on_delivered(std::uint32_t reader, std::uint32_t partition, std::uint32_t position, std::uint32_t batch);
  /// A group's position is set.
  void on_position_set(std::uint32_t reader, std::uint32_t position);

  // --- the end -----------------------------------------------------------------------------------------------------
  /// Nobody has stopped asking, whatever still fails (A.3).
  void check_requests(const OpenAtEnd& open, Instant now) const;
  /// Everything has been healed for long enough (A.3) and nothing is under way.
  void check_liveness(const OpenAtEnd& open, Instant now) const;
  /// lost  records that were acknowledged with acks=all and are in no log
  void check_losses(Records lost) const;
  /// The model is in a state that is rare; what the checker sees by itself it notes by itself.
  void note(RareState state) { reached_.set(static_cast<std::size_t>(state)); }
  [[nodiscard]] const RareStates& reached() const { return reached_; }
  /// Which laws were relaxed, and why: "unclean election", "lost logs". Empty in most runs.
  [[nodiscard]] std::vector<std::string> relaxed() const;

 private:
  // Of a large cluster every hook misses the caches: what the hooks of a batch need is on the first lines.
  struct alignas(64) PartitionState {
    explicit PartitionState(CheckedTrunk& trunk) : committed(trunk) {}

    CheckedLog committed;  // the truth
    std::uint32_t first_replica = 0, replicas = 0;
    std::uint32_t min_in_sync = 1;
    std::uint32_t cuts = 0;          // unclean elections, and elections of replicas that had lost data
    std::uint32_t cut_epoch = 0;     // of the last one's leader
    std::uint32_t leader_epoch = 0;  // the controller's record, with what follows
    // The second line.
    std::uint64_t isr = 0, elr = 0, assigned = 0;  // by place
    std::uint64_t joined = 0;                      // added to the ISR or elected by the decision being told
    std::optional<std::uint32_t> leader = 0;       // place
    std::uint32_t partition_epoch = 0;
    std::uint32_t looked_at = 0;  // committed end when it was looked at last for what may be forgotten
    bool told = false;            // it is part of that decision
    bool proposal_under_way = false;
    // What is rarely asked.
    std::map<std::uint32_t, std::uint32_t> led_by{};  // epoch -> place of who acted as its leader
    Instant proposed{};                               // the last proposal of an ISR
    std::string name;
  };
  struct alignas(64) ReplicaState {
    explicit ReplicaState(CheckedTrunk& trunk) : log{trunk} {}

    CheckedLog log;
    std::uint32_t partition = 0;
    std::uint32_t epoch = 0;
    std::uint32_t high_watermark = 0;  // as leader
    std::uint32_t epoch_start = 0;     // as leader: its log end when it took over
    std::uint32_t fetched_end = 0;     // as its leader knows it, with what follows
    enum class Role : std::uint8_t { follower, leader, stopped } role = Role::follower;
    std::uint8_t place = 0;
    bool unclean : 1 = false;     // stopped uncleanly, and has not caught up since (P21)
    bool lost_data : 1 = false;   // of what was committed, and is not complete again (G2)
    bool before_cut : 1 = false;  // has not fetched since the last cut
    // The second line.
    std::optional<std::uint32_t> fetched_in{};   // epoch of the last counted fetch
    std::optional<std::uint32_t> may_join_in{};  // epoch in which a counted fetch had all that an ISR member must have
    std::int64_t may_join_as = -1;               // broker epoch that this fetch carried
    Instant last_fetch{}, caught_up{};
    std::uint32_t leader_end_then = 0;
    BrokerIndex broker;
  };
  struct BrokerState {
    bool fenced = false, withdrawn = false;
    bool current = true;  // the process that registered last is still there
    std::int64_t epoch = -1;
    std::uint32_t process = 0;
    std::uint64_t applied = 0;  // of the metadata log
    bool told = false;
    double timer_rate = 1;
  };

  [[noreturn]] void fail(const char* id, const std::string& statement) const;
  [[nodiscard]] std::string who(std::uint32_t replica) const;
  [[nodiscard]] std::string name(BrokerIndex broker) const;
  [[nodiscard]] PartitionState& partition_of(std::uint32_t replica) {
    return partitions_[replicas_[replica].partition];
  }
  [[nodiscard]] const PartitionState& partition_of(std::uint32_t replica) const {
    return partitions_[replicas_[replica].partition];
  }
  [[nodiscard]] ReplicaState& replica_at(const PartitionState& partition, std::uint32_t place) {
    return replicas_[partition.first_replica + place];
  }
  [[nodiscard]] bool active(BrokerIndex broker) const {
    return !brokers_[broker.value].fenced && !brokers_[broker.value].withdrawn;
  }
  [[nodiscard]] static constexpr std::uint64_t bit(std::uint32_t place) { return std::uint64_t{1} << place; }
  /// Whether at least so many of them are set.
  [[nodiscard]] static constexpr bool at_least(std::uint32_t many, std::uint64_t bits) {
    for (; many > 0 && bits != 0; --many) bits &= bits - 1;
    return many == 0;
  }
  [[nodiscard]] std::uint64_t bits_of(const PartitionState& partition, std::span<const BrokerIndex> brokers) const;
  /// A producer's batches of a partition since its last cut.
  [[nodiscard]] std::uint64_t sequence_of(std::uint32_t partition, std::uint32_t producer) const {
    return (std::uint64_t{partition} << 40) ^ (std::uint64_t{partitions_[partition].cuts} << 32) ^ producer;
  }
  [[nodiscard]] bool complete(const PartitionState& partition, std::uint32_t replica) const;
  /// It may show what the last unclean election has taken away (G3): it has not fetched since, or acts on an epoch from
  /// before it, as whoever was elected does until it learns of it.
  [[nodiscard]] bool has_not_heard_of_cut(const ReplicaState& replica) const {
    return replica.before_cut || replica.epoch < partitions_[replica.partition].cut_epoch;
  }
  void check_shape(const PartitionState& partition, const ControllerRecord& record) const;
  void check_election(PartitionState& partition, const ControllerRecord& record, std::uint64_t isr, std::uint64_t elr);
  void check_members(const PartitionState& partition) const;
  void check_candidates(const PartitionState& partition) const;
  void check_epoch_cache(std::uint32_t replica, const std::vector<CheckedLog::Epoch>& cache) const;
  void cut(PartitionState& partition, std::uint32_t replica, const char* why);
  void follow(PartitionState& partition, std::uint32_t replica);
  void commit_what_is_shown(PartitionState& partition, std::uint32_t leading);
  void forget(PartitionState& partition);

  CheckedCluster cluster_;
  LargeArray<CheckedTrunk> trunks_;  // by partition
  LargeArray<PartitionState> partitions_;
  LargeArray<ReplicaState> replicas_;
  std::vector<BrokerState> brokers_;
  std::vector<Instant> committed_at_;  // by offset in the metadata log, from 1
  std::vector<std::uint32_t> told_;    // partitions of the decision being told
  struct alignas(32) Stamp {
    std::uint64_t first_number = 0;
    std::uint32_t producer = 0;
    std::uint32_t epoch = 0;
    std::uint32_t partition = 0, replica = 0, position = 0;  // where it was appended
    bool idempotent = false;
    bool logged = false;
    bool committed = false;  // at its position; an unclean election may have taken it away since
    [[nodiscard]] LoggedBatch batch() const { return {std::uint64_t{producer} << 40 ^ first_number, epoch}; }
  };
  /// Whether it is known without a look at the logs that a batch is what is committed at a position of a partition.
  [[nodiscard]] bool surely_committed(std::uint32_t batch, std::uint32_t partition, std::uint32_t position) const {
    if (batch >= stamps_.size() || !relaxed_.empty()) return false;
    const Stamp& stamp = stamps_[batch];
    return stamp.committed && stamp.partition == partition && stamp.position == position;
  }
  LargeArray<Stamp> stamps_;  // by the model's batch
  LastNumbers last_numbers_;
  struct ReaderState {
    std::uint32_t next = 0;             // position
    bool vouched = true;                // what was handed over at the one before was surely committed
    std::optional<LoggedBatch> last{};  // handed over there; none: its position was set
  };
  LargeArray<ReaderState> readers_;
  std::vector<std::string> relaxed_;
  RareStates reached_;
};

}  // namespace brokersim
