// SPDX-License-Identifier: Apache-2.0
#include "sim/invariants/last_numbers.hpp"

#include <doctest/doctest.h>

#include <map>

namespace brokersim::test {

TEST_CASE("every key keeps its last number while the table grows") {
  LastNumbers numbers;
  std::map<std::uint64_t, std::uint64_t> expected;
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const std::uint64_t key = (i * 7 % 5'003) << 40 ^ i % 3;  // of up to 15,009, each asked for again later
    numbers.expect(key);
    const auto [number, is_new] = numbers.find_or_add(key);
    CHECK(is_new == !expected.contains(key));
    CHECK(*number == expected[key]);
    *number = expected[key] = i;
  }
}

}  // namespace brokersim::test
