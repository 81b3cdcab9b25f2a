// SPDX-License-Identifier: Apache-2.0
// protocol-timings.json: defaults of Kafka's settings, the lease of a preferred read replica, quotas, the controller's
// clocks and reassignments; and what fails, in failure_timings.cpp.
#include <map>

#include "sim/control_plane/controller_settings.hpp"
#include "sim/scenario/run.hpp"
#include "tests/validate/bare_world.hpp"
#include "tests/validate/case_files.hpp"
#include "tests/validate/elections.hpp"
#include "tests/validate/failure_timings.hpp"
#include "tests/validate/quota_rows.hpp"

namespace brokersim::validate {
namespace {

std::int64_t whole_ms(Duration span) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(span).count();
}

/// The product's defaults, by the file's names, in Kafka's units.
Json product_defaults() {
  const BrokerSpec broker;
  const ProducerSpec producer;
  const ConsumerGroupSpec group;
  const ControllerSettings controller;
  return {{"broker.heartbeat.interval.ms", whole_ms(ControlPlaneSpec{}.broker_heartbeat_interval)},
          {"replica.lag.time.max.ms", whole_ms(ControlPlaneSpec{}.replica_lag_time_max)},
          {"broker.session.timeout.ms", whole_ms(controller.broker_session_timeout)},
          {"leader.imbalance.check.interval.seconds", whole_ms(controller.leader_imbalance_check_interval) / 1000},
          {"max preferred elections per controller event", controller.max_elections_per_pass},
          {"replica.fetch.wait.max.ms", whole_ms(broker.replica_fetch_wait_max)},
          {"replica.fetch.min.bytes", broker.replica_fetch_min_bytes},
          {"replica.fetch.max.bytes", broker.replica_fetch_max_bytes},
          {"replica.fetch.response.max.bytes", broker.replica_fetch_response_max_bytes},
          {"num.replica.fetchers", broker.num_replica_fetchers},
          {"producer acks", producer.acks == -1 ? "all" : std::to_string(producer.acks)},
          {"producer batch.size", producer.batch_size},
          {"max.in.flight.requests.per.connection", producer.max_in_flight_requests_per_connection},
          {"fetch.min.bytes", group.fetch_min_bytes},
          {"fetch.max.wait.ms", whole_ms(group.fetch_max_wait)},
          {"max.partition.fetch.bytes", group.max_partition_fetch_bytes},
          {"fetch.max.bytes", group.fetch_max_bytes},
          {"max.poll.records", group.max_poll_records},
          {"metadata.max.age.ms", whole_ms(group.metadata_max_age)},
          {"replica.fetch.backoff.ms", whole_ms(ControlPlaneSpec{}.replica_fetch_backoff)},
          {"isr check period", "replica.lag.time.max.ms/2"},  // judged by S-PT-ISR-SHRINK
          {"retry.backoff.ms", whole_ms(producer.retry.retry_backoff)},
          {"retry.backoff.max.ms", whole_ms(producer.retry.retry_backoff_max)},
          {"client request.timeout.ms", whole_ms(producer.retry.request_timeout)},
          {"consumer session.timeout.ms", whole_ms(group.session_timeout)},
          {"consumer heartbeat.interval.ms", whole_ms(group.heartbeat_interval)}};
}

void judge_defaults(CaseReport& report, const Json& row) {
  const Json defaults = product_defaults();
  for (const auto& [setting, value] : row.at("values").items()) {
    if (defaults.contains(setting)) {
      report.same(setting, defaults.at(setting) == value, value.dump(), defaults.at(setting).dump());
    } else if (setting == "producer linger.ms" && value.is_string()) {  // "0 up to 3.9, 5 from 4.0 ..."
      const std::int64_t linger = whole_ms(ProducerSpec{}.linger);
      const std::string wanted = std::to_string(linger) + " from 4.0";
      report.same(setting, value.get<std::string>().find(wanted) != std::string::npos, value.dump(), wanted);
    } else {
      report.unsupported(setting, "no setting of the product");
    }
  }
}

/// Redirects of one reader in an hour whose lease is the product's default: a record every tenth of a second keeps it
/// fetching.
std::uint64_t redirects_in_an_hour() {
  BareWorld world;
  const ZoneIndex a = world.zone("rack-0"), b = world.zone("rack-1");
  const BrokerIndex leader = world.broker(a), follower = world.broker(b);
  world.link(a, b, always(std::chrono::milliseconds{1}));
  const TopicIndex topic = world.topic({leader, follower});
  world.producer(a, topic, 10).arrivals = ProducerSpec::Arrivals::constant;
  ConsumerGroupSpec& reader = world.reader(b, "rack-1", {topic});
  reader.fetch_max_wait = ConsumerGroupSpec{}.fetch_max_wait;
  reader.metadata_max_age = ConsumerGroupSpec{}.metadata_max_age;
  world.scenario().duration = std::chrono::hours{1};
  world.scenario().window = std::chrono::hours{1};
  return run_trial(world.scenario(), place_partitions(world.scenario()), ReadPolicy::rack_aware, 0, Duration::zero())
      .redirects;
}

void judge_lease(CaseReport& report, const Json& row) {
  for (const auto& [quantity, value] : row.at("expected").items()) {
    if (quantity == "lease_ms") {
      report.within(quantity, value, static_cast<double>(whole_ms(ConsumerGroupSpec{}.metadata_max_age)), 0);
    } else if (quantity == "extra_leader_fetches_per_hour_per_partition") {
      report.within(quantity, value, static_cast<double>(redirects_in_an_hour()), 0);
    } else {
      report.unsupported(quantity, "behaviour before 3.3: no such switch");
    }
  }
}

/// Why the product says nothing of a case; by the case's id, as these cases share no shape.
std::string reason_for(const std::string& id) {
  static const std::map<std::string, std::string> reasons = {
      {"S-PT-VERSIONS",
       "history of Kafka in words; the one old behaviour there is a switch for is judged by "
       "S-PUB-STRIMZI-204"}};
  const auto found = reasons.find(id);
  return found == reasons.end() ? "the validator knows no such case" : found->second;
}

void judge_timing(CaseReport& report, const Json& row) {
  if (has_keys(row, {"values"})) return judge_defaults(report, row);
  if (has_keys(row.value("expected", Json::object()), {"lease_ms"})) return judge_lease(report, row);
  const Json rows = row.value("rows", Json::array());
  const Json first = rows.empty() ? Json::object() : rows.front();
  if (has_keys(first, {"observed", "quota", "samples", "sample_s", "throttle_ms"})) {
    return judge_throttle_times(report, row);
  }
  if (has_keys(first, {"samples", "window_s", "rate"})) return judge_sampled_rates(report, row);
  if (has_keys(row.value("params", Json::object()), {"session_ms", "heartbeat_ms"}) &&
      has_keys(row.value("expected", Json::object()), {"min", "max", "p99"}))
    return judge_detection_delay(report, row);
  if (has_keys(row.value("params", Json::object()), {"session_ms", "heartbeat_ms"}) &&
      has_keys(row.value("expected", Json::object()), {"detect_delay_ms"}))
    return judge_consumer_death(report, row);
  if (has_keys(row, {"events"}) && has_keys(row.value("params", Json::object()), {"session_ms"}))
    return judge_session_trace(report, row);
  if (has_keys(first, {"imbalance_starts_s", "preferred_in_isr_s", "leader_back_s"}))
    return judge_preferred_leaders(report, row);
  if (has_keys(first, {"last_caught_up_s", "removed_at_s"})) return judge_isr_shrink(report, row);
  if (has_keys(first, {"fetches"})) return judge_caught_up(report, row);
  if (has_keys(first, {"initial", "max", "jitter"})) return judge_backoff(report, row);
  if (has_keys(row.value("expected", Json::object()), {"partitions_led_by_dead_broker"}))
    return judge_failover(report, row);
  if (has_keys(first, {"current", "target"})) return judge_reassignments(report, row);
  report.unsupported("all", reason_for(row.value("id", "")));
}

}  // namespace

std::vector<CaseTask> protocol_timing_cases(const Json& file, const Effort&) {
  return tasks_of_list(file, judge_timing);
}

}  // namespace brokersim::validate
