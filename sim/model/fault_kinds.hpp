// SPDX-License-Identifier: Apache-2.0
// Every kind of fault by name.
#pragma once
#include <array>
#include <cstddef>
#include <string_view>

#include "sim/model/faults.hpp"

namespace brokersim {

struct FaultKindEntry {
  FaultKind kind;
  std::string_view name;  ///< in scenarios, on the command line, in events.csv
};

/// In the order of FaultKind.
inline constexpr std::array fault_kinds{FaultKindEntry{FaultKind::kill, "kill"},
                                        FaultKindEntry{FaultKind::controlled_shutdown, "controlled_shutdown"},
                                        FaultKindEntry{FaultKind::restart, "restart"},
                                        FaultKindEntry{FaultKind::rolling_restart, "rolling_restart"},
                                        FaultKindEntry{FaultKind::rolling_kill, "rolling_kill"},
                                        FaultKindEntry{FaultKind::zone_loss, "zone_loss"},
                                        FaultKindEntry{FaultKind::power_loss, "power_loss"},
                                        FaultKindEntry{FaultKind::crash_stop, "crash_stop"},
                                        FaultKindEntry{FaultKind::wipe, "wipe"},
                                        FaultKindEntry{FaultKind::slow_broker, "slow_broker"},
                                        FaultKindEntry{FaultKind::pause, "pause"},
                                        FaultKindEntry{FaultKind::timer_skew, "timer_skew"},
                                        FaultKindEntry{FaultKind::disk_slow, "disk_slow"},
                                        FaultKindEntry{FaultKind::disk_stall, "disk_stall"},
                                        FaultKindEntry{FaultKind::disk_full, "disk_full"},
                                        FaultKindEntry{FaultKind::disk_error, "disk_error"},
                                        FaultKindEntry{FaultKind::link_cut, "link_cut"},
                                        FaultKindEntry{FaultKind::link_delay, "link_delay"},
                                        FaultKindEntry{FaultKind::link_loss, "link_loss"},
                                        FaultKindEntry{FaultKind::link_bandwidth, "link_bandwidth"},
                                        FaultKindEntry{FaultKind::isolate, "isolate"},
                                        FaultKindEntry{FaultKind::zone_partition, "zone_partition"},
                                        FaultKindEntry{FaultKind::clog, "clog"},
                                        FaultKindEntry{FaultKind::connection_reset, "connection_reset"},
                                        FaultKindEntry{FaultKind::message_delay, "message_delay"},
                                        FaultKindEntry{FaultKind::controller_failover, "controller_failover"},
                                        FaultKindEntry{FaultKind::controller_isolated, "controller_isolated"},
                                        FaultKindEntry{FaultKind::metadata_lag, "metadata_lag"},
                                        FaultKindEntry{FaultKind::producer_burst, "producer_burst"},
                                        FaultKindEntry{FaultKind::producer_crash, "producer_crash"},
                                        FaultKindEntry{FaultKind::consumer_crash, "consumer_crash"},
                                        FaultKindEntry{FaultKind::consumer_slow, "consumer_slow"},
                                        FaultKindEntry{FaultKind::consumer_pause, "consumer_pause"},
                                        FaultKindEntry{FaultKind::hot_key, "hot_key"},
                                        FaultKindEntry{FaultKind::retention_squeeze, "retention_squeeze"},
                                        FaultKindEntry{FaultKind::reassign, "reassign"},
                                        FaultKindEntry{FaultKind::elect, "elect"},
                                        FaultKindEntry{FaultKind::config_change, "config_change"},
                                        FaultKindEntry{FaultKind::heal, "heal"}};

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

}  // namespace brokersim
