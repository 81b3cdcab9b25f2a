// SPDX-License-Identifier: Apache-2.0
// When a periodic pass of the controller is due (L-10, L-11).
#pragma once
#include <chrono>
#include <optional>

#include "sim/control_plane/controller_settings.hpp"
#include "sim/core/sim_time.hpp"

namespace brokersim {

/// One pending pass at most; after one that stopped at its limit the next is due 10 ms later.
///
/// periodic   a pass every interval from when the controller becomes active, whether there is something to do or not
/// on_demand  due one interval after there was first something to do; planned again while there still is
///
/// source  PeriodicTaskControlManager of Apache Kafka 4.x; QuorumController.maybeScheduleNextBalancePartitionLeaders of
///         3.9
class PassSchedule {
 public:
  static constexpr Duration pause_when_cut_short = std::chrono::milliseconds(10);

  PassSchedule(Duration interval, ControllerClock clock) : interval_(interval), clock_(clock) {}

  /// The controller has been active for `active_for` by now.
  void start(Instant now, Duration active_for) {
    due_.reset();
    cut_short_ = false;
    if (clock_ == ControllerClock::periodic) due_ = now + interval_ - active_for % interval_;
  }
  /// After every call: plans a pass if there is something to do and none is planned.
  void plan(bool something_to_do, Instant now) {
    if (due_ || !something_to_do) return;
    due_ = now + (cut_short_ ? pause_when_cut_short : interval_);
  }
  void plan_at(Instant due) { due_ = due; }
  /// The pass was made. cut_short: it stopped at its limit and may have left something.
  void made(bool cut_short, Instant now) {
    due_.reset();
    cut_short_ = cut_short;
    if (clock_ == ControllerClock::periodic) due_ = now + (cut_short ? pause_when_cut_short : interval_);
  }
  [[nodiscard]] std::optional<Instant> due() const { return due_; }

 private:
  Duration interval_;
  ControllerClock clock_;
  std::optional<Instant> due_;
  bool cut_short_ = false;
};

}  // namespace brokersim
