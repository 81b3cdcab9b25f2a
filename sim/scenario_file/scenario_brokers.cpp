// SPDX-License-Identifier: Apache-2.0
// "brokers": one by one, or many alike spread over zones.
#include <array>
#include <limits>

#include "sim/scenario_file/scenario_reading.hpp"

namespace brokersim {

namespace {

void read_disk(StrictReader& reader, const JsonNode& broker, DiskSpec& disk) {
  const JsonNode* node = find_member(broker, "disk");
  if (node == nullptr || !reader.object(*node, Section::disk)) return;
  const JsonNode* bandwidth = reader.needed(*node, "bandwidth", "\"bandwidth\": \"250MB/s\"");
  if (bandwidth != nullptr) reader.bandwidth(*bandwidth, disk.bandwidth);
  if (const JsonNode* latency = find_member(*node, "latency"))
    reader.duration(*latency, {Duration::zero(), std::chrono::seconds{10}}, disk.latency);
  if (const JsonNode* cache = find_member(*node, "page_cache"))
    reader.size64(*cache, {0, Bytes{1} << 50, "E0429"}, disk.page_cache);
}

/// A default for topics that brokers state, `here` at `node`: all that state it must agree, as there is one cluster.
template <class Value>
void agree_on_default(ScenarioReading& reading, const JsonNode& node, Value here, const JsonNode*& stated,
                      Value& value) {
  if (stated != nullptr && here != value) {
    reading.problems.at(
        node, *stated,
        {.code = "E0444",
         .found = shown(node) + ", but " + shown(*stated) + " at {other}",
         .allowed = "the same " + std::string(node.key) + " in every broker's config: it is a default of topics"});
    return;
  }
  stated = &node;
  value = here;
}

void read_topic_default(ScenarioReading& reading, const JsonNode& config, std::string_view key, const WholeRange& range,
                        const JsonNode*& stated, std::uint32_t& value) {
  const JsonNode* node = find_member(config, key);
  std::uint32_t here = 0;
  if (node != nullptr && reading.reader.whole(*node, range, here))
    agree_on_default(reading, *node, here, stated, value);
}

void read_config(ScenarioReading& reading, const JsonNode& broker, BrokerSpec& spec) {
  const JsonNode* config = find_member(broker, "config");
  StrictReader& reader = reading.reader;
  if (config == nullptr || !reader.object(*config, Section::broker_config)) return;
  const auto whole = [&](std::string_view key, const WholeRange& range, auto& out) {
    if (const JsonNode* node = find_member(*config, key)) reader.whole(*node, range, out);
  };
  whole("num.network.threads", {1, 10'000}, spec.num_network_threads);
  whole("num.io.threads", {1, 10'000}, spec.num_io_threads);
  whole("queued.max.requests", {1, 1'000'000}, spec.queued_max_requests);
  whole("num.replica.fetchers", {1, 1000}, spec.num_replica_fetchers);
  if (const JsonNode* node = find_member(*config, "replica.fetch.wait.max.ms")) {
    const Duration so_far = reading.longest_fetch_wait_value;
    if (reader.milliseconds(*node, {1, whole_maximum}, spec.replica_fetch_wait_max) &&
        (reading.longest_fetch_wait == nullptr || spec.replica_fetch_wait_max > so_far)) {
      reading.longest_fetch_wait = node;
      reading.longest_fetch_wait_value = spec.replica_fetch_wait_max;
    }
  }
  whole("replica.fetch.min.bytes", {1, whole_maximum}, spec.replica_fetch_min_bytes);
  whole("replica.fetch.max.bytes", {1, whole_maximum}, spec.replica_fetch_max_bytes);
  whole("replica.fetch.response.max.bytes", {1, whole_maximum}, spec.replica_fetch_response_max_bytes);
  whole("fetch.max.bytes", {1024, whole_maximum}, spec.fetch_max_bytes);
  const auto milliseconds = [&](std::string_view key, const WholeRange& range, Duration& out) {
    if (const JsonNode* node = find_member(*config, key)) reader.milliseconds(*node, range, out);
  };
  milliseconds("group.initial.rebalance.delay.ms", {0, whole_maximum}, spec.group_initial_rebalance_delay);
  milliseconds("group.consumer.heartbeat.interval.ms", {1, whole_maximum}, spec.group_consumer_heartbeat_interval);
  whole("quota.window.num", {2, 1'000'000}, spec.quota_window_num);
  std::int32_t seconds = 1;
  whole("quota.window.size.seconds", {1, 1'000'000}, seconds);
  spec.quota_window_size = std::chrono::seconds{seconds};
  read_topic_default(reading, *config, "min.insync.replicas", {1, 32'767, "E0426"}, reading.default_min_insync,
                     reading.default_min_insync_value);
  read_topic_default(reading, *config, "default.replication.factor", {1, 32'767}, reading.default_replication_factor,
                     reading.default_replication_factor_value);
  bool unclean = false;
  const JsonNode* unclean_node = find_member(*config, "unclean.leader.election.enable");
  if (unclean_node != nullptr && reader.boolean(*unclean_node, unclean)) {
    agree_on_default(reading, *unclean_node, unclean, reading.default_unclean_election,
                     reading.default_unclean_election_value);
  }
}

/// False if the entry's brokers, or some of them, could not be taken.
bool read_entry(ScenarioReading& reading, const JsonNode& entry) {
  StrictReader& reader = reading.reader;
  std::vector<BrokerSpec>& brokers = reading.scenario.world.brokers;
  if (!reader.object(entry, Section::broker)) return false;
  BrokerSpec spec = reading.broker_defaults;
  if (const JsonNode* nic = find_member(entry, "nic")) reader.bandwidth(*nic, spec.nic);
  if (const JsonNode* threads = find_member(entry, "network_threads")) {
    constexpr std::array<std::string_view, 2> kinds{"pooled", "bound"};
    std::size_t kind = 0;
    if (reader.choice(*threads, kinds, kind)) spec.connections_bound = kind == 1;
  }
  read_disk(reader, entry, spec.disk);
  const bool costs_stated = read_service(reader, entry, spec.service);
  read_host_pauses(reader, entry, spec.pauses);
  if (find_member(entry, "service") != nullptr || find_member(entry, "pauses") != nullptr) {
    reading.scenario.host_profile_changed = true;
  }
  read_config(reading, entry, spec);
  reader.either(entry, "id", "count");
  const JsonNode* id = reader.either(entry, "id", "first_id");
  std::int64_t first_id = reading.brokers.empty() ? 1 : std::int64_t{reading.brokers.rbegin()->first} + 1;
  std::vector<ZoneIndex> zones;
  const bool placed = read_zones_of(reading, entry, zones);
  if (id != nullptr && !reader.whole64(*id, {0, whole_maximum}, first_id)) return false;
  const std::int64_t count = read_count(reading, entry, Counted::brokers);
  if (!placed || count == 0) return false;
  if (first_id > whole_maximum - count) {
    reading.problems.at(id != nullptr ? *id : entry, "E0429", "ids that end at 2147483647 or below");
    return false;
  }
  for (std::int64_t i = 0; i < count; ++i) {
    spec.id = static_cast<std::int32_t>(first_id + i);
    spec.zone = zones[static_cast<std::size_t>(i) % zones.size()];
    const JsonNode& place = id != nullptr ? *id : entry;
    const auto added =
        reading.brokers.emplace(spec.id, std::pair{BrokerIndex{static_cast<std::uint32_t>(brokers.size())}, &place});
    if (!added.second) {
      reading.problems.at(place, *added.first->second.second,
                          {.code = "E0401",
                           .found = "broker " + std::to_string(spec.id) + " again, first at {other}",
                           .allowed = "each broker id once"});
      return false;
    }
    brokers.push_back(spec);
    reading.brokers_with_costs += costs_stated ? 1 : 0;
  }
  return true;
}

}  // namespace

void read_brokers(ScenarioReading& reading, const JsonNode& root) {
  const JsonNode* node =
      reading.reader.needed(root, "brokers", "\"brokers\": [{\"count\": 3, \"zones\": [\"a\", \"b\", \"c\"]}]");
  reading.brokers_incomplete = node == nullptr || !reading.reader.array(*node, 1);
  if (reading.brokers_incomplete) return;
  for (const JsonNode& entry : node->items) {
    if (!read_entry(reading, entry)) reading.brokers_incomplete = true;
  }
  reading.scenario.service_costs_stated =
      !reading.scenario.host_profile.empty() || reading.brokers_with_costs == reading.scenario.world.brokers.size();
}

}  // namespace brokersim
