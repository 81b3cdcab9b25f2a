// SPDX-License-Identifier: Apache-2.0
#include "sim/model/consumers.hpp"

#include <algorithm>
#include <utility>

#include "sim/core/invariant_violation.hpp"
#include "sim/core/prefetch.hpp"
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
  bool may_give_up = !first && members_.back().may_give_up;  // the same for all members of a group
  if (first) {
    const std::vector<MemberSpec>& all = cluster_->world.groups[group.value].members;
    may_give_up =
        std::any_of(all.begin(), all.end(),
                    [](const MemberSpec& any) { return any.join_at.has_value() || any.leave_at.has_value(); }) ||
        std::any_of(cluster_->world.faults.begin(), cluster_->world.faults.end(), [&](const FaultSpec& fault) {
          return fault.kind == FaultKind::consumer_pause && fault.target.entry == group.value;
        });
  }
  members_.push_back({spec.zone, group, number, spec.client_rack, nil, may_give_up, 0, 0, {}});
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
  if (cluster_->failures) prepare_for_failures(random);
  for (std::uint32_t r = 0; r < readers_.size(); ++r) {
    if (readers_[r].member != nil) join_session(r, cluster_->logs[readers_[r].partition].leader);
  }
  joined_sessions_.clear();
  for (std::uint32_t s = 0; s < sessions_.size(); ++s) {
    sessions_[s].open = true;
    members_[sessions_[s].member].first_sessions.push_back(s);
  }
  for (std::uint32_t m = 0; m < members_.size(); ++m) {
    const ConsumerGroupSpec& group = cluster_->world.groups[members_[m].group.value];
    if (group.members[members_[m].number].join_at) continue;
    RandomStream stream(random, "first poll", group.id + "/" + std::to_string(m));
    cluster_->simulation.at(Instant{group.starts_at + stream.within(join_within)}, MemberJoined{m});
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
  if (failing_) {
    failing_->members[index].joined = true;
    failing_->members[index].joined_at = failing_->members[index].refreshed = cluster_->simulation.now();
    schedule_wake(index);
    resume(index);
  }
}

void Consumers::enter_members(TrialResult& result) const {
  for (const Member& member : members_) {
    MemberResult& entry = result.groups[member.group.value].members.emplace_back();
    entry.delivered = member.delivered;
    entry.delivered_bytes = member.delivered_bytes;
  }
  for (const Reader& reader : readers_) {
    if (reader.member == nil) continue;  // nobody is left to read it
    ++result.groups[reader.group.value].members[members_[reader.member].number].partitions;
  }
}

const ConsumerGroupSpec& Consumers::spec_of(const ConsumerSession& session) const {
  return cluster_->world.groups[members_[session.member].group.value];
}

std::uint32_t Consumers::session_with(std::uint32_t member, BrokerIndex broker) {
  const std::uint64_t key = std::uint64_t{member} << 32 | broker.value;
  const auto [found, is_new] = session_of_.try_emplace(key, static_cast<std::uint32_t>(sessions_.size()));
  if (!is_new && !sessions_[found->second].broken) return found->second;
  found->second = static_cast<std::uint32_t>(sessions_.size());
  ConsumerSession session;
  session.member = member;
  session.broker = broker;
  session.poll.gap = round_trip(member, broker);
  sessions_.push_back(session);
  if (needs_.feedback) times_.emplace_back();
  return found->second;
}

/// Whether the member's connection to a broker has carried a fetch, and is not lost.
bool Consumers::has_session(std::uint32_t member, BrokerIndex broker) const {
  const auto found = session_of_.find(std::uint64_t{member} << 32 | broker.value);
  return found != session_of_.end() && !sessions_[found->second].broken;
}

Leg Consumers::way_to(std::uint32_t member, BrokerIndex broker) const {
  const ZoneIndex zone = members_[member].zone;
  return {zone, cluster_->brokers[broker.value].spec().zone, TrafficPath::consumer, cluster_->host_of_clients(zone),
          broker.value};
}

Duration Consumers::latency(std::uint32_t member, BrokerIndex broker) const {
  const ZoneIndex zone = members_[member].zone;
  const Duration usual = cluster_->network.expected_latency(zone, cluster_->world.brokers[broker.value].zone);
  if (!cluster_->failures) return usual;
  return usual + cluster_->failures->mean_detour(cluster_->host_of_clients(zone), broker.value);
}

/// Of a small request that an idle broker answers at once.
Duration Consumers::round_trip(std::uint32_t member, BrokerIndex broker) const {
  const Broker& at = cluster_->brokers[broker.value];
  return 2 * latency(member, broker) +
         at.idle_visit(request_wire(0), protocol::idle_fetch_response_wire(cluster_->network.tcp()),
                       at.spec().service.fetch.per_request) +
         cluster_->world.clients.receive.per_request;
}

Bytes Consumers::request_wire(std::uint32_t partitions) const {
  return cluster_->network.tcp().wire(protocol::fetch_request_bytes(protocol::consumer_fetch_request, partitions));
}

