// SPDX-License-Identifier: Apache-2.0
#include "sim/model/group_members.hpp"

#include <algorithm>
#include <array>

#include "sim/policy/assignor/assignors.hpp"

namespace brokersim {
namespace {

bool anybody_has_a_rack(const WorldSpec& world) {
  return std::any_of(world.groups.begin(), world.groups.end(), [](const ConsumerGroupSpec& group) {
    return std::any_of(group.members.begin(), group.members.end(),
                       [](const MemberSpec& member) { return !member.client_rack.empty(); });
  });
}

std::string member_id(std::size_t number) {
  const std::string digits = std::to_string(number);
  constexpr std::size_t width = 7;  // a scenario has at most a million clients, unless the limit is moved
  return "member-" + std::string(width - std::min(width, digits.size()), '0') + digits;
}

/// The zone of that name; one that no broker is in for any other name.
RackNumber rack_number(const WorldSpec& world, const std::string& client_rack) {
  if (client_rack.empty()) return no_rack;
  const std::vector<std::string>& zones = world.network.zones;
  return static_cast<RackNumber>(std::find(zones.begin(), zones.end(), client_rack) - zones.begin());
}

}  // namespace

std::vector<AssignableTopic> assignable_topics(const WorldSpec& world,
                                               const std::vector<std::vector<BrokerIndex>>& replicas) {
  const bool with_racks = anybody_has_a_rack(world);
  std::vector<AssignableTopic> topics;
  std::size_t partition = 0;
  for (const TopicSpec& topic : world.topics) {
    topics.push_back({topic.id, topic.partitions});
    if (with_racks) topics.back().replica_racks.reserve(topic.partitions);
    for (std::uint32_t number = 0; number < topic.partitions; ++number, ++partition) {
      if (!with_racks) continue;
      std::vector<RackNumber>& racks = topics.back().replica_racks.emplace_back();
      racks.reserve(replicas[partition].size());
      for (const BrokerIndex broker : replicas[partition]) racks.push_back(world.brokers[broker.value].zone.value);
    }
  }
  return topics;
}

std::vector<GroupMember> group_members(const WorldSpec& world, const ConsumerGroupSpec& group) {
  std::vector<GroupMember> members;
  for (std::size_t m = 0; m < group.members.size(); ++m) {
    members.push_back({member_id(m)});
    members.back().rack = rack_number(world, group.members[m].client_rack);
  }
  return members;
}

GroupAssignment assignment_of(const WorldSpec& world, const ConsumerGroupSpec& group,
                              const std::vector<AssignableTopic>& topics, std::span<const PresentMember> present) {
  GroupAssignment of_all;
  of_all.of_member.resize(group.members.size());
  if (present.empty()) return of_all;
  const std::vector<GroupMember> all = group_members(world, group);
  std::vector<GroupMember> members;
  for (const PresentMember& member : present) {
    members.push_back(all[member.number]);
    members.back().owned = member.owned;
    members.back().generation = member.generation;
  }
  std::array<std::vector<std::uint32_t>, 1> subscription;
  for (const TopicIndex topic : group.topics) subscription[0].push_back(topic.value);
  std::sort(subscription[0].begin(), subscription[0].end());
  GroupAssignment of_present = assign(group.assignor, {members, topics, subscription});
  for (std::size_t m = 0; m < present.size(); ++m)
    of_all.of_member[present[m].number] = std::move(of_present.of_member[m]);
  for (WithheldPartition& withheld : of_present.withheld) {
    withheld.next_owner = present[withheld.next_owner].number;
    of_all.withheld.push_back(withheld);
  }
  return of_all;
}

GroupAssignment first_assignment(const WorldSpec& world, const ConsumerGroupSpec& group,
                                 const std::vector<AssignableTopic>& topics) {
  std::vector<PresentMember> present;
  for (std::uint32_t m = 0; m < group.members.size(); ++m) {
    if (!group.members[m].join_at) present.push_back({m, {}, no_generation});
  }
  return assignment_of(world, group, topics, present);
}

}  // namespace brokersim
