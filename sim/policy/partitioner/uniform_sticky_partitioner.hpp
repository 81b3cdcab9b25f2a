// SPDX-License-Identifier: Apache-2.0
// Which partition a record without key went to from Kafka 2.4 to 3.2: KIP-480.
//
// Goal         full batches, as in sticky_partitioner.hpp, but the turn of a partition ends with its batch.
// Algorithm    A record goes to the current partition if a batch is open there that has room. Else another partition is
//              drawn, uniformly among all but the current one, and the record goes there, whatever it finds.
// What it costs  a batch also ends when it is sent. A broker that takes requests late leaves its batches open longer,
// so
//              they grow larger: slow brokers get more records (K-22), which is why KIP-794 replaced it.
//
// Source       K-22.
#pragma once
#include <cstdint>
#include <limits>

#include "sim/core/contract.hpp"
#include "sim/core/quantities.hpp"
#include "sim/random/stream.hpp"

namespace brokersim {

/// The choice of one producer for one topic. Random: anything with `std::uint32_t below(std::uint32_t)`.
template <class Random>
class BasicUniformStickyPartitioner {
 public:
  /// Draws the first partition. random must outlive the partitioner; partitions >= 1.
  BasicUniformStickyPartitioner(Random& random, std::uint32_t partitions) : random_(&random), partitions_(partitions) {
    require(partitions >= 1, "a topic has a partition");
    current_ = random_->below(partitions_);
  }

  /// Where the next record goes, in [0, partitions).
  [[nodiscard]] std::uint32_t current() const { return current_; }

  /// Call before a record opens a batch on current(): the record then goes to what is current() afterwards.
  void on_no_open_batch() {
    if (partitions_ == 1) return;
    const std::uint32_t other = random_->below(partitions_ - 1);  // of all but the current one
    current_ = other < current_ ? other : other + 1;
  }

  /// While a batch is open and has room, nothing ends a partition's turn.
  [[nodiscard]] static constexpr Bytes room_before_switch() { return std::numeric_limits<Bytes>::max(); }

 private:
  Random* random_;
  std::uint32_t partitions_;
  std::uint32_t current_ = 0;
};

using UniformStickyPartitioner = BasicUniformStickyPartitioner<RandomStream>;

}  // namespace brokersim
