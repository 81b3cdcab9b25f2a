// SPDX-License-Identifier: Apache-2.0
// What the controller's metadata log says of a partition at one of its offsets.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/core/quantities.hpp"

namespace brokersim {

/// As brokers and clients know it once they have the metadata up to that offset.
struct PartitionView {
  std::optional<BrokerIndex> leader;  ///< none: the partition is offline
  std::uint32_t leader_epoch = 0;     ///< L-2
  std::uint32_t partition_epoch = 0;  ///< grows with every change
  std::vector<BrokerIndex> in_sync;   ///< the ISR
  bool unclean = false;               ///< the leader was elected uncleanly (L-7)
};

}  // namespace brokersim
