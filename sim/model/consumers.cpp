// SPDX-License-Identifier: Apache-2.0
#include "sim/model/consumers.hpp"

#include <algorithm>

#include "sim/model/cluster.hpp"
#include "sim/model/protocol.hpp"

namespace brokersim {
namespace {

constexpr Duration join_within = std::chrono::milliseconds{500};  // members do not all send their first fetch at once

}  // namespace

Consumers::Consumers(Cluster& cluster, std::unique_ptr<ReplicaSelector> selector)
    : cluster_(&cluster), selector_(std::move(selector)) {
  if (selector_) needs_ = selector_->needs();
}

std::uint32_t Consumers::add_member(GroupIndex group, const MemberSpec& spec) {
  const bool first = members_.empty() || members_.back().group != group;
  const std::uint32_t number = first ? 0 : members_.back().number + 1;
  members_.push_back({spec.zone, group, number, spec.client_rack, nil, 0, 0, {}});
  const auto member = static_cast<std::uint32_t>(members_.size() - 1);
  add_application(member, spec, cluster_->world.groups[group.value]);
  return member;
}

void Consumers::add_reader(std::uint32_t partition, GroupIndex group, std::uint32_t member) {
  Reader reader;
  reader.partition = partition;
  reader.group = group;
  reader.member = member;
  readers_.push_back(reader);
  moves_.emplace_back();
}

void Consumers::start(RandomSource random) {
  for (std::uint32_t r = 0; r < readers_.size(); ++r) join(r, cluster_->logs[readers_[r].partition].leader);
  joined_sessions_.clear();
  for (std::uint32_t s = 0; s < sessions_.size(); ++s) {
    sessions_[s].open = true;
    members_[sessions_[s].member].first_sessions.push_back(s);
  }
  for (std::uint32_t m = 0; m < members_.size(); ++m) {
    const ConsumerGroupSpec& group = cluster_->world.groups[members_[m].group.value];
    RandomStream stream(random, "first poll", group.id + "/" + std::to_string(m));
    const double ns = stream.uniform() * static_cast<double>(join_within.count());
    cluster_->simulation.at(Instant{group.starts_at + Duration{static_cast<std::int64_t>(ns)}}, MemberJoined{m});
  }
}

void Consumers::on_member_joined(std::uint32_t index) {
  Member& member = members_[index];
  if (member.application != nil) {
    for (const std::uint32_t s : member.first_sessions) applications_[member.application].waiting.push_back({s, 0});
    poll(member.application);
  } else {
    for (const std::uint32_t s : member.first_sessions) ask(s);
  }
  member.first_sessions.clear();
}

void Consumers::enter_members(TrialResult& result) const {
  for (const Member& member : members_) {
    MemberResult& entry = result.groups[member.group.value].members.emplace_back();
    entry.delivered = member.delivered;
    entry.delivered_bytes = member.delivered_bytes;
  }
  for (const Reader& reader : readers_) {
    ++result.groups[reader.group.value].members[members_[reader.member].number].partitions;
  }
}

const ConsumerGroupSpec& Consumers::spec_of(const ConsumerSession& session) const {
  return cluster_->world.groups[members_[session.member].group.value];
}

std::uint32_t Consumers::session_with(std::uint32_t member, BrokerIndex broker) {
  const std::uint64_t key = std::uint64_t{member} << 32 | broker.value;
  const auto [found, is_new] = session_of_.try_emplace(key, static_cast<std::uint32_t>(sessions_.size()));
  if (!is_new) return found->second;
  ConsumerSession session;
  session.member = member;
  session.broker = broker;
  const Broker& at = cluster_->brokers[broker.value];
  session.poll.gap = 2 * cluster_->network.expected_latency(members_[member].zone, at.spec().zone) +
                     at.idle_visit(request_wire(0), protocol::idle_fetch_response_wire(cluster_->network.tcp()),
                                   at.spec().service.fetch.per_request) +
                     cluster_->world.clients.receive.per_request;
  sessions_.push_back(session);
  if (needs_.feedback) times_.emplace_back();
  return found->second;
}

Leg Consumers::way_to(const ConsumerSession& session) const {
  const ZoneIndex zone = members_[session.member].zone;
  return {zone, cluster_->brokers[session.broker.value].spec().zone, TrafficPath::consumer,
          cluster_->host_of_clients(zone), session.broker.value};
}

Bytes Consumers::request_wire(std::uint32_t partitions) const {
  return cluster_->network.tcp().wire(protocol::fetch_request_bytes(protocol::consumer_fetch_request, partitions));
}

/// A reader turns to a follower, or back to the leader (nil); the account of what followers hide follows it.
void Consumers::read_from(std::uint32_t index, std::uint32_t replica) {
  Reader& reader = readers_[index];
  const Partition& partition = cluster_->logs[reader.partition];
  const auto move = [&](std::uint32_t r, std::int64_t change) {
    Replica& follower = cluster_->replication[r];
    follower.groups = static_cast<std::uint16_t>(follower.groups + change);
    std::uint32_t batch = follower.hidden;
    for (std::uint32_t at = follower.high_watermark; at < partition.high_watermark; ++at) {
      cluster_->recorder.on_readers_moved(cluster_->batches[batch].journey, cluster_->simulation.now(), change);
      batch = cluster_->batches[batch].next;
    }
  };
  if (reader.replica != nil) {
    move(reader.replica, -1);
    if (reader.unread == nil) reader.unread = cluster_->replication[reader.replica].hidden;
    while (reader.unread != nil && cluster_->batches[reader.unread].sequence < reader.position) {
      reader.unread = cluster_->batches[reader.unread].next;
    }
  }
  reader.replica = replica;
  if (replica != nil) move(replica, 1);
}

/// The reader's partition will be part of its member's next fetch to `broker`.
void Consumers::join(std::uint32_t index, BrokerIndex broker) {
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
  join(index, replica == nil ? cluster_->logs[reader.partition].leader
                             : cluster_->replication.broker_of(cluster_->replication[replica]));
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

/// Sends the session's next fetch, with the partitions that have joined since the last one.
void Consumers::ask(std::uint32_t s) {
  leave_expired(s);
  ConsumerSession& session = sessions_[s];
  session.first_joined = session.first_joining;
  session.first_joining = nil;
  session.must_answer = false;
  session.once = false;
  session.open = session.first_reader != nil || session.first_joined != nil;
  if (!session.open) return;
  const Bytes wire = request_wire(session.carried);
  if (needs_.feedback) times_[s].sent = cluster_->simulation.now();
  cluster_->send(way_to(session), cluster_->simulation.now(), wire, 0, ConsumerFetchArrived{s});
}

/// Partitions have moved to other sessions: those that are idle ask at once, the others with their next fetch (C-3).
/// For a baseline, which moves often, a fetch that waits for data is answered at once, or each move would cost up to
/// fetch.max.wait.ms.
void Consumers::ask_for_joined() {
  for (const std::uint32_t joined : joined_sessions_) {
    if (!sessions_[joined].open) {
      ask(joined);
    } else if (needs_.lease > Duration::zero()) {
      sessions_[joined].must_answer = true;
      wake(joined, true);
    }
    expect_expiry(joined);
  }
  joined_sessions_.clear();
}

void Consumers::on_fetch_sent(std::uint32_t s) {
  ask(s);
  ask_for_joined();
}

void Consumers::on_fetch_arrived(std::uint32_t s) {
  ConsumerSession& session = sessions_[s];
  Broker& broker = cluster_->brokers[session.broker.value];
  const Bytes wire = request_wire(session.carried);
  const Instant received = broker.receive(cluster_->simulation.now(), wire);
  const Service service =
      broker.handle(received, wire, broker.spec().service.fetch.per_request, {RequestKind::fetch_consumer, s});
  ++broker.load(service.end).consumer_fetch_requests;
  if (needs_.feedback) {
    times_[s].until_handled = service.end - times_[s].sent;
    times_[s].service = service.end - service.start;
  }
  cluster_->simulation.at(service.end, ConsumerFetchHandled{s});
}

/// A fetch has been worked on: partitions that are new to the session are looked at, then it is answered or parked.
void Consumers::on_fetch_handled(std::uint32_t s) {
  ConsumerSession& session = sessions_[s];
  for (std::uint32_t r = session.first_joined; r != nil;) {
    Reader& reader = readers_[r];
    const std::uint32_t following = moves_[r].next_of_session;
    moves_[r].next_of_session = session.first_reader;
    session.first_reader = r;
    reader.at_broker = true;
    const bool has_chosen = needs_.lease > Duration::zero() && moves_[r].lease_ends != Instant{};
    moves_[r].preferred = reader.replica == nil && !has_chosen ? preferred_replica(reader) : nil;
    if (needs_.lease > Duration::zero() && !has_chosen)
      moves_[r].lease_ends = cluster_->simulation.now() + lease_of(reader);
    reader.redirected = moves_[r].preferred != nil;
    if (reader.redirected) {
      reader.at_broker = false;  // it will not be read here
      session.must_answer = true;
      list(r);
    } else if (reader.position < end_of(reader)) {
      offer(r, reader.unread, end_of(reader), false);
    }
    if (reader.replica != nil || needs_.lease > Duration::zero())
      session.lease_ends = std::min(session.lease_ends, moves_[r].lease_ends);
    r = following;
  }
  session.first_joined = nil;
  if (satisfied(session)) {
    answer(s);
  } else {
    session.poll.parked = true;
    session.poll.parked_since = cluster_->simulation.now();
    expect_expiry(s);
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
  if (reader.unread != nil) position_offset = cluster_->batches[reader.unread].base_offset;
  views_.clear();
  ReplicaView leader = view_of(partition.leader, reader);
  leader.log_end_offset = partition.log_end_offset;
  leader.is_leader = true;
  views_.push_back(leader);
  for (std::uint32_t r = partition.first_replica; r < partition.first_replica + partition.followers; ++r) {
    const Replica& replica = cluster_->replication[r];
    ReplicaView follower = view_of(cluster_->replication.broker_of(replica), reader);
    follower.log_end_offset = cluster_->replication.offset_at(replica, replica.acknowledged_end);
    follower.since_caught_up = std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch()) -
                               std::chrono::milliseconds{replica.caught_up_ms};
    views_.push_back(follower);
  }
  const std::int32_t leader_id = views_.front().broker_id;
  const ReadRequest request{members_[reader.member].client_rack, position_offset, reader.member};
  const std::span<ReplicaView> candidates = keep_candidates(views_, position_offset);
  // The read that is decided on is not one of those outstanding.
  const std::int32_t now_at = cluster_->world.brokers[sessions_[reader.session].broker.value].id;
  if (needs_.feedback) selector_->on_read_ended(reader.member, now_at);
  const std::int32_t chosen = candidates[selector_->select(request, candidates)].broker_id;
  if (needs_.feedback) selector_->on_read_started(reader.member, now_at);
  if (chosen == leader_id) return nil;
  for (std::uint32_t r = partition.first_replica; r < partition.first_replica + partition.followers; ++r) {
    if (cluster_->world.brokers[cluster_->replication.broker_of(cluster_->replication[r]).value].id == chosen) return r;
  }
  return nil;
}

void Consumers::list(std::uint32_t index) {
  Reader& reader = readers_[index];
  if (reader.listed) return;
  reader.listed = true;
  reader.next_listed = nil;
  ConsumerSession& session = sessions_[reader.session];
  if (session.first_listed == nil) {
    session.first_listed = index;
  } else {
    readers_[session.last_listed].next_listed = index;
  }
  session.last_listed = index;
}

/// How far the replica a reader reads lets it read: its high watermark, in batches.
std::uint32_t Consumers::end_of(const Reader& reader) const {
  return reader.replica == nil ? cluster_->logs[reader.partition].high_watermark
                               : cluster_->replication[reader.replica].high_watermark;
}

std::int64_t Consumers::reading_from_followers(const Partition& partition) const {
  std::int64_t count = 0;
  for (std::uint32_t r = partition.first_reader; r < partition.first_reader + partition.readers; ++r) {
    count += readers_[r].replica != nil;
  }
  return count;
}

void Consumers::expect(const Partition& partition) const {
  for (std::uint32_t r = 0; r < partition.readers; ++r) __builtin_prefetch(&readers_[partition.first_reader + r], 1);
}

void Consumers::expect_sessions(const Partition& partition) const {
  for (std::uint32_t r = 0; r < partition.readers; ++r) {
    __builtin_prefetch(&sessions_[readers_[partition.first_reader + r].session], 1);
  }
}

void Consumers::on_committed(const Partition& partition, std::uint32_t first) {
  for (std::uint32_t r = partition.first_reader; r < partition.first_reader + partition.readers; ++r) {
    std::uint32_t batch = first;
    for (std::uint32_t at = cluster_->batches[first].sequence; at < partition.high_watermark; ++at) {
      cluster_->recorder.on_lag(cluster_->batches[batch].journey, readers_[r].group);
      batch = cluster_->batches[batch].next;
    }
    if (readers_[r].replica == nil) offer(r, first, partition.high_watermark, true);
  }
}

void Consumers::on_shown(const Partition& partition, std::uint32_t replica, std::uint32_t first, std::uint32_t end) {
  const bool wakes = !cluster_->world.switches.followers_do_not_wake_consumers;
  for (std::uint32_t r = partition.first_reader; r < partition.first_reader + partition.readers; ++r) {
    if (readers_[r].replica == replica) offer(r, first, end, wakes);
  }
}

/// The batches from `first` up to log position `end` have become readable where the reader reads.
void Consumers::offer(std::uint32_t index, std::uint32_t first, std::uint32_t end, bool wakes) {
  Reader& reader = readers_[index];
  BatchPool& batches = cluster_->batches;
  while (first != nil && batches[first].sequence < reader.position) first = batches[first].next;
  if (first == nil || batches[first].sequence >= end) return;
  if (reader.unread == nil) reader.unread = first;
  if (!reader.at_broker) return;  // counted when its fetch arrives
  ConsumerSession& session = sessions_[reader.session];
  for (std::uint32_t batch = first; batch != nil && batches[batch].sequence < end; batch = batches[batch].next) {
    session.readable += batches[batch].bytes;
  }
  list(index);
  wake(reader.session, wakes);
}

bool Consumers::satisfied(const ConsumerSession& session) const {
  const ConsumerGroupSpec& group = spec_of(session);
  Bytes least = std::min(group.fetch_min_bytes, group.fetch_max_bytes);
  if (group.quota.byte_rate > 0) [[unlikely]]
    least = std::min(least, room_of(session));
  return session.must_answer || session.readable >= least;
}

/// Something may be said to a session whose fetch is parked: answer it, or see to it that its expiry does.
void Consumers::wake(std::uint32_t s, bool may_answer) {
  ConsumerSession& session = sessions_[s];
  if (!session.poll.parked) return;
  const LongPoll::Phase phase = session.poll.phase(cluster_->simulation.now(), spec_of(session).fetch_max_wait);
  if (phase.expired > 0) charge(session, phase.expired);
  if (!phase.parked) {  // the next fetch is on its way
    session.poll.parked = false;
    cluster_->simulation.at(phase.at, ConsumerFetchHandled{s});
    return;
  }
  session.poll.parked_since = phase.at;
  if (may_answer && satisfied(session)) {
    answer(s);
  } else {
    expect_expiry(s);
  }
}

/// A parked fetch whose expiry says something needs an event for it; the others are not simulated one by one.
void Consumers::expect_expiry(std::uint32_t s) {
  ConsumerSession& session = sessions_[s];
  if (!session.poll.parked || session.poll.expiry_scheduled) return;
  if (session.first_listed == nil && session.first_joining == nil && !session.once) return;
  const LongPoll::Phase phase = session.poll.phase(cluster_->simulation.now(), spec_of(session).fetch_max_wait);
  if (phase.expired > 0) charge(session, phase.expired);
  session.poll.parked_since = phase.at;
  session.poll.expiry_scheduled = true;
  cluster_->at_or_file(session.poll.expires(spec_of(session).fetch_max_wait), ConsumerFetchExpired{s},
                       Cluster::TimerKind::consumer_fetch, s);
}

/// A coarse timer is due: the expiry it stood for is near, has been put off, or is no longer wanted.
void Consumers::on_expiry_near(std::uint32_t s) {
  sessions_[s].poll.expiry_scheduled = false;
  expect_expiry(s);
}

void Consumers::on_fetch_expired(std::uint32_t s) {
  ConsumerSession& session = sessions_[s];
  session.poll.expiry_scheduled = false;
  if (!session.poll.parked) return;
  if (session.first_listed == nil && session.first_joining == nil && !session.once) return;
  if (cluster_->simulation.now() <
      session.poll.expires(spec_of(session).fetch_max_wait)) {  // answered and parked anew since this was scheduled
    expect_expiry(s);
  } else {
    answer(s);
  }
}

/// The byte cap of an answer: the consumer's, the broker's, and what a quota could ever let through (B-20).
Bytes Consumers::room_of(const ConsumerSession& session) const {
  const ConsumerGroupSpec& group = spec_of(session);
  const Bytes room = std::min(group.fetch_max_bytes, cluster_->brokers[session.broker.value].spec().fetch_max_bytes);
  if (group.quota.byte_rate == 0) return room;
  return std::min(room, cluster_->quotas.most_in_window(members_[session.member].group.value, session.broker));
}

/// How much of the reader's next batch its broker has to read from disk.
Bytes Consumers::from_disk(const Reader& reader, BrokerIndex broker) {
  const std::size_t place =
      reader.replica == nil ? 0 : 1 + reader.replica - cluster_->logs[reader.partition].first_replica;
  return cluster_->disks.take(broker, reader.unread, place, cluster_->batches[reader.unread].bytes);
}

/// If a quota holds the session's client id back, its fetch is answered without data (B-20) and the consumer waits
/// (C-12).
bool Consumers::throttled(std::uint32_t s) {
  Cluster& cluster = *cluster_;
  ConsumerSession& session = sessions_[s];
  const ConsumerGroupSpec& group = spec_of(session);
  if (!group.quota.limited()) return false;
  const Bytes room = room_of(session);
  Bytes data = 0;
  std::uint32_t partitions = 0;
  for (std::uint32_t r = session.first_listed; r != nil; r = readers_[r].next_listed, ++partitions) {
    const Reader& reader = readers_[r];
    Bytes partition_data = 0;
    std::uint32_t b = reader.unread;
    for (std::uint32_t at = reader.position; !reader.redirected && at < end_of(reader); ++at) {
      const Bytes bytes = cluster.batches[b].bytes;
      if (protocol::exceeds_caps(bytes, data, room - data, group.max_partition_fetch_bytes - partition_data)) break;
      data += bytes;
      partition_data += bytes;
      b = cluster.batches[b].next;
    }
  }
  Broker& broker = cluster.brokers[session.broker.value];
  const ServiceCosts& costs = broker.spec().service;
  const Instant now = cluster.simulation.now();
  const Bytes full = protocol::fetch_response_bytes(partitions, data);
  const std::uint32_t g = members_[session.member].group.value;
  session.throttle = cluster.quotas.on_fetch(
      g, session.broker, {full, costs.fetch.per_request, costs.network_thread.of(full) + costs.network_thread.of(0)},
      now);
  if (session.throttle == Duration::zero()) return false;
  const Duration remote = session.poll.parked ? now - session.poll.parked_since : Duration::zero();
  session.poll.parked = false;
  session.carried = 0;
  if (cluster.recorder.observes(now)) {
    ThrottleCount& count = cluster.recorder.result().groups_throttled[g];
    count.add(session.throttle);
    ++cluster.recorder.result().empty_consumer_fetches;
  }
  const Bytes wire = protocol::idle_fetch_response_wire(cluster_->network.tcp());
  const Instant left = broker.respond(now, wire, 0, {{RequestKind::fetch_consumer, s}, remote, session.throttle});
  cluster.send(way_to(session).back(), left, wire, 0, ConsumerFetchAnswered{s});
  return true;
}

/// The broker answers with what is readable now, up to the byte caps (R-5, C-7), and with redirects (F-4).
void Consumers::answer(std::uint32_t s) {
  if (throttled(s)) return;
  Cluster& cluster = *cluster_;
  ConsumerSession& session = sessions_[s];
  const ConsumerGroupSpec& group = spec_of(session);
  Broker& broker = cluster.brokers[session.broker.value];
  const Instant now = cluster.simulation.now();
  const Bytes room = room_of(session);
  Bytes data = 0;
  std::uint32_t with_data = 0;
  Bytes cold = 0;
  std::uint32_t cold_runs = 0;
  bool redirects = false;
  std::uint32_t listed = session.first_listed;
  session.first_listed = session.last_listed = nil;
  served_.clear();
  session.must_answer = false;
  session.carried = 0;
  const bool parked = session.poll.parked;
  session.poll.parked = false;
  session.answered = now;
  if (needs_.feedback) times_[s].waiting = broker.fetches_waiting(now);
  while (listed != nil) {
    Reader& reader = readers_[listed];
    const std::uint32_t following = reader.next_listed;
    reader.listed = false;
    reader.carried = 0;
    reader.first_carried = reader.unread;
    reader.next_carried = session.first_carried;
    session.first_carried = listed;
    ++session.carried;
    const std::uint32_t end = end_of(reader);
    Bytes partition_data = 0;
    Bytes cold_data = 0;
    while (!reader.redirected && reader.position < end) {
      const Batch& batch = cluster.batches[reader.unread];
      if (protocol::exceeds_caps(batch.bytes, data, room - data, group.max_partition_fetch_bytes - partition_data))
        break;
      data += batch.bytes;
      partition_data += batch.bytes;
      if (cluster.disks.any()) cold_data += from_disk(reader, session.broker);
      ++reader.position;
      ++reader.carried;
      reader.unread = batch.next;
    }
    cold += cold_data;
    cold_runs += cold_data > 0 ? 1 : 0;
    redirects = redirects || reader.redirected;
    if (!reader.redirected) {
      if (reader.position == end) {
        reader.unread = nil;
      } else if (reader.carried > 0) {
        served_.push_back(listed);
      } else {
        list(listed);
      }
    }
    if (reader.carried > 0) {
      ++with_data;
      const Partition& partition = cluster.logs[reader.partition];
      if (reader.replica == nil) {
        broker.load(now).consumer_bytes_out_as_leader += partition_data;
        cluster.recorder.on_read(now, reader.partition, partition_data, 0, Duration::zero(), false);
      } else {
        broker.load(now).consumer_bytes_out_as_follower += partition_data;
        const Replica& replica = cluster.replication[reader.replica];
        const bool hides = replica.high_watermark < partition.high_watermark;
        if (cluster.recorder.observes(now)) {
          cluster.recorder.on_read(
              now, reader.partition, partition_data,
              partition.high_watermark_offset - cluster.replication.offset_at(replica, replica.high_watermark),
              hides ? now - cluster.batches[replica.hidden].journey.committed : Duration::zero(), true);
        }
      }
    }
    listed = following;
  }
  for (const std::uint32_t served : served_) list(served);  // behind the others: the caps are fair to all
  session.readable -= data;
  if (data == 0 && cluster.recorder.observes(now)) ++cluster.recorder.result().empty_consumer_fetches;
  const protocol::Tcp& tcp = cluster.network.tcp();
  const Bytes wire = tcp.wire(protocol::fetch_response_bytes(session.carried, data), data, with_data);
  const AnswerTimes times{{RequestKind::fetch_consumer, s},
                          parked ? now - session.poll.parked_since : Duration::zero()};
  const Leg there = way_to(session);
  const Leg back = there.back();
  if (parked) cluster.network.acknowledge_if_late(back, session.poll.parked_since, now);
  if (cold > 0) {
    const auto read = [&](Instant begin) { return cluster.disks.read(session.broker, begin, cold, cold_runs); };
    from_disk_.resize(sessions_.size());
    from_disk_[s] = {broker.read_from_disk(now, wire, data, times.caller, read),
                     times,
                     now,
                     wire,
                     data,
                     tcp.packets(data, with_data)};
    cluster.simulation.at(from_disk_[s].thread.end, ConsumerFetchRead{s});
    return;
  }
  const Instant left = broker.respond(now, wire, data, times);
  cluster.network.acknowledge(there, left, tcp.packets(data, with_data) / 2);
  const bool plain = !redirects && session.first_joining == nil && members_[session.member].application == nil;
  if (plain && !cluster.network.limited(there) && !cluster.network.limited(back)) {
    // Nothing can change between the answer's arrival and the next fetch, so neither needs an event of its own.
    const Instant received = cluster.taken_by_client(back.to, cluster.network.arrival(back, left, wire, data), data);
    if (received <= session.lease_ends) {
      for (std::uint32_t r = session.first_carried; r != nil; r = readers_[r].next_carried) {
        deliver(readers_[r], now, received);
      }
      session.first_carried = nil;
      if (needs_.feedback) {
        tell_policy(s, received);
        times_[s].sent = received;
      }
      cluster.send(there, received, request_wire(session.carried), 0, ConsumerFetchArrived{s});
      return;
    }
    cluster.simulation.at(received, ConsumerFetchAnswered{s});
    return;
  }
  cluster.send(back, left, wire, data, ConsumerFetchAnswered{s});
}

/// What a consumer learns from an answer. Until then the wait for data, which no broker is to blame for, is left out.
void Consumers::tell_policy(std::uint32_t s, Instant received) {
  const ConsumerSession& session = sessions_[s];
  const FetchTimes& times = times_[s];
  selector_->on_answer({session.member, cluster_->world.brokers[session.broker.value].id,
                        times.until_handled + (received - session.answered), times.service, times.waiting});
}

/// The network thread has all of an answer's data from disk and sends it.
void Consumers::on_fetch_read(std::uint32_t s) {
  const ConsumerSession& session = sessions_[s];
  const FromDisk& answer = from_disk_[s];
  const Leg back = way_to(session).back();
  const Instant left =
      cluster_->brokers[session.broker.value].send_read(answer.ready, answer.thread, answer.wire, answer.times);
  cluster_->network.acknowledge(back.back(), left, answer.packets / 2);
  cluster_->send(back, left, answer.wire, answer.data, ConsumerFetchAnswered{s});
}

/// Hands a batch to the application, the whole of it by `handed`; returns the next one. each  as
/// Recorder::on_delivered()
std::uint32_t Consumers::deliver_batch(Reader& reader, std::uint32_t index, Instant answered, Instant received,
                                       Instant handed, std::span<const Instant> each) {
  Cluster& cluster = *cluster_;
  const Batch& batch = cluster.batches[index];
  const std::uint32_t following = batch.next;
  const Instant visible =
      reader.replica == nil ? batch.journey.committed : cluster.replication.shown_at(reader.replica, index);
  reader.lag_area += cluster.recorder.on_delivered(
      batch.journey, batch.place(),
      {reader.group, reader.replica != nil, visible, answered, received, handed, reader.handed_until}, each);
  reader.handed_until = handed;
  Member& member = members_[reader.member];
  member.delivered += batch.journey.observed();
  member.delivered_bytes += batch.journey.record_bytes - batch.journey.early_bytes;
  cluster.logs.release(index);
  return following;
}

/// Hands over all that an answer carried for a reader, at once.
void Consumers::deliver(Reader& reader, Instant answered, Instant received) {
  std::uint32_t batch = reader.first_carried;
  for (std::uint32_t i = 0; i < reader.carried; ++i) {
    batch = deliver_batch(reader, batch, answered, received, received, {});
  }
}

/// The consumer has the answer: records go to the application, redirected partitions to their followers.
void Consumers::on_fetch_answered(std::uint32_t s) {
  Cluster& cluster = *cluster_;
  const Instant now = cluster.simulation.now();
  if (sessions_[s].throttle > Duration::zero()) {
    cluster.simulation.at(now + sessions_[s].throttle, ConsumerFetchSent{s});
    sessions_[s].throttle = Duration::zero();
    return;
  }
  if (needs_.feedback) tell_policy(s, now);
  const std::uint32_t application = members_[sessions_[s].member].application;
  std::uint32_t buffered = 0;
  for (std::uint32_t r = sessions_[s].first_carried; r != nil; r = readers_[r].next_carried) {
    Reader& reader = readers_[r];
    if (reader.redirected) {
      ++cluster.recorder.result().redirects;
      leave(r);
      read_from(r, moves_[r].preferred);
      reader.redirected = false;
      moves_[r].lease_ends = now + lease_of(reader);
      join(r, cluster.replication.broker_of(cluster.replication[reader.replica]));
    } else if (application == nil) {
      deliver(reader, sessions_[s].answered, now);
    } else if (reader.carried > 0) {
      applications_[application].buffer.push_back({r, reader.first_carried, reader.carried, 0, now});
      ++buffered;
    }
  }
  sessions_[s].first_carried = nil;
  if (application == nil) {
    ask(s);
    ask_for_joined();
  } else {
    applications_[application].waiting.push_back({s, buffered});
    take_up_joined(applications_[application]);
    poll(application);
  }
}

void Consumers::account_lag() {
  Cluster& cluster = *cluster_;
  std::vector<std::uint32_t> first_waiting(readers_.size(), nil);
  for (std::uint32_t r = 0; r < readers_.size(); ++r) first_waiting[r] = readers_[r].unread;
  for (std::uint32_t s = 0; s < sessions_.size(); ++s) {
    for (std::uint32_t r = sessions_[s].first_carried; r != nil; r = readers_[r].next_carried) {
      if (readers_[r].carried > 0) first_waiting[r] = readers_[r].first_carried;
    }
  }
  for (const Application& application : applications_) {
    for (const BufferedPartition& part : application.buffer) first_waiting[part.reader] = part.next_batch;
  }
  const double span = seconds(cluster.recorder.end() - cluster.recorder.start());
  std::vector<PartitionLag>& lags = cluster.recorder.result().lags;
  for (std::uint32_t r = 0; r < readers_.size(); ++r) {
    Reader& reader = readers_[r];
    for (std::uint32_t batch = first_waiting[r]; batch != nil; batch = cluster.batches[batch].next) {
      const BatchJourney& journey = cluster.batches[batch].journey;
      if (cluster.batches[batch].sequence >= cluster.logs[reader.partition].high_watermark) break;
      reader.lag_area += cluster.recorder.on_never_delivered(journey, reader.group, reader.handed_until);
      reader.handed_until = std::max(reader.handed_until, cluster.recorder.end());
    }
    lags.push_back({reader.partition, reader.group, reader.lag_area / span});
  }
}

void Consumers::charge(const ConsumerSession& session, std::int64_t polls) {
  Broker& broker = cluster_->brokers[session.broker.value];
  const Leg there = way_to(session);
  Instant when = session.poll.expires(spec_of(session).fetch_max_wait);
  for (std::int64_t i = 0; i < polls; ++i, when += spec_of(session).fetch_max_wait + session.poll.gap) {
    broker.charge(when, request_wire(0), protocol::idle_fetch_response_wire(cluster_->network.tcp()),
                  broker.spec().service.fetch.per_request,
                  {{RequestKind::fetch_consumer}, spec_of(session).fetch_max_wait});
    ++broker.load(when).consumer_fetch_requests;
    cluster_->network.account(there, when, request_wire(0), 0);
    cluster_->network.account(there.back(), when, protocol::idle_fetch_response_wire(cluster_->network.tcp()), 0);
    cluster_->network.acknowledge_if_late(there.back(), when - spec_of(session).fetch_max_wait, when);
    if (cluster_->recorder.observes(when)) ++cluster_->recorder.result().empty_consumer_fetches;
  }
}

void Consumers::charge_idle_polls() {
  const Instant end = cluster_->recorder.end();
  for (const ConsumerSession& session : sessions_) {
    if (!session.poll.parked || session.poll.parked_since >= end) continue;
    charge(session, session.poll.phase(end, spec_of(session).fetch_max_wait).expired);
  }
}

}  // namespace brokersim
