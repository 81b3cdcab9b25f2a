// SPDX-License-Identifier: Apache-2.0
// The area under a step function of time, exact in ns x units.
#pragma once
#include <cstdint>

#include "sim/core/sim_time.hpp"

namespace brokersim {

/// Integrates a level that changes at moments presented in time order. Exact: integer nanoseconds times integer level.
class StepIntegral {
 public:
  __extension__ using Area = __int128;  ///< ns x level

  void add(Instant now, std::int64_t change) {
    area_ += static_cast<Area>(level_) * (now - since_).count();
    since_ = now;
    level_ += change;
    if (level_ > maximum_) maximum_ = level_;
  }
  [[nodiscard]] std::int64_t level() const { return level_; }
  [[nodiscard]] std::int64_t maximum() const { return maximum_; }
  /// The area from the start of the run to `now`, which is not before the last change.
  [[nodiscard]] Area area(Instant now) const { return area_ + static_cast<Area>(level_) * (now - since_).count(); }

 private:
  Area area_ = 0;
  Instant since_{};
  std::int64_t level_ = 0;
  std::int64_t maximum_ = 0;
};

}  // namespace brokersim
