// SPDX-License-Identifier: Apache-2.0
#include "sim/measured/measured_case.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string_view>

#include "sim/measured/measured_json.hpp"
#include "sim/measured/record_file.hpp"

namespace brokersim {
namespace {

using Json = nlohmann::json;

// What the emulating switch adds to every packet on top of the stated delay (README of the measurements: idle round
// trip 0.25 ms within a zone at 0.05 ms one way, 2 x one-way + 0.2 ms between zones).
constexpr double switch_ms_within = 0.075, switch_ms_between = 0.1;

// How a broker of that cluster comes back: its JVM and Kafka's own start, cold, on two processors that all share, until
// it registers; and what each log costs a recovery thread after an unclean stop, nearly empty as they are. Fitted to
// the restarts of e8 (7.6 s, clean), e12 and e3 (9.5 and 10.7 s, with 54 and 62 logs).
constexpr Duration start_up_time = std::chrono::milliseconds{7'500};
constexpr Duration recovery_time_per_log = std::chrono::milliseconds{84};

// From learning that it is unfenced until a restarted broker answers a client that connects. Fitted to the readers of
// its rack in e3 and e12, who get nothing for 0.50 and 0.51 s once it is in the ISR again.
constexpr Duration first_answer_time = std::chrono::milliseconds{500};

// From a committed metadata change until a broker of that host has applied it (ReplicaManager.applyDelta), exponential.
// Fitted to e8's shutdown: gaps of the producer and of the three readers that do not read at the broker which stops.
constexpr Duration metadata_apply_time = std::chrono::milliseconds{25};

[[noreturn]] void broken(const std::string& what) {
  throw MeasuredCaseError(what, false);
}

[[noreturn]] void unsupported(const std::string& what) {
  throw MeasuredCaseError(what, true);
}

Duration from_ms(double ms) {
  return Duration{std::llround(ms * 1e6)};
}

Duration ms_of(const std::string& text) {
  return std::chrono::milliseconds{std::stoll(text)};
}

std::int32_t whole(const std::string& text) {
  return std::stoi(text);
}

/// "1.1", whatever the locale
double number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw MeasuredCaseError("not a number: \"" + std::string(text) + "\"", false);
  }
  return value;
}

/// A setting of Kafka's and what it means here; null: it changes nothing that is modelled.
template <class Spec>
using Settings = std::map<std::string, void (*)(Spec&, const std::string&)>;

template <class Spec>
void configure(Spec& spec, const Json& config, const Settings<Spec>& settings, const std::string& owner) {
  for (const auto& [key, value] : config.items()) {
    const auto setting = settings.find(key);
    if (setting == settings.end()) unsupported(owner + ": setting \"" + key + "\" is not read");
    const std::string text = value.is_string() ? std::string(value) : value.dump();
    if (setting->second != nullptr) setting->second(spec, text);
  }
}

const Settings<BrokerSpec>& broker_settings() {
  static const Settings<BrokerSpec> table = {
      {"replica.selector.class", nullptr},  // a matter of the whole case, like the rack
      {"broker.rack", nullptr},
      {"replica.fetch.wait.max.ms", [](BrokerSpec& b, const std::string& v) { b.replica_fetch_wait_max = ms_of(v); }},
      {"replica.fetch.min.bytes", [](BrokerSpec& b, const std::string& v) { b.replica_fetch_min_bytes = whole(v); }},
      {"num.network.threads",
       [](BrokerSpec& b, const std::string& v) { b.num_network_threads = static_cast<std::uint32_t>(whole(v)); }},
      {"num.io.threads",
       [](BrokerSpec& b, const std::string& v) { b.num_io_threads = static_cast<std::uint32_t>(whole(v)); }},
  };
  return table;
}

const Settings<ProducerSpec>& producer_settings() {
  static const Settings<ProducerSpec> table = {
      {"acks", [](ProducerSpec& p, const std::string& v) { p.acks = v == "all" ? -1 : whole(v); }},
      {"linger.ms", [](ProducerSpec& p, const std::string& v) { p.linger = ms_of(v); }},
      {"batch.size", [](ProducerSpec& p, const std::string& v) { p.batch_size = whole(v); }},
      {"max.request.size", [](ProducerSpec& p, const std::string& v) { p.max_request_size = whole(v); }},
      {"max.in.flight.requests.per.connection",
       [](ProducerSpec& p, const std::string& v) {
         p.max_in_flight_requests_per_connection = static_cast<std::uint32_t>(whole(v));
       }},
      {"enable.idempotence", nullptr},
  };
  return table;
}

const Settings<ConsumerGroupSpec>& consumer_settings() {
  static const Settings<ConsumerGroupSpec> table = {
      {"client.rack", nullptr},  // the member's
      {"fetch.max.wait.ms", [](ConsumerGroupSpec& g, const std::string& v) { g.fetch_max_wait = ms_of(v); }},
      {"fetch.min.bytes", [](ConsumerGroupSpec& g, const std::string& v) { g.fetch_min_bytes = whole(v); }},
      {"fetch.max.bytes", [](ConsumerGroupSpec& g, const std::string& v) { g.fetch_max_bytes = whole(v); }},
      {"max.partition.fetch.bytes",
       [](ConsumerGroupSpec& g, const std::string& v) { g.max_partition_fetch_bytes = whole(v); }},
      {"session.timeout.ms", [](ConsumerGroupSpec& g, const std::string& v) { g.session_timeout = ms_of(v); }},
      {"heartbeat.interval.ms", [](ConsumerGroupSpec& g, const std::string& v) { g.heartbeat_interval = ms_of(v); }},
      {"group.protocol",
       [](ConsumerGroupSpec& g, const std::string& v) {
         if (v == "consumer") g.assignor = AssignorKind::server_uniform;
       }},
      {"partition.assignment.strategy",
       [](ConsumerGroupSpec& g, const std::string& v) {
         static const std::map<std::string, AssignorKind> classes = {
             {"RangeAssignor", AssignorKind::range},
             {"RoundRobinAssignor", AssignorKind::round_robin},
             {"StickyAssignor", AssignorKind::sticky},
             {"CooperativeStickyAssignor", AssignorKind::cooperative_sticky}};
         const auto known = classes.find(v.substr(v.rfind('.') + 1));
         if (known == classes.end()) unsupported("assignor \"" + v + "\"");
         g.assignor = known->second;
       }},
  };
  return table;
}

/// "zipf:S:N" and the like, and the bytes of a key.
void read_key(ProducerSpec& producer, const std::string& key, std::int32_t payload) {
  producer.record_size = {payload, payload};
  if (key == "none") return;
  if (key == "round") {
    producer.partitioner.kind = PartitionerSpec::Kind::round_robin;
    return;
  }
  if (key.rfind("part:", 0) == 0) {
    producer.partitioner.kind = PartitionerSpec::Kind::one_partition;
    producer.partitioner.partition = static_cast<std::uint32_t>(std::stoul(key.substr(5)));
    return;
  }
  if (key.rfind("zipf:", 0) != 0) unsupported("producer " + producer.id + ": key \"" + key + "\"");
  const std::size_t colon = key.find(':', 5);
  producer.keys = {KeySpec::Kind::zipf, static_cast<std::uint32_t>(std::stoul(key.substr(colon + 1))),
                   number(key.substr(5, colon - 5)), 0.5};
  double weight = 0, bytes = 0;  // of "key-0" ... by share
  for (std::uint32_t rank = 0; rank < producer.keys.count; ++rank) {
    const double share = std::pow(rank + 1.0, -producer.keys.exponent);
    weight += share;
    bytes += share * static_cast<double>(4 + std::to_string(rank).size());
  }
  const auto size = static_cast<std::int32_t>(std::lround(payload + bytes / weight));
  producer.record_size = {size, size};
}

class CaseReader {
 public:
  CaseReader(const Json& json, std::filesystem::path folder) : json_(json), folder_(std::move(folder)) {}

