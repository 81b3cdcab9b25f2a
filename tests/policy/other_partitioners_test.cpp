// SPDX-License-Identifier: Apache-2.0
// Queue weights of KIP-794, KIP-480's sticky partitioner, and round robin.
#include <doctest/doctest.h>

#include <vector>

#include "sim/policy/partitioner/queue_weights.hpp"
#include "sim/policy/partitioner/round_robin_partitioner.hpp"
#include "sim/policy/partitioner/uniform_sticky_partitioner.hpp"
#include "tests/policy/scripted_random.hpp"

namespace brokersim {
namespace {

std::vector<std::uint32_t> all_choices(const std::vector<QueuedPartition>& queued, std::uint32_t partitions,
                                       std::uint32_t bound) {
  std::vector<std::uint32_t> choices;
  for (std::uint32_t number = 0; number < bound; ++number) {
    test::ListedRandom draw({number});
    choices.push_back(choose_by_queues(draw, queued, partitions));
  }
  return choices;
}

TEST_CASE("K-24: the first partition whose running sum of weights is above the number drawn") {
  // Queues 0 3 1: weights 4 1 3, running sums 4 5 8.
  CHECK(all_choices({{1, 3, true}, {2, 1, true}}, 3, 8) == std::vector<std::uint32_t>{0, 0, 0, 0, 1, 2, 2, 2});
}

TEST_CASE("K-26: a partition that is left out has no weight, and then equal queues are weighed too") {
  CHECK(all_choices({{0, 2, true}, {1, 2, false}, {2, 2, true}}, 3, 2) == std::vector<std::uint32_t>{0, 2});
  // Only queues of those that stay in count for the longest.
  CHECK(all_choices({{0, 9, false}, {1, 1, true}}, 3, 3) == std::vector<std::uint32_t>{1, 2, 2});
  // All left out: no table.
  CHECK(all_choices({{0, 2, false}, {1, 2, false}}, 2, 2) == std::vector<std::uint32_t>{0, 1});
}

TEST_CASE("K-25: partitions are all tried once each has had a batch, however many there are") {
  for (const std::uint32_t partitions : {1U, 2U, 31U, 64U, 1000U}) {
    TriedPartitions tried(partitions);
    for (std::uint32_t p = 0; p < partitions; ++p) {
      CHECK_FALSE(tried.all());
      for (int again = 0; again < 3; ++again) tried.add(p);
    }
    CHECK(tried.all());
  }
  TriedPartitions tried(40);
  for (std::uint32_t p = 1; p < 40; ++p) tried.add(p);
  CHECK_FALSE(tried.all());
  tried.add(0);
  tried.take_back();
  CHECK_FALSE(tried.all());
  tried.add(0);
  CHECK(tried.all());
}

TEST_CASE("K-22: KIP-480 leaves its partition with every batch, for another one") {
  test::ListedRandom draws({2, 1, 2, 0});  // the first of 4, then of the 3 others
  BasicUniformStickyPartitioner<test::ListedRandom> sticky(draws, 4);
  std::vector<std::uint32_t> turns{sticky.current()};
  for (int batch = 0; batch < 3; ++batch) {
    sticky.on_no_open_batch();
    turns.push_back(sticky.current());
  }
  CHECK(turns == std::vector<std::uint32_t>{2, 1, 3, 0});
  test::ListedRandom one({0});
  BasicUniformStickyPartitioner<test::ListedRandom> alone(one, 1);
  alone.on_no_open_batch();
  CHECK(alone.current() == 0);
}

TEST_CASE("K-27: round robin that counts twice uses half of an even number of partitions, all of an odd one") {
  const auto used = [](std::uint32_t partitions) {
    CountingTwicePartitioner round(partitions);
    std::vector<int> records(partitions);
    for (int record = 0; record < 60; ++record) {  // each opens a batch
      round.on_no_open_batch();
      ++records[round.current()];
      round.on_appended();
    }
    return records;
  };
  CHECK(used(4) == std::vector<int>{0, 30, 0, 30});
  CHECK(used(3) == std::vector<int>{20, 20, 20});
  CHECK(round_robin_partition(7, 4) == 3);
}

}  // namespace
}  // namespace brokersim
