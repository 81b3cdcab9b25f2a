// SPDX-License-Identifier: Apache-2.0
#include "sim/model/metadata_log.hpp"

#include <algorithm>

namespace brokersim {

MetadataLog::MetadataLog(std::vector<PartitionView> first, std::size_t brokers, const std::vector<TopicRules>& topics)
    : partitions_(first.size()),
      latest_(first.size()),
      ever_changed_(first.size()),
      brokers_(brokers),
      topics_(topics.size()),
      applied_(brokers) {
  for (std::size_t t = 0; t < topics.size(); ++t) topics_[t].emplace_back(0, topics[t]);
  for (std::size_t p = 0; p < first.size(); ++p) {
    note_latest(static_cast<std::uint32_t>(p), first[p]);
    partitions_[p].emplace_back(0, std::move(first[p]));
  }
  for (Versions<BrokerView>& versions : brokers_) versions.emplace_back(0, BrokerView{});
}

std::vector<std::uint32_t> MetadataLog::changed(std::uint64_t from, std::uint64_t to) const {
  std::vector<std::uint32_t> partitions;
  std::vector<bool> known(partitions_.size());
  for (std::uint64_t offset = from; offset < to; ++offset) {
    const std::uint32_t partition = changed_[offset];
    if ((partition & (is_broker | is_topic)) != 0 || known[partition]) continue;
    known[partition] = true;
    partitions.push_back(partition);
  }
  return partitions;
}

std::vector<bool> MetadataLog::which_changed(std::uint64_t from, std::uint64_t to) const {
  std::vector<bool> which(partitions_.size());
  for (std::uint64_t offset = from; offset < to; ++offset) {
    if ((changed_[offset] & (is_broker | is_topic)) == 0) which[changed_[offset]] = true;
  }
  return which;
}

bool MetadataLog::any_fenced(std::uint64_t offset) const {
  return std::any_of(brokers_.begin(), brokers_.end(),
                     [offset](const Versions<BrokerView>& versions) { return as_of(versions, offset).fenced; });
}

std::vector<BrokerIndex> MetadataLog::changed_brokers(std::uint64_t from, std::uint64_t to) const {
  std::vector<BrokerIndex> brokers;
  for (std::uint64_t offset = from; offset < to; ++offset) {
    if ((changed_[offset] & is_broker) != 0) brokers.push_back(BrokerIndex{changed_[offset] & ~is_broker});
  }
  return brokers;
}

std::vector<TopicIndex> MetadataLog::changed_topics(std::uint64_t from, std::uint64_t to) const {
  std::vector<TopicIndex> topics;
  for (std::uint64_t offset = from; offset < to; ++offset) {
    if ((changed_[offset] & is_topic) != 0) topics.push_back(TopicIndex{changed_[offset] & ~is_topic});
  }
  return topics;
}

std::uint64_t MetadataLog::commit(TopicIndex topic, const TopicRules& rules) {
  changed_.push_back(topic.value | is_topic);
  topics_[topic.value].emplace_back(end(), rules);
  return end();
}

std::uint64_t MetadataLog::commit(std::uint32_t partition, PartitionView view) {
  changed_.push_back(partition);
  note_latest(partition, view);
  ever_changed_[partition] = true;
  partitions_[partition].emplace_back(end(), std::move(view));
  return end();
}

std::uint64_t MetadataLog::commit(BrokerIndex broker, BrokerView view) {
  changed_.push_back(broker.value | is_broker);
  brokers_[broker.value].emplace_back(end(), view);
  return end();
}

}  // namespace brokersim
