// SPDX-License-Identifier: Apache-2.0
#include "sim/model/partition_logs.hpp"

#include <algorithm>

#include "sim/core/invariant_violation.hpp"
#include "sim/model/cluster.hpp"

namespace brokersim {

void PartitionLogs::append(std::uint32_t batch_index) {
  Cluster& cluster = *cluster_;
  Batch& batch = cluster.batches[batch_index];
  Partition& partition = partitions_[batch.partition];
  const Instant now = cluster.simulation.now();
  batch.journey.appended = now;
  batch.sequence = partition.log_end++;
  batch.base_offset = partition.log_end_offset;
  batch.next = nil;
  batch.holders += partition.followers() + partition.readers;
  partition.log_end_offset += batch.journey.run.count;
  if (partition.tail != nil) cluster.batches[partition.tail].next = batch_index;
  partition.tail = batch_index;
  if (partition.first_uncommitted == nil) partition.first_uncommitted = batch_index;
  cluster.brokers[partition.leader.value].load(now).producer_bytes_in += batch.bytes;
  cluster.recorder.on_appended(batch.journey, batch.bytes, batch.place());
  if (cluster.disks.any()) cluster.disks.append(partition.leader, batch_index, partition.leading, batch.bytes, now);
  if (cluster.branches) cluster.branches->on_appended(batch.partition, batch_index);
  if (cluster.failures) {
    cluster.failures->on_appended(batch.partition, batch.bytes,
                                  cluster.world.topics[partition.topic.value].segment_bytes);
    cluster.recorder.faults()->on_write(batch.partition, batch.journey.ready, now);
  }
  cluster.replication.on_appended(partition, batch_index);
}

void PartitionLogs::after_append(std::uint32_t index) {
  const Partition& partition = partitions_[index];
  if (partition.replicas == 1) {
    try_advance_high_watermark(index);
  } else {
    if (partition.degraded) [[unlikely]]
      try_advance_high_watermark(index);  // the leader may be alone in the ISR
    cluster_->replication.wake_followers(partition);
  }
}

std::uint32_t PartitionLogs::committed_end(std::uint32_t index) const {
  return cluster_->branches ? cluster_->branches->committed_end(index) : partitions_[index].high_watermark;
}

void PartitionLogs::release(std::uint32_t batch_index) {
  Batch& batch = cluster_->batches[batch_index];
  if (--batch.holders > 0) return;
  if (cluster_->branches) {
    if (cluster_->branches->retains()) return;
    cluster_->branches->on_freed(batch_index);
  }
  Partition& partition = partitions_[batch.partition];
  if (partition.tail == batch_index) partition.tail = nil;
  cluster_->batches.give_back(batch_index);
}

void PartitionLogs::try_advance_high_watermark(std::uint32_t index) {
  Cluster& cluster = *cluster_;
  Partition& partition = partitions_[index];
  const std::uint32_t candidate = cluster.replication.least_log_end(partition);
  if (candidate <= partition.high_watermark) return;
  const Instant now = cluster.simulation.now();
  const std::uint32_t first = partition.first_uncommitted;
  const std::int64_t behind = cluster.consumers.reading_from_followers(partition);
  const std::uint32_t committed_before = committed_end(index);
  const std::uint32_t before = partition.high_watermark;
  std::vector<std::uint32_t> held;  // committed under an earlier leader: readers may be the last that need them
  if (partition.high_watermark < committed_before) [[unlikely]] {
    std::uint32_t batch = first;
    for (std::uint32_t at = partition.high_watermark; at < candidate; ++at, batch = cluster.batches[batch].next) {
      held.push_back(batch);
      ++cluster.batches[batch].holders;
    }
  }
  while (partition.high_watermark < candidate) {
    Batch& batch = cluster.batches[partition.first_uncommitted];
    require_law(batch.sequence == partition.high_watermark, "INV-P01", "a log has no gap where it is committed");
    if (partition.high_watermark >= committed_before) {
      batch.journey.committed = now;
      cluster.recorder.on_committed(batch.journey, behind);
      if (cluster.failures) cluster.producers.note_committed(partition.first_uncommitted, now);
    }
    if (cluster.checks) cluster.checks->on_committed(index, partition.high_watermark, partition.first_uncommitted);
    ++partition.high_watermark;
    partition.high_watermark_offset += batch.journey.run.count;
    partition.first_uncommitted = batch.next;
  }
  if (cluster.branches) cluster.branches->on_committed(index, candidate);
  if (cluster.checks) cluster.checks->on_high_watermark(index, before);
  cluster.replication.on_high_watermark(partition);
  cluster.consumers.on_committed(partition, first, committed_before);
  cluster.producers.on_committed(first, candidate);
  for (const std::uint32_t batch : held) release(batch);
}

}  // namespace brokersim
