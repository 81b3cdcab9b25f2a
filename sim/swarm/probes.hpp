// SPDX-License-Identifier: Apache-2.0
// Rare but legal states that a swarm should reach now and then (invariants-and-faults.md E.2): those of them that the
// result of a run tells of. A swarm that reaches none of them shows nothing by finding no violation.
#pragma once
#include <bitset>
#include <span>
#include <string_view>

#include "sim/metrics/trial_result.hpp"

namespace brokersim {

struct Probe {
  std::string_view name;
  bool (*reached)(const TrialResult& result) = nullptr;
  std::uint32_t least = 50;  ///< hits in 100,000 schedules of profile full, below which it counts as not covered (E.2)
};

inline constexpr std::size_t most_probes = 96;
using ProbeHits = std::bitset<most_probes>;  ///< by place in probes()

[[nodiscard]] std::span<const Probe> probes();

/// Which states a run has been in.
[[nodiscard]] ProbeHits probe_hits(const TrialResult& result);

}  // namespace brokersim
