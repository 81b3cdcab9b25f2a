// SPDX-License-Identifier: Apache-2.0
// A controller with a few brokers that beat as told, written with plain numbers.
#pragma once
#include <doctest/doctest.h>

#include <chrono>
#include <initializer_list>
#include <optional>
#include <vector>

#include "sim/control_plane/controller.hpp"

namespace brokersim::test {

using namespace std::chrono_literals;

inline ReplicaList list(std::initializer_list<std::uint32_t> brokers) {
  ReplicaList replicas;
  for (const std::uint32_t broker : brokers) replicas.push_back(BrokerIndex{broker});
  return replicas;
}

inline std::vector<std::uint32_t> numbers(const ReplicaList& replicas) {
  std::vector<std::uint32_t> brokers;
  for (const BrokerIndex broker : replicas) brokers.push_back(broker.value);
  return brokers;
}

using Ids = std::vector<std::uint32_t>;

/// With timers of up to 3.9, so that what is due is due at a moment a test can name.
inline ControllerSettings with_elr(bool enabled) {
  ControllerSettings settings;
  settings.clock = ControllerClock::on_demand;
  settings.eligible_leader_replicas = enabled;
  return settings;
}

/// Settings under which no session ends unless a test says so.
inline ControllerSettings patient(bool elr = true) {
  ControllerSettings settings = with_elr(elr);
  settings.broker_session_timeout = 1000h;
  return settings;
}

struct ControlledCluster {
  explicit ControlledCluster(std::uint32_t brokers, const ControllerSettings& settings = patient())
      : controller(settings, simulation_start) {
    for (std::uint32_t i = 0; i < brokers; ++i) controller.add_running_broker({}, now);
  }

  PartitionIndex partition(std::initializer_list<std::uint32_t> replicas, const TopicRules& rules = {}) {
    const ReplicaList one = list(replicas);
    controller.create_topic(rules, {&one, 1}, now);
    return PartitionIndex{static_cast<std::uint32_t>(controller.partitions() - 1)};
  }
  const PartitionRegistration& operator[](PartitionIndex index) const { return controller.partition(index); }
  std::optional<std::uint32_t> leader(PartitionIndex index) const {
    const std::optional<BrokerIndex> leader = controller.partition(index).leader;
    return leader ? std::optional(leader->value) : std::nullopt;
  }
  Ids isr(PartitionIndex index) const { return numbers(controller.partition(index).isr); }
  Ids elr(PartitionIndex index) const { return numbers(controller.partition(index).elr); }

  HeartbeatAnswer beat(std::uint32_t broker, bool wants_fence = false, bool wants_shutdown = false) {
    const BrokerIndex index{broker};
    return controller.heartbeat({.broker = index,
                                 .epoch = controller.broker(index).epoch,
                                 .metadata_offset = controller.end_offset(),
                                 .wants_fence = wants_fence,
                                 .wants_shutdown = wants_shutdown},
                                now);
  }
  /// As a crash leaves it when its session has ended.
  MetadataBatch fence(std::uint32_t broker) { return beat(broker, true).records; }
  MetadataBatch unfence(std::uint32_t broker) { return beat(broker).records; }
  RegistrationAnswer restart(std::uint32_t broker, bool clean_shutdown) {
    return controller.register_broker(BrokerIndex{broker}, ++incarnation, clean_shutdown, {}, now);
  }
  IsrProposal proposal(PartitionIndex index, std::initializer_list<std::uint32_t> isr) const {
    const PartitionRegistration& registration = controller.partition(index);
    IsrProposal proposal{index, registration.leader_epoch, registration.partition_epoch, {}};
    for (const std::uint32_t broker : isr)
      proposal.isr.push_back({BrokerIndex{broker}, controller.broker(BrokerIndex{broker}).epoch});
    return proposal;
  }
  /// The leader, or `from`, proposes.
  AlterPartitionAnswer propose(const IsrProposal& proposal, std::optional<std::uint32_t> from = {}) {
    const BrokerIndex leader = from ? BrokerIndex{*from} : controller.partition(proposal.partition).leader.value();
    return controller.alter_partition(leader, controller.broker(leader).epoch, {&proposal, 1}, now);
  }
  ControllerError alter_isr(PartitionIndex index, std::initializer_list<std::uint32_t> isr) {
    return propose(proposal(index, isr)).partitions.at(0).error;
  }
  ControllerError elect(Election election, PartitionIndex index) {
    return controller.elect_leaders(election, {&index, 1}, now).errors.at(0);
  }
  OperationAnswer reassign(PartitionIndex index, std::initializer_list<std::uint32_t> replicas) {
    const ReassignmentTarget target{index, list(replicas)};
    return controller.alter_partition_reassignments({&target, 1}, now);
  }
  ControllerError cancel(PartitionIndex index) {
    const ReassignmentTarget target{index, {}};
    return controller.alter_partition_reassignments({&target, 1}, now).errors.at(0);
  }
  /// Everything that is due by itself until `end`, inclusive.
  std::vector<MetadataBatch> run_until(Instant end) {
    std::vector<MetadataBatch> batches;
    while (controller.next_call_time() && *controller.next_call_time() <= end) {
      now = *controller.next_call_time();
      batches.push_back(controller.on_time(now));
    }
    now = end;
    return batches;
  }

  Instant now = simulation_start;
  Incarnation incarnation = 0;
  Controller controller;
};

}  // namespace brokersim::test