  MeasuredCase read() {
    case_.id = json_.at("id");
    case_.scenario.name = case_.id;
    case_.latencies_are_judged =
        case_.id.find("e5-") == std::string::npos;  // README of the measurements: a busy machine
    case_.scenario.traced = true;
    case_.scenario.duration = from_ms(json_.at("seconds").get<double>() * 1e3);
    case_.scenario.warm_up = from_ms(json_.at("measured_from_second").get<double>() * 1e3);
    if (*case_.scenario.warm_up < Duration{} || *case_.scenario.warm_up >= case_.scenario.duration) {
      broken("\"measured_from_second\" is not within the \"seconds\" of the experiment");
    }
    read_network();
    read_brokers();
    read_topics();
    read_events();
    for (const Json& producer : json_.at("producers")) read_producer(producer);
    for (const Json& consumer : consumers_in_order()) read_consumer(consumer);
    for (const Json& consumer : json_.at("consumers")) read_crash(consumer);
    read_measured();
    if (!case_.events.empty()) read_what_failed();
    return std::move(case_);
  }

 private:
  ZoneIndex zone(const std::string& name) const { return zones_.at(name); }

  void read_network() {
    NetworkSpec& network = case_.scenario.world.network;
    network.mtu = 9000;
    const Json& stated = json_.at("network");
    const double within = stated.at("one_way_ms_within_a_zone").get<double>() + switch_ms_within;
    for (const Json& name : stated.at("zones")) {
      const ZoneIndex index{static_cast<std::uint32_t>(network.zones.size())};
      zones_[name] = index;
      network.zones.push_back(name);
      network.within_zone.push_back({index, index, DelayDistribution::constant(from_ms(within)), {}, 0});
    }
    for (const auto& [pair, ms] : stated.at("one_way_ms").items()) {
      const std::size_t dash = pair.find('-');
      network.links.push_back({zone(pair.substr(0, dash)),
                               zone(pair.substr(dash + 1)),
                               DelayDistribution::constant(from_ms(ms.get<double>() + switch_ms_between)),
                               {},
                               0});
    }
  }

