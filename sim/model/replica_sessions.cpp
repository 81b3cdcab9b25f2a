// SPDX-License-Identifier: Apache-2.0
// Followers that change leaders: joining and leaving fetch sessions, diverging logs, lost connections and
// back-off. Nothing here is called while nothing may fail.
#include <algorithm>

#include "sim/model/cluster.hpp"
#include "sim/model/retransmission.hpp"
#include "sim/policy/replica_fetcher/fetcher_choice.hpp"

namespace brokersim {

std::uint32_t Replication::replica_on(BrokerIndex broker, std::uint32_t partition) const {
  const Partition& of = cluster_->logs[partition];
  if (of.leads && of.leader == broker) return of.leading_replica();  // mostly asked
  for (std::uint32_t r = of.first_replica; r < of.first_replica + of.replicas; ++r) {
    if (replicas_[r].broker == broker) return r;
  }
  return nil;
}

bool Replication::acts_as_leader(BrokerIndex broker, std::uint32_t partition) {
  const Partition& of = cluster_->logs[partition];
  if (of.leads && of.leader == broker) return true;
  const std::uint32_t replica = replica_on(broker, partition);
  return replica != nil && replicas_[replica].role == Replica::Role::leader;
}

std::uint32_t Replication::epoch_at(BrokerIndex broker, std::uint32_t partition) {
  const std::uint32_t replica = replica_on(broker, partition);
  return replica == nil ? 0 : replicas_[replica].leader_epoch;
}

void Replication::keep_shown(std::uint32_t index) {
  Replica& replica = replicas_[index];
  replica.shown_until =
      std::max(replica.shown_until, std::min(replica.high_watermark, cluster_->logs.committed_end(replica.partition)));
}

void Replication::forget_shown(std::uint32_t p, std::uint32_t end) {
  const Partition& partition = cluster_->logs[p];
  for (std::uint32_t r = partition.first_replica; r < partition.first_replica + partition.replicas; ++r) {
    replicas_[r].shown_until = std::min(replicas_[r].shown_until, end);
  }
}

void Replication::show_as_leader(std::uint32_t index) {
  const Replica& replica = replicas_[index];
  const std::size_t place = place_of(index);
  for (const std::uint32_t batch : cluster_->branches->batches_from(replica.partition, 0)) {
    if (batch == nil || cluster_->batches[batch].sequence >= replica.high_watermark) continue;
    note_shown(batch, place, cluster_->batches[batch].journey.committed);
  }
}

std::uint32_t Replication::joining_now(std::uint32_t session) const {
  if (joining_.empty()) return 0;  // nobody has ever joined
  return sessions_[session].has_joining ? static_cast<std::uint32_t>(joining_[session].under_way.size()) : 0;
}

void Replication::follow(std::uint32_t index, BrokerIndex leader) {
  Replica& replica = replicas_[index];
  Following& following = following_[index];
  following.leader = leader;
  following.rejoins = Instant::max();
  const Partition& partition = cluster_->logs[replica.partition];
  const std::uint32_t fetcher = fetcher_of(cluster_->world.topics[partition.topic.value].id, partition.number,
                                           cluster_->world.brokers[replica.broker.value].num_replica_fetchers);
  const std::uint32_t s = session_with(replica.broker, leader, fetcher);
  if (joining_.size() <= s) joining_.resize(sessions_.size());
  following.joins = s;
  joining_[s].next.push_back(index);
  sessions_[s].joins = sessions_[s].has_joining = true;
  if (sessions_[s].out) {
    expect_expiry(s);
  } else {
    send_fetch(s);
  }
}

/// Before a fetch is sent: the partitions it adds, and whether there is anything to ask for and anybody to ask.
bool Replication::take_up_joining(std::uint32_t s) {
  ReplicaSession& session = sessions_[s];
  if (session.has_joining) {
    JoiningReplicas& joining = joining_[s];
    joining.under_way = std::exchange(joining.next, {});
    session.has_joining = !joining.under_way.empty() || !joining.diverging.empty();
  }
  session.joins = false;
  session.out = session.partitions > 0 || joining_now(s) > 0;
  if (!session.out) return false;
  const Reach reach = cluster_->reach(session.follower, session.leader);
  if (reach == Reach::yes) return true;
  const std::vector<std::uint32_t> waiting = session.has_joining ? joining_[s].under_way : std::vector<std::uint32_t>{};
  const Duration noticed = reach == Reach::refused
                               ? Duration::zero()
                               : cluster_->failures->timer(session.follower, connection_setup_timeout);
  for (const std::uint32_t replica : waiting) {
    detach(replica);
    back_off(replica, noticed + fetch_backoff(replica));
  }
  session.out = false;
  return false;
}

/// At the leader: what the fetch being handled asks of the partitions it adds (C-16's epoch check, R-40).
void Replication::look_at_joined(std::uint32_t s) {
  if (joining_now(s) == 0) return;
  const std::vector<std::uint32_t> joined = std::exchange(joining_[s].under_way, {});
  const ModelMutants& mutants = cluster_->world.mutants;
  ReplicaSession& session = sessions_[s];
  for (const std::uint32_t index : joined) {
    Replica& replica = replicas_[index];
    const std::uint32_t p = replica.partition;
    const std::uint32_t leading = replica_on(session.leader, p);
    const MetadataLog& metadata = cluster_->failures->metadata();
    const bool assigned = metadata.view(p, metadata.applied(session.leader)).is_assigned(replica.broker);
    const bool leads =
        replicas_[leading].role == Replica::Role::leader && cluster_->logs[p].leading_replica() == leading;
    if (!leads || !assigned || (replicas_[leading].leader_epoch < replica.leader_epoch && !mutants.no_epoch_fence)) {
      following_[index].joins = nil;
      session.must_answer = true;
      if (leads && assigned && cluster_->checks) cluster_->checks->note(RareState::fetch_of_later_epoch);
      back_off(index, fetch_backoff(index));  // NOT_LEADER_OR_FOLLOWER, UNKNOWN_LEADER_EPOCH (L-28)
      continue;
    }
    if (replicas_[leading].leader_epoch > replica.leader_epoch &&
        !mutants.no_epoch_fence) {  // FENCED_LEADER_EPOCH: until it has new metadata
      if (cluster_->checks) cluster_->checks->note(RareState::fetch_fenced);
      following_[index].joins = nil;
      session.must_answer = true;
      continue;
    }
    const std::uint32_t last_epoch = cluster_->branches->last_epoch(index);
    const EpochEnd end = cluster_->branches->end_of_epoch(leading, last_epoch);
    if ((end.epoch < last_epoch || end.position < replica.log_end) && !mutants.divergence_unseen) {
      if (mutants.diverging_fetch_counts) acknowledged_.push_back({index, replica.log_end});
      joining_[s].diverging.push_back({index, end.epoch, end.position});
      session.must_answer = true;
      continue;
    }
    attach(index, s);
    acknowledged_.push_back({index, replica.log_end});
  }
}

void Replication::cut_for_mutant(std::uint32_t replica, std::uint32_t end) {
  cluster_->branches->truncate(replica, end);
  if (cluster_->checks) cluster_->checks->on_truncated(replica);
}

/// The follower cuts what the leader has not, and asks again.
void Replication::truncate_diverging(std::uint32_t s) {
  if (!sessions_[s].has_joining || joining_[s].diverging.empty()) return;
  const ModelMutants& mutants = cluster_->world.mutants;
  for (const JoiningReplicas::Diverging& told : std::exchange(joining_[s].diverging, {})) {
    std::uint32_t end = cluster_->branches->cut_after(told.replica, {told.epoch, told.position});
    if (mutants.epoch_end_without_epoch) end = std::min(told.position, replicas_[told.replica].log_end);
    if (mutants.truncates_too_much && end > 0) --end;
    cluster_->branches->truncate(told.replica, end);
    if (cluster_->checks) cluster_->checks->on_truncated(told.replica);
    joining_[s].next.push_back(told.replica);
    sessions_[s].joins = sessions_[s].has_joining = true;
  }
}

void Replication::attach(std::uint32_t index, std::uint32_t s) {
  Replica& replica = replicas_[index];
  ReplicaSession& session = sessions_[s];
  following_[index].joins = nil;
  replica.session = s;
  ++session.partitions;
  replica.sent_end = replica.log_end;
  replica.unsent = cluster_->branches->batch_at(replica.partition, replica.log_end);
  replica.hidden = cluster_->branches->batch_at(replica.partition, replica.high_watermark);
  for (std::uint32_t batch = replica.unsent; batch != nil; batch = cluster_->batches[batch].next) {
    session.unsent += cluster_->batches[batch].bytes;
  }
  list(index);
}

/// Takes a replica out of its session's lists.
void Replication::unlink(std::uint32_t index) {
  Replica& replica = replicas_[index];
  ReplicaSession& session = sessions_[replica.session];
  if (replica.listed) {
    std::uint32_t before = nil;
    for (std::uint32_t at = session.first_listed; at != index; at = replicas_[at].next_listed) before = at;
    (before == nil ? session.first_listed : replicas_[before].next_listed) = replica.next_listed;
    if (session.last_listed == index) session.last_listed = before;
    replica.listed = false;
  }
  for (std::uint32_t* link = &session.first_carried; *link != nil; link = &replicas_[*link].next_carried) {
    if (*link != index) continue;
    *link = replica.next_carried;
    break;
  }
}

void Replication::detach(std::uint32_t index) {
  Replica& replica = replicas_[index];
  if (const std::uint32_t joins = std::exchange(following_[index].joins, nil); joins != nil) {
    JoiningReplicas& joining = joining_[joins];
    std::erase(joining.next, index);
    std::erase(joining.under_way, index);
    std::erase_if(joining.diverging, [index](const auto& told) { return told.replica == index; });
  }
  following_[index].rejoins = Instant::max();
  if (replica.session == nil) return;
  ReplicaSession& session = sessions_[replica.session];
  cluster_->in_sync->on_fetches_end(index);
  unlink(index);
  for (std::uint32_t batch = replica.unsent; batch != nil; batch = cluster_->batches[batch].next) {
    session.unsent -= cluster_->batches[batch].bytes;
  }
  --session.partitions;
  replica.session = nil;
  replica.unsent = nil;
  replica.sent_end = replica.log_end;
}

void Replication::break_session(std::uint32_t s) {
  ReplicaSession& session = sessions_[s];
  if (session.poll.parked) {
    const LongPoll::Phase phase = session.poll.phase(cluster_->simulation.now(), wait_of(session));
    if (phase.expired > 0) charge(session, phase.expired);
  }
  session.poll.parked = false;
  session.broken = true;
  session.out = false;
}

/// The sessions that `lost` names break; their followers try again after a back-off, but for those on `gone`.
template <class Lost>
void Replication::lose_sessions(Lost lost, Loss loss, std::optional<BrokerIndex> gone) {
  for (std::uint32_t s = 0; s < sessions_.size(); ++s) {
    if (!sessions_[s].broken && lost(sessions_[s])) break_session(s);
  }
  for (std::uint32_t r = 0; r < replicas_.size(); ++r) {
    const std::uint32_t s = replicas_[r].session != nil ? replicas_[r].session : following_[r].joins;
    if (s == nil || !sessions_[s].broken) continue;
    detach(r);
    if (replicas_[r].broker == gone) continue;
    const Duration noticed = loss == Loss::silent ? socket_timeout(replicas_[r].broker) : Duration::zero();
    back_off(r, noticed + fetch_backoff(r));
  }
}

void Replication::on_broker_lost(BrokerIndex broker, Loss loss) {
  lose_sessions(
      [broker](const ReplicaSession& session) { return session.follower == broker || session.leader == broker; }, loss,
      broker);
}

void Replication::on_link_lost(BrokerIndex a, BrokerIndex b, Loss loss) {
  lose_sessions(
      [a, b](const ReplicaSession& session) {
        return (session.follower == a && session.leader == b) || (session.follower == b && session.leader == a);
      },
      loss, std::nullopt);
}

void Replication::on_message_lost(std::uint32_t s) {
  const ReplicaSession* const lost = &sessions_[s];
  if (lost->broken) return;
  lose_sessions([lost](const ReplicaSession& session) { return &session == lost; }, Loss::silent, std::nullopt);
}

void Replication::on_detours_changed() {
  for (std::uint32_t s = 0; s < sessions_.size(); ++s) {
    ReplicaSession& session = sessions_[s];
    const Duration gap = idle_gap(session.follower, session.leader);
    if (session.broken || gap == session.poll.gap) continue;
    settle_poll(s);
    session.poll.gap = gap;
  }
}

void Replication::settle_polls(BrokerIndex leader) {
  for (std::uint32_t s = 0; s < sessions_.size(); ++s) {
    if (sessions_[s].leader == leader && !sessions_[s].broken) settle_poll(s);
  }
}

/// Brings the account of a parked fetch up to now, before the rule of its waiting changes.
void Replication::settle_poll(std::uint32_t s) {
  ReplicaSession& session = sessions_[s];
  if (!session.poll.parked) return;
  const LongPoll::Phase phase = session.poll.phase(cluster_->simulation.now(), wait_of(session));
  if (phase.expired > 0) charge(session, phase.expired);
  session.poll.parked = phase.parked;
  session.poll.parked_since = phase.at;
  if (!phase.parked) cluster_->simulation.at(phase.at, ReplicaFetchHandled{s});
}

Duration Replication::fetch_backoff(std::uint32_t replica) const {
  return cluster_->failures->timer(replicas_[replica].broker, cluster_->world.control_plane.replica_fetch_backoff);
}
Duration Replication::socket_timeout(BrokerIndex follower) const {
  return cluster_->failures->timer(follower, cluster_->world.control_plane.replica_socket_timeout);
}
Duration Replication::patience_of(std::uint32_t session) const {
  return socket_timeout(sessions_[session].follower);
}

/// Followers that wait for an answer over a link that was cut get it, or a reset, with TCP's next retransmission.
void Replication::on_link_back(BrokerIndex a, BrokerIndex b) {
  const Instant now = cluster_->simulation.now();
  for (std::uint32_t r = 0; r < replicas_.size(); ++r) {
    Following& following = following_[r];
    const Duration backoff = fetch_backoff(r);
    if (following.rejoins == Instant::max() || following.rejoins <= now + backoff || !following.leader) continue;
    const bool over_it =
        (replicas_[r].broker == a && *following.leader == b) || (replicas_[r].broker == b && *following.leader == a);
    if (!over_it) continue;
    const Instant lost = following.rejoins - backoff - socket_timeout(replicas_[r].broker);
    const Instant rejoins = next_retransmission(lost, now) + backoff;
    if (rejoins < following.rejoins) back_off(r, rejoins - now);
  }
}

void Replication::on_leader_offline(std::uint32_t partition) {
  cluster_->logs[partition].for_each_follower([&](std::uint32_t r) {
    if (replicas_[r].session == nil && following_[r].joins == nil) return;
    detach(r);
    back_off(r, fetch_backoff(r));
  });
}

void Replication::ask_again(std::uint32_t index) {
  const std::uint32_t s = replicas_[index].session;
  if (s == nil || sessions_[s].broken) return;
  list(index);
  expect_expiry(s);
}

bool Replication::asks_its_leader(std::uint32_t index) const {
  const Following& following = following_[index];
  const std::uint32_t s = replicas_[index].session != nil ? replicas_[index].session : following.joins;
  if (s != nil) return !sessions_[s].broken && sessions_[s].out;
  return following.rejoins != Instant::max() && following.rejoins >= cluster_->simulation.now();
}

void Replication::back_off(std::uint32_t index, Duration wait) {
  if (cluster_->world.mutants.fetch_not_repeated) return;
  following_[index].rejoins = cluster_->simulation.now() + wait;
  cluster_->simulation.at(following_[index].rejoins, ReplicaRejoins{index});
}

void Replication::on_replica_rejoins(std::uint32_t index) {
  Following& following = following_[index];
  if (following.rejoins != cluster_->simulation.now() || !following.leader) return;
  if (replicas_[index].role == Replica::Role::follower) follow(index, *following.leader);
}

}  // namespace brokersim
