// SPDX-License-Identifier: Apache-2.0
// The settings that matter when something fails: "control_plane", and those of producers, groups and topics.
#include <doctest/doctest.h>

#include "tests/scenario_file/scenario_support.hpp"

namespace brokersim::test {
namespace {

using namespace std::chrono_literals;

std::string with_control_plane(const std::string& section) {
  return replaced(small_scenario, "\"zones\"", "\"control_plane\": " + section + ", \"zones\"");
}
std::string with_producer(const std::string& config) {
  return replaced(small_scenario, "\"1000/s\"", "\"1000/s\", \"config\": " + config);
}
std::string with_group(const std::string& config) {
  return replaced(small_scenario, "\"id\": \"g\"", "\"id\": \"g\", \"config\": " + config);
}
WorldSpec world_of(const std::string& text) {
  return read_scenario_text(text, "x.json").scenario.world;
}
/// What is written of a scenario means the same and is written alike again.
void check_repeats(const std::string& text) {
  const ScenarioDocument once = read_scenario_text(text, "x.json");
  const ScenarioDocument again = read_scenario_text(once.effective_json, "x.json");
  CHECK(again.hash == once.hash);
  CHECK(again.effective_json == once.effective_json);
}
bool says(const std::string& text, const std::string& part) {
  return answer(text, "x").find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("control_plane: every setting is read, and written back to the same meaning") {
  const std::string text = with_control_plane(R"({
      "failover_time": "3s", "commit_time": {"distribution": "exponential", "mean": "2ms"}, "propagation_delay": "1ms",
      "start_up_time": "20s", "first_answer_time": "500ms", "recovery_rate": "100MB/s", "recovery_time_per_log": "84ms",
      "config": {"broker.heartbeat.interval.ms": 1000, "broker.session.timeout.ms": 6000,
                 "initial.broker.registration.timeout.ms": 30000, "controlled.shutdown.enable": false,
                 "controller.quorum.append.linger.ms": 5, "eligible.leader.replicas.version": 0,
                 "auto.leader.rebalance.enable": false, "leader.imbalance.check.interval.seconds": 30,
                 "leader.imbalance.per.broker.percentage": 10, "replica.lag.time.max.ms": 10000,
                 "replica.fetch.backoff.ms": 500, "replica.socket.timeout.ms": 20000,
                 "num.recovery.threads.per.data.dir": 4}})");
  const ControlPlaneSpec spec = world_of(text).control_plane;
  CHECK(spec.failover_time.law == DelayDistribution::Law::constant);
  CHECK(spec.failover_time.mean == 3s);
  CHECK(spec.commit_time.mean == 2ms);
  CHECK(spec.propagation_delay.mean == 1ms);
  CHECK(spec.start_up_time == 20s);
  CHECK(spec.first_answer_time == 500ms);
  CHECK(spec.recovery_rate.value == 100'000'000);
  CHECK(spec.recovery_time_per_log == 84ms);
  CHECK(spec.broker_heartbeat_interval == 1s);
  CHECK(spec.broker_session_timeout == 6s);
  CHECK(spec.initial_broker_registration_timeout == 30s);
  CHECK_FALSE(spec.controlled_shutdown);
  CHECK(spec.append_linger == 5ms);
  CHECK_FALSE(spec.eligible_leader_replicas);
  CHECK_FALSE(spec.auto_leader_rebalance);
  CHECK(spec.leader_imbalance_check_interval == 30s);
  CHECK(spec.leader_imbalance_percentage == 10U);
  CHECK(spec.replica_lag_time_max == 10s);
  CHECK(spec.replica_fetch_backoff == 500ms);
  CHECK(spec.replica_socket_timeout == 20s);
  CHECK(spec.num_recovery_threads_per_data_dir == 4);
  check_repeats(text);
}

TEST_CASE("Defaults written out mean the same as defaults left out, with and without a fault") {
  const std::string defaults = with_control_plane(R"({"start_up_time": "5s", "config": {
      "broker.session.timeout.ms": 9000, "auto.leader.rebalance.enable": true}})");
  for (const std::vector<Override>& overrides :
       {std::vector<Override>{}, {{"kill broker 3 at 30s for 9s", 1, true}}, {{"kill broker 1 at 1s", 1, true}}}) {
    const ScenarioDocument plain = read_scenario_text(small_scenario, "x.json", overrides);
    CHECK(read_scenario_text(defaults, "x.json", overrides).hash == plain.hash);
    CHECK(read_scenario_text(plain.effective_json, "x.json").hash == plain.hash);
    // print-config shows what matters once something fails, and not before.
    for (const char* key : {"control_plane", "delivery.timeout.ms", "auto.offset.reset", "unclean"})
      CHECK((plain.effective_json.find(key) == std::string::npos) == overrides.empty());
  }
  CHECK(read_scenario_text(with_control_plane(R"({"start_up_time": "6s"})"), "x.json").hash !=
        read_scenario_text(small_scenario, "x.json").hash);
}

