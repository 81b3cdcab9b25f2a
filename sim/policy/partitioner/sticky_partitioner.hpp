// SPDX-License-Identifier: Apache-2.0
// Which partition a record without key goes to: KIP-794, Kafka's default since 3.3. This file says when to switch, its
// caller draws the next partition: uniformly, or by the queues (queue_weights.hpp).
//
// Goals, in order of priority
//   1. Batches are full. Records dealt one by one would fill a batch on every partition at once, and with a linger of
//      5 ms send them all nearly empty; so one partition gets everything until it has had its share.
//   2. Every partition gets the same number of bytes in the long run, whatever the speed of its broker. The partitioner
//      before it (KIP-480) switched at each new batch; a slow broker's batches grew longer, so it got more (K-22).
//
// Constraint   a producer's records wait in order within a partition only; switching promises nothing across them.
//
// Algorithm    Per topic and producer: the current partition, and the bytes produced to it. Switch when
//                - produced >= batch.size, and no batch of the partition is left half full by leaving it now: its last
//                  batch is full, or it has none open; or
//                - produced >= 2 * batch.size, whatever is left behind.
//              Two moments ask: after each append (on_appended), and before a record opens a batch (on_no_open_batch).
//              The second decides the usual case. Say batch.size is 16 KiB and records have 1 KiB: the first batch
//              closes with 15 records, short of batch.size; the 16th opens a second; that is full at 30 records, when
//              the 31st does not fit: now produced is enough and nothing is left half full, so the 31st goes to the
//              next partition. Asking after appends only, the 31st would open a third batch, and the 32nd or 33rd leave
//              it nearly empty. The next partition is drawn, the current one included: an unlucky draw keeps it.
//
// Expectation  partitions get lumps of batch.size to twice that, so short runs look uneven by O(batch.size) (K-28).
//
// Source       rules K-23 and K-25; the moment before a batch is opened was read in Apache Kafka's
//              RecordAccumulator (partitionChanged), in our own words.
#pragma once
#include <cstdint>

#include "sim/core/contract.hpp"
#include "sim/core/quantities.hpp"
#include "sim/random/stream.hpp"

namespace brokersim {

/// The sticky choice of one producer for one topic. Random: anything with `std::uint32_t below(std::uint32_t)`.
///
/// It is asked once per record, so all of it is inline and a producer keeps 32 bytes; one draw per switch, uniform
/// unless the caller hands over a `next`, a function that returns the next partition.
template <class Random>
class BasicStickyPartitioner {
 public:
  /// Draws the first partition.
  ///
  /// random      must outlive the partitioner
  /// partitions  of the topic, >= 1
  /// batch_size  the producer's batch.size, bytes, >= 1. Kafka reads batch.size 0 as 1 here; so must the caller
  BasicStickyPartitioner(Random& random, std::uint32_t partitions, std::int32_t batch_size)
      : random_(&random), batch_size_(batch_size), partitions_(partitions) {
    require(partitions >= 1, "a topic has a partition");
    require(batch_size >= 1, "batch.size is at least 1 byte here");
    current_ = random_->below(partitions_);
  }

  /// Where the next record goes, in [0, partitions). May change with each call of the two below.
  [[nodiscard]] std::uint32_t current() const { return current_; }

  /// Call before a record opens a batch on current(): none is open, or the record does not fit the open one, which is
  /// thereby closed. Then ask current() again: the record goes there, into its open batch if it has one that fits.
  void on_no_open_batch() {
    on_no_open_batch([this] { return random_->below(partitions_); });
  }
  template <class Next>
  void on_no_open_batch(Next&& next) {
    if (produced_ >= batch_size_) switch_to(next());
  }

  /// How many bytes may still be appended, while the last batch is not full, without a switch.
  [[nodiscard]] Bytes room_before_switch() const { return 2 * Bytes{batch_size_} - 1 - produced_; }

  /// Call after a record, or several at once within room_before_switch(), went to current().
  ///
  /// growth                         by how many bytes the batch grew, >= 0; of a new batch its whole size, header
  /// included last_batch_full_or_none_open   leaving current() now would leave no batch half full
  void on_appended(Bytes growth, bool last_batch_full_or_none_open) {
    on_appended(growth, last_batch_full_or_none_open, [this] { return random_->below(partitions_); });
  }
  template <class Next>
  void on_appended(Bytes growth, bool last_batch_full_or_none_open, Next&& next) {
    produced_ += growth;
    if (produced_ < batch_size_) [[likely]]
      return;
    if (last_batch_full_or_none_open || produced_ >= 2 * Bytes{batch_size_}) switch_to(next());
  }

 private:
  void switch_to(std::uint32_t partition) {
    current_ = partition;
    produced_ = 0;
  }

  Random* random_;
  Bytes produced_ = 0;
  std::int32_t batch_size_;
  std::uint32_t partitions_;
  std::uint32_t current_ = 0;
};

using StickyPartitioner = BasicStickyPartitioner<RandomStream>;

}  // namespace brokersim
