// SPDX-License-Identifier: Apache-2.0
// The last number of each of very many sequences, by a key: a table without memory of its own for each entry, as a
// large cluster has one for every producer and partition.
#pragma once
#include <cstdint>
#include <utility>

#include "sim/core/large_array.hpp"
#include "sim/core/prefetch.hpp"
#include "sim/core/running_hash.hpp"

namespace brokersim {

class LastNumbers {
 public:
  /// The number of `key`, where it can be changed; and whether it is new, and 0 therefore. Good until the next call.
  /// key  not 2^64 - 1
  std::pair<std::uint64_t*, bool> find_or_add(std::uint64_t key) {
    if (2 * (used_ + 1) > slots_.size()) grow();
    Slot& slot = slots_[place_of(key)];
    const bool is_new = slot.key == none;
    if (is_new) {
      slot = {key, 0};
      ++used_;
    }
    return {&slot.number, is_new};
  }
  /// The key will be asked for soon.
  void expect(std::uint64_t key) const {
    if (!slots_.empty()) prefetch(&slots_[mixed_bits(key) & (slots_.size() - 1)]);
  }

 private:
  static constexpr std::uint64_t none = ~std::uint64_t{0};
  struct Slot {
    std::uint64_t key = none, number = 0;
  };
  /// Where the key is, or would be: the first from its own slot on that is its or nobody's.
  [[nodiscard]] std::size_t place_of(std::uint64_t key) const {
    const std::size_t last = slots_.size() - 1;
    std::size_t place = mixed_bits(key) & last;
    while (slots_[place].key != key && slots_[place].key != none) place = (place + 1) & last;
    return place;
  }
  void grow() {
    constexpr std::size_t first = 64;
    const LargeArray<Slot> before = std::exchange(slots_, LargeArray<Slot>(slots_.empty() ? first : 2 * slots_.size()));
    for (const Slot& slot : before) {
      if (slot.key != none) slots_[place_of(slot.key)] = slot;
    }
  }

  LargeArray<Slot> slots_;  // a power of two of them, at most half in use
  std::size_t used_ = 0;
};

}  // namespace brokersim