TEST_CASE("L-10: unclean.leader.election.enable of a topic, or of all by the brokers' default") {
  const std::string brokers =
      replaced(small_scenario, "\"first_id\"", R"("config": {"unclean.leader.election.enable": true}, "first_id")");
  CHECK_FALSE(world_of(small_scenario).topics[0].unclean_leader_election);
  CHECK(world_of(brokers).topics[0].unclean_leader_election);
  const std::string own = R"("replication_factor": 3, "config": {"unclean.leader.election.enable": false})";
  CHECK_FALSE(world_of(replaced(brokers, "\"replication_factor\": 3", own)).topics[0].unclean_leader_election);
  check_repeats(brokers);
  const std::string two = R"({"id": 9, "zone": "a", "config": {"unclean.leader.election.enable": false}}, {"count")";
  CHECK(code_of(replaced(brokers, "{\"count\"", two)) == "E0444");
}

TEST_CASE("Producers: every setting is read, and written back to the same meaning") {
  const std::string text = with_producer(R"({"retries": 3, "delivery.timeout.ms": 20000, "request.timeout.ms": 10000,
      "retry.backoff.ms": 50, "retry.backoff.max.ms": 400, "reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 300,
      "metadata.max.age.ms": 60000, "enable.idempotence": false})");
  const ProducerSpec producer = world_of(text).producers[0];
  CHECK(producer.retries == 3);
  CHECK(producer.delivery_timeout == 20s);
  CHECK(producer.metadata_max_age == 60s);
  CHECK_FALSE(producer.enable_idempotence);
  CHECK(producer.retry.request_timeout == 10s);
  CHECK(producer.retry.retry_backoff == 50ms);
  CHECK(producer.retry.retry_backoff_max == 400ms);
  CHECK(producer.retry.reconnect_backoff == 20ms);
  CHECK(producer.retry.reconnect_backoff_max == 300ms);
  check_repeats(text);
}

TEST_CASE("K-10: idempotence is on by default, off where acks, retries or requests in flight forbid it, or refused") {
  const auto idempotent = [](const std::string& config) {
    check_repeats(with_producer(config));
    return world_of(with_producer(config)).producers[0].enable_idempotence;
  };
  CHECK(idempotent("{}"));
  CHECK(idempotent(R"({"enable.idempotence": true})"));
  CHECK(idempotent(R"({"max.in.flight.requests.per.connection": 5, "retries": 1})"));
  CHECK_FALSE(idempotent(R"({"acks": 1})"));
  CHECK_FALSE(idempotent(R"({"acks": 0, "enable.idempotence": false})"));
  CHECK_FALSE(idempotent(R"({"retries": 0})"));
  CHECK_FALSE(idempotent(R"({"max.in.flight.requests.per.connection": 6})"));
  CHECK(code_of(with_producer(R"({"enable.idempotence": true, "acks": 1})")) == "E0445");
  CHECK(code_of(with_producer(R"({"enable.idempotence": true, "retries": 0})")) == "E0445");
  CHECK(code_of(with_producer(R"({"enable.idempotence": true, "max.in.flight.requests.per.connection": 6})")) ==
        "E0445");
}

