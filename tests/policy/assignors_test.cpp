// SPDX-License-Identifier: Apache-2.0
#include "sim/policy/assignor/assignors.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "sim/core/contract.hpp"
#include "sim/policy/assignor/group_order.hpp"
#include "tests/policy/case_files.hpp"

namespace brokersim {
namespace {

using Topics = std::vector<AssignableTopic>;

/// A member and what it subscribes to.
struct Reader : GroupMember {
  std::vector<std::uint32_t> topics;
};
using Readers = std::vector<Reader>;
using Partitions = std::vector<AssignablePartition>;

constexpr AssignorKind all_kinds[] = {AssignorKind::range,          AssignorKind::round_robin,
                                      AssignorKind::sticky,         AssignorKind::cooperative_sticky,
                                      AssignorKind::server_uniform, AssignorKind::server_range};

Reader reader(std::string id, std::vector<std::uint32_t> topics = {}, RackNumber rack = no_rack) {
  Reader result{{std::move(id)}, std::move(topics)};
  result.rack = rack;
  return result;
}

GroupAssignment assign(AssignorKind kind, const Readers& readers, const Topics& topics) {
  std::vector<GroupMember> members;
  std::vector<std::vector<std::uint32_t>> subscriptions;
  for (const Reader& one : readers) {
    members.push_back(one);
    members.back().subscription = static_cast<std::uint32_t>(subscriptions.size());
    subscriptions.push_back(one.topics);
  }
  return brokersim::assign(kind, {members, topics, subscriptions});
}

/// Members m0, m1, ... of all topics.
Readers members_of_all(std::size_t count, const Topics& topics) {
  Readers members;
  for (std::size_t m = 0; m < count; ++m) {
    members.push_back(reader("m" + std::to_string(m)));
    for (std::uint32_t t = 0; t < topics.size(); ++t) members.back().topics.push_back(t);
  }
  return members;
}

/// The members as they join the next rebalance.
void keep(Readers& members, const GroupAssignment& assignment, std::int32_t generation) {
  for (std::size_t m = 0; m < members.size(); ++m) {
    members[m].owned = assignment.of_member[m];
    members[m].generation = generation;
  }
}

std::vector<std::size_t> sizes(const GroupAssignment& assignment) {
  std::vector<std::size_t> result;
  for (const Partitions& list : assignment.of_member) result.push_back(list.size());
  return result;
}

/// True if every partition of a topic somebody subscribes to is in one list, or withheld, and only subscribers have it.
bool complete(const Readers& members, const Topics& topics, const GroupAssignment& assignment) {
  std::set<AssignablePartition> given;
  std::size_t count = 0, expected = 0;
  const auto give = [&](std::size_t m, AssignablePartition partition) {
    const auto& subscribed = members[m].topics;
    ++count;
    given.insert(partition);
    return std::find(subscribed.begin(), subscribed.end(), partition.topic) != subscribed.end();
  };
  bool right = true;
  for (std::size_t m = 0; m < members.size(); ++m) {
    for (const AssignablePartition partition : assignment.of_member[m]) right = give(m, partition) && right;
  }
  for (const WithheldPartition& withheld : assignment.withheld)
    right = give(withheld.next_owner, withheld.partition) && right;
  for (std::uint32_t t = 0; t < topics.size(); ++t) {
    const bool read = std::any_of(members.begin(), members.end(), [t](const Reader& member) {
      return std::binary_search(member.topics.begin(), member.topics.end(), t);
    });
    if (read) expected += topics[t].partitions;
  }
  return right && count == given.size() && count == expected;
}

/// Partitions that one member had and another one has, or is to have.
std::size_t moved(const Readers& members, const GroupAssignment& assignment) {
  std::map<AssignablePartition, std::size_t> had;
  for (std::size_t m = 0; m < members.size(); ++m) {
    for (const AssignablePartition partition : members[m].owned) had[partition] = m;
  }
  std::size_t count = assignment.withheld.size();
  for (std::size_t m = 0; m < members.size(); ++m) {
    for (const AssignablePartition partition : assignment.of_member[m]) {
      const auto before = had.find(partition);
      count += before != had.end() && before->second != m;
    }
  }
  return count;
}

std::size_t spread(const GroupAssignment& assignment) {
  const std::vector<std::size_t> counts = sizes(assignment);
  return *std::max_element(counts.begin(), counts.end()) - *std::min_element(counts.begin(), counts.end());
}

TEST_CASE("every assignor gives each partition to one subscriber, whatever the group") {
  const Topics topics = {{"a", 7}, {"b", 1}, {"c", 12}, {"d", 0}, {"e", 5}};
  for (const AssignorKind kind : all_kinds) {
    CAPTURE(name_of(kind).name);
    for (std::size_t count = 1; count <= 30; ++count) {
      CAPTURE(count);
      Readers alike = members_of_all(count, topics);
      Readers unequal = alike;
      for (std::size_t m = 0; m < count; ++m)
        std::erase_if(unequal[m].topics, [m](auto t) { return (m + t) % 3 == 0; });
      for (Readers* members : {&alike, &unequal}) {
        GroupAssignment assignment = assign(kind, *members, topics);
        CHECK(complete(*members, topics, assignment));
        keep(*members, assignment, 1);
        members->erase(members->begin());
        members->push_back(reader("new", {0, 2}));
        CHECK(complete(*members, topics, assign(kind, *members, topics)));
      }
    }
  }
}

TEST_CASE("members of the same topics differ by one partition at most, but for range") {
  const Topics topics = {{"a", 7}, {"b", 1}, {"c", 12}};
  for (const AssignorKind kind : {AssignorKind::round_robin, AssignorKind::sticky, AssignorKind::cooperative_sticky,
                                  AssignorKind::server_uniform}) {
    for (std::size_t count = 1; count <= 25; ++count) {
      CHECK(spread(assign(kind, members_of_all(count, topics), topics)) <= 1);
    }
  }
  CHECK(spread(assign(AssignorKind::range, members_of_all(5, topics), topics)) == 3);  // one of each topic, G-1
}

TEST_CASE("sticky and uniform move no more than balance takes") {
  const Topics topics = {{"a", 10}, {"b", 11}};  // 21 partitions
  for (const AssignorKind kind :
       {AssignorKind::sticky, AssignorKind::cooperative_sticky, AssignorKind::server_uniform}) {
    CAPTURE(name_of(kind).name);
    Readers members = members_of_all(4, topics);
    keep(members, assign(kind, members, topics), 1);
    CHECK(moved(members, assign(kind, members, topics)) == 0);  // nothing changed
    Readers more = members;
    more.push_back(reader("m4", {0, 1}));
    CHECK(moved(more, assign(kind, more, topics)) == 4);  // 6 5 5 5 -> 5 4 4 4 4: the new one's share
    Readers fewer = members;
    fewer.pop_back();
    CHECK(moved(fewer, assign(kind, fewer, topics)) == 0);  // 7 7 7: only the orphans find new owners
  }
}

TEST_CASE("G-5: what moves between live members is withheld for one rebalance and handed over in the next") {
  const Topics topics = {{"a", 6}};
  Readers members = members_of_all(2, topics);
  keep(members, assign(AssignorKind::cooperative_sticky, members, topics), 1);
  members.push_back(reader("m2", {0}));
  const GroupAssignment first = assign(AssignorKind::cooperative_sticky, members, topics);
  CHECK(sizes(first) == std::vector<std::size_t>{2, 2, 0});
  REQUIRE(first.withheld.size() == 2);
  for (const WithheldPartition& withheld : first.withheld) CHECK(withheld.next_owner == 2);
  keep(members, first, 2);
  const GroupAssignment second = assign(AssignorKind::cooperative_sticky, members, topics);
  CHECK(second.withheld.empty());
  CHECK(second.of_member[2] == Partitions{first.withheld[0].partition, first.withheld[1].partition});
  CHECK(moved(members, second) == 0);
}

TEST_CASE("the eager one of the two hands over at once") {
  const Topics topics = {{"a", 6}};
  Readers members = members_of_all(2, topics);
  keep(members, assign(AssignorKind::sticky, members, topics), 1);
  members.push_back(reader("m2", {0}));
  CHECK(sizes(assign(AssignorKind::sticky, members, topics)) == std::vector<std::size_t>{2, 2, 2});
}

TEST_CASE("a partition two members claim is the one's of the higher generation, and nobody's if both are alike") {
  const Topics topics = {{"a", 4}};
  Readers members = members_of_all(2, topics);
  members[0].owned = {{0, 0}, {0, 1}};
  members[1].owned = {{0, 1}, {0, 2}};
  members[0].generation = 4;
  members[1].generation = 5;
  CHECK(assign(AssignorKind::sticky, members, topics).of_member[1] == Partitions{{0, 1}, {0, 2}});
  members[1].generation = 4;  // a-1 is up for grabs: m0 and m1 keep one each, a-1 and a-3 go round
  const GroupAssignment alike = assign(AssignorKind::cooperative_sticky, members, topics);
  CHECK(alike.of_member == std::vector<Partitions>{{{0, 0}}, {{0, 2}, {0, 3}}});
  REQUIRE(alike.withheld.size() == 1);
  CHECK(alike.withheld[0].partition == AssignablePartition{0, 1});
}

TEST_CASE("the examples of Kafka's documentation of round robin and sticky, unequal topics") {
  // t0 has 1 partition, t1 2, t2 3; C0 reads t0, C1 t0 and t1, C2 all three.
  const Topics topics = {{"t0", 1}, {"t1", 2}, {"t2", 3}};
  Readers members = {reader("C0", {0}), reader("C1", {0, 1}), reader("C2", {0, 1, 2})};
  const Partitions t1 = {{1, 0}, {1, 1}}, t2 = {{2, 0}, {2, 1}, {2, 2}};
  const GroupAssignment round = assign(AssignorKind::round_robin, members, topics);
  CHECK(round.of_member == std::vector<Partitions>{{{0, 0}}, {{1, 0}}, {{1, 1}, {2, 0}, {2, 1}, {2, 2}}});
  const GroupAssignment sticky = assign(AssignorKind::sticky, members, topics);
  CHECK(sticky.of_member == std::vector<Partitions>{{{0, 0}}, t1, t2});
  keep(members, sticky, 1);
  members.erase(members.begin());  // C0 leaves: round robin would now move t1-1 and t1-0, sticky nothing
  CHECK(assign(AssignorKind::sticky, members, topics).of_member ==
        std::vector<Partitions>{{{0, 0}, {1, 0}, {1, 1}}, t2});
}

TEST_CASE("racks: range and sticky read from their own rack where the quota lets them, the server's do not look") {
  // Three racks, one replica each: partition p in rack p mod 3; members' racks the other way round.
  Topics topics = {{"a", 6}};
  for (std::uint32_t p = 0; p < 6; ++p) topics[0].replica_racks.push_back({p % 3});
  Readers members = members_of_all(3, topics);
  for (std::uint32_t m = 0; m < 3; ++m) members[m].rack = 2 - m;
  for (const AssignorKind kind : {AssignorKind::range, AssignorKind::sticky, AssignorKind::cooperative_sticky}) {
    CHECK(assign(kind, members, topics).of_member ==
          std::vector<Partitions>{{{0, 2}, {0, 5}}, {{0, 1}, {0, 4}}, {{0, 0}, {0, 3}}});
  }
  for (const AssignorKind kind :
       {AssignorKind::round_robin, AssignorKind::server_range, AssignorKind::server_uniform}) {
    Readers without = members;
    for (Reader& member : without) member.rack = no_rack;
    CHECK(assign(kind, members, topics).of_member == assign(kind, without, topics).of_member);
  }
}

TEST_CASE("G-7: racks change nothing where every partition has a replica in each, or nobody's rack has any") {
  Topics spread_out = {{"a", 5}}, elsewhere = {{"a", 5}};
  for (std::uint32_t p = 0; p < 5; ++p) {
    spread_out[0].replica_racks.push_back({p % 3, (p + 1) % 3, (p + 2) % 3});
    elsewhere[0].replica_racks.push_back({7 + p % 2});
  }
  Readers members = members_of_all(3, spread_out);
  for (std::uint32_t m = 0; m < 3; ++m) members[m].rack = 2 - m;
  const Topics plain = {{"a", 5}};
  for (const AssignorKind kind : {AssignorKind::range, AssignorKind::sticky}) {
    const auto expected = assign(kind, members, plain).of_member;
    CHECK(assign(kind, members, spread_out).of_member == expected);
    CHECK(assign(kind, members, elsewhere).of_member == expected);
  }
}

TEST_CASE("unequal topics, racks: a partition out of its owner's rack is given up") {
  Topics topics = {{"a", 4}, {"b", 1}};
  for (std::uint32_t p = 0; p < 4; ++p) topics[0].replica_racks.push_back({p % 2});
  topics[1].replica_racks = {{0}};
  Readers members = {reader("m0", {0, 1}, 0), reader("m1", {0}, 1)};
  members[0].owned = {{0, 1}, {1, 0}};  // a-1 has its replica in rack 1
  members[0].generation = 1;
  const GroupAssignment assignment = assign(AssignorKind::cooperative_sticky, members, topics);
  CHECK(assignment.of_member == std::vector<Partitions>{{{0, 0}, {0, 2}, {1, 0}}, {{0, 3}}});
  REQUIRE(assignment.withheld.size() == 1);
  CHECK(assignment.withheld[0].next_owner == 1);
}

TEST_CASE("which members get the odd partition of a uniform group is Kafka's, name by name") {
  // The oracle's hash order of names and ours: with one topic set the counts depend on nothing else.
  const auto cases = test::read_case_file("assignors.json").at("cases");
  int steps = 0;
  for (const auto& row : cases) {
    if (row.at("kind") != "server-side" || row.at("assignor") != "uniform") continue;
    CAPTURE(row.at("topics").dump());
    Topics topics;
    for (const auto& [name, partitions] : row.at("topics").items()) topics.push_back({name, partitions});
    std::map<std::string, Partitions> owned;
    for (const auto& step : row.at("steps")) {
      ++steps;
      Readers members = members_of_all(step.at("members").size(), topics);
      for (std::size_t m = 0; m < members.size(); ++m) {
        members[m].id = step.at("members").at(m).at("member");
        members[m].owned = owned[members[m].id];
      }
      const GroupAssignment assignment = assign(AssignorKind::server_uniform, members, topics);
      owned.clear();
      std::map<std::string, std::size_t> counts;
      for (std::size_t m = 0; m < members.size(); ++m) {
        owned[members[m].id] = assignment.of_member[m];
        counts[members[m].id] = assignment.of_member[m].size();
      }
      CHECK(counts == step.at("counts").get<std::map<std::string, std::size_t>>());
    }
  }
  CHECK(steps > 15);
}

TEST_CASE("static members come first by instance id, whatever their member ids") {
  const std::vector<GroupMember> members = {{"z"}, {"a"}, {"m", "i2"}, {"q", "i1"}};
  CHECK(members_static_first(members) == std::vector<std::uint32_t>{3, 2, 1, 0});
  CHECK(members_by_id(members) == std::vector<std::uint32_t>{1, 2, 3, 0});
}

TEST_CASE("assignors go by Kafka's names, the same name in both protocols") {
  CHECK(assignor_named(GroupProtocol::classic, "range") == AssignorKind::range);
  CHECK(assignor_named(GroupProtocol::consumer, "range") == AssignorKind::server_range);
  CHECK(assignor_named(GroupProtocol::classic, "cooperative-sticky") == AssignorKind::cooperative_sticky);
  CHECK(!assignor_named(GroupProtocol::classic, "uniform"));
  CHECK(!assignor_named(GroupProtocol::consumer, "sticky"));
  for (const AssignorKind kind : all_kinds) {
    CHECK(name_of(kind).kind == kind);
    CHECK(assignor_named(name_of(kind).protocol, name_of(kind).name) == kind);
  }
}

TEST_CASE("two owners of a partition are a caller's mistake with the server's assignor, as is one that is not there") {
  const Topics topics = {{"a", 2}};
  Readers members = members_of_all(2, topics);
  members[0].owned = members[1].owned = {{0, 0}};
  CHECK_THROWS_AS((void)assign(AssignorKind::server_uniform, members, topics), ContractViolation);
  members[1].owned = {{0, 2}};
  CHECK_THROWS_AS((void)assign(AssignorKind::sticky, members, topics), ContractViolation);
}

TEST_CASE("a group without members is answered with nothing") {
  const Topics topics = {{"a", 2}};
  for (const AssignorKind kind : all_kinds) CHECK(assign(kind, Readers{}, topics).of_member.empty());
}

}  // namespace
}  // namespace brokersim
