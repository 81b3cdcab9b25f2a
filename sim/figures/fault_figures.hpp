// SPDX-License-Identifier: Apache-2.0
// Works out what is reported around faults (result_files/fault_report.hpp); the formulas are analysis/recovery.hpp's.
#pragma once
#include <vector>

#include "sim/result_files/fault_report.hpp"
#include "sim/scenario/run.hpp"
#include "sim/scenario/scenario.hpp"

namespace brokersim {

/// What heals or repairs, or changes a setting, is no trouble by itself.
[[nodiscard]] bool makes_episode(FaultKind kind);

/// In order of time; of faults that came before the end of the observation and were not ignored.
[[nodiscard]] std::vector<FaultEpisode> fault_episodes(const Scenario& scenario, const TrialResult& trial);

/// placement  of place_partitions(), which says who leads when the run begins
/// returns    nothing for a trial in which nothing could fail
[[nodiscard]] FaultFigures fault_figures(const Scenario& scenario,
                                         const std::vector<std::vector<BrokerIndex>>& placement, Protocol protocol,
                                         const TrialResult& trial);

}  // namespace brokersim
