// SPDX-License-Identifier: Apache-2.0
// Expected values are those of Kafka's own AdminRackAwareTest (trunk of October 2024), facts only.
#include "sim/policy/placement/classic_placer.hpp"

#include <doctest/doctest.h>

#include <map>
#include <set>

#include "sim/random/stream.hpp"
#include "tests/policy/scripted_random.hpp"

namespace brokersim {
namespace {

using Assignment = std::vector<std::vector<std::int32_t>>;

/// Brokers 0, 1, ... with these racks; none if empty.
std::vector<PlacementBroker> brokers_in(const std::vector<std::string>& racks) {
  std::vector<PlacementBroker> brokers;
  for (const std::string& rack : racks) {
    PlacementBroker broker;
    broker.id = static_cast<std::int32_t>(brokers.size());
    if (!rack.empty()) broker.rack = rack;
    brokers.push_back(broker);
  }
  return brokers;
}

struct Spread {
  std::map<std::int32_t, int> leaders, replicas;
};

Spread spread_of(const Assignment& assignment) {
  Spread spread;
  for (const auto& replicas : assignment) {
    ++spread.leaders[replicas.front()];
    for (const std::int32_t id : replicas) ++spread.replicas[id];
  }
  return spread;
}

}  // namespace

TEST_CASE("P-12: seven partitions on racks taken in turn, as Kafka's test has them") {
  test::ZeroRandom zeros;
  const auto brokers = brokers_in({"rack1", "rack3", "rack3", "rack2", "rack2", "rack1"});
  CHECK(place_classic(brokers, {7, 3}, zeros) ==
        Assignment{{0, 3, 1}, {3, 1, 5}, {1, 5, 4}, {5, 4, 2}, {4, 2, 0}, {2, 0, 3}, {0, 4, 2}});
}

TEST_CASE("P-11: ten partitions without racks, as Kafka's test has them") {
  test::ZeroRandom zeros;
  CHECK(place_classic(brokers_in({"", "", "", "", ""}), {10, 3}, zeros) == Assignment{{0, 1, 2},
                                                                                      {1, 2, 3},
                                                                                      {2, 3, 4},
                                                                                      {3, 4, 0},
                                                                                      {4, 0, 1},
                                                                                      {0, 2, 3},
                                                                                      {1, 3, 4},
                                                                                      {2, 4, 0},
                                                                                      {3, 0, 1},
                                                                                      {4, 1, 2}});
}

TEST_CASE("P-12: with even racks leaders and replicas are even and a partition's racks differ, whatever is drawn") {
  const auto brokers = brokers_in({"r1", "r2", "r2", "r3", "r3", "r1", "r1", "r2", "r2", "r3", "r1", "r3"});
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    RandomStream random({seed, 0}, "placement", "t");
    const Assignment assignment = place_classic(brokers, {96, 3}, random);
    const Spread spread = spread_of(assignment);
    for (const auto& replicas : assignment) {
      std::set<std::string> racks;
      for (const std::int32_t id : replicas) racks.insert(*brokers[static_cast<std::size_t>(id)].rack);
      CHECK(racks.size() == 3);
    }
    for (const auto& [id, count] : spread.leaders) CHECK(count == 8);
    for (const auto& [id, count] : spread.replicas) CHECK(count == 24);
  }
}

TEST_CASE("P-12: more replicas than racks use every rack, fewer all differ, one rack is used evenly") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    RandomStream random({seed, 0}, "placement", "t");
    const auto racks_of = [&](const std::vector<PlacementBroker>& brokers, std::uint32_t factor) {
      std::set<std::size_t> counts;
      for (const auto& replicas : place_classic(brokers, {6, factor}, random)) {
        std::set<std::string> racks;
        for (const std::int32_t id : replicas) racks.insert(*brokers[static_cast<std::size_t>(id)].rack);
        CHECK(std::set<std::int32_t>(replicas.begin(), replicas.end()).size() == factor);
        counts.insert(racks.size());
      }
      return counts;
    };
    const auto uneven = brokers_in({"r1", "r2", "r2", "r3", "r3", "r2"});
    CHECK(racks_of(uneven, 5) == std::set<std::size_t>{3});
    CHECK(racks_of(uneven, 2) == std::set<std::size_t>{2});
    const auto single = brokers_in({"r", "r", "r", "r", "r", "r"});
    CHECK(racks_of(single, 3) == std::set<std::size_t>{1});
    for (const auto& [id, count] : spread_of(place_classic(single, {6, 3}, random)).leaders) CHECK(count == 1);
  }
}

TEST_CASE("P-12, P-13: what the placer refuses") {
  test::ZeroRandom zeros;
  CHECK_THROWS_AS((void)place_classic(brokers_in({"", ""}), {1, 3}, zeros), InvalidReplicationFactor);
  CHECK_THROWS_AS((void)place_classic(brokers_in({"", ""}), {1, 0}, zeros), InvalidReplicationFactor);
  CHECK_THROWS_AS((void)place_classic(brokers_in({"", ""}), {0, 1}, zeros), InvalidReplicationFactor);
  CHECK_THROWS_AS((void)place_classic(brokers_in({"r1", ""}), {1, 1}, zeros), RacksIncomplete);
}

}  // namespace brokersim
