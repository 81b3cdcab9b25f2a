// SPDX-License-Identifier: Apache-2.0
// Every record of a run, for those who compare it record by record with a measured one.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/core/quantities.hpp"
#include "sim/core/sim_time.hpp"

namespace brokersim {

/// Where a batch lies: its records have offsets first_offset, first_offset + 1, ... in that partition.
struct BatchPlace {
  std::uint32_t partition = 0;
  std::int64_t first_offset = 0;
};

/// Kept only by traced runs; times are those of the whole run, the observation interval says nothing here.
struct RecordTrace {
  struct Partition {
    std::vector<Instant> intended;             ///< by offset
    std::vector<Instant> acknowledged;         ///< by offset; Instant::max() if it never was
    std::vector<std::vector<Instant>> handed;  ///< shape [groups][offsets], for the first time; Instant::max() if never
  };
  std::vector<Partition> partitions;
  /// Shape [hosts * hosts], from * hosts + to, observation interval: the brokers, behind them each
  /// zone's clients, last the controller.
  std::vector<Bytes> wire_bytes;

  /// A record that was cut off a log leaves its offset to another.
  void on_appended(std::uint32_t where, std::int64_t offset, Instant intended) {
    Partition& partition = partitions[where];
    const auto place = static_cast<std::size_t>(offset);
    const std::size_t size = std::max(partition.intended.size(), place + 1);
    const auto put = [&](std::vector<Instant>& times, Instant time) {
      times.resize(size, Instant::max());
      times[place] = time;
    };
    put(partition.intended, intended);
    put(partition.acknowledged, Instant::max());
    for (std::vector<Instant>& group : partition.handed) put(group, Instant::max());
  }
};

}  // namespace brokersim
