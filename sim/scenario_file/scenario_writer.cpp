// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario_file/scenario_writer.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "sim/scenario_file/fault_writer.hpp"
#include "sim/scenario_file/scenario_errors.hpp"
#include "sim/scenario_file/units.hpp"
#include "sim/text/printable.hpp"

namespace brokersim {
namespace {

/// JSON text, one member a line; what a JsonText is given as a value is written as it is.
class JsonText {
 public:
  void open(char bracket) {
    text_ += bracket;
    ++depth_;
    first_ = true;
  }
  void close(char bracket) {
    --depth_;
    if (!first_) line();
    text_ += bracket;
    first_ = false;
  }
  void open(std::string_view key, char bracket) {
    begin(key);
    open(bracket);
  }
  void item(const std::string& value) {
    begin({});
    text_ += value;
  }
  void member(std::string_view key, const std::string& value) {
    begin(key);
    text_ += value;
  }
  void text(std::string_view key, const std::string& value) { member(key, json_quoted(value)); }
  void boolean(std::string_view key, bool value) { member(key, value ? "true" : "false"); }
  template <class Integer>
  void number(std::string_view key, Integer value) {
    member(key, std::to_string(value));
  }
  void time(std::string_view key, Duration value) { text(key, duration_text(value)); }
  void milliseconds(std::string_view key, Duration value) { number(key, value.count() / 1'000'000); }
  void begin(std::string_view key) {
    if (!first_) text_ += ',';
    line();
    first_ = false;
    if (!key.empty()) text_ += json_quoted(key) + ": ";
  }
  [[nodiscard]] std::string take() { return std::move(text_) + "\n"; }

