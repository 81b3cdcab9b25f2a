// SPDX-License-Identifier: Apache-2.0
// Sessions, registrations and controlled shutdown: rules L-15 to L-23, INV-P20.
#include "tests/control_plane/controlled_cluster.hpp"

namespace brokersim::test {
namespace {

TEST_CASE("a session is valid at its deadline and over a nanosecond later (L-16)") {
  ControlledCluster cluster(1, with_elr(true));
  CHECK(cluster.controller.next_fencing_time() == simulation_start + 9s + 1ns);
  CHECK(cluster.controller.on_time(simulation_start + 9s).empty());
  CHECK_FALSE(cluster.controller.on_time(simulation_start + 9s + 1ns).empty());
  CHECK(cluster.controller.broker(BrokerIndex{0}).fenced);
  CHECK(cluster.controller.next_fencing_time() == std::nullopt);
}

// Since 4.0 a session that is over is noticed when the controller looks next: every 9 s / 8 = 1.125 s.
TEST_CASE("since 4.0 sessions are looked at eight times a timeout: fenced up to 112.5 % of it after the last contact") {
  ControllerSettings settings = with_elr(true);
  settings.clock = ControllerClock::periodic;
  ControlledCluster cluster(3, settings);  // all heard from at 0
  // Looks at 1.125 s, 2.25 s, ... 9 s, 10.125 s: at 9 s the sessions are still valid.
  CHECK(cluster.controller.next_fencing_time() == simulation_start + 10'125ms);
  cluster.now = simulation_start + 2s;
  cluster.beat(2);
  std::vector<Instant> fenced;
  while (fenced.size() < 3) {
    const Instant next = *cluster.controller.next_call_time();
    if (!cluster.controller.on_time(next).brokers.empty()) fenced.push_back(next);
  }
  // The two of 0 s one after the other; then the grid has moved by 10 ms for each: 10.145 s, 11.27 s.
  CHECK(fenced ==
        std::vector<Instant>{simulation_start + 10'125ms, simulation_start + 10'135ms, simulation_start + 11'270ms});
  Controller later(settings, simulation_start, 1s);  // has looked last a second ago
  later.add_running_broker({}, simulation_start);
  CHECK(later.next_fencing_time() == simulation_start + 9'125ms);
}

TEST_CASE("stale brokers are fenced one at a time, who was heard from first comes first (L-16)") {
  ControlledCluster cluster(4, with_elr(true));
  const auto beat_at = [&](Duration at, std::uint32_t broker) {
    cluster.now = simulation_start + at;
    cluster.beat(broker);
  };
  beat_at(1s, 3);
  beat_at(2s, 0);
  beat_at(2s, 2);
  beat_at(3s, 1);
  beat_at(4s, 3);
  std::vector<std::uint32_t> fenced;
  std::vector<Duration> at;
  for (const MetadataBatch& batch : cluster.run_until(simulation_start + 20s)) {
    REQUIRE(batch.brokers.size() == 1);
    fenced.push_back(batch.brokers[0].broker.value);
  }
  CHECK(fenced == std::vector<std::uint32_t>{0, 2, 1, 3});
}

TEST_CASE("what fencing one broker does is seen when the next is fenced: leadership goes the long way (L-16)") {
  ControlledCluster cluster(3, with_elr(false));
  const PartitionIndex p = cluster.partition({0, 1, 2});
  cluster.now = simulation_start + 1s;
  cluster.beat(2);
  const std::vector<MetadataBatch> batches = cluster.run_until(simulation_start + 9s + 1ns);
  REQUIRE(batches.size() == 2);  // both at one instant
  CHECK(batches[0].partitions.at(0).registration.leader == BrokerIndex{1});
  CHECK(batches[1].partitions.at(0).registration.leader == BrokerIndex{2});
  CHECK(cluster[p].leader_epoch == 2);
}

TEST_CASE("a stalled broker that beats again is unfenced, same incarnation and epoch (L-19)") {
  ControlledCluster cluster(2, with_elr(true));
  const BrokerEpoch epoch = cluster.controller.broker(BrokerIndex{0}).epoch;
  cluster.run_until(simulation_start + 12s);
  REQUIRE(cluster.controller.broker(BrokerIndex{0}).fenced);
  const HeartbeatAnswer answer = cluster.beat(0);
  CHECK_FALSE(answer.fenced);
  CHECK(cluster.controller.broker(BrokerIndex{0}).epoch == epoch);
  CHECK(cluster.controller.next_fencing_time() == simulation_start + 21s + 1ns);
}

TEST_CASE("a crashed broker cannot register before its old session is over (L-20)") {
  ControlledCluster cluster(2, with_elr(true));
  cluster.now = simulation_start + 9s;
  CHECK(cluster.restart(0, false).error == ControllerError::duplicate_broker_registration);
  cluster.now += 1ns;
  CHECK(cluster.restart(0, false).error == ControllerError::none);
}

TEST_CASE("a new incarnation gets a greater epoch, the same one the same (P20)") {
  ControlledCluster cluster(2);
  const BrokerEpoch first = cluster.controller.broker(BrokerIndex{0}).epoch;
  cluster.fence(0);
  const RegistrationAnswer second = cluster.restart(0, true);
  CHECK(second.epoch > first);
  const auto again = cluster.controller.register_broker(BrokerIndex{0}, cluster.incarnation, true, {}, cluster.now);
  CHECK(again.epoch == second.epoch);
  CHECK(cluster.controller.heartbeat({.broker = BrokerIndex{0}, .epoch = first}, cluster.now).error ==
        ControllerError::stale_broker_epoch);
}

TEST_CASE("registering between the end of the session and the fence leaves no ISR as it was (P18)") {
  ControlledCluster cluster(2, with_elr(true));
  const PartitionIndex p = cluster.partition({0, 1});
  cluster.now = simulation_start + 9s + 1ns;  // both are stale, nobody is fenced yet
  const RegistrationAnswer answer = cluster.restart(0, false);
  CHECK(answer.records.partitions.at(0).cause == ChangeCause::broker_registered);
  CHECK(cluster.leader(p) == 1);
  CHECK(cluster.isr(p) == Ids{1});
}

TEST_CASE("a starting broker is unfenced once it wants to be and knows of its registration (L-19, L-20)") {
  ControlledCluster cluster(2);
  cluster.fence(0);
  const RegistrationAnswer registration = cluster.restart(0, true);
  HeartbeatRequest request{.broker = BrokerIndex{0}, .epoch = registration.epoch};
  request.metadata_offset = registration.records.end_offset - 1;
  HeartbeatAnswer answer = cluster.controller.heartbeat(request, cluster.now);
  CHECK(answer.fenced);
  CHECK_FALSE(answer.caught_up);
  request.metadata_offset = registration.records.end_offset;
  request.wants_fence = true;  // recovers its logs
  answer = cluster.controller.heartbeat(request, cluster.now);
  CHECK(answer.fenced);
  CHECK(answer.caught_up);
  request.wants_fence = false;
  CHECK_FALSE(cluster.controller.heartbeat(request, cluster.now).fenced);
}

TEST_CASE("a broker that leads nothing may stop at once, and is fenced (L-21)") {
  ControlledCluster cluster(3);
  const PartitionIndex p = cluster.partition({0, 1, 2});
  const HeartbeatAnswer answer = cluster.beat(1, false, true);
  CHECK(answer.should_shut_down);
  CHECK(answer.fenced);
  CHECK(cluster.isr(p) == Ids{0, 2});
}

TEST_CASE("controlled shutdown: leaders move in one batch; it may stop when everybody active knows (L-21, L-22)") {
  ControlledCluster cluster(4);
  const PartitionIndex led = cluster.partition({0, 1, 2}), followed = cluster.partition({1, 0, 2});
  HeartbeatAnswer answer = cluster.beat(0, false, true);
  CHECK(answer.in_controlled_shutdown);
  CHECK_FALSE(answer.should_shut_down);
  CHECK_FALSE(answer.fenced);
  CHECK(answer.records.partitions.size() == 2);
  CHECK(cluster.leader(led) == 1);
  CHECK(cluster.isr(led) == Ids{1, 2});
  CHECK(cluster.isr(followed) == Ids{1, 2});
  // It keeps fetching, but nobody may take it back (L-22).
  CHECK(cluster.alter_isr(led, {1, 2, 0}) == ControllerError::ineligible_replica);
  const MetadataOffset end = answer.records.end_offset;
  const auto report = [&](std::uint32_t broker, MetadataOffset offset) {
    const BrokerIndex index{broker};
    cluster.controller.heartbeat(
        {.broker = index, .epoch = cluster.controller.broker(index).epoch, .metadata_offset = offset}, cluster.now);
  };
  report(1, end);
  report(2, end);
  report(3, end - 1);
  CHECK_FALSE(cluster.beat(0, false, true).should_shut_down);
  report(3, end);
  answer = cluster.beat(0, false, true);
  CHECK(answer.should_shut_down);
  CHECK(answer.fenced);
  CHECK(cluster.restart(0, true).error == ControllerError::none);  // at once: it is fenced already (L-20)
}

TEST_CASE("a broker in controlled shutdown does not wait for another one (L-21)") {
  ControlledCluster cluster(3);
  cluster.partition({0, 2});
  cluster.partition({1, 2});
  cluster.beat(0, false, true);
  cluster.beat(1, false, true);
  cluster.beat(2);
  CHECK(cluster.beat(0, false, true).should_shut_down);
  CHECK(cluster.beat(1, false, true).should_shut_down);
}

TEST_CASE("a broker that hangs in its controlled shutdown is fenced by its session, and then may stop") {
  ControlledCluster cluster(2, with_elr(true));
  cluster.partition({0, 1});
  cluster.beat(0, false, true);
  cluster.now = simulation_start + 5s;
  cluster.beat(1);
  cluster.run_until(simulation_start + 10s);
  CHECK(cluster.controller.broker(BrokerIndex{0}).fenced);
  CHECK(cluster.beat(0, false, true).should_shut_down);
}

TEST_CASE("after a failover every session starts anew: a dead broker lives up to a session longer (L-23)") {
  ControlledCluster cluster(3, with_elr(true));
  cluster.now = simulation_start + 8s;
  cluster.controller.fail_over(cluster.now);
  CHECK(cluster.controller.next_fencing_time() == simulation_start + 17s + 1ns);
  CHECK(cluster.run_until(simulation_start + 17s).empty());
  CHECK(cluster.run_until(simulation_start + 18s).size() == 3);
}

TEST_CASE("after a failover a controlled shutdown goes on, and waits for reports to the new controller (L-21, L-23)") {
  ControlledCluster cluster(2);
  cluster.partition({0, 1});
  cluster.beat(0, false, true);
  cluster.controller.fail_over(cluster.now);
  // It leads nothing any more, so the new controller lets it stop at once.
  CHECK(cluster.beat(0, false, true).should_shut_down);
}

TEST_CASE("an unregistered broker leads nothing and is told so (STALE_BROKER_EPOCH)") {
  ControlledCluster cluster(2);
  const PartitionIndex p = cluster.partition({0, 1});
  CHECK(cluster.controller.unregister_broker(BrokerIndex{0}, cluster.now).errors.at(0) == ControllerError::none);
  CHECK(cluster.leader(p) == 1);
  CHECK(cluster.beat(0).error == ControllerError::stale_broker_epoch);
  CHECK(cluster.controller.unregister_broker(BrokerIndex{0}, cluster.now).errors.at(0) ==
        ControllerError::broker_id_not_registered);
  CHECK(cluster.controller.unregister_broker(BrokerIndex{9}, cluster.now).errors.at(0) ==
        ControllerError::broker_id_not_registered);
}

TEST_CASE("time that goes back is the caller's mistake") {
  ControlledCluster cluster(1);
  cluster.now = simulation_start + 1s;
  cluster.beat(0);
  CHECK_THROWS_AS(cluster.controller.on_time(simulation_start), ContractViolation);
}

}  // namespace
}  // namespace brokersim::test
