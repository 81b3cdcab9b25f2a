// SPDX-License-Identifier: Apache-2.0
// Assignments of Kafka's own assignors, rebalance after rebalance: family assignors.
#include "sim/policy/assignor/assignors.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "sim/policy/assignor/group_order.hpp"
#include "tests/validate/case_files.hpp"

namespace brokersim::validate {
namespace {

using Lists =
    std::map<std::string, std::set<std::string>>;  ///< member -> "topic-partition", as the case file writes it

/// Racks of the file are letters from a.
RackNumber rack_of(const Json& member) {
  if (!member.contains("rack") || member.at("rack").is_null()) return no_rack;
  return static_cast<RackNumber>(member.at("rack").get<std::string>().at(0) - 'a');
}

/// Partition p has replicas in the racks p mod R, p + 1 mod R, ...: the file's replica_layout.
std::vector<std::vector<RackNumber>> racks_round(std::uint32_t partitions, std::uint32_t racks,
                                                 std::uint32_t replicas) {
  std::vector<std::vector<RackNumber>> result(partitions);
  for (std::uint32_t p = 0; p < partitions; ++p) {
    for (std::uint32_t r = 0; r < replicas; ++r) result[p].push_back((p + r) % racks);
  }
  return result;
}

std::vector<AssignableTopic> topics_of(const Json& row) {
  std::vector<AssignableTopic> topics;
  for (const auto& [name, partitions] : row.at("topics").items()) {
    topics.push_back({name, partitions.get<std::uint32_t>()});
    if (!row.contains("broker_racks")) continue;
    topics.back().replica_racks =
        racks_round(topics.back().partitions, row.at("broker_racks"), row.at("replication_factor"));
  }
  return topics;
}

GroupMember member_of(const Json& row) {
  GroupMember member{row.at("member")};
  if (row.contains("instance")) member.instance_id = row.at("instance").get<std::string>();
  member.rack = rack_of(row);
  return member;
}

std::vector<std::uint32_t> subscription_of(const Json& row, const std::vector<AssignableTopic>& topics) {
  const std::set<std::string> names = row.at("topics").get<std::set<std::string>>();
  std::vector<std::uint32_t> subscription;
  for (std::uint32_t t = 0; t < topics.size(); ++t) {
    if (names.contains(topics[t].name)) subscription.push_back(t);
  }
  return subscription;
}

std::optional<AssignorKind> kind_of(const Json& row) {
  const bool by_server = row.value("group_protocol", "classic") == "consumer";
  return assignor_named(by_server ? GroupProtocol::consumer : GroupProtocol::classic,
                        row.at("assignor").get<std::string>());
}

/// A group through its rebalances: who survives owns what it was given.
struct History {
  std::vector<AssignableTopic> topics;
  std::map<std::string, std::vector<AssignablePartition>> owned;
  std::map<AssignablePartition, std::string> owner;
  std::int32_t generation = 0;
};

/// What one rebalance gave.
struct Rebalance {
  Lists lists;
  std::map<std::string, std::int64_t> counts;
  std::int64_t moved = 0, moved_from_live = 0, rack_mismatches = 0;
};

Rebalance next_rebalance(History& history, AssignorKind kind, const Json& members) {
  std::vector<GroupMember> group;
  std::vector<std::vector<std::uint32_t>> subscriptions;
  for (const Json& row : members) {
    group.push_back(member_of(row));
    group.back().subscription = static_cast<std::uint32_t>(subscriptions.size());
    subscriptions.push_back(subscription_of(row, history.topics));
    const auto before = history.owned.find(group.back().id);
    if (before == history.owned.end()) continue;
    group.back().owned = before->second;
    group.back().generation = history.generation;
  }
  const GroupAssignment assignment = assign(kind, {group, history.topics, subscriptions});
  Rebalance result;
  std::set<std::string> live;
  for (const GroupMember& member : group) live.insert(member.id);
  std::map<AssignablePartition, std::string> owner;
  history.owned.clear();
  for (std::size_t m = 0; m < group.size(); ++m) {
    const std::string& id = group[m].id;
    result.lists[id];
    result.counts[id] = static_cast<std::int64_t>(assignment.of_member[m].size());
    for (const AssignablePartition partition : assignment.of_member[m]) {
      const AssignableTopic& topic = history.topics[partition.topic];
      result.lists[id].insert(topic.name + "-" + std::to_string(partition.number));
      result.rack_mismatches += racks_mismatch(group[m].rack, replica_racks_of(topic, partition.number));
      owner[partition] = id;
      const auto before = history.owner.find(partition);
      if (before == history.owner.end() || before->second == id) continue;
      ++result.moved;
      result.moved_from_live += live.contains(before->second);
    }
    history.owned[id] = assignment.of_member[m];
  }
  history.owner = std::move(owner);
  ++history.generation;
  return result;
}

/// Whether the very partitions have to be Kafka's: where they do not fall by the order of a hash table.
bool is_exact(AssignorKind kind, const Json& row, const Json& members) {
  if (kind == AssignorKind::server_uniform) return false;
  if (kind != AssignorKind::sticky && kind != AssignorKind::cooperative_sticky) return true;
  return !row.contains("broker_racks") && std::all_of(members.begin(), members.end(), [&members](const Json& member) {
    return member.at("topics") == members.front().at("topics");
  });
}

std::vector<std::int64_t> sorted(const std::map<std::string, std::int64_t>& counts) {
  std::vector<std::int64_t> result;
  for (const auto& [member, count] : counts) result.push_back(count);
  std::sort(result.begin(), result.end());
  return result;
}

void judge_step(CaseReport& report, const std::string& name, const Json& row, const Json& step, AssignorKind kind,
                const Rebalance& got) {
  const auto same = [&](const char* quantity, const Json& expected, const Json& ours) {
    report.same(name + " " + quantity, expected == ours, expected.dump(), ours.dump());
  };
  if (step.contains("assignment") && is_exact(kind, row, step.at("members"))) {
    Lists expected;
    for (const auto& [member, partitions] : step.at("assignment").items())
      expected[member] = partitions.get<std::set<std::string>>();
    same("assignment", expected, got.lists);
  }
  const auto counts = step.at("counts").get<std::map<std::string, std::int64_t>>();
  if (kind == AssignorKind::server_uniform) {
    same("counts, sorted", sorted(counts), sorted(got.counts));
  } else {
    same("counts", counts, got.counts);
  }
  if (step.contains("moved_between_live_or_dead_members"))
    same("moved", step.at("moved_between_live_or_dead_members"), got.moved);
  if (step.contains("moved_from_live_members")) {
    const auto most = step.at("moved_from_live_members").get<std::int64_t>();
    report.same(name + " moved from live members", got.moved_from_live <= most, "at most " + std::to_string(most),
                std::to_string(got.moved_from_live));
  }
  if (step.contains("rack_mismatches")) same("rack mismatches", step.at("rack_mismatches"), got.rack_mismatches);
}

/// "c00.." names members c00, c01, ...
std::string numbered(const std::string& pattern, int number) {
  const std::size_t digits = pattern.find_first_of("0123456789"), end = pattern.find("..");
  std::string text = std::to_string(number);
  text.insert(0, std::max(end - digits, text.size()) - text.size(), '0');
  return pattern.substr(0, digits) + text;
}

/// A row of counts only, as a row of one step.
Json written_out(const Json& row) {
  Json topics = Json::object(), members = Json::array(), names = Json::array();
  for (int t = 0; t < row.at("num_topics").get<int>(); ++t) {
    names.push_back(numbered(row.at("topic_names"), t));
    topics[names.back().get<std::string>()] = row.at("partitions_per_topic");
  }
  for (int m = 0; m < row.at("num_members").get<int>(); ++m) {
    members.push_back({{"member", numbered(row.at("member_names"), m)}, {"topics", names}});
  }
  Json result = row;
  result["topics"] = topics;
  result["steps"] = Json::array({{{"members", members}, {"counts", row.at("counts")}}});
  return result;
}

void judge_assignor(CaseReport& report, const Json& short_row) {
  const Json row = short_row.contains("steps") ? short_row : written_out(short_row);
  const auto kind = kind_of(row);
  if (!kind) return report.unsupported("all", "no assignor of that name");
  History history{topics_of(row), {}, {}, 0};
  int number = 0;
  for (const Json& step : row.at("steps")) {
    const Rebalance got = next_rebalance(history, *kind, step.at("members"));
    judge_step(report, "step " + std::to_string(number++), row, step, *kind, got);
  }
}

}  // namespace

std::vector<CaseTask> assignor_cases(const Json& file, const Effort&) {
  return tasks_of_list(file, judge_assignor);
}

}  // namespace brokersim::validate
