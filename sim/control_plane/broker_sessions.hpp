// SPDX-License-Identifier: Apache-2.0
// What the active controller remembers of heartbeats and writes nowhere (L-16, L-21, L-23).
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/core/quantities.hpp"
#include "sim/core/sim_time.hpp"

namespace brokersim {

/// The sessions of unfenced brokers, in the order in which they will end.
///
/// cost    constant for a heartbeat, whatever the number of brokers
/// source  BrokerHeartbeatManager of Apache Kafka
class BrokerSessions {
 public:
  explicit BrokerSessions(Duration timeout) : timeout_(timeout) {}

  /// Heard from an unfenced broker. Instants never go back, so it moves to the end of the order; who was heard from at
  /// one instant ends in the order of the calls.
  void touch(BrokerIndex broker, Instant now);
  /// The broker is fenced or gone: it has no session.
  void end(BrokerIndex broker);

  /// An unfenced broker heard from at most the timeout ago; at the deadline itself it still is (L-16).
  [[nodiscard]] bool is_valid(BrokerIndex broker, Instant now) const;
  /// Whose session ends first; none without sessions.
  [[nodiscard]] std::optional<BrokerIndex> oldest() const { return first_; }
  /// The last instant at which the oldest session is valid.
  [[nodiscard]] std::optional<Instant> deadline() const;

 private:
  struct Session {
    Instant last_contact{};
    std::optional<BrokerIndex> before, after;  // in order of last contact
    bool open = false;
  };

  Duration timeout_;
  std::vector<Session> sessions_;  // shape [brokers]
  std::optional<BrokerIndex> first_, last_;
};

}  // namespace brokersim
