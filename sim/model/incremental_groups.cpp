// SPDX-License-Identifier: Apache-2.0
// Rebalances of KIP-848 (G-20, G-21): the coordinator works out a target, and with its heartbeats every member moves
// there by itself: it gives up first, confirms, and gets what nobody else owns any more.
#include <algorithm>

#include "sim/model/cluster.hpp"

namespace brokersim {

void GroupCoordinators::on_member_heartbeat(std::uint32_t id) {
  GroupRequest& request = requests_[id];
  Member& member = members_[request.member];
  Group& group = group_of(member);
  request.unknown = is_unknown(request.member) && (group.classic || !member.joining);
  if (request.unknown) {
    answer(id);
    return;
  }
  if (group.classic) {
    request.rebalance = group.phase == Group::Phase::joining;
    answer(id);
    return;
  }
  const auto place = std::lower_bound(group.known.begin(), group.known.end(), request.member);
  if (place == group.known.end() || *place != request.member) {
    group.known.insert(place, request.member);
    --group.changes;
    retarget(group);
  }
  const PartitionList before = group.current[member.number];
  offer(group, member.number, request.owned);
  request.assigned = group.current[member.number];
  if (request.is_full || request.assigned != before)
    request.answer = GroupMessages::consumer_heartbeat_answer(by_topic(request.assigned));
  answer(id);
  close_account_if_settled(group);
}

/// Members have come or gone: a new target, on which the others begin to work with their next heartbeats.
void GroupCoordinators::retarget(Group& group) {
  ++group.generation;
  work_out_target(group);
}

/// What a member is told to own: less, until it has confirmed that it gave up what is not its any more; then also what
/// has become free. owned  what it holds, if it has stated that
void GroupCoordinators::offer(Group& group, std::uint32_t number, const std::optional<PartitionList>& owned) {
  PartitionList& current = group.current[number];
  PartitionList& revoking = group.revoking[number];
  const PartitionList surplus = without(current, group.target[number]);
  if (!surplus.empty()) {
    revoking.insert(revoking.end(), surplus.begin(), surplus.end());
    current = without(current, surplus);
  }
  if (owned) {
    std::erase_if(revoking, [&](AssignablePartition partition) {
      return !std::binary_search(owned->begin(), owned->end(), partition);
    });
  }
  if (!revoking.empty()) return;
  const auto taken = [&](AssignablePartition partition) {
    const auto holds = [&](const std::vector<PartitionList>& lists) {
      return std::any_of(lists.begin(), lists.end(), [&](const PartitionList& list) {
        return std::find(list.begin(), list.end(), partition) != list.end();
      });
    };
    return holds(group.current) || holds(group.revoking);
  };
  for (const AssignablePartition partition : without(group.target[number], current)) {
    if (!taken(partition)) current.push_back(partition);
  }
  std::sort(current.begin(), current.end());
}

/// A member's next poll() brings it to what it was told: it commits what it reads if it gives anything up, and
/// confirms.
void GroupCoordinators::reconcile(std::uint32_t m) {
  Member& member = members_[m];
  member.must_reconcile = false;
  member.reconciling = true;
  const PartitionList revoked = without(member.reading, member.assigned);
  member.coming = without(member.assigned, member.reading);
  const bool commits = !revoked.empty() && group_of(member).spec->coordination->auto_commit;
  if (commits) commit(m, GroupRequest::Next::confirm);
  give_up(m, revoked);
  if (!commits) confirm(m);
}

void GroupCoordinators::confirm(std::uint32_t m) {
  Member& member = members_[m];
  member.reconciling = false;
  member.must_confirm = true;
  if (!member.coming.empty()) fetch_offsets(m);
  beat(m);
  attend(m);
}

}  // namespace brokersim
