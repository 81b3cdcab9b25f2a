// SPDX-License-Identifier: Apache-2.0
// What a swarm of random schedules is made of: which faults may come, and how large the worlds are.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "sim/model/faults.hpp"

namespace brokersim {

enum class WorldSize : std::uint8_t {
  one_partition,  ///< of three brokers
  small,          ///< 1 to 7 brokers, up to 4 partitions: where most errors of a protocol show, and soonest
  big             ///< 30 to 50 brokers, up to 500 partitions
};

struct SwarmProfile {
  std::string_view name;
  std::string_view summary;
  std::vector<FaultKind> kinds;  ///< that may come
  WorldSize size = WorldSize::small;
  bool follower_reads_only = false;  ///< of Kafka's two read policies only the one with follower reads
};

/// In the order in which they are offered, `full` first.
[[nodiscard]] std::span<const SwarmProfile> swarm_profiles();

/// Null if there is no profile of that name.
[[nodiscard]] const SwarmProfile* find_swarm_profile(std::string_view name);

}  // namespace brokersim
