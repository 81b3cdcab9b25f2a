// SPDX-License-Identifier: Apache-2.0
#include "sim/figures/settled_group.hpp"

#include "sim/model/group_members.hpp"

namespace brokersim {

namespace {

/// reader  shape [partitions]: the member that reads it
std::optional<SettledGroup> settled_group(std::uint32_t group, std::size_t members,
                                          const std::vector<std::uint32_t>& reader, const ArmResult& arm) {
  SettledGroup sum{std::vector<double>(members), std::vector<double>(members), std::vector<double>(members)};
  const auto trials = static_cast<double>(arm.trials.size());
  for (const TrialResult& trial : arm.trials) {
    const GroupResult& result = trial.groups[group];
    if (!result.rebalances.empty() || result.members.size() != members) return std::nullopt;
    for (std::size_t m = 0; m < members; ++m) {
      sum.partitions[m] += result.members[m].partitions / trials;
      sum.records[m] += static_cast<double>(result.members[m].delivered) / trials;
    }
    for (const PartitionLag& lag : trial.lags) {
      if (lag.group.value == group) sum.lag[reader[lag.partition]] += lag.records_time_average / trials;
    }
  }
  return sum;
}

}  // namespace

std::vector<std::optional<SettledGroup>> settled_groups(const WorldSpec& world,
                                                        const std::vector<std::vector<BrokerIndex>>& placement,
                                                        const ArmResult& arm) {
  std::vector<std::optional<SettledGroup>> groups;
  const std::vector<AssignableTopic> topics = assignable_topics(world, placement);
  std::vector<std::uint32_t> first_of{0};  // by topic: its first partition
  for (const TopicSpec& topic : world.topics) first_of.push_back(first_of.back() + topic.partitions);
  std::vector<std::uint32_t> reader(placement.size());
  for (const ConsumerGroupSpec& spec : world.groups) {
    const std::size_t members = spec.members.size();
    const auto group = static_cast<std::uint32_t>(groups.size());
    if (members < 2) {
      groups.push_back(std::nullopt);
      continue;
    }
    const GroupAssignment assignment = first_assignment(world, spec, topics);
    for (std::uint32_t m = 0; m < members; ++m) {
      for (const AssignablePartition& of : assignment.of_member[m]) reader[first_of[of.topic] + of.number] = m;
    }
    groups.push_back(settled_group(group, members, reader, arm));
  }
  return groups;
}

}  // namespace brokersim
