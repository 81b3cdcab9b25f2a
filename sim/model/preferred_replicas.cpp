// SPDX-License-Identifier: Apache-2.0
// Which replica a reader reads, how long that holds, and its way from one broker to another (KIP-392: F-1 to F-4, F-10,
// F-11; the baselines' choices, which MODEL.md tells).
#include <algorithm>

#include "sim/model/cluster.hpp"
#include "sim/model/protocol.hpp"

namespace brokersim {

/// A reader turns to a follower, or back to the leader (nil); the account of what followers hide follows it.
void Consumers::read_from(std::uint32_t index, std::uint32_t replica) {
  Reader& reader = readers_[index];
  const std::uint32_t committed_end = cluster_->logs.committed_end(reader.partition);
  const auto move = [&](std::uint32_t r, std::int64_t change) {
    Replica& follower = cluster_->replication[r];
    follower.groups = static_cast<std::uint16_t>(follower.groups + change);
    const std::uint32_t new_from = cluster_->replication.never_shown_from(r);
    std::uint32_t batch = follower.hidden;
    for (std::uint32_t at = follower.high_watermark; at < committed_end && batch != nil; ++at) {
      if (at >= new_from)
        cluster_->recorder.on_readers_moved(cluster_->batches[batch].journey, cluster_->simulation.now(), change);
      batch = cluster_->batches[batch].next;
    }
  };
  if (reader.replica != nil) {
    if (failing_) note_left(index);
    move(reader.replica, -1);
    if (reader.unread == nil) reader.unread = cluster_->replication[reader.replica].hidden;
    while (reader.unread != nil && cluster_->batches[reader.unread].sequence < reader.position) {
      reader.unread = cluster_->batches[reader.unread].next;
    }
  }
  reader.replica = replica;
  if (replica != nil) move(replica, 1);
}

/// What the replica that a reader leaves has hidden from it was stale there until now; at the leader it shows.
void Consumers::note_left(std::uint32_t index) {
  const Reader& reader = readers_[index];
  FailingReader& failing = failing_->readers[index];
  if (std::exchange(failing.at_former_leader, false)) return;
  const std::uint32_t hidden_from = cluster_->replication.never_shown_from(reader.replica);
  const std::uint32_t first = cluster_->branches->batch_at(reader.partition, hidden_from);
  if (first == nil || hidden_from >= cluster_->logs.committed_end(reader.partition)) return;
  cluster_->recorder.on_stale_reader_left(cluster_->batches[first].journey,
                                          cluster_->replication.last_shown(reader.replica), cluster_->simulation.now());
  failing.came_late = true;
  if (failing_->late.size() <= index) failing_->late.resize(readers_.size());
  failing_->late[index] = {cluster_->simulation.now(), hidden_from};
}

/// When the leader began to show a batch to a reader that came late. What answers carried before it came has been in
/// its member's buffer since, and was not hidden.
Instant Consumers::visible_to_late(std::uint32_t index, const Batch& batch, Instant answered) {
  const LateReader& late = failing_->late[index];
  if (answered < late.came) return batch.journey.committed;
  if (batch.journey.committed >= late.came) failing_->readers[index].came_late = false;
  return batch.sequence >= late.hidden_from ? std::max(batch.journey.committed, late.came) : batch.journey.committed;
}

void Consumers::on_leader_moved(const Partition& partition, std::uint32_t from, std::uint32_t to) {
  for (std::uint32_t r = partition.first_reader; r < partition.first_reader + partition.readers; ++r) {
    if (readers_[r].replica == nil) {
      read_from(r, from);
      failing_->readers[r].at_former_leader = true;
    } else if (readers_[r].replica == to) {
      read_from(r, nil);
    }
  }
}

/// The reader's partition will be part of its member's next fetch to `broker`, as soon as the member can send it one.
void Consumers::join(std::uint32_t index, BrokerIndex broker) {
  if (!failing_) [[likely]]
    return join_session(index, broker);
  if (readers_[index].ahead) clear_ahead(index);
  failing_->readers[index].stuck = false;
  readers_[index].at_broker = false;
  const std::uint32_t replica = readers_[index].replica;
  const bool there = replica != nil && cluster_->replication[replica].broker == broker;
  failing_->readers[index].preferred = there ? replica : nil;
  if (there) expect_lease_end(index);
  wait_for_member(index);
  place(index);
}

void Consumers::join_session(std::uint32_t index, BrokerIndex broker) {
  Reader& reader = readers_[index];
  const std::uint32_t s = session_with(reader.member, broker);
  reader.session = s;
  reader.at_broker = false;
  moves_[index].next_of_session = sessions_[s].first_joining;
  sessions_[s].first_joining = index;
  joined_sessions_.push_back(s);
  if (needs_.feedback) selector_->on_read_started(reader.member, cluster_->world.brokers[broker.value].id);
}

void Consumers::leave(std::uint32_t index) {
  std::uint32_t* link = &sessions_[readers_[index].session].first_reader;
  while (*link != index) link = &moves_[*link].next_of_session;
  *link = moves_[index].next_of_session;
  if (needs_.feedback) {
    const BrokerIndex broker = sessions_[readers_[index].session].broker;
    selector_->on_read_ended(readers_[index].member, cluster_->world.brokers[broker.value].id);
  }
}

/// How long the choice of a replica for this reader holds.
Duration Consumers::lease_of(const Reader& reader) const {
  const Duration kafkas = cluster_->world.groups[reader.group.value].metadata_max_age;
  return needs_.lease == Duration::zero() ? kafkas : std::min(needs_.lease, kafkas);
}

/// A baseline chooses anew, by itself and at once; a reader that stays where it is goes on as if nothing had been.
void Consumers::reconsider(std::uint32_t index) {
  Reader& reader = readers_[index];
  moves_[index].lease_ends = cluster_->simulation.now() + lease_of(reader);
  const std::uint32_t replica = preferred_replica(reader);
  if (replica == reader.replica) {
    Instant& ends = sessions_[reader.session].lease_ends;
    ends = std::min(ends, moves_[index].lease_ends);
    return;
  }
  if (reader.listed) unlist(index);
  leave(index);
  read_from(index, replica);
  join(index, replica == nil ? cluster_->logs[reader.partition].leader : cluster_->replication[replica].broker);
}

/// What the broker could still have said of the reader's partition is no longer asked for.
void Consumers::unlist(std::uint32_t index) {
  Reader& reader = readers_[index];
  ConsumerSession& session = sessions_[reader.session];
  std::uint32_t before = nil;
  for (std::uint32_t at = session.first_listed; at != index; at = readers_[at].next_listed) before = at;
  (before == nil ? session.first_listed : readers_[before].next_listed) = reader.next_listed;
  if (session.last_listed == index) session.last_listed = before;
  reader.listed = false;
  const BatchPool& batches = cluster_->batches;
  const std::uint32_t end = end_of(reader);
  for (std::uint32_t batch = reader.unread; batch != nil && batches[batch].sequence < end;
       batch = batches[batch].next) {
    session.readable -= batches[batch].bytes;
  }
}

/// A leader decides with every read whom it sends elsewhere (F-2, ReplicaManager.readFromLog). What it would decide
/// changes when a replica is in sync again: then who reads here asks anew with its next fetch.
void Consumers::on_isr_grown(const Partition& partition) {
  if (!selector_ || needs_.lease > Duration::zero()) return;
  const Instant now = cluster_->simulation.now();
  for (std::uint32_t r = partition.first_reader; r < partition.first_reader + partition.readers; ++r) {
    const Reader& reader = readers_[r];
    if (reader.replica != nil || !reader.at_broker || preferred_replica(reader) == nil) continue;
    moves_[r].lease_ends = now;
    Instant& ends = sessions_[reader.session].lease_ends;
    ends = std::min(ends, now);
  }
}

/// Readers whose lease of a preferred replica is over ask the leader again (F-10, F-11).
void Consumers::leave_expired(std::uint32_t s) {
  const Instant now = cluster_->simulation.now();
  if (now <= sessions_[s].lease_ends) return;
  sessions_[s].lease_ends = Instant::max();
  for (std::uint32_t r = sessions_[s].first_reader; r != nil;) {
    const std::uint32_t following = moves_[r].next_of_session;
    if (moves_[r].lease_ends < now && needs_.lease > Duration::zero()) {
      reconsider(r);
    } else if (moves_[r].lease_ends < now && !readers_[r].listed) {
      leave(r);
      read_from(r, nil);
      join(r, cluster_->logs[readers_[r].partition].leader);
    } else {
      sessions_[s].lease_ends = std::min(sessions_[s].lease_ends, moves_[r].lease_ends);
    }
    r = following;
  }
}

/// What a policy sees of any replica on that broker.
ReplicaView Consumers::view_of(BrokerIndex index, const Reader& reader) const {
  const Broker& broker = cluster_->brokers[index.value];
  const BrokerSpec& spec = broker.spec();
  ReplicaView view;
  view.broker_id = spec.id;
  view.rack = cluster_->world.network.zones[spec.zone.value];
  view.in_sync = true;
  if (needs_.server_state) {
    view.work_ahead = broker.work_ahead(cluster_->simulation.now());
    view.service_time = broker.idle_visit(request_wire(0), protocol::idle_fetch_response_wire(cluster_->network.tcp()),
                                          spec.service.fetch.per_request);
    view.round_trip = 2 * cluster_->network.expected_latency(members_[reader.member].zone, spec.zone);
  }
  return view;
}

/// The follower the leader would send this reader's consumer to; nil: it serves it itself (F-2, F-3).
std::uint32_t Consumers::preferred_replica(const Reader& reader) {
  if (!selector_) return nil;
  const Partition& partition = cluster_->logs[reader.partition];
  const Instant now = cluster_->simulation.now();
  std::int64_t position_offset = partition.high_watermark_offset;
  if (failing_ && reader.position > partition.high_watermark) position_offset = partition.log_end_offset;
  if (reader.unread != nil) position_offset = cluster_->batches[reader.unread].base_offset;
  views_.clear();
  ReplicaView leader = view_of(partition.leader, reader);
  leader.log_end_offset = partition.log_end_offset;
  leader.is_leader = true;
  views_.push_back(leader);
  partition.for_each_follower([&](std::uint32_t r) {
    const Replica& replica = cluster_->replication[r];
    ReplicaView follower = view_of(replica.broker, reader);
    follower.log_end_offset = cluster_->replication.offset_at(replica, replica.acknowledged_end);
    follower.since_caught_up = std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch()) -
                               std::chrono::milliseconds{replica.caught_up_ms};
    if (failing_) {
      const MetadataLog& metadata = cluster_->failures->metadata();
      follower.in_sync = cluster_->in_sync->is_in_sync(r) || cluster_->world.mutants.preferred_outside_isr;
      follower.fenced = metadata.broker(replica.broker, metadata.applied(partition.leader)).fenced;
    }
    views_.push_back(follower);
  });
  const std::int32_t leader_id = views_.front().broker_id;
  const ReadRequest request{members_[reader.member].client_rack, position_offset, reader.member};
  const std::span<ReplicaView> candidates = keep_candidates(views_, position_offset);
  // The read that is decided on is not one of those outstanding.
  const std::int32_t now_at = cluster_->world.brokers[sessions_[reader.session].broker.value].id;
  if (needs_.feedback) selector_->on_read_ended(reader.member, now_at);
  const std::int32_t chosen = candidates[selector_->select(request, candidates)].broker_id;
  if (needs_.feedback) selector_->on_read_started(reader.member, now_at);
  if (chosen == leader_id) return nil;
  std::uint32_t found = nil;
  partition.for_each_follower([&](std::uint32_t r) {
    if (cluster_->world.brokers[cluster_->replication[r].broker.value].id == chosen) found = r;
  });
  if (cluster_->checks) cluster_->checks->on_redirected(found, reader);
  return found;
}

/// What a consumer learns from an answer. Until then the wait for data, which no broker is to blame for, is left out.
void Consumers::tell_policy(std::uint32_t s, Instant received) {
  const ConsumerSession& session = sessions_[s];
  const FetchTimes& times = times_[s];
  selector_->on_answer({session.member, cluster_->world.brokers[session.broker.value].id,
                        times.until_handled + (received - session.answered), times.service, times.waiting});
}

}  // namespace brokersim
