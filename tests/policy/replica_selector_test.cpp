// SPDX-License-Identifier: Apache-2.0
#include "sim/policy/replica_selector/replica_selector.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <string>
#include <vector>

#include "sim/policy/replica_selector/rack_aware_selector.hpp"
#include "tests/policy/case_files.hpp"

namespace brokersim {
namespace {

using std::chrono::milliseconds;

/// Candidates of a row; the racks' texts live in `texts`, where they do not move.
std::vector<ReplicaView> views_of(const nlohmann::json& rows, const char* end, const char* lag, std::int32_t leader,
                                  std::deque<std::string>& texts) {
  std::vector<ReplicaView> views;
  for (const auto& row : rows) {
    ReplicaView view;
    view.broker_id = row.at("id").get<std::int32_t>();
    if (!row.at("rack").is_null()) view.rack = texts.emplace_back(row.at("rack").get<std::string>());
    view.log_end_offset = row.at(end).get<std::int64_t>();
    view.since_caught_up = milliseconds(row.at(lag).get<int>());
    view.is_leader = view.broker_id == leader;
    view.in_sync = true;
    views.push_back(view);
  }
  return views;
}

/// An in-sync follower in rack "a".
ReplicaView follower(std::int32_t id, std::int64_t end, milliseconds since_caught_up = milliseconds(0)) {
  ReplicaView view;
  view.broker_id = id;
  view.rack = "a";
  view.log_end_offset = end;
  view.since_caught_up = since_caught_up;
  view.in_sync = true;
  return view;
}

ReplicaView leader_elsewhere(std::int64_t end) {
  ReplicaView view = follower(0, end);
  view.rack = "b";
  view.is_leader = true;
  return view;
}

std::int32_t chosen_in_rack_a(const std::vector<ReplicaView>& candidates) {
  RackAwareSelector selector;
  return candidates.at(selector.select({"a", 0}, candidates)).broker_id;
}

TEST_CASE("the rack-aware selector chooses as Kafka's class does in every case of replica-selector.json") {
  const auto cases = test::read_case_file("replica-selector.json").at("cases");
  REQUIRE(cases.size() == 24);
  RackAwareSelector rack_aware;
  for (const auto& row : cases) {
    CAPTURE(row.dump());
    std::deque<std::string> texts;
    const auto leader = row.at("leader").get<std::int32_t>();
    const auto views = views_of(row.at("eligible_replicas"), "log_end_offset", "ms_since_caught_up", leader, texts);
    const std::string rack = row.at("client_rack").is_null() ? "" : row.at("client_rack").get<std::string>();
    CHECK(views.at(rack_aware.select({rack, 100}, views)).broker_id == row.at("selected").get<std::int32_t>());
  }
}

TEST_CASE("the rack-aware selector passes Kafka's own unit test") {
  const auto unit_test = test::read_case_file("replica-selector.json").at("unit_test");
  std::deque<std::string> texts;
  const auto views = views_of(unit_test.at("replicas"), "leo", "lag_ms", 0, texts);  // replica 0 is the leader
  RackAwareSelector selector;
  REQUIRE(unit_test.at("select").size() == 3);
  for (const auto& [rack, selected] : unit_test.at("select").items()) {
    const std::string client_rack = rack;  // clang 14 does not let CAPTURE see a structured binding
    CAPTURE(client_rack);
    CHECK(views.at(selector.select({client_rack, 0}, views)).broker_id == selected.get<std::int32_t>());
  }
}

TEST_CASE("F-3: the highest log end wins over being caught up later and a higher id") {
  CHECK(chosen_in_rack_a({leader_elsewhere(20), follower(1, 11, milliseconds(900)), follower(2, 10)}) == 1);
  CHECK(chosen_in_rack_a({follower(2, 10), follower(1, 11, milliseconds(900)), leader_elsewhere(20)}) == 1);
}

TEST_CASE("F-3: of equal log ends the one caught up most recently wins over a higher id") {
  CHECK(chosen_in_rack_a({leader_elsewhere(20), follower(1, 10, milliseconds(4)), follower(2, 10, milliseconds(5))}) ==
        1);
  CHECK(chosen_in_rack_a({follower(2, 10, milliseconds(5)), follower(1, 10, milliseconds(4)), leader_elsewhere(20)}) ==
        1);
}

TEST_CASE("F-3: all else equal the highest broker id wins, wherever it stands") {
  CHECK(chosen_in_rack_a({follower(3, 10), leader_elsewhere(20), follower(5, 10), follower(4, 10)}) == 5);
  CHECK(chosen_in_rack_a({follower(5, 10), follower(3, 10), leader_elsewhere(20), follower(4, 10)}) == 5);
}

TEST_CASE("a consumer without rack does not go to a replica without rack") {
  // F-3: no client rack -> leader. Both are empty texts here, and must not be taken to match.
  ReplicaView nowhere = follower(1, 30);
  nowhere.rack = {};
  const std::vector<ReplicaView> candidates{nowhere, leader_elsewhere(20)};
  RackAwareSelector selector;
  CHECK(selector.select({"", 0}, candidates) == 1);
}

TEST_CASE("F-2: a follower is a candidate from the first to the end of its log, both included") {
  ReplicaView replica = follower(1, 20);
  replica.log_start_offset = 10;
  CHECK_FALSE(is_candidate(replica, 9));
  CHECK(is_candidate(replica, 10));
  CHECK(is_candidate(replica, 20));
  CHECK_FALSE(is_candidate(replica, 21));
}

TEST_CASE("F-2: a follower out of sync or fenced is no candidate, the leader always is one") {
  ReplicaView replica = follower(1, 20);
  REQUIRE(is_candidate(replica, 15));
  replica.in_sync = false;
  CHECK_FALSE(is_candidate(replica, 15));
  replica.in_sync = true;
  replica.fenced = true;
  CHECK_FALSE(is_candidate(replica, 15));
  replica.is_leader = true;
  CHECK(is_candidate(replica, 15));
  CHECK(is_candidate(replica, 99));
}

TEST_CASE("candidates are kept in their order") {
  // Offset 10: broker 2 lacks it and broker 4 is out of sync.
  ReplicaView lagging = follower(4, 12);
  lagging.in_sync = false;
  std::vector<ReplicaView> replicas{follower(3, 11), follower(2, 9), leader_elsewhere(12), lagging, follower(1, 10)};
  std::vector<std::int32_t> kept;
  for (const ReplicaView& view : keep_candidates(replicas, 10)) kept.push_back(view.broker_id);
  CHECK(kept == std::vector<std::int32_t>{3, 0, 1});
}

TEST_CASE("candidates without a leader are a caller's mistake") {
  const std::vector<ReplicaView> candidates{follower(1, 10)};
  RackAwareSelector selector;
  CHECK_THROWS_AS((void)selector.select({"a", 0}, candidates), ContractViolation);
}

}  // namespace
}  // namespace brokersim
