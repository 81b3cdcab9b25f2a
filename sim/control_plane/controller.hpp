// SPDX-License-Identifier: Apache-2.0
// The active KRaft controller as a state machine: calls in, decisions out.
//
// It has no clock and no network. Every call says when it is made, never earlier than the one before, and answers at
// once with what the controller decided and the records it wrote; the caller delays, propagates and applies those
// (L-26, L-27). Three things the controller does by itself, when their time comes: next_call_time() says when, and
// on_time() does what is due.
//
// Constraints that hold after every call (invariants-and-faults A.1): P17 to P20, P32, P36.
//
// Where it differs from Kafka
//   - Partitions are visited in ascending order; Kafka visits them in the order of hash tables. It matters only for
//     which of more than max_elections_per_pass come first.
//   - No replica that is no longer assigned stays in the ELR. Kafka's builder would keep one that a cancelled or
//     shrinking reassignment takes away while the ISR is below min.insync.replicas; it has no log to lead with.
//   - Another min.insync.replicas leaves the ELR of a partition without leader as it is; Kafka empties that, too, and
//     then nobody ever leads but by an unclean election. An election out of the ELR empties it if the ISR has its
//     minimum with the new leader alone (L-9, P15): Kafka's builder looks at that before it elects only, which is
//     enough there, as no ELR outlives a change of the minimum.
//   - A cancelled reassignment that would have to be unclean is refused while none of the old replicas is active;
//     Kafka would put a dead one into the ISR, against P18.
//   - A broker in controlled shutdown whose session ends may stop with its next heartbeat; so says Kafka's comment,
//     its code makes it wait once more for the others.
//
// Source  rules 2.1 to 2.4, 3.3, 9; QuorumController, ReplicationControlManager, ClusterControlManager and
//         BrokerHeartbeatManager of Apache Kafka.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/control_plane/broker_registration.hpp"
#include "sim/control_plane/broker_sessions.hpp"
#include "sim/control_plane/controller_error.hpp"
#include "sim/control_plane/controller_settings.hpp"
#include "sim/control_plane/metadata_records.hpp"
#include "sim/control_plane/partition_change.hpp"
#include "sim/control_plane/partition_registration.hpp"
#include "sim/control_plane/partition_set.hpp"
#include "sim/control_plane/pass_schedule.hpp"
#include "sim/core/large_array.hpp"
#include "sim/core/quantities.hpp"
#include "sim/core/sim_time.hpp"

namespace brokersim {

struct RegistrationAnswer {
  ControllerError error = ControllerError::none;
  BrokerEpoch epoch = -1;  ///< of this incarnation
  MetadataBatch records;
};

/// BrokerHeartbeat, as the broker sends it.
struct HeartbeatRequest {
  BrokerIndex broker;
  BrokerEpoch epoch = -1;
  MetadataOffset metadata_offset = no_metadata;  ///< up to where the broker has applied the metadata log
  bool wants_fence = false;                      ///< true while it starts and recovers its logs (L-20)
  bool wants_shutdown = false;
  bool directory_offline = false;  ///< offlineLogDirs: it names its log directory
};
struct HeartbeatAnswer {
  ControllerError error = ControllerError::none;  ///< stale_broker_epoch or none
  bool caught_up = false;                         ///< with the record of its own registration
  bool fenced = true;
  bool in_controlled_shutdown = false;
  bool should_shut_down = false;  ///< leads nothing any more and everybody knows: it may stop (L-21)
  MetadataBatch records;
};

/// A member of a proposed ISR, with the broker epoch its last fetch carried; none: not checked.
struct ProposedReplica {
  BrokerIndex broker;
  std::optional<BrokerEpoch> epoch;
};
/// One partition of an AlterPartition request.
struct IsrProposal {
  PartitionIndex partition;
  std::uint32_t leader_epoch = 0, partition_epoch = 0;  ///< that the leader acts on
  std::vector<ProposedReplica> isr;
  LeaderRecoveryState recovery_state = LeaderRecoveryState::recovered;
};
struct IsrAnswer {
  ControllerError error = ControllerError::none;
  PartitionRegistration registration;  ///< what holds now, if the error is none or new_leader_elected
};
struct AlterPartitionAnswer {
  ControllerError error = ControllerError::none;  ///< stale_broker_epoch: nothing was looked at
  std::vector<IsrAnswer> partitions;              ///< shape [proposals]
  MetadataBatch records;
};

/// To what an operator asked for.
struct OperationAnswer {
  std::vector<ControllerError> errors;  ///< shape [partitions asked for]; one entry for a broker
  MetadataBatch records;
};

/// One partition of an AlterPartitionReassignments request.
struct ReassignmentTarget {
  PartitionIndex partition;
  std::optional<ReplicaList> replicas;  ///< none: cancel the one in progress (A-4)
};

/// The active controller, or rather whoever is active (L-23). What happens to a broker costs its own partitions only.
class Controller final : private LeaderAcceptor {
 public:
  /// active_for  how long it has been active by `now`: where on its grids it is (ControllerClock::periodic)
  Controller(const ControllerSettings& settings, Instant now, Duration active_for = Duration::zero());

