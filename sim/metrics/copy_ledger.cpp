// SPDX-License-Identifier: Apache-2.0
#include "sim/metrics/copy_ledger.hpp"

#include <algorithm>
#include <utility>

namespace brokersim {

void CopyLedger::on_reassignment(std::uint32_t partition, std::uint32_t fault, std::vector<BrokerIndex> destinations,
                                 Instant now) {
  if (now >= end_) return;
  on_complete(partition, now);
  if (account_.into.empty()) {
    const auto windows = static_cast<std::size_t>((end_ - start_ + window_ - Duration{1}) / window_);
    account_.into.resize(windows * brokers_);
    account_.out_of.resize(windows * brokers_);
  }
  open_[partition] = {account_.partitions.size(), std::move(destinations)};
  account_.partitions.push_back({partition, fault, now});
}

void CopyLedger::on_copied(std::uint32_t partition, BrokerIndex leader, BrokerIndex follower, Bytes bytes,
                           Instant now) {
  const auto found = open_.find(partition);
  if (found == open_.end() || now >= end_) return;
  const std::vector<BrokerIndex>& to = found->second.destinations;
  if (std::find(to.begin(), to.end(), follower) == to.end()) return;
  account_.partitions[found->second.entry].copied += bytes;
  if (now < start_) return;
  const std::size_t window = static_cast<std::size_t>((now - start_) / window_) * brokers_;
  account_.into[window + follower.value] += bytes;
  account_.out_of[window + leader.value] += bytes;
}

void CopyLedger::on_complete(std::uint32_t partition, Instant now) {
  const auto found = open_.find(partition);
  if (found == open_.end()) return;
  if (now < end_) account_.partitions[found->second.entry].ended = now;
  open_.erase(found);
}

}  // namespace brokersim
