// SPDX-License-Identifier: Apache-2.0
// The logs of a partition's replicas where they differ. Kept only while something may fail.
//
// The newest leader's log is the partition's mainline: the list of batches that PartitionLogs knows. Another replica's
// log is the mainline up to some position and then a branch of its own: nothing, unless the replica has batches that
// the leader elected since has not. It loses its branch when it truncates. Positions count batches; up to the
// position where they part, two logs are the same.
#pragma once
#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "sim/core/large_array.hpp"
#include "sim/core/prefetch.hpp"
#include "sim/core/quantities.hpp"
#include "sim/model/batch.hpp"
#include "sim/model/leader_epochs.hpp"

namespace brokersim {

class Cluster;

class LogBranches {
 public:
  /// retains  batches stay in memory when everybody has them, because a replica may lose its own copies
  LogBranches(Cluster& cluster, bool retains) : cluster_(&cluster), retains_(retains) {}

  void add_partition(std::uint32_t replicas);
  /// A batch for a partition comes soon: fetch what that takes into the cache.
  void expect(std::uint32_t partition) const { prefetch(&mainlines_[partition]); }
  /// Likewise batches for a follower.

  /// The newest leader has appended a batch.
  void on_appended(std::uint32_t partition, std::uint32_t batch) { mainlines_[partition].batches.push_back(batch); }
  /// Nobody needs a batch any more.
  void on_freed(std::uint32_t batch);
  [[nodiscard]] bool retains() const { return retains_; }

  /// The mainline's batch at a position; nil at its end, or where everybody has it.
  [[nodiscard]] std::uint32_t batch_at(std::uint32_t partition, std::uint32_t position) const;

  /// A replica's log end: its own, or if it leads the mainline's.
  [[nodiscard]] std::uint32_t log_end(std::uint32_t replica) const;
  /// Up to where a replica's log is the mainline's.
  [[nodiscard]] std::uint32_t base(std::uint32_t replica) const;

  /// The replica's log becomes the mainline; what others have beyond becomes their branches. The former leader's log
  /// end is written into its entry. Returns the position where the new mainline parts from the old one.
  std::uint32_t take_over(std::uint32_t replica);
  /// A leader that has been superseded and does not know it appends to its branch.
  void append_to_branch(std::uint32_t replica, std::uint32_t batch);
  /// Cuts a replica's log, not the leader's, and its leader epoch cache.
  void truncate(std::uint32_t replica, std::uint32_t end);
  /// Cuts the mainline: the leader has lost the end of its log with its host's memory.
  void truncate_mainline(std::uint32_t partition, std::uint32_t end);
  /// A mainline's batches from `position` on that are in memory, oldest first.
  [[nodiscard]] std::vector<std::uint32_t> batches_from(std::uint32_t partition, std::uint32_t position) const;

  /// The newest leader's high watermark has come to `position`.
  void on_committed(std::uint32_t partition, std::uint32_t position) {
    std::uint32_t& committed = mainlines_[partition].committed;
    committed = std::max(committed, position);
  }
  /// An unclean election, or lost logs, have taken committed batches away.
  void cut_committed(std::uint32_t partition, std::uint32_t position) {
    std::uint32_t& committed = mainlines_[partition].committed;
    committed = std::min(committed, position);
  }
  [[nodiscard]] std::uint32_t committed_end(std::uint32_t partition) const { return mainlines_[partition].committed; }

  /// A leader enters its new epoch (L-30).
  void begin_epoch(std::uint32_t replica, std::uint32_t epoch);
  /// A follower has appended the mainline's batches [from, to).
  void copy_epochs(std::uint32_t replica, std::uint32_t from, std::uint32_t to);
  [[nodiscard]] std::span<const EpochStart> epochs(std::uint32_t replica) const { return epochs_[replica].starts(); }
  [[nodiscard]] std::uint32_t last_epoch(std::uint32_t replica) const { return epochs_[replica].last(); }
  /// The end of the greatest epoch not above `epoch` in the replica's log.
  [[nodiscard]] EpochEnd end_of_epoch(std::uint32_t replica, std::uint32_t epoch) const;
  /// Where a follower cuts its log that has been told where its last epoch ends in the leader's.
  [[nodiscard]] std::uint32_t cut_after(std::uint32_t replica, EpochEnd told) const {
    return epochs_[replica].cut_after(told, log_end(replica));
  }

 private:
  /// A mainline from its first batch that is still in memory.
  struct alignas(64) Mainline {
    std::uint32_t first = 0;                                   // position of batches[0]
    std::uint32_t freed = 0;                                   // of batches, how many at the front are nil
    std::uint32_t committed = 0;                               // true high watermark
    boost::container::small_vector<std::uint32_t, 6> batches;  // nil: freed; mostly so few that one line has them all
  };
  void rejoin_mainline(std::uint32_t replica);
  void set_end(std::uint32_t partition, std::uint32_t position);
  void cut_epochs(std::uint32_t replica, std::uint32_t end);
  void note_cut(std::uint32_t replica, std::uint32_t end) const;
  void keep_for_good(std::uint32_t batch);

  Cluster* cluster_;
  bool retains_;
  LargeArray<Mainline> mainlines_;                              // by partition
  std::map<std::uint32_t, std::vector<std::uint32_t>> branch_;  // by replica; only those that have one
  LargeArray<LeaderEpochs> epochs_;                             // by replica
};

}  // namespace brokersim