  void read_brokers() {
    const Json& config = json_.at("broker_config_not_default");
    const Json& nic = json_.at("network").at("nic_mbit_per_s");
    for (const Json& stated : json_.at("brokers")) {
      BrokerSpec broker;
      broker.id = stated.at("id");
      broker.zone = zone(stated.at("zone"));
      broker.nic = {};
      const std::string host = "b" + std::to_string(broker.id);
      if (nic.is_object() && nic.contains(host)) broker.nic = {std::llround(nic.at(host).get<double>() * 1e6 / 8)};
      if (nic.is_number()) broker.nic = {std::llround(nic.get<double>() * 1e6 / 8)};
      configure(broker, config, broker_settings(), "broker " + std::to_string(broker.id));
      hosts_[host] = static_cast<std::uint32_t>(case_.scenario.world.brokers.size());
      brokers_[broker.id] = BrokerIndex{hosts_[host]};
      case_.scenario.world.brokers.push_back(broker);
    }
    if (brokers_.empty()) broken("\"brokers\" is empty");
    for (const auto& [name, index] : zones_) {
      hosts_["cl" + name] = static_cast<std::uint32_t>(brokers_.size()) + index.value;
    }
    hosts_["ctl"] = static_cast<std::uint32_t>(brokers_.size() + zones_.size());
    case_.scenario.world.controller = zone(json_.at("controller").at("zone"));
    case_.scenario.read_policies = {config.contains("replica.selector.class") ? ReadPolicy::rack_aware
                                                                              : ReadPolicy::leader};
  }

  void read_topics() {
    std::vector<TopicSpec>& topics = case_.scenario.world.topics;
    for (const Json& stated : json_.at("topics")) {
      TopicSpec topic;
      topic.id = stated.at("name");
      for (const Json& ids : stated.at("replicas")) {
        std::vector<BrokerIndex>& replicas = topic.replicas.emplace_back();
        for (const Json& id : ids) replicas.push_back(brokers_.at(id));
      }
      topic.partitions = static_cast<std::uint32_t>(topic.replicas.size());
      topic.replication_factor = static_cast<std::uint32_t>(topic.replicas.at(0).size());
      topics_[topic.id] = TopicIndex{static_cast<std::uint32_t>(topics.size())};
      topics.push_back(topic);
    }
    // Every broker follows every other one for the sake of this topic, if for no other.
    TopicSpec offsets;
    offsets.id = "__consumer_offsets";
    const auto brokers = static_cast<std::uint32_t>(brokers_.size());
    offsets.partitions = 50;
    offsets.replication_factor = std::min(3U, brokers);
    for (std::uint32_t p = 0; p < offsets.partitions; ++p) {
      std::vector<BrokerIndex>& replicas = offsets.replicas.emplace_back();
      for (std::uint32_t r = 0; r < offsets.replication_factor; ++r) replicas.push_back({(p + r) % brokers});
    }
    topics.push_back(offsets);
  }

