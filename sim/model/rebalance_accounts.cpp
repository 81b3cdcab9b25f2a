// SPDX-License-Identifier: Apache-2.0
// Partitions given up and taken on by members, and the account that is kept of a rebalance.
#include <algorithm>
#include <iterator>

#include "sim/model/cluster.hpp"

namespace brokersim {

/// In order, those of `partitions` that are not among `others`.
PartitionList GroupCoordinators::without(const PartitionList& partitions, const PartitionList& others) {
  PartitionList rest;
  std::set_difference(partitions.begin(), partitions.end(), others.begin(), others.end(), std::back_inserter(rest));
  return rest;
}

void GroupCoordinators::give_up(std::uint32_t m, const PartitionList& partitions) {
  Member& member = members_[m];
  Group& group = group_of(member);
  const Instant now = cluster_->simulation.now();
  for (const AssignablePartition partition : partitions) {
    const std::size_t place = place_of(group, partition);
    if (group.spec->coordination->auto_commit) {
      group.account.result.read_again += cluster_->consumers.position_of(group.readers[place]) - group.committed[place];
    }
    cluster_->consumers.take_away(group.readers[place]);
    group.owner[place] = nil;
    group.stopped[place] = now;
  }
  member.reading = without(member.reading, partitions);
  if (member.running && member.reading.empty() && !partitions.empty()) group.account.emptied[member.number] = now;
}

/// The committed offsets are there: the member asks the leaders.
void GroupCoordinators::read_what_came(std::uint32_t m) {
  Member& member = members_[m];
  Group& group = group_of(member);
  open_account(group);
  Account& account = group.account;
  const Instant now = cluster_->simulation.now();
  RebalanceMember& entry = account.members[member.number];
  for (const AssignablePartition partition : member.coming) {
    const std::size_t place = place_of(group, partition);
    cluster_->consumers.hand_to(group.readers[place], m);
    group.owner[place] = m;
    if (group.stopped[place] != Instant::max()) {
      const Duration stop = now - group.stopped[place];
      group.stopped[place] = Instant::max();
      entry.longest_stop = std::max(entry.longest_stop, stop);
      enter_stop(account.result, stop);
    }
  }
  if (!member.coming.empty() && account.emptied[member.number] != Instant::max()) {
    entry.without += now - account.emptied[member.number];
    account.emptied[member.number] = Instant::max();
  }
  member.reading = held_by(member);
  member.coming.clear();
  cluster_->consumers.start_reading(m);
  close_account_if_settled(group);
  attend(m);
}

void GroupCoordinators::enter_stop(RebalanceResult& result, Duration stop) {
  ++result.stopped;
  result.stopped_sum += stop;
  result.longest_stop = std::max(result.longest_stop, stop);
}

/// A member begins to come or to go.
void GroupCoordinators::open_account(Group& group) {
  if (group.account.open) return;
  const std::size_t members = group.spec->members.size();
  group.account = {
      true, {}, group.owner, std::vector<RebalanceMember>(members), std::vector<Instant>(members, Instant::max())};
  group.account.result.began = cluster_->simulation.now().time_since_epoch();
  for (std::uint32_t n = 0; n < members; ++n) {
    group.account.members[n].member = n;
    group.account.members[n].before = static_cast<std::uint32_t>(members_[group.first_member + n].reading.size());
  }
}

bool GroupCoordinators::settled(const Group& group) const {
  if (group.changes > 0) return false;
  if (group.classic && group.phase != Group::Phase::stable && group.phase != Group::Phase::empty) return false;
  return std::all_of(group.known.begin(), group.known.end(), [&](std::uint32_t m) {
    const Member& member = members_[m];
    const bool at_rest = !member.must_join && !member.joining && !member.must_reconcile && !member.reconciling;
    return at_rest && member.reading == group.target[member.number];
  });
}

void GroupCoordinators::close_account_if_settled(Group& group) {
  if (group.account.open && settled(group)) close_account(group, true);
}

void GroupCoordinators::close_account(Group& group, bool settled) {
  Account& account = group.account;
  const Instant now = cluster_->simulation.now();
  RebalanceResult& result = account.result;
  account.open = false;
  result.settled = settled;
  result.ended = now.time_since_epoch();
  for (std::size_t place = 0; place < group.owner.size(); ++place) {
    result.moved += account.owners[place] != nil && account.owners[place] != group.owner[place];
    if (group.stopped[place] != Instant::max()) enter_stop(result, now - group.stopped[place]);
  }
  for (RebalanceMember& member : account.members) {
    const Member& state = members_[group.first_member + member.member];
    member.after = static_cast<std::uint32_t>(state.reading.size());
    if (account.emptied[member.member] != Instant::max() && member.before + member.after > 0)
      member.without += now - account.emptied[member.member];
    if (state.running || member.before > 0) result.members.push_back(member);
  }
  group.rebalances.push_back(std::move(result));
}

/// A rebalance that the run ends in is entered as far as it has come.
void GroupCoordinators::enter_rebalances(TrialResult& result) {
  for (Group& group : groups_) {
    if (group.account.open) close_account(group, false);
    result.groups[group.index.value].rebalances = std::move(group.rebalances);
  }
}

}  // namespace brokersim
