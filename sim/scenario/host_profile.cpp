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
      {.name = "measured-kafka-4.2",
       .service = {.network_thread = {microseconds{100}, 0},
                   .produce = {microseconds{600}, 0},
                   .fetch = {microseconds{200}, 0},
                   .replica_append = {microseconds{300}, 0},
                   .variation = 1},
       .clients = {.send = {microseconds{300}, 0},
                   .receive = {microseconds{300}, 0},
                   .variation = 1,
                   .pauses = {.per_second = 0.5, .mean = microseconds{20'000}}},
       .pauses = {.per_second = 0.5, .mean = microseconds{20'000}}},
  }};
  return profiles;
}

const HostProfile* find_host_profile(std::string_view name) {
  const auto profiles = host_profiles();
  const auto found = std::find_if(profiles.begin(), profiles.end(), [&](const auto& p) { return p.name == name; });
  return found == profiles.end() ? nullptr : &*found;
}

}  // namespace brokersim