  /// "VERB broker N": what ends a process or stops it, up to what starts it again.
  void read_events() {
    for (const Json& stated : json_.at("events")) case_.events.push_back({stated.at("at_s"), stated.at("what")});
    sort_events();
    static const std::map<std::string, std::pair<FaultKind, std::string>> verbs = {
        {"kill -9", {FaultKind::kill, "start"}},
        {"SIGKILL", {FaultKind::kill, "start"}},
        {"SIGTERM", {FaultKind::controlled_shutdown, "start"}},
        {"SIGSTOP", {FaultKind::pause, "SIGCONT"}},
    };
    std::vector<FaultSpec>& faults = case_.scenario.world.faults;
    for (auto event = case_.events.begin(); event != case_.events.end(); ++event) {
      const auto [verb, broker] = split_event(event->what);
      const auto known = verbs.find(verb);
      if (known == verbs.end()) {
        if (verb != "start" && verb != "SIGCONT") unsupported("event \"" + event->what + "\"");
        continue;
      }
      FaultSpec& fault = faults.emplace_back();
      fault.kind = known->second.first;
      fault.target.who = FaultTarget::Who::brokers;
      fault.target.brokers = {broker};
      fault.when.at = from_ms(event->at_s * 1e3);
      for (auto end = std::next(event); end != case_.events.end() && !fault.lasts; ++end) {
        if (split_event(end->what) == std::pair{known->second.second, broker})
          fault.lasts = from_ms((end->at_s - event->at_s) * 1e3);
      }
    }
    case_.scenario.world.control_plane.start_up_time = start_up_time;
    case_.scenario.world.control_plane.recovery_time_per_log = recovery_time_per_log;
    case_.scenario.world.control_plane.first_answer_time = first_answer_time;
    case_.scenario.world.control_plane.propagation_delay = {.law = DelayDistribution::Law::exponential,
                                                            .mean = metadata_apply_time};
  }

  /// A consumer whose process dies: its group has a coordinator then, and commits as by default.
  void read_crash(const Json& consumer) {
    if (!consumer.contains("crash_s")) return;
    const double at_s = consumer.at("crash_s");
    const Member& member = members_.at(consumer.at("name"));
    case_.events.push_back({at_s, "crash of " + consumer.at("name").get<std::string>()});
    ConsumerGroupSpec& group = case_.scenario.world.groups[member.group.value];
    group.coordination.emplace();
    FaultSpec& fault = case_.scenario.world.faults.emplace_back();
    fault.kind = FaultKind::consumer_crash;
    fault.target.who = FaultTarget::Who::group;
    fault.target.entry = member.group.value;
    fault.target.instance = member.instance;
    fault.when.at = from_ms(at_s * 1e3);
    case_.rebalances.push_back({group.id, member.group, 0, {}});
  }

  void sort_events() {
    std::stable_sort(case_.events.begin(), case_.events.end(),
                     [](const MeasuredEvent& a, const MeasuredEvent& b) { return a.at_s < b.at_s; });
  }

  std::pair<std::string, BrokerIndex> split_event(const std::string& what) const {
    const std::size_t at = what.find(" broker ");
    if (at == std::string::npos) unsupported("event \"" + what + "\"");
    return {what.substr(0, at), brokers_.at(whole(what.substr(at + 8)))};
  }

  void read_producer(const Json& stated) {
    ProducerSpec producer;
    producer.id = stated.at("name");
    producer.zones = {zone(stated.at("zone"))};
    producer.topic = topics_.at(stated.at("topic"));
    producer.records_per_second = stated.at("rate_per_s");
    producer.arrivals =
        stated.at("arrivals") == "poisson" ? ProducerSpec::Arrivals::poisson : ProducerSpec::Arrivals::constant;
    read_key(producer, stated.at("key"), stated.at("payload_bytes"));
    configure(producer, stated.at("config"), producer_settings(), "producer " + producer.id);
    const std::filesystem::path records = folder_ / (producer.id + ".csv.gz");
    if (std::filesystem::exists(records)) {
      replay(producer, records);
    } else {
      replayed_ = false;
    }
    producers_[producer.id] = producer.topic;
    case_.scenario.world.producers.push_back(producer);
  }

