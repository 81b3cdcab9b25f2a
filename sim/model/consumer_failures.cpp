// SPDX-License-Identifier: Apache-2.0
// Consumers whose connections break: who notices when, reconnecting with back-off, and the partitions that wait
// meanwhile (C-3, C-13, C-14, F-12, F-31). What members know of leaders is in consumer_leaders.cpp.
#include <algorithm>

#include "sim/model/cluster.hpp"
#include "sim/model/retransmission.hpp"

namespace brokersim {
namespace {

FailingConnection* connection_with(FailingMember& member, BrokerIndex broker) {
  for (FailingConnection& connection : member.connections) {
    if (connection.broker == broker) return &connection;
  }
  return nullptr;
}

}  // namespace

void Consumers::prepare_for_failures(RandomSource random) {
  failing_ = std::make_unique<FailingConsumers>();
  failing_->groups.resize(cluster_->world.groups.size());
  failing_->readers.resize(readers_.size());
  for (const Member& member : members_) {
    const std::string& group = cluster_->world.groups[member.group.value].id;
    failing_->members.emplace_back(
        RandomStream(random, "consumer back-off", group + "/" + std::to_string(member.number)));
  }
  for (std::uint32_t r = 0; r < readers_.size(); ++r) {
    failing_->partitions.push_back(readers_[r].partition);
    if (readers_[r].member == nil) continue;  // nobody has it yet
    const LeaderView view = cluster_->failures->metadata().leader(readers_[r].partition, 0);
    set_leader(r, view.leader.value_or(unknown_leader));
    failing_->readers[r].leader_epoch = view.leader_epoch;
    failing(readers_[r]).readers.push_back(r);
  }
}

const ClientRetrySpec& Consumers::retry_of(std::uint32_t member) const {
  return cluster_->world.groups[members_[member].group.value].retry;
}

Reach Consumers::reach(std::uint32_t member, BrokerIndex broker) const {
  return cluster_->failures->connects(cluster_->host_of_clients(members_[member].zone), broker.value);
}

/// A wait that doubles from failure to failure up to a limit, +- 20 %. failures  so far, from 0
Duration Consumers::back_off(std::uint32_t member, Duration first, Duration most, std::uint32_t failures) {
  Duration wait = std::min(first, most);
  for (std::uint32_t i = 0; i < failures && wait < most; ++i) wait = std::min(2 * wait, most);
  const double spread = 0.8 + 0.4 * failing_->members[member].jitter.uniform();
  return Duration{static_cast<std::int64_t>(static_cast<double>(wait.count()) * spread)};
}

void Consumers::on_broker_lost(BrokerIndex broker, Loss loss) {
  if (!failing_) return;
  for (std::uint32_t s = 0; s < sessions_.size(); ++s) {
    if (!sessions_[s].broken && sessions_[s].broker == broker) break_session(s, loss);
  }
}

void Consumers::on_link_lost(BrokerIndex broker, ZoneIndex clients, Loss loss) {
  if (!failing_) return;
  for (std::uint32_t s = 0; s < sessions_.size(); ++s) {
    const ConsumerSession& session = sessions_[s];
    if (session.broken || session.broker != broker || members_[session.member].zone != clients) continue;
    break_session(s, loss);
  }
}

void Consumers::on_message_lost(std::uint32_t s) {
  if (!sessions_[s].broken) break_session(s, Loss::silent);
}

Duration Consumers::patience_of(std::uint32_t s) const {
  return retry_of(sessions_[s].member).request_timeout;
}

void Consumers::on_detours_changed() {
  for (std::uint32_t s = 0; s < sessions_.size(); ++s) {
    ConsumerSession& session = sessions_[s];
    const Duration gap = round_trip(session.member, session.broker);
    if (session.broken || gap == session.poll.gap) continue;
    settle_poll(s);
    session.poll.gap = gap;
  }
}

void Consumers::settle_polls(BrokerIndex broker) {
  timers_skewed_ = true;
  for (std::uint32_t s = 0; s < sessions_.size(); ++s) {
    if (sessions_[s].broker == broker && !sessions_[s].broken) settle_poll(s);
  }
}

Duration Consumers::by_timers_of(BrokerIndex broker, Duration wait) const {
  return cluster_->failures->timer(broker, wait);
}

/// The connection dies at once, and its fetch session with it; the member notices by a reset one latency later, or when
/// a fetch has gone unanswered for request.timeout.ms (C-13). What the answer under way carried is fetched anew.
void Consumers::break_session(std::uint32_t s, Loss loss) {
  ConsumerSession& session = sessions_[s];
  FailingMember& member = failing_->members[session.member];
  const Instant now = cluster_->simulation.now();
  Instant sent = now;  // the fetch that is out, to within a round trip
  if (session.poll.parked) {
    const LongPoll::Phase phase = session.poll.phase(now, wait_of(session));
    if (phase.expired > 0) charge(session, phase.expired);
    sent = phase.at - session.poll.gap / 2;
    session.poll.parked = false;
  }
  session.broken = true;
  for (std::uint32_t r = session.first_carried; r != nil; r = readers_[r].next_carried) take_back(r);
  session.first_carried = session.first_listed = session.last_listed = nil;
  session.first_reader = session.first_joined = session.first_joining = nil;
  session.readable = 0;
  session.ahead = 0;
  for (const std::uint32_t r : member.readers) {
    Reader& reader = readers_[r];
    if (reader.session != s || failing_->readers[r].state != FailingReader::State::fetching) continue;
    note_read(r, false);
    reader.listed = reader.at_broker = reader.redirected = reader.ahead = false;
    failing_->readers[r].stuck = false;
    failing_->readers[r].error = FetchError::none;
  }
  FailingConnection* connection = connection_with(member, session.broker);
  if (connection == nullptr) connection = &member.connections.emplace_back();
  *connection = {.broker = session.broker, .session = s, .asked = session.open && member.joined};
  if (loss == Loss::reset || !member.joined) {
    connection->at = now + latency(session.member, session.broker);
  } else if (connection->asked) {
    connection->at = std::max(now, sent + retry_of(session.member).request_timeout);
  }
  wake_by(session.member, connection->at);
}

/// A fetch is sent on a connection that is dead, which its member does not know.
void Consumers::ask_in_vain(std::uint32_t s) {
  const std::uint32_t m = sessions_[s].member;
  FailingConnection* const connection = connection_with(failing_->members[m], sessions_[s].broker);
  if (connection == nullptr || connection->session != s || connection->state != FailingConnection::State::lost) return;
  expect_loss(m, *connection);
}

/// The member sends something on a dead connection: it finds out by a timeout, or as soon as the host answers again.
void Consumers::expect_loss(std::uint32_t m, FailingConnection& connection) {
  connection.asked = true;
  const bool path_is_back = reach(m, connection.broker) != Reach::silent;
  const Duration until_noticed =
      path_is_back ? 2 * latency(m, connection.broker) : Duration{retry_of(m).request_timeout};
  connection.at = std::min(connection.at, cluster_->simulation.now() + until_noticed);
  wake_by(m, connection.at);
}

/// A cut between a broker and a zone's clients is mended: what the broker had answered meanwhile comes with TCP's next
/// retransmission, taken for a reset. Of a host that has started anew a member that waits for an answer hears nothing.
void Consumers::on_link_back(BrokerIndex broker, ZoneIndex clients) {
  if (!failing_) return;
  const Instant now = cluster_->simulation.now();
  for (std::uint32_t m = 0; m < members_.size(); ++m) {
    if (members_[m].zone != clients) continue;
    FailingConnection* const connection = connection_with(failing_->members[m], broker);
    if (connection == nullptr || connection->state != FailingConnection::State::lost || !connection->asked) continue;
    const Instant sent = connection->at - retry_of(m).request_timeout;
    connection->at = std::min(connection->at, next_retransmission(sent, now) + latency(m, broker));
    wake_by(m, connection->at);
  }
}

/// The member knows: partitions of a failed fetch lose their preferred replica (F-12), all of them wait for another
/// connection, and the metadata is asked for (C-17).
void Consumers::note_loss(std::uint32_t m, FailingConnection& connection) {
  FailingMember& member = failing_->members[m];
  for (const std::uint32_t r : member.readers) {
    FailingReader& failing = failing_->readers[r];
    if (readers_[r].session != connection.session || failing.state != FailingReader::State::fetching) continue;
    withdraw(r);
    if (connection.asked) failing.preferred = nil;
    wait_for_member(r);
  }
  if (member.joined) ++failing_->groups[members_[m].group.value].connections_lost;
  const ClientRetrySpec& retry = retry_of(m);
  connection.state = FailingConnection::State::backing_off;
  connection.session = nil;
  connection.at = cluster_->simulation.now() +
                  back_off(m, retry.reconnect_backoff, retry.reconnect_backoff_max, connection.failures++);
  want_refresh(m);
}

/// Opening a connection takes a round trip, and asking for the API versions another one; a refusal comes after one.
void Consumers::connect(std::uint32_t m, FailingConnection& connection) {
  connection.state = FailingConnection::State::connecting;
  connection.reach = reach(m, connection.broker);
  const Duration there_and_back = 2 * latency(m, connection.broker);
  if (there_and_back >= connection_setup_timeout) connection.reach = Reach::silent;  // faults have made it that long
  Duration takes = there_and_back;
  if (connection.reach == Reach::yes) takes += round_trip(m, connection.broker);
  if (connection.reach == Reach::silent) {
    takes = back_off(m, connection_setup_timeout, connection_setup_timeout_max,
                     std::max<std::uint32_t>(connection.failures, 1) - 1);
  }
  connection.at = cluster_->simulation.now() + takes;
  if (connection.reach == Reach::yes)
    connection.at = cluster_->failures->answers(connection.broker, connection.at - latency(m, connection.broker)) +
                    latency(m, connection.broker);
  wake_by(m, connection.at);
}

/// Whether the connection is there now. If not, fetches that waited for it have failed (F-12).
bool Consumers::finish_connecting(std::uint32_t m, FailingConnection& connection) {
  if (connection.reach == Reach::yes && reach(m, connection.broker) == Reach::yes) return true;
  for (const std::uint32_t r : failing_->members[m].pending) {
    FailingReader& failing = failing_->readers[r];
    if (failing.state != FailingReader::State::waiting || failing.preferred == nil) continue;
    if (cluster_->replication[failing.preferred].broker == connection.broker) failing.preferred = nil;
  }
  ++failing_->groups[members_[m].group.value].connections_failed;
  const ClientRetrySpec& retry = retry_of(m);
  connection.state = FailingConnection::State::backing_off;
  connection.at = cluster_->simulation.now() +
                  back_off(m, retry.reconnect_backoff, retry.reconnect_backoff_max, connection.failures++);
  want_refresh(m);
  return false;
}

/// A partition is in no fetch session: its member has to find a connection for it.
void Consumers::wait_for_member(std::uint32_t r) {
  failing_->readers[r].state = FailingReader::State::waiting;
  std::vector<std::uint32_t>& pending = failing(readers_[r]).pending;
  if (std::find(pending.begin(), pending.end(), r) == pending.end()) pending.push_back(r);
}

/// Records of the partition are in its member's buffer: it is not fetched (C-2).
bool Consumers::buffered(std::uint32_t r) const {
  const std::uint32_t application = members_[readers_[r].member].application;
  if (application == nil) return false;
  const auto& buffer = applications_[application].buffer;
  return std::any_of(buffer.begin(), buffer.end(), [r](const BufferedPartition& part) { return part.reader == r; });
}

/// Sends a partition that waits to its preferred replica or to its leader, if its member is connected there; first of
/// all its position is validated or reset, at the leader.
void Consumers::place(std::uint32_t r) {
  const std::uint32_t m = readers_[r].member;
  FailingMember& member = failing_->members[m];
  FailingReader& failing = failing_->readers[r];
  if (!member.joined || failing.state != FailingReader::State::waiting || buffered(r)) return;
  if (failing.leader == unknown_leader) {
    note_read(r, false);
    want_refresh(m);
    return;
  }
  const bool asks_leader = failing.must_validate || failing.out_of_range;
  const BrokerIndex broker =
      asks_leader || failing.preferred == nil ? failing.leader : cluster_->replication[failing.preferred].broker;
  if (FailingConnection* const connection = connection_with(member, broker)) {
    note_read(r, false);
    const bool may_try =
        connection->state == FailingConnection::State::backing_off && connection->at <= cluster_->simulation.now();
    if (may_try) connect(m, *connection);
    if (connection->state == FailingConnection::State::lost) expect_loss(m, *connection);
    return;
  }
  const Instant now = cluster_->simulation.now();
  const bool waits = reach(m, broker) != Reach::yes || cluster_->failures->answers(broker, now) > now;
  if (!has_session(m, broker) && waits) {  // it has never been connected there, and is not at once
    note_read(r, false);
    connect(m, member.connections.emplace_back(FailingConnection{.broker = broker}));
    return;
  }
  if (asks_leader) {
    failing.state = FailingReader::State::validating;
    const LinkFaults::Passage question =
        cluster_->failures->pass(cluster_->host_of_clients(members_[m].zone), broker.value,
                                 LinkFaults::Traffic::consumer, MessageKind::offset_for_epoch);
    // One that is lost is asked again when its time is over.
    const Duration late = question.lost ? Duration{retry_of(m).request_timeout} : question.late;
    failing.validated = cluster_->simulation.now() + round_trip(m, broker) + late;
    wake_by(m, failing.validated);
    return;
  }
  failing.state = FailingReader::State::fetching;
  std::erase(member.pending, r);
  join_session(r, broker);
}

void Consumers::place_pending(std::uint32_t m) {
  const std::vector<std::uint32_t> pending = failing_->members[m].pending;
  for (const std::uint32_t r : pending) place(r);
}

/// Places what can be placed, and fetches it.
void Consumers::resume(std::uint32_t m) {
  if (failing_->members[m].pending.empty()) return;
  place_pending(m);
  if (joined_sessions_.empty()) return;
  const std::uint32_t application = members_[m].application;
  if (application == nil) {
    ask_for_joined();
    return;
  }
  take_up_joined(applications_[application]);
  poll(application);
}

/// Sees to it that the member looks at what it has at `when` at the latest.
void Consumers::wake_by(std::uint32_t m, Instant when) {
  FailingMember& member = failing_->members[m];
  if (when >= member.wakes) return;
  member.wakes = when;
  cluster_->simulation.at(when, ConsumerWakes{m});
}

/// ... when the next thing is over that it waits for.
void Consumers::schedule_wake(std::uint32_t m) {
  const FailingMember& member = failing_->members[m];
  const Instant now = cluster_->simulation.now();
  Instant next = Instant::max();
  for (const FailingConnection& connection : member.connections) {
    const bool tried = connection.state == FailingConnection::State::backing_off && connection.at <= now;
    if (!tried) next = std::min(next, connection.at);
  }
  for (const std::uint32_t r : member.pending) next = std::min(next, failing_->readers[r].validated);
  if (member.refresh != FailingMember::Refresh::idle) {
    next = std::min(next, member.refresh_at);
  } else if (member.refresh_wanted) {
    next = std::min(next, std::max(now, member.may_refresh));
  } else if (member.joined) {
    const Instant periodic = member.refreshed + cluster_->world.groups[members_[m].group.value].metadata_max_age;
    if (periodic < cluster_->recorder.end()) next = std::min(next, std::max({now, periodic, member.may_refresh}));
  }
  if (member.lease_ends != Instant::max()) next = std::min(next, member.lease_ends + Duration{1});
  wake_by(m, next);
}

/// A lease ends by itself only in a session that has something to say now and then; a follower that is cut off has
/// not (F-34).
void Consumers::expect_lease_end(std::uint32_t r) {
  FailingMember& member = failing(readers_[r]);
  member.lease_ends = std::min(member.lease_ends, moves_[r].lease_ends);
  if (member.lease_ends != Instant::max()) wake_by(readers_[r].member, member.lease_ends + Duration{1});
}

/// The fetches in which leases are over are the last of their kind: the next ones go to the leaders (F-11).
void Consumers::end_leases(std::uint32_t m) {
  FailingMember& member = failing_->members[m];
  const Instant now = cluster_->simulation.now();
  member.lease_ends = Instant::max();
  for (const std::uint32_t r : member.readers) {
    const FailingReader& failing = failing_->readers[r];
    if (failing.preferred == nil || failing.state != FailingReader::State::fetching) continue;
    if (moves_[r].lease_ends >= now) {
      member.lease_ends = std::min(member.lease_ends, moves_[r].lease_ends);
    } else if (!sessions_[readers_[r].session].broken) {
      sessions_[readers_[r].session].once = true;
      wake(readers_[r].session, false);
    }
  }
}

void Consumers::on_wakes(std::uint32_t m) {
  FailingMember& member = failing_->members[m];
  const Instant now = cluster_->simulation.now();
  if (member.wakes != now) return;  // it has been woken earlier, for something else
  member.wakes = Instant::max();
  for (std::size_t c = 0; c < member.connections.size();) {
    FailingConnection& connection = member.connections[c];
    bool there = false;
    if (connection.at <= now && connection.state == FailingConnection::State::lost) {
      note_loss(m, connection);
    } else if (connection.at <= now && connection.state == FailingConnection::State::connecting) {
      there = finish_connecting(m, connection);
    }
    if (there) {
      member.connections.erase(member.connections.begin() + static_cast<std::ptrdiff_t>(c));
    } else {
      ++c;
    }
  }
  if (member.lease_ends < now) end_leases(m);
  refresh(m);
  const std::vector<std::uint32_t> pending = member.pending;
  for (const std::uint32_t r : pending) {
    if (failing_->readers[r].validated <= now) finish_validating(r);
  }
  resume(m);
  schedule_wake(m);
}

/// Takes a partition out of its fetch session; what the answer under way carries of it is dropped (C-2).
void Consumers::withdraw(std::uint32_t index) {
  Reader& reader = readers_[index];
  const ConsumerSession& session = sessions_[reader.session];
  if (!session.broken) {
    if (reader.ahead) clear_ahead(index);
    leave_broker(index);
    drop_carried(index);
  } else if (needs_.feedback) {
    selector_->on_read_ended(reader.member, cluster_->world.brokers[session.broker.value].id);
  }
  reader.at_broker = reader.redirected = false;
  failing_->readers[index].stuck = false;
  failing_->readers[index].error = FetchError::none;
}

/// A rebalance takes the partition from its member.
void Consumers::forget(std::uint32_t r) {
  FailingMember& member = failing(readers_[r]);
  note_read(r, true);  // nobody asks for it now
  if (failing_->readers[r].state == FailingReader::State::fetching) withdraw(r);
  failing_->readers[r].state = FailingReader::State::fetching;
  failing_->readers[r].validated = Instant::max();
  std::erase(member.pending, r);
  std::erase(member.readers, r);
}

/// ... and gives it to another one, which knows its own metadata, and the epoch of the group's position (KIP-320): not
/// of a newer one that its former member had learnt of and not compared it with yet. Of an older leader it does not
/// fetch: the committed epoch is one that it has seen (Metadata.updateLastSeenEpochIfNewer).
void Consumers::adopt(std::uint32_t r) {
  FailingMember& member = failing(readers_[r]);
  const Instant now = cluster_->simulation.now();
  if (!member.joined) {
    member.joined = true;
    member.joined_at = member.refreshed = now;
    member.metadata = cluster_->failures->metadata().end();  // it has asked for it on its way into the group
    schedule_wake(readers_[r].member);
  }
  member.readers.push_back(r);
  const LeaderView view = cluster_->failures->metadata().leader(readers_[r].partition, member.metadata);
  FailingReader& failing = failing_->readers[r];
  set_leader(r, view.leader.value_or(unknown_leader));
  const bool other_epoch = failing.must_validate || view.leader_epoch != failing.leader_epoch;
  failing.must_validate = readers_[r].position > 0 && other_epoch;
  failing.leader_epoch = view.leader_epoch;
  if (const std::uint32_t seen = epoch_of_position(r); seen > view.leader_epoch) {
    set_leader(r, unknown_leader);
    failing.leader_epoch = seen - 1;  // it learns of no leader before that epoch's
  }
  failing.preferred = nil;
  failing.out_of_range = false;
}

/// Of the leader that wrote the batch before the position; 0 if there is none, or if the log that has it was replaced.
std::uint32_t Consumers::epoch_of_position(std::uint32_t index) const {
  const Reader& reader = readers_[index];
  if (has_diverged(index)) return 0;
  const auto starts = cluster_->branches->epochs(cluster_->logs[reader.partition].leading_replica());
  const auto after = std::lower_bound(starts.begin(), starts.end(), reader.position,
                                      [](EpochStart start, std::uint32_t end) { return start.position < end; });
  return after == starts.begin() ? 0 : std::prev(after)->epoch;
}

/// Brings the account of a parked fetch up to now, before the rule of its waiting changes.
void Consumers::settle_poll(std::uint32_t s) {
  ConsumerSession& session = sessions_[s];
  if (!session.poll.parked) return;
  const LongPoll::Phase phase = session.poll.phase(cluster_->simulation.now(), wait_of(session));
  if (phase.expired > 0) charge(session, phase.expired);
  session.poll.parked = phase.parked;
  if (phase.parked) {
    session.poll.parked_since = phase.at;
  } else {
    cluster_->simulation.at(phase.at, ConsumerFetchHandled{s});
  }
}

/// The partition keeps its session from waiting: every fetch is answered at once (C-9). No event is spent on the ones
/// that carry nothing.
void Consumers::set_ahead(std::uint32_t index) {
  settle_poll(readers_[index].session);
  readers_[index].ahead = true;
  ++sessions_[readers_[index].session].ahead;
}
void Consumers::clear_ahead(std::uint32_t index) {
  settle_poll(readers_[index].session);
  readers_[index].ahead = false;
  --sessions_[readers_[index].session].ahead;
  expect_expiry(readers_[index].session);
}

/// The replica it reads shows more: its next fetch may wait again once that has come to its position.
void Consumers::catch_up(std::uint32_t index) {
  if (failing_->readers[index].stuck || readers_[index].position > end_of(readers_[index])) return;
  clear_ahead(index);
}

void Consumers::note_delivery(const Reader& reader, std::uint32_t index) {
  const Batch& batch = cluster_->batches[index];
  const std::uint32_t r = index_of(reader);
  FailingReader& failing = failing_->readers[r];
  failing.last_batch = index;
  if (cluster_->checks) cluster_->checks->on_delivered(r, index);
  failing.next_offset = batch.base_offset + batch.journey.run.count;
}

void Consumers::note_gap(const Reader& reader, const BatchJourney& journey, Instant handed) {
  FailingReader& failing = failing_->readers[index_of(reader)];
  const Instant waits_since = std::max(failing_->members[reader.member].joined_at, reader.handed_until);
  const Duration gap = handed - std::max(waits_since, journey.run.first);
  if (gap <= failing.longest_gap) return;
  failing.longest_gap = gap;
  failing.gap_ended = handed;
}

/// For what is reported of availability: whether the group gets answers about the partition, other than errors.
void Consumers::note_read(std::uint32_t index, bool answered) {
  FaultLedger& ledger = *cluster_->recorder.faults();
  const Instant now = cluster_->simulation.now();
  if (answered) {
    ledger.on_read_served(index, now);
  } else {
    ledger.on_read_lost(index, readers_[index].partition, readers_[index].group.value, now);
  }
}

void Consumers::note_silence(BrokerIndex broker, bool silent) {
  for (std::uint32_t r = 0; r < readers_.size(); ++r) {
    const Reader& reader = readers_[r];
    if (reader.member == nil || !reader.at_broker || failing_->readers[r].stuck) continue;
    const ConsumerSession& session = sessions_[reader.session];
    if (!session.broken && session.broker == broker) note_read(r, !silent);
  }
}

void Consumers::note_redirect(std::uint32_t index) {
  const BrokerIndex broker = cluster_->replication[moves_[index].preferred].broker;
  if (!cluster_->failures->running(broker)) ++troubles(readers_[index]).redirects_to_dead;
}

Records Consumers::skipped() const {
  Records skipped = 0;
  if (!failing_) return skipped;
  for (const ConsumerTroubles& troubles : failing_->groups) skipped += troubles.skipped;
  return skipped;
}

Records Consumers::lost_after_delivery() const {
  Records lost = 0;
  if (!failing_) return lost;
  for (const ConsumerTroubles& troubles : failing_->groups) lost += troubles.lost_after_delivery;
  return lost;
}

void Consumers::enter_troubles(TrialResult& result) const {
  if (!failing_) return;
  for (std::size_t g = 0; g < result.groups.size(); ++g) result.groups[g].troubles = failing_->groups[g];
  for (std::uint32_t r = 0; r < readers_.size(); ++r) {
    const FailingReader& failing = failing_->readers[r];
    ConsumerTroubles& troubles = result.groups[readers_[r].group.value].troubles;
    if (failing.longest_gap <= troubles.longest_gap) continue;
    troubles.longest_gap = failing.longest_gap;
    troubles.gap_ended = failing.gap_ended.time_since_epoch();
    troubles.gap_partition = readers_[r].partition;
  }
}

}  // namespace brokersim
