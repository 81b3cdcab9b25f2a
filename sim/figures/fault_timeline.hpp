// SPDX-License-Identifier: Apache-2.0
// What the events log says of brokers and leaders, as steps in time.
#pragma once
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/metrics/trial_result.hpp"

namespace brokersim {

/// When each broker's process served.
class UpTimes {
 public:
  UpTimes(const std::vector<EventNote>& log, std::size_t brokers);

  /// At a moment, what happens at it included.
  [[nodiscard]] bool at(std::uint32_t broker, Duration when) const;
  /// How much of [from, to) it was up.
  [[nodiscard]] Duration within(std::uint32_t broker, Duration from, Duration to) const;
  [[nodiscard]] bool throughout(std::uint32_t broker, Duration from, Duration to) const {
    return within(broker, from, to) == to - from;
  }
  /// When any broker's state changes, ascending.
  [[nodiscard]] const std::vector<Duration>& changes() const { return changes_; }

 private:
  std::vector<std::vector<std::pair<Duration, bool>>> states_;  // shape [brokers][changes]; up before the first
  std::vector<Duration> changes_;
};

/// How many partitions each broker leads, as the controller has committed it.
class LeaderTimes {
 public:
  /// placement  shape [partitions][replicas]: who leads when the run begins
  LeaderTimes(const std::vector<EventNote>& log, const std::vector<std::vector<BrokerIndex>>& placement,
              std::size_t brokers);

  struct Count {
    Duration time{};
    std::uint32_t broker = 0;  ///< index
    std::uint32_t leaders = 0;
  };
  /// All brokers at time 0, then each change, all of one moment at once.
  [[nodiscard]] const std::vector<Count>& counts() const { return counts_; }
  /// By broker, at a moment, what happens at it included.
  [[nodiscard]] std::vector<double> at(Duration when) const;
  /// Mean over [from, to), by broker.
  [[nodiscard]] std::vector<double> mean(Duration from, Duration to) const;

 private:
  std::size_t brokers_;
  std::vector<Count> counts_;
};

}  // namespace brokersim
