// SPDX-License-Identifier: Apache-2.0
// A fair shuffle that is the same with every standard library (rule D-04).
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "sim/core/contract.hpp"
#include "sim/random/stream.hpp"

namespace brokersim {

/// Puts `values` in random order, each of the n! orders alike: n - 1 bounded draws, from the last place to the second.
/// source  Fisher and Yates; Knuth, The Art of Computer Programming 2, algorithm 3.4.2P
template <class T>
void shuffle(std::span<T> values, RandomStream& random) {
  require(values.size() <= UINT32_MAX, "a shuffle has less than 2^32 values");
  for (std::size_t left = values.size(); left > 1; --left) {
    using std::swap;
    swap(values[left - 1], values[random.below(static_cast<std::uint32_t>(left))]);
  }
}

}  // namespace brokersim
