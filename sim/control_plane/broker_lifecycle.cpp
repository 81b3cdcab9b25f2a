// SPDX-License-Identifier: Apache-2.0
#include "sim/control_plane/broker_lifecycle.hpp"

namespace brokersim {

HeartbeatRequest BrokerLifecycle::heartbeat(MetadataOffset applied) const {
  return {.broker = broker_,
          .epoch = epoch_,
          .metadata_offset = applied,
          .wants_fence = !ready_,
          .wants_shutdown = state_ == State::pending_controlled_shutdown};
}

Duration BrokerLifecycle::wait(Duration planned) {
  under_way_ = false;
  const bool at_once = hurry_;
  hurry_ = false;
  return at_once ? Duration::zero() : planned;
}

std::optional<Duration> BrokerLifecycle::now_or_next() {
  if (!under_way_) return Duration::zero();
  hurry_ = true;
  return std::nullopt;
}

Duration BrokerLifecycle::on_registered(BrokerEpoch epoch) {
  registered_ = true;
  epoch_ = epoch;
  return wait(Duration::zero());
}

std::optional<Duration> BrokerLifecycle::on_heartbeat_answered(const HeartbeatAnswer& answer) {
  if (answer.error != ControllerError::none) return on_failure();
  switch (state_) {
    case State::starting:
      if (answer.caught_up) state_ = State::recovery;
      return wait(starting_interval);
    case State::recovery:
      if (!answer.fenced) state_ = State::running;
      return wait(settings_.heartbeat_interval);
    case State::running:
      return wait(settings_.heartbeat_interval);
    case State::pending_controlled_shutdown: {
      if (answer.should_shut_down) {
        state_ = State::shutting_down;
        return std::nullopt;
      }
      const bool first = !asked_to_stop_;
      asked_to_stop_ = true;
      return wait(first ? first_shutdown_check : settings_.heartbeat_interval);
    }
    case State::shutting_down:
      break;
  }
  return std::nullopt;
}

/// 4.1: one fixed wait, whatever failed and however often.
Duration BrokerLifecycle::on_failure() {
  hurry_ = false;
  return wait(settings_.heartbeat_interval);
}

std::optional<Duration> BrokerLifecycle::on_ready() {
  ready_ = true;
  return now_or_next();
}

std::optional<Duration> BrokerLifecycle::on_shutdown_wanted() {
  if (state_ != State::running) {
    state_ = State::shutting_down;
    return std::nullopt;
  }
  state_ = State::pending_controlled_shutdown;
  return now_or_next();
}

}  // namespace brokersim