 private:
  void line() {
    text_ += '\n';
    text_.append(2 * static_cast<std::size_t>(depth_), ' ');
  }
  std::string text_;
  int depth_ = 0;
  bool first_ = true;
};

/// [a, b, c] on one line.
template <class Range, class ToText>
std::string row(const Range& range, ToText to_text) {
  std::string text = "[";
  for (const auto& value : range) text += (text.size() > 1 ? ", " : "") + to_text(value);
  return text + "]";
}

bool same(const DelayDistribution& a, const DelayDistribution& b) {
  return a.law == b.law && a.mean == b.mean && a.minimum == b.minimum && a.maximum == b.maximum && a.scv == b.scv &&
         a.shape == b.shape && a.first_probability == b.first_probability && a.second_mean == b.second_mean;
}
bool same_habits(const MemberSpec& a, const MemberSpec& b) {
  const auto same_pause = [](const ConsumerPauseSpec& x, const ConsumerPauseSpec& y) {
    return x.from == y.from && x.to == y.to;
  };
  return a.processing_time_per_record.has_value() == b.processing_time_per_record.has_value() &&
         (!a.processing_time_per_record || same(*a.processing_time_per_record, *b.processing_time_per_record)) &&
         std::equal(a.pauses.begin(), a.pauses.end(), b.pauses.begin(), b.pauses.end(), same_pause) &&
         a.join_at == b.join_at && a.leave_at == b.leave_at;
}
bool same_path(const LinkSpec& a, const LinkSpec& b) {
  return same(a.one_way_latency, b.one_way_latency) && a.bandwidth.value == b.bandwidth.value &&
         a.usd_per_gigabyte == b.usd_per_gigabyte;
}
bool same(const WorkCost& a, const WorkCost& b) {
  return a.per_request == b.per_request && a.picoseconds_per_byte == b.picoseconds_per_byte;
}
bool same(const ServiceCosts& a, const ServiceCosts& b) {
  return same(a.network_thread, b.network_thread) && same(a.produce, b.produce) && same(a.fetch, b.fetch) &&
         same(a.replica_append, b.replica_append) && a.variation == b.variation;
}
/// Alike but for id and zone.
bool same(const BrokerSpec& a, const BrokerSpec& b) {
  return a.nic.value == b.nic.value && a.disk.bandwidth.value == b.disk.bandwidth.value &&
         a.disk.latency == b.disk.latency && a.disk.page_cache == b.disk.page_cache && same(a.service, b.service) &&
         a.pauses.per_second == b.pauses.per_second && a.pauses.mean == b.pauses.mean &&
         a.num_network_threads == b.num_network_threads && a.num_io_threads == b.num_io_threads &&
         a.num_replica_fetchers == b.num_replica_fetchers && a.connections_bound == b.connections_bound &&
         a.queued_max_requests == b.queued_max_requests && a.replica_fetch_wait_max == b.replica_fetch_wait_max &&
         a.replica_fetch_min_bytes == b.replica_fetch_min_bytes &&
         a.replica_fetch_max_bytes == b.replica_fetch_max_bytes &&
         a.replica_fetch_response_max_bytes == b.replica_fetch_response_max_bytes &&
         a.fetch_max_bytes == b.fetch_max_bytes && a.quota_window_num == b.quota_window_num &&
         a.quota_window_size == b.quota_window_size &&
         a.group_initial_rebalance_delay == b.group_initial_rebalance_delay &&
         a.group_consumer_heartbeat_interval == b.group_consumer_heartbeat_interval;
}

void write_latency(JsonText& out, const DelayDistribution& latency, std::string_view key = "latency") {
  using Law = DelayDistribution::Law;
  if (latency.law == Law::constant) return out.time(key, latency.mean);
  out.open(key, '{');
  out.text("distribution", std::string(DelayDistribution::law_names[static_cast<std::size_t>(latency.law)]));
  out.time("minimum", latency.minimum);
  if (latency.law == Law::uniform) {
    out.time("maximum", latency.maximum);
  } else {
    out.time("mean", latency.mean);
  }
  if (latency.law == Law::lognormal) out.member("scv", decimal_text(latency.scv));
  if (latency.law == Law::erlang) out.number("shape", latency.shape);
  if (latency.law == Law::hyperexponential) {
    out.member("first_probability", decimal_text(latency.first_probability));
    out.time("second_mean", latency.second_mean);
  }
  out.close('}');
}

void write_path(JsonText& out, const LinkSpec& link) {
  write_latency(out, link.one_way_latency);
  out.text("bandwidth", bandwidth_text(link.bandwidth));
  out.text("price_per_gb", usd_text(link.usd_per_gigabyte));
}

/// Every pair of zones in order, all alike: what "between_zones" stands for.
bool uniform_mesh(const NetworkSpec& network) {
  std::size_t next = 0;
  for (std::uint32_t a = 0; a < network.zones.size(); ++a) {
    for (std::uint32_t b = a + 1; b < network.zones.size(); ++b, ++next) {
      if (next >= network.links.size()) return false;
      const LinkSpec& link = network.links[next];
      if (link.a.value != a || link.b.value != b || !same_path(link, network.links[0])) return false;
    }
  }
  return next == network.links.size();
}

/// "control_plane" whole.
void write_control_plane(JsonText& out, const ControlPlaneSpec& spec) {
  out.open("control_plane", '{');
  write_latency(out, spec.failover_time, "failover_time");
  write_latency(out, spec.commit_time, "commit_time");
  write_latency(out, spec.propagation_delay, "propagation_delay");
  out.time("start_up_time", spec.start_up_time);
  out.time("first_answer_time", spec.first_answer_time);
  out.text("recovery_rate", bandwidth_text(spec.recovery_rate));
  out.time("recovery_time_per_log", spec.recovery_time_per_log);
  out.open("config", '{');
  out.milliseconds("broker.heartbeat.interval.ms", spec.broker_heartbeat_interval);
  out.milliseconds("broker.session.timeout.ms", spec.broker_session_timeout);
  out.milliseconds("initial.broker.registration.timeout.ms", spec.initial_broker_registration_timeout);
  out.boolean("controlled.shutdown.enable", spec.controlled_shutdown);
  out.milliseconds("controller.quorum.append.linger.ms", spec.append_linger);
  out.number("eligible.leader.replicas.version", spec.eligible_leader_replicas ? 1 : 0);
  out.boolean("auto.leader.rebalance.enable", spec.auto_leader_rebalance);
  out.number("leader.imbalance.check.interval.seconds", spec.leader_imbalance_check_interval / std::chrono::seconds{1});
  if (spec.leader_imbalance_percentage)
    out.number("leader.imbalance.per.broker.percentage", *spec.leader_imbalance_percentage);
  out.milliseconds("replica.lag.time.max.ms", spec.replica_lag_time_max);
  out.milliseconds("replica.fetch.backoff.ms", spec.replica_fetch_backoff);
  out.milliseconds("replica.socket.timeout.ms", spec.replica_socket_timeout);
  out.number("num.recovery.threads.per.data.dir", spec.num_recovery_threads_per_data_dir);
  if (spec.log_retention_check_interval != ControlPlaneSpec{}.log_retention_check_interval)
    out.milliseconds("log.retention.check.interval.ms", spec.log_retention_check_interval);
  out.close('}');
  out.close('}');
}

void write_retry(JsonText& out, const ClientRetrySpec& retry) {
  out.milliseconds("request.timeout.ms", retry.request_timeout);
  out.milliseconds("retry.backoff.ms", retry.retry_backoff);
  out.milliseconds("retry.backoff.max.ms", retry.retry_backoff_max);
  out.milliseconds("reconnect.backoff.ms", retry.reconnect_backoff);
  out.milliseconds("reconnect.backoff.max.ms", retry.reconnect_backoff_max);
}

/// What a producer does when sending fails.
void write_delivery(JsonText& out, const ProducerSpec& producer) {
  out.number("retries", producer.retries);
  out.milliseconds("delivery.timeout.ms", producer.delivery_timeout);
  out.boolean("enable.idempotence", producer.enable_idempotence);
  out.milliseconds("metadata.max.age.ms", producer.metadata_max_age);
  write_retry(out, producer.retry);
}

/// Likewise a consumer when fetching does.
void write_fetching(JsonText& out, const ConsumerGroupSpec& group) {
  constexpr std::array resets{"latest", "earliest", "none"};
  out.text("auto.offset.reset", resets[static_cast<std::size_t>(group.auto_offset_reset)]);
  write_retry(out, group.retry);
}

/// Whether two specifications give the same text.
template <class Spec>
bool written_alike(void (*write)(JsonText&, const Spec&), const Spec& a, const Spec& b) {
  JsonText text_of_a, text_of_b;
  write(text_of_a, a);
  write(text_of_b, b);
  return text_of_a.take() == text_of_b.take();
}

/// What a producer has if its file says nothing of failures.
ProducerSpec without_delivery_settings(const ProducerSpec& producer) {
  ProducerSpec plain;
  plain.acks = producer.acks;
  plain.linger = producer.linger;
  plain.max_in_flight_requests_per_connection = producer.max_in_flight_requests_per_connection;
  plain.enable_idempotence = plain.may_be_idempotent();
  plain.delivery_timeout = std::max(plain.delivery_timeout, plain.least_delivery_timeout());
  return plain;
}

class ScenarioWriter {
 public:
  explicit ScenarioWriter(const Scenario& scenario) : scenario_(scenario), world_(scenario.world) {}

