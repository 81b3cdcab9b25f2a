// SPDX-License-Identifier: Apache-2.0
// Rebalances of the classic protocol (G-11 to G-13): a barrier of JoinGroup, an assignment by the leader, SyncGroup.
// Eager members give everything up before they join. Cooperative ones read on; who is to give something up does so when
// it has its assignment, and joins again, so that a second round hands that over.
#include <algorithm>

#include "sim/model/cluster.hpp"

namespace brokersim {

/// A member's next poll() finds that a rebalance is on: it commits, gives up what it must, and joins.
void GroupCoordinators::prepare_join(std::uint32_t m) {
  Member& member = members_[m];
  const Group& group = group_of(member);
  member.must_join = false;
  member.joining = true;
  cluster_->simulation.cancel(member.heartbeat);  // until it has joined
  const PartitionList reading = member.reading;
  commit(m, GroupRequest::Next::join);
  if (group.cooperative) return;
  give_up(m, reading);
  member.coming.clear();
}

void GroupCoordinators::send_join(std::uint32_t m) {
  const Group& group = group_of(members_[m]);
  const PartitionList owned = group.cooperative ? held_by(members_[m]) : PartitionList{};
  GroupRequest request;
  request.kind = GroupRequest::Kind::join;
  request.member = m;
  request.message = messages_of(group).join(by_topic(group.partitions), by_topic(owned));
  request.answer = messages_of(group).join_answer();
  send(request);
}

void GroupCoordinators::on_join(std::uint32_t id) {
  const std::uint32_t m = requests_[id].member;
  Group& group = group_of(members_[m]);
  const auto place = std::lower_bound(group.known.begin(), group.known.end(), m);
  const bool is_new = place == group.known.end() || *place != m;
  if (is_new) {
    group.known.insert(place, m);
    --group.changes;
  }
  if (group.phase != Group::Phase::joining) {
    begin_joining(group);
  } else if (is_new) {
    group.newcomers = true;
  }
  group.parked.push_back(id);
  join_phase_may_end(group);
}

/// Members that wait for their assignment must join anew; the others learn of it with their next heartbeat (G-12).
void GroupCoordinators::begin_joining(Group& group) {
  answer_parked(group, true);
  group.delayed = false;
  if (group.phase == Group::Phase::empty) {
    const Duration delay =
        cluster_->timer(group.broker, cluster_->world.brokers[group.broker.value].group_initial_rebalance_delay);
    group.delayed = delay > Duration::zero();
    group.newcomers = false;
    group.delay_limit =  // the rebalance timeout
        cluster_->simulation.now() + cluster_->timer(group.broker, group.spec->max_poll_interval);
    if (group.delayed)
      cluster_->simulation.in(delay,
                              GroupEvent::of(GroupEvent::Kind::join_delay_over, members_[group.first_member].group));
  }
  group.phase = Group::Phase::joining;
}

/// While members keep coming to a new group it waits for more of them (G-11).
void GroupCoordinators::on_join_delay_over(std::uint32_t index) {
  Group& group = groups_[index];
  if (!group.delayed) return;
  const Instant now = cluster_->simulation.now();
  if (group.newcomers && now < group.delay_limit) {
    group.newcomers = false;
    const Duration delay =
        cluster_->timer(group.broker, cluster_->world.brokers[group.broker.value].group_initial_rebalance_delay);
    cluster_->simulation.at(std::min(now + delay, group.delay_limit),
                            GroupEvent::of(GroupEvent::Kind::join_delay_over, index));
    return;
  }
  group.delayed = false;
  join_phase_may_end(group);
}

/// Once all known members have joined, all are answered; the leader's answer lists the others.
void GroupCoordinators::join_phase_may_end(Group& group) {
  if (group.phase != Group::Phase::joining || group.delayed || group.parked.size() < group.known.size()) return;
  ++group.generation;
  group.phase = Group::Phase::syncing;
  if (!std::binary_search(group.known.begin(), group.known.end(), group.leader))
    group.leader = requests_[group.parked.front()].member;
  work_out_target(group);
  const GroupMessages messages = messages_of(group);
  for (const std::uint32_t id : group.parked) {
    GroupRequest& request = requests_[id];
    if (request.member != group.leader) continue;
    for (const std::uint32_t m : group.known) {
      const PartitionList owned = group.cooperative ? held_by(members_[m]) : PartitionList{};
      request.answer += messages.join_answer_member(by_topic(group.partitions), by_topic(owned));
    }
  }
  answer_parked(group, false);
}

void GroupCoordinators::answer_parked(Group& group, bool rebalance) {
  for (const std::uint32_t id : group.parked) {
    requests_[id].rebalance = rebalance;
    answer(id);
  }
  group.parked.clear();
}

/// A member that has joined asks for its assignment; the leader brings everybody's.
void GroupCoordinators::send_sync(std::uint32_t m) {
  const Member& member = members_[m];
  const Group& group = group_of(member);
  const GroupMessages messages = messages_of(group);
  GroupRequest request;
  request.kind = GroupRequest::Kind::sync;
  request.member = m;
  request.message = messages.sync();
  if (m == group.leader) {
    for (const std::uint32_t other : group.known) {
      request.message += messages.sync_member(by_topic(group.target[members_[other].number]));
    }
  }
  request.answer = messages.sync_answer(by_topic(group.target[member.number]));
  send(request);
}

void GroupCoordinators::on_sync(std::uint32_t id) {
  const std::uint32_t m = requests_[id].member;
  Group& group = group_of(members_[m]);
  if (is_unknown(m)) {
    requests_[id].unknown = true;
    answer(id);
    return;
  }
  if (group.phase == Group::Phase::syncing) {
    group.parked.push_back(id);
    if (m != group.leader) return;
    group.phase = Group::Phase::stable;
    answer_parked(group, false);
    return;
  }
  requests_[id].rebalance = group.phase == Group::Phase::joining;
  answer(id);
}

void GroupCoordinators::take_assignment(std::uint32_t m) {
  Member& member = members_[m];
  Group& group = group_of(member);
  member.synced = false;
  member.joining = false;
  member.generation = group.generation;
  member.assigned = group.target[member.number];
  const PartitionList revoked = without(member.reading, member.assigned);
  member.coming = without(member.assigned, member.reading);
  give_up(m, revoked);
  member.must_join = !revoked.empty();
  if (!member.coming.empty()) fetch_offsets(m);
  close_account_if_settled(group);
}

}  // namespace brokersim
