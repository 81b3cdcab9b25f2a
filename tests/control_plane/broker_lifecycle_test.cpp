// SPDX-License-Identifier: Apache-2.0
// The broker's side: L-15, L-19 to L-21, and the fixed wait of 4.1 in place of exponential backoff.
#include "sim/control_plane/broker_lifecycle.hpp"

#include "tests/control_plane/controlled_cluster.hpp"

namespace brokersim::test {
namespace {

using State = BrokerLifecycle::State;

/// A broker beside a real controller, on ways that take no time.
struct LivingBroker {
  explicit LivingBroker(std::uint32_t index) : broker{index}, life(broker, {}) {}

  /// Sends what is due, and returns how long until the next.
  std::optional<Duration> talk(ControlledCluster& cluster) {
    life.on_sent();
    if (!life.is_registered()) {
      const RegistrationAnswer answer = cluster.controller.register_broker(broker, 99, false, {}, cluster.now);
      return answer.error == ControllerError::none ? life.on_registered(answer.epoch) : life.on_failure();
    }
    return life.on_heartbeat_answered(
        cluster.controller.heartbeat(life.heartbeat(cluster.controller.end_offset()), cluster.now));
  }

  BrokerIndex broker;
  BrokerLifecycle life;
};

TEST_CASE(
    "a start: registration, heartbeat at once, recovery, and unfenced as soon as its logs are ready (L-19, L-20)") {
  ControlledCluster cluster(2);
  cluster.fence(0);
  LivingBroker broker(0);
  CHECK(broker.talk(cluster) == Duration{0});  // registered
  CHECK(broker.talk(cluster) == 10ms);
  CHECK(broker.life.state() == State::recovery);
  CHECK(broker.talk(cluster) == 2s);
  CHECK(cluster.controller.broker(BrokerIndex{0}).fenced);
  CHECK(broker.life.on_ready() == Duration{0});
  CHECK(broker.talk(cluster) == 2s);
  CHECK(broker.life.state() == State::running);
  CHECK(cluster.controller.is_active(BrokerIndex{0}));
}

TEST_CASE("a crash-restarted broker tries every two seconds, and registers at most two after its session (L-20, 4.1)") {
  ControlledCluster cluster(1, ControllerSettings{});
  cluster.now = simulation_start + 1s;  // crashed at once, back after a second
  LivingBroker broker(0);
  std::vector<Duration> tries;
  while (!broker.life.is_registered()) {
    tries.push_back(cluster.now - simulation_start);
    cluster.now += broker.talk(cluster).value();
  }
  CHECK(tries == std::vector<Duration>{1s, 3s, 5s, 7s, 9s, 11s});  // at 9 s it is still valid (L-16)
}

TEST_CASE("ready while a heartbeat is under way: the next follows its answer at once") {
  ControlledCluster cluster(2);
  cluster.fence(0);
  LivingBroker broker(0);
  broker.talk(cluster);
  broker.talk(cluster);
  const HeartbeatRequest request = broker.life.heartbeat(cluster.controller.end_offset());
  broker.life.on_sent();
  CHECK(broker.life.on_ready() == std::nullopt);
  CHECK(broker.life.on_heartbeat_answered(cluster.controller.heartbeat(request, cluster.now)) == Duration{0});
  CHECK(broker.talk(cluster) == 2s);
  CHECK(broker.life.state() == State::running);
}

TEST_CASE("a failure is answered by one fixed wait, even in a hurry (L-15, 4.1)") {
  BrokerLifecycle life(BrokerIndex{0}, {});
  life.on_sent();
  CHECK(life.on_ready() == std::nullopt);
  CHECK(life.on_failure() == 2s);
  life.on_sent();
  CHECK(life.on_failure() == 2s);
}

TEST_CASE("controlled shutdown: asks at once, again after 50 ms, then every two seconds (L-21)") {
  ControlledCluster cluster(3);
  cluster.fence(0);
  cluster.partition({1, 2});
  LivingBroker broker(0);
  broker.talk(cluster);
  broker.talk(cluster);
  broker.life.on_ready();
  broker.talk(cluster);
  cluster.partition({0, 1, 2});
  CHECK(broker.life.on_shutdown_wanted() == Duration{0});
  CHECK(broker.talk(cluster) == 50ms);  // leads: its leadership moves
  CHECK(cluster.controller.led_by(BrokerIndex{0}) == 0);
  CHECK(broker.talk(cluster) == 2s);  // the others have not reported yet
  cluster.beat(1);
  cluster.beat(2);
  CHECK(broker.talk(cluster) == std::nullopt);
  CHECK(broker.life.state() == State::shutting_down);
}

TEST_CASE("a broker that does not run yet stops without a controlled shutdown") {
  BrokerLifecycle life(BrokerIndex{0}, {});
  CHECK(life.on_shutdown_wanted() == std::nullopt);
  CHECK(life.state() == State::shutting_down);
}

}  // namespace
}  // namespace brokersim::test
