// SPDX-License-Identifier: Apache-2.0
// The in-sync replicas of every partition as its leader has them: what they hold the high watermark to, who
// leaves and who joins. Kept only while something may fail; else every replica is in sync.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/control_plane/controller.hpp"
#include "sim/core/large_array.hpp"
#include "sim/core/prefetch.hpp"
#include "sim/core/quantities.hpp"
#include "sim/core/sim_time.hpp"
#include "sim/invariants/invariants.hpp"
#include "sim/model/partition_view.hpp"

namespace brokersim {

class Cluster;
struct Partition;

/// How far a follower was when its leader heard of it last. Logs are counted in batches.
struct alignas(32) FollowerProgress {
  Instant caught_up{};                ///< R-12: it last had all of the leader's log
  Instant last_fetch{};               ///< and when that was asked for
  std::int64_t broker_epoch = -1;     ///< that its last fetch carried; -1: none has come (R-25)
  std::uint32_t leader_end_then = 0;  ///< leader's log end at its last fetch
  bool fetched = true;                ///< in this leader epoch

  /// It has fetched: it has everything below `fetched_to`, the leader everything below `leader_end`.
  void on_fetch(std::uint32_t fetched_to, std::uint32_t leader_end, Instant now) {
    if (fetched_to >= leader_end) {
      caught_up = now;
    } else if (fetched && fetched_to >= leader_end_then) {
      caught_up = std::max(caught_up, last_fetch);
    }
    leader_end_then = std::max(leader_end_then, leader_end);
    last_fetch = now;
    fetched = true;
  }
};

class InSyncReplicas {
 public:
  /// lag_limit  replica.lag.time.max.ms
  InSyncReplicas(Cluster& cluster, Duration lag_limit) : cluster_(&cluster), lag_limit_(lag_limit) {}

  /// replicas  the first of them are assigned as the run begins, and in sync
  /// places    of replicas, with those that a reassignment may bring
  void add_partition(std::uint32_t replicas, std::uint32_t places, std::uint32_t min_insync_replicas);
  /// Every broker looks for followers that lag each half of the limit, from a moment of its own.
  void start();
  void on_lag_check(BrokerIndex broker);

  /// The partition's new leader starts from the controller's ISR and knows nothing yet of its followers (L-30).
  void begin_epoch(std::uint32_t partition, const PartitionView& view);
  /// Its log directory was offline, and nobody has noticed: it goes on in its epoch with all it knew, proposals and
  /// what answers have told it included. The metadata it acts on may be older.
  void go_on(std::uint32_t partition, const PartitionView& view);
  /// The leader learns of a change of the ISR in its own epoch: by metadata, or as the answer to its proposal.
  /// raised  what it is if that raises the high watermark
  void apply(std::uint32_t partition, const PartitionView& view, RareState raised);
  /// AlterPartition's answer to a leader's proposal: accepted is what holds now, `ineligible_replica` is as if
  /// it had never proposed it. After other errors it waits for the metadata that explains them. What is not the
  /// proposal under way any more changes nothing.
  void on_judged(BrokerIndex leader, const IsrProposal& proposal, const IsrAnswer& answer);

  /// The partition's leader has applied another min.insync.replicas of its topic.
  void on_minimum_changed(std::uint32_t partition);
  /// Another replica.lag.time.max.ms, from the next look on.
  void set_lag_limit(Duration limit);

  /// A fetch of the replica will be counted soon: fetch what that takes into the cache.
  void expect(std::uint32_t partition, std::uint32_t replica) const {
    expect(partition);
    prefetch(&followers_[replica]);
  }
  void expect(std::uint32_t partition) const { prefetch(&state_[partition]); }
  /// The leader has counted a follower's fetch (R-13 (3), (4)).
  void on_fetch(std::uint32_t replica);
  /// Its fetches come no more.
  void on_fetches_end(std::uint32_t replica);

  /// Where R-20 lets the high watermark go; where it is while too few replicas are in sync.
  [[nodiscard]] std::uint32_t high_watermark_candidate(const Partition& partition) const;
  /// Replicas that the leader has confirmed in the ISR, itself included.
  [[nodiscard]] std::uint32_t in_sync(std::uint32_t partition) const;
  /// Whether acks=all is accepted.
  [[nodiscard]] bool min_isr_met(std::uint32_t partition) const;
  /// What the leader knows, for the checks.
  [[nodiscard]] LeadersIsr known(std::uint32_t partition) const {
    return {state_[partition].confirmed, state_[partition].maximal};
  }
  /// Whether a replica is in the ISR that the leader has confirmed.
  [[nodiscard]] bool is_in_sync(std::uint32_t replica) const;

 private:
  /// Sets of replicas are bits by place.
  struct alignas(64) State {
    std::uint64_t confirmed = 0;  ///< as the controller has said
    std::uint64_t maximal = 0;    ///< with an expansion under way; what a shrink under way takes off is still in it
    std::uint32_t partition_epoch = 0;
    std::uint32_t assigned = 1;     ///< replicas, those that come and go included
    std::uint32_t min_in_sync = 1;  ///< effective min.insync.replicas (R-34)
    std::uint32_t epoch_start = 0;  ///< leader's log end when it took over, batches
    std::uint64_t rules_known = 0;  ///< offset in the metadata log up to which an answer has told it of topics' rules
    bool proposal_under_way = false;
    bool not_attempted = false;  ///< a proposal, because an earlier one was not answered yet
  };
  [[nodiscard]] bool caught_up(const Partition& partition, std::uint32_t replica) const;
  [[nodiscard]] std::uint64_t bits_of(const Partition& partition, const std::vector<BrokerIndex>& brokers) const;
  void settle(std::uint32_t partition);
  void take_minimum(std::uint32_t partition);
  void end_proposal(std::uint32_t partition);
  [[nodiscard]] bool awaits_answer(BrokerIndex leader, const IsrProposal& proposal) const;
  void look_again(std::uint32_t partition);
  void propose(std::uint32_t partition, std::uint64_t in_sync);

  Cluster* cluster_;
  Duration lag_limit_;
  LargeArray<State> state_;                 // by partition
  LargeArray<FollowerProgress> followers_;  // by replica
};

}  // namespace brokersim