  // --- the beginning: the records are written, but not handed out; everybody knows them from the start --------------

  /// A broker that has been running for long: registered, unfenced, heard from at `now`, all metadata applied.
  /// Incarnation 0. Its index is the number of brokers so far.
  BrokerIndex add_running_broker(std::optional<ZoneIndex> rack, Instant now);
  /// CreateTopics with a given assignment: every active replica in sync, the first of them leads, replicas of fenced
  /// brokers stay out. Partitions are numbered through all topics in order.
  ///
  /// assignment  shape [partitions][replication factor]; each needs an active replica
  TopicIndex create_topic(const TopicRules& rules, std::span<const ReplicaList> assignment, Instant now);

  // --- brokers (2.4) -----------------------------------------------------------------------------------------------

  /// BrokerRegistration. A new incarnation gets a new epoch and starts fenced; the same one again gets the same epoch
  /// and stays as it is (INV-P20). `duplicate_broker_registration` while the old incarnation's session is valid (L-20).
  /// What the old incarnation was in sync with is void; with ELR and no clean shutdown it leaves the ELR, too
  /// (INV-P21).
  ///
  /// broker          at most the number of brokers so far
  /// clean_shutdown  the previous incarnation left the mark that it closed its logs
  RegistrationAnswer register_broker(BrokerIndex broker, Incarnation incarnation, bool clean_shutdown,
                                     std::optional<ZoneIndex> rack, Instant now);
  /// BrokerHeartbeat: refreshes the session; fences, unfences (L-19), starts or ends a controlled shutdown (L-21). With
  /// its log directory offline a broker leaves every ISR, and what it led is led by others (L-3); it stays unfenced.
  HeartbeatAnswer heartbeat(const HeartbeatRequest& request, Instant now);
  /// UnregisterBroker, by hand.
  OperationAnswer unregister_broker(BrokerIndex broker, Instant now);

  // --- partitions (2.2, 3.3, 9) ------------------------------------------------------------------------------------

  /// AlterPartition of the leader `broker`. Proposals are judged in order; each partition at most once.
  AlterPartitionAnswer alter_partition(BrokerIndex broker, BrokerEpoch epoch, std::span<const IsrProposal> proposals,
                                       Instant now);
  /// ElectLeaders by hand, `preferred` or `unclean`; the latter whatever the topic's setting.
  OperationAnswer elect_leaders(Election election, std::span<const PartitionIndex> partitions, Instant now);
  /// AlterPartitionReassignments.
  ///
  /// allow_replication_factor_change  false: a target of another size is refused (4.1)
  OperationAnswer alter_partition_reassignments(std::span<const ReassignmentTarget> targets, Instant now,
                                                bool allow_replication_factor_change = true);
  /// IncrementalAlterConfigs of a topic. unclean.leader.election.enable takes effect with the next election, at the
  /// latest with the next sweep (L-10); another min.insync.replicas empties the ELR of every partition that has a
  /// leader (KAFKA-16540, 4.0).
  MetadataBatch set_topic_rules(TopicIndex topic, const TopicRules& rules, Instant now);
  /// auto.leader.rebalance.enable and leader.imbalance.check.interval.seconds; the interval begins now.
  void set_leader_balancing(LeaderBalancing balancing, Duration check_interval, Instant now);

  // --- what is done without being asked ----------------------------------------------------------------------------

  /// When something is due by itself, unless a call comes first: the least of the three below.
  [[nodiscard]] std::optional<Instant> next_call_time() const;
  /// Does one thing that is due: fences one broker, or makes one pass. Nothing due: an empty batch. While
  /// next_call_time() is not after `now`, call again, so that what one wrote is seen by the next (L-16).
  MetadataBatch on_time(Instant now);
  /// When the broker that was heard from least lately is fenced: a nanosecond after the deadline of its session, as it
  /// is still valid at the deadline itself (L-16), or the first look at the sessions from then on.
  [[nodiscard]] std::optional<Instant> next_fencing_time() const;
  [[nodiscard]] std::optional<Instant> next_balancing_time() const { return balancing_.due(); }          ///< L-11, L-13
  [[nodiscard]] std::optional<Instant> next_unclean_sweep_time() const { return unclean_sweep_.due(); }  ///< L-10
  /// Another controller takes over: it knows the metadata and nothing else. Every session starts anew, and so do the
  /// intervals of balancing and sweeping (L-23).
  void fail_over(Instant now);

  // --- what holds --------------------------------------------------------------------------------------------------