  std::string write() {
    out_.open('{');
    write_settings();
    out_.member("zones", row(world_.network.zones, json_quoted));
    write_network();
    if (world_.controller) out_.member("controller", "{\"zone\": " + zone_text(*world_.controller) + "}");
    if (shows_failures() || !written_alike(write_control_plane, world_.control_plane, {}))
      write_control_plane(out_, world_.control_plane);
    write_clients();
    write_brokers();
    out_.open("topics", '[');
    for (const TopicSpec& topic : world_.topics) write_topic(topic);
    out_.close(']');
    out_.open("producers", '[');
    for (const ProducerSpec& producer : world_.producers) write_producer(producer);
    out_.close(']');
    out_.open("groups", '[');
    for (const ConsumerGroupSpec& group : world_.groups) write_group(group);
    out_.close(']');
    if (!world_.faults.empty()) {
      out_.open("faults", '[');
      for (const FaultSpec& fault : world_.faults) out_.item(fault_json(fault, world_));
      out_.close(']');
    }
    out_.close('}');
    return out_.take();
  }

 private:
  /// Settings that matter only when something fails are left out while nothing does and they are Kafka's own.
  [[nodiscard]] bool shows_failures() const { return !world_.faults.empty(); }

  void write_settings() {
    out_.number("version", 1);
    out_.text("name", scenario_.name);
    out_.time("duration", scenario_.duration);
    out_.text("warm_up", scenario_.warm_up ? duration_text(*scenario_.warm_up) : "automatic");
    out_.time("window", scenario_.window);
    out_.time("drain_limit", scenario_.drain_limit);
    out_.number("trials", scenario_.trials);
    out_.number("seed", scenario_.seed);
    out_.member("read_policies", row(scenario_.read_policies,
                                     [](ReadPolicy policy) { return "\"" + std::string(name_of(policy)) + "\""; }));
    const bool wait_out = world_.switches.followers_do_not_wake_consumers;
    out_.member("legacy_behaviour", wait_out ? "[\"consumers_wait_out_on_followers\"]" : "[]");
    if (scenario_.has_primary_replica()) write_protocols();
  }

