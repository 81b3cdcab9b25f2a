// SPDX-License-Identifier: Apache-2.0
// Reassignments: rules, V-15.
#include "tests/control_plane/controlled_cluster.hpp"

namespace brokersim::test {
namespace {

TEST_CASE(
    "V-15: the target comes first, then who leaves; nobody is elected; the new first replica is preferred at once") {
  ControlledCluster cluster(5);
  const PartitionIndex p = cluster.partition({1, 2, 3});
  const OperationAnswer answer = cluster.reassign(p, {4, 2, 3});
  CHECK(answer.records.partitions.at(0).cause == ChangeCause::reassignment_started);
  CHECK(numbers(cluster[p].replicas) == Ids{4, 2, 3, 1});
  CHECK(numbers(cluster[p].adding) == Ids{4});
  CHECK(numbers(cluster[p].removing) == Ids{1});
  CHECK(cluster.leader(p) == 1);
  CHECK(cluster[p].leader_epoch == 0);
  CHECK(cluster[p].target_size() == 3);
  CHECK_FALSE(cluster[p].is_under_replicated());
  CHECK(cluster.controller.imbalanced().contains(p));
  CHECK(cluster.controller.partitions_on(BrokerIndex{4}).size() == 1);

  // Complete when all that stay are in sync: broker 1 led and goes, so the first of the list leads.
  const AlterPartitionAnswer end = cluster.propose(cluster.proposal(p, {1, 2, 3, 4}));
  CHECK(end.partitions.at(0).error == ControllerError::new_leader_elected);
  CHECK(end.records.partitions.at(0).completed_reassignment);
  CHECK(numbers(cluster[p].replicas) == Ids{4, 2, 3});
  CHECK(cluster.isr(p) == Ids{2, 3, 4});
  CHECK_FALSE(cluster[p].is_reassigning());
  CHECK(cluster.leader(p) == 4);
  CHECK(cluster[p].leader_epoch == 1);
  CHECK(cluster.controller.partitions_on(BrokerIndex{1}).empty());
}

TEST_CASE("V-15: a leader that stays keeps leading, yet the leader epoch grows, as a replica was dropped (L-2)") {
  ControlledCluster cluster(5);
  const PartitionIndex p = cluster.partition({2, 1, 3});
  cluster.reassign(p, {4, 2, 3});
  CHECK(cluster.alter_isr(p, {1, 2, 3, 4}) == ControllerError::none);
  CHECK(cluster.leader(p) == 2);
  CHECK(cluster[p].leader_epoch == 1);
}

TEST_CASE("a reassignment does not end before everybody who stays is in sync (A-3)") {
  ControlledCluster cluster(6);
  const PartitionIndex p = cluster.partition({0, 1, 2});
  cluster.reassign(p, {3, 4, 5});
  CHECK(cluster.alter_isr(p, {0, 1, 2, 3, 4}) == ControllerError::none);
  CHECK(cluster[p].is_reassigning());
  CHECK(cluster.alter_isr(p, {0, 1, 2, 3, 4, 5}) == ControllerError::new_leader_elected);
  CHECK(numbers(cluster[p].replicas) == Ids{3, 4, 5});
}

TEST_CASE("pure reordering is complete at once and moves no leader (A-3)") {
  ControlledCluster cluster(3);
  const PartitionIndex p = cluster.partition({0, 1, 2});
  CHECK(cluster.reassign(p, {2, 0, 1}).records.partitions.at(0).completed_reassignment);
  CHECK(numbers(cluster[p].replicas) == Ids{2, 0, 1});
  CHECK(cluster.leader(p) == 0);
  CHECK(cluster[p].leader_epoch == 0);
  CHECK(cluster.controller.imbalanced().contains(p));
}

TEST_CASE("cancelled, the replicas are as they were, and the leader epoch grows (A-4, L-2)") {
  ControlledCluster cluster(5);
  const PartitionIndex p = cluster.partition({1, 2, 3});
  CHECK(cluster.cancel(p) == ControllerError::no_reassignment_in_progress);
  cluster.reassign(p, {4, 2, 3});
  CHECK(cluster.cancel(p) == ControllerError::none);
  CHECK(numbers(cluster[p].replicas) == Ids{2, 3, 1});  // the order of the target stays: Kafka forgets the old one
  CHECK(cluster.leader(p) == 1);
  CHECK(cluster[p].leader_epoch == 1);
  CHECK_FALSE(cluster[p].is_reassigning());
}

TEST_CASE("cancelling with only new replicas in sync is unclean: the topic must allow it, an old one must live (A-4)") {
  for (const bool unclean : {false, true}) {
    ControlledCluster cluster(5);
    const PartitionIndex p = cluster.partition({1, 2}, {.min_insync_replicas = 1, .unclean_leader_election = unclean});
    cluster.reassign(p, {3, 4});
    REQUIRE(cluster.alter_isr(p, {1, 2, 3}) == ControllerError::none);
    cluster.fence(1);
    cluster.fence(2);
    REQUIRE(cluster.isr(p) == Ids{3});
    CHECK(cluster.cancel(p) == ControllerError::invalid_replica_assignment);
    cluster.unfence(2);
    CHECK(cluster.cancel(p) == (unclean ? ControllerError::none : ControllerError::invalid_replica_assignment));
    CHECK(cluster[p].is_reassigning() == !unclean);
    CHECK(cluster.isr(p) == (unclean ? Ids{2} : Ids{3}));
  }
}

TEST_CASE("no replica that a cancelled reassignment takes away stays eligible (P17)") {
  ControlledCluster cluster(5);
  const PartitionIndex p = cluster.partition({1, 2, 3}, {.min_insync_replicas = 2, .unclean_leader_election = false});
  cluster.reassign(p, {4, 2, 3});
  REQUIRE(cluster.alter_isr(p, {1, 4}) == ControllerError::none);
  CHECK(cluster.cancel(p) == ControllerError::none);
  CHECK(cluster.isr(p) == Ids{1});
  CHECK(cluster.elr(p).empty());
}

TEST_CASE("targets that nobody can fulfil are refused") {
  ControlledCluster cluster(4);
  const PartitionIndex p = cluster.partition({0, 1});
  CHECK(cluster.reassign(p, {}).errors.at(0) == ControllerError::invalid_replica_assignment);
  CHECK(cluster.reassign(p, {1, 1}).errors.at(0) == ControllerError::invalid_replica_assignment);
  CHECK(cluster.reassign(p, {1, 9}).errors.at(0) == ControllerError::invalid_replica_assignment);
  CHECK(cluster.reassign(PartitionIndex{5}, {1}).errors.at(0) == ControllerError::unknown_topic_or_partition);
  const ReassignmentTarget wider{p, list({0, 1, 2})};
  CHECK(cluster.controller.alter_partition_reassignments({&wider, 1}, cluster.now, false).errors.at(0) ==
        ControllerError::invalid_replication_factor);  // 4.1
  CHECK(cluster.controller.alter_partition_reassignments({&wider, 1}, cluster.now).errors.at(0) ==
        ControllerError::none);
}

TEST_CASE("the old leader's broker dies in the middle: an old in-sync replica leads, new ones only once in sync") {
  ControlledCluster cluster(5);
  const PartitionIndex p = cluster.partition({1, 2, 3});
  cluster.reassign(p, {4, 2, 3});
  cluster.fence(1);
  CHECK(cluster.leader(p) == 2);
  CHECK(cluster[p].is_reassigning());
  CHECK(cluster.alter_isr(p, {2, 3, 4}) == ControllerError::none);
  CHECK_FALSE(cluster[p].is_reassigning());
  CHECK(cluster.leader(p) == 2);
}

}  // namespace
}  // namespace brokersim::test
