// SPDX-License-Identifier: Apache-2.0
// Which keys stand where in format version 1, and which Kafka settings brokersim knows by name only.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace brokersim {

/// A kind of object in a scenario file.
enum class Section : std::uint8_t {
  root,
  network,
  path,
  link,
  latency,
  broker,
  service,
  cost,
  disk,
  broker_config,
  topic,
  topic_config,
  placement,
  producer,
  arrivals,
  record_size,
  keys,
  partitioner,
  compression,
  producer_config,
  group,
  group_members,
  member,
  pause,
  group_config,
  primary_replica,
  commands,
  wait,
  controller,
  fault,
  fault_target,
  fault_condition,
  clients,
  default_client_quota,
  host_pauses,
  reassignment,
  reassignment_row,
  control_plane,
  control_plane_config
};

/// The keys of a section besides "comment", in the order of the documentation.
[[nodiscard]] std::span<const std::string_view> keys_of(Section section);
[[nodiscard]] bool is_key_of(Section section, std::string_view key);

/// Where `key` would be right, like "/producers/N/config"; up to three places; empty if nowhere.
[[nodiscard]] std::string places_of(std::string_view key);

/// A setting Kafka 4.2 has and brokersim does not model yet (behaviour reference, section 11).
[[nodiscard]] bool unsupported_kafka_setting(std::string_view key);

}  // namespace brokersim