  void write_protocols() {
    out_.member("protocols", row(scenario_.protocols, [](Protocol protocol) {
                  return std::string(protocol == Protocol::kafka ? "\"kafka\"" : "\"primary_replica\"");
                }));
    const PrimaryReplicaSpec& spec = world_.primary_replica;
    out_.open("primary_replica", '{');
    out_.open("commands", '{');
    write_cost("write", spec.write);
    write_cost("apply", spec.apply);
    write_cost("read", spec.read);
    write_cost("acknowledge", spec.acknowledge);
    out_.close('}');
    out_.open("wait", '{');
    out_.number("replicas", spec.wait_replicas);
    out_.time("timeout", spec.wait_timeout);
    out_.close('}');
    out_.close('}');
  }

  void write_cost(std::string_view key, const WorkCost& work) {
    out_.member(key, "{\"per_request\": \"" + duration_text(work.per_request) + "\", \"per_byte\": \"" +
                         picoseconds_text(work.picoseconds_per_byte) + "\"}");
  }

  /// Costs and pauses that are nothing unless stated are left out while they are.
  void write_optional_cost(std::string_view key, const WorkCost& work) {
    if (!same(work, WorkCost{})) write_cost(key, work);
  }
  void write_variation(double variation) {
    if (variation > 0) out_.member("variation", decimal_text(variation));
  }
  void write_pauses(const PauseSpec& pauses) {
    if (pauses.per_second <= 0) return;
    out_.member("pauses", "{\"per_second\": " + decimal_text(pauses.per_second) + ", \"mean\": \"" +
                              duration_text(pauses.mean) + "\"}");
  }

  void write_clients() {
    const ClientSpec& clients = world_.clients;
    if (same(clients.send, WorkCost{}) && same(clients.receive, WorkCost{}) && clients.variation <= 0 &&
        clients.pauses.per_second <= 0) {
      return;
    }
    out_.open("clients", '{');
    write_optional_cost("send", clients.send);
    write_optional_cost("receive", clients.receive);
    write_variation(clients.variation);
    write_pauses(clients.pauses);
    out_.close('}');
  }

  void write_network() {
    out_.open("network", '{');
    if (world_.network.mtu != NetworkSpec{}.mtu) out_.number("mtu", world_.network.mtu);
    out_.open("within_zone", '{');
    write_path(out_, world_.network.within_zone[0]);
    out_.close('}');
    const std::vector<LinkSpec>& links = world_.network.links;
    if (uniform_mesh(world_.network) && !links.empty()) {
      out_.open("between_zones", '{');
      write_path(out_, links[0]);
      out_.close('}');
    } else if (!links.empty()) {
      out_.open("links", '[');
      for (const LinkSpec& link : links) {
        out_.begin({});
        out_.open('{');
        out_.member("between", row(std::array{link.a, link.b}, [&](ZoneIndex zone) { return zone_text(zone); }));
        write_path(out_, link);
        out_.close('}');
      }
      out_.close(']');
    }
    out_.close('}');
  }

