// SPDX-License-Identifier: Apache-2.0
#include "sim/policy/assignor/range_assignor.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "sim/core/contract.hpp"
#include "tests/policy/case_files.hpp"

namespace brokersim {
namespace {

using Members = std::vector<std::uint32_t>;

/// Members of a step in the order of section 8.1: static ones by instance id, then the others by member id.
std::vector<nlohmann::json> in_order(const nlohmann::json& members) {
  const auto key = [](const nlohmann::json& member) {
    const bool is_static = member.contains("instance");
    return std::make_pair(!is_static, member.at(is_static ? "instance" : "member").get<std::string>());
  };
  std::vector<nlohmann::json> sorted(members.begin(), members.end());
  std::sort(sorted.begin(), sorted.end(), [key](const auto& a, const auto& b) { return key(a) < key(b); });
  return sorted;
}

/// Who gets what in one step: member -> "topic-partition", as the case file writes it.
std::map<std::string, std::set<std::string>> assign_step(const nlohmann::json& topics, const nlohmann::json& members) {
  const auto sorted = in_order(members);
  std::map<std::string, std::set<std::string>> result;
  for (const auto& member : sorted) result[member.at("member").get<std::string>()];
  for (const auto& [topic, partitions] : topics.items()) {
    Members subscribed;
    for (std::uint32_t place = 0; place < sorted.size(); ++place) {
      const auto& of_member = sorted[place].at("topics");
      if (std::find(of_member.begin(), of_member.end(), topic) != of_member.end()) subscribed.push_back(place);
    }
    if (subscribed.empty()) continue;
    const auto owners = assign_range(partitions.get<std::uint32_t>(), subscribed);
    for (std::size_t partition = 0; partition < owners.size(); ++partition) {
      result[sorted[owners[partition]].at("member").get<std::string>()].insert(topic + "-" + std::to_string(partition));
    }
  }
  return result;
}

TEST_CASE("every range row of assignors.json without racks comes out, step by step, partition by partition") {
  const auto cases = test::read_case_file("assignors.json").at("cases");
  int rows = 0;
  int steps = 0;
  for (const auto& row : cases) {
    const auto kind = row.at("kind").get<std::string>();
    if (row.at("assignor") != "range" || kind == "rack-aware" || kind == "counts-only") continue;
    ++rows;
    CAPTURE(kind);
    for (const auto& step : row.at("steps")) {
      ++steps;
      std::map<std::string, std::set<std::string>> expected;
      for (const auto& [member, partitions] : step.at("assignment").items()) {
        expected[member] = partitions.get<std::set<std::string>>();
      }
      CHECK(assign_step(row.at("topics"), step.at("members")) == expected);
    }
  }
  CHECK(rows == 9);  // exact 1, mixed 1, static 1, server-side 6
  CHECK(steps > 9);
}

TEST_CASE("with many topics the first members get the counts of assignors.json") {
  const auto cases = test::read_case_file("assignors.json").at("cases");
  int rows = 0;
  for (const auto& row : cases) {
    if (row.at("assignor") != "range" || row.at("kind") != "counts-only") continue;
    ++rows;
    CAPTURE(row.dump());
    Members members;
    for (std::uint32_t member = 0; member < row.at("num_members").get<std::uint32_t>(); ++member) {
      members.push_back(member);
    }
    std::vector<int> counts(members.size(), 0);
    for (int topic = 0; topic < row.at("num_topics").get<int>(); ++topic) {
      for (const std::uint32_t owner : assign_range(row.at("partitions_per_topic").get<std::uint32_t>(), members)) {
        ++counts.at(owner);
      }
    }
    REQUIRE(row.at("counts").size() == members.size());
    std::vector<int> expected;  // names "c00", "c01", ... : the file's order is theirs
    for (const auto& count : row.at("counts")) expected.push_back(count.get<int>());
    CHECK(counts == expected);
  }
  CHECK(rows == 5);
}

TEST_CASE("V-10: of three partitions the first of two members gets two, in each topic") {
  CHECK(assign_range(3, Members{0, 1}) == Members{0, 0, 1});
}

TEST_CASE("owners are named as the caller numbers members, in the caller's order") {
  CHECK(assign_range(5, Members{7, 2, 9}) == Members{7, 7, 2, 2, 9});  // G-1: 5 = 2 + 2 + 1
}

TEST_CASE("members beyond the number of partitions get nothing, and a topic without partitions gives none") {
  CHECK(assign_range(2, Members{0, 1, 2, 3}) == Members{0, 1});
  CHECK(assign_range(0, Members{0, 1}).empty());
  CHECK(assign_range(0, Members{}).empty());
}

TEST_CASE("a partition with two replicas in a member's rack is given once (Kafka keeps a set of racks a partition)") {
  const std::vector<AssignableTopic> topics{{"t", 2, {{0, 0}, {0, 1}}}};
  std::vector<GroupMember> members(1);
  members[0].rack = 0;
  const std::vector<std::vector<std::uint32_t>> subscriptions{{0}};
  const GroupAssignment assignment = assign_range(GroupView{members, topics, subscriptions});
  CHECK(assignment.of_member.at(0).size() == 2);
}

TEST_CASE("a topic that nobody subscribes to is a caller's mistake") {
  CHECK_THROWS_AS((void)assign_range(1, Members{}), ContractViolation);
}

}  // namespace
}  // namespace brokersim
