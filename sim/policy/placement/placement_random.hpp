// SPDX-License-Identifier: Apache-2.0
// What a placement policy draws with: whole numbers, from whatever source the caller has.
#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace brokersim {

/// A source of whole numbers, of which a placement cannot tell the kind: a run's own stream, or a test's script.
class PlacementRandom {
 public:
  PlacementRandom() = default;
  PlacementRandom(const PlacementRandom&) = delete;
  PlacementRandom& operator=(const PlacementRandom&) = delete;
  virtual ~PlacementRandom() = default;
  /// Uniform in [0, bound). bound >= 1.
  [[nodiscard]] virtual std::uint32_t below(std::uint32_t bound) = 0;
};

/// Makes a placement source of any type with `std::uint32_t below(std::uint32_t)`; refers to it, does not own it.
template <class Random>
class PlacementRandomFrom final : public PlacementRandom {
 public:
  explicit PlacementRandomFrom(Random& random) : random_(random) {}
  [[nodiscard]] std::uint32_t below(std::uint32_t bound) override { return random_.below(bound); }

 private:
  Random& random_;
};

/// Puts `values` in random order as java.util.Collections.shuffle does, draw for draw: from the last place to the
/// second, each swapped with a place drawn among those up to and including itself. size - 1 draws, none if size < 2.
template <class T>
void shuffle_like_java(std::vector<T>& values, PlacementRandom& random) {
  for (std::size_t left = values.size(); left > 1; --left) {
    std::swap(values[left - 1], values[random.below(static_cast<std::uint32_t>(left))]);
  }
}

}  // namespace brokersim
