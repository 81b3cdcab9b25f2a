// SPDX-License-Identifier: Apache-2.0
// The batch that takes records of each partition, for a producer whose records bring their partition along.
#pragma once
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/model/batch.hpp"

namespace brokersim {

/// From partition to batch; room for those that have one, not for all partitions of the topic: thousands of producers
/// of a topic of tens of thousands of partitions would else keep more places than a cache holds, nearly all of them
/// empty.
///
/// method  open addressing with linear probing, at most half full; what follows a hole is moved up, so nothing is left
///         behind by an erased entry. Never iterated over: its order means nothing.
class OpenBatches {
 public:
  /// nil if there is none.
  [[nodiscard]] std::uint32_t find(std::uint32_t partition) const {
    if (used_ == 0) return nil;
    for (std::uint32_t at = home(partition);; at = following(at)) {
      if (places_[at].batch == nil) return nil;
      if (places_[at].partition == partition) return places_[at].batch;
    }
  }
  void set(std::uint32_t partition, std::uint32_t batch) {
    if (2 * (used_ + 1) > places_.size()) grow();
    std::uint32_t at = home(partition);
    while (places_[at].batch != nil && places_[at].partition != partition) at = following(at);
    used_ += places_[at].batch == nil ? 1U : 0U;
    places_[at] = {partition, batch};
  }
  void erase(std::uint32_t partition) {
    if (used_ == 0) return;
    std::uint32_t hole = home(partition);
    while (places_[hole].partition != partition || places_[hole].batch == nil) {
      if (places_[hole].batch == nil) return;
      hole = following(hole);
    }
    --used_;
    for (std::uint32_t at = following(hole); places_[at].batch != nil; at = following(at)) {
      // An entry may move into the hole unless its home lies behind the hole, up to where it is.
      if (((at - home(places_[at].partition)) & mask()) < ((at - hole) & mask())) continue;
      places_[hole] = places_[at];
      hole = at;
    }
    places_[hole].batch = nil;
  }

 private:
  struct Place {
    std::uint32_t partition = 0;
    std::uint32_t batch = nil;
  };
  [[nodiscard]] std::uint32_t mask() const { return static_cast<std::uint32_t>(places_.size()) - 1; }
  [[nodiscard]] std::uint32_t following(std::uint32_t at) const { return (at + 1) & mask(); }
  [[nodiscard]] std::uint32_t home(std::uint32_t partition) const { return (partition * 0x9e37'79b1U >> 7) & mask(); }
  void grow() {
    const std::vector<Place> before =
        std::exchange(places_, std::vector<Place>(places_.empty() ? 8 : 2 * places_.size()));
    used_ = 0;
    for (const Place& place : before) {
      if (place.batch != nil) set(place.partition, place.batch);
    }
  }

  std::vector<Place> places_;  // a power of two of them
  std::uint32_t used_ = 0;
};

}  // namespace brokersim
