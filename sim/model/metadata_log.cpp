// SPDX-License-Identifier: Apache-2.0
#include "sim/model/metadata_log.hpp"

#include <algorithm>

namespace brokersim {

MetadataLog::MetadataLog(std::vector<PartitionView> first, std::size_t brokers)
    : partitions_(first.size()), brokers_(brokers), applied_(brokers) {
  for (std::size_t p = 0; p < first.size(); ++p) partitions_[p].emplace_back(0, std::move(first[p]));
  for (Versions<BrokerView>& versions : brokers_) versions.emplace_back(0, BrokerView{});
}

std::vector<std::uint32_t> MetadataLog::changed(std::uint64_t from, std::uint64_t to) const {
  std::vector<std::uint32_t> partitions;
  std::vector<bool> known(partitions_.size());
  for (std::uint64_t offset = from; offset < to; ++offset) {
    const std::uint32_t partition = changed_[offset];
    if (partition == no_partition || known[partition]) continue;
    known[partition] = true;
    partitions.push_back(partition);
  }
  return partitions;
}

std::uint64_t MetadataLog::commit(std::uint32_t partition, PartitionView view) {
  changed_.push_back(partition);
  partitions_[partition].emplace_back(end(), std::move(view));
  return end();
}

std::uint64_t MetadataLog::commit(BrokerIndex broker, BrokerView view) {
  changed_.push_back(no_partition);
  brokers_[broker.value].emplace_back(end(), view);
  return end();
}

}  // namespace brokersim
