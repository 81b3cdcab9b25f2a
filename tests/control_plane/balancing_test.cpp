// SPDX-License-Identifier: Apache-2.0
// When leaders go back to their preferred replicas: rules L-10 to L-14.
#include "tests/control_plane/controlled_cluster.hpp"

namespace brokersim::test {
namespace {

/// Moves leadership from broker 0 to broker 1 at the present time, with 0 back in sync.
void bounce(ControlledCluster& cluster, PartitionIndex p) {
  cluster.fence(0);
  cluster.unfence(0);
  REQUIRE(cluster.leader(p) == 1);
  REQUIRE(cluster.alter_isr(p, {1, 0}) == ControllerError::none);
}

// Since 4.0 the controller's passes are periodic tasks. Numbers: QuorumController registers "electPreferred" every
// leader.imbalance.check.interval.seconds, "electUnclean" every 5 minutes, "maybeFenceStaleBroker" every eighth of
// broker.session.timeout.ms, all from its activation on.
TEST_CASE("since 4.0 leaders go back on a grid of intervals from the controller's activation, whenever they left") {
  ControllerSettings settings = patient();
  settings.clock = ControllerClock::periodic;
  Controller controller(settings, simulation_start, 40s);  // active for 40 s: a pass every 300 s from 260 s on
  CHECK(controller.next_balancing_time() == simulation_start + 260s);
  CHECK(controller.next_unclean_sweep_time() == simulation_start + 260s);
  ControlledCluster cluster(2, settings);
  const PartitionIndex p = cluster.partition({0, 1});
  CHECK(cluster.controller.next_balancing_time() == simulation_start + 300s);  // nothing to do, and yet
  cluster.now = simulation_start + 299s;
  bounce(cluster, p);
  cluster.run_until(simulation_start + 300s);
  CHECK(cluster.leader(p) == 0);  // after a second
  CHECK(cluster.controller.next_balancing_time() == simulation_start + 600s);
  cluster.now = simulation_start + 450s;
  cluster.controller.fail_over(cluster.now);
  CHECK(cluster.controller.next_balancing_time() == simulation_start + 750s);
}

TEST_CASE("since 4.0 a pass that stopped at its limit goes on 10 ms later, and the grid moves with it") {
  ControllerSettings settings = patient();
  settings.clock = ControllerClock::periodic;
  settings.max_elections_per_pass = 2;
  ControlledCluster cluster(2, settings);
  std::vector<PartitionIndex> all;
  for (int i = 0; i < 3; ++i) all.push_back(cluster.partition({0, 1}));
  cluster.fence(0);
  cluster.unfence(0);
  for (const PartitionIndex p : all) REQUIRE(cluster.alter_isr(p, {1, 0}) == ControllerError::none);
  cluster.run_until(simulation_start + 300s);
  CHECK(cluster.controller.led_by(BrokerIndex{0}) == 2);
  CHECK(cluster.controller.next_balancing_time() == simulation_start + 300s + 10ms);
  cluster.run_until(simulation_start + 301s);
  CHECK(cluster.controller.led_by(BrokerIndex{0}) == 3);
  CHECK(cluster.controller.next_balancing_time() == simulation_start + 600s + 10ms);
}

TEST_CASE("up to 3.9 KRaft's clock starts when imbalance appears, not on a grid (L-11)") {
  ControlledCluster cluster(2);
  const PartitionIndex p = cluster.partition({0, 1});
  CHECK(cluster.controller.next_balancing_time() == std::nullopt);
  cluster.now = simulation_start + 100s;
  bounce(cluster, p);
  CHECK(cluster.controller.next_balancing_time() == simulation_start + 400s);
  cluster.run_until(simulation_start + 399s);
  CHECK(cluster.leader(p) == 1);
  const std::vector<MetadataBatch> batches = cluster.run_until(simulation_start + 400s);
  CHECK(cluster.leader(p) == 0);
  REQUIRE(batches.size() == 1);
  CHECK(batches[0].partitions.at(0).cause == ChangeCause::leaders_balanced);
  CHECK(cluster.controller.next_balancing_time() == std::nullopt);  // balanced
}

TEST_CASE("a pass that finds nobody to move tries again an interval later (L-11, L-14)") {
  ControlledCluster cluster(2);
  const PartitionIndex p = cluster.partition({0, 1});
  cluster.fence(0);
  cluster.run_until(simulation_start + 500s);
  CHECK(cluster.leader(p) == 1);
  cluster.unfence(0);
  REQUIRE(cluster.alter_isr(p, {1, 0}) == ControllerError::none);
  CHECK(cluster.controller.next_balancing_time() == simulation_start + 600s);
  cluster.run_until(simulation_start + 600s);
  CHECK(cluster.leader(p) == 0);
}

TEST_CASE("a leaderless partition counts as imbalanced (L-11)") {
  ControlledCluster cluster(1, patient(false));
  cluster.partition({0});
  cluster.fence(0);
  CHECK(cluster.controller.next_balancing_time() == simulation_start + 300s);
}

TEST_CASE("a pass stops at its limit and goes on 10 ms later (L-11)") {
  ControllerSettings settings = patient();
  settings.max_elections_per_pass = 2;
  ControlledCluster cluster(2, settings);
  std::vector<PartitionIndex> all;
  for (int i = 0; i < 5; ++i) all.push_back(cluster.partition({0, 1}));
  cluster.fence(0);
  cluster.unfence(0);
  for (const PartitionIndex p : all) REQUIRE(cluster.alter_isr(p, {1, 0}) == ControllerError::none);
  std::vector<Instant> at;
  while (cluster.controller.next_balancing_time()) {
    at.push_back(*cluster.controller.next_balancing_time());
    cluster.controller.on_time(at.back());
  }
  CHECK(at ==
        std::vector<Instant>{simulation_start + 300s, simulation_start + 300s + 10ms, simulation_start + 300s + 20ms});
  CHECK(cluster.controller.led_by(BrokerIndex{0}) == 5);
}

TEST_CASE("switched off, nobody moves back (auto.leader.rebalance.enable)") {
  ControllerSettings settings = patient();
  settings.leader_balancing = LeaderBalancing::off;
  ControlledCluster cluster(2, settings);
  const PartitionIndex p = cluster.partition({0, 1});
  bounce(cluster, p);
  CHECK(cluster.controller.next_balancing_time() == std::nullopt);
}

TEST_CASE("a failover starts the interval anew (L-23)") {
  ControlledCluster cluster(2);
  const PartitionIndex p = cluster.partition({0, 1});
  bounce(cluster, p);
  cluster.now = simulation_start + 200s;
  cluster.controller.fail_over(cluster.now);
  CHECK(cluster.controller.next_balancing_time() == simulation_start + 500s);
}

TEST_CASE("the ZooKeeper-era controller looks every interval and leaves brokers at or below the threshold (L-13)") {
  ControllerSettings settings = patient(false);
  settings.leader_balancing = LeaderBalancing::zookeeper;
  settings.leader_imbalance_per_broker_percentage = 50;
  ControlledCluster cluster(2, settings);
  std::vector<PartitionIndex> all;
  for (int i = 0; i < 4; ++i) all.push_back(cluster.partition({0, 1}));
  const auto lead_elsewhere = [&](std::size_t count) {
    cluster.fence(0);
    cluster.unfence(0);
    for (const PartitionIndex p : all) REQUIRE(cluster.alter_isr(p, {1, 0}) == ControllerError::none);
    for (std::size_t i = count; i < all.size(); ++i)
      REQUIRE(cluster.elect(Election::preferred, all[i]) == ControllerError::none);
  };
  lead_elsewhere(2);  // 50 %: not above
  cluster.run_until(simulation_start + 5s);
  CHECK(cluster.controller.led_by(BrokerIndex{0}) == 2);
  CHECK(cluster.controller.next_balancing_time() == simulation_start + 305s);
  cluster.now = simulation_start + 100s;
  lead_elsewhere(3);  // 75 %
  cluster.run_until(simulation_start + 304s);
  CHECK(cluster.controller.led_by(BrokerIndex{0}) == 1);
  cluster.run_until(simulation_start + 305s);
  CHECK(cluster.controller.led_by(BrokerIndex{0}) == 4);
}

TEST_CASE("unclean election enabled later: the sweep finds the leaderless, every five minutes (L-10)") {
  ControlledCluster cluster(2, patient(false));
  const PartitionIndex p = cluster.partition({0, 1});
  REQUIRE(cluster.alter_isr(p, {0}) == ControllerError::none);
  cluster.now = simulation_start + 10s;
  cluster.fence(0);
  CHECK(cluster.controller.next_unclean_sweep_time() == simulation_start + 310s);
  cluster.run_until(simulation_start + 400s);
  CHECK(cluster.leader(p) == std::nullopt);
  cluster.controller.set_topic_rules(TopicIndex{0}, {1, true}, cluster.now);
  cluster.run_until(simulation_start + 609s);
  CHECK(cluster.leader(p) == std::nullopt);
  const std::vector<MetadataBatch> batches = cluster.run_until(simulation_start + 610s);
  CHECK(cluster.leader(p) == 1);
  CHECK(batches.back().partitions.at(0).cause == ChangeCause::unclean_sweep);
  CHECK(batches.back().partitions.at(0).unclean);
  CHECK(cluster.controller.next_unclean_sweep_time() == std::nullopt);
}

}  // namespace
}  // namespace brokersim::test
