// SPDX-License-Identifier: Apache-2.0
// The decision "which member of a consumer group reads which partition": what an assignor may see of a group, and what
// it answers. One file per assignor; assignors.hpp finds one by name.
//
// An assignor is a function of the group as it is now. It remembers nothing: what members read before the rebalance
// comes in as `owned`, so that a second rebalance is a second call with the first one's answer.
#pragma once
#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace brokersim {

/// A rack, in any numbering the caller likes.
using RackNumber = std::uint32_t;
inline constexpr RackNumber no_rack = std::numeric_limits<RackNumber>::max();

/// What members report as generation before they were in the group at all (Kafka's DEFAULT_GENERATION).
inline constexpr std::int32_t no_generation = -1;

/// A partition, by its topic's place in GroupView::topics.
struct AssignablePartition {
  std::uint32_t topic = 0;
  std::uint32_t number = 0;
  friend auto operator<=>(const AssignablePartition&, const AssignablePartition&) = default;
};

struct AssignableTopic {
  std::string name;  ///< client-side assignors go through topics by name
  std::uint32_t partitions = 0;
  /// [partition][replica] racks of all replicas, in sync or not; brokers without rack left out. Empty: no racks known.
  std::vector<std::vector<RackNumber>> replica_racks{};
};

struct GroupMember {
  std::string id;                            ///< member.id, unique in the group
  std::optional<std::string> instance_id{};  ///< group.instance.id of a static member
  RackNumber rack = no_rack;                 ///< client.rack
  std::uint32_t subscription = 0;            ///< place in GroupView::subscriptions
  std::vector<AssignablePartition> owned{};  ///< what it read until now
  std::int32_t generation = no_generation;   ///< of the rebalance that gave it those
};

/// A group at the moment of a rebalance.
struct GroupView {
  std::span<const GroupMember> members;
  std::span<const AssignableTopic> topics;  ///< that exist; a topic nobody subscribes to is read by nobody
  /// What members subscribe to: ascending places in topics. Members of the same topics had best share one.
  std::span<const std::vector<std::uint32_t>> subscriptions;

  [[nodiscard]] const std::vector<std::uint32_t>& topics_of(std::uint32_t member) const {
    return subscriptions[members[member].subscription];
  }
};

/// A partition whose next reader has to wait until the present one has given it up.
struct WithheldPartition {
  AssignablePartition partition;
  std::uint32_t next_owner = 0;  ///< place in GroupView::members
};

struct GroupAssignment {
  /// [member] in the order of GroupView::members; the partitions of each ascending.
  std::vector<std::vector<AssignablePartition>> of_member;
  /// Cooperative protocol only (G-5): in nobody's list; whoever owned them revokes them, and the rebalance that follows
  /// hands them over. Empty: the group is settled.
  std::vector<WithheldPartition> withheld{};
};

}  // namespace brokersim
