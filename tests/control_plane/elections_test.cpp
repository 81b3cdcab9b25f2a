// SPDX-License-Identifier: Apache-2.0
// Who leads: rules L-2, L-4 to L-10 and what kafka-semantics-4.2 changes of them. Expected values are the rules' own.
#include "tests/control_plane/controlled_cluster.hpp"

namespace brokersim::test {
namespace {

TEST_CASE("V-14: the next leader is the first in-sync replica in order of replicas, not of the ISR") {
  ControlledCluster cluster(4, patient(false));
  const PartitionIndex p = cluster.partition({1, 2, 3});
  REQUIRE(cluster.alter_isr(p, {3, 2, 1}) == ControllerError::none);
  const std::uint32_t epoch = cluster[p].leader_epoch;
  cluster.fence(1);
  CHECK(cluster.leader(p) == 2);
  CHECK(cluster.isr(p) == Ids{3, 2});
  CHECK(cluster[p].leader_epoch == epoch + 1);
}

TEST_CASE("V-14: without ELR the last ISR member stays in the record, and leads again when it is unfenced (L-8)") {
  ControlledCluster cluster(4, patient(false));
  const PartitionIndex p = cluster.partition({1, 2, 3});
  REQUIRE(cluster.alter_isr(p, {1}) == ControllerError::none);
  cluster.fence(1);
  CHECK(cluster.leader(p) == std::nullopt);
  CHECK(cluster.isr(p) == Ids{1});
  CHECK(cluster.elr(p).empty());
  const MetadataBatch records = cluster.unfence(1);
  CHECK(cluster.leader(p) == 1);
  REQUIRE(records.partitions.size() == 1);
  CHECK(records.partitions[0].cause == ChangeCause::broker_unfenced);
  CHECK_FALSE(records.partitions[0].unclean);
}

TEST_CASE("V-14: with unclean election the first active replica leads alone, recovering, at once (L-7, L-10)") {
  ControlledCluster cluster(4, patient(false));
  const PartitionIndex p = cluster.partition({1, 2, 3}, {.min_insync_replicas = 1, .unclean_leader_election = true});
  REQUIRE(cluster.alter_isr(p, {1}) == ControllerError::none);
  const MetadataBatch records = cluster.fence(1);
  CHECK(cluster.leader(p) == 2);
  CHECK(cluster.isr(p) == Ids{2});
  CHECK(cluster[p].recovery_state == LeaderRecoveryState::recovering);
  REQUIRE(records.partitions.size() == 1);
  CHECK(records.partitions[0].unclean);
}

TEST_CASE(
    "a member that leaves an ISR below min.insync.replicas is eligible, and elected before anybody is (L-8, L-9)") {
  ControlledCluster cluster(4);
  const PartitionIndex p = cluster.partition({1, 2, 3}, {.min_insync_replicas = 2, .unclean_leader_election = false});
  cluster.fence(2);
  CHECK(cluster.elr(p).empty());  // two are still in sync
  cluster.fence(3);
  CHECK(cluster.isr(p) == Ids{1});
  CHECK(cluster.elr(p) == Ids{3});
  cluster.fence(1);
  CHECK(cluster.leader(p) == std::nullopt);
  CHECK(cluster.isr(p).empty());
  CHECK(cluster.elr(p) == Ids{1, 3});
  CHECK(numbers(cluster[p].last_known_elr) == Ids{1});  // written when it became leaderless (4.2)
  const MetadataBatch records = cluster.unfence(3);
  CHECK(cluster.leader(p) == 3);
  CHECK(cluster.isr(p) == Ids{3});
  CHECK(cluster.elr(p) == Ids{1});
  CHECK(cluster[p].last_known_elr.empty());  // cleared once it has a leader (4.2)
  CHECK_FALSE(records.partitions.at(0).unclean);
  CHECK(cluster[p].recovery_state == LeaderRecoveryState::recovered);
}

TEST_CASE(
    "the ELR is cleared when the ISR reaches min.insync.replicas, which is at most the replication factor (L-9)") {
  ControlledCluster cluster(4);
  const PartitionIndex p = cluster.partition({1, 2}, {.min_insync_replicas = 3, .unclean_leader_election = false});
  CHECK(cluster.controller.effective_min_insync_replicas(TopicIndex{0}) == 2);
  cluster.fence(2);
  CHECK(cluster.elr(p) == Ids{2});
  cluster.unfence(2);
  CHECK(cluster.elr(p) == Ids{2});  // unfencing brings nobody into the ISR (L-19)
  CHECK(cluster.isr(p) == Ids{1});
  REQUIRE(cluster.alter_isr(p, {1, 2}) == ControllerError::none);
  CHECK(cluster.elr(p).empty());
}

TEST_CASE("another min.insync.replicas empties the ELR of a partition that has a leader (KAFKA-16540)") {
  ControlledCluster cluster(4);
  const PartitionIndex p = cluster.partition({1, 2, 3}, {.min_insync_replicas = 3, .unclean_leader_election = false});
  cluster.fence(2);
  cluster.fence(3);
  REQUIRE(cluster.elr(p) == Ids{2, 3});
  cluster.controller.set_topic_rules(TopicIndex{0}, {3, true}, cluster.now);
  CHECK(cluster.elr(p) == Ids{2, 3});
  cluster.controller.set_topic_rules(TopicIndex{0}, {2, false}, cluster.now);
  CHECK(cluster.isr(p) == Ids{1});
  CHECK(cluster.elr(p).empty());
}

TEST_CASE("a leader out of the ELR that is enough by itself empties it, as it commits without the others (L-9, P15)") {
  ControlledCluster cluster(4);
  const PartitionIndex p = cluster.partition({1, 2}, {.min_insync_replicas = 2, .unclean_leader_election = false});
  cluster.fence(1);
  cluster.fence(2);
  cluster.controller.set_topic_rules(TopicIndex{0}, {1, false}, cluster.now);
  REQUIRE(cluster.elr(p) == Ids{1, 2});  // nobody leads: it stays
  cluster.unfence(2);
  CHECK(cluster.leader(p) == 2);
  CHECK(cluster.isr(p) == Ids{2});
  CHECK(cluster.elr(p).empty());
}

TEST_CASE("a broker that stopped uncleanly leaves the ELR; then only the last known leader may lead (4.2, P21, P36)") {
  ControlledCluster cluster(4);
  const PartitionIndex p = cluster.partition({1, 2, 3}, {.min_insync_replicas = 2, .unclean_leader_election = false});
  for (const std::uint32_t broker : {2U, 3U, 1U}) cluster.fence(broker);
  REQUIRE(cluster.elr(p) == Ids{1, 3});
  cluster.restart(3, false);
  CHECK(cluster.elr(p) == Ids{1});
  cluster.restart(1, false);
  CHECK(cluster.elr(p).empty());
  cluster.unfence(3);
  CHECK(cluster.leader(p) == std::nullopt);  // alive, but not the one that led last
  const MetadataBatch records = cluster.unfence(1);
  CHECK(cluster.leader(p) == 1);
  CHECK(cluster.isr(p) == Ids{1});
  CHECK(records.partitions.at(0).unclean);
  CHECK(cluster[p].recovery_state == LeaderRecoveryState::recovering);
}

TEST_CASE("a clean restart leaves the ELR as it is") {
  ControlledCluster cluster(4);
  const PartitionIndex p = cluster.partition({1, 2}, {.min_insync_replicas = 2, .unclean_leader_election = false});
  cluster.fence(2);
  cluster.restart(2, true);
  CHECK(cluster.elr(p) == Ids{2});
}

TEST_CASE("by hand: preferred moves the leader only to an in-sync first replica; unclean needs no leader (A-9)") {
  ControlledCluster cluster(4);
  const PartitionIndex p = cluster.partition({1, 2, 3});
  CHECK(cluster.elect(Election::preferred, p) == ControllerError::election_not_needed);
  CHECK(cluster.elect(Election::unclean, p) == ControllerError::election_not_needed);
  CHECK(cluster.elect(Election::preferred, PartitionIndex{7}) == ControllerError::unknown_topic_or_partition);
  cluster.fence(1);
  CHECK(cluster.elect(Election::preferred, p) == ControllerError::preferred_leader_not_available);
  cluster.unfence(1);
  CHECK(cluster.elect(Election::preferred, p) == ControllerError::preferred_leader_not_available);
  REQUIRE(cluster.alter_isr(p, {2, 3, 1}) == ControllerError::none);
  CHECK(cluster.elect(Election::preferred, p) == ControllerError::none);
  CHECK(cluster.leader(p) == 1);
}

TEST_CASE("an unclean election by hand needs no setting of the topic, but somebody alive") {
  ControlledCluster cluster(4, patient(false));
  const PartitionIndex p = cluster.partition({1, 2});
  REQUIRE(cluster.alter_isr(p, {1}) == ControllerError::none);
  cluster.fence(1);
  cluster.fence(2);
  CHECK(cluster.elect(Election::unclean, p) == ControllerError::eligible_leaders_not_available);
  cluster.unfence(2);
  CHECK(cluster.leader(p) == std::nullopt);
  CHECK(cluster.elect(Election::unclean, p) == ControllerError::none);
  CHECK(cluster.leader(p) == 2);
  CHECK(cluster.isr(p) == Ids{2});
}

TEST_CASE("an ISR change moves the partition epoch and not the leader epoch (L-2)") {
  ControlledCluster cluster(4);
  const PartitionIndex p = cluster.partition({1, 2, 3});
  const PartitionRegistration before = cluster[p];
  REQUIRE(cluster.alter_isr(p, {1, 2}) == ControllerError::none);
  REQUIRE(cluster.alter_isr(p, {1, 2, 3}) == ControllerError::none);
  CHECK(cluster[p].leader_epoch == before.leader_epoch);
  CHECK(cluster[p].partition_epoch == before.partition_epoch + 2);
  cluster.fence(3);  // led nothing: its leaving is an ISR change, too
  CHECK(cluster[p].leader_epoch == before.leader_epoch);
}

TEST_CASE("a fence touches the partitions with the broker in the ISR only (L-18)") {
  ControlledCluster cluster(4, patient(false));
  const PartitionIndex out = cluster.partition({1, 2}), in = cluster.partition({2, 1}), other = cluster.partition({3});
  REQUIRE(cluster.alter_isr(out, {1}) == ControllerError::none);
  const MetadataBatch records = cluster.fence(2);
  REQUIRE(records.partitions.size() == 1);
  CHECK(records.partitions[0].partition == in);
  CHECK(records.partitions[0].leader_before == BrokerIndex{2});
  REQUIRE(records.brokers.size() == 1);
  CHECK(records.brokers[0].registration.fenced);
  CHECK(records.end_offset == records.brokers[0].offset);  // its own record comes last
  CHECK(cluster.leader(other) == 3);
}

}  // namespace
}  // namespace brokersim::test