TEST_CASE("K-9: delivery.timeout.ms lasts for linger.ms and a request; only a stated one is refused") {
  const auto timeout = [](const std::string& config) {
    check_repeats(with_producer(config));
    return world_of(with_producer(config)).producers[0].delivery_timeout;
  };
  CHECK(timeout("{}") == 120s);
  CHECK(timeout(R"({"request.timeout.ms": 200000, "linger.ms": 7})") == 200'007ms);
  CHECK(timeout(R"({"linger.ms": 100000})") == 130s);
  CHECK(timeout(R"({"delivery.timeout.ms": 30005})") == 30'005ms);
  CHECK(code_of(with_producer(R"({"delivery.timeout.ms": 30004})")) == "E0444");
  CHECK(says(with_producer(R"({"delivery.timeout.ms": 9, "linger.ms": 6})"),
             "9, but linger.ms 6 + request.timeout.ms 30000 (line 7, column"));
}

TEST_CASE("Back-offs: the limit holds, and a stated reconnect.backoff.ms alone does not grow, as in Kafka's client") {
  const auto retry = [](const std::string& config) {
    check_repeats(with_group(config));
    return world_of(with_group(config)).groups[0].retry;
  };
  CHECK(retry(R"({"retry.backoff.ms": 5000})").retry_backoff == 1s);
  CHECK(retry(R"({"reconnect.backoff.ms": 5000})").reconnect_backoff_max == 5s);
  CHECK(retry(R"({"reconnect.backoff.ms": 10})").reconnect_backoff_max == 10ms);
  CHECK(retry(R"({"reconnect.backoff.ms": 10, "reconnect.backoff.max.ms": 40})").reconnect_backoff_max == 40ms);
  CHECK(retry(R"({"reconnect.backoff.max.ms": 20})").reconnect_backoff == 20ms);
  CHECK(retry(R"({"request.timeout.ms": 4000})").request_timeout == 4s);
}

TEST_CASE("G-10: session.timeout.ms beside a coordinator, within what brokers allow and above the heartbeats") {
  const auto coordinated = [](const std::string& config) {
    return replaced(with_group(config), "\"id\": \"g\"", "\"id\": \"g\", \"coordinator\": 1");
  };
  CHECK(world_of(coordinated("{}")).groups[0].session_timeout == 45s);
  CHECK(world_of(coordinated(R"({"session.timeout.ms": 10000})")).groups[0].session_timeout == 10s);
  CHECK(world_of(coordinated(R"({"session.timeout.ms": 60000, "heartbeat.interval.ms": 50000})"))
            .groups[0]
            .heartbeat_interval == 50s);
  check_repeats(coordinated(R"({"session.timeout.ms": 10000})"));
  CHECK(code_of(coordinated(R"({"session.timeout.ms": 5999})")) == "E0429");
  CHECK(code_of(coordinated(R"({"session.timeout.ms": 1800001})")) == "E0429");
  CHECK(code_of(coordinated(R"({"session.timeout.ms": 6000, "heartbeat.interval.ms": 6000})")) == "E0444");
  CHECK(code_of(coordinated(R"({"session.timeout.ms": 9000, "group.protocol": "consumer"})")) == "E0323");
  CHECK(code_of(with_group(R"({"session.timeout.ms": 9000})")) == "E0470");
}

TEST_CASE("auto.offset.reset is one of three, and Kafka's default is latest") {
  using OffsetReset = ConsumerGroupSpec::OffsetReset;
  const auto reset = [](const std::string& config) { return world_of(with_group(config)).groups[0].auto_offset_reset; };
  CHECK(reset("{}") == OffsetReset::latest);
  CHECK(reset(R"({"auto.offset.reset": "earliest"})") == OffsetReset::earliest);
  CHECK(reset(R"({"auto.offset.reset": "none"})") == OffsetReset::none);
  check_repeats(with_group(R"({"auto.offset.reset": "earliest"})"));
  CHECK(code_of(with_group(R"({"auto.offset.reset": "smallest"})")) == "E0318");
}

TEST_CASE("Times that contradict each other name both places (H-089)") {
  const auto config = [](const std::string& settings) { return with_control_plane("{\"config\": " + settings + "}"); };
  CHECK(says(config(R"({"broker.session.timeout.ms": 2000})"),
             "2000, but broker.heartbeat.interval.ms is 2000 by default\n  allowed more than "));
  CHECK(says(config(R"({"broker.heartbeat.interval.ms": 9000})"),
             "9000, but broker.session.timeout.ms is 9000 by default\n  allowed less than "));
  CHECK(says(config(R"({"broker.heartbeat.interval.ms": 8, "broker.session.timeout.ms": 8})"),
             "8, but broker.heartbeat.interval.ms is 8 at line 4, column"));
  CHECK(says(config(R"({"replica.lag.time.max.ms": 499})"), "499, but replica.fetch.wait.max.ms is 500 by default"));
  CHECK(says(config(R"({"replica.socket.timeout.ms": 499})"), "at least replica.fetch.wait.max.ms"));
  CHECK(answer(config(R"({"replica.lag.time.max.ms": 500})"), "x") == "exit 0\n");
  const std::string slow = R"("config": {"replica.fetch.wait.max.ms": 30001}, "first_id")";
  CHECK(says(replaced(small_scenario, "\"first_id\"", slow), "30001, but replica.lag.time.max.ms is 30000 by default"));
  CHECK(says(with_group(R"({"fetch.max.wait.ms": 900, "request.timeout.ms": 900})"),
             "900, but fetch.max.wait.ms is 900 at line 8, column"));
}

TEST_CASE("What is wrong with a setting is told") {
  const auto config = [](const std::string& setting, const std::string& value) {
    return code_of(with_control_plane("{\"config\": {\"" + setting + "\": " + value + "}}"));
  };
  CHECK(config("broker.session.timeout.ms", "0") == "E0429");
  CHECK(config("broker.heartbeat.interval.ms", "\"2s\"") == "E0305");
  CHECK(config("leader.imbalance.per.broker.percentage", "101") == "E0429");
  CHECK(config("leader.imbalance.check.interval.seconds", "0") == "E0429");
  CHECK(config("eligible.leader.replicas.version", "2") == "E0429");
  CHECK(config("eligible.leader.replicas.version", "true") == "E0305");
  CHECK(config("controlled.shutdown.enable", "1") == "E0305");
  CHECK(config("eligible.leader.replicas.enable", "true") == "E0322");
  CHECK(config("delivery.timeout.ms", "1") == "E0303");
  CHECK(code_of(with_control_plane("[]")) == "E0305");
  CHECK(code_of(with_control_plane(R"({"failover_time": "2h"})")) == "E0438");
  CHECK(code_of(with_control_plane(R"({"recovery_rate": "0B/s"})")) == "E0439");
  CHECK(code_of(with_control_plane(R"({"broker.session.timeout.ms": 9000})")) == "E0303");
  CHECK(code_of(with_producer(R"({"retries": -1})")) == "E0429");
  CHECK(code_of(with_producer(R"({"retry.backoff.ms": 0})")) == "E0429");
  CHECK(code_of(with_producer(R"({"enable.idempotence": "yes"})")) == "E0305");
  CHECK(code_of(with_group(R"({"delivery.timeout.ms": 1})")) == "E0303");
  CHECK(code_of(with_group(R"({"max.poll.interval.ms": 1000})")) == "E0322");
}

}  // namespace brokersim::test
