// SPDX-License-Identifier: Apache-2.0
// The state that the readers of a scenario's sections share. Private to sim/scenario_file.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/scenario.hpp"
#include "sim/scenario_file/read_limits.hpp"
#include "sim/scenario_file/strict_reader.hpp"

namespace brokersim {

/// Things of one kind that are referred to by name: their places in the file, and lookup.
class Names {
 public:
  /// `kind` as in messages: "zone".
  explicit Names(std::string_view kind) : kind_(kind) {}

  /// Notes E0401 if the name is taken (false), and warns with E0402 if only the case of letters differs.
  bool add(const std::string& name, std::uint32_t index, const JsonNode& node, ProblemList& problems);
  /// Stores the index of the thing the node names. False if there is none, after noting E0404.
  bool find(const JsonNode& node, ProblemList& problems, std::uint32_t& index) const;
  /// Some entry was refused, so that names that are not found may well be its: they are not reported.
  void mark_incomplete() { incomplete_ = true; }
  [[nodiscard]] const JsonNode& node_of(std::string_view name) const { return *entries_.find(name)->second.node; }
  [[nodiscard]] bool knows(std::string_view name) const { return entries_.find(name) != entries_.end(); }

 private:
  struct Entry {
    std::uint32_t index;
    const JsonNode* node;
  };
  std::string kind_;
  bool incomplete_ = false;
  std::map<std::string, Entry, std::less<>> entries_;
  std::map<std::string, std::string, std::less<>> lower_case_;  // to the name as written
};

/// What may be counted, for limits.
enum class Counted : std::uint8_t { zones, brokers, topics, partitions, replicas, clients };

/// Sums of everything a scenario multiplies out to. Nothing is built before its number was let through here.
class SizeAccount {
 public:
  explicit SizeAccount(const ReadLimits& limits) : limits_(limits) {}
  /// Adds `count` (>= 0); if that breaks the limit, notes E0407 or E0501 at the node, once a kind, and returns false.
  bool admit(Counted what, std::int64_t count, const JsonNode& node, ProblemList& problems);
  [[nodiscard]] std::int64_t total(Counted what) const { return totals_[static_cast<std::size_t>(what)]; }

 private:
  const ReadLimits& limits_;
  std::array<std::int64_t, 6> totals_{};
  std::array<bool, 6> refused_{};
};

struct ScenarioReading {
  ScenarioReading(ProblemList& list, const ReadLimits& read_limits, std::string directory)
      : problems(list), reader(list), sizes(read_limits), limits(read_limits), base_directory(std::move(directory)) {}

  ProblemList& problems;
  StrictReader reader;
  SizeAccount sizes;
  const ReadLimits& limits;
  std::string base_directory;  ///< in which a reassignment file is looked for; empty: the working directory
  Scenario scenario;

