// SPDX-License-Identifier: Apache-2.0
#include "sim/metrics/window_loads.hpp"

#include "sim/core/contract.hpp"

namespace brokersim {

std::vector<WindowLoads> loads_by_window(const LoadLedger& ledger, Duration window) {
  require(window > Duration::zero(), "a load window is longer than nothing");
  std::vector<WindowLoads> result;
  const Instant start = ledger.window_start(0);
  for (std::size_t w = 0; w < ledger.windows(); ++w) {
    const Duration since_start = ledger.window_start(w) - start;
    const auto place = static_cast<std::size_t>(since_start / window);
    if (place == result.size()) {
      require(since_start % window == Duration::zero(), "a load window is a whole number of the ledger's windows");
      result.push_back({ledger.window_start(w) - simulation_start, {}, std::vector<BrokerLoad>(ledger.brokers())});
    }
    WindowLoads& loads = result[place];
    loads.length += ledger.window_length(w);
    for (std::uint32_t b = 0; b < ledger.brokers(); ++b) loads.brokers[b] += ledger.load(w, BrokerIndex{b});
  }
  return result;
}

}  // namespace brokersim
