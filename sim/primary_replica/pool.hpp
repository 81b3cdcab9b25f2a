// SPDX-License-Identifier: Apache-2.0
// Elements by index with a free list, chained by their own next_free.
#pragma once
#include <cstdint>
#include <vector>

#include "sim/model/batch.hpp"

namespace brokersim {

template <class Element>
class Pool {
 public:
  /// A fresh element, at the place of one given back if there is any.
  [[nodiscard]] std::uint32_t take() {
    if (free_ == nil) {
      elements_.emplace_back();
      return static_cast<std::uint32_t>(elements_.size() - 1);
    }
    const std::uint32_t index = free_;
    free_ = elements_[index].next_free;
    elements_[index] = Element{};
    return index;
  }
  void give_back(std::uint32_t index) {
    elements_[index].next_free = free_;
    free_ = index;
  }
  [[nodiscard]] Element& operator[](std::uint32_t index) { return elements_[index]; }

 private:
  std::vector<Element> elements_;
  std::uint32_t free_ = nil;
};

}  // namespace brokersim
