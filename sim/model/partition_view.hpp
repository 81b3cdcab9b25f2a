// SPDX-License-Identifier: Apache-2.0
// What the controller's metadata log says of a partition at one of its offsets.
#pragma once
#include <algorithm>
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
  std::vector<BrokerIndex> replicas;  ///< assigned; during a reassignment with those that come and go (A-1)
  bool unclean = false;               ///< the leader was elected uncleanly (L-7)

  [[nodiscard]] bool is_assigned(BrokerIndex broker) const {
    return std::find(replicas.begin(), replicas.end(), broker) != replicas.end();
  }
};

/// The part of it that clients ask for all the time.
struct LeaderView {
  std::optional<BrokerIndex> leader;
  std::uint32_t leader_epoch = 0;
};

}  // namespace brokersim
