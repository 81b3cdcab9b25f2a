// SPDX-License-Identifier: Apache-2.0
// The settings of clients that matter when requests fail: timeouts, back-offs, and what a producer does with its
// records.
#include <algorithm>
#include <string>
#include <utility>

#include "sim/scenario_file/scenario_reading.hpp"

namespace brokersim {
namespace {

/// At least a millisecond, so that time passes between attempts; Kafka lets it be 0.
constexpr WholeRange some_milliseconds{1, whole_maximum};

/// A base and its limit. The limit holds whatever the base, as in Kafka.
void read_backoff(StrictReader& reader, const JsonNode& config, std::string_view base_key, std::string_view limit_key,
                  bool base_sets_limit, Duration& base, Duration& limit) {
  const JsonNode* base_node = find_member(config, base_key);
  const JsonNode* limit_node = find_member(config, limit_key);
  const bool stated = base_node != nullptr && reader.milliseconds(*base_node, some_milliseconds, base);
  if (limit_node != nullptr) {
    reader.milliseconds(*limit_node, some_milliseconds, limit);
  } else if (stated && base_sets_limit) {
    limit = base;
  }
  base = std::min(base, limit);
}

std::string in_milliseconds(Duration duration) {
  return std::to_string(duration / std::chrono::milliseconds{1});
}

/// delivery.timeout.ms has to last for a batch that lingers and one request (K-9). Kafka's default gives way; what is
/// stated and does not is refused, as by Kafka's client.
void read_delivery_timeout(ScenarioReading& reading, const JsonNode& config, ProducerSpec& producer) {
  const JsonNode* node = find_member(config, "delivery.timeout.ms");
  const bool read = node != nullptr && reading.reader.milliseconds(*node, some_milliseconds, producer.delivery_timeout);
  const Duration needed = producer.least_delivery_timeout();
  if (producer.delivery_timeout >= needed) return;
  if (node == nullptr) {
    producer.delivery_timeout = needed;
    return;
  }
  const JsonNode* timeout = find_member(config, "request.timeout.ms");
  const JsonNode* linger = find_member(config, "linger.ms");
  const JsonNode* other = timeout != nullptr ? timeout : linger;
  if (!read) return;
  reading.problems.at(
      *node, other != nullptr ? *other : *node,
      {.code = "E0444",
       .found = shown(*node) + ", but linger.ms " + in_milliseconds(producer.linger) + " + request.timeout.ms " +
                in_milliseconds(producer.retry.request_timeout) + (other != nullptr ? " ({other})" : " by default"),
       .allowed = "at least linger.ms + request.timeout.ms"});
}

/// K-10: what idempotence needs. Unless it was asked for, it is off without.
void read_idempotence(ScenarioReading& reading, const JsonNode& config, ProducerSpec& producer) {
  const JsonNode* node = find_member(config, "enable.idempotence");
  producer.enable_idempotence = producer.may_be_idempotent();
  bool asked_for = false;
  if (node == nullptr || !reading.reader.boolean(*node, asked_for)) return;
  if (!asked_for) producer.enable_idempotence = false;
  if (!asked_for || producer.may_be_idempotent()) return;
  const std::string_view key = producer.acks != -1     ? "acks"
                               : producer.retries == 0 ? "retries"
                                                       : "max.in.flight.requests.per.connection";
  const JsonNode& other = *find_member(config, key);  // by default none of them forbids it
  reading.problems.at(*node, other,
                      {.code = "E0445",
                       .found = "true, but " + std::string(key) + " is " + shown(other) + " at {other}",
                       .allowed = "true with acks \"all\", retries above 0 and at most 5 "
                                  "max.in.flight.requests.per.connection",
                       .hint = "leave it out: Kafka's producer then turns it off by itself"});
}

}  // namespace

void tell_contradiction(ProblemList& problems, const JsonNode& node, const JsonNode* other, std::string_view key,
                        Duration value, std::string allowed) {
  problems.at(node, other != nullptr ? *other : node,
              {.code = "E0444",
               .found = shown(node) + ", but " + std::string(key) + " is " + in_milliseconds(value) +
                        (other != nullptr ? " at {other}" : " by default"),
               .allowed = std::move(allowed)});
}

void read_client_retry(StrictReader& reader, const JsonNode& config, ClientRetrySpec& retry) {
  if (const JsonNode* node = find_member(config, "request.timeout.ms"))
    reader.milliseconds(*node, some_milliseconds, retry.request_timeout);
  read_backoff(reader, config, "retry.backoff.ms", "retry.backoff.max.ms", false, retry.retry_backoff,
               retry.retry_backoff_max);
  // Kafka's client does not let it grow where only the base is stated.
  read_backoff(reader, config, "reconnect.backoff.ms", "reconnect.backoff.max.ms", true, retry.reconnect_backoff,
               retry.reconnect_backoff_max);
}

void read_delivery(ScenarioReading& reading, const JsonNode* config, ProducerSpec& producer) {
  static const JsonNode none{};
  const JsonNode& stated = config != nullptr && config->is(JsonNode::Kind::object) ? *config : none;
  StrictReader& reader = reading.reader;
  if (const JsonNode* node = find_member(stated, "retries")) reader.whole(*node, {0, whole_maximum}, producer.retries);
  if (const JsonNode* node = find_member(stated, "metadata.max.age.ms"))
    reader.milliseconds(*node, some_milliseconds, producer.metadata_max_age);
  read_client_retry(reader, stated, producer.retry);
  read_delivery_timeout(reading, stated, producer);
  read_idempotence(reading, stated, producer);
}

}  // namespace brokersim
