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
       .service = {.network_thread = {microseconds{10}, 0},
                   .produce = {microseconds{1043}, 0},
                   .fetch = {microseconds{154}, 0},
                   .replica_append = {microseconds{184}, 0},
                   .variation = 4},
       .clients = {.send = {microseconds{75}, 0},
                   .receive = {microseconds{1075}, 0},
                   .variation = 4,
                   .pauses = {.per_second = 0.765, .mean = microseconds{20'130}}},
       .pauses = {.per_second = 0.765, .mean = microseconds{20'130}}},
  }};
  return profiles;
}

const HostProfile* find_host_profile(std::string_view name) {
  const auto profiles = host_profiles();
  const auto found = std::find_if(profiles.begin(), profiles.end(), [&](const auto& p) { return p.name == name; });
  return found == profiles.end() ? nullptr : &*found;
}

}  // namespace brokersim
