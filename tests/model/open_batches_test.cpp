// SPDX-License-Identifier: Apache-2.0
#include "sim/model/open_batches.hpp"

#include <doctest/doctest.h>

#include <map>

#include "sim/random/stream.hpp"

using namespace brokersim;

TEST_CASE("Open batches are found, replaced and erased as in a map") {
  RandomStream random({3, 0}, "test", "open batches");
  OpenBatches open;
  std::map<std::uint32_t, std::uint32_t> map;
  CHECK(open.find(7) == nil);
  open.erase(7);
  int wrong = 0;
  for (int step = 0; step < 200'000; ++step) {
    const std::uint32_t partition = random.below(300) * (random.below(2) == 0 ? 1 : 1024);  // neighbours, and powers
    if (random.below(2) == 0) {
      const std::uint32_t batch = random.below(1000);
      open.set(partition, batch);
      map[partition] = batch;
    } else {
      open.erase(partition);
      map.erase(partition);
    }
    const std::uint32_t asked = random.below(300) * (random.below(2) == 0 ? 1 : 1024);
    const auto found = map.find(asked);
    wrong += open.find(asked) != (found == map.end() ? nil : found->second);
  }
  CHECK(wrong == 0);
}
