// SPDX-License-Identifier: Apache-2.0
#include "sim/model/replication.hpp"

#include <algorithm>

#include "sim/core/invariant_violation.hpp"
#include "sim/core/prefetch.hpp"
#include "sim/model/cluster.hpp"
#include "sim/model/protocol.hpp"

namespace brokersim {
namespace {

std::uint32_t whole_ms(Instant when) {
  return static_cast<std::uint32_t>(when.time_since_epoch() / std::chrono::milliseconds{1});
}

}  // namespace
std::size_t Replication::place_of(std::uint32_t replica) const {
  return replica - cluster_->logs[replicas_[replica].partition].first_replica;
}

std::int64_t Replication::offset_at(const Replica& replica, std::uint32_t end) const {
  // A leader that is new may know of less than the follower shows.
  const bool shown = cluster_->branches && end < replica.high_watermark;
  std::uint32_t batch = shown ? cluster_->branches->batch_at(replica.partition, end) : replica.hidden;
  while (batch != nil && cluster_->batches[batch].sequence < end) batch = cluster_->batches[batch].next;
  return batch == nil ? cluster_->logs[replica.partition].log_end_offset : cluster_->batches[batch].base_offset;
}

Bytes Replication::request_wire(std::uint32_t partitions) const {
  return cluster_->network.tcp().wire(protocol::fetch_request_bytes(protocol::replica_fetch_request, partitions));
}

/// From the follower to the leader.
Leg Replication::way_of(const ReplicaSession& session) const {
  return {cluster_->brokers[session.follower.value].spec().zone, cluster_->brokers[session.leader.value].spec().zone,
          TrafficPath::replication, session.follower.value, session.leader.value};
}

/// The leader's timer ends it.
Duration Replication::wait_of(const ReplicaSession& session) const {
  return cluster_->timer(session.leader, cluster_->world.brokers[session.follower.value].replica_fetch_wait_max);
}

/// From an empty answer of an idle leader until the next fetch is parked there.
Duration Replication::idle_gap(BrokerIndex follower, BrokerIndex leader) const {
  const Broker& from = cluster_->brokers[follower.value];
  const Broker& to = cluster_->brokers[leader.value];
  Duration latency = cluster_->network.expected_latency(from.spec().zone, to.spec().zone);
  if (cluster_->failures) latency += cluster_->failures->mean_detour(follower.value, leader.value);
  return 2 * latency +
         to.idle_visit(request_wire(0), protocol::idle_fetch_response_wire(cluster_->network.tcp()),
                       to.spec().service.fetch.per_request) +
         transfer_time(request_wire(0), from.spec().nic);
}

std::uint32_t Replication::add_session(BrokerIndex follower, BrokerIndex leader) {
  ReplicaSession session;
  session.follower = follower;
  session.leader = leader;
  session.out = cluster_->simulation.now() == simulation_start;
  session.poll.gap = idle_gap(follower, leader);
  sessions_.push_back(session);
  return static_cast<std::uint32_t>(sessions_.size() - 1);
}

std::uint32_t Replication::session_with(BrokerIndex follower, BrokerIndex leader, std::uint32_t fetcher) {
  const auto [found, is_new] = session_of_.try_emplace({follower.value, leader.value, fetcher}, nil);
  if (is_new || sessions_[found->second].broken) found->second = add_session(follower, leader);
  return found->second;
}

void Replication::add_replica(const Replica& replica, std::optional<BrokerIndex> leader) {
  if (replica.session != nil) ++sessions_[replica.session].partitions;
  replicas_.push_back(replica);
  last_shown_.emplace_back();
  if (cluster_->branches) following_.push_back({.leader = leader});
}

void Replication::start() {
  for (ReplicaSession& session : sessions_) {
    session.poll.parked = true;
    session.poll.parked_since = simulation_start;
  }
}

void Replication::charge_idle_polls() {
  const Instant end = cluster_->recorder.end();
  for (const ReplicaSession& session : sessions_) {
    if (!session.poll.parked || session.poll.parked_since >= end) continue;
    charge(session, session.poll.phase(end, wait_of(session)).expired);
  }
}

void Replication::charge(const ReplicaSession& session, std::int64_t polls) {
  Broker& leader = cluster_->brokers[session.leader.value];
  Broker& follower = cluster_->brokers[session.follower.value];
  const Leg there = way_of(session);
  Instant when = session.poll.expires(wait_of(session));
  for (std::int64_t i = 0; i < polls; ++i, when += wait_of(session) + session.poll.gap) {
    leader.charge(when, request_wire(0), protocol::idle_fetch_response_wire(cluster_->network.tcp()),
                  leader.spec().service.fetch.per_request, {{RequestKind::fetch_follower}, wait_of(session)});
    ++leader.load(when).follower_fetch_requests;
    follower.load(when).wire_bytes_in += protocol::idle_fetch_response_wire(cluster_->network.tcp());
    follower.load(when).wire_bytes_out += request_wire(0);
    cluster_->network.account(there, when, request_wire(0), 0);
    cluster_->network.account(there.back(), when, protocol::idle_fetch_response_wire(cluster_->network.tcp()), 0);
    cluster_->network.acknowledge_if_late(there.back(), when - wait_of(session), when);
  }
}

void Replication::list(std::uint32_t index) {
  Replica& replica = replicas_[index];
  if (replica.listed) return;
  replica.listed = true;
  replica.next_listed = nil;
  ReplicaSession& session = sessions_[replica.session];
  if (session.first_listed == nil) {
    session.first_listed = index;
  } else {
    replicas_[session.last_listed].next_listed = index;
  }
  session.last_listed = index;
}

void Replication::expect(const Partition& partition) const {
  partition.for_each_follower([&](std::uint32_t r) { prefetch(&replicas_[r]); });
}

void Replication::expect_sessions(const Partition& partition) const {
  partition.for_each_follower([&](std::uint32_t r) {
    if (replicas_[r].session != nil) prefetch(&sessions_[replicas_[r].session]);
  });
}

/// A follower's answer is under way: fetch what is there only if something may fail, for when it comes.
void Replication::expect_copy(std::uint32_t index) const {
  const std::uint32_t p = replicas_[index].partition;
  cluster_->checks->expect_logs(index, cluster_->logs[p].leading_replica());
}

/// Likewise for when the leader counts a fetch that has come.
void Replication::expect_count(std::uint32_t index) const {
  const std::uint32_t p = replicas_[index].partition;
  cluster_->in_sync->expect(p, index);
  cluster_->branches->expect(p);
  if (!cluster_->checks) return;
  cluster_->checks->expect_logs(index, cluster_->logs[p].leading_replica());
  cluster_->checks->expect_count(p, index);
}

/// New data for every follower of the partition.
void Replication::on_appended(const Partition& partition, std::uint32_t batch) {
  partition.for_each_follower([&](std::uint32_t r) {
    Replica& replica = replicas_[r];
    if (replica.hidden == nil) replica.hidden = batch;
    if (replica.session == nil) return;
    if (replica.unsent == nil) replica.unsent = batch;
    sessions_[replica.session].unsent += cluster_->batches[batch].bytes;
    list(r);
  });
}

void Replication::wake_followers(const Partition& partition) {
  partition.for_each_follower([&](std::uint32_t r) {
    if (replicas_[r].session != nil) wake(replicas_[r].session);
  });
}

/// A higher high watermark is told with the next answer; it completes no parked follower fetch.
void Replication::on_high_watermark(const Partition& partition) {
  partition.for_each_follower([&](std::uint32_t r) {
    if (replicas_[r].session == nil) return;
    list(r);
    expect_expiry(replicas_[r].session);
  });
}

/// The least log end over the in-sync replicas, the leader's own included.
std::uint32_t Replication::least_log_end(const Partition& partition) const {
  if (partition.degraded) return cluster_->in_sync->high_watermark_candidate(partition);
  std::uint32_t least = partition.log_end;
  partition.for_each_follower([&](std::uint32_t r) { least = std::min(least, replicas_[r].acknowledged_end); });
  if (cluster_->world.mutants.hw_is_greatest_end) [[unlikely]]
    partition.for_each_follower([&](std::uint32_t r) { least = std::max(least, replicas_[r].acknowledged_end); });
  return least;
}

/// Whether a fetch has enough to be answered at once: replica.fetch.min.bytes.
bool Replication::satisfied(const ReplicaSession& session) const {
  if (session.must_answer) return true;
  const Bytes enough = cluster_->world.brokers[session.follower.value].replica_fetch_min_bytes;
  if (session.unsent < enough) return false;
  return !throttle_ || not_held_back(session, enough) >= enough;
}

/// Only who is not in sync is held back.
bool Replication::holds_back(const Replica& replica, std::uint32_t index) const {
  if (!throttle_ || cluster_->in_sync->is_in_sync(index)) return false;
  return throttle_->holds_back(replica.partition, sessions_[replica.session].leader, replica.broker,
                               cluster_->simulation.now());
}

/// Bytes that an answer may carry, as far as they matter (R-7 G).
Bytes Replication::not_held_back(const ReplicaSession& session, Bytes enough) const {
  Bytes bytes = 0;
  for (std::uint32_t r = session.first_listed; r != nil && bytes < enough; r = replicas_[r].next_listed) {
    if (replicas_[r].unsent == nil || holds_back(replicas_[r], r)) continue;
    for (std::uint32_t b = replicas_[r].unsent; b != nil && bytes < enough; b = cluster_->batches[b].next)
      bytes += cluster_->batches[b].bytes;
  }
  return bytes;
}

void Replication::on_reassignment(std::uint32_t partition, const std::vector<BrokerIndex>& sources,
                                  const std::vector<BrokerIndex>& destinations, const FaultSpec& fault) {
  counts_copies_ = true;
  const auto index = static_cast<std::uint32_t>(&fault - cluster_->world.faults.data());
  cluster_->recorder.faults()->copies().on_reassignment(partition, index, destinations, cluster_->simulation.now());
  if (fault.throttle.unlimited()) return;
  if (!throttle_) throttle_ = std::make_unique<ReplicationThrottle>(cluster_->brokers.size());
  throttle_->begin(partition, sources, destinations, fault.throttle);
}

void Replication::count_copied(const Replica& replica, const ReplicaSession& session, Bytes bytes) {
  const Instant now = cluster_->simulation.now();
  cluster_->recorder.faults()->copies().on_copied(replica.partition, session.leader, replica.broker, bytes, now);
  if (throttle_) throttle_->count(replica.partition, session.leader, replica.broker, bytes, now);
}

void Replication::end_throttle(std::uint32_t partition) {
  if (throttle_) throttle_->end(partition);
}

/// Data has come for a session: answer the fetch that is parked now, or catch the one that is on its way.
void Replication::wake(std::uint32_t index) {
  ReplicaSession& session = sessions_[index];
  if (!session.poll.parked) return;
  const Instant now = cluster_->simulation.now();
  const LongPoll::Phase phase = session.poll.phase(now, wait_of(session));
  if (phase.expired > 0) charge(session, phase.expired);
  if (phase.parked) {
    session.poll.parked_since = phase.at;
    if (satisfied(session)) {
      answer(index, phase.at);
    } else {
      expect_expiry(index);
    }
  } else {
    session.poll.parked = false;
    cluster_->simulation.at(phase.at, ReplicaFetchHandled{index});
  }
}

void Replication::park(std::uint32_t index) {
  ReplicaSession& session = sessions_[index];
  session.poll.parked = true;
  session.poll.parked_since = cluster_->simulation.now();
  expect_expiry(index);
}

/// A parked fetch whose expiry carries a high watermark needs an event for it; other expiries are not simulated one by
/// one.
void Replication::expect_expiry(std::uint32_t index) {
  ReplicaSession& session = sessions_[index];
  if (!session.poll.parked || session.poll.expiry_scheduled) return;
  if (session.first_listed == nil && !session.joins) return;
  const Instant now = cluster_->simulation.now();
  const LongPoll::Phase phase = session.poll.phase(now, wait_of(session));
  if (phase.expired > 0) charge(session, phase.expired);
  session.poll.parked_since = phase.at;  // a fetch on its way will find a high watermark no reason to be answered
  session.poll.expiry_scheduled = true;
  cluster_->at_or_file(session.poll.expires(wait_of(session)), ReplicaFetchExpired{index},
                       Cluster::TimerKind::replica_fetch, index);
}

/// A coarse timer is due: the expiry it stood for is near, has been put off, or is no longer wanted.
void Replication::on_expiry_near(std::uint32_t index) {
  sessions_[index].poll.expiry_scheduled = false;
  expect_expiry(index);
  if (!sessions_[index].poll.expiry_scheduled || sessions_[index].first_listed == nil) return;
  const Replica& replica =
      replicas_[sessions_[index].first_listed];  // the first the expiry will tell its high watermark
  if (replica.hidden != nil) cluster_->batches.expect(replica.hidden);
}

void Replication::on_fetch_expired(std::uint32_t index) {
  ReplicaSession& session = sessions_[index];
  session.poll.expiry_scheduled = false;
  if (!session.poll.parked || (session.first_listed == nil && !session.joins)) return;
  if (cluster_->simulation.now() <
      session.poll.expires(wait_of(session))) {  // answered and parked anew since this event was scheduled
    expect_expiry(index);
    return;
  }
  answer(index, session.poll.parked_since);
}

/// The leader answers: the data of the changed partitions up to the byte caps, and their high watermarks as
/// they are now (R-14: a parked fetch re-reads; an immediate answer is built before its own offset is counted).
void Replication::answer(std::uint32_t index, Instant parked_since) {
  Cluster& cluster = *cluster_;
  ReplicaSession& session = sessions_[index];
  Broker& leader = cluster.brokers[session.leader.value];
  Broker& follower = cluster.brokers[session.follower.value];
  const Instant now = cluster.simulation.now();
  Bytes room = std::min(follower.spec().replica_fetch_response_max_bytes, leader.spec().fetch_max_bytes);
  Bytes data = 0;
  std::uint32_t with_data = 0;
  Bytes cold = 0;
  std::uint32_t cold_runs = 0;
  const bool may_be_cold = cluster.failures && cluster.disks.any();  // else followers are never far behind
  std::uint32_t listed = session.first_listed;
  session.first_listed = session.last_listed = nil;
  session.carried = 0;
  session.must_answer = false;
  served_.clear();
  while (listed != nil) {
    Replica& replica = replicas_[listed];
    const std::uint32_t following = replica.next_listed;
    replica.listed = false;
    Bytes partition_room = follower.spec().replica_fetch_max_bytes;
    const Bytes data_before = data, cold_before = cold;
    const bool held = throttle_ && holds_back(replica, listed);
    with_data += replica.unsent != nil && !held ? 1 : 0;
    while (replica.unsent != nil && !held) {
      const Batch& batch = cluster.batches[replica.unsent];
      if (protocol::exceeds_caps(batch.bytes, data, room, partition_room)) {
        if (partition_room == follower.spec().replica_fetch_max_bytes) --with_data;
        break;
      }
      if (may_be_cold)
        cold +=
            cluster.disks.take(session.leader, replica.unsent, cluster.logs[replica.partition].leading, batch.bytes);
      data += batch.bytes;
      room -= batch.bytes;
      partition_room -= batch.bytes;
      ++replica.sent_end;
      replica.unsent = batch.next;
    }
    if (replica.unsent != nil) {
      if (partition_room < follower.spec().replica_fetch_max_bytes) {
        served_.push_back(listed);
      } else {
        list(listed);
      }
    }
    cold_runs += cold > cold_before ? 1 : 0;
    if (counts_copies_ && data > data_before) [[unlikely]]
      count_copied(replica, session, data - data_before);
    replica.carried_high_watermark = cluster.logs[replica.partition].high_watermark;
    if (cluster.checks) expect_copy(listed);
    replica.next_carried = session.first_carried;
    session.first_carried = listed;
    ++session.carried;
    listed = following;
  }
  for (const std::uint32_t served : served_) list(served);  // behind the others: the caps are fair to all
  session.unsent -= data;
  session.poll.parked = false;
  session.answer_parked = parked_since;
  session.answer_left = now;
  const protocol::Tcp& tcp = cluster.network.tcp();
  const Bytes wire = tcp.wire(protocol::fetch_response_bytes(session.carried, data), data, with_data);
  leader.load(now).replication_bytes_out += data;
  session.answer_wire = static_cast<std::uint32_t>(wire);
  session.answer_data = static_cast<std::uint32_t>(data);
  const Leg leg = way_of(session).back();
  if (cold > 0) [[unlikely]] {
    const auto read = [&](Instant begin) { return cluster.disks.read(session.leader, begin, cold, cold_runs); };
    const Service thread = leader.read_from_disk(now, wire, data, {RequestKind::fetch_follower, index}, read);
    from_disk_[index] = {thread, now, parked_since, wire, data, tcp.packets(data, with_data)};
    cluster.network.acknowledge_if_late(leg, parked_since, now);
    cluster.simulation.at(thread.end, ReplicaFetchRead{index});
    return;
  }
  const Instant left = leader.respond(now, wire, data, {{RequestKind::fetch_follower, index}, now - parked_since});
  cluster.network.acknowledge_if_late(leg, parked_since, now);
  cluster.network.acknowledge(leg.back(), left, tcp.packets(data, with_data) / 2);
  if (cluster.world.mutants.counted_when_sent) [[unlikely]] {
    for (std::uint32_t r = session.first_carried; r != nil; r = replicas_[r].next_carried) {
      replicas_[r].acknowledged_end = replicas_[r].sent_end;
      cluster.logs.try_advance_high_watermark(replicas_[r].partition);
    }
  }
  cluster.send(leg, left, wire, data, ReplicaFetchAnswered{index});
}

/// The leader's network thread has all of the answer's data from disk and sends it (A-8, B-8).
void Replication::on_fetch_read(std::uint32_t index) {
  Cluster& cluster = *cluster_;
  const auto waiting = from_disk_.find(index);
  const FromDisk answer = waiting->second;
  from_disk_.erase(waiting);
  const ReplicaSession& session = sessions_[index];
  if (session.broken) return;
  const Instant left = cluster.brokers[session.leader.value].send_read(
      answer.ready, answer.thread, answer.wire,
      {{RequestKind::fetch_follower, index}, answer.ready - answer.parked_since});
  const Leg leg = way_of(session).back();
  cluster.network.acknowledge(leg.back(), left, answer.packets / 2);
  cluster.send(leg, left, answer.wire, answer.data, ReplicaFetchAnswered{index});
}

/// The answer's last byte has come over the network; it may still queue for the follower's NIC.
void Replication::on_fetch_answered(std::uint32_t index) {
  const ReplicaSession& session = sessions_[index];
  if (session.broken) return;
  const Instant now = cluster_->simulation.now();
  Broker& follower = cluster_->brokers[session.follower.value];
  const Instant received = follower.append_as_follower(follower.receive(now, session.answer_wire), session.answer_data);
  if (received > now) {
    cluster_->simulation.at(received, ReplicaFetchReceived{index});
  } else {
    on_fetch_received(index);
  }
}

/// The follower appends, takes the high watermarks over, wakes its consumers and fetches again at once
///
void Replication::on_fetch_received(std::uint32_t index) {
  Cluster& cluster = *cluster_;
  ReplicaSession& session = sessions_[index];
  if (session.broken) return;
  Broker& follower = cluster.brokers[session.follower.value];
  const Instant now = cluster.simulation.now();
  follower.load(now).replication_bytes_in += session.answer_data;
  if (cluster.failures && session.answer_data > 0) {
    cluster.failures->on_append(session.follower);
    if (cluster.checks && cluster.failures->directory_offline(session.follower)) [[unlikely]]
      cluster.checks->note(RareState::disk_full_at_follower);
  }
  for (std::uint32_t carried = session.first_carried; carried != nil; carried = replicas_[carried].next_carried) {
    Replica& replica = replicas_[carried];
    if (cluster.disks.any()) append_to_disk(carried);
    if (cluster.branches) cluster.branches->copy_epochs(carried, replica.log_end, replica.sent_end);
    replica.log_end = replica.sent_end;
    if (cluster.checks) cluster.checks->on_copied(carried, session.leader);
    if (std::min(replica.carried_high_watermark, replica.log_end) > replica.high_watermark) show(carried, session);
  }
  if (cluster.branches) truncate_diverging(index);
  send_fetch(index);
}

/// The follower fetches again, at once.
void Replication::send_fetch(std::uint32_t index) {
  if (cluster_->branches && !take_up_joining(index)) return;
  ReplicaSession& session = sessions_[index];
  const Bytes wire = request_wire(session.carried + joining_now(index));
  const Instant left = cluster_->brokers[session.follower.value].transmit(cluster_->simulation.now(), wire);
  cluster_->send(way_of(session), left, wire, 0, ReplicaFetchArrived{index});
}

/// The batches of the answer under way go to the follower's page cache and disk.
void Replication::append_to_disk(std::uint32_t index) {
  const Replica& replica = replicas_[index];
  for (std::uint32_t b = replica.hidden; b != nil && cluster_->batches[b].sequence < replica.sent_end;
       b = cluster_->batches[b].next) {
    const Batch& batch = cluster_->batches[b];
    if (batch.sequence < replica.log_end) continue;
    cluster_->disks.append(sessions_[replica.session].follower, b, place_of(index), batch.bytes,
                           cluster_->simulation.now());
  }
}

/// A follower's high watermark moves to what the answer said, as far as its own log goes.
void Replication::show(std::uint32_t index, const ReplicaSession& session) {
  Cluster& cluster = *cluster_;
  Replica& replica = replicas_[index];
  const Instant now = cluster.simulation.now();
  std::uint32_t end = std::min(replica.carried_high_watermark, replica.log_end);
  if (cluster.world.mutants.follower_hw_uncapped) [[unlikely]]
    end = replica.log_end;
  const std::uint32_t first = replica.hidden;
  const std::uint32_t new_from = never_shown_from(index);
  while (replica.high_watermark < end) {
    const Batch& batch = cluster.batches[replica.hidden];
    require_law(batch.sequence == replica.high_watermark, "INV-P01", "a follower shows batch after batch");
    const bool is_new = replica.high_watermark++ >= new_from;
    if (replica.groups > 0 && is_new) {
      cluster.recorder.on_shown(batch.journey,
                                {now, last_shown_[index], session.answer_parked, session.answer_left, replica.groups});
      last_shown_[index] = now;
    }
    if (is_new) note_shown(replica.hidden, place_of(index), now);
    cluster.recorder.on_replicated(batch.journey.run.count, batch.bytes);
    replica.hidden = batch.next;
  }
  if (cluster.checks) cluster.checks->on_shown(index);
  if (replica.groups > 0) cluster.consumers.on_shown(cluster.logs[replica.partition], index, first, end);
  for (std::uint32_t batch = first; batch != replica.hidden;) {
    const std::uint32_t following = cluster.batches[batch].next;
    cluster.logs.release(batch);
    batch = following;
  }
}

void Replication::on_fetch_arrived(std::uint32_t index) {
  ReplicaSession& session = sessions_[index];
  if (session.broken) return;
  Broker& leader = cluster_->brokers[session.leader.value];
  const Bytes wire = request_wire(session.carried + joining_now(index));
  const Instant received = leader.receive(cluster_->simulation.now(), wire);
  const Service service =
      leader.handle(received, wire, leader.spec().service.fetch.per_request, {RequestKind::fetch_follower, index});
  ++leader.load(service.end).follower_fetch_requests;
  if (cluster_->in_sync) {
    for (std::uint32_t r = session.first_carried; r != nil; r = replicas_[r].next_carried) expect_count(r);
  }
  cluster_->simulation.at(service.end, ReplicaFetchHandled{index});
}

/// In Kafka's order: read the log and the high watermark, answer or park, then count the follower's
/// offsets.
void Replication::on_fetch_handled(std::uint32_t index) {
  ReplicaSession& session = sessions_[index];
  if (session.broken) return;
  acknowledged_.clear();
  for (std::uint32_t r = session.first_carried; r != nil; r = replicas_[r].next_carried) {
    acknowledged_.push_back({r, replicas_[r].sent_end});
  }
  session.first_carried = nil;
  if (cluster_->branches) look_at_joined(index);
  const bool wrong_order = cluster_->world.switches.credit_before_reading_high_watermark;
  if (wrong_order) credit();
  if (satisfied(session)) {
    answer(index, cluster_->simulation.now());
  } else {
    park(index);
  }
  if (!wrong_order) credit();
}

/// Counts the offsets of the fetch being handled, which may move high watermarks (R-13 (3) to (5)).
void Replication::credit() {
  for (const Acknowledged& entry : acknowledged_) {
    Replica& replica = replicas_[entry.replica];
    if (entry.end == cluster_->logs[replica.partition].log_end)
      replica.caught_up_ms = whole_ms(cluster_->simulation.now());
    const bool moved = entry.end != replica.acknowledged_end;
    replica.acknowledged_end = entry.end;
    if (cluster_->checks) cluster_->checks->on_fetch_counted(entry.replica);
    if (cluster_->in_sync) cluster_->in_sync->on_fetch(entry.replica);
    if (moved) cluster_->logs.try_advance_high_watermark(replica.partition);
  }
}

}  // namespace brokersim
