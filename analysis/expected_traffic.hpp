// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace brokersim {

// Byte rates that follow from the layout alone, printed as baselines beside measured ones:
// metrics-and-statistics.md section 2.5 and load-balance.json (S-LB-BYTES, S-LB-XAZ). Payload bytes: no framing, no
// failures, every group reads everything once.
//
// throws  std::invalid_argument if a count of replicas or zones is 0, or a rate or entry is negative, NaN or infinite

/// Traffic of equal partitions.
struct PartitionTraffic {
  double write_rate = 0;                 // bytes/s into each partition
  double consumer_groups = 0;            // each reads everything ("fan-out")
  std::uint64_t replication_factor = 1;  // >= 1
};

/// Bytes/s in by broker: each of its replicas, leading or following, takes the write rate.
/// replicas  shape [brokers]
[[nodiscard]] std::vector<double> expected_bytes_in(std::span<const double> replicas, double write_rate);

/// Bytes/s out by broker when everyone reads from leaders: L_b w (groups + RF - 1).
/// leaders  shape [brokers]
[[nodiscard]] std::vector<double> expected_bytes_out_leader_reads(std::span<const double> leaders,
                                                                  const PartitionTraffic& traffic);

/// Bytes/s out by broker when reads are served in the reader's zone: L_b w (RF - 1) + reads_b.
/// leaders, reads_served  shape [brokers]; reads_served in bytes/s, as leader or as follower
[[nodiscard]] std::vector<double> expected_bytes_out_rack_aware(std::span<const double> leaders,
                                                                std::span<const double> reads_served,
                                                                const PartitionTraffic& traffic);

/// Bytes/s between zones by path; replicas of a partition in distinct zones, leaders and clients uniform over zones and
/// uncorrelated, readers without a replica in their zone served by the leader.
struct ZoneCrossing {
  double producer = 0;               // W (A - 1) / A
  double replication = 0;            // W (RF - 1)
  double consumer_leader_reads = 0;  // W groups (A - 1) / A
  double consumer_rack_aware = 0;    // W groups max(0, 1 - RF / A)

  [[nodiscard]] double leader_reads_total() const { return producer + replication + consumer_leader_reads; }
  [[nodiscard]] double rack_aware_total() const { return producer + replication + consumer_rack_aware; }
};

/// (A - 1) / A: share of traffic between ends placed independently over A zones that crosses zones.
[[nodiscard]] double crossing_share(std::uint64_t zones);

/// max(0, 1 - RF / A): share of reads without a replica in the reader's zone.
[[nodiscard]] double crossing_share_rack_aware(std::uint64_t zones, std::uint64_t replication_factor);

/// traffic.write_rate here is W, of the whole cluster. throws  also if RF exceeds the number of zones: two replicas of
/// a partition then share a zone and the replication row no longer holds
[[nodiscard]] ZoneCrossing expected_zone_crossing(std::uint64_t zones, const PartitionTraffic& traffic);

}  // namespace brokersim
