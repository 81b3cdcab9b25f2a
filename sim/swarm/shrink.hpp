// SPDX-License-Identifier: Apache-2.0
// From a schedule that violates a check to the smallest one found that violates the same (E.5).
#pragma once
#include <cstdint>
#include <functional>

#include "sim/scenario/scenario.hpp"

namespace brokersim {

/// Whether a candidate violates the same check as the schedule that is shrunk.
using StillFails = std::function<bool(const Scenario&)>;

struct Shrunk {
  Scenario scenario;
  std::uint32_t tried = 0;  ///< candidates that were run
};

/// Takes away as much as it can: faults, time, clients, partitions, brokers, zones, settings that are not the default,
/// digits. Repeats until nothing more goes, or `most` candidates have been tried, or `expired` says so.
[[nodiscard]] Shrunk shrink(const Scenario& failing, const StillFails& fails, std::uint32_t most,
                            const std::function<bool()>& expired);

}  // namespace brokersim
