// SPDX-License-Identifier: Apache-2.0
// How one partition changes: elections, eligible leaders, the end of a reassignment.
//
// Goals, first what may not be broken
//   1. A leader comes from the ISR, or from the ELR while the ISR is empty, and is active (L-4).
//   2. The leader stays where it is if it may; else the order of the replica list decides, never that of the ISR (L-5).
//   3. Beyond that: the last known leader, if it is alive and nobody else could (ELR only), and then anybody alive, if
//      the election is unclean. Both lose what only others had (L-5, L-7).
// A change is computed from the registration alone and is all or nothing: it yields the next registration or none.
//
// Source  rules L-2, L-4 to L-9, A-3 and kafka-semantics-4.2, PartitionChangeBuilder of Apache Kafka; truth:
//         tests/validation/leader-election-oracle.json.
#pragma once
#include <cstdint>
#include <optional>

#include "sim/control_plane/partition_registration.hpp"

namespace brokersim {

/// How hard to look for a leader (L-5, L-6).
enum class Election : std::uint8_t {
  preferred,  ///< the first replica, if it may lead
  online,     ///< anybody who may lead
  unclean,    ///< if nobody may: anybody alive
};

/// What a change is asked to reach. What is not named stays.
struct PartitionChangeRequest {
  Election election = Election::online;
  std::optional<ReplicaList> isr;
  std::optional<ReplicaList> replicas;
  std::optional<ReplicaList> adding;
  std::optional<ReplicaList> removing;
  std::optional<BrokerIndex> unclean_shutdown;  ///< lost data when it stopped: no member of the ELR any more
  bool empties_elr = false;                     ///< ClearElrRecord: another min.insync.replicas (KAFKA-16540)
  std::optional<LeaderRecoveryState> recovery_state;
};

/// The settings that a change obeys.
struct PartitionChangeRules {
  std::uint32_t min_insync_replicas = 1;  ///< effective: at most the replication factor (L-9)
  bool eligible_leader_replicas = true;   ///< KIP-966; new clusters of 4.1 and later have it
  /// Keep and elect the last known leader. Kafka always does; without, `last_known_elr` lists every lost member of the
  /// ELR, as KIP-966 means for tools that recover by hand.
  bool last_known_leader_recovery = true;
};

/// Who may lead, were it in sync: active as L-3 says.
class LeaderAcceptor {
 public:
  virtual ~LeaderAcceptor() = default;
  [[nodiscard]] virtual bool is_active(BrokerIndex broker) const = 0;
};

struct PartitionOutcome {
  PartitionRegistration next;  ///< partition epoch + 1, leader epoch + 1 if the record names a leader (L-2)
  bool names_leader = false;   ///< the record sets the leader, perhaps to the same: the leader epoch grew
  /// The new leader was in neither ISR nor ELR: acknowledged records may be lost (L-7, INV-P32).
  bool unclean = false;
};

/// The change that leads to `request`; none if nothing would change, in which case no record is written.
///
/// partition  its replica list is not empty
/// cost       a few comparisons of short lists; allocates nothing while lists have up to four members
[[nodiscard]] std::optional<PartitionOutcome> change_partition(const PartitionRegistration& partition,
                                                               const PartitionChangeRequest& request,
                                                               const PartitionChangeRules& rules,
                                                               const LeaderAcceptor& acceptor);

}  // namespace brokersim