/// Sends the session's next fetch, with the partitions that have joined since the last one.
void Consumers::ask(std::uint32_t s) {
  if (sessions_[s].broken) {
    ask_in_vain(s);
    return;
  }
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
  for (std::size_t i = 0; i < joined_sessions_.size(); ++i) {  // asking may end leases, which makes others join
    const std::uint32_t joined = joined_sessions_[i];
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

/// A quota's throttle time is over (C-12). An application asks with its next poll(), as after any answer (C-4).
void Consumers::on_fetch_sent(std::uint32_t s) {
  if (sessions_[s].broken) return;
  const std::uint32_t application = members_[sessions_[s].member].application;
  if (application != nil) {
    applications_[application].waiting.push_back({s, 0});
    poll(application);
    return;
  }
  ask(s);
  ask_for_joined();
}

void Consumers::on_fetch_arrived(std::uint32_t s) {
  ConsumerSession& session = sessions_[s];
  if (session.broken) return;
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
  if (session.broken) return;
  for (std::uint32_t r = session.first_joined; r != nil;) {
    Reader& reader = readers_[r];
    const std::uint32_t following = moves_[r].next_of_session;
    moves_[r].next_of_session = session.first_reader;
    session.first_reader = r;
    reader.at_broker = true;
    if (failing_ && !admit(r)) {
      r = following;
      continue;
    }
    const bool has_chosen = needs_.lease > Duration::zero() && moves_[r].lease_ends != Instant{};
    moves_[r].preferred = reader.replica == nil && !has_chosen ? preferred_replica(reader) : nil;
    if (needs_.lease > Duration::zero() && !has_chosen)
      moves_[r].lease_ends = cluster_->simulation.now() + lease_of(reader);
    reader.redirected = moves_[r].preferred != nil;
    if (failing_ && !reader.redirected) note_read(r, true);
    if (reader.redirected) {
      reader.at_broker = false;  // it will not be read here
      session.must_answer = true;
      list(r);
    } else if (reader.position < end_of(reader)) {
      offer(r, reader.unread, end_of(reader), false);
    } else if (failing_ && reader.position > end_of(reader)) {
      set_ahead(r);
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
  if (cluster_->world.mutants.consumers_read_to_log_end && reader.replica == nil) [[unlikely]]
    return cluster_->logs[reader.partition].log_end;
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
  for (std::uint32_t r = 0; r < partition.readers; ++r) prefetch(&readers_[partition.first_reader + r]);
}

void Consumers::expect_sessions(const Partition& partition) const {
  for (std::uint32_t r = 0; r < partition.readers; ++r) {
    // Where nobody reads yet there may be no session at all.
    prefetch(sessions_.data() + readers_[partition.first_reader + r].session);
  }
}

void Consumers::on_committed(const Partition& partition, std::uint32_t first, std::uint32_t committed_before) {
  for (std::uint32_t r = partition.first_reader; r < partition.first_reader + partition.readers; ++r) {
    std::uint32_t batch = first;
    const std::uint32_t before = cluster_->batches[first].sequence;
    // What an unclean leader had cut off may be back: who has read it and has not noticed lags by none of it.
    const bool has_read = failing_ && readers_[r].position > before && !has_diverged(r);
    const std::uint32_t from = has_read ? std::max(committed_before, readers_[r].position) : committed_before;
    for (std::uint32_t at = before; at < partition.high_watermark; ++at) {
      if (at >= from) cluster_->recorder.on_lag(cluster_->batches[batch].journey, readers_[r].group);
      batch = cluster_->batches[batch].next;
    }
    if (readers_[r].replica == nil) offer(r, first, partition.high_watermark, true);
    if (readers_[r].ahead) [[unlikely]]
      catch_up(r);
  }
}

void Consumers::on_shown(const Partition& partition, std::uint32_t replica, std::uint32_t first, std::uint32_t end) {
  const bool wakes = !cluster_->world.switches.followers_do_not_wake_consumers;
  for (std::uint32_t r = partition.first_reader; r < partition.first_reader + partition.readers; ++r) {
    if (readers_[r].replica == replica) offer(r, first, end, wakes);
    if (readers_[r].ahead) [[unlikely]]
      catch_up(r);
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
  if (group.quota.byte_rate > 0 || cluster_->quotas.may_change()) [[unlikely]]
    least = std::min(least, room_of(session));
  return session.must_answer || session.readable >= least;
}

/// Something may be said to a session whose fetch is parked: answer it, or see to it that its expiry does.
void Consumers::wake(std::uint32_t s, bool may_answer) {
  ConsumerSession& session = sessions_[s];
  if (!session.poll.parked) return;
  const LongPoll::Phase phase = session.poll.phase(cluster_->simulation.now(), wait_of(session));
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
  const LongPoll::Phase phase = session.poll.phase(cluster_->simulation.now(), wait_of(session));
  if (phase.expired > 0) charge(session, phase.expired);
  session.poll.parked_since = phase.at;
  session.poll.expiry_scheduled = true;
  cluster_->at_or_file(session.poll.expires(wait_of(session)), ConsumerFetchExpired{s},
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
      session.poll.expires(wait_of(session))) {  // answered and parked anew since this was scheduled
    expect_expiry(s);
  } else {
    answer(s);
  }
}

/// Hands a batch to the application, the whole of it by `handed`; returns the next one. each  as
/// Recorder::on_delivered()
std::uint32_t Consumers::deliver_batch(Reader& reader, std::uint32_t index, Instant answered, Instant received,
                                       Instant handed, std::span<const Instant> each) {
  Cluster& cluster = *cluster_;
  const Batch& batch = cluster.batches[index];
  const std::uint32_t following = batch.next;
  Instant visible =
      reader.replica == nil ? batch.journey.committed : cluster.replication.shown_at(reader.replica, index);
  if (failing_ && reader.replica == nil && failing_->readers[index_of(reader)].came_late) [[unlikely]]
    visible = visible_to_late(index_of(reader), batch, answered);
  require_law(visible >= batch.journey.committed || failing_, "INV-C15", "no follower shows what is not committed yet");
  const Recorder::Delivery delivery{reader.group, reader.replica != nil, visible, answered, received, handed, {}};
  if (failing_) [[unlikely]]
    note_delivery(reader, index);
  cluster.recorder.on_lag_ended(batch.journey, reader.group);
  Member& member = members_[reader.member];
  if (!each.empty() && applications_[member.application].pace_changes) {
    applications_[member.application].returned.push_back(
        {index_of(reader), batch, delivery, {each.begin(), each.end()}});
  } else {
    account_delivery(reader, batch, delivery, each);
  }
  member.delivered += batch.journey.observed();
  member.delivered_bytes += batch.journey.record_bytes - batch.journey.early_bytes;
  cluster.logs.release(index);
  return following;
}

/// each  as Recorder::on_delivered()
void Consumers::account_delivery(Reader& reader, const Batch& batch, Recorder::Delivery delivery,
                                 std::span<const Instant> each) {
  if (!each.empty()) delivery.handed = each.back();
  delivery.previous = reader.handed_until;
  reader.lag_area += cluster_->recorder.on_delivered(batch.journey, batch.place(), delivery, each);
  if (failing_) [[unlikely]]
    note_gap(reader, batch.journey, delivery.handed);
  reader.handed_until = delivery.handed;
}

/// Hands over all that an answer carried for a reader, at once.
void Consumers::deliver(Reader& reader, Instant answered, Instant received) {
  std::uint32_t batch = reader.first_carried;
  for (std::uint32_t i = 0; i < reader.carried; ++i) {
    batch = deliver_batch(reader, batch, answered, received, received, {});
  }
  reader.carried = 0;
}

/// The consumer has the answer: records go to the application, redirected partitions to their followers.
void Consumers::on_fetch_answered(std::uint32_t s) {
  Cluster& cluster = *cluster_;
  const Instant now = cluster.simulation.now();
  if (sessions_[s].broken) return;
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
    const bool told = reader.redirected && !reader.listed;  // else the next answer tells
    if (told && failing_ && failing_->readers[r].error != FetchError::none) {
      take_error(r);
    } else if (told) {
      ++cluster.recorder.result().redirects;
      if (failing_) note_redirect(r);
      leave(r);
      read_from(r, moves_[r].preferred);
      reader.redirected = false;
      moves_[r].lease_ends = now + lease_of(reader);
      join(r, cluster.replication[reader.replica].broker);
    } else if (application == nil) {
      deliver(reader, sessions_[s].answered, now);
    } else if (reader.carried > 0) {
      applications_[application].buffer.push_back(
          {r, s, reader.first_carried, std::exchange(reader.carried, 0), 0, now});
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
  for (std::uint32_t r = 0; r < readers_.size(); ++r)
    first_waiting[r] = readers_[r].carried > 0 ? readers_[r].first_carried : readers_[r].unread;
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
  const Duration wait = wait_of(session);
  Instant when = session.poll.expires(wait);
  for (std::int64_t i = 0; i < polls; ++i, when += wait + session.poll.gap) {
    broker.charge(when, request_wire(0), protocol::idle_fetch_response_wire(cluster_->network.tcp()),
                  broker.spec().service.fetch.per_request, {{RequestKind::fetch_consumer}, wait});
    ++broker.load(when).consumer_fetch_requests;
    cluster_->network.account(there, when, request_wire(0), 0);
    cluster_->network.account(there.back(), when, protocol::idle_fetch_response_wire(cluster_->network.tcp()), 0);
    cluster_->network.acknowledge_if_late(there.back(), when - wait, when);
    if (cluster_->recorder.observes(when)) ++cluster_->recorder.result().empty_consumer_fetches;
  }
}

void Consumers::charge_idle_polls() {
  const Instant end = cluster_->recorder.end();
  for (const ConsumerSession& session : sessions_) {
    if (!session.poll.parked || session.poll.parked_since >= end) continue;
    charge(session, session.poll.phase(end, wait_of(session)).expired);
  }
}

}  // namespace brokersim
