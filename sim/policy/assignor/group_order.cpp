// SPDX-License-Identifier: Apache-2.0
#include "sim/policy/assignor/group_order.hpp"

#include <algorithm>
#include <numeric>

namespace brokersim {
namespace {

std::vector<std::uint32_t> places(std::size_t count) {
  std::vector<std::uint32_t> result(count);
  std::iota(result.begin(), result.end(), 0U);
  return result;
}

/// The bucket of a key in a java.util.HashMap of `buckets` (a power of two).
std::uint32_t java_bucket(const std::string& key, std::uint32_t buckets) {
  std::uint32_t hash = 0;
  for (const char c : key) hash = 31 * hash + static_cast<unsigned char>(c);
  return (hash ^ (hash >> 16)) & (buckets - 1);
}

}  // namespace

std::vector<std::uint32_t> members_static_first(std::span<const GroupMember> members) {
  std::vector<std::uint32_t> order = places(members.size());
  std::stable_sort(order.begin(), order.end(), [members](std::uint32_t a, std::uint32_t b) {
    const GroupMember &one = members[a], &other = members[b];
    if (one.instance_id && other.instance_id) return *one.instance_id < *other.instance_id;
    if (one.instance_id || other.instance_id) return one.instance_id.has_value();
    return one.id < other.id;
  });
  return order;
}

std::vector<std::uint32_t> members_by_id(std::span<const GroupMember> members) {
  std::vector<std::uint32_t> order = places(members.size());
  std::stable_sort(order.begin(), order.end(),
                   [members](std::uint32_t a, std::uint32_t b) { return members[a].id < members[b].id; });
  return order;
}

std::vector<std::uint32_t> members_in_hash_order(std::span<const GroupMember> members) {
  std::uint32_t buckets = 16;
  while (members.size() * 4 > std::size_t{buckets} * 3) buckets *= 2;  // grown when more than three quarters full
  std::vector<std::uint32_t> bucket_of;
  bucket_of.reserve(members.size());
  for (const GroupMember& member : members) bucket_of.push_back(java_bucket(member.id, buckets));
  std::vector<std::uint32_t> order = places(members.size());
  std::stable_sort(order.begin(), order.end(),
                   [&bucket_of](std::uint32_t a, std::uint32_t b) { return bucket_of[a] < bucket_of[b]; });
  return order;
}

std::vector<std::uint32_t> subscribed_topics_by_name(const GroupView& group) {
  std::vector<bool> used(group.subscriptions.size(), false), subscribed(group.topics.size(), false);
  for (const GroupMember& member : group.members) used[member.subscription] = true;
  for (std::size_t s = 0; s < used.size(); ++s) {
    if (!used[s]) continue;
    for (const std::uint32_t topic : group.subscriptions[s]) subscribed[topic] = true;
  }
  std::vector<std::uint32_t> result;
  for (std::uint32_t topic = 0; topic < group.topics.size(); ++topic) {
    if (subscribed[topic]) result.push_back(topic);
  }
  std::sort(result.begin(), result.end(),
            [&group](std::uint32_t a, std::uint32_t b) { return group.topics[a].name < group.topics[b].name; });
  return result;
}

bool all_subscribe_alike(const GroupView& group) {
  const std::uint32_t first = group.members.front().subscription;
  return std::all_of(group.members.begin(), group.members.end(), [&group, first](const GroupMember& member) {
    return member.subscription == first || group.subscriptions[member.subscription] == group.subscriptions[first];
  });
}

bool subscribes(const GroupView& group, std::uint32_t member, std::uint32_t topic) {
  const std::vector<std::uint32_t>& topics = group.topics_of(member);
  return std::binary_search(topics.begin(), topics.end(), topic);
}

Subscribers::Subscribers(const GroupView& group, std::span<const std::uint32_t> order)
    : lists_(1), list_of_topic_(group.topics.size(), 0) {
  if (order.empty()) return;
  if (all_subscribe_alike(group)) {
    lists_.push_back(places(order.size()));
    for (const std::uint32_t topic : group.topics_of(order.front())) list_of_topic_[topic] = 1;
    return;
  }
  for (std::uint32_t place = 0; place < order.size(); ++place) {
    for (const std::uint32_t topic : group.topics_of(order[place])) {
      if (list_of_topic_[topic] == 0) {
        list_of_topic_[topic] = static_cast<std::uint32_t>(lists_.size());
        lists_.emplace_back();
      }
      lists_[list_of_topic_[topic]].push_back(place);
    }
  }
}

PartitionNumbers::PartitionNumbers(std::span<const AssignableTopic> topics) : first_{0} {
  for (const AssignableTopic& topic : topics) first_.push_back(first_.back() + topic.partitions);
}

bool racks_matter(std::span<const RackNumber> member_racks,
                  std::span<const std::vector<RackNumber>* const> replica_racks) {
  std::vector<RackNumber> all;  // racks of replicas, in order, each once: a handful beside partitions by the thousand
  for (const std::vector<RackNumber>* racks : replica_racks) {
    for (const RackNumber rack : *racks) {
      const auto place = std::lower_bound(all.begin(), all.end(), rack);
      if (place == all.end() || *place != rack) all.insert(place, rack);
    }
  }
  const bool meet = std::any_of(member_racks.begin(), member_racks.end(), [&all](RackNumber rack) {
    return rack != no_rack && std::binary_search(all.begin(), all.end(), rack);
  });
  if (!meet) return false;
  return std::any_of(replica_racks.begin(), replica_racks.end(), [&all](const std::vector<RackNumber>* racks) {
    return std::any_of(all.begin(), all.end(), [racks](RackNumber rack) {
      return std::find(racks->begin(), racks->end(), rack) == racks->end();
    });
  });
}

bool racks_mismatch(RackNumber member, const std::vector<RackNumber>& replicas) {
  return member != no_rack && std::find(replicas.begin(), replicas.end(), member) == replicas.end();
}

const std::vector<RackNumber>& replica_racks_of(const AssignableTopic& topic, std::uint32_t partition) {
  static const std::vector<RackNumber> none;
  return topic.replica_racks.empty() ? none : topic.replica_racks[partition];
}

void sort_lists(GroupAssignment& assignment) {
  for (std::vector<AssignablePartition>& list : assignment.of_member) std::sort(list.begin(), list.end());
}

}  // namespace brokersim
