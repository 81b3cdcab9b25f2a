// SPDX-License-Identifier: Apache-2.0
// Schedules in processes of their own: what one says does not depend on which others share its process, or kill it.
#include "sim/cli/run_apart.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <csignal>

#include "sim/swarm/profile.hpp"
#include "sim/swarm/schedule.hpp"

namespace brokersim::test {
namespace {

Scenario of_seed(std::uint64_t seed) {
  return random_schedule(*find_swarm_profile("full"), seed);
}

void check_same(const Judgement& one, const Judgement& other) {
  CHECK(one.violated == other.violated);
  CHECK(one.text == other.text);
  CHECK(one.events == other.events);
  CHECK(one.probes == other.probes);
  CHECK(one.faults_applied == other.faults_applied);
}

}  // namespace

TEST_CASE("schedules that share a process are judged as each for itself") {
  const std::vector<Judgement> together = judge_apart(4, of_seed);
  REQUIRE(together.size() == 4);
  for (std::uint32_t i = 0; i < 4; ++i) {
    CHECK(together[i].events > 0);
    check_same(together[i], judge(of_seed(i)));
  }
}

TEST_CASE("a process that dies takes no other schedule's judgement with it") {
  const pid_t here = ::getpid();
  const auto kills_its_process = [&](std::uint32_t i) {
    if (i == 1 && ::getpid() != here) ::raise(SIGKILL);
    return of_seed(i);
  };
  const std::vector<Judgement> each = judge_apart(3, kills_its_process);
  REQUIRE(each.size() == 3);
  for (std::uint32_t i = 0; i < 3; ++i) check_same(each[i], judge(of_seed(i)));
}

}  // namespace brokersim::test
