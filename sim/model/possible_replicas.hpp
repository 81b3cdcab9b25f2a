// SPDX-License-Identifier: Apache-2.0
// Which brokers may ever have a replica of a partition: places for them are there from the start.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/model/specification.hpp"

namespace brokersim {

/// assigned  as the run begins; first in the result, in the same order. Behind them whoever a reassignment names
inline std::vector<BrokerIndex> possible_replicas(const WorldSpec& world, TopicIndex topic, std::uint32_t number,
                                                  const std::vector<BrokerIndex>& assigned) {
  std::vector<BrokerIndex> possible = assigned;
  for (const FaultSpec& fault : world.faults) {
    if (fault.kind != FaultKind::reassign || fault.target.topic != topic) continue;
    if (fault.target.partition && *fault.target.partition != number) continue;
    for (const BrokerIndex broker : fault.replicas[fault.target.partition ? 0 : number]) {
      if (std::find(possible.begin(), possible.end(), broker) == possible.end()) possible.push_back(broker);
    }
  }
  return possible;
}

}  // namespace brokersim