  /// The zones of `count` things, as the shortest list that going round gives them.
  template <class ZoneOf>
  void write_zones(std::size_t count, ZoneOf zone_of) {
    std::size_t period = 1;
    for (std::size_t i = 1; i < count; ++i) {
      if (zone_of(i) != zone_of(i % period)) period = i + 1;
    }
    std::vector<ZoneIndex> zones;
    for (std::size_t i = 0; i < period; ++i) zones.push_back(zone_of(i));
    out_.member("zones", row(zones, [&](ZoneIndex zone) { return zone_text(zone); }));
  }

  void write_brokers() {
    const std::vector<BrokerSpec>& brokers = world_.brokers;
    out_.open("brokers", '[');
    for (std::size_t first = 0; first < brokers.size();) {
      std::size_t end = first + 1;
      while (end < brokers.size() && brokers[end].id == brokers[end - 1].id + 1 && same(brokers[end], brokers[first]))
        ++end;
      const BrokerSpec& broker = brokers[first];
      out_.begin({});
      out_.open('{');
      out_.number("count", end - first);
      out_.number("first_id", broker.id);
      write_zones(end - first, [&](std::size_t i) { return brokers[first + i].zone; });
      write_broker(broker);
      out_.close('}');
      first = end;
    }
    out_.close(']');
  }

  void write_broker(const BrokerSpec& broker) {
    out_.text("nic", bandwidth_text(broker.nic));
    out_.text("network_threads", broker.connections_bound ? "bound" : "pooled");
    if (broker.disk.exists()) {
      out_.member("disk", "{\"bandwidth\": \"" + bandwidth_text(broker.disk.bandwidth) + "\", \"latency\": \"" +
                              duration_text(broker.disk.latency) + "\", \"page_cache\": \"" +
                              size_text(broker.disk.page_cache) + "\"}");
    }
    out_.open("service", '{');
    write_cost("network_thread", broker.service.network_thread);
    write_cost("produce", broker.service.produce);
    write_cost("fetch", broker.service.fetch);
    write_optional_cost("replica_append", broker.service.replica_append);
    write_variation(broker.service.variation);
    out_.close('}');
    write_pauses(broker.pauses);
    out_.open("config", '{');
    out_.number("num.network.threads", broker.num_network_threads);
    out_.number("num.io.threads", broker.num_io_threads);
    out_.number("queued.max.requests", broker.queued_max_requests);
    out_.number("num.replica.fetchers", broker.num_replica_fetchers);
    out_.milliseconds("replica.fetch.wait.max.ms", broker.replica_fetch_wait_max);
    out_.number("replica.fetch.min.bytes", broker.replica_fetch_min_bytes);
    out_.number("replica.fetch.max.bytes", broker.replica_fetch_max_bytes);
    out_.number("replica.fetch.response.max.bytes", broker.replica_fetch_response_max_bytes);
    out_.number("fetch.max.bytes", broker.fetch_max_bytes);
    out_.number("quota.window.num", broker.quota_window_num);
    out_.number("quota.window.size.seconds", broker.quota_window_size / std::chrono::seconds{1});
    if (broker.group_initial_rebalance_delay != BrokerSpec{}.group_initial_rebalance_delay)
      out_.milliseconds("group.initial.rebalance.delay.ms", broker.group_initial_rebalance_delay);
    if (broker.group_consumer_heartbeat_interval != BrokerSpec{}.group_consumer_heartbeat_interval)
      out_.milliseconds("group.consumer.heartbeat.interval.ms", broker.group_consumer_heartbeat_interval);
    out_.close('}');
  }

  void write_topic(const TopicSpec& topic) {
    out_.begin({});
    out_.open('{');
    out_.text("id", topic.id);
    out_.number("partitions", topic.partitions);
    out_.number("replication_factor", topic.replication_factor);
    if (topic.replicas.empty()) {
      constexpr std::array placers{"kraft", "classic", "classic_rack_unaware"};
      out_.text("placement", placers[static_cast<std::size_t>(topic.placer)]);
    } else {
      out_.open("placement", '[');
      for (const std::vector<BrokerIndex>& replicas : topic.replicas) {
        out_.item(row(replicas, [&](BrokerIndex broker) { return std::to_string(world_.brokers[broker.value].id); }));
      }
      out_.close(']');
    }
    const char* unclean = topic.unclean_leader_election ? ", \"unclean.leader.election.enable\": true"
                          : shows_failures()            ? ", \"unclean.leader.election.enable\": false"
                                                        : "";
    out_.member("config", "{\"min.insync.replicas\": " + std::to_string(topic.min_insync_replicas) + unclean +
                              retention_text(topic) + "}");
    out_.close('}');
  }

