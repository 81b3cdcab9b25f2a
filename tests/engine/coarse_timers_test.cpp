// SPDX-License-Identifier: Apache-2.0
#include "sim/engine/coarse_timers.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace brokersim;
using namespace std::chrono_literals;

namespace {
Instant at(Duration span) {
  return Instant{span};
}
}  // namespace

TEST_CASE("A far timer is taken a tick before its own, so its deadline always lies ahead") {
  CoarseTimers timers;
  CHECK(timers.add(at(200us), at(503ms), 7) == at(502ms));  // on the very edge of a tick
  CHECK(timers.add(at(200us), at(503ms + 999us), 8) == at(502ms));
  CHECK(timers.add(at(200us), at(10ms), 9) == at(9ms));
  CHECK(timers.next_due(at(200us)) == at(9ms));
  CHECK(timers.take(at(9ms)) == std::vector<std::uint32_t>{9});
  CHECK(timers.next_due(at(9ms)) == at(502ms));
  CHECK(timers.take(at(502ms)) == std::vector<std::uint32_t>{7, 8});
  CHECK(timers.empty());
}

TEST_CASE("What is within this tick or the next is near and gets an event of its own") {
  CHECK(CoarseTimers::is_near(at(5200us), at(5300us)));
  CHECK(CoarseTimers::is_near(at(5200us), at(7ms - 1ns)));
  CHECK_FALSE(CoarseTimers::is_near(at(5200us), at(7ms)));
  CHECK(CoarseTimers::is_near(at(5ms), at(7ms - 1ns)));
  CHECK_FALSE(CoarseTimers::is_near(at(5ms), at(7ms)));
}

TEST_CASE("A deadline beyond the wheel's reach is asked about before, again and again") {
  CoarseTimers timers;
  const Instant due = timers.add(at(0ms), at(1h), 3);
  CHECK(due == at(1022ms));  // 1,024 slots of 1 ms: the last one is taken a tick before its own
  CHECK(timers.take(due) == std::vector<std::uint32_t>{3});
}
