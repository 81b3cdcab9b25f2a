// SPDX-License-Identifier: Apache-2.0
// What leaders and operators ask for partitions: ISR changes, elections by hand, reassignments (section 9).
#include <algorithm>
#include <utility>

#include "sim/control_plane/controller.hpp"
#include "sim/core/contract.hpp"

namespace brokersim {
namespace {

ReplicaList brokers_of(std::span<const ProposedReplica> proposed) {
  ReplicaList list;
  for (const ProposedReplica& replica : proposed) list.push_back(replica.broker);
  return list;
}

bool are_distinct(const ReplicaList& list) {
  ReplicaList sorted = list;
  sorted.sort();
  return std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end();
}

}  // namespace

// --- AlterPartition ------------------------------------------------------------------------------------------------

AlterPartitionAnswer Controller::alter_partition(BrokerIndex leader, BrokerEpoch epoch,
                                                 std::span<const IsrProposal> proposals, Instant now) {
  check_time(now);
  AlterPartitionAnswer answer;
  if (!is_registered(leader) || broker(leader).epoch != epoch) {
    answer.error = ControllerError::stale_broker_epoch;
  } else {
    for (const IsrProposal& proposal : proposals)
      answer.partitions.push_back(alter_one(leader, proposal, answer.records));
  }
  finish(answer.records, now);
  return answer;
}

/// L-22
bool Controller::is_ineligible(const ProposedReplica& replica) const {
  if (settings_.anybody_joins_isr) return false;
  return !is_active(replica.broker) || (replica.epoch && *replica.epoch != broker(replica.broker).epoch);
}

/// In Kafka's order: which of several reasons is told decides what the leader does next.
ControllerError Controller::objection(BrokerIndex leader, const IsrProposal& proposal) const {
  if (proposal.partition.value >= partitions_.size()) return ControllerError::unknown_topic_or_partition;
  const PartitionRegistration& current = partition(proposal.partition);
  if (proposal.leader_epoch > current.leader_epoch) return ControllerError::not_controller;
  if (proposal.partition_epoch > current.partition_epoch) return ControllerError::not_controller;
  if (proposal.leader_epoch < current.leader_epoch) return ControllerError::fenced_leader_epoch;
  if (current.leader != leader) return ControllerError::invalid_request;
  if (proposal.partition_epoch < current.partition_epoch && !settings_.partition_epoch_ignored)
    return ControllerError::invalid_update_version;
  const ReplicaList isr = brokers_of(proposal.isr);
  if (!are_distinct(isr) || !current.replicas.contains_all(isr) || !isr.contains(leader))
    return ControllerError::invalid_request;
  if (proposal.recovery_state == LeaderRecoveryState::recovering &&
      (isr.size() > 1 || current.recovery_state == LeaderRecoveryState::recovered))
    return ControllerError::invalid_request;
  const bool ineligible = std::any_of(proposal.isr.begin(), proposal.isr.end(),
                                      [this](const ProposedReplica& replica) { return is_ineligible(replica); });
  return ineligible ? ControllerError::ineligible_replica : ControllerError::none;
}

IsrAnswer Controller::alter_one(BrokerIndex leader, const IsrProposal& proposal, MetadataBatch& records) {
  IsrAnswer answer;
  answer.error = objection(leader, proposal);
  if (answer.error != ControllerError::none) return answer;
  PartitionChangeRequest request;
  request.election = election_of(proposal.partition);
  request.isr = brokers_of(proposal.isr);
  request.recovery_state = proposal.recovery_state;
  const bool changed = try_change(proposal.partition, request, ChangeCause::in_sync_replicas_altered, records);
  answer.registration = partition(proposal.partition);
  // Only the end of a reassignment moves the leader here.
  if (changed && records.partitions.back().names_leader && answer.registration.leader != leader)
    answer.error = ControllerError::new_leader_elected;
  return answer;
}

// --- elections by hand ---------------------------------------------------------------------------------------------

OperationAnswer Controller::elect_leaders(Election election, std::span<const PartitionIndex> partitions, Instant now) {
  check_time(now);
  require(election != Election::online, "an election by hand is preferred or unclean");
  OperationAnswer answer;
  for (const PartitionIndex index : partitions) answer.errors.push_back(elect_by_hand(election, index, answer.records));
  finish(answer.records, now);
  return answer;
}

ControllerError Controller::elect_by_hand(Election election, PartitionIndex index, MetadataBatch& records) {
  if (index.value >= partitions_.size()) return ControllerError::unknown_topic_or_partition;
  const bool preferred = election == Election::preferred;
  const PartitionRegistration& current = partition(index);
  if (preferred ? current.has_preferred_leader() : current.leader.has_value())
    return ControllerError::election_not_needed;
  PartitionChangeRequest request;
  request.election = election;
  const ChangeCause cause = preferred ? ChangeCause::preferred_election : ChangeCause::unclean_election;
  if (try_change(index, request, cause, records)) return ControllerError::none;
  return preferred ? ControllerError::preferred_leader_not_available : ControllerError::eligible_leaders_not_available;
}

MetadataBatch Controller::set_topic_rules(TopicIndex topic, const TopicRules& wanted, Instant now) {
  check_time(now);
  require(topic.value < topics_.size(), "a topic that was created");
  MetadataBatch records;
  const TopicRules before = std::exchange(topics_[topic.value].rules, wanted);
  records.topics.push_back({topic, next_offset_++, wanted});
  if (wanted.min_insync_replicas != before.min_insync_replicas) {
    PartitionChangeRequest request;
    request.empties_elr = true;
    for (std::uint32_t p = topics_[topic.value].first.value; p < partitions_.size() && topic_of_[p] == topic; ++p) {
      if (partitions_[p].leader && !partitions_[p].elr.empty())
        try_change(PartitionIndex{p}, request, ChangeCause::topic_rules_changed, records);
    }
  }
  finish(records, now);
  return records;
}

// --- reassignments -------------------------------------------------------------------------------------------------

OperationAnswer Controller::alter_partition_reassignments(std::span<const ReassignmentTarget> targets, Instant now,
                                                          bool allow_replication_factor_change) {
  check_time(now);
  OperationAnswer answer;
  for (const ReassignmentTarget& target : targets) {
    ControllerError error = ControllerError::unknown_topic_or_partition;
    if (target.partition.value < partitions_.size()) {
      error = target.replicas ? start_reassignment(target.partition, *target.replicas, allow_replication_factor_change,
                                                   answer.records)
                              : cancel_reassignment(target.partition, answer.records);
    }
    answer.errors.push_back(error);
  }
  finish(answer.records, now);
  return answer;
}

/// As in Kafka, a target given while another reassignment is in progress is taken relative to all replicas, those
/// being added included; without anything to add or to remove, what was being added or removed stays so.
ControllerError Controller::start_reassignment(PartitionIndex index, const ReplicaList& target, bool any_size,
                                               MetadataBatch& records) {
  const PartitionRegistration& current = partition(index);
  if (!any_size && target.size() != current.replicas.size() - current.removing.size())
    return ControllerError::invalid_replication_factor;
  const bool known = std::all_of(target.begin(), target.end(), [this](BrokerIndex b) { return is_registered(b); });
  if (target.empty() || !known || !are_distinct(target)) return ControllerError::invalid_replica_assignment;
  ReplicaList removing = current.replicas, adding = target, merged = target;
  removing.remove_all(target);
  adding.remove_all(current.replicas);
  removing.sort();
  adding.sort();
  for (const BrokerIndex leaving : removing) merged.push_back(leaving);
  PartitionChangeRequest request;
  request.replicas = std::move(merged);
  if (!removing.empty()) request.removing = std::move(removing);
  if (!adding.empty()) request.adding = std::move(adding);
  try_change(index, request, ChangeCause::reassignment_started, records);
  return ControllerError::none;
}

///
ControllerError Controller::cancel_reassignment(PartitionIndex index, MetadataBatch& records) {
  const PartitionRegistration& current = partition(index);
  if (!current.is_reassigning()) return ControllerError::no_reassignment_in_progress;
  ReplicaList replicas = current.replicas, isr = current.isr;
  replicas.remove_all(current.adding);
  isr.remove_all(current.adding);
  if (replicas.empty()) return ControllerError::invalid_replica_assignment;
  if (isr.empty()) {
    const bool led_by_somebody =
        std::any_of(replicas.begin(), replicas.end(), [this](BrokerIndex b) { return is_active(b); });
    if (election_of(index) != Election::unclean || !led_by_somebody) return ControllerError::invalid_replica_assignment;
    isr.push_back(replicas.front());
  }
  PartitionChangeRequest request;
  request.election = election_of(index);
  request.replicas = std::move(replicas);
  request.isr = std::move(isr);
  request.adding.emplace();
  request.removing.emplace();
  try_change(index, request, ChangeCause::reassignment_cancelled, records);
  return ControllerError::none;
}

}  // namespace brokersim
