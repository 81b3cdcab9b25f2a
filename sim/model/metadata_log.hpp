// SPDX-License-Identifier: Apache-2.0
// The controller's committed metadata log, as brokers and clients may know it: every change has an offset, and who has
// applied changes up to one knows of everything before it and of nothing behind it (section 2.5).
#pragma once
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/control_plane/controller_settings.hpp"
#include "sim/core/large_array.hpp"
#include "sim/core/quantities.hpp"
#include "sim/model/partition_view.hpp"

namespace brokersim {

/// What the log says of a broker at one of its offsets.
struct BrokerView {
  bool fenced = false;             ///< clients are not told of it, no leader may take it into an ISR (L-22)
  bool shutting_down = false;      ///< in controlled shutdown (L-21): likewise not taken into an ISR
  bool directory_offline = false;  ///< none of its replicas works
  /// It may lead, and be taken into an ISR.
  [[nodiscard]] bool is_active() const { return !fenced && !shutting_down && !directory_offline; }
  friend bool operator==(const BrokerView&, const BrokerView&) = default;
};

/// Offsets count changes: `end()` is the offset of the last one, 0 says only how the run began.
class MetadataLog {
 public:
  /// first, topics  shapes [partitions] and [topics], as the run begins; every broker is there and has applied that
  MetadataLog(std::vector<PartitionView> first, std::size_t brokers, const std::vector<TopicRules>& topics);

  [[nodiscard]] std::uint64_t end() const { return changed_.size(); }
  /// What a broker has applied. A process that has just started knows offset 0 until it has read the log.
  [[nodiscard]] std::uint64_t applied(BrokerIndex broker) const { return applied_[broker.value]; }
  void apply(BrokerIndex broker, std::uint64_t offset) { applied_[broker.value] = offset; }

  /// A partition as of an offset. The reference is good until the next commit.
  [[nodiscard]] const PartitionView& view(std::uint32_t partition, std::uint64_t offset) const {
    return as_of(partitions_[partition], offset);
  }
  [[nodiscard]] LeaderView leader(std::uint32_t partition, std::uint64_t offset) const {
    if (const Latest& latest = latest_[partition]; latest.since <= offset) {
      if (latest.leader == nobody) return {std::nullopt, latest.leader_epoch};
      return {BrokerIndex{latest.leader}, latest.leader_epoch};
    }
    const PartitionView& then = view(partition, offset);
    return {then.leader, then.leader_epoch};
  }
  [[nodiscard]] const BrokerView& broker(BrokerIndex broker, std::uint64_t offset) const {
    return as_of(brokers_[broker.value], offset);
  }
  /// Whether some broker is fenced as of an offset.
  [[nodiscard]] bool any_fenced(std::uint64_t offset) const;
  [[nodiscard]] const TopicRules& rules(TopicIndex topic, std::uint64_t offset) const {
    return as_of(topics_[topic.value], offset);
  }
  /// Whether it has ever been changed, by anybody's knowledge. Few are, and this needs little memory.
  [[nodiscard]] bool ever_changed(std::uint32_t partition) const { return ever_changed_[partition]; }
  /// The partitions that changed behind `from` up to `to`, in that order, each once.
  [[nodiscard]] std::vector<std::uint32_t> changed(std::uint64_t from, std::uint64_t to) const;
  /// Likewise by partition, shape [partitions].
  [[nodiscard]] std::vector<bool> which_changed(std::uint64_t from, std::uint64_t to) const;
  /// Likewise the brokers, each as often as it changed.
  [[nodiscard]] std::vector<BrokerIndex> changed_brokers(std::uint64_t from, std::uint64_t to) const;

  /// Likewise the topics.
  [[nodiscard]] std::vector<TopicIndex> changed_topics(std::uint64_t from, std::uint64_t to) const;

  /// Appends a change and returns its offset.
  std::uint64_t commit(std::uint32_t partition, PartitionView view);
  std::uint64_t commit(BrokerIndex broker, BrokerView view);
  std::uint64_t commit(TopicIndex topic, const TopicRules& rules);

 private:
  template <class View>
  using Versions = std::vector<std::pair<std::uint64_t, View>>;  // by ascending offset, from 0
  template <class View>
  [[nodiscard]] static const View& as_of(const Versions<View>& versions, std::uint64_t offset) {
    auto version = versions.rbegin();  // questions are about the present, nearly always
    while (version->first > offset) ++version;
    return version->second;
  }

  static constexpr std::uint32_t nobody = 0xffff'ffffu;
  struct Latest {
    std::uint32_t since;  // offset
    std::uint32_t leader, leader_epoch;
  };
  void note_latest(std::uint32_t partition, const PartitionView& view) {
    latest_[partition] = {static_cast<std::uint32_t>(end()), view.leader ? view.leader->value : nobody,
                          view.leader_epoch};
  }
  std::vector<Versions<PartitionView>> partitions_;
  LargeArray<Latest> latest_;       // by partition: of its last version, the part that is asked for all the time
  std::vector<bool> ever_changed_;  // by partition
  std::vector<Versions<BrokerView>> brokers_;
  std::vector<Versions<TopicRules>> topics_;
  static constexpr std::uint32_t is_broker = 0x8000'0000u, is_topic = 0x4000'0000u;
  std::vector<std::uint32_t> changed_;  // by offset - 1: the partition, or the broker or the topic with a mark
  std::vector<std::uint64_t> applied_;  // by broker
};

}  // namespace brokersim
