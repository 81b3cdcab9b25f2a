// SPDX-License-Identifier: Apache-2.0
// Which member of a consumer group reads how much, and how far behind it is.
#pragma once
#include <optional>
#include <vector>

#include "sim/scenario/run.hpp"

namespace brokersim {

/// A group whose members read the same partitions in the whole run. Means over trials, shape [members].
struct SettledGroup {
  std::vector<double> partitions;
  std::vector<double> records;  ///< delivered
  std::vector<double> lag;      ///< records, over the observation interval, of all partitions that it reads
};

/// Of the groups of an arm, shape [groups]. none: it has one member, or members came and went.
///
/// placement  shape [partitions][replicas]
[[nodiscard]] std::vector<std::optional<SettledGroup>> settled_groups(
    const WorldSpec& world, const std::vector<std::vector<BrokerIndex>>& placement, const ArmResult& arm);

}  // namespace brokersim