  /// Members of a group come in the order of member ids, which are random: taken from what they were assigned.
  std::vector<Json> consumers_in_order() const {
    std::vector<Json> consumers = json_.at("consumers");
    const auto first_partition = [&](const Json& consumer) {
      const Json& measured = json_.at("measured");
      const std::string name = consumer.at("name");
      if (!measured.contains(name) || !measured.at(name).contains("rebalances")) return std::int64_t{0};
      const Json& last = measured.at(name).at("rebalances").back().at(2);
      return last.empty() ? std::int64_t{1'000'000} : last.at(0).get<std::int64_t>();
    };
    std::stable_sort(consumers.begin(), consumers.end(),
                     [&](const Json& a, const Json& b) { return first_partition(a) < first_partition(b); });
    return consumers;
  }

  /// The very records that were sent, at the moments they were: what is compared then is the cluster, not the draw.
  void replay(ProducerSpec& producer, const std::filesystem::path& file) {
    auto trace = std::make_shared<TraceSpec>();
    const bool keyed =
        producer.keys.kind != KeySpec::Kind::none || producer.partitioner.kind != PartitionerSpec::Kind::kafka_default;
    std::vector<SentRecord> records = read_sent_records(file);
    std::stable_sort(records.begin(), records.end(),
                     [](const SentRecord& a, const SentRecord& b) { return a.sent_ms < b.sent_ms; });
    const std::uint32_t partitions = case_.scenario.world.topics[producer.topic.value].partitions;
    for (const SentRecord& record : records) {
      if (record.partition >= partitions) {
        broken(file.string() + ": a record in partition " + std::to_string(record.partition) + " of a topic with " +
               std::to_string(partitions));
      }
      trace->times.push_back(from_ms(std::max(record.sent_ms, 0.0)));
      if (keyed) trace->partitions.push_back(record.partition);
    }
    trace->file = file.filename();
    producer.keys = {};
    producer.partitioner = {};
    producer.arrivals = ProducerSpec::Arrivals::trace;
    producer.trace = std::move(trace);
  }

  void read_consumer(const Json& stated) {
    std::vector<ConsumerGroupSpec>& groups = case_.scenario.world.groups;
    const std::string name = stated.at("name");
    const TopicIndex topic = topics_.at(stated.at("topic"));
    const bool alone = stated.at("group").is_null();
    const std::string id = alone ? name : stated.at("group").get<std::string>();
    std::uint32_t g = 0;
    while (g < groups.size() && groups[g].id != id) ++g;
    if (g == groups.size()) groups.emplace_back();
    groups[g].id = id;
    groups[g].topics = {topic};
    const Json& config = stated.at("config");
    groups[g].members.push_back({zone(stated.at("zone")), config.value("client.rack", "")});
    configure(groups[g], config, consumer_settings(), "consumer " + name);
    if (alone) consumers_[name] = {topic, GroupIndex{g}};
    members_[name] = {GroupIndex{g}, static_cast<std::uint32_t>(groups[g].members.size() - 1)};
  }

  void read_measured() {
    for (const auto& [name, figures] : json_.at("measured").items()) {
      if (name == "wire_bytes_per_s") {
        for (const auto& [pair, rate] : figures.items()) {
          const std::size_t arrow = pair.find("->");
          case_.traffic.push_back({pair, hosts_.at(pair.substr(0, arrow)), hosts_.at(pair.substr(arrow + 2)), rate});
        }
      } else if (const std::size_t minus = name.find(" minus "); minus != std::string::npos) {
        const auto reader = consumers_.find(name.substr(0, minus));
        const auto other = consumers_.find(name.substr(minus + 7));
        if (reader == consumers_.end() || other == consumers_.end()) continue;
        add(MeasuredSeries::Kind::visibility_difference, name, {reader->second.topic}, {reader->second.group},
            other->second.group, figures.at("visibility_difference_ms"));
      } else if (const auto producer = producers_.find(name); producer != producers_.end()) {
        add(MeasuredSeries::Kind::acknowledgement, name, {producer->second}, {}, {}, figures.at("ack_ms"));
      } else if (const auto reader = consumers_.find(name); reader != consumers_.end()) {
        add(MeasuredSeries::Kind::delivery, name, {reader->second.topic}, {reader->second.group}, {},
            figures.at(replayed_ ? "from_sent_ms" : "delivery_ms"));
      }
    }
  }

