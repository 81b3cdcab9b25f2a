// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/headline.hpp"

#include <doctest/doctest.h>

#include "tests/figures/synthetic_rows.hpp"

namespace brokersim::test {
namespace {

const ArmFigures leader{12e6, 30e6, 1555, 0, 0, 0.010, 0.020};

std::string sentence(const ArmFigures& first, const ArmFigures& other, std::vector<ArmVerdict> verdicts = {{}, {}}) {
  return headline(compare_arms({headline_columns(first), headline_columns(other)}, verdicts),
                  {ReadPolicy::leader, ReadPolicy::rack_aware}, verdicts);
}

TEST_CASE("the headline says what falls, from what to what, and how much later records show") {
  CHECK(sentence(leader, {8e6, 20e6, 1037, 0.0042, 0.0091, 0.014, 0.025}) ==
        "Follower reads cut the busiest broker's egress from 12.0 MB/s to 8.00 MB/s and cross-zone traffic from 30.0 "
        "MB/s to "
        "20.0 MB/s (USD 1560 to USD 1040 a month), and show records 4.20 ms later (p50; 9.10 ms p99). Delivery end to "
        "end "
        "gets slower, from 10.0 ms to 14.0 ms (p50).");
}

TEST_CASE("the headline does not call a rise a cut") {
  CHECK(sentence(leader, {13e6, 20e6, 1037, 0.0042, 0.0091, 0.008, 0.025}) ==
        "Follower reads raise the busiest broker's egress from 12.0 MB/s to 13.0 MB/s, cut cross-zone traffic from "
        "30.0 MB/s "
        "to 20.0 MB/s (USD 1560 to USD 1040 a month), and show records 4.20 ms later (p50; 9.10 ms p99). Delivery end "
        "to end "
        "gets faster, from 10.0 ms to 8.00 ms (p50).");
  CHECK(sentence(leader, {13e6, 33e6, 1711, 0.0042, 0.0091, 0.008, 0.025})
            .find("Follower reads raise the busiest broker's egress from 12.0 MB/s to 13.0 MB/s and cross-zone traffic "
                  "from") == 0);
}

TEST_CASE("a change whose interval includes 0 is none") {
  CHECK(sentence(leader, leader) ==
        "Follower reads do not change the busiest broker's egress (12.0 MB/s) or cross-zone traffic (30.0 MB/s, USD "
        "1560 a "
        "month), and show records no later. Delivery end to end does not change (p50 10.0 ms).");
  // Trials 11.9 and 12.1 against 12.1 and 11.9 MB/s: the differences 0.2 and -0.2 enclose 0.
  std::vector<FigureColumn> first = headline_columns(leader),
                            other = headline_columns({12e6, 20e6, 1037, 0, 0, 0.010, 0.020});
  first[0].values = {11.9e6, 12.1e6};
  other[0].values = {12.1e6, 11.9e6};
  const std::string text =
      headline(compare_arms({first, other}, {{}, {}}), {ReadPolicy::leader, ReadPolicy::rack_aware}, {{}, {}});
  CHECK(text.find(
            "Follower reads do not change the busiest broker's egress (12.0 MB/s), cut cross-zone traffic from") == 0);
}

TEST_CASE("records that are mostly shown at once are said so") {
  CHECK(
      sentence(leader, {8e6, 20e6, 1037, 0, 0.0091, 0.010, 0.020})
          .find(", and show half of the records no later (p99: 9.10 ms later). Delivery end to end does not change") !=
      std::string::npos);
}

TEST_CASE("an arm without a steady state is not compared, and the headline says why") {
  ArmVerdict unstable;
  unstable.stable = false;
  unstable.reason = "broker 4 is asked for 341 % of its NIC out";
  CHECK(sentence(leader, {8e6, 20e6, 1037, 0.0042, 0.0091, 0.014, 0.025}, {unstable, {}}) ==
        "Leader-only has no steady state: broker 4 is asked for 341 % of its NIC out. Follower reads: the busiest "
        "broker sends "
        "8.00 MB/s, cross-zone traffic is 20.0 MB/s (USD 1040 a month), and records are delivered in 14.0 ms (p50; "
        "25.0 ms "
        "p99).");
  CHECK(sentence(leader, leader, {unstable, unstable}) ==
        "Leader-only has no steady state: broker 4 is asked for 341 % of its NIC out. Follower reads have no steady "
        "state: "
        "broker 4 is asked for 341 % of its NIC out.");
}

TEST_CASE("one trial has no interval, and the headline says so") {
  std::vector<FigureColumn> first = headline_columns(leader),
                            other = headline_columns({8e6, 20e6, 1037, 0.0042, 0.0091, 0.014, 0.025});
  for (std::vector<FigureColumn>* columns : {&first, &other}) {
    for (FigureColumn& one : *columns) one.values.resize(1);
  }
  const std::string text =
      headline(compare_arms({first, other}, {{}, {}}), {ReadPolicy::leader, ReadPolicy::rack_aware}, {{}, {}});
  CHECK(text.find("Follower reads cut the busiest broker's egress from") == 0);
  CHECK(text.find("(One trial: no intervals.)") != std::string::npos);
}

}  // namespace
}  // namespace brokersim::test
