// SPDX-License-Identifier: Apache-2.0
#include "sim/core/quantities.hpp"

#include <doctest/doctest.h>

using namespace brokersim;
using namespace std::chrono_literals;

TEST_CASE("Moving bytes takes their number over the rate, rounded up") {
  CHECK(transfer_time(1'250'000, BytesPerSecond{1'250'000'000}) == 1ms);
  CHECK(transfer_time(1, BytesPerSecond{1'000'000'000}) == 1ns);
  CHECK(transfer_time(1, BytesPerSecond{3'000'000'000}) == 1ns);  // a third, rounded up: nothing moves in no time
  CHECK(transfer_time(0, BytesPerSecond{1}) == 0ns);
  CHECK(transfer_time(100'000'000'000, BytesPerSecond{1'000'000'000}) == 100s);  // more than fits 64 bits on the way
  CHECK(transfer_time(1'000'000, BytesPerSecond{}) == 0ns);                      // unlimited
}

TEST_CASE("The table-free shortcut differs by at most a nanosecond") {
  for (const std::int64_t rate : {1LL, 999LL, 1'000'000LL, 125'000'000LL, 1'250'000'000LL, 12'345'678'901LL}) {
    const TransferTime shortcut{BytesPerSecond{rate}};
    for (Bytes size = 0; size < 20'000'000; size = size * 3 + 17) {
      const Duration exact = transfer_time(size, BytesPerSecond{rate});
      CHECK(shortcut.time_of(size) >= exact);
      CHECK(shortcut.time_of(size) <= exact + 1ns);
    }
  }
}

TEST_CASE("Work costs its fixed part and a part for each byte") {
  CHECK(WorkCost{15us, 100}.of(16'384) == 15us + 1638ns);
}
