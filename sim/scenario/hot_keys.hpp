// SPDX-License-Identifier: Apache-2.0
// Which key, which partition, which broker is hot: what keys alone decide, before anything runs.
#pragma once
#include <cstdint>
#include <vector>

#include "sim/scenario/scenario.hpp"

namespace brokersim {

/// The hottest key of a producer entry with keys, and the hottest partition that its keys make.
struct HotKey {
  std::uint32_t producer = 0;       ///< the entry's place
  std::uint32_t key = 0;            ///< key-N
  double key_share = 0;             ///< of the entry's records
  std::uint32_t key_partition = 0;  ///< where it goes, within the topic ...
  BrokerIndex key_leader;           ///< ... and who leads that
  std::uint32_t partition = 0;      ///< which gets most of the entry's records, within the topic
  double partition_share = 0;       ///< how much of them
  BrokerIndex leader;               ///< who leads it
};

/// One for each entry with keys, in their order. placement  as of place_partitions()
[[nodiscard]] std::vector<HotKey> hot_keys(const Scenario& scenario,
                                           const std::vector<std::vector<BrokerIndex>>& placement);

}  // namespace brokersim
