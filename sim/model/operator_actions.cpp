// SPDX-License-Identifier: Apache-2.0
// What operators do by hand: elections, reassignments, settings (FAULT-36 to FAULT-38; L-6, section 9). Tools try until
// there is a controller.
#include "sim/model/cluster.hpp"

namespace brokersim {

/// Those of a topic, or of all topics, in order.
std::vector<PartitionIndex> Failures::partitions_in(const FaultTarget& target) const {
  std::vector<PartitionIndex> partitions;
  if (target.who == FaultTarget::Who::topic) {
    const std::uint32_t first = cluster_->logs.first_of(target.topic);
    for (std::uint32_t n = 0; n < cluster_->world.topics[target.topic.value].partitions; ++n) {
      if (!target.partition || *target.partition == n) partitions.push_back(PartitionIndex{first + n});
    }
  } else {
    for (std::uint32_t p = 0; p < cluster_->logs.size(); ++p) partitions.push_back(PartitionIndex{p});
  }
  return partitions;
}

void Failures::elect(const Step& step) {
  if (link_.works_from() > now()) {
    at(link_.works_from(), step);
    return;
  }
  note_fault(EventNote::Kind::fault_applied, step.fault, EventNote::nobody);
  link_.elect_preferred(partitions_in(spec(step.fault).target));
}

/// A throttle is set before anything moves. What the controller refuses does not move.
void Failures::reassign(const Step& step) {
  if (link_.works_from() > now()) {
    at(link_.works_from(), step);
    return;
  }
  const FaultSpec& f = spec(step.fault);
  const std::vector<PartitionIndex> partitions = partitions_in(f.target);
  std::vector<ReassignmentTarget> targets;
  std::vector<std::vector<BrokerIndex>> sources;
  std::vector<std::uint32_t> epochs;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    targets.push_back({partitions[i], ReplicaList(std::span(f.replicas[i]))});
    const PartitionRegistration& before = link_.controller().partition(partitions[i]);
    sources.emplace_back(before.replicas.begin(), before.replicas.end());
    epochs.push_back(before.partition_epoch);
  }
  const std::vector<ControllerError> errors = link_.reassign(targets);
  std::vector<std::uint32_t> moving;
  std::string refused;
  bool accepted = false;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    if (errors[i] != ControllerError::none) {
      refused = name_of(errors[i]);
      continue;
    }
    accepted = true;
    const PartitionRegistration& now_is = link_.controller().partition(partitions[i]);
    if (now_is.partition_epoch == epochs[i]) continue;  // as it was
    moving.push_back(partitions[i].value);
    cluster_->replication.on_reassignment(partitions[i].value, sources[i], {now_is.adding.begin(), now_is.adding.end()},
                                          f);
  }
  note_fault(accepted ? EventNote::Kind::fault_applied : EventNote::Kind::fault_ignored, step.fault, EventNote::nobody,
             refused);
  if (!accepted) return;
  const std::uint32_t occurrence = open(step.fault, step);
  occurrences_[occurrence].moving = std::move(moving);
  if (occurrences_[occurrence].moving.empty()) end(occurrence);
}

/// FAULT-38. What the metadata log says of topics holds for a broker once it has applied it; the rest at once.
void Failures::change_setting(const Step& step) {
  const FaultSpec& f = spec(step.fault);
  const bool asks_controller = f.setting != ChangedSetting::replica_lag_time_max_ms &&
                               f.setting != ChangedSetting::producer_byte_rate &&
                               f.setting != ChangedSetting::consumer_byte_rate;
  if (asks_controller && link_.works_from() > now()) {
    at(link_.works_from(), step);
    return;
  }
  note_fault(
      EventNote::Kind::fault_applied, step.fault, EventNote::nobody,
      std::string(changed_setting_names[static_cast<std::size_t>(f.setting)]) + " " + std::to_string(f.setting_value));
  const ControllerSettings& settings = link_.controller().settings();
  const bool balances = settings.leader_balancing != LeaderBalancing::off;
  switch (f.setting) {
    case ChangedSetting::min_insync_replicas:
    case ChangedSetting::unclean_leader_election_enable:
      for (std::uint32_t t = 0; t < cluster_->world.topics.size(); ++t) {
        if (f.target.who == FaultTarget::Who::topic && f.target.topic.value != t) continue;
        TopicRules rules = link_.controller().rules(TopicIndex{t});
        if (f.setting == ChangedSetting::min_insync_replicas) {
          rules.min_insync_replicas = static_cast<std::uint32_t>(f.setting_value);
        } else {
          rules.unclean_leader_election = f.setting_value != 0;
        }
        link_.change_rules(TopicIndex{t}, rules);
      }
      break;
    case ChangedSetting::replica_lag_time_max_ms:
      cluster_->in_sync->set_lag_limit(std::chrono::milliseconds{f.setting_value});
      break;
    case ChangedSetting::auto_leader_rebalance_enable:
      link_.set_leader_balancing(f.setting_value != 0, settings.leader_imbalance_check_interval);
      break;
    case ChangedSetting::leader_imbalance_check_interval_seconds:
      link_.set_leader_balancing(balances, std::chrono::seconds{f.setting_value});
      break;
    case ChangedSetting::producer_byte_rate:
      cluster_->quotas.set_producer_byte_rate(f.target.entry, f.setting_value);
      break;
    case ChangedSetting::consumer_byte_rate:
      cluster_->quotas.set_consumer_byte_rate(f.target.entry, f.setting_value);
      break;
  }
}

void Failures::on_reassigned(std::uint32_t partition) {
  if (cluster_->checks && !all_is_well()) cluster_->checks->note(RareState::reassigned_while_failing);
  cluster_->replication.end_throttle(partition);
  cluster_->recorder.faults()->copies().on_complete(partition, now());
  for (std::uint32_t o = 0; o < occurrences_.size(); ++o) {
    if (std::erase(occurrences_[o].moving, partition) > 0 && occurrences_[o].moving.empty()) end(o);
  }
}

}  // namespace brokersim
