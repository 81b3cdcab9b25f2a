// SPDX-License-Identifier: Apache-2.0
// Groups when brokers, links or members fail: coordinators that move, requests that are lost and sent again, members
// that fall silent (G-10, G-12, C-13, C-17). Nothing here is called while nothing may fail.
//
// The group's state is in __consumer_offsets, so the next coordinator has its members, but nobody's request.
#include <algorithm>
#include <utility>

#include "sim/model/cluster.hpp"
#include "sim/model/retransmission.hpp"

namespace brokersim {
namespace {

constexpr Duration join_slack = std::chrono::seconds{5};  // a JoinGroup may take the rebalance timeout and that
constexpr Duration busy_poll = std::chrono::milliseconds{10};
constexpr Duration consumer_session_timeout = std::chrono::seconds{45};  // group.consumer.session.timeout.ms (G-20)

}  // namespace

/// Replicas of the group's partition of __consumer_offsets: the broker that is stated to lead it first.
void GroupCoordinators::prepare_for_failures(Group& group, std::vector<BrokerIndex> replicas) {
  const auto led = std::find(replicas.begin(), replicas.end(), group.broker);
  if (led == replicas.end()) {
    replicas.back() = group.broker;
    std::rotate(replicas.begin(), replicas.end() - 1, replicas.end());
  }
  group.replicas = std::move(replicas);
  group.leader_of_offsets = group.broker;
}

/// The controller has written that the broker is fenced, or not: the partitions of __consumer_offsets that it led get
/// the next replica that is there, in their order (L-1). It does not lead them again when it is back before somebody
/// else fails.
void GroupCoordinators::on_registration(BrokerIndex broker, bool serves) {
  for (Group& group : groups_) {
    if (serves) {
      const bool has_it = std::find(group.replicas.begin(), group.replicas.end(), broker) != group.replicas.end();
      if (!group.leader_of_offsets && has_it) group.leader_of_offsets = broker;
      continue;
    }
    if (group.leader_of_offsets != broker) continue;
    group.leader_of_offsets.reset();
    const MetadataLog& metadata = cluster_->failures->metadata();
    const auto next = std::find_if(group.replicas.begin(), group.replicas.end(), [&](BrokerIndex other) {
      return other != broker && metadata.broker(other, metadata.end()).is_active();
    });
    if (next != group.replicas.end()) group.leader_of_offsets = *next;
  }
}

/// The broker has applied metadata: what it is to coordinate from now on it has loaded by then.
void GroupCoordinators::on_metadata(BrokerIndex broker) {
  for (std::uint32_t g = 0; g < groups_.size(); ++g) {
    if (groups_[g].leader_of_offsets == broker && !(groups_[g].broker == broker && groups_[g].coordinated))
      take_over(g);
  }
}

/// Those under way that `lost` names, and their answers.
template <class Lost>
void GroupCoordinators::lose_requests(Lost lost, Loss loss) {
  for (std::uint32_t id = 0; id < requests_.size(); ++id) {
    if (requests_[id].under_way && lost(requests_[id])) lose(id, loss);
  }
}

void GroupCoordinators::take_over(std::uint32_t g) {
  Group& group = groups_[g];
  lose_requests([&](const GroupRequest& request) { return members_[request.member].group == g; }, Loss::reset);
  if (cluster_->checks && group.broker != *group.leader_of_offsets)
    cluster_->checks->note(RareState::coordinator_moved);
  group.broker = *group.leader_of_offsets;
  group.coordinated = true;
  group.delayed = false;
  if (group.classic && group.phase != Group::Phase::stable && group.phase != Group::Phase::empty)
    group.phase = Group::Phase::joining;
  for (const std::uint32_t m : group.known) expect_life(m);
}

void GroupCoordinators::on_broker_lost(BrokerIndex broker, Loss loss) {
  for (Group& group : groups_) {
    if (group.broker == broker) group.coordinated = false;
  }
  lose_requests([&](const GroupRequest& request) { return request.to == broker; }, loss);
}

void GroupCoordinators::on_link_lost(BrokerIndex broker, ZoneIndex clients, Loss loss) {
  lose_requests(
      [&](const GroupRequest& request) {
        return request.to == broker && cluster_->consumers.zone_of(request.member) == clients;
      },
      loss);
}

/// A cut between a broker and a zone's clients is mended: what members have not heard of comes with TCP's next
/// retransmission, taken for a reset.
void GroupCoordinators::on_link_back(BrokerIndex broker, ZoneIndex clients) {
  const Instant now = cluster_->simulation.now();
  for (std::uint32_t id = 0; id < requests_.size(); ++id) {
    GroupRequest request = requests_[id];
    if (request.lost == Instant::max() || request.to != broker) continue;
    if (cluster_->consumers.zone_of(request.member) != clients) continue;
    const Instant hears = next_retransmission(request.lost, now) + cluster_->consumers.latency(request.member, broker);
    if (hears >= request.noticed) continue;
    cluster_->simulation.cancel(request.retry);
    recycle(id);
    request.lost = Instant::max();
    ask_again(request, hears - now);
  }
}

/// A request, or its answer, will not arrive. Its event frees its place, unless it was parked and has none.
void GroupCoordinators::drop(std::uint32_t id) {
  requests_[id].under_way = false;
  if (std::erase(group_of(members_[requests_[id].member]).parked, id) > 0) recycle(id);
}

void GroupCoordinators::lose(std::uint32_t id, Loss loss) {
  const GroupRequest request = requests_[id];
  drop(id);
  find_out(request, loss);
}

void GroupCoordinators::on_message_lost(GroupEvent message) {
  if (requests_[message.id()].under_way) lose(message.id(), Loss::silent);
}

std::optional<MessageKind> GroupCoordinators::kind_of(GroupEvent message) const {
  if (message.kind() != GroupEvent::Kind::request_arrived) return std::nullopt;
  switch (requests_[message.id()].kind) {
    case GroupRequest::Kind::heartbeat:
      return MessageKind::group_heartbeat;
    case GroupRequest::Kind::commit:
      return MessageKind::commit;
    default:
      return std::nullopt;
  }
}

Duration GroupCoordinators::patience_of(const GroupRequest& request, const ConsumerGroupSpec& spec) {
  if (request.kind != GroupRequest::Kind::join) return spec.retry.request_timeout;
  return std::max<Duration>(spec.retry.request_timeout, spec.max_poll_interval + join_slack);
}

Duration GroupCoordinators::patience_of(GroupEvent message) const {
  const GroupRequest& request = requests_[message.id()];
  return patience_of(request, *groups_[members_[request.member].group].spec);
}

Instant GroupCoordinators::in_order(GroupEvent message, Instant at) {
  const GroupRequest& request = requests_[message.id()];
  Member& member = members_[request.member];
  if (!request.under_way) return at;
  if (member.connected != request.to) {
    member.connected = request.to;
    member.last_request = member.last_answer = Instant{};
  }
  Instant& last = message.kind() == GroupEvent::Kind::request_arrived ? member.last_request : member.last_answer;
  return last = std::max(last, at);
}

/// The member finds out that there is no answer, by the connection or by a timeout, and asks again. What it commits
/// every few seconds it commits the next time.
void GroupCoordinators::find_out(GroupRequest request, Loss loss) {
  Member& member = members_[request.member];
  const Group& group = group_of(member);
  if (cluster_->checks && request.kind == GroupRequest::Kind::commit) cluster_->checks->note(RareState::commit_lost);
  if (request.kind == GroupRequest::Kind::commit && request.next == GroupRequest::Next::nothing) return;
  if (request.kind == GroupRequest::Kind::heartbeat) member.heartbeat_lost = true;
  Duration noticed = cluster_->consumers.latency(request.member, group.broker);
  if (loss == Loss::silent) {
    noticed = patience_of(request, *group.spec);
    request.to = group.broker;
    request.lost = cluster_->simulation.now();
  }
  request.failures = 0;
  request.life = member.life;
  ask_again(request, noticed);
}

/// What comes of a member's attempt to reach its coordinator; one that is gone and not replaced refuses.
Reach GroupCoordinators::reach(std::uint32_t m) const {
  const Group& group = groups_[members_[m].group];
  const Reach host = cluster_->consumers.reach(m, group.broker);
  return host == Reach::yes && !group.coordinated ? Reach::refused : host;
}

/// Nobody can take the request that a member is about to send.
bool GroupCoordinators::send_in_vain(const GroupRequest& request) {
  const Reach coordinator = reach(request.member);
  if (coordinator == Reach::yes) return false;
  find_out(request, coordinator == Reach::silent ? Loss::silent : Loss::reset);
  return true;
}

/// The member looks for the coordinator, a back-off after it has noticed.
void GroupCoordinators::ask_again(GroupRequest request, Duration noticed) {
  const ClientRetrySpec& retry = group_of(members_[request.member]).spec->retry;
  const Duration wait =
      cluster_->consumers.back_off(request.member, retry.retry_backoff, retry.retry_backoff_max, request.failures++);
  request.under_way = false;
  request.noticed = cluster_->simulation.now() + noticed;
  const std::uint32_t id = keep(request);
  requests_[id].retry = cluster_->simulation.in(noticed + wait, GroupEvent::of(GroupEvent::Kind::request_retried, id));
}

void GroupCoordinators::on_request_retried(std::uint32_t id) {
  GroupRequest request = requests_[id];
  recycle(id);
  request.lost = Instant::max();
  const std::uint32_t m = request.member;
  Member& member = members_[m];
  const Group& group = group_of(member);
  const bool leaves = request.kind == GroupRequest::Kind::leave || request.next == GroupRequest::Next::leave;
  const bool is_heartbeat = request.kind == GroupRequest::Kind::heartbeat;
  if ((request.life != member.life || !member.running) && !leaves) return;
  if ((is_heartbeat && beats_no_more(m)) || (leaves && run_is_over() && !group.account.open)) return;
  if (reach(m) != Reach::yes) {
    ask_again(request, Duration::zero());
    return;
  }
  switch (request.kind) {
    case GroupRequest::Kind::heartbeat:
      member.heartbeat_lost = false;
      beat(m, true);
      break;
    case GroupRequest::Kind::join:
    case GroupRequest::Kind::sync:
      if (member.joining) {
        send_join(m);
      } else if (is_unknown(m)) {
        enter_group(m);
      }
      break;
    default:
      send(request);
      break;
  }
}

/// Whether a request moves its member's session on. Under KIP-848 only heartbeats do, under the classic protocol
/// commits also, but not while a rebalance waits for SyncGroup (OffsetMetadataManager.commitOffset).
bool GroupCoordinators::shows_life(const GroupRequest& request) const {
  const Group& group = groups_[members_[request.member].group];
  if (request.kind == GroupRequest::Kind::commit)
    return group.classic && (group.phase == Group::Phase::stable || group.phase == Group::Phase::joining);
  return request.kind != GroupRequest::Kind::fetch_offsets && request.kind != GroupRequest::Kind::leave;
}

/// The coordinator has heard of a member: it is taken to live for session.timeout.ms (G-10).
void GroupCoordinators::expect_life(std::uint32_t m) {
  const Group& group = group_of(members_[m]);
  const Duration timeout =
      cluster_->timer(group.broker, group.classic ? group.spec->session_timeout : consumer_session_timeout);
  cluster_->simulation.cancel(members_[m].session);
  members_[m].session = cluster_->simulation.in(timeout, GroupEvent::of(GroupEvent::Kind::session_expired, m));
}

/// Nothing was heard of a member for session.timeout.ms: it is out of the group, and others read its partitions. One
/// that waits for a rebalance to end lives.
void GroupCoordinators::on_session_expired(std::uint32_t m) {
  Member& member = members_[m];
  Group& group = group_of(member);
  if (is_unknown(m) || !group.coordinated) return;
  const bool waits = std::any_of(group.parked.begin(), group.parked.end(),
                                 [&](std::uint32_t id) { return requests_[id].member == m; });
  // Heartbeats end with the run, but not because anybody fails.
  const bool only_quiet = run_is_over() && member.running && reach(m) == Reach::yes;
  if (waits || only_quiet) {
    expect_life(m);
    return;
  }
  if (cluster_->consumers.processing(m)) {  // what its application has in hand is handed over
    member.session = cluster_->simulation.in(busy_poll, GroupEvent::of(GroupEvent::Kind::session_expired, m));
    return;
  }
  open_account(group);
  stop_taking_part(m);
  member.assigned.clear();
  forget(group, m);
  if (member.restarts) come_back(m);
  if (!run_is_over()) return;
  for (const std::uint32_t other : group.known) {  // heartbeats had ended: nobody would hear of it
    if (members_[other].running) beat(other);
  }
}

/// A member reads nothing any more, and no rebalance waits for it by its own doing.
void GroupCoordinators::stop_taking_part(std::uint32_t m) {
  Member& member = members_[m];
  give_up(m, PartitionList{member.reading});
  member.coming.clear();
  if (member.joining && is_unknown(m)) --group_of(member).changes;  // its joining comes to nothing
  member.joining = member.synced = member.must_join = false;
  member.must_reconcile = member.reconciling = member.must_confirm = false;
}

void GroupCoordinators::crash(std::uint32_t m) {
  members_[m].crashing = true;
  attend(m);
}

/// Its requests come to nothing, its partitions are read by nobody, and the coordinator does not know.
void GroupCoordinators::die(std::uint32_t m) {
  Member& member = members_[m];
  open_account(group_of(member));
  cluster_->simulation.cancel(member.heartbeat);
  drop_requests_of(m);
  stop_taking_part(m);
  member.running = member.crashing = member.closing = member.out = false;
  member.dead = true;
  ++member.life;
  member.heartbeat_lost = false;
  cluster_->consumers.start_anew(m);
  if (std::exchange(member.starts_again, false)) start_again(m);
}

/// Nothing that a member has asked for is answered; only its farewell still comes.
void GroupCoordinators::drop_requests_of(std::uint32_t m) {
  for (std::uint32_t id = 0; id < requests_.size(); ++id) {
    const GroupRequest& request = requests_[id];
    if (request.under_way && request.member == m && request.kind != GroupRequest::Kind::leave) drop(id);
  }
}

void GroupCoordinators::on_poll_stalls(std::uint32_t m, Instant last_poll) {
  if (!runs(m)) return;
  const Instant overdue = last_poll + group_of(members_[m]).spec->max_poll_interval;
  cluster_->simulation.at(std::max(overdue, cluster_->simulation.now()),
                          GroupEvent::of(GroupEvent::Kind::poll_overdue, m));
}

/// max.poll.interval.ms is over: the member's heartbeat thread says that it leaves, and others read its partitions.
/// What it had fetched and not handed over is lost to it.
void GroupCoordinators::on_poll_overdue(std::uint32_t m) {
  Member& member = members_[m];
  Group& group = group_of(member);
  const std::optional<Instant> last_poll = cluster_->consumers.stalled_since(m);
  const Instant now = cluster_->simulation.now();
  if (!member.running || member.out || !last_poll || *last_poll + group.spec->max_poll_interval > now) return;
  if (cluster_->consumers.processing(m)) {  // what its application has in hand is handed over
    cluster_->simulation.in(busy_poll, GroupEvent::of(GroupEvent::Kind::poll_overdue, m));
    return;
  }
  open_account(group);
  cluster_->simulation.cancel(member.heartbeat);
  drop_requests_of(m);
  stop_taking_part(m);
  member.assigned.clear();
  member.generation = no_generation;
  member.heartbeat_lost = false;
  member.out = true;
  ++member.life;
  if (is_unknown(m)) return;
  ++group.changes;
  send_leave(m);
}

/// A member that had left polls again: it joins anew, as soon as its farewell has come.
void GroupCoordinators::poll_again(std::uint32_t m) {
  Member& member = members_[m];
  member.out = false;
  if (member.closing) {
    member.running = false;
  } else if (is_unknown(m)) {
    enter_group(m);
  } else {
    member.restarts = true;
  }
}

/// The coordinator has put a member out that is there again.
void GroupCoordinators::come_back(std::uint32_t m) {
  members_[m].restarts = false;
  ++members_[m].life;  // what it says of leaving comes too late
  if (members_[m].running) {
    enter_group(m);
  } else {
    on_member_starts(m);
  }
}

void GroupCoordinators::start_again(std::uint32_t m) {
  if (members_[m].crashing) {
    members_[m].starts_again = true;
    return;
  }
  if (!std::exchange(members_[m].dead, false)) return;
  if (is_unknown(m)) {
    on_member_starts(m);
  } else {
    members_[m].restarts = true;
  }
}

/// Heartbeats end with the run, when no rebalance is on: but one of a member that is out of the group, and does not
/// know, will bring it back.
bool GroupCoordinators::beats_no_more(std::uint32_t m) const {
  return run_is_over() && !groups_[members_[m].group].account.open && !is_unknown(m);
}

/// Whether the coordinator does not have the member in its group: UNKNOWN_MEMBER_ID, but to one that joins.
bool GroupCoordinators::is_unknown(std::uint32_t m) const {
  const Group& group = groups_[members_[m].group];
  return !std::binary_search(group.known.begin(), group.known.end(), m);
}

}  // namespace brokersim
