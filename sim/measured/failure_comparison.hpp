// SPDX-License-Identifier: Apache-2.0
// A measured case in which something fails, beside its simulation: who leads when, in-sync replicas, and for how long
// producers and readers got nothing.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "sim/measured/measured_case.hpp"
#include "sim/measured/prediction.hpp"

namespace brokersim {

/// The states of a partition one after the other: "leader [in-sync replicas]", by ids. Or how many partitions each
/// member of a group has in the end.
struct StateAgreement {
  std::string what;
  std::string measured;
  std::string predicted;  ///< what most trials say
  [[nodiscard]] bool holds() const { return measured == predicted; }
};

struct FailureComparison {
  std::vector<StateAgreement> leadership;
  std::vector<Comparison> seconds;  ///< when states began (since the start), and how long gaps were
};

/// The longest time for which nothing came although something had been sent, by windows of when it ended.
///
/// windows  their beginnings in seconds, ascending; the last has no end
/// returns  shape [windows], seconds
[[nodiscard]] std::vector<double> longest_gaps(std::vector<RecordTimes> records, const std::vector<double>& windows);

/// Runs the case `trials` times, each with its own phases of heartbeats and of the controller's clocks.
///
/// A time may be off by 10 % of what has passed since the event before it, or 0.5 s. Where single trials differ by more
/// than that its phase is random: it has to be within the range of 98 % of them (of fewer than 100: of all).
/// Deterministic in the case, the profile and `trials`.
[[nodiscard]] FailureComparison compare_failures(const MeasuredCase& measured, const HostProfile& profile,
                                                 std::uint32_t trials);

}  // namespace brokersim
