// SPDX-License-Identifier: Apache-2.0
// How long a run of a world is watched, and what its recorder has to keep for that.
#pragma once
#include <algorithm>

#include "sim/metrics/recorder.hpp"
#include "sim/model/specification.hpp"

namespace brokersim {

/// How long a run is watched.
struct RunLimits {
  Duration warm_up{};      ///< start of the observation interval
  Duration duration{};     ///< its end; producers stop here
  Duration drain_limit{};  ///< after it, for what is under way
  Duration ledger_window{std::chrono::seconds{1}};
  bool traced = false;          ///< keep every record's times in TrialResult::trace
  bool part_quantiles = false;  ///< keep TrialResult::delivery_part_histograms
  bool checked = true;          ///< by RunChecks, where something may fail; false only for tests and benchmarks
};

[[nodiscard]] inline std::size_t partitions_of(const WorldSpec& world) {
  std::size_t partitions = 0;
  for (const TopicSpec& topic : world.topics) partitions += topic.partitions;
  return partitions;
}

/// Partitions that a group reads.
[[nodiscard]] inline std::size_t partitions_read_by(const ConsumerGroupSpec& group, const WorldSpec& world) {
  std::size_t partitions = 0;
  for (const TopicIndex topic : group.topics) partitions += world.topics[topic.value].partitions;
  return partitions;
}

/// (partition, group) pairs that are read.
[[nodiscard]] inline std::size_t read_pairs_of(const WorldSpec& world) {
  std::size_t pairs = 0;
  for (const ConsumerGroupSpec& group : world.groups) pairs += partitions_read_by(group, world);
  return pairs;
}

/// Whether records may be deleted that somebody has not read yet.
[[nodiscard]] inline bool may_delete(const WorldSpec& world) {
  return std::any_of(world.topics.begin(), world.topics.end(),
                     [](const TopicSpec& topic) { return topic.deletes(); }) ||
         std::any_of(world.faults.begin(), world.faults.end(),
                     [](const FaultSpec& fault) { return fault.kind == FaultKind::retention_squeeze; });
}

/// Whether anything may fail in a world: without that, what failures need does not exist.
[[nodiscard]] inline bool may_fail(const WorldSpec& world) {
  return world.fails || !world.faults.empty() || may_delete(world);
}

/// Whether messages may be late or lost on their way, by faults of LinkFaults.
[[nodiscard]] inline bool links_may_fail(const WorldSpec& world) {
  return std::any_of(world.faults.begin(), world.faults.end(), [](const FaultSpec& fault) {
    return fault.kind == FaultKind::link_delay || fault.kind == FaultKind::link_loss ||
           fault.kind == FaultKind::link_bandwidth || fault.kind == FaultKind::clog ||
           fault.kind == FaultKind::message_delay;
  });
}

[[nodiscard]] inline RecorderShape recorder_shape(const WorldSpec& world, const RunLimits& limits) {
  RecorderShape shape;
  shape.start = Instant{limits.warm_up};
  shape.end = Instant{limits.duration};
  shape.window = limits.ledger_window;
  shape.brokers = world.brokers.size();
  shape.partitions = partitions_of(world);
  shape.zones = world.network.zones.size();
  shape.groups = world.groups.size();
  shape.traced = limits.traced;
  shape.hosts = world.brokers.size() + world.network.zones.size() + 1;
  shape.part_quantiles = limits.part_quantiles;
  shape.fails = may_fail(world);
  shape.read_pairs = read_pairs_of(world);
  for (const ConsumerGroupSpec& group : world.groups) shape.pairs_of_group.push_back(partitions_read_by(group, world));
  return shape;
}

}  // namespace brokersim
