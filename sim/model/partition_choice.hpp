// SPDX-License-Identifier: Apache-2.0
// A producer's partitioner, whichever the scenario names, for records that do not bring their partition along.
#pragma once
#include <cstdint>
#include <variant>

#include "sim/model/specification.hpp"
#include "sim/policy/partitioner/round_robin_partitioner.hpp"
#include "sim/policy/partitioner/sticky_partitioner.hpp"
#include "sim/policy/partitioner/uniform_sticky_partitioner.hpp"

namespace brokersim {

/// Copied for every look-ahead, so that it can be taken back.
class PartitionChoice {
 public:
  /// Records bring their partition along: of their key, or the one the application names.
  PartitionChoice() = default;
  PartitionChoice(PartitionerSpec::Kind kind, RandomStream& random, std::uint32_t partitions, std::int32_t batch_size) {
    switch (kind) {
      case PartitionerSpec::Kind::kafka_default:
        chosen_by_ = StickyPartitioner(random, partitions, batch_size);
        return;
      case PartitionerSpec::Kind::sticky_2_4:
        chosen_by_ = UniformStickyPartitioner(random, partitions);
        return;
      case PartitionerSpec::Kind::round_robin_2_4:
        chosen_by_ = CountingTwicePartitioner(partitions);
        return;
      case PartitionerSpec::Kind::round_robin:
      case PartitionerSpec::Kind::one_partition:
        return;
    }
  }

  [[nodiscard]] bool by_record() const { return chosen_by_.index() == 0; }
  /// Where the next record goes if a batch with room is open there; not by_record().
  [[nodiscard]] std::uint32_t current() const {
    if (const auto* sticky = std::get_if<StickyPartitioner>(&chosen_by_)) [[likely]]
      return sticky->current();
    if (const auto* sticky = std::get_if<UniformStickyPartitioner>(&chosen_by_)) return sticky->current();
    return std::get<CountingTwicePartitioner>(chosen_by_).current();
  }
  /// A record finds no open batch with room on current(): it goes to what is current() afterwards. next(): draws the
  /// next partition of KIP-794.
  template <class Next>
  void on_no_open_batch(Next&& next) {
    if (auto* sticky = std::get_if<StickyPartitioner>(&chosen_by_)) [[likely]] {
      sticky->on_no_open_batch(next);
    } else if (auto* uniform = std::get_if<UniformStickyPartitioner>(&chosen_by_)) {
      uniform->on_no_open_batch();
    } else if (auto* counting = std::get_if<CountingTwicePartitioner>(&chosen_by_)) {
      counting->on_no_open_batch();
    }
  }
  /// Records went to current(), by which the batch grew by `growth` bytes, and is full now or not.
  template <class Next>
  void on_appended(Bytes growth, bool full, Next&& next) {
    if (auto* sticky = std::get_if<StickyPartitioner>(&chosen_by_)) [[likely]] {
      sticky->on_appended(growth, full, next);
    } else if (auto* counting = std::get_if<CountingTwicePartitioner>(&chosen_by_)) {
      counting->on_appended();
    }
  }
  /// Bytes that may be appended to the open batch before the next record goes elsewhere.
  [[nodiscard]] Bytes room_before_switch() const {
    if (const auto* sticky = std::get_if<StickyPartitioner>(&chosen_by_)) [[likely]]
      return sticky->room_before_switch();
    if (std::holds_alternative<UniformStickyPartitioner>(chosen_by_))
      return UniformStickyPartitioner::room_before_switch();
    return 0;
  }
  /// The same records again, less than a switch away.
  void on_appended_again(Bytes growth) {
    if (auto* sticky = std::get_if<StickyPartitioner>(&chosen_by_)) sticky->on_appended(growth, false);
  }

 private:
  std::variant<std::monostate, StickyPartitioner, UniformStickyPartitioner, CountingTwicePartitioner> chosen_by_;
};

}  // namespace brokersim
