// SPDX-License-Identifier: Apache-2.0
// Expected numbers are worked by hand from the definitions in analysis/recovery.hpp.
#include "analysis/recovery.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <vector>

#include "tests/analysis/case_files.hpp"

namespace brokersim {
namespace {

using test::close;
using Skew = std::vector<std::optional<double>>;

TEST_CASE("time to balance ends with the last window that is away by more than a tenth") {
  // Before 1.2, so away is above 1.32: windows 1 to 4 of 2 s each; 1.32 itself is not away.
  const Skew skew{1.2, 1.5, 2.0, 1.9, 1.33, 1.31, 1.2, 1.2};
  CHECK(close(time_to_balance(skew, 2, 1.2).value(), 5 * 2.0));
}

TEST_CASE("load that comes back unbalanced once more is balanced only after that") {
  // A broker is away (skew rises), returns without leaders (rises again), gets them back.
  const Skew skew{1.0, 1.4, 1.4, 1.4, 1.0, 1.0, 1.6, 1.6, 1.6, 1.6, 1.0, 1.0};
  CHECK(close(time_to_balance(skew, 1, 1).value(), 10.0));
}

TEST_CASE("a stretch shorter than three windows is noise, and so is one of windows without load") {
  const Skew noise{1.5, 1.5, 1.0, 1.5, 1.0, 1.5, 1.5, std::nullopt, 1.5};
  CHECK(time_to_balance(noise, 1, 1).value() == 0);
  CHECK(close(time_to_balance(noise, 1, 1, {.tolerance = 0.1, .hold = 2}).value(), 7.0));
}

TEST_CASE("what is away to the end has no time to balance") {
  const Skew away{1.0, 1.5, 1.5, 1.5};
  CHECK_FALSE(time_to_balance(away, 1, 1).has_value());
  const Skew ends_with_noise{1.0, 1.0, 1.5, 1.5};
  CHECK(time_to_balance(ends_with_noise, 1, 1).value() == 0);
  CHECK(time_to_balance(Skew{}, 1, 1).value() == 0);
}

TEST_CASE("time to balance of leader counts is the moment of the last election that brings them back") {
  // Three brokers with 4 leaders each (peak-to-mean 1). At 30 s one dies: 6, 6 of two brokers (1); at 75 s it is back
  // without leaders: 6, 6, 0 (1.5); at 301.5 s it leads its 4 again.
  const std::vector<double> at{30, 39.1, 75, 301.5}, level{1, 1, 1.5, 1};
  CHECK(close(time_to_balance(at, level, 1).value(), 271.5));
  const std::vector<double> never{1, 1, 1.5, 1.5};
  CHECK_FALSE(time_to_balance(at, never, 1).has_value());
  const std::vector<double> always{1, 1.1, 1.05, 1.1};
  CHECK(time_to_balance(at, always, 1).value() == 0);
}

TEST_CASE("excess load is what the busiest broker has above its share of before and a tenth") {
  // Peak-to-mean 1.2 before: at a mean of 100 B/s the busiest may have 132 B/s. 200 - 132, 140 - 132, and none below,
  // in windows of 5 s: (68 + 8) * 5 = 380 B.
  const std::vector<double> peak{200, 140, 132, 120}, mean{100, 100, 100, 100};
  CHECK(close(excess_load(peak, mean, 5, 1.2), 380));
  CHECK(close(excess_load(peak, mean, 5, 1.2, 0), (80 + 20 + 12) * 5.0));
}

TEST_CASE("availability is a share of partition-seconds") {
  // 12 partitions for 100 s, 4 of them away for 9.3 s each: 37.2 of 1200.
  CHECK(close(availability(4 * 9.3, 12, 100), 1 - 37.2 / 1200));
  CHECK(availability(0, 12, 100) == 1);
  CHECK(availability(1200, 12, 100) == 0);
  CHECK(availability(1200 * (1 + 1e-12), 12, 100) == 0);  // a sum of times that was rounded up
}

TEST_CASE("an outage is split at the moments at which it went on, and the parts add up") {
  // A kill: noticed after 9.2 s, elected 30 ms later, known to the leader after 4 ms, found by a producer after 116 ms.
  const OutageParts kill = outage_parts(
      Outage{.began = 30, .decided = 39.2, .committed = 39.23, .leads = 39.234, .served = 39.35, .end = 120});
  CHECK(close(kill.detection, 9.2));
  CHECK(close(kill.election, 0.03));
  CHECK(close(kill.propagation, 0.004));
  CHECK(close(kill.discovery, 0.116));
  CHECK(close(kill.total(), 9.35));
}

TEST_CASE("a leader that is moved away costs only what its successor and the clients need to know it") {
  const OutageParts moved = outage_parts(
      Outage{.began = 30, .decided = 29.9, .committed = 29.95, .leads = 30.01, .served = 30.2, .end = 120});
  CHECK(moved.detection == 0);
  CHECK(moved.election == 0);
  CHECK(close(moved.propagation, 0.01));
  CHECK(close(moved.discovery, 0.19));
}

TEST_CASE("what never came is counted to the end of what came") {
  // Nobody noticed within the run: all of it is detection.
  CHECK(close(outage_parts(Outage{.began = 30, .end = 120}).detection, 90));
  // The controller knows, and there is nobody to elect.
  const OutageParts offline = outage_parts(Outage{.began = 30, .decided = 39, .end = 120});
  CHECK(close(offline.detection, 9));
  CHECK(close(offline.election, 81));
  // The leader came back before anybody noticed.
  const OutageParts back = outage_parts(Outage{.began = 30, .leads = 34, .served = 34.5, .end = 120});
  CHECK(close(back.detection, 4));
  CHECK(back.election == 0);
  CHECK(back.propagation == 0);
  CHECK(close(back.discovery, 0.5));
}

TEST_CASE("columns that make no sense are refused") {
  const std::vector<double> two{1, 2}, one{1}, down{2, 1};
  CHECK_THROWS_AS(static_cast<void>(time_to_balance(Skew{1.0}, 0, 1)), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(time_to_balance(Skew{1.0}, 1, 0)), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(time_to_balance(two, one, 1)), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(time_to_balance(down, two, 1)), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(excess_load(two, one, 1, 1)), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(availability(2, 1, 1)), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(outage_parts(Outage{.began = 2, .end = 1})), std::invalid_argument);
}

}  // namespace
}  // namespace brokersim
