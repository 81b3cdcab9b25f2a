// SPDX-License-Identifier: Apache-2.0
#include "sim/policy/placement/striped_replica_placer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "sim/core/contract.hpp"
#include "sim/random/stream.hpp"
#include "tests/policy/case_files.hpp"
#include "tests/policy/scripted_random.hpp"

namespace brokersim {
namespace {

using Assignment = std::vector<std::vector<std::int32_t>>;

PlacementBroker broker_in(const char* rack, std::int32_t id, bool fenced = false) {
  return PlacementBroker{id, std::string(rack), fenced};
}

Assignment place_with_zeros(const std::vector<PlacementBroker>& brokers, PlacementRequest request) {
  test::ZeroRandom zeros;
  return place_striped(brokers, request, zeros);
}

/// `racks` racks of `each` brokers, ids from 0, rack by rack.
std::vector<PlacementBroker> even_racks(int racks, int each) {
  std::vector<PlacementBroker> brokers;
  for (std::int32_t id = 0; id < racks * each; ++id) {
    brokers.push_back(PlacementBroker{id, "rack-" + std::to_string(id / each), false});
  }
  return brokers;
}

/// Leader max/mean over all brokers, and brokers that lead nothing, as in the table of P-9.
struct LeaderSkew {
  double max_over_mean = 0;
  double leading_nothing = 0;
};

LeaderSkew leader_skew(const Assignment& assignment, std::size_t brokers) {
  std::map<std::int32_t, int> led;
  for (const auto& replicas : assignment) ++led[replicas.front()];
  int most = 0;
  for (const auto& [id, count] : led) most = std::max(most, count);
  return {most * static_cast<double>(brokers) / static_cast<double>(assignment.size()),
          static_cast<double>(brokers - led.size())};
}

/// The mean over 300 draws, as many as P-9 used.
LeaderSkew mean_leader_skew(int racks, int each, PlacementRequest request) {
  const auto brokers = even_racks(racks, each);
  LeaderSkew mean;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    test::JavaLikeRandom random(seed * 0x9e3779b97f4a7c15U);  // states far apart: the generator's own steps are short
    const LeaderSkew one = leader_skew(place_striped(brokers, request, random), brokers.size());
    mean.max_over_mean += one.max_over_mean / 300;
    mean.leading_nothing += one.leading_nothing / 300;
  }
  return mean;
}

TEST_CASE("every assignment of replica-placement.json comes out of the same draws, replica by replica") {
  const auto cases = test::read_case_file("replica-placement.json").at("cases");
  REQUIRE(cases.size() == 6);
  for (const auto& row : cases) {
    std::vector<PlacementBroker> brokers;
    for (const auto& broker : row.at("brokers_in_order")) {
      PlacementBroker shown{broker.at("id").get<std::int32_t>(), std::nullopt, broker.at("fenced").get<bool>()};
      if (!broker.at("rack").is_null()) shown.rack = broker.at("rack").get<std::string>();
      brokers.push_back(shown);
    }
    test::JavaLikeRandom random(row.at("mock_random_state").get<std::uint64_t>());
    const auto partitions = row.at("partitions").get<std::uint32_t>();
    const auto factor = row.at("replication_factor").get<std::uint32_t>();
    const Assignment assignment = place_striped(brokers, {partitions, factor}, random);

    CAPTURE(row.at("brokers_in_order").dump());
    REQUIRE(assignment.size() == partitions);
    const char* list = row.contains("assignment") ? "assignment" : "first_20_assignments";
    const auto expected = row.at(list).get<Assignment>();
    CHECK(Assignment(assignment.begin(), assignment.begin() + static_cast<std::ptrdiff_t>(expected.size())) ==
          expected);

    std::map<std::string, int> leaders;
    std::map<std::string, int> replicas;
    int rack_twice = 0;
    for (const auto& ids : assignment) {
      ++leaders[std::to_string(ids.front())];
      std::set<std::optional<std::string>> racks;
      for (const std::int32_t id : ids) {
        ++replicas[std::to_string(id)];
        const auto broker = std::find_if(brokers.begin(), brokers.end(), [id](const auto& b) { return b.id == id; });
        racks.insert(broker->rack);
      }
      if (racks.size() < ids.size()) ++rack_twice;
    }
    CHECK(leaders == row.at("leader_counts").get<std::map<std::string, int>>());
    CHECK(replicas == row.at("replica_counts").get<std::map<std::string, int>>());
    const auto& expected_twice = row.at("partitions_with_two_replicas_on_one_rack");
    if (!expected_twice.is_null()) CHECK(rack_twice == expected_twice.get<int>());
  }
}

TEST_CASE("V-1: three racks of three have the same three replica lists again and again") {
  const std::vector<PlacementBroker> brokers = {broker_in("a", 0),  broker_in("a", 1),  broker_in("a", 2),
                                                broker_in("b", 10), broker_in("b", 11), broker_in("b", 12),
                                                broker_in("c", 20), broker_in("c", 21), broker_in("c", 22)};
  const std::vector<std::int32_t> first{0, 10, 20}, second{11, 21, 1}, third{22, 2, 12};
  CHECK(place_with_zeros(brokers, {9, 3}) ==
        Assignment{first, second, third, first, second, third, first, second, third});
}

TEST_CASE("V-2: three racks of two lead on every broker") {
  const std::vector<PlacementBroker> brokers = {broker_in("a", 0),  broker_in("a", 1),  broker_in("b", 10),
                                                broker_in("b", 11), broker_in("c", 20), broker_in("c", 21)};
  CHECK(place_with_zeros(brokers, {6, 3}) ==
        Assignment{{0, 10, 20}, {11, 21, 1}, {20, 0, 10}, {1, 11, 21}, {10, 20, 0}, {21, 1, 11}});
}

TEST_CASE("V-3: more replicas than racks go round again, and a fenced broker follows where no other is left") {
  const std::vector<PlacementBroker> brokers = {broker_in("1", 10),       broker_in("1", 11), broker_in("2", 21),
                                                broker_in("2", 20, true), broker_in("3", 30), broker_in("3", 31)};
  CHECK(place_with_zeros(brokers, {5, 4}) ==
        Assignment{{10, 21, 30, 11}, {21, 31, 11, 20}, {30, 10, 21, 31}, {11, 21, 31, 10}, {21, 30, 10, 20}});
}

TEST_CASE("V-4: without racks each partition takes the next brokers in a row") {
  const std::vector<PlacementBroker> brokers = {{0, {}, false}, {1, {}, false}, {2, {}, false}, {3, {}, false}};
  CHECK(place_with_zeros(brokers, {4, 3}) == Assignment{{0, 1, 2}, {1, 2, 3}, {2, 3, 0}, {3, 0, 1}});
}

TEST_CASE("the order in which brokers are listed changes nothing") {
  // P-1: lists are sorted by id and racks by name before anything is drawn, other than the starts.
  auto brokers = even_racks(3, 3);
  brokers.push_back({9, std::nullopt, false});
  test::JavaLikeRandom random(17), same(17);
  const Assignment forwards = place_striped(brokers, {40, 3}, random);
  std::reverse(brokers.begin(), brokers.end());
  CHECK(place_striped(brokers, {40, 3}, same) == forwards);
}

TEST_CASE("a run's own stream places the same way each time, and another topic's stream another way") {
  // 36 partitions over nine brokers: that two topics agree by chance takes equal starts (1 in 81) and equal shuffles
  // of three lists and the racks, three times over (1 in 1296 each).
  const auto brokers = even_racks(3, 3);
  RandomStream orders({7, 0}, "placement", "orders"), same({7, 0}, "placement", "orders");
  RandomStream clicks({7, 0}, "placement", "clicks");
  const Assignment of_orders = place_striped(brokers, {36, 3}, orders);
  CHECK(place_striped(brokers, {36, 3}, same) == of_orders);
  CHECK(place_striped(brokers, {36, 3}, clicks) != of_orders);
}

TEST_CASE("brokers without a rack come before every named one") {
  // P-1, all draws 0: the turn starts with "no rack", which holds broker 7.
  const std::vector<PlacementBroker> brokers = {broker_in("a", 1), {7, std::nullopt, false}, broker_in("", 3)};
  CHECK(place_with_zeros(brokers, {1, 3}) == Assignment{{7, 3, 1}});
}

TEST_CASE("P-9: with three racks of three and nine partitions, three brokers lead and six do not, whatever is drawn") {
  const LeaderSkew skew = mean_leader_skew(3, 3, {9, 3});
  CHECK(skew.max_over_mean == doctest::Approx(3.0));  // 9 partitions on 3 leaders, a mean of 1: always 3
  CHECK(skew.leading_nothing == doctest::Approx(6.0));
}

TEST_CASE("P-9: leader skew over 300 draws is that of the real class") {
  // The table prints one decimal, so 0.05 of rounding; and the mean of 300 draws has a standard error: one topic's
  // skew spreads by at most 0.5 and its idle brokers by at most 2, so 3 standard errors are 0.09 and 0.35.
  const LeaderSkew of_36 = mean_leader_skew(3, 3, {36, 3});
  CHECK(std::abs(of_36.max_over_mean - 2.1) < 0.14);
  CHECK(std::abs(of_36.leading_nothing - 1.7) < 0.4);
  const LeaderSkew of_90 = mean_leader_skew(3, 3, {90, 3});
  CHECK(std::abs(of_90.max_over_mean - 1.7) < 0.14);
  CHECK(std::abs(of_90.leading_nothing - 0.2) < 0.2);
  const LeaderSkew six_deep = mean_leader_skew(3, 6, {54, 3});
  CHECK(std::abs(six_deep.max_over_mean - 2.5) < 0.14);
  CHECK(std::abs(six_deep.leading_nothing - 5.4) < 0.4);
  const LeaderSkew two_by_two = mean_leader_skew(2, 2, {12, 3});
  CHECK(std::abs(two_by_two.max_over_mean - 1.6) < 0.14);
  CHECK(std::abs(two_by_two.leading_nothing - 0.5) < 0.2);
}

TEST_CASE("P-9: racks and brokers per rack without a common divisor lead evenly, and so does one rack") {
  // A multiple of N partitions, N brokers: max/mean is exactly 1.
  CHECK(mean_leader_skew(3, 1, {6, 3}).max_over_mean == doctest::Approx(1.0));
  CHECK(mean_leader_skew(3, 2, {12, 3}).max_over_mean == doctest::Approx(1.0));
  CHECK(mean_leader_skew(3, 4, {24, 3}).max_over_mean == doctest::Approx(1.0));
  CHECK(mean_leader_skew(3, 5, {30, 3}).max_over_mean == doctest::Approx(1.0));
  CHECK(mean_leader_skew(1, 7, {21, 3}).max_over_mean == doctest::Approx(1.0));
}

TEST_CASE(
    "in clusters of every shape replicas are different, leaders unfenced, and no rack is used twice without need") {
  // P-4 and P-5 as properties, over 500 clusters of 1-4 racks, 1-5 brokers each, some fenced, some without rack.
  test::JavaLikeRandom shapes(2024);
  int placed = 0;
  for (int trial = 0; trial < 500; ++trial) {
    std::vector<PlacementBroker> brokers;
    const std::uint32_t racks = 1 + shapes.below(4);
    for (std::uint32_t rack = 0; rack < racks; ++rack) {
      for (std::uint32_t left = 1 + shapes.below(5); left > 0; --left) {
        PlacementBroker broker{static_cast<std::int32_t>(brokers.size()), std::nullopt, shapes.below(4) == 0};
        if (rack > 0) broker.rack = "rack-" + std::to_string(rack);
        brokers.push_back(broker);
      }
    }
    if (std::all_of(brokers.begin(), brokers.end(), [](const auto& broker) { return broker.fenced; })) continue;
    const std::uint32_t factor = 1 + shapes.below(static_cast<std::uint32_t>(brokers.size()));
    for (const auto& ids : place_striped(brokers, {60, factor}, shapes)) {
      ++placed;
      REQUIRE(ids.size() == factor);
      CHECK(std::set<std::int32_t>(ids.begin(), ids.end()).size() == factor);
      CHECK_FALSE(brokers[static_cast<std::size_t>(ids.front())].fenced);
      std::set<std::optional<std::string>> racks_used;
      for (const std::int32_t id : ids) racks_used.insert(brokers[static_cast<std::size_t>(id)].rack);
      if (factor <= racks) CHECK(racks_used.size() == factor);
    }
  }
  CHECK(placed > 20'000);
}

TEST_CASE("P-3: a factor of 0, a factor above the brokers, and a cluster all fenced are refused with their numbers") {
  const auto brokers = even_racks(3, 1);
  CHECK_THROWS_WITH_AS((void)place_with_zeros(brokers, {1, 0}), doctest::Contains("factor 0"),
                       InvalidReplicationFactor);
  CHECK_THROWS_WITH_AS((void)place_with_zeros(brokers, {1, 4}),
                       "replication factor 4 is larger than the 3 brokers there are", InvalidReplicationFactor);
  CHECK_THROWS_WITH_AS((void)place_with_zeros({broker_in("a", 1, true)}, {1, 1}), doctest::Contains("fenced"),
                       InvalidReplicationFactor);
  CHECK_THROWS_AS((void)place_with_zeros({}, {1, 1}), InvalidReplicationFactor);
  CHECK(place_with_zeros(brokers, {1, 3}).size() == 1);  // the largest factor allowed
}

TEST_CASE("fenced brokers count for the largest replication factor") {
  CHECK(place_with_zeros({broker_in("a", 1, true), broker_in("a", 2)}, {1, 2}) == Assignment{{2, 1}});
}

TEST_CASE("of a rack the fenced brokers draw before the unfenced, at the start and at a reshuffle") {
  // The "algorithm" line of replica-placement.json, whose cases do not tell the two apart. By hand from P-1, P-2, P-4:
  // unfenced 0 1, fenced 2 3 4. Starts: 2 of 3 fenced, 0 of 2 unfenced; rack 0 of 1. Two partitions on, a reshuffle:
  // fenced 2 of 3 and 1 of 2 (each stays), unfenced 0 of 2 (1 0). Out of order, a 2 would be drawn below 2.
  const std::vector<PlacementBroker> brokers = {broker_in("a", 0), broker_in("a", 1), broker_in("a", 2, true),
                                                broker_in("a", 3, true), broker_in("a", 4, true)};
  test::ListedRandom draws({2, 0, 0, 2, 1, 0});
  CHECK(place_striped(brokers, {3, 5}, draws) == Assignment{{0, 1, 4, 2, 3}, {1, 0, 2, 3, 4}, {1, 0, 3, 4, 2}});
  CHECK(draws.draws() == 6);
}

TEST_CASE("two brokers of one id are a caller's mistake") {
  CHECK_THROWS_AS((void)place_with_zeros({{1, {}, false}, {1, {}, false}}, {1, 1}), ContractViolation);
}

TEST_CASE("a shuffle draws as java.util.Collections.shuffle does: size, size - 1, ... 2") {
  // By hand from "swap(i-1, nextInt(i)) for i from size to 2": draws 1, 2, 0 over a b c d:
  // i=4 swaps d and b: a d c b; i=3 swaps c with itself; i=2 swaps d and a: d a c b.
  std::vector<char> letters{'a', 'b', 'c', 'd'};
  test::ListedRandom draws({1, 2, 0});
  PlacementRandomFrom<test::ListedRandom> random(draws);
  shuffle_like_java(letters, random);
  CHECK(letters == std::vector<char>{'d', 'a', 'c', 'b'});
  CHECK(draws.draws() == 3);
}

}  // namespace
}  // namespace brokersim
