// SPDX-License-Identifier: Apache-2.0
#include "sim/control_plane/broker_sessions.hpp"

namespace brokersim {

void BrokerSessions::touch(BrokerIndex broker, Instant now) {
  if (broker.value >= sessions_.size()) sessions_.resize(broker.value + 1);
  end(broker);
  Session& session = sessions_[broker.value];
  session = Session{now, last_, std::nullopt, true};
  if (last_) {
    sessions_[last_->value].after = broker;
  } else {
    first_ = broker;
  }
  last_ = broker;
}

void BrokerSessions::end(BrokerIndex broker) {
  if (broker.value >= sessions_.size() || !sessions_[broker.value].open) return;
  Session& session = sessions_[broker.value];
  (session.before ? sessions_[session.before->value].after : first_) = session.after;
  (session.after ? sessions_[session.after->value].before : last_) = session.before;
  session.open = false;
}

bool BrokerSessions::is_valid(BrokerIndex broker, Instant now) const {
  if (broker.value >= sessions_.size()) return false;
  const Session& session = sessions_[broker.value];
  return session.open && session.last_contact + timeout_ >= now;
}

std::optional<Instant> BrokerSessions::deadline() const {
  if (!first_) return std::nullopt;
  return sessions_[first_->value].last_contact + timeout_;
}

}  // namespace brokersim
