// SPDX-License-Identifier: Apache-2.0
#include "analysis/expected_traffic.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "analysis/argument.hpp"

namespace brokersim {
namespace {

void check_rate(double rate, const char* message) {
  require_argument(std::isfinite(rate) && rate >= 0, message);
}

void check_traffic(const PartitionTraffic& traffic) {
  check_rate(traffic.write_rate, "a write rate must be >= 0");
  check_rate(traffic.consumer_groups, "a number of consumer groups must be >= 0");
  require_argument(traffic.replication_factor >= 1, "a replication factor must be >= 1");
}

std::vector<double> scaled(std::span<const double> column, double factor) {
  std::vector<double> result(column.begin(), column.end());
  for (double& entry : result) {
    check_rate(entry, "an entry a broker must be >= 0");
    entry *= factor;
  }
  return result;
}

double followers(const PartitionTraffic& traffic) {
  return static_cast<double>(traffic.replication_factor - 1);
}

}  // namespace

std::vector<double> expected_bytes_in(std::span<const double> replicas, double write_rate) {
  check_rate(write_rate, "a write rate must be >= 0");
  return scaled(replicas, write_rate);
}

std::vector<double> expected_bytes_out_leader_reads(std::span<const double> leaders, const PartitionTraffic& traffic) {
  check_traffic(traffic);
  return scaled(leaders, traffic.write_rate * (traffic.consumer_groups + followers(traffic)));
}

std::vector<double> expected_bytes_out_rack_aware(std::span<const double> leaders, std::span<const double> reads_served,
                                                  const PartitionTraffic& traffic) {
  check_traffic(traffic);
  require_argument(leaders.size() == reads_served.size(), "leaders and reads differ in their number of brokers");
  std::vector<double> result = scaled(leaders, traffic.write_rate * followers(traffic));
  for (std::size_t b = 0; b < result.size(); ++b) {
    check_rate(reads_served[b], "an entry a broker must be >= 0");
    result[b] += reads_served[b];
  }
  return result;
}

double crossing_share(std::uint64_t zones) {
  require_argument(zones >= 1, "a cluster has at least one zone");
  return static_cast<double>(zones - 1) / static_cast<double>(zones);
}

double crossing_share_rack_aware(std::uint64_t zones, std::uint64_t replication_factor) {
  require_argument(zones >= 1, "a cluster has at least one zone");
  require_argument(replication_factor >= 1, "a replication factor must be >= 1");
  if (replication_factor >= zones) return 0.0;
  return static_cast<double>(zones - replication_factor) / static_cast<double>(zones);
}

ZoneCrossing expected_zone_crossing(std::uint64_t zones, const PartitionTraffic& traffic) {
  check_traffic(traffic);
  require_argument(traffic.replication_factor <= zones, "replicas in distinct zones need as many zones");
  const double delivered = traffic.write_rate * traffic.consumer_groups;
  return ZoneCrossing{traffic.write_rate * crossing_share(zones), traffic.write_rate * followers(traffic),
                      delivered * crossing_share(zones),
                      delivered * crossing_share_rack_aware(zones, traffic.replication_factor)};
}

}  // namespace brokersim