  /// Settings that are not Kafka's defaults.
  static std::string retention_text(const TopicSpec& topic) {
    const TopicSpec defaults;
    std::string text;
    const auto member = [&text](const char* key, std::int64_t value, std::int64_t usual) {
      if (value != usual) text += std::string(", \"") + key + "\": " + std::to_string(value);
    };
    constexpr Duration millisecond = std::chrono::milliseconds{1};
    member("retention.ms", topic.retention_time / millisecond, defaults.retention_time / millisecond);
    member("retention.bytes", topic.retention_bytes, defaults.retention_bytes);
    member("segment.bytes", topic.segment_bytes, defaults.segment_bytes);
    member("segment.ms", topic.segment_time / millisecond, defaults.segment_time / millisecond);
    return text;
  }

  void write_keys(const KeySpec& keys) {
    constexpr std::array names{"none", "uniform", "zipf", "hot"};
    if (keys.kind == KeySpec::Kind::none) return;
    out_.open("keys", '{');
    out_.text("distribution", names[static_cast<std::size_t>(keys.kind)]);
    out_.number("count", keys.count);
    if (keys.kind == KeySpec::Kind::zipf) out_.member("exponent", decimal_text(keys.exponent));
    if (keys.kind == KeySpec::Kind::hot) out_.text("hot_share", percentage_text(keys.hot_share));
    out_.close('}');
  }

  void write_arrivals(const ProducerSpec& producer) {
    using Arrivals = ProducerSpec::Arrivals;
    constexpr std::array names{"poisson", "constant", "bursts", "diurnal", "trace"};
    const std::string name = names[static_cast<std::size_t>(producer.arrivals)];
    if (producer.arrivals == Arrivals::poisson || producer.arrivals == Arrivals::constant) {
      out_.text("arrivals", name);
      const bool constant = producer.arrivals == Arrivals::constant;
      if (constant && !producer.random_phase) out_.time("first_record_at", producer.first_record_at);
      return;
    }
    out_.open("arrivals", '{');
    out_.text("process", name);
    if (producer.arrivals == Arrivals::bursts) {
      write_latency(out_, producer.bursts.on, "on");
      write_latency(out_, producer.bursts.off, "off");
      out_.member("in_step", producer.bursts.in_step ? "true" : "false");
    } else if (producer.arrivals == Arrivals::diurnal) {
      out_.time("period", producer.diurnal.period);
      out_.text("amplitude", percentage_text(producer.diurnal.amplitude));
      out_.time("phase", producer.diurnal.phase);
    } else {
      out_.text("file", producer.trace->file);
      out_.text("content", producer.trace->content);
    }
    out_.close('}');
  }

  void write_record_size(const RecordSizeSpec& size) {
    if (size.law == RecordSizeSpec::Law::uniform && size.minimum == size.maximum) {
      return out_.text("record_size", size_text(size.minimum));
    }
    out_.open("record_size", '{');
    if (size.law == RecordSizeSpec::Law::table) {
      out_.text("distribution", "table");
      out_.member("sizes", row(size.sizes, [](std::int32_t bytes) { return json_quoted(size_text(bytes)); }));
      out_.member("weights", row(size.weights, decimal_text));
    } else {
      if (size.law == RecordSizeSpec::Law::lognormal) {
        out_.text("distribution", "lognormal");
        out_.text("mean", size_text(static_cast<Bytes>(size.mean)));
        out_.member("scv", decimal_text(size.scv));
      }
      out_.text("minimum", size_text(size.minimum));
      out_.text("maximum", size_text(size.maximum));
    }
    out_.close('}');
  }

