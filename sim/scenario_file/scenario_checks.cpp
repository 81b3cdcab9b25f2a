// SPDX-License-Identifier: Apache-2.0
// What concerns a scenario as a whole: times against each other, size, and what deserves a note.
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "sim/scenario_file/scenario_reading.hpp"

namespace brokersim {
namespace {

/// The top-level member, or the whole document if it is absent.
const JsonNode& member_or_root(const JsonNode& root, std::string_view key) {
  const JsonNode* node = find_member(root, key);
  return node != nullptr ? *node : root;
}

std::string percent(double share) {
  return std::to_string(std::llround(share * 100)) + " %";
}

void check_times(ScenarioReading& reading, const JsonNode& root) {
  const Scenario& scenario = reading.scenario;
  const JsonNode* warm_up = find_member(root, "warm_up");
  if (scenario.warm_up && warm_up != nullptr && scenario.duration > Duration::zero() &&
      *scenario.warm_up >= scenario.duration) {
    reading.problems.at(
        *warm_up, member_or_root(root, "duration"),
        {.code = "E0432",
         .found = shown(*warm_up) + ", but the duration is " + duration_text(scenario.duration) + " ({other})",
         .allowed = "less than the duration"});
  }
  double records = 0;
  for (const ProducerSpec& p : scenario.world.producers)
    records += p.records_per_second * p.count * seconds(scenario.duration);
  if (records >= 9.2e18) {
    reading.problems.at(member_or_root(root, "duration"),
                        {.code = "E0442",
                         .found = "more than 9200000000000000000 records in a run",
                         .allowed = "at most 9200000000000000000: duration x rate x count",
                         .hint = "lower duration, rate or count"});
  }
}

void check_racks(ScenarioReading& reading, const JsonNode& root) {
  const Scenario& scenario = reading.scenario;
  const auto& policies = scenario.read_policies;
  if (std::find(policies.begin(), policies.end(), ReadPolicy::rack_aware) == policies.end()) return;
  for (const ConsumerGroupSpec& group : scenario.world.groups) {
    for (const MemberSpec& member : group.members) {
      if (!member.client_rack.empty()) return;
    }
  }
  const JsonNode* node = find_member(root, "read_policies");
  reading.problems.at(node != nullptr ? *node : root,
                      {.code = "E0446",
                       .pointer = "/read_policies",
                       .found = std::string("rack_aware") + (node != nullptr ? "" : " (by default)") +
                                ", but no member of any group has a client.rack",
                       .allowed = "rack_aware with a client.rack somewhere",
                       .hint = "add \"client.rack\": \"zone\" to the members, or say \"read_policies\": [\"leader\"]"});
}

/// Bytes a run needs at least, by part. The parts are measured sizes of the model's own records, rounded up.
void check_memory(ScenarioReading& reading, const JsonNode& root) {
  constexpr double partition_bytes = 320, replica_bytes = 160, client_bytes = 2048, broker_bytes = 65'536;
  const double partitions = partition_bytes * static_cast<double>(reading.sizes.total(Counted::partitions));
  const double replicas = replica_bytes * static_cast<double>(reading.sizes.total(Counted::replicas));
  const double clients = client_bytes * static_cast<double>(reading.sizes.total(Counted::clients));
  const double brokers = broker_bytes * static_cast<double>(reading.sizes.total(Counted::brokers));
  const double needed = partitions + replicas + clients + brokers;
  double limit = static_cast<double>(reading.limits.memory_bytes);
  if (reading.limits.memory_bytes == 0) {
    limit = 0.75 * static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
  }
  if (needed <= limit) return;
  const auto mebibytes = [](double bytes) { return std::to_string(std::llround(bytes / 1048576)) + " MiB"; };
  const char* largest = replicas >= std::max({partitions, clients, brokers}) ? "partitions or replication_factor"
                        : partitions >= std::max(clients, brokers)           ? "partitions"
                        : clients >= brokers                                 ? "the count of producers or members"
                                                                             : "the count of brokers";
  reading.problems.at(
      member_or_root(root, "topics"),
      {.code = "E0501",
       .found = "about " + mebibytes(needed) + " of memory: partitions " + mebibytes(partitions) + ", replicas " +
                mebibytes(replicas) + ", clients " + mebibytes(clients) + ", brokers " + mebibytes(brokers),
       .allowed = "at most " + mebibytes(limit),
       .hint = std::string("lower ") + largest + ", or raise the limit with --max-memory"});
}

/// Whether the group's topics are each dealt out to the first members: range, unless racks may decide (G-7: not where
/// every partition has a replica in each zone).
bool dealt_by_topic(const WorldSpec& world, const ConsumerGroupSpec& group) {
  if (name_of(group.assignor).name != "range") return false;
  const bool racks = group.assignor == AssignorKind::range &&
                     std::any_of(group.members.begin(), group.members.end(),
                                 [](const MemberSpec& member) { return !member.client_rack.empty(); });
  return !racks || std::all_of(group.topics.begin(), group.topics.end(), [&world](TopicIndex topic) {
    return world.topics[topic.value].replication_factor >= world.network.zones.size();
  });
}

void note_idle_members(ScenarioReading& reading) {
  const WorldSpec& world = reading.scenario.world;
  for (std::size_t g = 0; g < world.groups.size(); ++g) {
    const ConsumerGroupSpec& group = world.groups[g];
    const bool changes = std::any_of(group.members.begin(), group.members.end(), [](const MemberSpec& member) {
      return member.join_at.has_value() || member.leave_at.has_value();
    });
    if (changes) continue;  // not all of them are there at a time
    const bool by_topic = dealt_by_topic(world, group);
    std::size_t busy = 0;  // members that may have a partition
    for (const TopicIndex topic : group.topics) {
      const std::size_t partitions = world.topics[topic.value].partitions;
      busy = by_topic ? std::max(busy, partitions) : busy + partitions;
    }
    if (group.members.size() <= busy) continue;
    reading.problems.at(*reading.group_nodes[g],
                        {.code = "N010",
                         .found = std::to_string(group.members.size()) + " members, but " +
                                  (by_topic ? "its largest topic has " : "its topics have ") + std::to_string(busy) +
                                  (busy == 1 ? " partition: " : " partitions: ") +
                                  std::to_string(group.members.size() - busy) + " stay idle",
                         .severity = Severity::note});
  }
}

/// Load over the whole cluster, as if it were spread evenly and nothing were sent twice: less than a run will show.
struct OfferedLoad {
  double bytes_in = 0, bytes_out = 0;          // per second
  double io_threads = 0, network_threads = 0;  // busy, on average
};

/// Requests per second of one producer entry, at the fewest that linger and batch.size allow.
double requests_per_second(const ProducerSpec& p, double partitions, double brokers) {
  const double rate = p.records_per_second * p.count;
  const double linger = seconds(p.linger);
  const bool keyed = p.keys.kind != KeySpec::Kind::none;
  const double by_time = 1 + p.records_per_second * linger / (keyed ? partitions : 1);
  const double batches = rate / std::max(1.0, std::min(by_time, p.batch_size / p.record_size.expected()));
  return keyed && linger > 0 ? std::min(batches, p.count * brokers / linger) : batches;
}

OfferedLoad offered_load(const WorldSpec& world) {
  OfferedLoad load;
  ServiceCosts costs = world.brokers[0].service;
  for (const BrokerSpec& b : world.brokers) {  // the fastest broker's: an estimate that is never too high
    costs.network_thread.per_request = std::min(costs.network_thread.per_request, b.service.network_thread.per_request);
    costs.network_thread.picoseconds_per_byte =
        std::min(costs.network_thread.picoseconds_per_byte, b.service.network_thread.picoseconds_per_byte);
    costs.produce.per_request = std::min(costs.produce.per_request, b.service.produce.per_request);
    costs.produce.picoseconds_per_byte =
        std::min(costs.produce.picoseconds_per_byte, b.service.produce.picoseconds_per_byte);
    costs.fetch.picoseconds_per_byte = std::min(costs.fetch.picoseconds_per_byte, b.service.fetch.picoseconds_per_byte);
  }
  const auto per_byte = [](const WorkCost& cost) { return static_cast<double>(cost.picoseconds_per_byte) * 1e-12; };
  for (const ProducerSpec& p : world.producers) {
    const TopicSpec& topic = world.topics[p.topic.value];
    const auto groups = std::count_if(world.groups.begin(), world.groups.end(), [&](const ConsumerGroupSpec& g) {
      return std::find(g.topics.begin(), g.topics.end(), p.topic) != g.topics.end();
    });
    const double bytes = p.records_per_second * p.count * p.record_size.expected();
    const double copies = topic.replication_factor - 1;
    const double reads = copies + static_cast<double>(groups);
    const double requests = requests_per_second(p, topic.partitions, static_cast<double>(world.brokers.size()));
    load.bytes_in += bytes * (1 + copies);
    load.bytes_out += bytes * reads;
    load.io_threads += requests * seconds(costs.produce.per_request) + bytes * per_byte(costs.produce) +
                       bytes * reads * per_byte(costs.fetch);
    load.network_threads += 2 * requests * seconds(costs.network_thread.per_request) +
                            bytes * (1 + copies + reads) * per_byte(costs.network_thread);
  }
  return load;
}

void note_overload(ScenarioReading& reading, const JsonNode& root) {
  const WorldSpec& world = reading.scenario.world;
  double nic = 0, io_threads = 0, network_threads = 0;
  for (const BrokerSpec& b : world.brokers) {
    nic += b.nic.unlimited() ? 1e30 : static_cast<double>(b.nic.value);
    io_threads += b.num_io_threads;
    network_threads += b.num_network_threads;
  }
  const OfferedLoad load = offered_load(world);
  const auto note = [&](double demand, double capacity, const char* what) {
    if (demand <= capacity) return;
    reading.problems.at(member_or_root(root, "producers"),
                        {.code = "N012",
                         .found = "load of at least " + percent(demand / capacity) + " of all brokers' " + what,
                         .hint = "the cluster cannot keep up: latencies will grow with the duration",
                         .severity = Severity::note});
  };
  note(load.bytes_in, nic, "network, inwards");
  note(load.bytes_out, nic, "network, outwards");
  const auto& protocols = reading.scenario.protocols;
  if (std::find(protocols.begin(), protocols.end(), Protocol::kafka) == protocols.end()) return;
  note(load.io_threads, io_threads, "I/O threads");
  note(load.network_threads, network_threads, "network threads");
}

}  // namespace

void check_whole(ScenarioReading& reading, const JsonNode& root) {
  check_times(reading, root);
  // Members that were refused for another reason must not look like members without a rack.
  if (!reading.problems.failed(4)) check_racks(reading, root);
  if (!reading.problems.failed(4)) check_protocols(reading, root);
  if (reading.problems.failed(5)) return;
  check_memory(reading, root);
  note_idle_members(reading);
  note_overload(reading, root);
}

}  // namespace brokersim
