// SPDX-License-Identifier: Apache-2.0
// Partitions as their leaders see them: the log, the in-sync replicas and the high watermark.
#pragma once
#include <cstdint>
#include <vector>

#include "sim/core/large_array.hpp"
#include "sim/core/prefetch.hpp"
#include "sim/core/quantities.hpp"
#include "sim/model/batch.hpp"

namespace brokersim {

class Cluster;

/// One partition. Positions in its log count batches; offsets count records.
struct alignas(64) Partition {
  BrokerIndex leader;
  TopicIndex topic;
  std::uint32_t number = 0;         ///< within its topic
  std::uint32_t leader_epoch = 0;   ///< of the leader (L-2)
  std::uint32_t first_replica = 0;  ///< its replicas in order: [first_replica, first_replica + replicas)
  std::uint32_t first_reader = 0;   ///< the groups that read it: readers [first_reader, first_reader + readers)
  std::uint16_t replicas = 0;
  std::uint16_t readers = 0;
  std::uint32_t tail = nil;          ///< last batch of the log, while somebody needs it
  std::uint32_t log_end = 0;         ///< batches
  std::uint32_t high_watermark = 0;  ///< batches that every in-sync replica has
  std::uint32_t first_uncommitted = nil;
  std::uint16_t leading = 0;        ///< place of the leader among the replicas
  bool degraded : 1 = false;        ///< not every replica is in sync, as the leader knows
  bool leads : 1 = true;            ///< the leader acts as one; cleared before `leading` changes
  bool later_epochs : 1 = false;    ///< some replica's leader epoch cache may have more than epoch 0
  std::int64_t log_end_offset = 0;  ///< records
  std::int64_t high_watermark_offset = 0;

  [[nodiscard]] std::uint32_t followers() const { return replicas - 1U; }
  [[nodiscard]] std::uint32_t leading_replica() const { return first_replica + leading; }
  /// Calls f with the index of every replica but the leader's, in order.
  template <class F>
  void for_each_follower(F&& f) const {
    for (std::uint32_t place = 0; place < replicas; ++place) {
      if (place != leading) f(first_replica + place);
    }
  }
};

class PartitionLogs {
 public:
  explicit PartitionLogs(Cluster& cluster) : cluster_(&cluster) {}

  /// The leader appends a batch at the current time.
  void append(std::uint32_t batch);
  /// At the end of produce handling, when every batch of the request is appended: wakes the followers' parked fetches,
  /// or without followers moves the high watermark.
  void after_append(std::uint32_t partition);

  /// Somebody needs a batch no more; the last one to say so frees it.
  void release(std::uint32_t batch);

  /// The high watermark rule R-20, after a follower's offset has moved or a batch was appended: the least log end over
  /// the in-sync replicas; not while fewer than min.insync.replicas are.
  void try_advance_high_watermark(std::uint32_t partition);

  /// Up to where any leader's high watermark has come: a new leader's own begins lower (L-30).
  [[nodiscard]] std::uint32_t committed_end(std::uint32_t partition) const;

  /// A batch for a partition comes soon: fetch the partition into the cache.
  void expect(std::uint32_t partition) const { prefetch(&partitions_[partition]); }
  [[nodiscard]] Partition& operator[](std::uint32_t partition) { return partitions_[partition]; }
  [[nodiscard]] const Partition& operator[](std::uint32_t partition) const { return partitions_[partition]; }
  [[nodiscard]] std::size_t size() const { return partitions_.size(); }
  [[nodiscard]] std::uint32_t first_of(TopicIndex topic) const { return first_of_topic_[topic.value]; }

  void add_topic() { first_of_topic_.push_back(static_cast<std::uint32_t>(partitions_.size())); }
  void add(const Partition& partition) { partitions_.push_back(partition); }

 private:
  Cluster* cluster_;
  LargeArray<Partition> partitions_;
  std::vector<std::uint32_t> first_of_topic_;
};

}  // namespace brokersim
