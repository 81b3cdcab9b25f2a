// SPDX-License-Identifier: Apache-2.0
#include "sim/swarm/profile.hpp"

#include "sim/model/fault_kinds.hpp"

namespace brokersim {
namespace {

using K = FaultKind;

std::vector<FaultKind> every_kind() {
  std::vector<FaultKind> kinds;
  for (const FaultKindEntry& entry : fault_kinds) {
    if (entry.kind != K::heal) kinds.push_back(entry.kind);  // every schedule heals in the end
  }
  return kinds;
}

}  // namespace

std::span<const SwarmProfile> swarm_profiles() {
  static const std::vector<SwarmProfile> profiles{
      {"full", "every kind of fault", every_kind()},
      {"lite",
       "three brokers, one partition; kills and links",
       {K::kill, K::link_cut, K::link_delay},
       WorldSize::one_partition},
      {"power",
       "processes and hosts that stop",
       {K::kill, K::controlled_shutdown, K::restart, K::rolling_restart, K::rolling_kill, K::zone_loss, K::power_loss,
        K::crash_stop, K::wipe}},
      {"network",
       "links and connections",
       {K::link_cut, K::link_delay, K::link_loss, K::link_bandwidth, K::isolate, K::zone_partition, K::clog,
        K::connection_reset, K::message_delay, K::controller_isolated}},
      {"gray",
       "what is slow or silent, but not gone",
       {K::slow_broker, K::pause, K::timer_skew, K::disk_slow, K::disk_stall, K::disk_full, K::disk_error,
        K::metadata_lag}},
      {"clients",
       "producers and consumers",
       {K::producer_burst, K::producer_crash, K::consumer_crash, K::consumer_slow, K::consumer_pause, K::hot_key,
        K::kill, K::restart}},
      {"reads",
       "follower reads while brokers and zones go",
       {K::kill, K::restart, K::zone_loss, K::zone_partition, K::link_cut, K::isolate, K::metadata_lag},
       WorldSize::small,
       true},
      {"big", "every kind of fault in a cluster of 30 to 50 brokers", every_kind(), WorldSize::big},
  };
  return profiles;
}

const SwarmProfile* find_swarm_profile(std::string_view name) {
  for (const SwarmProfile& profile : swarm_profiles()) {
    if (profile.name == name) return &profile;
  }
  return nullptr;
}

}  // namespace brokersim
