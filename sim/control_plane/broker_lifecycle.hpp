// SPDX-License-Identifier: Apache-2.0
// A broker's side of its life with the controller: what it says next, and how long it waits before (L-15, L-19 to L-21
// with the fixed waits of 4.1).
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>

#include "sim/control_plane/controller.hpp"
#include "sim/core/quantities.hpp"
#include "sim/core/sim_time.hpp"

namespace brokersim {

/// The two timeouts are for the caller, who has the clock: they end the process whatever it says.
struct BrokerLifecycleSettings {
  Duration heartbeat_interval = std::chrono::seconds(2);            ///< broker.heartbeat.interval.ms
  Duration initial_registration_timeout = std::chrono::minutes(1);  ///< then the process gives up (L-20)
  Duration controlled_shutdown_timeout = std::chrono::minutes(5);   ///< then it stops unasked (L-21)
};

/// One process of a broker, from its start to its stop. It has no clock: every call returns how long to wait before the
/// next message, and forgets what was planned before; none means that nothing changes, as a message is under way whose
/// answer will say. One message is under way at most.
///
/// source  BrokerLifecycleManager of Apache Kafka
class BrokerLifecycle {
 public:
  enum class State : std::uint8_t {
    starting,  ///< registers, then waits until it has applied its own registration
    recovery,  ///< fenced: recovers its logs, then asks to be unfenced
    running,
    pending_controlled_shutdown,
    shutting_down,  ///< says nothing any more
  };
  /// How soon it asks again whether it may stop, the first time; and whether it has caught up while starting.
  static constexpr Duration first_shutdown_check = std::chrono::milliseconds(50);
  static constexpr Duration starting_interval = std::chrono::milliseconds(10);

  BrokerLifecycle(BrokerIndex broker, const BrokerLifecycleSettings& settings) : broker_(broker), settings_(settings) {}

  [[nodiscard]] State state() const { return state_; }
  /// False: the next message is a registration, else a heartbeat.
  [[nodiscard]] bool is_registered() const { return registered_; }
  [[nodiscard]] BrokerEpoch epoch() const { return epoch_; }
  /// The heartbeat to send now. applied: up to where this broker has applied the metadata log.
  [[nodiscard]] HeartbeatRequest heartbeat(MetadataOffset applied) const;

  /// The message that was due has left.
  void on_sent() { under_way_ = true; }
  /// Answers. A refusal, no answer in time (half a session timeout, L-15) or no controller are failures.
  Duration on_registered(BrokerEpoch epoch);
  std::optional<Duration> on_heartbeat_answered(const HeartbeatAnswer& answer);
  Duration on_failure();

  /// The logs are recovered: it asks to be unfenced.
  std::optional<Duration> on_ready();
  /// SIGTERM. Only a running broker takes the time for a controlled shutdown; any other stops.
  std::optional<Duration> on_shutdown_wanted();

 private:
  std::optional<Duration> now_or_next();
  Duration wait(Duration planned);

  BrokerIndex broker_;
  BrokerLifecycleSettings settings_;
  State state_ = State::starting;
  BrokerEpoch epoch_ = -1;
  bool registered_ = false;
  bool ready_ = false;
  bool under_way_ = false;
  bool hurry_ = false;          // the next message follows its predecessor's answer at once
  bool asked_to_stop_ = false;  // and was told to wait
};

}  // namespace brokersim
