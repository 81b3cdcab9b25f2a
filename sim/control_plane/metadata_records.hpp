// SPDX-License-Identifier: Apache-2.0
// What the controller writes to the metadata log, for brokers to learn later (L-26, L-27).
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/control_plane/broker_registration.hpp"
#include "sim/control_plane/controller_settings.hpp"
#include "sim/control_plane/partition_registration.hpp"

namespace brokersim {

/// A place in the metadata log; the first record has 0.
using MetadataOffset = std::int64_t;
inline constexpr MetadataOffset no_metadata = -1;  ///< what a broker reports that has applied nothing yet

/// Why a partition changed; for reports, no rule depends on it.
enum class ChangeCause : std::uint8_t {
  broker_fenced,    ///< its session ended, or it asked for it
  broker_unfenced,  ///< leaderless partitions got a leader
  controlled_shutdown,
  broker_registered,  ///< a new incarnation: what the old one was in sync with is void
  broker_unregistered,
  directory_offline,
  in_sync_replicas_altered,
  preferred_election,  ///< by hand
  unclean_election,    ///< by hand
  leaders_balanced,    ///< by auto.leader.rebalance.enable
  unclean_sweep,       ///< L-10
  reassignment_started,
  reassignment_cancelled,
  topic_rules_changed,  ///< min.insync.replicas: the ELR may not be needed any more
};

/// One partition's record, whole: a broker that applies it need not know what it was before.
struct PartitionChange {
  PartitionIndex partition;
  ChangeCause cause{};
  MetadataOffset offset = no_metadata;
  std::optional<BrokerIndex> leader_before;
  bool names_leader = false;  ///< the leader epoch grew (L-2)
  bool unclean = false;       ///< the leader is from outside ISR and ELR: acknowledged records may be lost (L-7)
  bool completed_reassignment = false;  ///< A-3
  PartitionRegistration registration;   ///< from this record on
};

/// One broker's record.
struct BrokerChange {
  BrokerIndex broker;
  MetadataOffset offset = no_metadata;
  bool registered = true;  ///< false: unregistered, `registration` is what it was
  BrokerRegistration registration;
};

/// One topic's settings.
struct TopicChange {
  TopicIndex topic;
  MetadataOffset offset = no_metadata;
  TopicRules rules;
};

/// What one call wrote: atomic, a broker applies all of it or nothing. Records have consecutive offsets.
struct MetadataBatch {
  MetadataOffset end_offset = no_metadata;  ///< of its last record, or of the log's last if the batch is empty
  std::vector<PartitionChange> partitions;  ///< ascending offsets
  std::vector<BrokerChange> brokers;        ///< ascending offsets
  std::vector<TopicChange> topics;          ///< ascending offsets

  [[nodiscard]] bool empty() const { return partitions.empty() && brokers.empty() && topics.empty(); }
};

}  // namespace brokersim
