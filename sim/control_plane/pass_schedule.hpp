// SPDX-License-Identifier: Apache-2.0
// When a periodic pass of the controller is due: the clock starts when there is something to do (L-10, L-11).
#pragma once
#include <chrono>
#include <optional>

#include "sim/core/sim_time.hpp"

namespace brokersim {

/// One pending pass at most. It is due one interval after there was first something to do; after a pass that stopped at
/// its limit, 10 ms after there is (still, or next) something to do.
///
/// source  QuorumController of Apache Kafka, maybeScheduleNextBalancePartitionLeaders
class PassSchedule {
 public:
  static constexpr Duration pause_when_cut_short = std::chrono::milliseconds(10);

  explicit PassSchedule(Duration interval) : interval_(interval) {}

  /// After every call: plans a pass if there is something to do and none is planned.
  void plan(bool something_to_do, Instant now) {
    if (due_ || !something_to_do) return;
    due_ = now + (cut_short_ ? pause_when_cut_short : interval_);
  }
  void plan_at(Instant due) { due_ = due; }
  /// The pass was made. cut_short: it stopped at its limit and may have left something.
  void made(bool cut_short) {
    due_.reset();
    cut_short_ = cut_short;
  }
  void cancel() { made(false); }
  [[nodiscard]] std::optional<Instant> due() const { return due_; }

 private:
  Duration interval_;
  std::optional<Instant> due_;
  bool cut_short_ = false;
};

}  // namespace brokersim
