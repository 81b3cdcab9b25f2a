// SPDX-License-Identifier: Apache-2.0
#include "sim/control_plane/partition_change.hpp"

#include "sim/core/contract.hpp"

namespace brokersim {
namespace {

/// One change under way. The steps follow one another in the order of their declaration; each may use what those before
/// it have left.
class ChangeInProgress {
 public:
  ChangeInProgress(const PartitionRegistration& before, const PartitionChangeRequest& request,
                   const PartitionChangeRules& rules, const LeaderAcceptor& acceptor)
      : before_(before), request_(request), rules_(rules), acceptor_(acceptor), next_(before) {
    if (request.isr) next_.isr = *request.isr;
    if (request.replicas) next_.replicas = *request.replicas;
    if (request.adding) next_.adding = *request.adding;
    if (request.removing) next_.removing = *request.removing;
  }

  void complete_reassignment();
  void keep_eligible_replicas();
  void elect();
  void settle_in_sync_replicas();
  void remember_last_leader();
  [[nodiscard]] std::optional<PartitionOutcome> outcome();

 private:
  struct Choice {
    std::optional<BrokerIndex> leader;
    bool unclean = false;
  };

  [[nodiscard]] bool may_lead(BrokerIndex broker) const;
  [[nodiscard]] std::optional<BrokerIndex> first_that_may_lead() const;
  [[nodiscard]] Choice choose() const;
  [[nodiscard]] bool last_known_leader_may_lead() const;

