// SPDX-License-Identifier: Apache-2.0
#include "sim/model/retention.hpp"

#include <algorithm>

#include "sim/model/cluster.hpp"

namespace brokersim {

Retention::Retention(Cluster& cluster) : cluster_(&cluster) {
  std::size_t partitions = 0;
  for (const TopicSpec& topic : cluster.world.topics) {
    limits_.push_back({topic.retention_bytes, topic.retention_time});
    partitions += topic.partitions;
  }
  starts_.resize(partitions);
}

/// A log that has been cut to before its start is empty.
std::uint32_t Retention::log_start(std::uint32_t partition) const {
  return std::min(starts_[partition], cluster_->logs[partition].log_end);
}

std::int64_t Retention::offset_of(std::uint32_t partition, std::uint32_t position) const {
  const std::uint32_t batch = cluster_->branches->batch_at(partition, position);
  return batch == nil ? cluster_->logs[partition].log_end_offset : cluster_->batches[batch].base_offset;
}

/// B-31: a batch that would make the segment too large, or is too much younger than its first, begins another one.
std::vector<Retention::Segment> Retention::segments_of(std::uint32_t partition) const {
  const TopicSpec& topic = cluster_->world.topics[cluster_->logs[partition].topic.value];
  std::vector<Segment> segments;
  for (const std::uint32_t b : cluster_->branches->batches_from(partition, log_start(partition))) {
    const Batch& batch = cluster_->batches[b];
    const RecordRun& run = batch.journey.run;
    const Instant newest = run.first + run.offset(run.count - 1);
    const bool rolls = segments.empty() || segments.back().bytes + batch.bytes > topic.segment_bytes ||
                       newest - segments.back().oldest > topic.segment_time;
    if (rolls) segments.push_back({batch.sequence, 0, run.first, run.first});
    Segment& segment = segments.back();
    segment.end = batch.sequence + 1;
    segment.bytes += batch.bytes;
    segment.newest = std::max(segment.newest, newest);
  }
  return segments;
}

/// B-32: whole segments from the oldest on, below the high watermark.
void Retention::check(BrokerIndex broker) {
  const Instant now = cluster_->simulation.now();
  for (std::uint32_t p = 0; p < starts_.size(); ++p) {
    const Partition& partition = cluster_->logs[p];
    const Limits& limits = limits_[partition.topic.value];
    if (partition.leader != broker || !cluster_->replication.acts_as_leader(broker, p)) continue;
    const std::vector<Segment> segments = segments_of(p);
    Bytes size = 0;
    for (const Segment& segment : segments) size += segment.bytes;
    std::uint32_t start = log_start(p);
    for (const Segment& segment : segments) {
      const bool old = now - segment.newest > limits.time;
      const bool large = limits.bytes >= 0 && size - segment.bytes >= limits.bytes;
      if (segment.end > partition.high_watermark || !(old || large)) break;
      size -= segment.bytes;
      start = segment.end;
    }
    if (start == log_start(p)) continue;
    starts_[p] = start;
    for (std::uint32_t r = partition.first_replica; r < partition.first_replica + partition.replicas; ++r)
      cluster_->consumers.on_replica_changed(p, cluster_->replication[r].broker);
  }
}

void Retention::change(TopicIndex topic, std::optional<Bytes> bytes, std::optional<Duration> time) {
  Limits& limits = limits_[topic.value];
  limits = {bytes.value_or(limits.bytes), time.value_or(limits.time)};
}

}  // namespace brokersim
