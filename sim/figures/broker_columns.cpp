// SPDX-License-Identifier: Apache-2.0
#include "sim/figures/broker_columns.hpp"

#include "sim/metrics/window_loads.hpp"

namespace brokersim {

double egress_bytes(const BrokerLoad& load) {
  return static_cast<double>(load.bytes_out());
}
double ingress_bytes(const BrokerLoad& load) {
  return static_cast<double>(load.bytes_in());
}

std::vector<double> total_column(const LoadLedger& ledger, const LoadOf& load_of) {
  std::vector<double> column;
  for (std::uint32_t b = 0; b < ledger.brokers(); ++b) column.push_back(load_of(ledger.total(BrokerIndex{b})));
  return column;
}

std::vector<double> window_column(const LoadLedger& ledger, Duration window, const LoadOf& load_of) {
  std::vector<double> column;
  for (const WindowLoads& loads : loads_by_window(ledger, window)) {
    for (const BrokerLoad& load : loads.brokers) column.push_back(load_of(load));
  }
  return column;
}

std::string_view resource_name(std::size_t resource, Protocol protocol) {
  const bool commands = resource == static_cast<std::size_t>(BrokerResource::io_threads);
  return commands && protocol == Protocol::primary_replica ? "command thread" : broker_resource_names[resource];
}

double capacity_of(const BrokerSpec& broker, BrokerResource resource, Protocol protocol) {
  if (protocol == Protocol::primary_replica) return 1;
  switch (resource) {
    case BrokerResource::network_threads:
      return broker.num_network_threads;
    case BrokerResource::io_threads:
      return broker.num_io_threads;
    case BrokerResource::nic_in:
    case BrokerResource::nic_out:
      return 1;
  }
  return 1;
}

Utilization utilization(const LoadLedger& ledger, const std::vector<BrokerSpec>& brokers, Protocol protocol,
                        double span_seconds) {
  Utilization result;
  for (std::uint32_t b = 0; b < ledger.brokers(); ++b) {
    const BrokerLoad total = ledger.total(BrokerIndex{b});
    for (std::size_t r = 0; r < broker_resources; ++r) {
      const double capacity = span_seconds * capacity_of(brokers[b], static_cast<BrokerResource>(r), protocol);
      result.busy.push_back(seconds(total.busy[r]) / capacity);
      result.offered.push_back(seconds(total.offered[r]) / capacity);
    }
  }
  return result;
}

}  // namespace brokersim