  [[nodiscard]] std::size_t brokers() const { return brokers_.size(); }
  [[nodiscard]] std::size_t partitions() const { return partitions_.size(); }
  [[nodiscard]] bool is_registered(BrokerIndex broker) const;
  /// broker  registered now or earlier
  [[nodiscard]] const BrokerRegistration& broker(BrokerIndex broker) const;
  [[nodiscard]] const PartitionRegistration& partition(PartitionIndex partition) const;
  [[nodiscard]] TopicIndex topic_of(PartitionIndex partition) const;
  [[nodiscard]] const TopicRules& rules(TopicIndex topic) const;
  [[nodiscard]] const ControllerSettings& settings() const { return settings_; }
  /// min(min.insync.replicas, replicas of the topic's first partition) (L-9).
  [[nodiscard]] std::uint32_t effective_min_insync_replicas(TopicIndex topic) const;
  /// Partitions assigned to a broker, ascending.
  [[nodiscard]] std::span<const PartitionIndex> partitions_on(BrokerIndex broker) const;
  [[nodiscard]] std::uint32_t led_by(BrokerIndex broker) const;  ///< number of partitions
  [[nodiscard]] const PartitionSet& leaderless() const { return leaderless_; }
  [[nodiscard]] const PartitionSet& imbalanced() const { return imbalanced_; }  ///< leader is not replicas[0] (L-11)
  [[nodiscard]] MetadataOffset end_offset() const { return next_offset_ - 1; }  ///< of the last record written
  /// Active: registered, unfenced, not in controlled shutdown (L-3).
  [[nodiscard]] bool is_active(BrokerIndex broker) const override;

 private:
  struct Broker {
    BrokerRegistration registration;
    bool registered = false;
    MetadataOffset registration_offset = no_metadata;
    MetadataOffset reported_offset = no_metadata;             // by its last heartbeat
    std::optional<MetadataOffset> controlled_shutdown_end{};  // others must know up to here before it may stop (L-21)
    std::uint32_t led = 0;
    std::vector<PartitionIndex> assigned;  // ascending
  };
  struct Topic {
    TopicRules rules;
    PartitionIndex first;
  };

  /// What a broker is told to be, by its heartbeat.
  enum class BrokerState : std::uint8_t { fenced, unfenced, controlled_shutdown, stopping };

  void check_time(Instant now);
  [[nodiscard]] Duration session_check_interval() const;
  void start_clocks(Instant now, Duration active_for);
  void plan_passes(Instant now);
  [[nodiscard]] Broker& broker_at(BrokerIndex broker);
  [[nodiscard]] const Broker& broker_at(BrokerIndex broker) const;
  [[nodiscard]] PartitionChangeRules rules_of(PartitionIndex partition) const;
  [[nodiscard]] Election election_of(PartitionIndex partition) const;  // online, or unclean if the topic allows it

  // Every change of metadata goes through these.
  void write(PartitionIndex partition, PartitionOutcome outcome, ChangeCause cause, MetadataBatch& records);
  void write(BrokerIndex broker, MetadataBatch& records);
  void finish(MetadataBatch& records, Instant now);
  void count(PartitionIndex partition, bool present);
  void assign(BrokerIndex broker, PartitionIndex partition);
  void unassign(BrokerIndex broker, PartitionIndex partition);

  bool try_change(PartitionIndex partition, const PartitionChangeRequest& request, ChangeCause cause,
                  MetadataBatch& records);
  void leave_in_sync_replicas(BrokerIndex broker, ChangeCause cause, bool lost_data, MetadataBatch& records);
  void fence(BrokerIndex broker, ChangeCause cause, MetadataBatch& records);
  void unfence(BrokerIndex broker, MetadataBatch& records);
  void elect_leaderless(MetadataBatch& records);
  void set_directory(BrokerIndex broker, bool offline, MetadataBatch& records);
  void start_controlled_shutdown(BrokerIndex broker, MetadataBatch& records);
  [[nodiscard]] MetadataOffset lowest_active_offset() const;
  [[nodiscard]] BrokerState next_state(const Broker& broker, const HeartbeatRequest& request) const;

  [[nodiscard]] ControllerError objection(BrokerIndex leader, const IsrProposal& proposal) const;
  [[nodiscard]] bool is_ineligible(const ProposedReplica& replica) const;  // L-22
  IsrAnswer alter_one(BrokerIndex leader, const IsrProposal& proposal, MetadataBatch& records);
  ControllerError elect_by_hand(Election election, PartitionIndex partition, MetadataBatch& records);
  ControllerError start_reassignment(PartitionIndex partition, const ReplicaList& target, bool any_size,
                                     MetadataBatch& records);
  ControllerError cancel_reassignment(PartitionIndex partition, MetadataBatch& records);

  void balance_leaders(MetadataBatch& records, Instant now);
  void balance_leaders_above_threshold(MetadataBatch& records);
  void sweep_leaderless(MetadataBatch& records, Instant now);
  [[nodiscard]] bool is_full(const MetadataBatch& records) const;  // of what a pass may do

  ControllerSettings settings_;
  Instant last_call_;
  MetadataOffset next_offset_ = 0;
  std::vector<Broker> brokers_;
  std::vector<Topic> topics_;
  LargeArray<PartitionRegistration> partitions_;
  std::vector<TopicIndex> topic_of_;  // shape [partitions]
  BrokerSessions sessions_;
  PartitionSet leaderless_, imbalanced_;
  Instant looks_at_sessions_{};  // next, if periodic
  PassSchedule balancing_, unclean_sweep_;
};

}  // namespace brokersim
