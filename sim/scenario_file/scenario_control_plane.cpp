// SPDX-License-Identifier: Apache-2.0
// "control_plane": the KRaft controller, and what brokers do with it and with one another when something fails.
#include <algorithm>

#include "sim/scenario_file/scenario_reading.hpp"

namespace brokersim {
namespace {

void read_config(StrictReader& reader, const JsonNode& section, ControlPlaneSpec& spec) {
  const JsonNode* config = find_member(section, "config");
  if (config == nullptr || !reader.object(*config, Section::control_plane_config)) return;
  const auto milliseconds = [&](std::string_view key, std::int64_t least, Duration& out) {
    if (const JsonNode* node = find_member(*config, key)) reader.milliseconds(*node, {least, whole_maximum}, out);
  };
  const auto boolean = [&](std::string_view key, bool& out) {
    if (const JsonNode* node = find_member(*config, key)) reader.boolean(*node, out);
  };
  milliseconds("broker.heartbeat.interval.ms", 1, spec.broker_heartbeat_interval);
  milliseconds("broker.session.timeout.ms", 1, spec.broker_session_timeout);
  milliseconds("initial.broker.registration.timeout.ms", 1, spec.initial_broker_registration_timeout);
  boolean("controlled.shutdown.enable", spec.controlled_shutdown);
  milliseconds("controller.quorum.append.linger.ms", 0, spec.append_linger);
  std::uint32_t version = spec.eligible_leader_replicas ? 1 : 0;
  if (const JsonNode* node = find_member(*config, "eligible.leader.replicas.version"))
    reader.whole(*node, {0, 1}, version);
  spec.eligible_leader_replicas = version == 1;
  boolean("auto.leader.rebalance.enable", spec.auto_leader_rebalance);
  std::int64_t interval = spec.leader_imbalance_check_interval / std::chrono::seconds{1};
  if (const JsonNode* node = find_member(*config, "leader.imbalance.check.interval.seconds"))
    reader.whole64(*node, {1, whole_maximum}, interval);
  spec.leader_imbalance_check_interval = std::chrono::seconds{interval};
  if (const JsonNode* node = find_member(*config, "leader.imbalance.per.broker.percentage")) {
    std::uint32_t percentage = 0;
    if (reader.whole(*node, {0, 100}, percentage)) spec.leader_imbalance_percentage = percentage;
  }
  milliseconds("replica.lag.time.max.ms", 1, spec.replica_lag_time_max);
  milliseconds("replica.fetch.backoff.ms", 1, spec.replica_fetch_backoff);
  milliseconds("replica.socket.timeout.ms", 1, spec.replica_socket_timeout);
  milliseconds("log.retention.check.interval.ms", 1, spec.log_retention_check_interval);
  if (const JsonNode* node = find_member(*config, "num.recovery.threads.per.data.dir"))
    reader.whole(*node, {1, 10'000}, spec.num_recovery_threads_per_data_dir);
}

/// Two times of which one must last longer: which, why, and both places, of which one at least is in the file.
struct Order {
  std::string_view shorter_key, longer_key;
  const JsonNode* shorter_node;
  const JsonNode* longer_node;
  Duration shorter, longer;
  bool may_be_equal;
  std::string_view reason;
};

void check_order(ProblemList& problems, const Order& order) {
  if (order.shorter < order.longer || (order.may_be_equal && order.shorter == order.longer)) return;
  const bool at_longer = order.longer_node != nullptr;
  const JsonNode* node = at_longer ? order.longer_node : order.shorter_node;
  const JsonNode* other = at_longer ? order.shorter_node : nullptr;
  if (node == nullptr) return;
  const std::string_view key = at_longer ? order.shorter_key : order.longer_key;
  const Duration value = at_longer ? order.shorter : order.longer;
  tell_contradiction(problems, *node, other, key, value,
                     std::string(at_longer ? (order.may_be_equal ? "at least " : "more than ")
                                           : (order.may_be_equal ? "at most " : "less than ")) +
                         std::string(key) + ": " + std::string(order.reason));
}

/// Times that contradict each other (E0444); the brokers' fetch waits are known.
void check_times(ScenarioReading& reading, const JsonNode* config, const ControlPlaneSpec& spec) {
  const auto stated = [&](std::string_view key) {
    return config != nullptr && config->is(JsonNode::Kind::object) ? find_member(*config, key) : nullptr;
  };
  constexpr std::string_view heartbeat = "broker.heartbeat.interval.ms", session = "broker.session.timeout.ms";
  check_order(reading.problems, {heartbeat, session, stated(heartbeat), stated(session), spec.broker_heartbeat_interval,
                                 spec.broker_session_timeout, false, "else a broker is fenced between two heartbeats"});
  Duration wait{};
  for (const BrokerSpec& broker : reading.scenario.world.brokers) wait = std::max(wait, broker.replica_fetch_wait_max);
  const JsonNode* node = reading.longest_fetch_wait_value == wait ? reading.longest_fetch_wait : nullptr;
  const auto above_wait = [&](std::string_view key, Duration value, std::string_view reason) {
    check_order(reading.problems, {"replica.fetch.wait.max.ms", key, node, stated(key), wait, value, true, reason});
  };
  above_wait("replica.lag.time.max.ms", spec.replica_lag_time_max, "else an idle follower leaves the ISR");
  above_wait("replica.socket.timeout.ms", spec.replica_socket_timeout, "else an idle fetch times out");
}

}  // namespace

void read_control_plane(ScenarioReading& reading, const JsonNode& root) {
  StrictReader& reader = reading.reader;
  ControlPlaneSpec& spec = reading.scenario.world.control_plane;
  const JsonNode* section = find_member(root, "control_plane");
  if (section != nullptr && !reader.object(*section, Section::control_plane)) return;
  const JsonNode* config = nullptr;
  if (section != nullptr) {
    const auto delay = [&](std::string_view key, DelayDistribution& out) {
      if (const JsonNode* node = find_member(*section, key)) read_delay(reader, *node, out);
    };
    delay("failover_time", spec.failover_time);
    delay("commit_time", spec.commit_time);
    delay("propagation_delay", spec.propagation_delay);
    if (const JsonNode* node = find_member(*section, "start_up_time"))
      reader.duration(*node, {Duration::zero(), std::chrono::hours{1}}, spec.start_up_time);
    if (const JsonNode* node = find_member(*section, "first_answer_time"))
      reader.duration(*node, {Duration::zero(), std::chrono::hours{1}}, spec.first_answer_time);
    if (const JsonNode* node = find_member(*section, "recovery_rate")) reader.bandwidth(*node, spec.recovery_rate);
    if (const JsonNode* node = find_member(*section, "recovery_time_per_log"))
      reader.duration(*node, {Duration::zero(), std::chrono::hours{1}}, spec.recovery_time_per_log);
    read_config(reader, *section, spec);
    config = find_member(*section, "config");
  }
  check_times(reading, config, spec);
}

}  // namespace brokersim