  Names zones{"zone"};
  Names topics{"topic"};
  Names producers{"producer"};
  Names groups{"group"};
  std::map<std::int32_t, std::pair<BrokerIndex, const JsonNode*>> brokers;  ///< by id
  bool brokers_incomplete = false;           ///< an entry was refused: its brokers are not missed elsewhere
  std::vector<const JsonNode*> group_nodes;  ///< shape [groups]
  std::map<std::string, std::int64_t, std::less<>> topic_families;  ///< "orders" to how many topics orders-N there are
  const JsonNode* default_replication_factor = nullptr;             ///< where a broker's config states it
  std::uint32_t default_replication_factor_value = 0;
  const JsonNode* default_min_insync = nullptr;
  std::uint32_t default_min_insync_value = 1;
  const JsonNode* default_unclean_election = nullptr;
  bool default_unclean_election_value = false;
  const JsonNode* longest_fetch_wait = nullptr;  ///< replica.fetch.wait.max.ms, if a broker's config states it
  Duration longest_fetch_wait_value{};
  ClientQuotaSpec default_producer_quota, default_group_quota;  ///< of client ids that state none of their own
  BrokerSpec broker_defaults;            ///< what entries of "brokers" start from: Kafka's, or a host profile's
  std::uint32_t brokers_with_costs = 0;  ///< brokers whose entries state every service cost
};

/// One file for each: scenario_settings.cpp, scenario_network.cpp, scenario_brokers.cpp, scenario_topics.cpp,
/// scenario_producers.cpp, scenario_groups.cpp. In this order, as later ones refer to earlier ones.
void read_settings(ScenarioReading& reading, const JsonNode& root);
/// "protocols" and "primary_replica": scenario_protocols.cpp.
void read_protocols(ScenarioReading& reading, const JsonNode& root);
void read_network(ScenarioReading& reading, const JsonNode& root);
/// "host_profile", before "clients" and "brokers", which may change it: scenario_hosts.cpp.
void read_host_profile(ScenarioReading& reading, const JsonNode& root);
void read_clients(ScenarioReading& reading, const JsonNode& root);
/// "default_client_quota", before "producers" and "groups": scenario_settings.cpp.
void read_default_client_quota(ScenarioReading& reading, const JsonNode& root);
void read_brokers(ScenarioReading& reading, const JsonNode& root);
void read_topics(ScenarioReading& reading, const JsonNode& root);
/// "control_plane", after "brokers": scenario_control_plane.cpp.
void read_control_plane(ScenarioReading& reading, const JsonNode& root);
void read_producers(ScenarioReading& reading, const JsonNode& root);
void read_groups(ScenarioReading& reading, const JsonNode& root);
/// "faults", after everything that they can hit: scenario_faults.cpp.
void read_faults(ScenarioReading& reading, const JsonNode& root);
/// What concerns several sections: E0432, E0442, E0446, E0501, and the notes N010 and N012.
void check_whole(ScenarioReading& reading, const JsonNode& root);
/// E0447: writers that wait for more replicas than a topic has. E0449: read policies that primary_replica has not.
/// E0450: faults, which it does not simulate.
void check_protocols(ScenarioReading& reading, const JsonNode& root);

/// A service cost of an object, if it is there. True if the object states both of its parts.
bool read_cost(StrictReader& reader, const JsonNode& service, std::string_view key, WorkCost& cost);
/// "service" of a broker. True if every cost that every broker has is stated.
bool read_service(StrictReader& reader, const JsonNode& broker, ServiceCosts& costs);
/// "pauses" of a broker or of the clients.
void read_host_pauses(StrictReader& reader, const JsonNode& host, PauseSpec& pauses);

/// "zone": one, or "zones": a list to be gone round; false, with a problem, if neither is there or a name is unknown.
bool read_zones_of(ScenarioReading& reading, const JsonNode& object, std::vector<ZoneIndex>& out);
/// "count" of an entry, 1 if it is absent; `what` and the limit behind it are charged. 0 if it was refused.
std::int64_t read_count(ScenarioReading& reading, const JsonNode& object, Counted what);
/// Which records a producer entry is asked to send; topic: its node, or null if there is none. scenario_records.cpp
void read_records(ScenarioReading& reading, const JsonNode& entry, const JsonNode* topic, ProducerSpec& producer);
/// "arrivals" of the process "trace"; problems with the CSV file are noted in its own name. trace_file.cpp
void read_trace(ScenarioReading& reading, const JsonNode& arrivals, const JsonNode& entry, const JsonNode* topic,
                ProducerSpec& producer);
/// Two times of the scenario that contradict each other (E0444): the one at `node`, and `key`'s, stated at `other` or
/// by default.
void tell_contradiction(ProblemList& problems, const JsonNode& node, const JsonNode* other, std::string_view key,
                        Duration value, std::string allowed);
/// How a client goes on when a request fails, out of a producer's or a group's "config". scenario_retries.cpp
void read_client_retry(StrictReader& reader, const JsonNode& config, ClientRetrySpec& retry);
/// What a producer does with its records then, its "config" having been read otherwise (E0444, E0445); null: no config.
void read_delivery(ScenarioReading& reading, const JsonNode* config, ProducerSpec& producer);
/// A duration or a distribution of at most an hour (E0438).
void read_delay(StrictReader& reader, const JsonNode& node, DelayDistribution& out);
/// Whether a path that a scenario names stays below the scenario's own directory.
[[nodiscard]] bool plain_path(std::string_view path);
/// Rows of a kafka-reassign-partitions file (P-17) that concern `topic`: broker ids, in order of partition.
/// Problems with that file are noted in its own name. False if there are any.
bool read_reassignment_file(ScenarioReading& reading, const JsonNode& name, const std::string& topic,
                            std::vector<std::vector<std::int32_t>>& rows);

}  // namespace brokersim
