// SPDX-License-Identifier: Apache-2.0
#include "sim/model/fault_conditions.hpp"

#include <algorithm>

#include "sim/model/cluster.hpp"

namespace brokersim {

std::vector<std::uint32_t> FaultConditions::take_those_that_hold() {
  std::vector<std::uint32_t> held;
  std::erase_if(waiting_, [&](Waiting& waiting) {
    const bool now = holds(waiting);
    if (now) held.push_back(waiting.fault);
    return now;
  });
  return held;
}

std::vector<std::uint32_t> FaultConditions::waiting() const {
  std::vector<std::uint32_t> faults;
  for (const Waiting& waiting : waiting_) faults.push_back(waiting.fault);
  return faults;
}

bool FaultConditions::holds(Waiting& waiting) const {
  const FaultCondition& condition = waiting.condition;
  switch (condition.what) {
    case FaultCondition::What::acknowledged:
      return cluster_->recorder.result().outcomes[condition.entry].acknowledged >= condition.at_least;
    case FaultCondition::What::delivered:
      return cluster_->recorder.delivered_to(GroupIndex{condition.entry}) >= condition.at_least;
    case FaultCondition::What::in_sync: {
      const MetadataLog& metadata = cluster_->failures->metadata();
      const std::uint32_t partition = cluster_->logs.first_of(condition.topic) + condition.partition;
      return metadata.view(partition, metadata.end()).in_sync.size() <= condition.at_most;
    }
    case FaultCondition::What::high_watermark:
    case FaultCondition::What::log_end:
      break;
  }
  return log_is_that_long(waiting);
}

/// The leader's log is counted in records; a follower's in batches, of which the leader tells which one it takes.
bool FaultConditions::log_is_that_long(Waiting& waiting) const {
  const FaultCondition& condition = waiting.condition;
  const std::uint32_t index = cluster_->logs.first_of(condition.topic) + condition.partition;
  const Partition& partition = cluster_->logs[index];
  const bool committed = condition.what == FaultCondition::What::high_watermark;
  if (!condition.broker || *condition.broker == partition.leader)
    return (committed ? partition.high_watermark_offset : partition.log_end_offset) >= condition.at_least;
  if (partition.log_end_offset < condition.at_least) {
    waiting.position = 0;  // or it was there, and lost it
    return false;
  }
  if (waiting.position == 0) waiting.position = partition.log_end;
  const std::uint32_t r = cluster_->replication.replica_on(*condition.broker, index);
  if (r == nil) return false;
  const Replica& replica = cluster_->replication[r];
  return (committed ? replica.high_watermark : replica.log_end) >= waiting.position;
}

}  // namespace brokersim