  void write_partitioner(const PartitionerSpec& partitioner) {
    constexpr std::array names{"default", "round_robin", "round_robin_2.4", "sticky_2.4"};
    if (partitioner.kind == PartitionerSpec::Kind::one_partition) {
      out_.member("partitioner", "{\"partition\": " + std::to_string(partitioner.partition) + "}");
    } else {
      out_.text("partitioner", names[static_cast<std::size_t>(partitioner.kind)]);
    }
  }

  void write_producer(const ProducerSpec& producer) {
    out_.begin({});
    out_.open('{');
    out_.text("id", producer.id);
    out_.number("count", producer.count);
    write_zones(producer.count, [&](std::size_t i) { return producer.zones[i % producer.zones.size()]; });
    out_.text("topic", world_.topics[producer.topic.value].id);
    const bool traced = producer.trace != nullptr;
    if (!traced) out_.text("rate", rate_text(producer.records_per_second));
    write_arrivals(producer);
    if (!traced || producer.trace->sizes.empty()) write_record_size(producer.record_size);
    write_keys(producer.keys);
    if (!traced || (producer.trace->keys.empty() && producer.trace->partitions.empty())) {
      write_partitioner(producer.partitioner);
    }
    constexpr std::array codecs{"none", "gzip", "snappy", "lz4", "zstd"};
    const CompressionSpec& compression = producer.compression;
    if (compression.codec != CompressionSpec::Codec::none) {
      out_.open("compression", '{');
      out_.member("ratio", decimal_text(compression.ratio));
      out_.text("compress_per_byte", picoseconds_text(compression.compress_picoseconds_per_byte));
      out_.text("decompress_per_byte", picoseconds_text(compression.decompress_picoseconds_per_byte));
      out_.close('}');
    }
    out_.open("config", '{');
    out_.text("compression.type", codecs[static_cast<std::size_t>(compression.codec)]);
    out_.member("acks", producer.acks == -1 ? "\"all\"" : std::to_string(producer.acks));
    out_.milliseconds("linger.ms", producer.linger);
    out_.number("batch.size", producer.batch_size);
    out_.number("max.request.size", producer.max_request_size);
    out_.number("max.in.flight.requests.per.connection", producer.max_in_flight_requests_per_connection);
    out_.number("buffer.memory", producer.buffer_memory);
    out_.milliseconds("max.block.ms", producer.max_block);
    out_.member("partitioner.adaptive.partitioning.enable", producer.partitioner.adaptive ? "true" : "false");
    out_.milliseconds("partitioner.availability.timeout.ms", producer.partitioner.availability_timeout);
    write_quota("producer_byte_rate", producer.quota);
    if (shows_failures() || !written_alike(write_delivery, producer, without_delivery_settings(producer)))
      write_delivery(out_, producer);
    out_.close('}');
    out_.close('}');
  }

  /// Kafka has no word for "unlimited": no quota, no setting.
  void write_quota(std::string_view byte_rate, const ClientQuotaSpec& quota) {
    if (quota.byte_rate > 0) out_.number(byte_rate, quota.byte_rate);
    if (quota.request_percentage > 0) out_.number("request_percentage", quota.request_percentage);
  }

  /// What a member says beside its zone and rack.
  void write_habits(const MemberSpec& member) {
    if (member.processing_time_per_record) {
      write_latency(out_, *member.processing_time_per_record, "processing_time_per_record");
    }
    if (!member.pauses.empty()) {
      out_.member("pauses", row(member.pauses, [](const ConsumerPauseSpec& pause) {
                    return "{\"from\": " + json_quoted(duration_text(pause.from)) +
                           ", \"to\": " + json_quoted(duration_text(pause.to)) + "}";
                  }));
    }
    if (member.join_at) out_.time("join_at", *member.join_at);
    if (member.leave_at) out_.time("leave_at", *member.leave_at);
  }

