// SPDX-License-Identifier: Apache-2.0
// Which partition a record without key goes to next, if queues differ: the adaptive half of KIP-794.
//
// Goal         a partition whose broker takes requests more slowly has batches waiting, and should get fewer.
// Algorithm    q_i batches of partition i wait, those in flight not counted; weight_i = (max q + 1) - q_i; partition i
//              is drawn with probability weight_i / sum of the weights. If all q_i are equal, and nobody is left out,
//              the draw is uniform. A partition may be left out because its broker takes nothing (K-26).
// Constraint   one whole number is drawn, below the sum of the weights; the first partition whose running sum is above
//              it is the choice. Most queues are empty, so the cost goes with those that are not.
//
// Source       K-24, K-25; truth: tests/validation/partitioner.json, adaptive_frequencies.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/contract.hpp"

namespace brokersim {

/// A partition with batches waiting.
struct QueuedPartition {
  std::uint32_t partition = 0;
  std::uint32_t batches = 0;  ///< >= 1
  bool available = true;      ///< false: its broker has taken nothing for partitioner.availability.timeout.ms (K-26)
};

/// The next partition. Random: anything with `std::uint32_t below(std::uint32_t)`; one draw.
///
/// queued      partitions with waiting batches, each once, in ascending order; all others have none
/// partitions  of the topic, >= 1
template <class Random>
[[nodiscard]] std::uint32_t choose_by_queues(Random& random, std::span<const QueuedPartition> queued,
                                             std::uint32_t partitions) {
  require(partitions >= 1, "a topic has a partition");
  require(queued.size() <= partitions, "no more queues than partitions");
  std::uint32_t most = 0, least = queued.size() < partitions ? 0 : 0xffff'ffffU, left_out = 0;
  for (const QueuedPartition& queue : queued) {
    if (!queue.available) {
      ++left_out;
      continue;
    }
    most = std::max(most, queue.batches);
    least = std::min(least, queue.batches);
  }
  if (partitions < 2 || left_out == partitions || (left_out == 0 && most == least)) return random.below(partitions);

  const std::uint32_t empty_weight = most + 1;
  std::uint64_t sum = std::uint64_t{empty_weight} * (partitions - queued.size());
  for (const QueuedPartition& queue : queued) sum += queue.available ? empty_weight - queue.batches : 0;
  require(sum <= 0xffff'ffffU, "the weights of a topic's partitions add up to less than 2^32");
  std::uint32_t left = random.below(static_cast<std::uint32_t>(sum));
  std::uint32_t first = 0;  // of a stretch of partitions without queue
  for (const QueuedPartition& queue : queued) {
    const std::uint64_t stretch = std::uint64_t{empty_weight} * (queue.partition - first);
    if (left < stretch) return first + left / empty_weight;
    left -= static_cast<std::uint32_t>(stretch);
    const std::uint32_t weight = queue.available ? empty_weight - queue.batches : 0;
    if (left < weight) return queue.partition;
    left -= weight;
    first = queue.partition + 1;
  }
  return first + left / empty_weight;
}

/// Which partitions of a topic a producer has ever had a batch for: until that is all of them, nothing adapts (K-25).
///
/// A list at first, and a bit for each partition once those take no more room: a producer that meets few of many
/// partitions keeps little. The latest ones wait in the object itself, so most batches touch no other memory.
class TriedPartitions {
 public:
  explicit TriedPartitions(std::uint32_t partitions) : partitions_(partitions) {}

  [[nodiscard]] bool all() {
    if (bits_.empty() && list_.size() + latest_ < partitions_) return false;
    if (latest_ > 0 || !list_.empty()) settle();
    return tried_ == partitions_;
  }
  /// A batch is opened for a partition.
  void add(std::uint32_t partition) {
    if (tried_ == partitions_) [[likely]]
      return;
    if (latest_ == newest_.size()) settle();
    newest_[latest_++] = partition;
  }
  /// Takes the last add() back: that batch will not be opened yet. Only what has settled meanwhile stays.
  void take_back() {
    if (latest_ > 0) --latest_;
  }

 private:
  void settle() {
    for (; latest_ > 0; --latest_) list_.push_back(newest_[latest_ - 1]);
    if (bits_.empty() && list_.size() <= partitions_ / 32) return;
    bits_.resize(partitions_ / 64 + 1);
    for (const std::uint32_t partition : list_) {
      std::uint64_t& word = bits_[partition / 64];
      const std::uint64_t bit = std::uint64_t{1} << (partition % 64);
      tried_ += (word & bit) == 0 ? 1U : 0U;
      word |= bit;
    }
    list_.clear();
  }

  std::uint32_t partitions_;
  std::uint32_t tried_ = 0;                 // bits set
  std::uint32_t latest_ = 0;                // of newest_, in use
  std::array<std::uint32_t, 11> newest_{};  // not yet in the list
  std::vector<std::uint32_t> list_;         // of partitions, some perhaps twice; empty once there are bits
  std::vector<std::uint64_t> bits_;
};

}  // namespace brokersim
