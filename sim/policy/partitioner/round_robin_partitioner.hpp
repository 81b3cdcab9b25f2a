// SPDX-License-Identifier: Apache-2.0
// Records dealt one by one to partition 0, 1, 2, ...
//
// Two of the kind. An application that names partition i mod n for its record number i does what it says (K-21), and so
// does RoundRobinPartitioner since 3.9.1 (KAFKA-17632). From 2.4 to 3.9.0 that class counted a record twice if it
// opened a batch (K-27, KAFKA-9965): it is asked, the answer finds no open batch with room, and it is asked again for
// the same record. With one record a batch and an even number of partitions only every second partition gets any.
//
// Source  K-21, K-27; KafkaProducer and RoundRobinPartitioner of Apache Kafka, in our own words.
#pragma once
#include <cstdint>

#include "sim/core/contract.hpp"
#include "sim/core/quantities.hpp"

namespace brokersim {

/// The partition of a producer's record number `number`, counted from 0, if its application deals them round.
[[nodiscard]] constexpr std::uint32_t round_robin_partition(std::uint64_t number, std::uint32_t partitions) {
  require(partitions >= 1, "a topic has a partition");
  return static_cast<std::uint32_t>(number % partitions);
}

/// RoundRobinPartitioner of 2.4 to 3.9.0, of one producer for one topic. No draws.
class CountingTwicePartitioner {
 public:
  explicit CountingTwicePartitioner(std::uint32_t partitions) : partitions_(partitions) {
    require(partitions >= 1, "a topic has a partition");
  }

  /// Where the next record goes, in [0, partitions), if it finds an open batch with room there.
  [[nodiscard]] std::uint32_t current() const { return counted_; }
  /// Call before the record opens a batch on current(): it goes to what is current() afterwards.
  void on_no_open_batch() { count(); }
  /// Call after a record went to current().
  void on_appended() { count(); }
  /// Every record has a partition of its own.
  [[nodiscard]] static constexpr Bytes room_before_switch() { return 0; }

 private:
  void count() { counted_ = counted_ + 1 == partitions_ ? 0 : counted_ + 1; }
  std::uint32_t partitions_;
  std::uint32_t counted_ = 0;
};

}  // namespace brokersim
