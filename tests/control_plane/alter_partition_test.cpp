// SPDX-License-Identifier: Apache-2.0
// AlterPartition: R-26, L-22. The errors and their order are those of Kafka's ReplicationControlManager.
#include "tests/control_plane/controlled_cluster.hpp"

namespace brokersim::test {
namespace {

ControllerError error_of(ControlledCluster& cluster, const IsrProposal& proposal,
                         std::optional<std::uint32_t> from = {}) {
  return cluster.propose(proposal, from).partitions.at(0).error;
}

TEST_CASE("an accepted proposal answers what holds now, and a proposal of what holds writes nothing") {
  ControlledCluster cluster(3);
  const PartitionIndex p = cluster.partition({0, 1, 2});
  const AlterPartitionAnswer answer = cluster.propose(cluster.proposal(p, {0, 2}));
  CHECK(answer.partitions.at(0).error == ControllerError::none);
  CHECK(answer.partitions[0].registration == cluster[p]);
  CHECK(numbers(answer.partitions[0].registration.isr) == Ids{0, 2});
  CHECK(answer.records.partitions.at(0).cause == ChangeCause::in_sync_replicas_altered);
  CHECK(cluster.propose(cluster.proposal(p, {0, 2})).records.empty());
}

TEST_CASE("epochs: ahead of the controller, behind it, and from somebody who does not lead") {
  ControlledCluster cluster(3);
  const PartitionIndex p = cluster.partition({0, 1, 2});
  cluster.fence(0);
  cluster.unfence(0);  // broker 1 leads, leader epoch 1
  IsrProposal proposal = cluster.proposal(p, {1, 2});
  proposal.leader_epoch = 2;
  CHECK(error_of(cluster, proposal) == ControllerError::not_controller);
  proposal.leader_epoch = 0;
  CHECK(error_of(cluster, proposal) == ControllerError::fenced_leader_epoch);
  proposal = cluster.proposal(p, {1, 2});
  CHECK(error_of(cluster, proposal, 2) == ControllerError::invalid_request);
  ++proposal.partition_epoch;
  CHECK(error_of(cluster, proposal) == ControllerError::not_controller);
  proposal.partition_epoch -= 2;
  CHECK(error_of(cluster, proposal) == ControllerError::invalid_update_version);
}

TEST_CASE("an ISR without its leader, with a stranger or with somebody twice is invalid") {
  ControlledCluster cluster(4);
  const PartitionIndex p = cluster.partition({0, 1, 2});
  CHECK(cluster.alter_isr(p, {1, 2}) == ControllerError::invalid_request);
  CHECK(cluster.alter_isr(p, {0, 3}) == ControllerError::invalid_request);
  CHECK(cluster.alter_isr(p, {0, 1, 1}) == ControllerError::invalid_request);
  CHECK(cluster.alter_isr(p, {}) == ControllerError::invalid_request);
  CHECK(error_of(cluster, {PartitionIndex{7}, 0, 0, {}}, 0) == ControllerError::unknown_topic_or_partition);
}

TEST_CASE("nobody fenced, restarted meanwhile or unregistered is taken into an ISR (L-22, P18, P22)") {
  ControlledCluster cluster(3);
  const PartitionIndex p = cluster.partition({0, 1, 2});
  cluster.fence(2);
  CHECK(cluster.alter_isr(p, {0, 1, 2}) == ControllerError::ineligible_replica);
  cluster.unfence(2);
  IsrProposal stale = cluster.proposal(p, {0, 1, 2});
  cluster.fence(2);
  cluster.restart(2, true);
  cluster.unfence(2);
  CHECK(error_of(cluster, stale) == ControllerError::ineligible_replica);  // fetched as the old incarnation
  stale.isr[2].epoch.reset();                                              // not checked
  CHECK(error_of(cluster, stale) == ControllerError::none);
}

TEST_CASE("a request under an old broker epoch is refused as a whole") {
  ControlledCluster cluster(2);
  const PartitionIndex p = cluster.partition({0, 1});
  const IsrProposal proposal = cluster.proposal(p, {0});
  const AlterPartitionAnswer answer = cluster.controller.alter_partition(
      BrokerIndex{0}, cluster.controller.broker(BrokerIndex{0}).epoch + 1, {&proposal, 1}, cluster.now);
  CHECK(answer.error == ControllerError::stale_broker_epoch);
  CHECK(answer.partitions.empty());
  CHECK(cluster.isr(p) == Ids{0, 1});
}

TEST_CASE("a recovering leader reports itself recovered, then may let others in; never back (L-7)") {
  ControlledCluster cluster(2, patient(false));
  const PartitionIndex p = cluster.partition({0, 1}, {.min_insync_replicas = 1, .unclean_leader_election = true});
  REQUIRE(cluster.alter_isr(p, {0}) == ControllerError::none);
  cluster.fence(0);
  cluster.unfence(0);
  REQUIRE(cluster[p].recovery_state == LeaderRecoveryState::recovering);
  IsrProposal proposal = cluster.proposal(p, {1, 0});
  proposal.recovery_state = LeaderRecoveryState::recovering;
  CHECK(error_of(cluster, proposal) == ControllerError::invalid_request);
  proposal.recovery_state = LeaderRecoveryState::recovered;
  CHECK(error_of(cluster, proposal) == ControllerError::none);
  CHECK(cluster[p].recovery_state == LeaderRecoveryState::recovered);
  proposal = cluster.proposal(p, {1});
  proposal.recovery_state = LeaderRecoveryState::recovering;
  CHECK(error_of(cluster, proposal) == ControllerError::invalid_request);
}

TEST_CASE("of two proposals with one partition epoch the second is refused (P16)") {
  ControlledCluster cluster(3);
  const PartitionIndex p = cluster.partition({0, 1, 2});
  const IsrProposal proposal = cluster.proposal(p, {0, 1});
  CHECK(error_of(cluster, proposal) == ControllerError::none);
  CHECK(error_of(cluster, proposal) == ControllerError::invalid_update_version);
}

}  // namespace
}  // namespace brokersim::test
