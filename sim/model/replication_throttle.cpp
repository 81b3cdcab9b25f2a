// SPDX-License-Identifier: Apache-2.0
#include "sim/model/replication_throttle.hpp"

#include <algorithm>
#include <utility>

namespace brokersim {
namespace {

std::int64_t throttle_clock(Instant now) {
  return now.time_since_epoch() / std::chrono::milliseconds{1};
}

bool is_among(const std::vector<BrokerIndex>& brokers, BrokerIndex broker) {
  return std::find(brokers.begin(), brokers.end(), broker) != brokers.end();
}

}  // namespace

void ReplicationThrottle::begin(std::uint32_t partition, std::vector<BrokerIndex> sources,
                                std::vector<BrokerIndex> destinations, BytesPerSecond rate) {
  for (const std::vector<BrokerIndex>* involved : {&sources, &destinations}) {
    for (const BrokerIndex broker : *involved) leaders_[broker.value].rate = followers_[broker.value].rate = rate;
  }
  listed_[partition] = {std::move(sources), std::move(destinations)};
}

ReplicationThrottle::Side* ReplicationThrottle::leading(std::uint32_t partition, BrokerIndex leader) {
  const auto listed = listed_.find(partition);
  return listed != listed_.end() && is_among(listed->second.sources, leader) ? &leaders_[leader.value] : nullptr;
}

ReplicationThrottle::Side* ReplicationThrottle::following(std::uint32_t partition, BrokerIndex follower) {
  const auto listed = listed_.find(partition);
  return listed != listed_.end() && is_among(listed->second.destinations, follower) ? &followers_[follower.value]
                                                                                    : nullptr;
}

bool ReplicationThrottle::holds_back(std::uint32_t partition, BrokerIndex leader, BrokerIndex follower, Instant now) {
  for (Side* const side : {leading(partition, leader), following(partition, follower)}) {
    if (side != nullptr && side->exceeded(throttle_clock(now))) return true;
  }
  return false;
}

void ReplicationThrottle::count(std::uint32_t partition, BrokerIndex leader, BrokerIndex follower, Bytes bytes,
                                Instant now) {
  for (Side* const side : {leading(partition, leader), following(partition, follower)}) {
    if (side != nullptr) side->used.record(static_cast<double>(bytes), throttle_clock(now));
  }
}

}  // namespace brokersim
