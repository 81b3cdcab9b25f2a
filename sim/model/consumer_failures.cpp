// SPDX-License-Identifier: Apache-2.0
// Consumers when brokers fail or leaders change.
#include "sim/model/cluster.hpp"

namespace brokersim {

void Consumers::on_replica_changed(std::uint32_t, BrokerIndex) {}
void Consumers::on_log_cut(std::uint32_t, std::uint32_t) {}

}  // namespace brokersim
