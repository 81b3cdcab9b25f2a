// SPDX-License-Identifier: Apache-2.0
// How followers copy their leaders' logs and learn the high watermark (kafka-semantics section 3, F-20 to F-26).
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/core/quantities.hpp"
#include "sim/model/batch.hpp"
#include "sim/model/long_poll.hpp"

namespace brokersim {

class Cluster;
struct Partition;

/// One follower of one partition: what the leader knows of it, what it knows itself, and what its session carries.
struct Replica {
  std::uint32_t partition = 0;
  std::uint32_t session = 0;
  BrokerIndex broker;
  // At the leader.
  std::uint32_t unsent = nil;            ///< first batch no answer has carried yet
  std::uint32_t sent_end = 0;            ///< batches that answers have carried
  std::int64_t sent_offset = 0;          ///< the same in records
  std::uint32_t acknowledged_end = 0;    ///< its log end, as its last fetch said (R-12)
  std::int64_t acknowledged_offset = 0;  ///< the same in records
  Instant caught_up_at{};                ///< when it last had all of the leader's log
  std::uint32_t sent_high_watermark = 0; ///< the last one an answer told it (R-11)
  bool listed = false;                   ///< in its session's list of changed partitions
  std::uint32_t next_listed = nil;
  // In the answer under way.
  std::uint32_t next_carried = nil;
  std::uint32_t carried_end = 0;
  std::int64_t carried_offset = 0;
  std::uint32_t carried_high_watermark = 0;
  // At the follower.
  std::uint32_t log_end = 0;
  std::uint32_t high_watermark = 0;
  std::int64_t high_watermark_offset = 0;
  std::uint32_t hidden = nil;            ///< first batch its high watermark has not passed
  Instant last_shown{};
  Instant last_data{};                   ///< when its newest batches arrived
  std::uint32_t groups = 0;              ///< that read it
};

/// A fetcher thread of a follower toward one leader, with its fetch session: one fetch at a time.
struct ReplicaSession {
  BrokerIndex follower, leader;
  LongPoll poll;
  std::uint32_t first_listed = nil;      ///< partitions with new data or a new high watermark, oldest first (R-3)
  std::uint32_t last_listed = nil;
  std::uint32_t with_data = 0;           ///< of them, those with data
  std::uint32_t first_carried = nil;     ///< partitions in the answer under way, or acknowledged by the next fetch
  std::uint32_t carried = 0;
  Instant answer_parked{};               ///< the answer under way was parked from ...
  Instant answer_left{};                 ///< ... until then
  Bytes answer_bytes = 0;                ///< on the wire
  Bytes answer_data = 0;                 ///< of record batches
};

class Replication {
 public:
  explicit Replication(Cluster& cluster) : cluster_(&cluster) {}

  std::uint32_t add_session(BrokerIndex follower, BrokerIndex leader);
  void add_replica(const Replica& replica) { replicas_.push_back(replica); }
  void set_most_followers(std::size_t followers) { stride_ = std::max<std::size_t>(followers, 1); }
  /// All fetchers park at the leaders at time zero.
  void start();
  /// Enters the polls that expired without data until the observation interval ended.
  void charge_idle_polls();

  void on_appended(const Partition& partition, std::uint32_t batch);
  void on_high_watermark(const Partition& partition);
  [[nodiscard]] std::uint32_t least_log_end(const Partition& partition) const;

  void on_fetch_arrived(std::uint32_t session);
  void on_fetch_handled(std::uint32_t session);
  void on_fetch_expired(std::uint32_t session);
  void on_fetch_answered(std::uint32_t session);
  void on_fetch_received(std::uint32_t session);

  /// When a follower that showed a batch that is still held first did so.
  [[nodiscard]] Instant shown_at(std::uint32_t replica, std::uint32_t batch) const {
    return shown_[std::size_t{batch} * stride_ + place_of(replica)];
  }
  [[nodiscard]] Replica& operator[](std::uint32_t replica) { return replicas_[replica]; }
  [[nodiscard]] std::size_t size() const { return replicas_.size(); }

 private:
  void list(std::uint32_t replica);
  void wake(std::uint32_t session);
  void park(std::uint32_t session);
  void expect_expiry(std::uint32_t session);
  void answer(std::uint32_t session, Instant parked_since);
  void credit();
  void show(std::uint32_t replica, const ReplicaSession& session);
  void charge(const ReplicaSession& session, std::int64_t polls);

  struct Acknowledged {
    std::uint32_t replica, end;
    std::int64_t offset;
  };
  [[nodiscard]] std::size_t place_of(std::uint32_t replica) const;

  Cluster* cluster_;
  std::vector<Acknowledged> acknowledged_;  // by the fetch being handled; kept to spare allocations
  std::vector<Replica> replicas_;
  std::vector<ReplicaSession> sessions_;
  std::vector<Instant> shown_;  // shape [batches][stride]: by batch and follower of its partition
  std::size_t stride_ = 1;      // most followers of a partition
};

}  // namespace brokersim
