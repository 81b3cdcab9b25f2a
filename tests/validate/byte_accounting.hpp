// SPDX-License-Identifier: Apache-2.0
// Runs of the model in which every byte can be accounted for: constant rates, nothing cut off by the ends of the run.
#pragma once
#include <cstddef>
#include <vector>

#include "sim/model/specification.hpp"

namespace brokersim::validate {

/// Bytes/s of stored batches, by broker.
struct BrokerRates {
  std::vector<double> in, out;
};

/// A broker a zone, every broker holding every partition; each group's readers spread so that an equal part of every
/// partition's reads comes from each zone: partitions are cut in as many parts as there are zones, a part read in each.
///
/// leaders     partitions led, by broker
/// write_rate  bytes/s into each partition; a whole number
[[nodiscard]] BrokerRates broker_rates(const std::vector<int>& leaders, double write_rate, int consumer_groups,
                                       ReadPolicy policy);

/// Bytes/s of stored batches between zones, by path.
struct CrossingRates {
  double producer = 0, replication = 0, consumer = 0;
};

/// A broker a zone; leaders, producers and consumers uniform over zones and independent: every combination of the three
/// has an equal part of the traffic. The replicas of a partition are in consecutive zones.
[[nodiscard]] CrossingRates crossing_rates(std::size_t zones, std::size_t replication_factor, double write_rate,
                                           int fan_out, ReadPolicy policy);

}  // namespace brokersim::validate
