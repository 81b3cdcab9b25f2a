// SPDX-License-Identifier: Apache-2.0
#include "sim/model/log_branches.hpp"

#include <algorithm>

#include "sim/model/cluster.hpp"

namespace brokersim {

void LogBranches::add_partition(std::uint32_t replicas) {
  mainlines_.emplace_back();
  LeaderEpochs from_the_start;
  from_the_start.begin({0, 0});
  for (std::uint32_t r = 0; r < replicas; ++r) epochs_.push_back(from_the_start);
}

void LogBranches::on_freed(std::uint32_t batch) {
  const std::uint32_t position = cluster_->batches[batch].sequence;
  Mainline& mainline = mainlines_[cluster_->batches[batch].partition];
  if (position < mainline.first || position - mainline.first >= mainline.batches.size()) return;
  if (mainline.batches[position - mainline.first] != batch) return;  // it never got into a log, or into another one
  mainline.batches[position - mainline.first] = nil;
  while (mainline.freed < mainline.batches.size() && mainline.batches[mainline.freed] == nil) ++mainline.freed;
  constexpr std::uint32_t worth_moving = 4;
  if (mainline.freed < worth_moving || 2 * mainline.freed < mainline.batches.size()) return;
  mainline.batches.erase(mainline.batches.begin(), mainline.batches.begin() + mainline.freed);
  mainline.first += mainline.freed;
  mainline.freed = 0;
}

std::uint32_t LogBranches::batch_at(std::uint32_t partition, std::uint32_t position) const {
  const Mainline& mainline = mainlines_[partition];
  if (position < mainline.first || position - mainline.first >= mainline.batches.size()) return nil;
  return mainline.batches[position - mainline.first];
}

std::vector<std::uint32_t> LogBranches::batches_from(std::uint32_t partition, std::uint32_t position) const {
  const Mainline& mainline = mainlines_[partition];
  const std::uint32_t at = std::max(position, mainline.first + mainline.freed) - mainline.first;
  if (at >= mainline.batches.size()) return {};
  return {mainline.batches.begin() + at, mainline.batches.end()};
}

std::uint32_t LogBranches::log_end(std::uint32_t replica) const {
  const Replica& entry = cluster_->replication[replica];
  const Partition& partition = cluster_->logs[entry.partition];
  return partition.leading_replica() == replica ? partition.log_end : entry.log_end;
}

std::uint32_t LogBranches::base(std::uint32_t replica) const {
  const auto branch = branch_.find(replica);
  return log_end(replica) - (branch == branch_.end() ? 0 : static_cast<std::uint32_t>(branch->second.size()));
}

/// A batch outside the mainline: answers under way may still carry it, so it is never used again.
void LogBranches::keep_for_good(std::uint32_t batch) {
  constexpr std::uint32_t more_than_all = 1U << 30;
  cluster_->batches[batch].holders = more_than_all;
}

/// The partition's end is at `position` now, after a change of its mainline.
void LogBranches::set_end(std::uint32_t index, std::uint32_t position) {
  Partition& partition = cluster_->logs[index];
  BatchPool& batches = cluster_->batches;
  partition.log_end = position;
  partition.tail = position == 0 ? nil : batch_at(index, position - 1);
  if (partition.tail == nil) return;
  batches[partition.tail].next = nil;
  partition.log_end_offset = batches[partition.tail].base_offset + batches[partition.tail].journey.run.count;
}

std::uint32_t LogBranches::take_over(std::uint32_t replica) {
  const std::uint32_t index = cluster_->replication[replica].partition;
  Partition& partition = cluster_->logs[index];
  Mainline& mainline = mainlines_[index];
  BatchPool& batches = cluster_->batches;
  const std::uint32_t old = partition.leading_replica();
  if (old == replica) return partition.log_end;
  const std::uint32_t own_end = log_end(replica);
  const std::uint32_t parting = base(replica);
  cluster_->replication[old].log_end = partition.log_end;
  const std::vector<std::uint32_t> cut = batches_from(index, parting);
  for (const std::uint32_t batch : cut) keep_for_good(batch);
  for (std::uint32_t r = partition.first_replica; r < partition.first_replica + partition.replicas; ++r) {
    if (r == replica) continue;
    const std::uint32_t end = r == old ? cluster_->replication[old].log_end : base(r);
    if (end <= parting) continue;
    std::vector<std::uint32_t>& branch = branch_[r];
    branch.insert(branch.begin(), cut.begin(), cut.begin() + (end - parting));
  }
  if (!cut.empty()) partition.log_end_offset = batches[cut.front()].base_offset;
  mainline.batches.resize(mainline.batches.size() - cut.size());
  const std::uint32_t last_kept = parting == 0 ? nil : batch_at(index, parting - 1);
  std::uint32_t before = last_kept;
  if (const auto own = branch_.find(replica); own != branch_.end()) {
    for (const std::uint32_t batch : own->second) {
      mainline.batches.push_back(batch);
      if (before != nil) batches[before].next = batch;
      before = batch;
    }
    branch_.erase(own);
  }
  partition.leading = static_cast<std::uint16_t>(replica - partition.first_replica);
  set_end(index, own_end);
  for (std::uint32_t r = partition.first_replica; r < partition.first_replica + partition.replicas; ++r)
    rejoin_mainline(r);
  return parting;
}

/// What a branch has in common with a mainline that has changed is no part of it any more.
void LogBranches::rejoin_mainline(std::uint32_t replica) {
  const auto own = branch_.find(replica);
  if (own == branch_.end()) return;
  const std::uint32_t index = cluster_->replication[replica].partition;
  const std::uint32_t from = base(replica);
  std::vector<std::uint32_t>& branch = own->second;
  std::uint32_t same = 0;
  while (same < branch.size() && batch_at(index, from + same) == branch[same]) ++same;
  branch.erase(branch.begin(), branch.begin() + same);
  if (branch.empty()) branch_.erase(own);
}

void LogBranches::append_to_branch(std::uint32_t replica, std::uint32_t batch) {
  Replica& entry = cluster_->replication[replica];
  Batch& appended = cluster_->batches[batch];
  std::vector<std::uint32_t>& branch = branch_[replica];
  const std::uint32_t parting = batch_at(entry.partition, entry.log_end);  // what the newest leader has there instead
  if (!branch.empty()) {
    const Batch& before = cluster_->batches[branch.back()];
    appended.base_offset = before.base_offset + before.journey.run.count;
  } else if (parting != nil) {
    appended.base_offset = cluster_->batches[parting].base_offset;
  } else {
    appended.base_offset = cluster_->logs[entry.partition].log_end_offset;
  }
  appended.sequence = entry.log_end++;
  branch.push_back(batch);
  keep_for_good(batch);
}

void LogBranches::truncate(std::uint32_t replica, std::uint32_t end) {
  Replica& entry = cluster_->replication[replica];
  end = std::min(end, entry.log_end);  // nothing to cut but, perhaps, an epoch that it began and appended nothing in
  if (const auto branch = branch_.find(replica); branch != branch_.end()) {
    const std::size_t cut = std::min<std::size_t>(entry.log_end - end, branch->second.size());
    branch->second.resize(branch->second.size() - cut);
    if (branch->second.empty()) branch_.erase(branch);
  }
  if (cluster_->checks) note_cut(replica, end);
  entry.log_end = end;
  entry.high_watermark = std::min(entry.high_watermark, end);
  if (!cluster_->world.mutants.cache_not_cut) cut_epochs(replica, end);
}

void LogBranches::note_cut(std::uint32_t replica, std::uint32_t end) const {
  const Replica& entry = cluster_->replication[replica];
  RunChecks& checks = *cluster_->checks;
  if (end < entry.high_watermark) checks.note(RareState::high_watermark_fell);
  if (end < entry.log_end && end == entry.high_watermark) checks.note(RareState::diverged_at_high_watermark);
  if (end == entry.log_end && end > 0 && epochs_[replica].starts().back().position >= end)
    checks.note(RareState::epoch_forgotten);
}

/// Of an empty log nobody knows an epoch: 0 is none that could differ from the leader's.
void LogBranches::cut_epochs(std::uint32_t replica, std::uint32_t end) {
  LeaderEpochs& epochs = epochs_[replica];
  epochs.cut(end);
  if (epochs.starts().empty()) epochs.begin({0, 0});
}

void LogBranches::truncate_mainline(std::uint32_t index, std::uint32_t end) {
  Partition& partition = cluster_->logs[index];
  if (end >= partition.log_end) return;
  const std::vector<std::uint32_t> cut = batches_from(index, end);
  for (const std::uint32_t batch : cut) keep_for_good(batch);
  for (std::uint32_t r = partition.first_replica; r < partition.first_replica + partition.replicas; ++r) {
    const std::uint32_t parts_at = base(r);
    if (r == partition.leading_replica() || parts_at <= end) continue;
    std::vector<std::uint32_t>& branch = branch_[r];
    branch.insert(branch.begin(), cut.begin(), cut.begin() + (parts_at - end));
  }
  if (!cut.empty()) partition.log_end_offset = cluster_->batches[cut.front()].base_offset;
  mainlines_[index].batches.resize(mainlines_[index].batches.size() - cut.size());
  set_end(index, end);
  cut_epochs(partition.leading_replica(), end);
}

void LogBranches::begin_epoch(std::uint32_t replica, std::uint32_t epoch) {
  if (cluster_->world.mutants.no_epoch_start) return;
  cluster_->logs[cluster_->replication[replica].partition].later_epochs = true;
  epochs_[replica].begin({epoch, log_end(replica)});
}

void LogBranches::copy_epochs(std::uint32_t replica, std::uint32_t from, std::uint32_t to) {
  const std::uint32_t partition = cluster_->replication[replica].partition;
  if (!cluster_->logs[partition].later_epochs) return;  // as nearly always
  const std::uint32_t leader = cluster_->logs[partition].leading_replica();
  LeaderEpochs& own = epochs_[replica];
  if (epochs_[leader].last() <= own.last()) return;
  const std::span<const EpochStart> leaders = epochs_[leader].starts();
  for (std::size_t i = 0; i < leaders.size(); ++i) {
    const std::uint32_t end = i + 1 < leaders.size() ? leaders[i + 1].position : to;
    const std::uint32_t start = std::max(leaders[i].position, from);
    if (start >= std::min(end, to) || leaders[i].epoch <= own.last()) continue;
    own.begin({leaders[i].epoch, start});
  }
}

/// Of an epoch that it has not seen: the log's end.
EpochEnd LogBranches::end_of_epoch(std::uint32_t replica, std::uint32_t epoch) const {
  const LeaderEpochs& epochs = epochs_[replica];
  return epochs.end_of(epoch, log_end(replica)).value_or(EpochEnd{epochs.last(), log_end(replica)});
}

}  // namespace brokersim
