// SPDX-License-Identifier: Apache-2.0
// Leaders and followers change hands: by hand here, without a controller (L-30, L-31, R-40, R-41).
#include <doctest/doctest.h>

#include "sim/model/cluster.hpp"
#include "tests/support/tiny_world.hpp"

using namespace brokersim;
using namespace std::chrono_literals;

namespace {

constexpr BrokerIndex first{0}, second{1}, third{2};
const std::vector<BrokerIndex> all_three{first, second, third};  // assigned

/// Three brokers with a partition of three replicas, a record each 100 ms from 1 s on, every message 1 ms.
Scenario three_replicas() {
  Scenario scenario = tiny::brokers_in_zones(3, 1ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1, 2, 3});
  tiny::add_producer(scenario, topic, 10, 1s).acks = 1;  // else a parked request would hold up its connection (B-4)
  scenario.world.fails = true;
  scenario.duration = 10s;
  return scenario;
}

Cluster cluster_of(const Scenario& scenario) {
  RunLimits limits{{}, scenario.duration, 60s};
  limits.checked = false;  // leaders and ISRs are set by hand here, no controller has decided on them
  return Cluster(scenario.world, place_partitions(scenario), ReadPolicy::leader, {scenario.seed, 0}, limits);
}

void stop(Cluster& cluster, BrokerIndex broker) {
  cluster.roles.stop(broker);
  cluster.replication.on_broker_lost(broker, Loss::reset);
}

}  // namespace

TEST_CASE("while nothing fails a world that may fail gives the same figures") {
  Scenario scenario = three_replicas();
  tiny::add_group(scenario, {TopicIndex{0}}, 1);
  const TrialResult may_fail = tiny::run(scenario, ReadPolicy::rack_aware);
  scenario.world.fails = false;
  const TrialResult cannot = tiny::run(scenario, ReadPolicy::rack_aware);
  CHECK(may_fail.conservation.violations.empty());
  CHECK(may_fail.conservation.delivered == cannot.conservation.delivered);
  CHECK(may_fail.produce.sum_seconds() == cannot.produce.sum_seconds());
  CHECK(may_fail.staleness.visibility_delay.sum_seconds() == cannot.staleness.visibility_delay.sum_seconds());
}

TEST_CASE("L-30: a new leader's high watermark moves once every in-sync replica has fetched in its epoch") {
  const Scenario scenario = three_replicas();
  Cluster cluster = cluster_of(scenario);
  cluster.start();
  cluster.advance(Instant{2050ms});  // records of 1.0 to 2.0 s: 11
  REQUIRE(cluster.logs[0].log_end == 11);
  REQUIRE(cluster.logs[0].high_watermark == 11);
  // The followers have all 11, but know of the high watermark as it was before the last append.
  REQUIRE(cluster.replication[1].log_end == 11);
  REQUIRE(cluster.replication[1].high_watermark == 10);
  stop(cluster, first);
  cluster.roles.apply(second, 0, {second, 1, 1, {second, third}, all_three});
  CHECK(cluster.logs[0].leader == second);
  CHECK(cluster.logs[0].high_watermark == 10);
  cluster.roles.apply(third, 0, {second, 1, 1, {second, third}, all_three});
  cluster.advance(Instant{2050ms + 1ms - 1ns});  // the third's fetch arrives 1 ms later
  CHECK(cluster.logs[0].high_watermark == 10);
  cluster.advance(Instant{2050ms + 1ms});
  CHECK(cluster.logs[0].high_watermark == 11);
}

TEST_CASE("R-40, R-41: who has more than the new leader cuts it, and has the new leader's log then") {
  const Scenario scenario = three_replicas();
  Cluster cluster = cluster_of(scenario);
  cluster.start();
  // The record of 2.0 s is appended at 2.001 s and at the followers, whose fetches are parked, at 2.002 s.
  cluster.advance(Instant{2001ms});
  REQUIRE(cluster.logs[0].log_end == 11);
  REQUIRE(cluster.replication[1].log_end == 10);
  stop(cluster, first);
  cluster.roles.apply(second, 0, {second, 1, 1, {second, third}, all_three});
  cluster.roles.apply(third, 0, {second, 1, 1, {second, third}, all_three});
  cluster.producers.on_leader_named(0, 0, second, 1);
  CHECK(cluster.logs[0].log_end == 10);
  CHECK(cluster.branches->log_end(0) == 11);
  CHECK(cluster.branches->base(0) == 10);
  cluster.advance(Instant{3050ms});  // records of 2.1 to 3.0 s go to the new leader: 10
  REQUIRE(cluster.logs[0].log_end == 20);
  cluster.roles.start(first);
  cluster.roles.apply(first, 0, {second, 1, 1, {second, third}, all_three});
  // It asks about epoch 0, which ends at 10 at the leader: cut, asked again, copied: three round trips.
  cluster.advance(Instant{3050ms + 2ms});
  CHECK(cluster.branches->log_end(0) == 10);
  cluster.advance(Instant{3050ms + 4ms});
  CHECK(cluster.branches->log_end(0) == 20);
  CHECK(cluster.branches->base(0) == 20);
  CHECK(cluster.branches->last_epoch(0) == 1);
}

TEST_CASE("R-20: who has left the ISR holds the high watermark back no longer than replica.lag.time.max.ms") {
  Scenario scenario = three_replicas();
  scenario.duration = 60s;
  Cluster cluster = cluster_of(scenario);
  cluster.start();
  cluster.advance(Instant{2050ms});
  stop(cluster, third);
  cluster.advance(Instant{3050ms});
  CHECK(cluster.logs[0].log_end == 21);
  CHECK(cluster.logs[0].high_watermark == 11);  // the third, in sync, has fetched up to there
  cluster.advance(Instant{34050ms});
  cluster.roles.apply(first, 0, {first, 0, 1, {first, second}, all_three});
  CHECK(cluster.logs[0].high_watermark == cluster.logs[0].log_end);
}
