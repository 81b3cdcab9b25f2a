// SPDX-License-Identifier: Apache-2.0
// The containers of the controller's metadata, against those of the standard library.
#include <algorithm>
#include <set>

#include "sim/random/stream.hpp"
#include "tests/control_plane/controlled_cluster.hpp"

namespace brokersim::test {
namespace {

TEST_CASE("a list of replicas keeps its members whether they lie inside it or are allocated") {
  for (std::uint32_t size = 0; size <= 10; ++size) {
    CAPTURE(size);
    ReplicaList replicas;
    Ids expected;
    for (std::uint32_t i = 0; i < size; ++i) {
      replicas.push_back(BrokerIndex{size - i});
      expected.push_back(size - i);
    }
    CHECK(numbers(replicas) == expected);
    ReplicaList copy = replicas;
    ReplicaList moved = std::move(replicas);
    CHECK(copy == moved);
    copy.sort();
    std::sort(expected.begin(), expected.end());
    CHECK(numbers(copy) == expected);
    CHECK(copy.contains_all(moved));
    copy.remove_all(list({1, 5}));
    std::erase_if(expected, [](std::uint32_t broker) { return broker == 1 || broker == 5; });
    CHECK(numbers(copy) == expected);
    moved = copy;
    CHECK(numbers(moved) == expected);
    moved = list({3});
    CHECK(numbers(moved) == Ids{3});
  }
}

TEST_CASE("a registration of up to four replicas is 168 bytes: 100,000 partitions are 17 MB") {
  CHECK(sizeof(PartitionRegistration) == 168);
}

TEST_CASE("a set of partitions visits what was put in, in ascending order") {
  RandomStream draws({1, 0}, "test", "partition set");
  PartitionSet set;
  std::set<std::uint32_t> expected;
  for (int i = 0; i < 2000; ++i) {
    const std::uint32_t partition = draws.below(300);
    const bool member = draws.below(2) == 0;
    set.set(PartitionIndex{partition}, member);
    if (member) {
      expected.insert(partition);
    } else {
      expected.erase(partition);
    }
    REQUIRE(set.size() == expected.size());
  }
  std::set<std::uint32_t> visited;
  for (auto next = set.first_from(PartitionIndex{0}); next; next = set.first_from(PartitionIndex{next->value + 1})) {
    CHECK((visited.empty() || next->value > *visited.rbegin()));
    visited.insert(next->value);
  }
  CHECK(visited == expected);
}

}  // namespace
}  // namespace brokersim::test
