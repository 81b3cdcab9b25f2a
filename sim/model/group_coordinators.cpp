// SPDX-License-Identifier: Apache-2.0
// Where a group is coordinated, requests and answers, heartbeats and commits. classic_groups.cpp and
// incremental_groups.cpp have the rebalances, rebalance_accounts.cpp what is said of them.
#include "sim/model/group_coordinators.hpp"

#include <algorithm>

#include "sim/model/cluster.hpp"
#include "sim/policy/java_arithmetic.hpp"
#include "sim/policy/placement/striped_replica_placer.hpp"

namespace brokersim {
namespace {

constexpr std::uint32_t offsets_topic_replication_factor = 3;  // offsets.topic.replication.factor

}  // namespace

std::uint32_t offsets_partition_of(std::string_view group_id) {
  return java_magnitude(java_string_hash(group_id)) % offsets_topic_partitions;
}

/// __consumer_offsets is placed as KRaft places any new topic.
std::vector<BrokerIndex> GroupCoordinators::replicas_by_hash(std::string_view group_id) const {
  const WorldSpec& world = cluster_->world;
  std::vector<PlacementBroker> brokers;
  for (const BrokerSpec& broker : world.brokers) {
    brokers.push_back({broker.id, world.network.zones[broker.zone.value], false});
  }
  RandomStream random({cluster_->random.seed, 0}, "placement", "__consumer_offsets");
  const auto copies = std::min(offsets_topic_replication_factor, static_cast<std::uint32_t>(brokers.size()));
  const auto replicas = place_striped(brokers, {offsets_topic_partitions, copies}, random);
  std::vector<BrokerIndex> of_group;
  for (const std::int32_t id : replicas[offsets_partition_of(group_id)]) {
    std::uint32_t b = 0;
    while (brokers[b].id != id) ++b;
    of_group.push_back(BrokerIndex{b});
  }
  return of_group;
}

void GroupCoordinators::add_group(GroupIndex index, std::span<const std::uint32_t> members,
                                  const GroupAssignment& first) {
  const WorldSpec& world = cluster_->world;
  Group& group = groups_.emplace_back();
  group.index = index;
  group.spec = &world.groups[index.value];
  const std::optional<BrokerIndex>& stated = group.spec->coordination->broker;
  const std::vector<BrokerIndex> replicas = replicas_by_hash(group.spec->id);
  group.broker = stated ? *stated : replicas.front();
  if (cluster_->failures) prepare_for_failures(group, replicas);
  group.classic = name_of(group.spec->assignor).protocol == GroupProtocol::classic;
  group.cooperative = group.spec->assignor == AssignorKind::cooperative_sticky;
  group.first_member = members.front();
  members_.resize(members.back() + 1);
  group.target = first.of_member;
  group.current = first.of_member;
  group.revoking.resize(members.size());
  for (std::uint32_t m = 0; m < members.size(); ++m) {
    Member& member = members_[members[m]];
    member.group = static_cast<std::uint32_t>(groups_.size() - 1);
    member.number = m;
    if (group.spec->members[m].join_at) continue;
    member.running = true;
    member.generation = group.generation;
    member.reading = member.assigned = first.of_member[m];
    group.known.push_back(members[m]);
  }
  group.phase = group.known.empty() ? Group::Phase::empty : Group::Phase::stable;
  group.leader = group.known.empty() ? nil : group.known.front();
}

void GroupCoordinators::start() {
  const WorldSpec& world = cluster_->world;
  if (groups_.empty()) return;
  for (Group& group : groups_) {
    std::vector<std::uint32_t> topics;
    for (const TopicIndex topic : group.spec->topics) topics.push_back(topic.value);
    std::sort(topics.begin(), topics.end());
    for (const std::uint32_t topic : topics) {
      for (std::uint32_t number = 0; number < world.topics[topic].partitions; ++number) {
        group.partitions.push_back({topic, number});
        group.readers.push_back(
            cluster_->consumers.reader_of(cluster_->logs.first_of(TopicIndex{topic}) + number, group.index));
      }
    }
    group.owner.resize(group.readers.size(), nil);
    group.stopped.resize(group.readers.size(), Instant::max());
    group.committed.resize(group.readers.size());
    for (const std::uint32_t m : group.known) {
      for (const AssignablePartition partition : members_[m].reading) group.owner[place_of(group, partition)] = m;
    }
    for (std::uint32_t n = 0; n < group.spec->members.size(); ++n) start_member(group, n);
  }
}

/// Members that are there from the beginning send their first commits, and those of a KIP-848 group their heartbeats,
/// at moments of their own. Heartbeats of a classic group are in step: the answer to JoinGroup, which all get at once,
/// sets their timers (AbstractCoordinator's JoinGroupResponseHandler, HeartbeatThread.enable).
void GroupCoordinators::start_member(const Group& group, std::uint32_t number) {
  const MemberSpec& spec = group.spec->members[number];
  const std::uint32_t m = group.first_member + number;
  const auto at = [&](const std::optional<Duration>& when, auto event) {
    if (when && *when < cluster_->limits.duration) cluster_->simulation.at(Instant{*when}, event);
  };
  at(spec.join_at, GroupEvent::of(GroupEvent::Kind::member_starts, m));
  at(spec.leave_at, GroupEvent::of(GroupEvent::Kind::member_stops, m));
  if (spec.join_at) return;
  if (cluster_->failures) expect_life(m);
  RandomStream random(cluster_->random, "heartbeats", group.spec->id + "/" + std::to_string(number));
  const auto within = [&](Duration interval) { return Instant{group.spec->starts_at + random.within(interval)}; };
  Instant first_heartbeat = within(heartbeat_interval(group));
  if (group.classic) {
    RandomStream last_rebalance(cluster_->random, "heartbeats", group.spec->id);
    first_heartbeat = Instant{group.spec->starts_at + last_rebalance.within(heartbeat_interval(group))};
  }
  members_[m].heartbeat = cluster_->simulation.at(first_heartbeat, GroupEvent::of(GroupEvent::Kind::heartbeat_due, m));
  if (group.spec->coordination->auto_commit)
    cluster_->simulation.at(within(group.spec->coordination->auto_commit_interval),
                            GroupEvent::of(GroupEvent::Kind::commit_due, m));
}

std::size_t GroupCoordinators::place_of(const Group& group, AssignablePartition partition) const {
  const auto found = std::lower_bound(group.partitions.begin(), group.partitions.end(), partition);
  return static_cast<std::size_t>(found - group.partitions.begin());
}

/// From then on nobody comes or goes and nothing is sent, so heartbeats matter only while a rebalance is under way.
bool GroupCoordinators::run_is_over() const {
  return cluster_->simulation.now() >= Instant{cluster_->limits.duration};
}

Duration GroupCoordinators::heartbeat_interval(const Group& group) const {
  return group.classic ? group.spec->heartbeat_interval
                       : cluster_->world.brokers[group.broker.value].group_consumer_heartbeat_interval;
}

void GroupCoordinators::on(GroupEvent event) {
  switch (event.kind()) {
    case GroupEvent::Kind::member_starts:
      return on_member_starts(event.id());
    case GroupEvent::Kind::member_stops:
      return on_member_stops(event.id());
    case GroupEvent::Kind::heartbeat_due:
      return on_heartbeat_due(event.id());
    case GroupEvent::Kind::commit_due:
      return on_commit_due(event.id());
    case GroupEvent::Kind::request_arrived:
      return on_request_arrived(event.id());
    case GroupEvent::Kind::request_handled:
      return on_request_handled(event.id());
    case GroupEvent::Kind::request_answered:
      return on_request_answered(event.id());
    case GroupEvent::Kind::join_delay_over:
      return on_join_delay_over(event.id());
    case GroupEvent::Kind::request_retried:
      return on_request_retried(event.id());
    case GroupEvent::Kind::session_expired:
      return on_session_expired(event.id());
    case GroupEvent::Kind::poll_overdue:
      return on_poll_overdue(event.id());
  }
}

// Requests and answers.

Leg GroupCoordinators::way_to(std::uint32_t m) const {
  return cluster_->consumers.way_to(m, groups_[members_[m].group].broker);
}

GroupMessages GroupCoordinators::messages_of(const Group& group) const {
  return {group.spec->id, name_of(group.spec->assignor).name};
}

std::vector<TopicPartitions> GroupCoordinators::by_topic(const PartitionList& partitions) const {
  std::vector<TopicPartitions> topics;
  for (std::size_t p = 0; p < partitions.size(); ++p) {
    if (p == 0 || partitions[p].topic != partitions[p - 1].topic)
      topics.push_back({static_cast<Bytes>(cluster_->world.topics[partitions[p].topic].id.size()), 0});
    ++topics.back().partitions;
  }
  return topics;
}

void GroupCoordinators::send(const GroupRequest& request) {
  if (cluster_->failures && send_in_vain(request)) return;
  const std::uint32_t id = keep(request);
  requests_[id].under_way = true;
  requests_[id].to = group_of(members_[request.member]).broker;
  cluster_->send(way_to(request.member), cluster_->simulation.now(), cluster_->network.tcp().wire(request.message), 0,
                 GroupEvent::of(GroupEvent::Kind::request_arrived, id));
}

std::uint32_t GroupCoordinators::keep(const GroupRequest& request) {
  std::uint32_t id = free_request_;
  if (id == nil) {
    id = static_cast<std::uint32_t>(requests_.size());
    requests_.emplace_back();
  } else {
    free_request_ = requests_[id].next_free;
  }
  requests_[id] = request;
  return id;
}

void GroupCoordinators::recycle(std::uint32_t id) {
  requests_[id].under_way = false;
  requests_[id].lost = Instant::max();
  requests_[id].next_free = free_request_;
  free_request_ = id;
}

/// A commit is validated and appended as a produce request is; the others cost the look-up of a fetch.
void GroupCoordinators::on_request_arrived(std::uint32_t id) {
  if (!requests_[id].under_way) return recycle(id);
  const GroupRequest& request = requests_[id];
  Broker& broker = cluster_->brokers[groups_[members_[request.member].group].broker.value];
  const ServiceCosts& costs = broker.spec().service;
  const Bytes wire = cluster_->network.tcp().wire(request.message);
  const Instant received = broker.receive(cluster_->simulation.now(), wire);
  const Duration work =
      request.kind == GroupRequest::Kind::commit ? costs.produce.of(request.message) : costs.fetch.per_request;
  cluster_->simulation.at(broker.handle(received, wire, work).end,
                          GroupEvent::of(GroupEvent::Kind::request_handled, id));
}

void GroupCoordinators::on_request_handled(std::uint32_t id) {
  if (!requests_[id].under_way) return recycle(id);
  GroupRequest& request = requests_[id];
  Group& group = group_of(members_[request.member]);
  request.handled = cluster_->simulation.now();
  const std::uint32_t m = request.member;
  switch (request.kind) {
    case GroupRequest::Kind::heartbeat:
      on_member_heartbeat(id);
      break;
    case GroupRequest::Kind::join:
      on_join(id);
      break;
    case GroupRequest::Kind::sync:
      on_sync(id);
      break;
    case GroupRequest::Kind::leave:
      answer(id);
      --group.changes;
      if (is_unknown(m) || requests_[id].life != members_[m].life) break;
      forget(group, m);
      if (members_[m].restarts) come_back(m);
      break;
    case GroupRequest::Kind::commit:
    case GroupRequest::Kind::fetch_offsets:
      answer(id);
      break;
  }
  if (cluster_->failures && !is_unknown(m) && shows_life(requests_[id])) expect_life(m);
}

void GroupCoordinators::answer(std::uint32_t id) {
  const GroupRequest& request = requests_[id];
  Network& network = cluster_->network;
  const Leg back = way_to(request.member).back();
  const Instant now = cluster_->simulation.now();
  const Bytes wire = network.tcp().wire(request.answer);
  network.acknowledge_if_late(back, request.handled, now);
  const Instant left = cluster_->brokers[back.from_host].respond(now, wire, 0);
  // The member's next request to its coordinator comes seconds later.
  network.acknowledge(back.back(), left, 1);
  cluster_->send(back, left, wire, 0, GroupEvent::of(GroupEvent::Kind::request_answered, id));
}

void GroupCoordinators::on_request_answered(std::uint32_t id) {
  const GroupRequest request = requests_[id];
  recycle(id);
  if (!request.under_way) return;
  const std::uint32_t m = request.member;
  Member& member = members_[m];
  const Group& group = group_of(member);
  if (request.unknown) {
    if (member.running && is_unknown(m) && (request.kind == GroupRequest::Kind::sync || !member.joining))
      enter_group(m);
    return;
  }
  switch (request.kind) {
    case GroupRequest::Kind::heartbeat:
      if (!member.running) break;
      if (group.classic) {
        if (request.rebalance && !member.joining) member.must_join = true;
      } else {
        if (is_unknown(m) || request.life != member.life) break;
        member.joining = false;
        member.assigned = request.assigned;
        if (member.assigned != held_by(member)) member.must_reconcile = true;
      }
      attend(m);
      break;
    case GroupRequest::Kind::commit:
      go_on(m, request.next);
      break;
    case GroupRequest::Kind::join:
      expect_heartbeat(m);
      send_sync(m);
      break;
    case GroupRequest::Kind::sync:
      if (request.rebalance) {
        member.joining = false;
        member.must_join = true;
      } else {
        member.synced = true;
      }
      attend(m);
      break;
    case GroupRequest::Kind::fetch_offsets:
      if (member.running) read_what_came(m);
      break;
    case GroupRequest::Kind::leave:
      break;
  }
}

// Heartbeats and commits.

void GroupCoordinators::expect_heartbeat(std::uint32_t m) {
  cluster_->simulation.cancel(members_[m].heartbeat);
  members_[m].heartbeat = cluster_->simulation.in(heartbeat_interval(group_of(members_[m])),
                                                  GroupEvent::of(GroupEvent::Kind::heartbeat_due, m));
}

void GroupCoordinators::on_heartbeat_due(std::uint32_t m) {
  if (beats_no_more(m)) return;
  beat(m);
}

/// A heartbeat of KIP-848 states what its member holds when that has changed, or when the one before was lost; but
/// what it is giving up it still holds (ConsumerHeartbeatRequestManager's SentFields). again  that one was
void GroupCoordinators::beat(std::uint32_t m, bool again) {
  Member& member = members_[m];
  const Group& group = group_of(member);
  if (member.heartbeat_lost) {
    expect_heartbeat(m);
    return;
  }
  const GroupMessages messages = messages_of(group);
  GroupRequest request;
  request.member = m;
  request.life = member.life;
  if (group.classic) {
    request.message = messages.heartbeat();
    request.answer = GroupMessages::heartbeat_answer();
  } else {
    request.is_full = again || member.joining;
    if ((request.is_full || member.must_confirm) && !member.reconciling) {
      request.owned = held_by(member);
      member.must_confirm = false;
    }
    request.message =
        messages.consumer_heartbeat(request.is_full ? by_topic(group.partitions) : std::vector<TopicPartitions>{},
                                    request.owned ? by_topic(*request.owned) : std::vector<TopicPartitions>{});
    request.answer = GroupMessages::consumer_heartbeat_answer({});
  }
  send(request);
  expect_heartbeat(m);
}

void GroupCoordinators::on_commit_due(std::uint32_t m) {
  Member& member = members_[m];
  if (!member.running || run_is_over()) return;
  cluster_->simulation.in(group_of(member).spec->coordination->auto_commit_interval,
                          GroupEvent::of(GroupEvent::Kind::commit_due, m));
  member.commit_due = true;
  attend(m);
}

/// A member with enable.auto.commit commits how far it has read in all its partitions, and goes on once that is
/// answered. Without, its application is taken to have committed what it was handed.
void GroupCoordinators::commit(std::uint32_t m, GroupRequest::Next next) {
  const Member& member = members_[m];
  Group& group = group_of(member);
  if (!group.spec->coordination->auto_commit || member.reading.empty()) {
    go_on(m, next);
    return;
  }
  for (const AssignablePartition partition : member.reading) {
    const std::size_t place = place_of(group, partition);
    group.committed[place] = cluster_->consumers.position_of(group.readers[place]);
  }
  const std::vector<TopicPartitions> topics = by_topic(member.reading);
  GroupRequest request;
  request.kind = GroupRequest::Kind::commit;
  request.next = next;
  request.member = m;
  request.message = messages_of(group).commit(topics);
  request.answer = GroupMessages::commit_answer(topics);
  send(request);
}

void GroupCoordinators::go_on(std::uint32_t m, GroupRequest::Next next) {
  switch (next) {
    case GroupRequest::Next::nothing:
      break;
    case GroupRequest::Next::join:
      send_join(m);
      break;
    case GroupRequest::Next::confirm:
      confirm(m);
      break;
    case GroupRequest::Next::leave:
      send_leave(m);
      break;
  }
}

// Members that come and go.

/// Does what the member's next poll() does, unless its application is busy; then that poll() comes here.
void GroupCoordinators::attend(std::uint32_t m) {
  Member& member = members_[m];
  if (!member.running) return;
  if (member.crashing && !cluster_->consumers.processing(m)) {
    die(m);
    return;
  }
  if (cluster_->consumers.busy(m)) return;
  if (member.out) {
    poll_again(m);
    return;
  }
  if (member.synced) take_assignment(m);
  const bool in_a_rebalance = member.joining || member.reconciling;
  if (member.closing && !in_a_rebalance) {
    close(m);
    return;
  }
  if (member.must_join && !in_a_rebalance) {
    prepare_join(m);
  } else if (member.must_reconcile && !in_a_rebalance) {
    reconcile(m);
  } else if (member.commit_due && !in_a_rebalance) {
    commit(m, GroupRequest::Next::nothing);
  }
  member.commit_due = false;  // before it joins or reconciles it commits anyway
}

void GroupCoordinators::on_member_starts(std::uint32_t m) {
  Member& member = members_[m];
  Group& group = group_of(member);
  member.running = true;
  open_account(group);
  group.account.emptied[member.number] = cluster_->simulation.now();
  if (group.spec->coordination->auto_commit)
    cluster_->simulation.in(group.spec->coordination->auto_commit_interval,
                            GroupEvent::of(GroupEvent::Kind::commit_due, m));
  enter_group(m);
}

/// A member that the coordinator does not have in its group begins to join it.
void GroupCoordinators::enter_group(std::uint32_t m) {
  Member& member = members_[m];
  Group& group = group_of(member);
  open_account(group);
  ++group.changes;
  member.joining = true;
  if (group.classic) {
    send_join(m);
  } else {
    beat(m);
  }
}

void GroupCoordinators::on_member_stops(std::uint32_t m) {
  members_[m].closing = true;
  attend(m);
}

/// close(): the member commits, gives everything up, and says that it leaves (G-15).
void GroupCoordinators::close(std::uint32_t m) {
  Member& member = members_[m];
  Group& group = group_of(member);
  cluster_->simulation.cancel(member.heartbeat);
  open_account(group);
  ++group.changes;
  member.running = false;
  const PartitionList reading = member.reading;
  commit(m, GroupRequest::Next::leave);
  give_up(m, reading);
  member.coming.clear();
}

void GroupCoordinators::send_leave(std::uint32_t m) {
  const GroupMessages messages = messages_of(group_of(members_[m]));
  const bool classic = group_of(members_[m]).classic;
  GroupRequest request;
  request.kind = GroupRequest::Kind::leave;
  request.member = m;
  request.life = members_[m].life;
  request.message = classic ? messages.leave() : messages.consumer_heartbeat({}, {});
  request.answer = classic ? messages.leave_answer() : GroupMessages::consumer_heartbeat_answer({});
  send(request);
}

/// The coordinator takes a member that has left off its list, and a rebalance begins.
void GroupCoordinators::forget(Group& group, std::uint32_t m) {
  group.known.erase(std::find(group.known.begin(), group.known.end(), m));
  const std::uint32_t number = members_[m].number;
  group.target[number].clear();
  if (!group.classic) {
    group.current[number].clear();
    group.revoking[number].clear();
    retarget(group);
  } else if (group.known.empty()) {
    group.phase = Group::Phase::empty;
    group.delayed = false;
  } else {
    if (group.phase != Group::Phase::joining) begin_joining(group);
    join_phase_may_end(group);
  }
  close_account_if_settled(group);
}

/// Before a member reads a partition it asks how far the group has committed (G-14).
void GroupCoordinators::fetch_offsets(std::uint32_t m) {
  const Group& group = group_of(members_[m]);
  const std::vector<TopicPartitions> topics = by_topic(members_[m].coming);
  GroupRequest request;
  request.kind = GroupRequest::Kind::fetch_offsets;
  request.member = m;
  request.message = messages_of(group).fetch_offsets(topics);
  request.answer = messages_of(group).fetch_offsets_answer(topics);
  send(request);
}

/// Who reads what from now on, by what members report that are in the group.
void GroupCoordinators::work_out_target(Group& group) {
  std::vector<PresentMember> present;
  for (const std::uint32_t m : group.known) {
    const Member& member = members_[m];
    present.push_back({member.number, {}, member.generation});
    // KIP-848 begins with the target before; a cooperative member reports what it holds, an eager one what it had.
    if (!group.classic) {
      present.back().owned = group.target[member.number];
    } else if (group.cooperative) {
      present.back().owned = held_by(member);
    } else {
      present.back().owned = member.assigned;
    }
  }
  group.target = assignment_of(cluster_->world, *group.spec, topics_, present).of_member;
  ++group.account.result.rounds;
}

PartitionList GroupCoordinators::held_by(const Member& member) {
  PartitionList held = member.reading;
  held.insert(held.end(), member.coming.begin(), member.coming.end());
  std::sort(held.begin(), held.end());
  return held;
}

}  // namespace brokersim
