// SPDX-License-Identifier: Apache-2.0
// "host_profile" and "clients", and what a broker's "service" and "pauses" say: what software costs on the hosts.
#include <algorithm>
#include <vector>

#include "sim/scenario/host_profile.hpp"
#include "sim/scenario_file/scenario_reading.hpp"

namespace brokersim {
namespace {

void read_variation(StrictReader& reader, const JsonNode& object, double& variation) {
  if (const JsonNode* node = find_member(object, "variation")) reader.real(*node, {0, true, 1000, "E0429"}, variation);
}

}  // namespace

bool read_cost(StrictReader& reader, const JsonNode& service, std::string_view key, WorkCost& cost) {
  const JsonNode* node = find_member(service, key);
  if (node == nullptr || !reader.object(*node, Section::cost)) return false;
  const JsonNode* request = find_member(*node, "per_request");
  const JsonNode* byte = find_member(*node, "per_byte");
  if (request != nullptr) reader.duration(*request, {Duration::zero(), std::chrono::seconds{10}}, cost.per_request);
  if (byte != nullptr) reader.cost_per_byte(*byte, cost.picoseconds_per_byte);
  return request != nullptr && byte != nullptr;
}

bool read_service(StrictReader& reader, const JsonNode& broker, ServiceCosts& costs) {
  const JsonNode* node = find_member(broker, "service");
  if (node == nullptr || !reader.object(*node, Section::service)) return false;
  const bool network = read_cost(reader, *node, "network_thread", costs.network_thread);
  const bool produce = read_cost(reader, *node, "produce", costs.produce);
  const bool fetch = read_cost(reader, *node, "fetch", costs.fetch);
  read_cost(reader, *node, "replica_append", costs.replica_append);
  read_variation(reader, *node, costs.variation);
  return network && produce && fetch;
}

void read_host_pauses(StrictReader& reader, const JsonNode& host, PauseSpec& pauses) {
  constexpr double rarest = 1e-6;  // less often than once in eleven days is as good as never
  const JsonNode* node = find_member(host, "pauses");
  if (node == nullptr || !reader.object(*node, Section::host_pauses)) return;
  const JsonNode* rate = reader.needed(*node, "per_second", "\"per_second\": 0.5");
  if (rate != nullptr && reader.real(*rate, {0, true, 1000, "E0429"}, pauses.per_second) && pauses.per_second > 0 &&
      pauses.per_second < rarest) {
    reader.problems().at(*rate, "E0429", "0, or a number from " + decimal_text(rarest) + " to 1000");
  }
  const bool some = pauses.per_second > 0;
  const JsonNode* mean = some && pauses.mean == Duration::zero() ? reader.needed(*node, "mean", "\"mean\": \"20ms\"")
                                                                 : find_member(*node, "mean");
  if (mean != nullptr) {
    reader.duration(*mean, {std::chrono::microseconds{1}, std::chrono::seconds{10}}, pauses.mean);
  }
  if (!some) pauses = {};
}

void read_host_profile(ScenarioReading& reading, const JsonNode& root) {
  const JsonNode* node = find_member(root, "host_profile");
  if (node == nullptr) return;
  std::vector<std::string_view> names;
  for (const HostProfile& profile : host_profiles()) names.push_back(profile.name);
  std::size_t index = 0;
  if (!reading.reader.choice(*node, names, index)) return;
  const HostProfile& profile = host_profiles()[index];
  reading.scenario.host_profile = profile.name;
  reading.broker_defaults.service = profile.service;
  reading.broker_defaults.pauses = profile.pauses;
  reading.scenario.world.clients = profile.clients;
}

void read_clients(ScenarioReading& reading, const JsonNode& root) {
  const JsonNode* node = find_member(root, "clients");
  StrictReader& reader = reading.reader;
  if (node == nullptr || !reader.object(*node, Section::clients)) return;
  ClientSpec& clients = reading.scenario.world.clients;
  read_cost(reader, *node, "send", clients.send);
  read_cost(reader, *node, "receive", clients.receive);
  read_variation(reader, *node, clients.variation);
  read_host_pauses(reader, *node, clients.pauses);
  reading.scenario.host_profile_changed = true;
}

}  // namespace brokersim