  /// What an admin client saw, how groups came out, and every record's times.
  void read_what_failed() {
    sort_events();
    const Json& measured = json_.at("measured");
    for (const Json& row : measured.value("leaders_and_isr", Json::array())) {
      LeadershipChange& change = case_.leadership.emplace_back();
      change.at_s = row.at(0);
      change.partition = row.at(1);  // of the first topic
      if (row.at(2).get<std::int32_t>() >= 0) change.leader = brokers_.at(row.at(2));
      for (const Json& id : row.at(3)) change.in_sync.push_back(brokers_.at(id));
      std::sort(change.in_sync.begin(), change.in_sync.end());
    }
    for (const auto& [name, topic] : producers_) read_records(true, name, topic, {}, {name});
    for (const auto& [name, reader] : consumers_) read_records(false, name, reader.topic, reader.group, {name});
    for (MeasuredRebalance& rebalance : case_.rebalances) read_rebalance(rebalance);
  }

  /// A group is what its members together are handed.
  void read_rebalance(MeasuredRebalance& rebalance) {
    std::vector<std::string> members;
    TopicIndex topic;
    for (const Json& consumer : consumers_in_order()) {
      if (consumer.at("group").is_null() || consumer.at("group") != rebalance.group) continue;
      members.push_back(consumer.at("name"));
      topic = topics_.at(consumer.at("topic"));
      std::uint32_t partitions = 0;
      for (const Json& told : json_.at("measured").at(members.back()).value("rebalances", Json::array())) {
        const auto count = static_cast<std::uint32_t>(told.at(2).size());
        partitions = told.at(1) == "assigned" ? partitions + count : partitions - count;
        if (told.at(1) == "assigned") rebalance.ended_s = std::max(rebalance.ended_s, told.at(0).get<double>());
      }
      rebalance.partitions.push_back(consumer.contains("crash_s") ? 0 : partitions);
    }
    read_records(false, rebalance.group, topic, rebalance.index, members);
  }

  /// files  whose records are taken together
  void read_records(bool acknowledged, const std::string& name, TopicIndex topic, GroupIndex group,
                    const std::vector<std::string>& files) {
    const std::uint32_t partitions = case_.scenario.world.topics[topic.value].partitions;
    MeasuredRecords records{acknowledged, name, topic, group, {}};
    records.by_partition.resize(partitions);
    for (const std::string& file : files) {
      const std::filesystem::path path = folder_ / (file + ".csv.gz");
      if (!std::filesystem::exists(path)) return;
      const auto here = read_record_times(path, acknowledged ? "acked_ms" : "received_ms", partitions);
      for (std::size_t p = 0; p < here.size(); ++p) {
        records.by_partition[p].insert(records.by_partition[p].end(), here[p].begin(), here[p].end());
      }
    }
    case_.records.push_back(std::move(records));
  }

  void add(MeasuredSeries::Kind kind, const std::string& name, std::vector<TopicIndex> topics,
           std::vector<GroupIndex> groups, GroupIndex other, const Json& figures) {
    MeasuredSeries series{kind, name, std::move(topics), std::move(groups), other, figures.at("n"), {}};
    for (const int percent : {5, 25, 50, 75, 90, 95, 99}) {
      series.quantiles.emplace_back(percent / 100.0, figures.at("p" + std::to_string(percent)));
    }
    case_.series.push_back(std::move(series));
  }

  struct Reader {
    TopicIndex topic;
    GroupIndex group;
  };
  const Json& json_;
  std::filesystem::path folder_;
  bool replayed_ = true;  // every producer's records are known
  MeasuredCase case_;
  std::map<std::string, ZoneIndex> zones_;
  std::map<std::string, std::uint32_t> hosts_;
  std::map<std::int32_t, BrokerIndex> brokers_;
  std::map<std::string, TopicIndex> topics_, producers_;
  struct Member {
    GroupIndex group;
    std::uint32_t instance = 0;
  };
  std::map<std::string, Reader> consumers_;  // those that read alone
  std::map<std::string, Member> members_;    // all
};

}  // namespace

MeasuredCase read_measured_case(const std::filesystem::path& case_file) {
  std::ifstream file(case_file);
  if (!file) throw MeasuredCaseError("cannot be opened", false);
  try {
    const Json parsed = parse_measured_json({std::istreambuf_iterator<char>(file), {}});
    return CaseReader(parsed, case_file.parent_path()).read();
  } catch (const MeasuredCaseError&) {
    throw;
  } catch (const std::exception& error) {
    throw MeasuredCaseError(error.what(), false);
  }
}

}  // namespace brokersim
