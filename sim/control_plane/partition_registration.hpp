// SPDX-License-Identifier: Apache-2.0
// What the controller's metadata says of one partition (L-1).
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>

#include "sim/control_plane/replica_list.hpp"
#include "sim/core/quantities.hpp"

namespace brokersim {

/// After an unclean election the new leader starts as recovering and reports itself recovered with its next
/// AlterPartition (L-7).
enum class LeaderRecoveryState : std::uint8_t { recovered, recovering };

/// One partition's record. 168 bytes while no list is longer than four.
struct PartitionRegistration {
  ReplicaList replicas;        ///< first: the preferred one; during a reassignment the target, then `removing` (A-1)
  ReplicaList isr;             ///< in-sync replicas; empty only with ELR (L-8)
  ReplicaList elr;             ///< eligible leader replicas, KIP-966; order has no meaning
  ReplicaList last_known_elr;  ///< the last known leader while there is none (L-9, 4.2); at most one broker
  ReplicaList adding;          ///< by a reassignment in progress
  ReplicaList removing;        ///< by a reassignment in progress
  std::optional<BrokerIndex> leader;  ///< none: the partition is offline
  std::uint32_t leader_epoch = 0;     ///< +1 with every record that names a leader, even the same (L-2)
  std::uint32_t partition_epoch = 0;  ///< +1 with every record (L-2)
  LeaderRecoveryState recovery_state = LeaderRecoveryState::recovered;

  [[nodiscard]] BrokerIndex preferred_leader() const { return replicas.front(); }
  /// False while there is no leader (L-11).
  [[nodiscard]] bool has_preferred_leader() const { return leader == preferred_leader(); }
  [[nodiscard]] bool is_reassigning() const { return !adding.empty() || !removing.empty(); }
  /// What counts as under-replicated is measured against this.
  [[nodiscard]] std::uint32_t target_size() const { return replicas.size() - adding.size(); }
  [[nodiscard]] bool is_under_replicated() const { return isr.size() < target_size(); }

  friend bool operator==(const PartitionRegistration&, const PartitionRegistration&) = default;
};

}  // namespace brokersim
