// SPDX-License-Identifier: Apache-2.0
// Load by the windows of the scenario, put together from the finer windows of the ledger.
#pragma once
#include <vector>

#include "sim/metrics/load_ledger.hpp"

namespace brokersim {

struct WindowLoads {
  Duration start{};                 ///< since the start of the run
  Duration length{};                ///< > 0; the last window may be shorter
  std::vector<BrokerLoad> brokers;  ///< shape [brokers]
};

/// The rows of brokers.csv, before they become rates: half-open windows aligned to the start of the observation
/// interval (metrics-and-statistics.md section 1).
///
/// window  > 0; a whole number of the ledger's windows
[[nodiscard]] std::vector<WindowLoads> loads_by_window(const LoadLedger& ledger, Duration window);

}  // namespace brokersim
