// SPDX-License-Identifier: Apache-2.0
// Choices of a random schedule. Amounts come from the ladder 1, 2, 5, 10, ... : log-uniform, and easy to read.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "sim/core/sim_time.hpp"
#include "sim/random/stream.hpp"

namespace brokersim {

class Draw {
 public:
  Draw(std::uint64_t seed, std::string_view what) : random_({seed, 0}, "swarm", what) {}

  [[nodiscard]] bool chance(double probability) { return random_.uniform() < probability; }
  /// From `low` to `high`, both included.
  [[nodiscard]] std::uint32_t between(std::uint32_t low, std::uint32_t high) {
    return low + random_.below(high - low + 1);
  }
  template <class Value>
  [[nodiscard]] Value one_of(const std::vector<Value>& values) {
    return values[random_.below(static_cast<std::uint32_t>(values.size()))];
  }
  template <class Value>
  [[nodiscard]] Value one_of(std::initializer_list<Value> values) {
    return values.begin()[random_.below(static_cast<std::uint32_t>(values.size()))];
  }
  /// A number of the ladder 1, 2, 5, 10, 20, ... from `low` to `high`, which are rungs themselves.
  [[nodiscard]] std::int64_t rung(std::int64_t low, std::int64_t high) {
    std::vector<std::int64_t> rungs;
    for (std::int64_t decade = 1; decade <= high; decade *= 10) {
      for (const std::int64_t digit : {1, 2, 5}) {
        if (digit * decade >= low && digit * decade <= high) rungs.push_back(digit * decade);
      }
    }
    return one_of(rungs);
  }
  [[nodiscard]] Duration rung(Duration low, Duration high) { return Duration{rung(low.count(), high.count())}; }
  /// A whole number of milliseconds from 0 to below `span`.
  [[nodiscard]] Duration moment(Duration span) {
    return std::chrono::milliseconds{
        random_.below(static_cast<std::uint32_t>(std::max<std::int64_t>(span / std::chrono::milliseconds{1}, 1)))};
  }

 private:
  RandomStream random_;
};

}  // namespace brokersim
