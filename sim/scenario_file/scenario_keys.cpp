// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario_file/scenario_keys.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace brokersim {
namespace {

struct SectionKeys {
  Section section;
  std::string_view place;  // as a message names it; empty: never suggested
  std::vector<std::string_view> keys;
};

const std::vector<SectionKeys>& table() {
  static const std::vector<SectionKeys> sections{
      {Section::root,
       "the top level",
       {"$schema",         "version", "name",      "duration",      "warm_up",          "window",
        "drain_limit",     "trials",  "seed",      "read_policies", "legacy_behaviour", "protocols",
        "primary_replica", "zones",   "network",   "controller",    "host_profile",     "clients",
        "brokers",         "topics",  "producers", "groups",        "faults",           "default_client_quota"}},
      {Section::network, "/network", {"within_zone", "between_zones", "links", "mtu"}},
      {Section::path, "/network/within_zone", {"latency", "bandwidth", "price_per_gb"}},
      {Section::link, "/network/links/N", {"between", "latency", "bandwidth", "price_per_gb"}},
      {Section::latency,
       "a distribution",
       {"distribution", "mean", "minimum", "maximum", "scv", "shape", "first_probability", "second_mean"}},
      {Section::broker,
       "/brokers/N",
       {"id", "count", "first_id", "zone", "zones", "nic", "network_threads", "disk", "service", "pauses", "config"}},
      {Section::service, "/brokers/N/service", {"network_thread", "produce", "fetch", "replica_append", "variation"}},
      {Section::cost, "a service cost", {"per_request", "per_byte"}},
      {Section::disk, "/brokers/N/disk", {"bandwidth", "latency", "page_cache"}},
      {Section::broker_config,
       "/brokers/N/config",
       {"num.network.threads", "num.io.threads", "queued.max.requests", "num.replica.fetchers",
        "replica.fetch.wait.max.ms", "replica.fetch.min.bytes", "replica.fetch.max.bytes",
        "replica.fetch.response.max.bytes", "fetch.max.bytes", "min.insync.replicas", "default.replication.factor",
        "quota.window.num", "quota.window.size.seconds", "group.initial.rebalance.delay.ms",
        "group.consumer.heartbeat.interval.ms"}},
      {Section::topic, "/topics/N", {"id", "count", "partitions", "replication_factor", "placement", "config"}},
      {Section::topic_config, "/topics/N/config", {"min.insync.replicas"}},
      {Section::placement, "/topics/N/placement", {"reassignment_file"}},
      {Section::producer,
       "/producers/N",
       {"id", "count", "zone", "zones", "topic", "rate", "arrivals", "first_record_at", "record_size", "keys",
        "partitioner", "compression", "config"}},
      {Section::arrivals,
       "/producers/N/arrivals",
       {"process", "on", "off", "in_step", "period", "amplitude", "phase", "file", "content"}},
      {Section::record_size,
       "/producers/N/record_size",
       {"minimum", "maximum", "distribution", "mean", "scv", "sizes", "weights"}},
      {Section::keys, "/producers/N/keys", {"distribution", "count", "exponent", "hot_share"}},
      {Section::partitioner, "/producers/N/partitioner", {"partition"}},
      {Section::compression, "/producers/N/compression", {"ratio", "compress_per_byte", "decompress_per_byte"}},
      {Section::producer_config,
       "/producers/N/config",
       {"acks", "linger.ms", "batch.size", "max.request.size", "max.in.flight.requests.per.connection",
        "partitioner.adaptive.partitioning.enable", "partitioner.availability.timeout.ms", "compression.type",
        "buffer.memory", "max.block.ms", "producer_byte_rate", "request_percentage"}},
      {Section::group,
       "/groups/N",
       {"id", "topics", "members", "starts_at", "processing_time_per_record", "coordinator", "config"}},
      {Section::group_members,
       "/groups/N/members",
       {"count", "zone", "zones", "client.rack", "processing_time_per_record", "pauses", "join_at", "leave_at"}},
      {Section::member,
       "/groups/N/members/N",
       {"zone", "client.rack", "processing_time_per_record", "pauses", "join_at", "leave_at"}},
      {Section::pause, "a pause", {"from", "to"}},
      {Section::group_config,
       "/groups/N/config",
       {"fetch.min.bytes", "fetch.max.wait.ms", "fetch.max.bytes", "max.partition.fetch.bytes", "max.poll.records",
        "metadata.max.age.ms", "consumer_byte_rate", "request_percentage", "group.protocol",
        "partition.assignment.strategy", "group.remote.assignor", "enable.auto.commit", "auto.commit.interval.ms",
        "heartbeat.interval.ms"}},
      {Section::primary_replica, "/primary_replica", {"commands", "wait"}},
      {Section::commands, "/primary_replica/commands", {"write", "apply", "read", "acknowledge"}},
      {Section::wait, "/primary_replica/wait", {"replicas", "timeout"}},
      {Section::controller, "/controller", {"zone"}},
      {Section::fault, "/faults/N", {"fault",          "target",       "other",       "at",
                                     "when",           "delay",        "for",         "mttf",
                                     "mttr",           "distribution", "from",        "until",
                                     "every",          "times",        "factor",      "add",
                                     "probability",    "bandwidth",    "one_way",     "spread",
                                     "step",           "settle",       "deadline",    "outage",
                                     "operation",      "keep",         "keep_offset", "keep_fraction",
                                     "resign_after",   "frozen",       "message",     "drop",
                                     "count",          "records",      "share",       "retention_bytes",
                                     "retention_time", "replicas",     "throttle",    "setting",
                                     "value"}},
      {Section::fault_target,
       "",
       {"broker", "brokers", "random_brokers", "leader_of", "follower_of", "zone", "zones", "random_zones", "topic",
        "producer", "group", "controllers", "clients"}},
      {Section::fault_condition,
       "",
       {"acknowledged", "delivered", "high_watermark", "log_end", "in_sync", "producer", "group", "partition",
        "broker"}},
      {Section::clients, "/clients", {"send", "receive", "variation", "pauses"}},
      {Section::default_client_quota,
       "/default_client_quota",
       {"producer_byte_rate", "consumer_byte_rate", "request_percentage"}},
      {Section::host_pauses, "a host's pauses", {"per_second", "mean"}},
      {Section::reassignment, "", {"version", "partitions"}},
      {Section::reassignment_row, "", {"topic", "partition", "replicas", "log_dirs"}}};
  return sections;
}

constexpr std::array<std::string_view, 88> kafka_settings{"acks",
                                                          "auto.commit.interval.ms",
                                                          "auto.leader.rebalance.enable",
                                                          "auto.offset.reset",
                                                          "background.threads",
                                                          "batch.size",
                                                          "broker.heartbeat.interval.ms",
                                                          "broker.rack",
                                                          "broker.session.timeout.ms",
                                                          "client.rack",
                                                          "connections.max.idle.ms",
                                                          "consumer_byte_rate",
                                                          "controlled.shutdown.enable",
                                                          "controller.quorum.append.linger.ms",
                                                          "controller.quorum.election.backoff.max.ms",
                                                          "controller.quorum.election.timeout.ms",
                                                          "controller.quorum.fetch.timeout.ms",
                                                          "controller.quorum.request.timeout.ms",
                                                          "controller.quorum.retry.backoff.ms",
                                                          "controller.socket.timeout.ms",
                                                          "delivery.timeout.ms",
                                                          "eligible.leader.replicas.enable",
                                                          "enable.auto.commit",
                                                          "enable.idempotence",
                                                          "fetch.purgatory.purge.interval.requests",
                                                          "file.delete.delay.ms",
                                                          "flush.messages",
                                                          "flush.ms",
                                                          "follower.replication.throttled.rate",
                                                          "follower.replication.throttled.replicas",
                                                          "group.consumer.assignors",
                                                          "group.consumer.heartbeat.interval.ms",
                                                          "group.consumer.session.timeout.ms",
                                                          "group.coordinator.rebalance.protocols",
                                                          "group.initial.rebalance.delay.ms",
                                                          "group.max.session.timeout.ms",
                                                          "group.min.session.timeout.ms",
                                                          "heartbeat.interval.ms",
                                                          "index.interval.bytes",
                                                          "initial.broker.registration.timeout.ms",
                                                          "isolation.level",
                                                          "leader.imbalance.check.interval.seconds",
                                                          "leader.imbalance.per.broker.percentage",
                                                          "leader.replication.throttled.rate",
                                                          "leader.replication.throttled.replicas",
                                                          "log.flush.interval.messages",
                                                          "log.flush.scheduler.interval.ms",
                                                          "log.retention.hours",
                                                          "log.segment.bytes",
                                                          "max.incremental.fetch.session.cache.slots",
                                                          "max.message.bytes",
                                                          "max.poll.interval.ms",
                                                          "max.poll.records",
                                                          "message.max.bytes",
                                                          "message.timestamp.after.max.ms",
                                                          "metadata.max.idle.interval.ms",
                                                          "metadata.recovery.strategy",
                                                          "num.partitions",
                                                          "num.recovery.threads.per.data.dir",
                                                          "num.replica.fetchers",
                                                          "offsets.topic.num.partitions",
                                                          "offsets.topic.replication.factor",
                                                          "partitioner.class",
                                                          "partitioner.ignore.keys",
                                                          "producer_byte_rate",
                                                          "queued.max.request.bytes",
                                                          "queued.max.requests",
                                                          "quota.window.num",
                                                          "quota.window.size.seconds",
                                                          "reconnect.backoff.max.ms",
                                                          "reconnect.backoff.ms",
                                                          "replica.fetch.backoff.ms",
                                                          "replica.high.watermark.checkpoint.interval.ms",
                                                          "replica.lag.time.max.ms",
                                                          "replica.selector.class",
                                                          "replica.socket.receive.buffer.bytes",
                                                          "replica.socket.timeout.ms",
                                                          "replication.quota.window.num",
                                                          "request.timeout.ms",
                                                          "request_percentage",
                                                          "retention.bytes",
                                                          "retention.ms",
                                                          "retries",
                                                          "retry.backoff.ms",
                                                          "segment.bytes",
                                                          "segment.ms",
                                                          "session.timeout.ms",
                                                          "unclean.leader.election.enable"};

}  // namespace

bool is_key_of(Section section, std::string_view key) {
  const std::span<const std::string_view> keys = keys_of(section);
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

std::span<const std::string_view> keys_of(Section section) {
  return table()[static_cast<std::size_t>(section)].keys;  // the table is in the order of the enumeration
}

std::string places_of(std::string_view key) {
  std::string places;
  int count = 0;
  for (const SectionKeys& section : table()) {
    if (section.place.empty() || count == 3) continue;
    if (std::find(section.keys.begin(), section.keys.end(), key) == section.keys.end()) continue;
    places += (count++ == 0 ? "" : " or ") + std::string(section.place);
  }
  return places;
}

bool unsupported_kafka_setting(std::string_view key) {
  return std::find(kafka_settings.begin(), kafka_settings.end(), key) != kafka_settings.end();
}

}  // namespace brokersim
