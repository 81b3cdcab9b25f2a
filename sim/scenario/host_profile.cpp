// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/host_profile.hpp"

#include <algorithm>
#include <array>

namespace brokersim {
namespace {

using std::chrono::microseconds;

}  // namespace

std::span<const HostProfile> host_profiles() {
  static const std::array<HostProfile, 1> profiles = {{
      {"measured-kafka-4.2",
       {.network_thread = {microseconds{60}, 0},
        .produce = {microseconds{300}, 0},
        .fetch = {microseconds{150}, 0},
        .replica_append = {microseconds{300}, 0},
        .variation = 1},
       {.send = {microseconds{200}, 0}, .receive = {microseconds{200}, 0}, .variation = 1, .pauses = {}},
       {}},
  }};
  return profiles;
}

const HostProfile* find_host_profile(std::string_view name) {
  const auto profiles = host_profiles();
  const auto found = std::find_if(profiles.begin(), profiles.end(), [&](const auto& p) { return p.name == name; });
  return found == profiles.end() ? nullptr : &*found;
}

}  // namespace brokersim