  const PartitionRegistration& before_;
  const PartitionChangeRequest& request_;
  const PartitionChangeRules& rules_;
  const LeaderAcceptor& acceptor_;
  PartitionRegistration next_;
  bool names_leader_ = false;
  bool unclean_choice_ = false;
};

/// everybody who stays is in sync.
void ChangeInProgress::complete_reassignment() {
  if (!next_.is_reassigning()) return;
  ReplicaList isr = next_.isr, replicas = next_.replicas;
  isr.remove_all(next_.removing);
  replicas.remove_all(next_.removing);
  if (isr.empty() || replicas.empty() || !isr.contains_all(replicas)) return;
  next_.isr = std::move(isr);
  next_.replicas = std::move(replicas);
  next_.adding.clear();
  next_.removing.clear();
}

/// L-8, L-9: who leaves an ISR that falls below min.insync.replicas stays eligible, unless it lost what it had.
void ChangeInProgress::keep_eligible_replicas() {
  if (!rules_.eligible_leader_replicas) return;
  if (next_.isr.size() >= rules_.min_insync_replicas || request_.empties_elr) {
    next_.elr.clear();
    next_.last_known_elr.clear();
    return;
  }
  ReplicaList candidates = before_.elr;
  for (const BrokerIndex member : before_.isr) {
    if (!candidates.contains(member)) candidates.push_back(member);
  }
  candidates.sort();
  ReplicaList last_known = candidates;
  for (const BrokerIndex lost : before_.last_known_elr) {
    if (!last_known.contains(lost)) last_known.push_back(lost);
  }
  candidates.keep_if([this](BrokerIndex broker) {
    return !next_.isr.contains(broker) && broker != request_.unclean_shutdown && next_.replicas.contains(broker);
  });
  next_.elr = std::move(candidates);
  last_known.keep_if([this](BrokerIndex broker) { return !next_.isr.contains(broker) && !next_.elr.contains(broker); });
  last_known.sort();
  next_.last_known_elr = std::move(last_known);
}

/// L-4
bool ChangeInProgress::may_lead(BrokerIndex broker) const {
  const bool complete = next_.isr.contains(broker) || (next_.isr.empty() && next_.elr.contains(broker));
  return complete && acceptor_.is_active(broker);
}

std::optional<BrokerIndex> ChangeInProgress::first_that_may_lead() const {
  for (const BrokerIndex replica : next_.replicas) {
    if (may_lead(replica)) return replica;
  }
  return std::nullopt;
}

/// L-5 (3), as of 4.2: alive, the only one remembered, and nobody complete is left.
bool ChangeInProgress::last_known_leader_may_lead() const {
  return rules_.eligible_leader_replicas && rules_.last_known_leader_recovery && next_.isr.empty() &&
         next_.elr.empty() && before_.last_known_elr.size() == 1 && acceptor_.is_active(before_.last_known_elr.front());
}

/// L-5, L-6
ChangeInProgress::Choice ChangeInProgress::choose() const {
  if (request_.election == Election::preferred && may_lead(next_.preferred_leader())) {
    return {next_.preferred_leader()};
  }
  if (before_.leader && may_lead(*before_.leader)) return {before_.leader};
  if (const std::optional<BrokerIndex> complete = first_that_may_lead()) return {complete};
  if (last_known_leader_may_lead()) return {before_.last_known_elr.front(), true};
  if (request_.election != Election::unclean) return {};
  for (const BrokerIndex replica : next_.replicas) {
    if (acceptor_.is_active(replica)) return {replica, true};
  }
  return {};
}

void ChangeInProgress::elect() {
  const Choice choice = choose();
  if (choice.leader != before_.leader) {
    names_leader_ = true;
    next_.leader = choice.leader;
    if (choice.leader && next_.elr.contains(*choice.leader)) {  // L-7: complete, but alone
      next_.isr = ReplicaList{*choice.leader};
      next_.elr.remove(*choice.leader);
    }
    if (choice.unclean) {
      unclean_choice_ = true;
      next_.isr = ReplicaList{*choice.leader};
      next_.recovery_state = LeaderRecoveryState::recovering;
    }
  }
  // L-2 (b): a replica is no longer assigned, so its fetches must be refused.
  if (!next_.replicas.contains_all(before_.replicas)) names_leader_ = true;
  if (request_.recovery_state && *request_.recovery_state != before_.recovery_state) {
    next_.recovery_state = *request_.recovery_state;
  }
}

void ChangeInProgress::settle_in_sync_replicas() {
  if (unclean_choice_ || !rules_.eligible_leader_replicas) next_.elr.clear();
  // L-8: without ELR the last member stays in the record.
  if (next_.isr.empty() && !rules_.eligible_leader_replicas) next_.isr = before_.isr;
}

/// kafka-semantics-4.2, L-9: written when the partition first becomes leaderless, cleared by the record that names a
/// leader again.
void ChangeInProgress::remember_last_leader() {
  if (!rules_.last_known_leader_recovery) {
    if (unclean_choice_ || !rules_.eligible_leader_replicas) next_.last_known_elr.clear();
    return;
  }
  next_.last_known_elr = before_.last_known_elr;
  if (!rules_.eligible_leader_replicas) return;
  if (next_.leader) {
    if (names_leader_) next_.last_known_elr.clear();
  } else if (before_.leader && before_.last_known_elr.empty()) {
    next_.last_known_elr = ReplicaList{*before_.leader};
  }
}

std::optional<PartitionOutcome> ChangeInProgress::outcome() {
  if (!names_leader_ && next_ == before_) return std::nullopt;
  if (names_leader_) ++next_.leader_epoch;
  ++next_.partition_epoch;
  const bool from_outside =
      names_leader_ && next_.leader && !before_.isr.contains(*next_.leader) && !before_.elr.contains(*next_.leader);
  return PartitionOutcome{std::move(next_), names_leader_, from_outside};
}

}  // namespace

std::optional<PartitionOutcome> change_partition(const PartitionRegistration& partition,
                                                 const PartitionChangeRequest& request,
                                                 const PartitionChangeRules& rules, const LeaderAcceptor& acceptor) {
  require(!partition.replicas.empty(), "a partition has a replica");
  ChangeInProgress change(partition, request, rules, acceptor);
  change.complete_reassignment();
  change.keep_eligible_replicas();
  change.elect();
  change.settle_in_sync_replicas();
  change.remember_last_leader();
  return change.outcome();
}

}  // namespace brokersim
