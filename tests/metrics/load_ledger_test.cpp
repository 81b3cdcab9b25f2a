// SPDX-License-Identifier: Apache-2.0
#include "sim/metrics/load_ledger.hpp"

#include <doctest/doctest.h>

#include "sim/core/contract.hpp"
#include "sim/metrics/window_loads.hpp"

using namespace brokersim;
using namespace std::chrono_literals;

namespace {
constexpr BrokerIndex broker{1};
Instant at(Duration span) {
  return Instant{span};
}
}  // namespace

TEST_CASE("Work that crosses a window's edge is split over the windows, to the nanosecond") {
  LoadLedger ledger(2, at(10s), at(13s), 1s);
  ledger.busy(broker, BrokerResource::io_threads, at(9s), at(10500ms), at(12250ms));
  const auto io = static_cast<std::size_t>(BrokerResource::io_threads);
  CHECK(ledger.load(0, broker).busy[io] == 500ms);
  CHECK(ledger.load(1, broker).busy[io] == 1s);
  CHECK(ledger.load(2, broker).busy[io] == 250ms);
  CHECK(ledger.total(broker).offered[io] == 0s);  // it arrived before the interval
  CHECK(ledger.total(BrokerIndex{0}).busy[io] == 0s);
}

TEST_CASE("What happens outside the observation interval is in no window") {
  LoadLedger ledger(2, at(10s), at(12s), 1s);
  ledger.busy(broker, BrokerResource::nic_in, at(9s), at(9500ms), at(10100ms));
  ledger.busy(broker, BrokerResource::nic_in, at(11950ms), at(11900ms), at(12400ms));
  ledger.at(broker, at(12s)).produce_requests += 7;  // the end is not part of it
  ledger.at(broker, at(10s)).produce_requests += 1;  // the start is
  const auto nic = static_cast<std::size_t>(BrokerResource::nic_in);
  CHECK(ledger.total(broker).busy[nic] == 200ms);
  CHECK(ledger.total(broker).offered[nic] == 500ms);
  CHECK(ledger.total(broker).produce_requests == 1);
}

TEST_CASE("The last window may be shorter, and visits may go back in time") {
  LoadLedger ledger(1, at(0s), at(2500ms), 1s);
  CHECK(ledger.windows() == 3);
  CHECK(ledger.window_length(2) == 500ms);
  for (const Duration when : {2400ms, 100ms, 1700ms, 2200ms})
    ++ledger.at(BrokerIndex{0}, at(when)).consumer_fetch_requests;
  CHECK(ledger.load(0, BrokerIndex{0}).consumer_fetch_requests == 1);
  CHECK(ledger.load(1, BrokerIndex{0}).consumer_fetch_requests == 1);
  CHECK(ledger.load(2, BrokerIndex{0}).consumer_fetch_requests == 2);
}

TEST_CASE("Loads by window: windows of the scenario must be made of whole ledger windows") {
  const LoadLedger ledger(1, Instant{1s}, Instant{4s}, 1s);
  CHECK(loads_by_window(ledger, 2s).size() == 2);
  CHECK(loads_by_window(ledger, 2s)[1].length == 1s);
  CHECK(loads_by_window(ledger, 60s).size() == 1);
  CHECK_THROWS_AS(static_cast<void>(loads_by_window(ledger, 1500ms)), ContractViolation);
}
