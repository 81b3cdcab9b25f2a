// SPDX-License-Identifier: Apache-2.0
// Files about load: brokers, partitions, links.
#include <array>
#include <string_view>

#include "sim/metrics/window_loads.hpp"
#include "sim/result_files/result_csv.hpp"
#include "sim/result_files/result_tables.hpp"

namespace brokersim {

namespace {

/// What a broker did, as append_load() writes it.
constexpr std::array<std::string_view, 21> load_columns{"producer_in_bytes_per_second",
                                                        "replication_in_bytes_per_second",
                                                        "replication_out_bytes_per_second",
                                                        "consumer_out_as_leader_bytes_per_second",
                                                        "consumer_out_as_follower_bytes_per_second",
                                                        "in_bytes_per_second",
                                                        "out_bytes_per_second",
                                                        "wire_in_bytes_per_second",
                                                        "wire_out_bytes_per_second",
                                                        "produce_requests_per_second",
                                                        "consumer_fetch_requests_per_second",
                                                        "follower_fetch_requests_per_second",
                                                        "request_queue_seconds_per_second",
                                                        "network_threads_busy_ratio",
                                                        "io_threads_busy_ratio",
                                                        "nic_in_busy_ratio",
                                                        "nic_out_busy_ratio",
                                                        "network_threads_offered_ratio",
                                                        "io_threads_offered_ratio",
                                                        "nic_in_offered_ratio",
                                                        "nic_out_offered_ratio"};

void append_rates(CsvTable& table, const BrokerLoad& load, Duration window) {
  for (const Bytes bytes : {load.producer_bytes_in, load.replication_bytes_in, load.replication_bytes_out,
                            load.consumer_bytes_out_as_leader, load.consumer_bytes_out_as_follower, load.bytes_in(),
                            load.bytes_out(), load.wire_bytes_in, load.wire_bytes_out}) {
    table.number(per_second(bytes, window));
  }
  for (const std::int64_t requests :
       {load.produce_requests, load.consumer_fetch_requests, load.follower_fetch_requests}) {
    table.number(per_second(requests, window));
  }
  table.number(per_second(exact_seconds(load.request_queue_time), window));
}

/// What a broker of an arm can do at a time, by resource: its threads, of which a primary_replica's node has one, which
/// executes commands.
std::array<std::uint32_t, broker_resources> capacity_of(const BrokerSpec& broker, const Arm& arm) {
  if (arm.protocol == Protocol::primary_replica) return {1, 1, 1, 1};
  return {broker.num_network_threads, broker.num_io_threads, 1, 1};
}

/// Work as a share of what the broker can do in `window`, by resource (section 2.1).
void append_ratios(CsvTable& table, const std::array<Duration, broker_resources>& work,
                   const std::array<std::uint32_t, broker_resources>& capacity, Duration window) {
  for (std::size_t r = 0; r < broker_resources; ++r) {
    table.number(static_cast<double>(work[r].count()) / (static_cast<double>(window.count()) * capacity[r]));
  }
}

void append_load(CsvTable& table, const BrokerLoad& load, const std::array<std::uint32_t, broker_resources>& capacity,
                 Duration window) {
  append_rates(table, load, window);
  append_ratios(table, load.busy, capacity, window);
  append_ratios(table, load.offered, capacity, window);
}

}  // namespace

void write_brokers(ResultFile& file, const ResultSet& results) {
  CsvTable table(file, {"arm", "trial", "broker", "zone", "window_start_seconds", "window_seconds"}, load_columns);
  const WorldSpec& world = results.scenario->world;
  for (const ArmResult& arm : *results.arms) {
    for (std::size_t trial = 0; trial < arm.trials.size(); ++trial) {
      const std::vector<WindowLoads> windows = loads_by_window(arm.trials[trial].loads, results.scenario->window);
      for (std::size_t b = 0; b < world.brokers.size(); ++b) {
        const BrokerSpec& broker = world.brokers[b];
        for (const WindowLoads& window : windows) {
          table.text(arm_name(arm.policy)).number(trial).number(broker.id).text(world.network.zones[broker.zone.value]);
          table.time(window.start).time(window.length);
          append_load(table, window.brokers[b], capacity_of(broker, arm.policy), window.length);
          table.end_row();
        }
      }
    }
  }
}

void write_disks(ResultFile& file, const ResultSet& results) {
  CsvTable table(
      file, {"arm", "trial", "broker", "read_bytes_per_second", "written_bytes_per_second", "busy_ratio", "log_bytes"});
  const std::vector<BrokerSpec>& brokers = results.scenario->world.brokers;
  for (const ArmResult& arm : *results.arms) {
    for (std::size_t trial = 0; trial < arm.trials.size(); ++trial) {
      const TrialResult& result = arm.trials[trial];
      const Duration interval = result.duration - result.warm_up;
      for (std::size_t b = 0; b < result.disks.size(); ++b) {
        if (!brokers[b].disk.exists()) continue;
        const DiskLoad& disk = result.disks[b];
        table.text(arm_name(arm.policy)).number(trial).number(brokers[b].id);
        table.number(per_second(disk.read_bytes, interval)).number(per_second(disk.written_bytes, interval));
        table.number(static_cast<double>(disk.busy.count()) / static_cast<double>(interval.count()));
        table.number(disk.log_bytes).end_row();
      }
    }
  }
}

void write_brokers_total(ResultFile& file, const ResultSet& results) {
  CsvTable table(
      file, {"arm", "trial", "broker", "zone", "interval_start_seconds", "interval_seconds", "leaders", "replicas"},
      load_columns);
  const WorldSpec& world = results.scenario->world;
  for (const ArmResult& arm : *results.arms) {
    for (std::size_t trial = 0; trial < arm.trials.size(); ++trial) {
      const TrialResult& result = arm.trials[trial];
      const Duration interval = result.duration - result.warm_up;
      for (std::uint32_t b = 0; b < world.brokers.size(); ++b) {
        const BrokerSpec& broker = world.brokers[b];
        const BrokerLoad load = result.loads.total(BrokerIndex{b});
        table.text(arm_name(arm.policy)).number(trial).number(broker.id).text(world.network.zones[broker.zone.value]);
        table.time(result.warm_up).time(interval).number(result.leaders[b]).number(result.replicas[b]);
        append_load(table, load, capacity_of(broker, arm.policy), interval);
        table.end_row();
      }
    }
  }
}

void write_load_skew(ResultFile& file, const ResultSet& results) {
  CsvTable table(file, {"arm", "trial", "window_start_seconds", "window_seconds", "resource", "peak_to_mean_ratio",
                        "coefficient_of_variation_ratio"});
  for (const SkewRow& row : results.load_skew) {
    table.text(arm_name(results.arms->at(row.arm).policy)).number(row.trial).time(row.window_start).time(row.window);
    table.text(row.resource).number(row.peak_to_mean).number(row.coefficient_of_variation).end_row();
  }
}

void write_partitions(ResultFile& file, const ResultSet& results) {
  CsvTable table(file, {"arm", "trial", "topic", "partition", "leader_broker", "records_per_second",
                        "in_bytes_per_second", "out_as_leader_bytes_per_second", "out_as_follower_bytes_per_second"});
  const WorldSpec& world = results.scenario->world;
  for (const ArmResult& arm : *results.arms) {
    const std::string name = arm_name(arm.policy);
    for (std::size_t trial = 0; trial < arm.trials.size(); ++trial) {
      const TrialResult& result = arm.trials[trial];
      const Duration interval = result.duration - result.warm_up;
      std::size_t index = 0;
      for (const TopicSpec& topic : world.topics) {
        for (std::uint32_t partition = 0; partition < topic.partitions; ++partition, ++index) {
          const PartitionLoad& load = result.partitions[index];
          const BrokerIndex leader = results.placement->at(index).front();
          table.text(name).number(trial).text(topic.id).number(partition);
          table.number(world.brokers[leader.value].id).number(per_second(load.records, interval));
          table.number(per_second(load.bytes, interval)).number(per_second(load.bytes_out_as_leader, interval));
          table.number(per_second(load.bytes_out_as_follower, interval)).end_row();
        }
      }
    }
  }
}

void write_links(ResultFile& file, const ResultSet& results) {
  CsvTable table(file,
                 {"arm", "trial", "from_zone", "to_zone", "path", "payload_bytes_per_second", "wire_bytes_per_second"});
  const std::vector<std::string>& zones = results.scenario->world.network.zones;
  for (const ArmResult& arm : *results.arms) {
    for (std::size_t trial = 0; trial < arm.trials.size(); ++trial) {
      const TrialResult& result = arm.trials[trial];
      const Duration interval = result.duration - result.warm_up;
      for (std::size_t pair = 0; pair < result.links.size(); ++pair) {
        for (std::size_t path = 0; path < traffic_paths; ++path) {
          table.text(arm_name(arm.policy)).number(trial);
          table.text(zones[pair / zones.size()]).text(zones[pair % zones.size()]).text(traffic_path_names[path]);
          table.number(per_second(result.links[pair].payload_bytes[path], interval));
          table.number(per_second(result.links[pair].wire_bytes[path], interval)).end_row();
        }
      }
    }
  }
}

}  // namespace brokersim
