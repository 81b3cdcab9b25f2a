// SPDX-License-Identifier: Apache-2.0
// Runs a schedule and says whether all that must hold held.
#pragma once
#include <cstdint>
#include <string>

#include "sim/scenario/scenario.hpp"
#include "sim/swarm/probes.hpp"

namespace brokersim {

struct Judgement {
  std::string violated;  ///< which check: an invariant's id, or the broken contract's words; empty: all held
  std::string text;      ///< the check's own words, with its numbers
  std::uint64_t events = 0;
  ProbeHits probes;                ///< states that the run was in
  std::bitset<64> faults_applied;  ///< by FaultKind: those that hit something
};

/// One run of the scenario's first read policy with every check on, and liveness once everything is healed (A.3).
[[nodiscard]] Judgement judge(const Scenario& scenario);

}  // namespace brokersim
