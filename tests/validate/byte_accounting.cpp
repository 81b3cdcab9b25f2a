// SPDX-License-Identifier: Apache-2.0
#include "tests/validate/byte_accounting.hpp"

#include <cmath>

#include "sim/scenario/run.hpp"
#include "tests/validate/bare_world.hpp"

namespace brokersim::validate {
namespace {

constexpr int intervals_seen = 10;

/// One record each interval, its whole way well inside the interval: then what is seen of it is exact.
void one_record_each(ProducerSpec& producer, double interval_s, double bytes_per_second) {
  const double stored = bytes_per_second * interval_s;
  producer.records_per_second = 1 / interval_s;
  producer.arrivals = ProducerSpec::Arrivals::constant;
  producer.random_phase = false;
  producer.first_record_at = from_ms(interval_s * 250);
  producer.record_size.minimum = producer.record_size.maximum =
      static_cast<std::int32_t>(std::llround(stored)) - stored_overhead;
}

TrialResult watch_intervals(BareWorld& world, double interval_s, ReadPolicy policy) {
  Scenario& scenario = world.scenario();
  scenario.duration = from_ms(1000 * interval_s * (1 + intervals_seen));
  scenario.window = scenario.duration;
  TrialResult result = run_trial(scenario, place_partitions(scenario), policy, 0, from_ms(1000 * interval_s));
  if (!result.conservation.violations.empty())
    throw std::runtime_error("the run broke " + result.conservation.violations.front());
  return result;
}

/// A cluster with a broker a zone, a millisecond apart.
struct Zones {
  std::vector<ZoneIndex> zones;
  std::vector<BrokerIndex> brokers;
  [[nodiscard]] std::vector<BrokerIndex> from(std::size_t leader, std::size_t replicas) const {
    std::vector<BrokerIndex> chosen;
    for (std::size_t r = 0; r < replicas; ++r) chosen.push_back(brokers[(leader + r) % brokers.size()]);
    return chosen;
  }
};
Zones one_broker_a_zone(BareWorld& world, std::size_t count) {
  Zones made;
  for (std::size_t z = 0; z < count; ++z) {
    made.zones.push_back(world.zone("zone-" + std::to_string(z)));
    made.brokers.push_back(world.broker(made.zones.back()));
  }
  for (std::size_t a = 0; a < count; ++a) {
    for (std::size_t b = a + 1; b < count; ++b)
      world.link(made.zones[a], made.zones[b], always(std::chrono::milliseconds{1}));
  }
  return made;
}

/// A reader of everything in `topics` for each of `groups` groups.
void add_readers(BareWorld& world, int groups, const Zones& cluster, std::size_t zone,
                 const std::vector<TopicIndex>& topics) {
  for (int g = 0; g < groups; ++g) world.reader(cluster.zones[zone], "zone-" + std::to_string(zone), topics);
}

}  // namespace

BrokerRates broker_rates(const std::vector<int>& leaders, double write_rate, int consumer_groups, ReadPolicy policy) {
  const std::size_t count = leaders.size();
  const double interval_s = static_cast<double>(count);  // so that a zone's part of a second's writes is a whole record
  BareWorld world;
  const Zones cluster = one_broker_a_zone(world, count);
  for (std::size_t readers_in = 0; readers_in < count; ++readers_in) {
    std::vector<TopicIndex> part;
    for (std::size_t b = 0; b < count; ++b) {
      for (int p = 0; p < leaders[b]; ++p) {
        part.push_back(world.topic(cluster.from(b, count)));
        one_record_each(world.producer(cluster.zones[b], part.back(), 1), interval_s,
                        write_rate / static_cast<double>(count));
      }
    }
    add_readers(world, consumer_groups, cluster, readers_in, part);
  }
  const TrialResult seen = watch_intervals(world, interval_s, policy);
  BrokerRates rates;
  for (const BrokerIndex broker : cluster.brokers) {
    const BrokerLoad load = seen.loads.total(broker);
    rates.in.push_back(static_cast<double>(load.bytes_in()) / (interval_s * intervals_seen));
    rates.out.push_back(static_cast<double>(load.bytes_out()) / (interval_s * intervals_seen));
  }
  return rates;
}

CrossingRates crossing_rates(std::size_t zones, std::size_t replication_factor, double write_rate, int fan_out,
                             ReadPolicy policy) {
  BareWorld world;
  const Zones cluster = one_broker_a_zone(world, zones);
  const double producers = static_cast<double>(zones * zones * zones);
  const double interval_s =
      producers * (producers < 20 ? 1 : 0.1);  // a whole number of bytes, and longer than a long poll
  for (std::size_t readers_in = 0; readers_in < zones; ++readers_in) {
    std::vector<TopicIndex> part;
    for (std::size_t leader = 0; leader < zones; ++leader) {
      part.push_back(world.topic(cluster.from(leader, replication_factor)));
      for (std::size_t from = 0; from < zones; ++from) {
        one_record_each(world.producer(cluster.zones[from], part.back(), 1), interval_s, write_rate / producers);
      }
    }
    add_readers(world, fan_out, cluster, readers_in, part);
  }
  const TrialResult seen = watch_intervals(world, interval_s, policy);
  std::array<double, traffic_paths> crossing{};
  for (std::size_t a = 0; a < zones; ++a) {
    for (std::size_t b = 0; b < zones; ++b) {
      if (a == b) continue;
      for (std::size_t path = 0; path < traffic_paths; ++path) {
        crossing[path] +=
            static_cast<double>(seen.links[a * zones + b].payload_bytes[path]) / (interval_s * intervals_seen);
      }
    }
  }
  return {crossing[0], crossing[1], crossing[2]};
}

}  // namespace brokersim::validate
