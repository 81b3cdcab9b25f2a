// SPDX-License-Identifier: Apache-2.0
// What all assignors ask of a group: its members in one order or another, and who subscribes to what.
#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "sim/policy/assignor/consumer_group.hpp"

namespace brokersim {

/// In place of a member: none.
inline constexpr std::uint32_t nobody = std::numeric_limits<std::uint32_t>::max();

/// Places of the members in the order of range and round robin: static ones by instance id, then the others by member
/// id. A static member thus keeps its place when it comes back under another member id.
[[nodiscard]] std::vector<std::uint32_t> members_static_first(std::span<const GroupMember> members);

/// Places of the members in order of member id.
[[nodiscard]] std::vector<std::uint32_t> members_by_id(std::span<const GroupMember> members);

/// Places of the members in the order in which Kafka's assignors meet them where they loop over a hash table of member
/// ids: which of several members alike gets the odd partition depends on it. Ids are random in a real group, and so is
/// then this order; for given ids it is Kafka's own (java.lang.String's hash, a java.util.HashMap grown from 16
/// buckets, chains in order of insertion, which is the order of `members`; bytes above 127 are hashed as they are).
[[nodiscard]] std::vector<std::uint32_t> members_in_hash_order(std::span<const GroupMember> members);

/// Places of the topics somebody subscribes to, in order of name.
[[nodiscard]] std::vector<std::uint32_t> subscribed_topics_by_name(const GroupView& group);

/// True if all members subscribe to the same topics.
[[nodiscard]] bool all_subscribe_alike(const GroupView& group);

[[nodiscard]] bool subscribes(const GroupView& group, std::uint32_t member, std::uint32_t topic);

/// Who subscribes to what, one list for all topics where all members subscribe alike.
class Subscribers {
 public:
  /// order  places of all members
  Subscribers(const GroupView& group, std::span<const std::uint32_t> order);

  /// Places in `order` of the topic's subscribers, ascending: its n-th one is member order[list[n]].
  [[nodiscard]] const std::vector<std::uint32_t>& operator[](std::uint32_t topic) const {
    return lists_[list_of_topic_[topic]];
  }
  /// Topics of the same number have the same list.
  [[nodiscard]] std::uint32_t list_of(std::uint32_t topic) const { return list_of_topic_[topic]; }
  [[nodiscard]] std::span<const std::vector<std::uint32_t>> lists() const { return lists_; }

 private:
  std::vector<std::vector<std::uint32_t>> lists_;  ///< the first one empty
  std::vector<std::uint32_t> list_of_topic_;
};

/// Numbers all partitions of all topics through, topic by topic.
class PartitionNumbers {
 public:
  explicit PartitionNumbers(std::span<const AssignableTopic> topics);
  [[nodiscard]] std::uint32_t of(AssignablePartition partition) const {
    return first_[partition.topic] + partition.number;
  }
  [[nodiscard]] std::uint32_t size() const { return first_.back(); }

 private:
  std::vector<std::uint32_t> first_;  ///< [topic + 1]
};

/// Whether racks are looked at (G-7): somebody has one, some partition has a replica in one of those, and not every
/// partition has replicas in all the racks that any of them has.
///
/// member_racks   racks of the members concerned, no_rack among them ignored
/// replica_racks  [partition][replica] of the partitions concerned
[[nodiscard]] bool racks_matter(std::span<const RackNumber> member_racks,
                                std::span<const std::vector<RackNumber>* const> replica_racks);

/// Whether a member in that rack would read from another one. Without a rack it has nothing to match.
[[nodiscard]] bool racks_mismatch(RackNumber member, const std::vector<RackNumber>& replicas);

/// The racks of a partition's replicas; none where the topic's are not known.
[[nodiscard]] const std::vector<RackNumber>& replica_racks_of(const AssignableTopic& topic, std::uint32_t partition);

/// Every list ascending, as GroupAssignment promises.
void sort_lists(GroupAssignment& assignment);

}  // namespace brokersim