  void write_members(const std::vector<MemberSpec>& members) {
    const auto own = [&](const MemberSpec& m) { return m.client_rack == world_.network.zones[m.zone.value]; };
    const bool all_own = std::all_of(members.begin(), members.end(), own);
    const bool none =
        std::all_of(members.begin(), members.end(), [](const MemberSpec& m) { return m.client_rack.empty(); });
    const bool alike = std::all_of(members.begin(), members.end(),
                                   [&](const MemberSpec& m) { return same_habits(m, members.front()); });
    if (alike && (all_own || none)) {
      out_.open("members", '{');
      out_.number("count", members.size());
      write_zones(members.size(), [&](std::size_t i) { return members[i].zone; });
      if (all_own) out_.text("client.rack", "zone");
      write_habits(members.front());
      out_.close('}');
      return;
    }
    out_.open("members", '[');
    for (const MemberSpec& member : members) {
      out_.begin({});
      out_.open('{');
      out_.member("zone", zone_text(member.zone));
      if (!member.client_rack.empty()) out_.text("client.rack", member.client_rack);
      write_habits(member);
      out_.close('}');
    }
    out_.close(']');
  }

  void write_coordinator(const GroupCoordinationSpec& coordination) {
    if (coordination.broker) {
      out_.number("coordinator", world_.brokers[coordination.broker->value].id);
    } else {
      out_.text("coordinator", "hash");
    }
  }

  void write_group(const ConsumerGroupSpec& group) {
    out_.begin({});
    out_.open('{');
    out_.text("id", group.id);
    out_.member("topics",
                row(group.topics, [&](TopicIndex topic) { return json_quoted(world_.topics[topic.value].id); }));
    write_members(group.members);
    if (group.starts_at > Duration::zero()) out_.time("starts_at", group.starts_at);
    write_latency(out_, group.processing_time_per_record, "processing_time_per_record");
    if (group.coordination) write_coordinator(*group.coordination);
    out_.open("config", '{');
    out_.number("fetch.min.bytes", group.fetch_min_bytes);
    out_.milliseconds("fetch.max.wait.ms", group.fetch_max_wait);
    out_.number("fetch.max.bytes", group.fetch_max_bytes);
    out_.number("max.partition.fetch.bytes", group.max_partition_fetch_bytes);
    out_.number("max.poll.records", group.max_poll_records);
    out_.milliseconds("metadata.max.age.ms", group.metadata_max_age);
    write_quota("consumer_byte_rate", group.quota);
    const AssignorName& assignor = name_of(group.assignor);
    const bool classic = assignor.protocol == GroupProtocol::classic;
    out_.text("group.protocol", classic ? "classic" : "consumer");
    out_.text(classic ? "partition.assignment.strategy" : "group.remote.assignor", std::string(assignor.name));
    if (group.coordination) {
      out_.member("enable.auto.commit", group.coordination->auto_commit ? "true" : "false");
      out_.milliseconds("auto.commit.interval.ms", group.coordination->auto_commit_interval);
      if (classic) out_.milliseconds("heartbeat.interval.ms", group.heartbeat_interval);
      if (classic && (shows_failures() || group.session_timeout != ConsumerGroupSpec{}.session_timeout))
        out_.milliseconds("session.timeout.ms", group.session_timeout);
    }
    if (shows_failures() || !written_alike(write_fetching, group, {})) write_fetching(out_, group);
    out_.close('}');
    out_.close('}');
  }

  [[nodiscard]] std::string zone_text(ZoneIndex zone) const { return json_quoted(world_.network.zones[zone.value]); }

  const Scenario& scenario_;
  const WorldSpec& world_;
  JsonText out_;
};

}  // namespace

std::string scenario_text(const Scenario& scenario) {
  return ScenarioWriter(scenario).write();
}

std::string scenario_hash(const Scenario& scenario) {
  Scenario nameless = scenario;
  nameless.name.clear();
  // FNV-1a, then the finalizer of SplitMix64, so that near texts give far hashes.
  std::uint64_t hash = 14'695'981'039'346'656'037U;
  for (const char c : scenario_text(nameless)) hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211U;
  hash = (hash ^ (hash >> 30)) * 0xbf58'476d'1ce4'e5b9U;
  hash = (hash ^ (hash >> 27)) * 0x94d0'49bb'1331'11ebU;
  hash ^= hash >> 31;
  std::string text(16, '0');
  for (std::size_t i = 16; i-- > 0; hash >>= 4) text[i] = "0123456789abcdef"[hash & 15];
  return text;
}

}  // namespace brokersim
