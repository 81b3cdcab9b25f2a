// SPDX-License-Identifier: Apache-2.0
// A set of partitions, visited in ascending order.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/core/quantities.hpp"

namespace brokersim {

/// A bit a partition. Putting in and out takes constant time, a visit of all a word for each 64 partitions of the
/// cluster.
class PartitionSet {
 public:
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] bool contains(PartitionIndex partition) const {
    const std::size_t word = partition.value / bits;
    return word < words_.size() && (words_[word] >> partition.value % bits & 1) != 0;
  }
  void set(PartitionIndex partition, bool member) {
    const std::size_t word = partition.value / bits;
    if (word >= words_.size()) words_.resize(word + 1);
    const std::uint64_t bit = std::uint64_t{1} << partition.value % bits;
    if (((words_[word] & bit) != 0) == member) return;
    words_[word] ^= bit;
    size_ = member ? size_ + 1 : size_ - 1;
  }
  /// The least member that is `from` or more; beyond the last, none.
  [[nodiscard]] std::optional<PartitionIndex> first_from(PartitionIndex from) const {
    std::size_t word = from.value / bits;
    if (word >= words_.size()) return std::nullopt;
    std::uint64_t rest = words_[word] & ~std::uint64_t{0} << from.value % bits;
    while (rest == 0) {
      if (++word == words_.size()) return std::nullopt;
      rest = words_[word];
    }
    return PartitionIndex{static_cast<std::uint32_t>(word * bits) + static_cast<std::uint32_t>(std::countr_zero(rest))};
  }

 private:
  static constexpr std::uint32_t bits = 64;
  std::vector<std::uint64_t> words_;
  std::uint32_t size_ = 0;
};

}  // namespace brokersim
