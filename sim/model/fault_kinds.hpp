// SPDX-License-Identifier: Apache-2.0
// Every kind of fault by name, and whether the model carries it out: the one place that says so.
#pragma once
#include <array>
#include <cstddef>
#include <string_view>

#include "sim/model/faults.hpp"

namespace brokersim {

struct FaultKindEntry {
  FaultKind kind;
  std::string_view name;  ///< in scenarios, on the command line, in events.csv
  bool simulated;         ///< else a scenario that names it is refused (E0391)
};

/// In the order of FaultKind. A kind is let into a run once all that it touches is simulated, clients and what is
/// reported of it included: half of a fault would make every figure wrong.
inline constexpr std::array fault_kinds{FaultKindEntry{FaultKind::kill, "kill", true},
                                        FaultKindEntry{FaultKind::controlled_shutdown, "controlled_shutdown", true},
                                        FaultKindEntry{FaultKind::restart, "restart", true},
                                        FaultKindEntry{FaultKind::rolling_restart, "rolling_restart", true},
                                        FaultKindEntry{FaultKind::rolling_kill, "rolling_kill", true},
                                        FaultKindEntry{FaultKind::zone_loss, "zone_loss", true},
                                        FaultKindEntry{FaultKind::power_loss, "power_loss", true},
                                        FaultKindEntry{FaultKind::crash_stop, "crash_stop", true},
                                        FaultKindEntry{FaultKind::wipe, "wipe", true},
                                        FaultKindEntry{FaultKind::slow_broker, "slow_broker", true},
                                        FaultKindEntry{FaultKind::pause, "pause", true},
                                        FaultKindEntry{FaultKind::timer_skew, "timer_skew", false},
                                        FaultKindEntry{FaultKind::disk_slow, "disk_slow", true},
                                        FaultKindEntry{FaultKind::disk_stall, "disk_stall", true},
                                        FaultKindEntry{FaultKind::disk_full, "disk_full", true},
                                        FaultKindEntry{FaultKind::disk_error, "disk_error", true},
                                        FaultKindEntry{FaultKind::link_cut, "link_cut", true},
                                        FaultKindEntry{FaultKind::link_delay, "link_delay", true},
                                        FaultKindEntry{FaultKind::link_loss, "link_loss", true},
                                        FaultKindEntry{FaultKind::link_bandwidth, "link_bandwidth", true},
                                        FaultKindEntry{FaultKind::isolate, "isolate", true},
                                        FaultKindEntry{FaultKind::zone_partition, "zone_partition", true},
                                        FaultKindEntry{FaultKind::clog, "clog", true},
                                        FaultKindEntry{FaultKind::connection_reset, "connection_reset", true},
                                        FaultKindEntry{FaultKind::message_delay, "message_delay", true},
                                        FaultKindEntry{FaultKind::controller_failover, "controller_failover", true},
                                        FaultKindEntry{FaultKind::controller_isolated, "controller_isolated", true},
                                        FaultKindEntry{FaultKind::metadata_lag, "metadata_lag", true},
                                        FaultKindEntry{FaultKind::producer_burst, "producer_burst", true},
                                        FaultKindEntry{FaultKind::producer_crash, "producer_crash", true},
                                        FaultKindEntry{FaultKind::consumer_crash, "consumer_crash", true},
                                        FaultKindEntry{FaultKind::consumer_slow, "consumer_slow", true},
                                        FaultKindEntry{FaultKind::consumer_pause, "consumer_pause", true},
                                        FaultKindEntry{FaultKind::hot_key, "hot_key", true},
                                        FaultKindEntry{FaultKind::retention_squeeze, "retention_squeeze", true},
                                        FaultKindEntry{FaultKind::reassign, "reassign", true},
                                        FaultKindEntry{FaultKind::elect, "elect", true},
                                        FaultKindEntry{FaultKind::config_change, "config_change", true},
                                        FaultKindEntry{FaultKind::heal, "heal", true}};

/// Whether the table's rows are in the order of the enumeration, so that a kind is its row.
constexpr bool in_order_of_kinds() {
  for (std::size_t i = 0; i < fault_kinds.size(); ++i) {
    if (static_cast<std::size_t>(fault_kinds[i].kind) != i) return false;
  }
  return fault_kinds.back().kind == FaultKind::heal;
}
static_assert(in_order_of_kinds());

[[nodiscard]] constexpr std::string_view name_of(FaultKind kind) {
  return fault_kinds[static_cast<std::size_t>(kind)].name;
}
[[nodiscard]] constexpr bool is_simulated(FaultKind kind) {
  return fault_kinds[static_cast<std::size_t>(kind)].simulated;
}

}  // namespace brokersim
