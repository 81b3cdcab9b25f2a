// SPDX-License-Identifier: Apache-2.0
// A load ledger as plain columns over brokers and windows, the form analysis/ works on.
#pragma once
#include <array>
#include <functional>
#include <string_view>
#include <vector>

#include "sim/metrics/load_ledger.hpp"
#include "sim/model/specification.hpp"

namespace brokersim {

inline constexpr std::array<std::string_view, broker_resources> broker_resource_names{"network threads", "I/O threads",
                                                                                      "NIC in", "NIC out"};

/// One number of a broker's load, in bytes or requests.
using LoadOf = std::function<double(const BrokerLoad&)>;
[[nodiscard]] double egress_bytes(const BrokerLoad& load);   ///< payload out: replication and consumers
[[nodiscard]] double ingress_bytes(const BrokerLoad& load);  ///< payload in: producers and replication

/// Totals over the observation interval. shape [brokers]
[[nodiscard]] std::vector<double> total_column(const LoadLedger& ledger, const LoadOf& load_of);

/// Sums over reported windows, which are whole multiples of the ledger's own. shape [windows x brokers]
[[nodiscard]] std::vector<double> window_column(const LoadLedger& ledger, Duration window, const LoadOf& load_of);

/// The name of a resource where that protocol is spoken: a primary_replica's I/O thread is the one that executes
/// commands.
[[nodiscard]] std::string_view resource_name(std::size_t resource, Protocol protocol);

/// How many units of a resource a broker has: its threads, of which a primary_replica's node has one, or 1 for a link
/// direction.
[[nodiscard]] double capacity_of(const BrokerSpec& broker, BrokerResource resource, Protocol protocol);

/// Busy or offered time over the observation interval by capacity. shape [brokers x broker_resources]
struct Utilization {
  std::vector<double> busy;
  std::vector<double> offered;  ///< may exceed 1
};
[[nodiscard]] Utilization utilization(const LoadLedger& ledger, const std::vector<BrokerSpec>& brokers,
                                      Protocol protocol, double span_seconds);

}  // namespace brokersim
