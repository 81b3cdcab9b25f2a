// SPDX-License-Identifier: Apache-2.0
// Who reads what in a simulated group: the assignor named in the specification decides, with the members' racks.
#include <doctest/doctest.h>

#include "sim/model/group_members.hpp"
#include "tests/support/tiny_world.hpp"

using namespace brokersim;
using namespace std::chrono_literals;

namespace {

/// Three topics of one partition without followers, t0 on broker 1 and so on, and a group of three members that sit in
/// zones r3, r2, r1.
Scenario crossed(bool with_racks, AssignorKind assignor) {
  Scenario scenario = tiny::brokers_in_zones(3, 1ms);
  TopicSpec topic;
  topic.id = "t";
  topic.partitions = 3;
  topic.replication_factor = 1;
  topic.replicas = {{BrokerIndex{0}}, {BrokerIndex{1}}, {BrokerIndex{2}}};
  scenario.world.topics.push_back(topic);
  tiny::add_producer(scenario, TopicIndex{0}, 100, 1s);
  ConsumerGroupSpec group;
  group.id = "g";
  group.topics = {TopicIndex{0}};
  for (std::uint32_t m = 0; m < 3; ++m) {
    const ZoneIndex zone{2 - m};
    group.members.push_back({zone, with_racks ? scenario.world.network.zones[zone.value] : ""});
  }
  group.assignor = assignor;
  scenario.world.groups.push_back(group);
  scenario.duration = 3s;
  return scenario;
}

/// Stored bytes read from another zone, of all that is delivered.
double share_from_other_zones(const Scenario& scenario, ReadPolicy policy) {
  const TrialResult result = tiny::run(scenario, policy);
  REQUIRE(result.conservation.violations.empty());
  REQUIRE(result.conservation.unfinished == 0);
  Bytes crossing = 0, all = 0;
  for (std::size_t link = 0; link < result.links.size(); ++link) {
    const Bytes bytes = result.links[link].payload_bytes[static_cast<std::size_t>(TrafficPath::consumer)];
    all += bytes;
    if (link % 4 != 0) crossing += bytes;  // 3 x 3, the diagonal is within a zone
  }
  REQUIRE(all > 0);
  return static_cast<double>(crossing) / static_cast<double>(all);
}

}  // namespace

TEST_CASE("G-7: with racks range reads where the replicas are, with either read policy; in list order without") {
  // In the list's order member 0 (r3) reads partition 0 (r1) and member 2 the reverse; member 1 sits where partition 1
  // is. With racks each reads its own zone's partition.
  for (const ReadPolicy policy : {ReadPolicy::leader, ReadPolicy::rack_aware}) {
    CHECK(share_from_other_zones(crossed(true, AssignorKind::range), policy) == 0);
    CHECK(share_from_other_zones(crossed(true, AssignorKind::cooperative_sticky), policy) == 0);
    CHECK(share_from_other_zones(crossed(true, AssignorKind::round_robin), policy) > 0.3);
    CHECK(share_from_other_zones(crossed(true, AssignorKind::server_range), policy) > 0.3);
  }
  CHECK(share_from_other_zones(crossed(false, AssignorKind::range), ReadPolicy::leader) > 0.3);
}

TEST_CASE("members of a group are numbered so that the order of ids is that of the list") {
  Scenario scenario = crossed(true, AssignorKind::range);
  ConsumerGroupSpec& group = scenario.world.groups[0];
  group.members.resize(12, group.members[0]);
  const std::vector<GroupMember> members = group_members(scenario.world, group);
  for (std::size_t m = 1; m < members.size(); ++m) CHECK(members[m - 1].id < members[m].id);
  CHECK(members[0].rack == 2);
  CHECK(members[2].rack == 0);
  group.members[0].client_rack = "elsewhere";
  CHECK(group_members(scenario.world, group)[0].rack == 3);  // no broker's
  group.members[0].client_rack.clear();
  CHECK(group_members(scenario.world, group)[0].rack == no_rack);
}
