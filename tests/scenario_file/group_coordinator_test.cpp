// SPDX-License-Identifier: Apache-2.0
// "coordinator", "join_at", "leave_at" and the settings that go with them: what is read, refused and written back.
#include <doctest/doctest.h>

#include "tests/scenario_file/scenario_support.hpp"

namespace brokersim::test {
namespace {

using namespace std::chrono_literals;

std::string with_members(const std::string& members, const std::string& group, const std::string& broker = "",
                         const std::string& root = "") {
  return R"({"version": 1, "duration": "60s", )" + root +
         R"("zones": ["a", "b"], "brokers": [{"count": 3, "zones": ["a", "b"])" + broker +
         R"(}], "topics": [{"id": "t", "partitions": 4, "replication_factor": 2}],
            "producers": [{"id": "p", "zone": "a", "topic": "t", "rate": "1/s"}], "read_policies": ["leader"],
            "groups": [{"id": "g", "topics": ["t"], "members": )" +
         members + group + "}]}";
}

const std::string three =
    R"([{"zone": "a"}, {"zone": "b", "join_at": "20s", "leave_at": "40s"}, {"zone": "a", "leave_at": "5s"}])";

}  // namespace

TEST_CASE("A coordinator, comings and goings are read and written back to the same meaning") {
  const ScenarioDocument document = read_scenario_text(
      with_members(
          three,
          R"(, "coordinator": 2, "config": {"enable.auto.commit": false, "auto.commit.interval.ms": 1000, "heartbeat.interval.ms": 2000})",
          R"(, "config": {"group.initial.rebalance.delay.ms": 0, "group.consumer.heartbeat.interval.ms": 6000})"),
      "x.json");
  const WorldSpec& world = document.scenario.world;
  CHECK(world.brokers[0].group_initial_rebalance_delay == 0s);
  CHECK(world.brokers[0].group_consumer_heartbeat_interval == 6s);
  REQUIRE(world.groups[0].coordination);
  CHECK(world.groups[0].coordination->broker == BrokerIndex{1});
  CHECK_FALSE(world.groups[0].coordination->auto_commit);
  CHECK(world.groups[0].coordination->auto_commit_interval == 1s);
  CHECK(world.groups[0].heartbeat_interval == 2s);
  const std::vector<MemberSpec>& members = world.groups[0].members;
  CHECK_FALSE(members[0].join_at);
  CHECK(members[1].join_at == 20s);
  CHECK(members[1].leave_at == 40s);
  CHECK(members[2].leave_at == 5s);
  const ScenarioDocument again = read_scenario_text(document.effective_json, "x.json");
  CHECK(again.hash == document.hash);
  CHECK(again.effective_json == document.effective_json);
}

TEST_CASE("G-10, C-11: Kafka's defaults hold with \"hash\", and without a coordinator nothing is written of it") {
  const ScenarioDocument document = read_scenario_text(with_members(three, R"(, "coordinator": "hash")"), "x.json");
  const GroupCoordinationSpec& spec = *document.scenario.world.groups[0].coordination;
  CHECK_FALSE(spec.broker);
  CHECK(spec.auto_commit);
  CHECK(spec.auto_commit_interval == 5s);
  CHECK(document.scenario.world.groups[0].heartbeat_interval == 3s);
  CHECK(read_scenario_text(document.effective_json, "x.json").hash == document.hash);
  const std::string plain = R"({"count": 2, "zone": "a"})";
  const std::string written = read_scenario_text(with_members(plain, ""), "x.json").effective_json;
  for (const char* key : {"coordinator", "auto.commit", "heartbeat", "rebalance", "join_at"})
    CHECK(written.find(key) == std::string::npos);
}

TEST_CASE("What is wrong with a coordinator or with members that come and go is told") {
  const std::string plain = R"({"count": 2, "zone": "a"})";
  CHECK(code_of(with_members(plain, R"(, "coordinator": 7)")) == "E0404");
  CHECK(code_of(with_members(plain, R"(, "coordinator": "leader")")) == "E0318");
  CHECK(code_of(with_members(plain, R"(, "coordinator": true)")) == "E0305");
  CHECK(code_of(with_members(plain, R"(, "config": {"enable.auto.commit": false})")) == "E0470");
  CHECK(code_of(with_members(plain, R"(, "config": {"heartbeat.interval.ms": 100})")) == "E0470");
  CHECK(code_of(with_members(plain, R"(, "coordinator": 1, "config": {"heartbeat.interval.ms": 0})")) == "E0429");
  CHECK(code_of(with_members(plain, R"(, "coordinator": 1, "config": {"heartbeat.interval.ms": 45000})")) == "E0429");
  CHECK(code_of(with_members(plain, R"(, "coordinator": 1, "config": {"enable.auto.commit": "no"})")) == "E0305");
  CHECK(code_of(with_members(
            plain, R"(, "coordinator": 1, "config": {"group.protocol": "consumer", "heartbeat.interval.ms": 9})")) ==
        "E0323");
  CHECK(code_of(with_members(three, "")) == "E0470");
  CHECK(code_of(with_members(three, R"(, "coordinator": 1, "starts_at": "9s")")) == "E0470");
  CHECK(code_of(with_members(three, R"(, "coordinator": 1)", "", R"("protocols": ["kafka", "primary_replica"], )")) ==
        "E0470");
  CHECK(code_of(with_members(R"([{"zone": "a", "join_at": "0s"}])", R"(, "coordinator": 1)")) == "E0432");
  CHECK(code_of(with_members(R"([{"zone": "a", "join_at": "9s", "leave_at": "9s"}])", R"(, "coordinator": 1)")) ==
        "E0432");
  CHECK(code_of(with_members(plain, "", R"(, "config": {"group.initial.rebalance.delay.ms": -1})")) == "E0429");
}

}  // namespace brokersim::test
