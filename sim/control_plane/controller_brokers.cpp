// SPDX-License-Identifier: Apache-2.0
// Brokers come and go: registration, heartbeats, fencing, controlled shutdown (2.4).
#include <limits>

#include "sim/control_plane/controller.hpp"
#include "sim/core/contract.hpp"

namespace brokersim {

/// The broker may not be active any more: it leaves the ISR of its partitions, and what it led is led by others.
///
/// lost_data  it leaves the ELR as well (L-9, 4.2)
void Controller::leave_in_sync_replicas(BrokerIndex broker, ChangeCause cause, bool lost_data, MetadataBatch& records) {
  // A copy: a change may complete a reassignment that takes the partition from the broker.
  const std::vector<PartitionIndex> assigned = broker_at(broker).assigned;
  for (const PartitionIndex index : assigned) {
    const PartitionRegistration& registration = partition(index);
    const bool in_sync = registration.isr.contains(broker);
    if (!in_sync && !(lost_data && registration.elr.contains(broker))) continue;
    PartitionChangeRequest request;
    request.election = election_of(index);
    if (in_sync) {
      request.isr = registration.isr;
      request.isr->remove(broker);
    }
    if (lost_data) request.unclean_shutdown = broker;
    try_change(index, request, cause, records);
  }
}

/// L-18
void Controller::fence(BrokerIndex index, ChangeCause cause, MetadataBatch& records) {
  Broker& broker = broker_at(index);
  broker.registration.fenced = true;
  broker.controlled_shutdown_end.reset();
  sessions_.end(index);
  leave_in_sync_replicas(index, cause, false, records);
  write(index, records);
}

/// L-19: it may lead what nobody leads, but enters no ISR by itself.
void Controller::unfence(BrokerIndex index, MetadataBatch& records) {
  broker_at(index).registration.fenced = false;
  write(index, records);
  elect_leaderless(records);
}

/// Somebody may lead who could not before.
void Controller::elect_leaderless(MetadataBatch& records) {
  for (auto next = leaderless_.first_from(PartitionIndex{0}); next;
       next = leaderless_.first_from(PartitionIndex{next->value + 1})) {
    PartitionChangeRequest request;
    request.election = election_of(*next);
    try_change(*next, request, ChangeCause::broker_unfenced, records);
  }
}

void Controller::set_directory(BrokerIndex index, bool offline, MetadataBatch& records) {
  broker_at(index).registration.directory_offline = offline;
  write(index, records);
  if (offline) {
    leave_in_sync_replicas(index, ChangeCause::directory_offline, false, records);
  } else {
    elect_leaderless(records);
  }
}

/// L-21
void Controller::start_controlled_shutdown(BrokerIndex index, MetadataBatch& records) {
  Broker& broker = broker_at(index);
  if (!broker.registration.in_controlled_shutdown) {
    broker.registration.in_controlled_shutdown = true;
    write(index, records);
  }
  leave_in_sync_replicas(index, ChangeCause::controlled_shutdown, false, records);
}

RegistrationAnswer Controller::register_broker(BrokerIndex index, Incarnation incarnation, bool clean_shutdown,
                                               std::optional<ZoneIndex> rack, Instant now) {
  check_time(now);
  require(index.value <= brokers_.size(), "broker indices are given without a gap");
  if (index.value == brokers_.size()) brokers_.emplace_back();
  Broker& broker = broker_at(index);
  RegistrationAnswer answer;
  const bool same = broker.registered && broker.registration.incarnation == incarnation;
  if (broker.registered && !same && sessions_.is_valid(index, now)) {
    answer.error = ControllerError::duplicate_broker_registration;
    answer.records.end_offset = end_offset();
    return answer;
  }
  if (same) {
    if (!broker.registration.fenced) sessions_.touch(index, now);
  } else {
    const bool lost_data = settings_.eligible_leader_replicas && !(clean_shutdown && broker.registered);
    sessions_.end(index);
    broker.controlled_shutdown_end.reset();
    broker.registered = true;
    broker.registration = BrokerRegistration{.epoch = next_offset_, .incarnation = incarnation, .rack = {}};
    leave_in_sync_replicas(index, ChangeCause::broker_registered, lost_data, answer.records);
  }
  broker.registration.rack = rack;
  broker.reported_offset = no_metadata;
  broker.registration_offset = next_offset_;
  write(index, answer.records);
  answer.epoch = broker.registration.epoch;
  finish(answer.records, now);
  return answer;
}

OperationAnswer Controller::unregister_broker(BrokerIndex index, Instant now) {
  check_time(now);
  OperationAnswer answer{{ControllerError::none}, {}};
  if (is_registered(index)) {
    Broker& broker = broker_at(index);
    broker.registered = false;
    broker.controlled_shutdown_end.reset();
    sessions_.end(index);
    leave_in_sync_replicas(index, ChangeCause::broker_unregistered, false, answer.records);
    write(index, answer.records);
  } else {
    answer.errors.front() = ControllerError::broker_id_not_registered;
  }
  finish(answer.records, now);
  return answer;
}

/// The least that a broker has applied of those which serve on; they learn of moved leaders up to there.
MetadataOffset Controller::lowest_active_offset() const {
  MetadataOffset lowest = std::numeric_limits<MetadataOffset>::max();
  for (const Broker& broker : brokers_) {
    if (broker.registered && !broker.registration.fenced && !broker.controlled_shutdown_end)
      lowest = std::min(lowest, broker.reported_offset);
  }
  return lowest;
}

Controller::BrokerState Controller::next_state(const Broker& broker, const HeartbeatRequest& request) const {
  if (broker.controlled_shutdown_end) {
    const bool others_know = *broker.controlled_shutdown_end <= lowest_active_offset();
    return broker.led == 0 && others_know ? BrokerState::stopping : BrokerState::controlled_shutdown;
  }
  if (broker.registration.fenced) {
    if (request.wants_shutdown) return BrokerState::stopping;
    const bool caught_up = request.metadata_offset >= broker.registration_offset;
    return !request.wants_fence && caught_up ? BrokerState::unfenced : BrokerState::fenced;
  }
  if (request.wants_fence) return request.wants_shutdown ? BrokerState::stopping : BrokerState::fenced;
  if (!request.wants_shutdown) return BrokerState::unfenced;
  return broker.led > 0 ? BrokerState::controlled_shutdown : BrokerState::stopping;
}

HeartbeatAnswer Controller::heartbeat(const HeartbeatRequest& request, Instant now) {
  check_time(now);
  HeartbeatAnswer answer;
  if (!is_registered(request.broker) || broker(request.broker).epoch != request.epoch) {
    answer.error = ControllerError::stale_broker_epoch;
    answer.records.end_offset = end_offset();
    return answer;
  }
  Broker& broker = broker_at(request.broker);
  if (request.directory_offline != broker.registration.directory_offline)
    set_directory(request.broker, request.directory_offline, answer.records);
  const BrokerState next = next_state(broker, request);
  switch (next) {
    case BrokerState::fenced:
      if (!broker.registration.fenced) fence(request.broker, ChangeCause::broker_fenced, answer.records);
      break;
    case BrokerState::unfenced:
      if (broker.registration.fenced) unfence(request.broker, answer.records);
      break;
    case BrokerState::controlled_shutdown:
      if (!broker.controlled_shutdown_end) start_controlled_shutdown(request.broker, answer.records);
      break;
    case BrokerState::stopping:
      fence(request.broker, ChangeCause::controlled_shutdown, answer.records);
      break;
  }
  broker.reported_offset = request.metadata_offset;
  if (!broker.registration.fenced) sessions_.touch(request.broker, now);
  finish(answer.records, now);
  if (next == BrokerState::controlled_shutdown && !broker.controlled_shutdown_end)
    broker.controlled_shutdown_end = answer.records.end_offset;
  answer.caught_up = request.metadata_offset >= broker.registration_offset;
  answer.fenced = broker.registration.fenced;
  answer.in_controlled_shutdown = next == BrokerState::controlled_shutdown;
  answer.should_shut_down = next == BrokerState::stopping;
  return answer;
}

}  // namespace brokersim
