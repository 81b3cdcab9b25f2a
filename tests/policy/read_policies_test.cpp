// SPDX-License-Identifier: Apache-2.0
#include "sim/policy/replica_selector/read_policies.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <set>
#include <string>
#include <vector>

namespace brokersim {
namespace {

using std::chrono::milliseconds;

/// Replicas on brokers 0, 1, 2, ...; the first leads.
std::vector<ReplicaView> replicas(std::int32_t count) {
  std::vector<ReplicaView> views(static_cast<std::size_t>(count));
  for (std::int32_t id = 0; id < count; ++id) {
    views[static_cast<std::size_t>(id)].broker_id = id;
    views[static_cast<std::size_t>(id)].is_leader = id == 0;
    views[static_cast<std::size_t>(id)].in_sync = true;
  }
  return views;
}

std::unique_ptr<ReplicaSelector> selector(ReadPolicy policy, std::uint32_t clients = 1) {
  return make_selector(policy, {RandomSource{7, 0}, clients});
}

std::size_t choice_of(ReplicaSelector& policy, std::uint32_t client, const std::vector<ReplicaView>& candidates) {
  return policy.select({{}, 0, client}, candidates);
}

TEST_CASE("every read policy of the registry has a name of its own and, but for the leader's, a selector") {
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < read_policy_names().size(); ++i) {
    const auto policy = static_cast<ReadPolicy>(i);
    CAPTURE(i);
    CHECK(name_of(policy) == read_policy_names()[i]);
    CHECK_FALSE(title_of(policy).empty());
    CHECK(seen.insert(name_of(policy)).second);
    CHECK((selector(policy) == nullptr) == (policy == ReadPolicy::leader));
  }
  CHECK(name_of(ReadPolicy::leader) == "leader");
  CHECK(name_of(ReadPolicy::c3) == "c3");
}

TEST_CASE("Kafka's own policies ask for nothing that costs their caller anything") {
  const SelectorNeeds needs = selector(ReadPolicy::rack_aware)->needs();
  CHECK(needs.lease == Duration::zero());
  CHECK_FALSE(needs.feedback);
  CHECK_FALSE(needs.server_state);
}

TEST_CASE("random_replica chooses each candidate equally often, and the same ones from the same seed") {
  const auto policy = selector(ReadPolicy::random_replica), again = selector(ReadPolicy::random_replica);
  const std::vector<ReplicaView> candidates = replicas(3);
  constexpr int draws = 30'000;
  std::array<int, 3> counts{};
  int different = 0;
  for (int i = 0; i < draws; ++i) {
    const std::size_t place = choice_of(*policy, 0, candidates);
    ++counts.at(place);
    different += place != choice_of(*again, 0, candidates);
  }
  CHECK(different == 0);
  const double share = 1.0 / 3, standard_error = std::sqrt(draws * share * (1 - share));
  for (const int count : counts) CHECK(std::abs(count - draws * share) < 4 * standard_error);
}

TEST_CASE("least_outstanding counts the reads of the client that asks, and ties keep the candidates' order") {
  const auto policy = selector(ReadPolicy::least_outstanding, 2);
  const std::vector<ReplicaView> candidates = replicas(3);
  CHECK(choice_of(*policy, 0, candidates) == 0);
  policy->on_read_started(0, 0);
  CHECK(choice_of(*policy, 0, candidates) == 1);
  CHECK(choice_of(*policy, 1, candidates) == 0);  // another client does not know
  policy->on_read_started(0, 1);
  policy->on_read_started(0, 2);
  policy->on_read_started(0, 2);
  CHECK(choice_of(*policy, 0, candidates) == 0);
  policy->on_read_ended(0, 1);
  CHECK(choice_of(*policy, 0, candidates) == 1);
}

TEST_CASE("last_response_time looks at the last answer alone, and tries a broker that has not answered") {
  const auto policy = selector(ReadPolicy::last_response_time);
  const std::vector<ReplicaView> candidates = replicas(2);
  policy->on_answer({0, 0, milliseconds(5), milliseconds(1), 0});
  CHECK(choice_of(*policy, 0, candidates) == 1);
  policy->on_answer({0, 1, milliseconds(9), milliseconds(1), 0});
  CHECK(choice_of(*policy, 0, candidates) == 0);
  policy->on_answer({0, 0, milliseconds(10), milliseconds(1), 0});
  CHECK(choice_of(*policy, 0, candidates) == 1);
}

TEST_CASE("C3 scores (R - T) + (1 + os n + q)^3 T, the least wins (NSDI 2015, section 3.1)") {
  const auto policy = selector(ReadPolicy::c3, 2);
  const std::vector<ReplicaView> candidates = replicas(2);
  CHECK(choice_of(*policy, 0, candidates) == 0);                    // nothing is known: the first
  policy->on_answer({0, 0, milliseconds(10), milliseconds(4), 3});  // 6 + 4^3 x 4 = 262
  CHECK(choice_of(*policy, 0, candidates) == 1);                    // broker 1 has not answered: tried
  policy->on_answer({0, 1, milliseconds(30), milliseconds(8), 0});  // 22 + 1 x 8 = 30
  CHECK(choice_of(*policy, 0, candidates) == 1);
  policy->on_read_started(0, 1);  // 22 + (1 + 1 x 2)^3 x 8 = 238, two clients being two
  CHECK(choice_of(*policy, 0, candidates) == 1);
  policy->on_read_started(0, 1);  // 22 + 5^3 x 8 = 1022
  CHECK(choice_of(*policy, 0, candidates) == 0);
  policy->on_read_ended(0, 1);
  CHECK(choice_of(*policy, 0, candidates) == 1);
}

TEST_CASE("C3's averages give the news nine tenths of the weight, as the authors' simulator does") {
  const auto policy = selector(ReadPolicy::c3);
  const std::vector<ReplicaView> candidates = replicas(2);
  policy->on_answer({0, 0, milliseconds(110), milliseconds(10), 0});  // 100 + 10
  policy->on_answer({0, 0, milliseconds(10), milliseconds(10), 0});   // R - T: 0.9 x 0 + 0.1 x 100 = 10; score 20
  policy->on_answer({0, 1, milliseconds(21), milliseconds(10), 0});   // 11 + 10 = 21
  CHECK(choice_of(*policy, 0, candidates) == 0);
  policy->on_answer({0, 1, milliseconds(19), milliseconds(10), 0});  // 0.9 x 9 + 0.1 x 11 = 9.2; score 19.2
  CHECK(choice_of(*policy, 0, candidates) == 1);
}

TEST_CASE("the oracle takes the least of work ahead, one service and the network, all brokers seen at once") {
  const auto policy = selector(ReadPolicy::oracle);
  CHECK(policy->needs().server_state);
  std::vector<ReplicaView> candidates = replicas(3);
  CHECK(choice_of(*policy, 0, candidates) == 0);
  candidates[0].work_ahead = milliseconds(12);
  candidates[0].service_time = milliseconds(4);  // 16: three requests before it, 4 ms each
  candidates[1].work_ahead = milliseconds(5);
  candidates[1].service_time = milliseconds(5);
  candidates[1].round_trip = milliseconds(5);  // 15
  candidates[2].service_time = milliseconds(16);
  CHECK(choice_of(*policy, 0, candidates) == 1);
  candidates[1].round_trip = milliseconds(6);  // 16, as the others: the first
  CHECK(choice_of(*policy, 0, candidates) == 0);
}

}  // namespace
}  // namespace brokersim
