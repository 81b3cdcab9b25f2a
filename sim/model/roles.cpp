// SPDX-License-Identifier: Apache-2.0
#include "sim/model/roles.hpp"

#include <algorithm>

#include "sim/model/cluster.hpp"

namespace brokersim {

void Roles::apply(BrokerIndex broker, std::uint32_t partition, const PartitionView& view) {
  Replication& replication = cluster_->replication;
  const std::uint32_t index = replication.replica_on(broker, partition);
  if (index == nil) return;
  Replica& replica = replication[index];
  if (replica.role == Replica::Role::stopped || view.leader_epoch < replica.leader_epoch) return;
  const bool assigned = view.is_assigned(broker);
  if (replica.role == Replica::Role::absent) {  // a reassignment may give it one
    if (!assigned) return;
    replica.role = Replica::Role::follower;
    replication.set_fresh(index);
  } else if (!assigned) {
    remove(index, view);
    return;
  }
  const bool new_epoch = view.leader_epoch > replica.leader_epoch || replication.is_fresh(index);
  const bool leads = view.leader && *view.leader == broker;
  if (!new_epoch) {
    if (leads) cluster_->in_sync->apply(partition, view, RareState::high_watermark_by_metadata);
  } else if (leads && view.leader_epoch < cluster_->logs[partition].leader_epoch) {
    become_superseded_leader(index, view);
  } else if (leads) {
    become_leader(index, view);
  } else {
    become_follower(index, view);
  }
  if (!leads && stays_behind(broker, view)) replication.detach(index);
}

/// While its broker shuts down in a controlled way, a follower that is in no ISR any more stops fetching: those who
/// read from it get nothing new, and no error, until the process ends (L-21; ReplicaManager.applyLocalFollowersDelta).
bool Roles::stays_behind(BrokerIndex broker, const PartitionView& view) const {
  const bool in_sync = std::find(view.in_sync.begin(), view.in_sync.end(), broker) != view.in_sync.end();
  return cluster_->failures->shuts_down(broker) && (!view.leader || !in_sync);
}

/// The pointers into the mainline of everybody who follows the partition, after it has changed.
void Roles::refresh(std::uint32_t p) {
  const Partition& partition = cluster_->logs[p];
  for (std::uint32_t r = partition.first_replica; r < partition.first_replica + partition.replicas; ++r) {
    Replica& replica = cluster_->replication[r];
    replica.hidden = cluster_->branches->batch_at(p, replica.high_watermark);
  }
}

/// Batches of the former mainline from `position` on are in no log that will be read, unless their replica leads again:
/// those that had been acknowledged are lost.
void Roles::account_cut(std::uint32_t p, std::uint32_t position, std::uint32_t old_end) {
  if (position >= old_end) return;
  for (const std::uint32_t b : cluster_->branches->batches_from(p, position)) {
    cluster_->producers.on_batch_cut(b);
  }
}

void Roles::become_leader(std::uint32_t index, const PartitionView& view) {
  Cluster& cluster = *cluster_;
  Replication& replication = cluster.replication;
  const std::uint32_t p = replication[index].partition;
  Partition& partition = cluster.logs[p];
  const std::uint32_t old = partition.leading_replica();
  replication.detach(index);
  partition.for_each_follower([&](std::uint32_t r) {
    if (replication[r].session != nil) replication.detach(r);
  });
  if (old != index) {
    partition.leads = false;
    Replica& former = replication[old];
    if (former.role == Replica::Role::leader) {
      cluster.producers.on_leadership_lost(p, former.broker);
      cluster.recorder.faults()->on_leader_lost(p, cluster.simulation.now());
    }
    former.high_watermark = partition.high_watermark;
    former.hidden = partition.first_uncommitted;
    replication.show_as_leader(old);
    cluster.consumers.on_leader_moved(partition, old, index);
    const std::uint32_t old_end = partition.log_end;
    const std::uint32_t parting = cluster.branches->base(index);
    account_cut(p, parting, old_end);
    if (parting < cluster.branches->committed_end(p)) cluster.consumers.on_log_will_be_cut(p, parting);
    cluster.branches->take_over(index);
    for (const std::uint32_t b : cluster.branches->batches_from(p, parting)) cluster.producers.on_batch_back(b);
    cut_committed(p, parting);
    partition.high_watermark = replication[index].high_watermark;
    if (cluster.world.mutants.new_leader_commits_all) partition.high_watermark = partition.log_end;
    if (const auto lost = lost_.find(p); lost != lost_.end()) cut(old, lost->second);
  } else if (const auto lost = lost_.find(p); lost != lost_.end()) {
    cut_leader(p, lost->second);
  }
  lost_.erase(p);
  const bool goes_on = old == index && partition.leader_epoch == view.leader_epoch;
  partition.leader = replication[index].broker;
  partition.leader_epoch = view.leader_epoch;
  replication[index].role = Replica::Role::leader;
  partition.leads = true;
  replication[index].leader_epoch = view.leader_epoch;
  replication.set_leader_known(index, partition.leader);
  refresh(p);
  partition.first_uncommitted = cluster.branches->batch_at(p, partition.high_watermark);
  partition.high_watermark_offset = partition.first_uncommitted == nil
                                        ? partition.log_end_offset
                                        : cluster.batches[partition.first_uncommitted].base_offset;
  enter_epoch(index, view.leader_epoch);
  if (goes_on) {
    cluster.in_sync->go_on(p, view);
  } else {
    if (!cluster.world.mutants.follower_state_kept)
      partition.for_each_follower([&](std::uint32_t r) { replication[r].acknowledged_end = 0; });
    cluster.in_sync->begin_epoch(p, view);
  }
  if (cluster.checks) cluster.checks->on_leads(index);
  cluster.recorder.faults()->on_leader_leads(p, cluster.simulation.now());
  cluster.consumers.on_replica_changed(p, partition.leader);
  cluster.logs.try_advance_high_watermark(p);
}

/// Whose directory was offline while nobody noticed goes on in its epoch.
void Roles::enter_epoch(std::uint32_t index, std::uint32_t epoch) {
  if (cluster_->branches->last_epoch(index) != epoch) cluster_->branches->begin_epoch(index, epoch);
}

/// It learns late that it leads: somebody leads in a newer epoch already. It believes so until it learns that, too;
/// what it appends meanwhile is its own.
void Roles::become_superseded_leader(std::uint32_t index, const PartitionView& view) {
  Replication& replication = cluster_->replication;
  replication.detach(index);
  replication[index].role = Replica::Role::leader;
  replication[index].leader_epoch = view.leader_epoch;
  replication.set_leader_known(index, replication[index].broker);
  enter_epoch(index, view.leader_epoch);
  if (cluster_->checks) cluster_->checks->on_leads(index);
  cluster_->consumers.on_replica_changed(replication[index].partition, replication[index].broker);
}

/// It learns that it leads no more, if it did, and fetches from nobody.
void Roles::step_down(std::uint32_t index) {
  Replication& replication = cluster_->replication;
  const Replica& replica = replication[index];
  Partition& partition = cluster_->logs[replica.partition];
  if (replica.role == Replica::Role::leader) {
    cluster_->producers.on_leadership_lost(replica.partition, replica.broker);
    if (partition.leading_replica() == index) {  // nobody has taken over yet: its followers wait for who will
      cluster_->recorder.faults()->on_leader_lost(replica.partition, cluster_->simulation.now());
      partition.for_each_follower([&](std::uint32_t r) {
        if (replication[r].session != nil) replication.detach(r);
      });
    }
  }
  replication.detach(index);
  if (partition.leading_replica() == index) partition.leads = false;
}

void Roles::become_follower(std::uint32_t index, const PartitionView& view) {
  Cluster& cluster = *cluster_;
  Replication& replication = cluster.replication;
  Replica& replica = replication[index];
  const std::uint32_t p = replica.partition;
  step_down(index);
  replica.role = Replica::Role::follower;
  replica.leader_epoch = view.leader_epoch;
  replication.set_leader_known(index, view.leader);
  if (cluster.world.mutants.truncates_to_high_watermark) [[unlikely]]
    replication.cut_for_mutant(index, replica.high_watermark);
  if (cluster.checks) cluster.checks->on_follows(index);
  cluster.consumers.on_replica_changed(p, replica.broker);
  if (view.leader) replication.follow(index, *view.leader);
}

/// The partition is no longer assigned to its broker: what it has of the log is deleted.
void Roles::remove(std::uint32_t index, const PartitionView& view) {
  Replication& replication = cluster_->replication;
  Replica& replica = replication[index];
  step_down(index);
  replica.role = Replica::Role::absent;
  replica.leader_epoch = view.leader_epoch;
  replication.set_leader_known(index, std::nullopt);
  if (cluster_->checks) cluster_->checks->on_follows(index);
  cluster_->consumers.on_replica_changed(replica.partition, replica.broker);  // while it still has what they wait for
  lose_log(index, 0);
}

void Roles::stop(BrokerIndex broker) {
  Replication& replication = cluster_->replication;
  for (std::uint32_t r = 0; r < replication.size(); ++r) {
    if (replication[r].broker != broker || replication[r].role == Replica::Role::absent) continue;
    if (replication[r].role == Replica::Role::leader) {
      const std::uint32_t p = replication[r].partition;
      if (cluster_->checks) cluster_->checks->on_leader_stops(r);
      cluster_->producers.on_leadership_lost(p, broker);
      if (cluster_->logs[p].leading_replica() == r)
        cluster_->recorder.faults()->on_leader_lost(p, cluster_->simulation.now());
    }
    replication.detach(r);
    replication[r].role = Replica::Role::stopped;
    Partition& partition = cluster_->logs[replication[r].partition];
    if (partition.leading_replica() == r) partition.leads = false;
  }
}

void Roles::take_offline(BrokerIndex broker) {
  Replication& replication = cluster_->replication;
  for (std::uint32_t r = 0; r < replication.size(); ++r) {
    if (replication[r].broker != broker || !replication[r].works()) continue;
    const std::uint32_t p = replication[r].partition;
    if (cluster_->logs[p].leading_replica() == r) replication.on_leader_offline(p);
    step_down(r);
    replication[r].role = Replica::Role::stopped;
    cluster_->consumers.on_replica_changed(p, broker);
  }
}

void Roles::start(BrokerIndex broker) {
  Replication& replication = cluster_->replication;
  for (std::uint32_t r = 0; r < replication.size(); ++r) {
    if (replication[r].broker != broker || replication[r].role == Replica::Role::absent) continue;
    replication[r].role = Replica::Role::follower;
    replication.set_fresh(r);
  }
}

void Roles::lose_log(std::uint32_t index, std::uint32_t keep) {
  const std::uint32_t p = cluster_->replication[index].partition;
  if (cluster_->logs[p].leading_replica() != index) {
    cut(index, keep);
  } else {
    const auto [lost, first] = lost_.try_emplace(p, keep);
    lost->second = keep = std::min(lost->second, keep);  // it may lose power again before anybody leads
  }
  if (cluster_->checks) cluster_->checks->on_log_lost(index, keep);
}

/// A replica that does not lead has less of its log.
void Roles::cut(std::uint32_t index, std::uint32_t keep) {
  Replica& replica = cluster_->replication[index];
  cluster_->replication.keep_shown(index);
  cluster_->branches->truncate(index, keep);
  replica.hidden = cluster_->branches->batch_at(replica.partition, replica.high_watermark);
}

/// The leader of an earlier epoch leads again, and has less of the log than it had.
void Roles::cut_leader(std::uint32_t p, std::uint32_t keep) {
  Partition& partition = cluster_->logs[p];
  account_cut(p, keep, partition.log_end);
  if (keep < cluster_->branches->committed_end(p)) cluster_->consumers.on_log_will_be_cut(p, keep);
  cluster_->branches->truncate_mainline(p, keep);
  cut_committed(p, keep);
  partition.high_watermark = std::min(partition.high_watermark, keep);
}

void Roles::cut_committed(std::uint32_t p, std::uint32_t position) {
  if (position >= cluster_->branches->committed_end(p)) return;
  cluster_->branches->cut_committed(p, position);
  cluster_->replication.forget_shown(p, position);
  cluster_->consumers.on_log_cut(p, position);
}

}  // namespace brokersim
