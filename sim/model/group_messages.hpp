// SPDX-License-Identifier: Apache-2.0
// How many bytes the messages between a group's members and its coordinator take: counted field by field from Kafka
// 4.2's message definitions, size prefix and headers included, as in protocol.hpp. Client ids are "consumer-GROUP-1",
// member ids those with 37 characters behind, KIP-848's 22 characters. Held against the measured cluster: a heartbeat
// of the classic protocol takes 136 bytes there, a commit of four partitions 229.
#pragma once
#include <span>
#include <string_view>

#include "sim/core/quantities.hpp"

namespace brokersim {

/// Partitions of one topic in a message.
struct TopicPartitions {
  Bytes name = 0;        ///< length of the topic's name
  Bytes partitions = 0;  ///< how many
};

class GroupMessages {
 public:
  GroupMessages(std::string_view group, std::string_view assignor)
      : group_(static_cast<Bytes>(group.size())), assignor_(static_cast<Bytes>(assignor.size())) {}

  using Topics = std::span<const TopicPartitions>;

  // Classic protocol: Heartbeat v4, JoinGroup v9, SyncGroup v5, LeaveGroup v5.
  [[nodiscard]] Bytes heartbeat() const { return head() + name(group_) + 4 + name(member()) + 1 + 1; }
  [[nodiscard]] static Bytes heartbeat_answer() { return answer_head + 4 + 2 + 1; }
  /// owned  what the member reports: nothing under eager rebalancing
  [[nodiscard]] Bytes join(Topics topics, Topics owned) const {
    return head() + name(group_) + 4 + 4 + name(member()) + 1 + name(protocol_type) + 1 + name(assignor_) + 2 +
           subscription(topics, owned) + 1 + 1 + 1;
  }
  [[nodiscard]] Bytes join_answer() const {
    return answer_head + 4 + 2 + 4 + name(protocol_type) + name(assignor_) + name(member()) + 1 + name(member()) + 1 +
           1;
  }
  /// What the leader's answer says of each member besides.
  [[nodiscard]] Bytes join_answer_member(Topics topics, Topics owned) const {
    return name(member()) + 1 + 2 + subscription(topics, owned) + 1;
  }
  [[nodiscard]] Bytes sync() const {
    return head() + name(group_) + 4 + name(member()) + 1 + name(protocol_type) + name(assignor_) + 1 + 1;
  }
  /// What the leader's request says of each member besides.
  [[nodiscard]] Bytes sync_member(Topics assigned) const { return name(member()) + 2 + assignment(assigned) + 1; }
  [[nodiscard]] Bytes sync_answer(Topics assigned) const {
    return answer_head + 4 + 2 + name(protocol_type) + name(assignor_) + 2 + assignment(assigned) + 1;
  }
  [[nodiscard]] Bytes leave() const {
    return head() + name(group_) + 1 + name(member()) + 1 + name(reason_to_leave) + 1 + 1;
  }
  [[nodiscard]] Bytes leave_answer() const { return answer_head + 4 + 2 + 1 + name(member()) + 1 + 2 + 1 + 1; }

  // KIP-848: ConsumerGroupHeartbeat v1. It names topics when it joins and partitions when it confirms; an answer names
  // partitions when they have changed.
  [[nodiscard]] Bytes consumer_heartbeat(Topics subscribed, Topics owned) const {
    Bytes bytes = head() + name(group_) + name(consumer_member_id) + 4 + 1 + 1 + 4 + 1 + 1 + 1 + 1 + 1;
    for (const TopicPartitions& topic : subscribed) bytes += name(topic.name);
    return bytes + by_id(owned);
  }
  [[nodiscard]] static Bytes consumer_heartbeat_answer(Topics assigned) {
    return answer_head + 4 + 2 + 1 + name(consumer_member_id) + 4 + 4 + 1 + (assigned.empty() ? 0 : 2) +
           by_id(assigned) + 1;
  }

  // Both: OffsetCommit v9, OffsetFetch v9.
  [[nodiscard]] Bytes commit(Topics topics) const {
    Bytes bytes = head() + name(group_) + 4 + name(member()) + 1 + 1 + 1;
    for (const TopicPartitions& topic : topics) bytes += name(topic.name) + 1 + 18 * topic.partitions + 1;
    return bytes;
  }
  [[nodiscard]] static Bytes commit_answer(Topics topics) {
    Bytes bytes = answer_head + 4 + 1 + 1;
    for (const TopicPartitions& topic : topics) bytes += name(topic.name) + 1 + 7 * topic.partitions + 1;
    return bytes;
  }
  [[nodiscard]] Bytes fetch_offsets(Topics topics) const {
    Bytes bytes = head() + 1 + name(group_) + 1 + 4 + 1 + 1 + 1 + 1;
    for (const TopicPartitions& topic : topics) bytes += name(topic.name) + 1 + 4 * topic.partitions + 1;
    return bytes;
  }
  [[nodiscard]] Bytes fetch_offsets_answer(Topics topics) const {
    Bytes bytes = answer_head + 4 + 1 + name(group_) + 1 + 2 + 1 + 1;
    for (const TopicPartitions& topic : topics) bytes += name(topic.name) + 1 + 20 * topic.partitions + 1;
    return bytes;
  }

 private:
  static constexpr Bytes answer_head = 9;       ///< size, correlation id, tags
  static constexpr Bytes protocol_type = 8;     ///< "consumer"
  static constexpr Bytes reason_to_leave = 28;  ///< "the consumer is being closed"
  static constexpr Bytes consumer_member_id = 22;

  [[nodiscard]] static constexpr Bytes name(Bytes length) { return 1 + length; }
  /// "consumer-GROUP-1".
  [[nodiscard]] Bytes client() const { return 11 + group_; }
  [[nodiscard]] Bytes member() const { return client() + 37; }
  /// Size, request header with the client id, tags.
  [[nodiscard]] Bytes head() const { return 4 + 8 + 2 + client() + 1; }
  /// ConsumerProtocolSubscription v3.
  [[nodiscard]] static Bytes subscription(Topics topics, Topics owned) {
    Bytes bytes = 2 + 4 + 4 + 4 + 4 + 2;
    for (const TopicPartitions& topic : topics) bytes += 2 + topic.name;
    for (const TopicPartitions& topic : owned) bytes += 2 + topic.name + 4 + 4 * topic.partitions;
    return bytes;
  }
  /// ConsumerProtocolAssignment.
  [[nodiscard]] static Bytes assignment(Topics assigned) {
    Bytes bytes = 2 + 4 + 4;
    for (const TopicPartitions& topic : assigned) bytes += 2 + topic.name + 4 + 4 * topic.partitions;
    return bytes;
  }
  /// Topics by id, each with its partitions.
  [[nodiscard]] static Bytes by_id(Topics topics) {
    Bytes bytes = 0;
    for (const TopicPartitions& topic : topics) bytes += 16 + 1 + 4 * topic.partitions + 1;
    return bytes;
  }

  Bytes group_;
  Bytes assignor_;
};

}  // namespace brokersim
