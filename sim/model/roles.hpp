// SPDX-License-Identifier: Apache-2.0
// What a broker does when the metadata it has applied names another leader, and what a stopped process leaves behind
// (L-30, L-31, L-32; invariants-and-faults.md B.1). Nothing here is called while nothing may fail.
#pragma once
#include <cstdint>
#include <map>
#include <vector>

#include "sim/core/quantities.hpp"
#include "sim/model/partition_view.hpp"

namespace brokersim {

class Cluster;

class Roles {
 public:
  explicit Roles(Cluster& cluster) : cluster_(&cluster) {}

  /// The broker has applied metadata that says this of a partition it has a replica of. After a start it is told of
  /// all its partitions.
  void apply(BrokerIndex broker, std::uint32_t partition, const PartitionView& view);

  /// The broker's process is gone: its replicas do nothing any more. Their logs stay.
  void stop(BrokerIndex broker);
  /// Its log directory is offline: the process goes on without its replicas, which answer KAFKA_STORAGE_ERROR.
  void take_offline(BrokerIndex broker);
  /// It runs again, with the logs it has, and knows no leader yet.
  void start(BrokerIndex broker);

  /// The end of a replica's log is lost, what is at or after `keep` of its batches (B.1): its broker has stopped, or
  /// deletes it.
  void lose_log(std::uint32_t replica, std::uint32_t keep);

 private:
  void become_leader(std::uint32_t replica, const PartitionView& view);
  void become_superseded_leader(std::uint32_t replica, const PartitionView& view);
  void become_follower(std::uint32_t replica, const PartitionView& view);
  void enter_epoch(std::uint32_t replica, std::uint32_t epoch);
  void remove(std::uint32_t replica, const PartitionView& view);
  void step_down(std::uint32_t replica);
  [[nodiscard]] bool stays_behind(BrokerIndex broker, const PartitionView& view) const;
  void account_cut(std::uint32_t partition, std::uint32_t position, std::uint32_t old_end);
  void refresh(std::uint32_t partition);
  void cut(std::uint32_t replica, std::uint32_t keep);
  void cut_leader(std::uint32_t partition, std::uint32_t keep);
  void cut_committed(std::uint32_t partition, std::uint32_t position);

  Cluster* cluster_;
  /// By partition: what a stopped broker has left of the newest leader's log. Nobody reads it before a leader takes
  /// over, another one or itself again, so that is when it counts.
  std::map<std::uint32_t, std::uint32_t> lost_;
};

}  // namespace brokersim
