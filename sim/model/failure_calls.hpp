// SPDX-License-Identifier: Apache-2.0
// Calls to the parts of the cluster that have something to lose when brokers or links fail. Producers have not yet.
#pragma once
#include "sim/core/quantities.hpp"
#include "sim/model/loss.hpp"

namespace brokersim {

/// Everything under way to or from a broker is lost: clients first, then what followers copy.
template <class Parts>
void tell_lost(Parts& cluster, BrokerIndex broker, Loss loss) {
  if constexpr (requires { cluster.producers.on_broker_lost(broker, loss); })
    cluster.producers.on_broker_lost(broker, loss);
  cluster.consumers.on_broker_lost(broker, loss);
  cluster.replication.on_broker_lost(broker, loss);
}

/// Everything under way between a broker and the clients of a zone is lost.
template <class Parts>
void tell_link_lost(Parts& cluster, BrokerIndex broker, ZoneIndex clients, Loss loss) {
  if constexpr (requires { cluster.producers.on_link_lost(broker, clients, loss); })
    cluster.producers.on_link_lost(broker, clients, loss);
  cluster.consumers.on_link_lost(broker, clients, loss);
}

}  // namespace brokersim
