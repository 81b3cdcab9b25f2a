// SPDX-License-Identifier: Apache-2.0
// "faults": what goes wrong, and what operators do, when and to whom.
#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "sim/scenario_file/fault_grammar.hpp"
#include "sim/scenario_file/scenario_reading.hpp"
#include "sim/scenario_file/suggestions.hpp"
#include "sim/scenario_file/topic_reference.hpp"
#include "sim/text/printable.hpp"

namespace brokersim {
namespace {

using Who = FaultTarget::Who;

constexpr Duration longest_mean = std::chrono::hours{24 * 365 * 4};  // a law's means are below 2^57 ns

/// What stands behind a name and a slash; none unless it is a whole number below `limit`.
std::optional<std::uint32_t> number_below(std::size_t limit, std::string_view text) {
  std::uint32_t number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (result.ec != std::errc{} || result.ptr != text.data() + text.size() || number >= limit) return std::nullopt;
  return number;
}

/// One entry of "faults".
class FaultReader {
 public:
  FaultReader(ScenarioReading& reading, const JsonNode& entry)
      : reading_(reading), reader_(reading.reader), entry_(entry) {}
  void read();

 private:
  bool read_kind();
  void check_parameters();
  void read_time();
  void read_condition(const JsonNode& node);
  void read_rate(const JsonNode& between);
  void read_mean(std::string_view key, bool exponential, DelayDistribution& out);
  void read_repetition();
  void read_network_and_processes();
  void read_disk_and_control();
  void read_clients_and_operators();
  void read_keep(const JsonNode& node);
  void read_replicas(const JsonNode& node);
  void note_too_many_in_sync(const JsonNode& value);
  void read_setting();
  bool read_target(const JsonNode& node, std::string_view allowed, FaultTarget& out);
  bool read_who(const JsonNode& value, FaultTarget& out);
  bool read_brokers(const JsonNode& node, std::vector<BrokerIndex>& out);
  bool find_broker(const JsonNode& node, BrokerIndex& out);
  bool find_partition(const JsonNode& node, bool needed, TopicIndex& topic, std::optional<std::uint32_t>& partition);
  bool find_instance(const JsonNode& node, const Names& names, bool producer, FaultTarget& out);
  void check_keys();
  void check_ends();
  void check_disks(const JsonNode& target);

  template <class Read>
  void with(std::string_view key, Read read) {
    if (const JsonNode* node = find_member(entry_, key)) read(*node);
  }
  /// A duration above 0 (E0434).
  bool span(const JsonNode& node, Duration& out) {
    return reader_.duration(node, {Duration{1}, century, "E0434", "leave it out for no end"}, out);
  }
  template <std::size_t N>
  bool choice(const JsonNode& node, const std::array<std::string_view, N>& names, std::size_t& out) {
    return reader_.choice(node, names, out);
  }

  ScenarioReading& reading_;
  StrictReader& reader_;
  const JsonNode& entry_;
  FaultSpec fault_;
};

bool FaultReader::read_kind() {
  const JsonNode* node = reader_.needed(entry_, "fault", "\"fault\": \"kill\"");
  std::size_t kind = 0;
  if (node == nullptr) return false;
  if (node->is(JsonNode::Kind::string) && (node->text == "link_reorder" || node->text == "link_duplicate")) {
    reading_.problems.at(*node, "E0318", "one of the kinds that `brokersim faults` lists",
                         "connections are TCP, which delivers once and in order: link_loss and link_delay show it");
    return false;
  }
  const std::vector<std::string_view> names = fault_kind_names();
  if (!reader_.choice(*node, names, kind)) return false;
  fault_.kind = static_cast<FaultKind>(kind);
  return true;
}

/// Parameters that the kind lacks (E0304) or does not have (E0323).
void FaultReader::check_parameters() {
  const FaultGrammar& grammar = grammar_of(fault_.kind);
  for (const std::string_view key : words_of(grammar.needed)) {
    reader_.needed(entry_, key, "in --fault '" + std::string(grammar.example) + "'");
  }
  if (grammar.target_needed) {
    reader_.needed(entry_, "target", "in --fault '" + std::string(grammar.example) + "'");
  }
  constexpr std::string_view general = "comment fault at when delay mttf mttr distribution from until every times";
  const std::string own = std::string(grammar.needed) + " " + std::string(grammar.optional) +
                          (grammar.lasts ? " for" : "") + (grammar.targets.empty() ? "" : " target");
  const std::vector<std::string_view> known = words_of(own);
  for (const JsonNode& item : entry_.items) {
    if (!is_key_of(Section::fault, item.key)) continue;  // told already
    if (has_word(general, item.key) || has_word(own, item.key)) continue;
    reading_.problems.at(
        item, {.code = "E0323",
               .found = "\"" + std::string(item.key) + "\", which " + std::string(name_of(fault_.kind)) + " has not",
               .allowed = known.empty() ? "only when it comes" : "one of " + listed(known)});
  }
}

bool FaultReader::find_broker(const JsonNode& node, BrokerIndex& out) {
  std::int32_t id = 0;
  if (!reader_.whole(node, {0, whole_maximum}, id)) return false;
  const auto found = reading_.brokers.find(id);
  if (found != reading_.brokers.end()) {
    out = found->second.first;
    return true;
  }
  if (reading_.brokers_incomplete) return false;
  std::vector<std::string> ids;
  for (const auto& known : reading_.brokers) {
    if (ids.size() < 11) ids.push_back(std::to_string(known.first));
  }
  const std::vector<std::string_view> shown_ids(ids.begin(), ids.end());
  reading_.problems.at(node, "E0404", "one of the brokers " + listed(shown_ids), did_you_mean(node.text, shown_ids));
  return false;
}

bool FaultReader::read_brokers(const JsonNode& node, std::vector<BrokerIndex>& out) {
  if (!reader_.array(node, 1)) return false;
  for (const JsonNode& item : node.items) {
    BrokerIndex broker;
    if (!find_broker(item, broker)) return false;
    if (std::find(out.begin(), out.end(), broker) != out.end()) {
      reading_.problems.at(
          item, {.code = "E0427", .found = "broker " + shown(item) + " twice", .allowed = "each broker once"});
      return false;
    }
    out.push_back(broker);
  }
  return true;
}

/// "orders/3", or as Kafka writes it "orders-3" where no topic is called so; "orders" where all partitions will do.
bool FaultReader::find_partition(const JsonNode& node, bool needed, TopicIndex& topic,
                                 std::optional<std::uint32_t>& partition) {
  std::string text;
  if (!reader_.text(node, text)) return false;
  std::size_t cut = text.find('/');
  if (cut == std::string::npos && !reading_.topics.knows(text)) {
    cut = text.rfind('-');
    if (cut != std::string::npos && !reading_.topics.knows(text.substr(0, cut))) cut = std::string::npos;
  }
  JsonNode named = node;
  named.text = node.text.substr(0, cut);
  if (!find_topic(reading_, named, topic)) return false;
  const std::uint32_t partitions = reading_.scenario.world.topics[topic.value].partitions;
  const std::string range =
      "a partition from 0 to " + std::to_string(partitions - 1) + ", like \"" + std::string(named.text) + "/0\"";
  if (cut == std::string::npos) {
    if (!needed) return true;
    reading_.problems.at(node, "E0429", range);
    return false;
  }
  partition = number_below(partitions, std::string_view(text).substr(cut + 1));
  if (!partition) reading_.problems.at(node, "E0429", range);
  return partition.has_value();
}

/// "shop", or "shop/0" for one instance of it.
bool FaultReader::find_instance(const JsonNode& node, const Names& names, bool producer, FaultTarget& out) {
  std::string text;
  if (!reader_.text(node, text)) return false;
  const std::size_t cut = text.find('/');
  JsonNode named = node;
  named.text = node.text.substr(0, cut);
  if (!names.find(named, reading_.problems, out.entry)) return false;
  if (cut == std::string::npos) return true;
  const WorldSpec& world = reading_.scenario.world;
  const std::size_t count = producer ? world.producers[out.entry].count : world.groups[out.entry].members.size();
  out.instance = number_below(count, std::string_view(text).substr(cut + 1));
  if (!out.instance) {
    reading_.problems.at(
        node, "E0429", std::string(named.text) + "/0 to " + std::string(named.text) + "/" + std::to_string(count - 1));
  }
  return out.instance.has_value();
}

bool FaultReader::read_who(const JsonNode& value, FaultTarget& out) {
  const std::string_view key = value.key;
  const bool all = value.is(JsonNode::Kind::string) && value.text == "all";
  const auto everything = [&](Who who) {
    constexpr std::array<std::string_view, 1> only{"all"};
    std::size_t ignored = 0;
    out.who = who;
    return choice(value, only, ignored);
  };
  const auto drawn = [&](Who who, std::size_t of) {
    out.who = who;
    return reader_.whole(value, {1, static_cast<std::int64_t>(std::max<std::size_t>(of, 1))}, out.count);
  };
  if (key == "broker") {
    out.who = Who::brokers;
    return find_broker(value, out.brokers.emplace_back());
  }
  if (key == "brokers") {
    if (all) return everything(Who::all_brokers);
    out.who = Who::brokers;
    return read_brokers(value, out.brokers);
  }
  if (key == "random_brokers") return drawn(Who::random_brokers, reading_.scenario.world.brokers.size());
  if (key == "leader_of" || key == "follower_of") {
    out.who = key == "leader_of" ? Who::leader : Who::follower;
    return find_partition(value, true, out.topic, out.partition);
  }
  if (key == "zone") {
    out.who = Who::zone;
    std::string ignored;
    return reader_.text(value, ignored) && reading_.zones.find(value, reading_.problems, out.zone.value);
  }
  if (key == "random_zones") return drawn(Who::random_zones, reading_.scenario.world.network.zones.size());
  if (key == "zones") return everything(Who::all_zones);
  if (key == "controllers") return everything(Who::controllers);
  if (key == "clients") return everything(Who::clients);
  if (key == "topic") {
    out.who = Who::topic;
    return find_partition(value, false, out.topic, out.partition);
  }
  const bool producer = key == "producer";
  out.who = producer ? Who::producer : Who::group;
  return find_instance(value, producer ? reading_.producers : reading_.groups, producer, out);
}

bool FaultReader::read_target(const JsonNode& node, std::string_view allowed, FaultTarget& out) {
  if (!reader_.object(node, Section::fault_target)) return false;
  const JsonNode* value = nullptr;
  for (const JsonNode& item : node.items) {
    if (!is_key_of(Section::fault_target, item.key)) continue;  // told, or a comment
    if (value != nullptr) {
      reading_.problems.at(
          item, *value,
          {.code = "E0323",
           .found = "\"" + std::string(item.key) + "\" beside \"" + std::string(value->key) + "\" at {other}",
           .allowed = "one of them"});
      return false;
    }
    value = &item;
  }
  const std::vector<std::string_view> known = words_of(allowed);
  if (value == nullptr) {
    reading_.problems.at(node, {.code = "E0316", .found = "nobody", .allowed = "one of " + listed(known)});
    return false;
  }
  if (!has_word(allowed, value->key)) {
    reading_.problems.at(*value, {.code = "E0323",
                                  .found = "\"" + std::string(value->key) + "\", which is no target of " +
                                           std::string(name_of(fault_.kind)),
                                  .allowed = "one of " + listed(known)});
    return false;
  }
  return read_who(*value, out);
}

void FaultReader::read_condition(const JsonNode& node) {
  if (!reader_.object(node, Section::fault_condition)) return;
  constexpr std::span<const std::string_view> whats = FaultCondition::names;
  FaultCondition& condition = fault_.when.condition;
  const JsonNode* value = nullptr;
  for (std::size_t i = 0; i < whats.size(); ++i) {
    const JsonNode* item = find_member(node, whats[i]);
    if (item == nullptr) continue;
    if (value != nullptr) {
      reader_.either(node, value->key, item->key);
      return;
    }
    value = item;
    condition.what = static_cast<FaultCondition::What>(i);
  }
  if (value == nullptr) {
    reading_.problems.at(node, {.code = "E0316", .found = "no condition", .allowed = "one of " + listed(whats)});
    return;
  }
  if (condition.what == FaultCondition::What::in_sync) {
    reader_.whole(*value, {0, 32'767}, condition.at_most);
  } else {
    reader_.whole(*value, {1, std::numeric_limits<std::int64_t>::max()}, condition.at_least);
  }
  const bool clients = condition.what <= FaultCondition::What::delivered;
  const bool producer = condition.what == FaultCondition::What::acknowledged;
  const std::string_view owner = producer ? "producer" : clients ? "group" : "partition";
  for (const JsonNode& item : node.items) {
    const bool in_section = is_key_of(Section::fault_condition, item.key);
    const bool at_broker = item.key == "broker" && !clients && condition.what != FaultCondition::What::in_sync;
    if (!in_section || &item == value || item.key == owner || at_broker) continue;
    reading_.problems.at(item, {.code = "E0323",
                                .found = "\"" + std::string(item.key) + "\" beside \"" + std::string(value->key) + "\"",
                                .allowed = "\"" + std::string(owner) + "\" beside it"});
  }
  const JsonNode* whose =
      reader_.needed(node, owner, "\"" + std::string(owner) + "\": " + (clients ? "\"shop\"" : "\"orders/0\""));
  std::string ignored;
  if (whose != nullptr && clients && reader_.text(*whose, ignored)) {
    (producer ? reading_.producers : reading_.groups).find(*whose, reading_.problems, condition.entry);
  } else if (whose != nullptr && !clients) {
    std::optional<std::uint32_t> partition;
    if (find_partition(*whose, true, condition.topic, partition)) condition.partition = *partition;
  }
  if (const JsonNode* broker = find_member(node, "broker")) {
    BrokerIndex index;
    if (find_broker(*broker, index)) condition.broker = index;
  }
}

void FaultReader::read_mean(std::string_view key, bool exponential, DelayDistribution& out) {
  const JsonNode* node = reader_.needed(entry_, key, "\"" + std::string(key) + "\": \"5min\"");
  out.law = exponential ? DelayDistribution::Law::exponential : DelayDistribution::Law::constant;
  if (node != nullptr) reader_.duration(*node, {Duration{1}, longest_mean, "E0447"}, out.mean);
}

void FaultReader::read_rate(const JsonNode& between) {
  FaultTime& when = fault_.when;
  when.how = FaultTime::How::rate;
  std::size_t law = 0;
  constexpr std::array<std::string_view, 2> laws{"exponential", "constant"};
  with("distribution", [&](const JsonNode& node) { choice(node, laws, law); });
  read_mean("mttf", law == 0, when.between);
  read_mean("mttr", law == 0, when.repair);
  with("from", [&](const JsonNode& node) { reader_.duration(node, {Duration::zero(), century, "E0433"}, when.from); });
  with("until", [&](const JsonNode& node) {
    Duration until{};
    if (reader_.duration(node, {when.from + Duration{1}, century, "E0433"}, until)) when.until = until;
  });
  reader_.either(entry_, "mttr", "for");
  if (when.between.mean > Duration::zero() && when.repair.mean > when.between.mean) {
    const double up = seconds(when.between.mean) / (seconds(when.between.mean) + seconds(when.repair.mean));
    reading_.problems.at(between, {.code = "N011",
                                   .found = "broken more than half of the time: available " +
                                            percentage_text(static_cast<double>(static_cast<int>(up * 1000)) / 1000),
                                   .severity = Severity::note});
  }
}

void FaultReader::read_time() {
  const JsonNode* at = reader_.either(entry_, "at", "when");
  const JsonNode* rate = find_member(entry_, "mttf");
  if (at != nullptr) reader_.either(entry_, at->key, "mttf");
  if (at == nullptr && rate == nullptr) {
    reading_.problems.at(entry_, {.code = "E0304",
                                  .pointer = pointer_of(entry_) + "/at",
                                  .found = "no key \"at\", \"when\" or \"mttf\"",
                                  .allowed = "one of them is required, like \"at\": \"30s\""});
    return;
  }
  const auto only_with = [&](std::string_view key, std::string_view owner) {
    const JsonNode* node = find_member(entry_, key);
    if (node == nullptr || find_member(entry_, owner) != nullptr) return;
    reading_.problems.at(*node, {.code = "E0323",
                                 .found = "\"" + std::string(key) + "\" without \"" + std::string(owner) + "\"",
                                 .allowed = "both or none"});
  };
  only_with("delay", "when");
  for (const std::string_view key : {"mttr", "distribution", "from", "until"}) only_with(key, "mttf");
  only_with("every", "at");
  only_with("times", "every");
  only_with("every", "times");
  if (at == nullptr) return read_rate(*rate);
  if (at->key == "when") {
    fault_.when.how = FaultTime::How::condition;
    read_condition(*at);
    with("delay", [&](const JsonNode& node) {
      reader_.duration(node, {Duration::zero(), century, "E0433"}, fault_.when.delay);
    });
  } else if (reader_.duration(*at, {Duration::zero(), century, "E0433"}, fault_.when.at)) {
    if (fault_.when.at >= reading_.scenario.duration && reading_.scenario.duration > Duration::zero()) {
      reading_.problems.at(*at, "E0433",
                           "a moment before the duration is over, " + duration_text(reading_.scenario.duration));
    }
  }
}

void FaultReader::read_repetition() {
  with("for", [&](const JsonNode& node) {
    Duration lasts{};
    if (span(node, lasts)) fault_.lasts = lasts;
  });
  with("times", [&](const JsonNode& node) { reader_.whole(node, {1, 1'000'000}, fault_.times); });
  with("every", [&](const JsonNode& node) {
    if (!span(node, fault_.every) || !fault_.lasts || fault_.every > *fault_.lasts) return;
    reading_.problems.at(node, {.code = "E0434",
                                .found = shown(node) + ", but it lasts " + duration_text(*fault_.lasts),
                                .allowed = "longer than \"for\""});
  });
}

void FaultReader::read_network_and_processes() {
  with("factor", [&](const JsonNode& node) {
    const bool slower_only = fault_.kind == FaultKind::slow_broker || fault_.kind == FaultKind::disk_slow ||
                             fault_.kind == FaultKind::consumer_slow;
    const bool timers = fault_.kind == FaultKind::timer_skew;
    const bool faster = fault_.kind == FaultKind::link_bandwidth;
    reader_.real(node,
                 {slower_only ? 1
                  : timers    ? 0.5
                              : 0,
                  slower_only || timers,
                  timers   ? 2
                  : faster ? 1
                           : 1e6,
                  "E0429"},
                 fault_.factor);
  });
  with("add", [&](const JsonNode& node) { read_delay(reader_, node, fault_.add); });
  with("probability", [&](const JsonNode& node) { reader_.percentage(node, fault_.probability); });
  with("bandwidth", [&](const JsonNode& node) { reader_.bandwidth(node, fault_.bandwidth); });
  with("one_way", [&](const JsonNode& node) { reader_.boolean(node, fault_.one_way); });
  with("spread", [&](const JsonNode& node) { span(node, fault_.spread); });
  with("step", [&](const JsonNode& node) { span(node, fault_.step); });
  with("deadline", [&](const JsonNode& node) { span(node, fault_.deadline); });
  with("settle", [&](const JsonNode& node) {
    Duration settle{};
    if (span(node, settle)) fault_.settle = settle;
  });
  with("outage", [&](const JsonNode& node) {
    std::size_t index = 0;
    if (choice(node, FaultSpec::outage_names, index)) fault_.outage = static_cast<FaultSpec::Outage>(index);
  });
  with("message", [&](const JsonNode& node) {
    std::size_t index = 0;
    if (choice(node, message_names, index)) fault_.message = static_cast<MessageKind>(index);
  });
  with("drop", [&](const JsonNode& node) { reader_.boolean(node, fault_.drop); });
  with("count", [&](const JsonNode& node) { reader_.whole(node, {1, whole_maximum}, fault_.count); });
  with("keep", [&](const JsonNode& node) { read_keep(node); });
}

void FaultReader::read_keep(const JsonNode& node) {
  constexpr std::array<std::string_view, 3> names{"brokers", "clients", "controllers"};
  if (!reader_.array(node, 1)) return;
  for (const JsonNode& item : node.items) {
    std::size_t index = 0;
    if (!choice(item, names, index)) return;
    (index == 0 ? fault_.keep.brokers : index == 1 ? fault_.keep.clients : fault_.keep.controllers) = true;
  }
}

void FaultReader::read_disk_and_control() {
  reader_.either(entry_, "keep_offset", "keep_fraction");
  with("keep_offset", [&](const JsonNode& node) {
    std::int64_t offset = 0;
    if (reader_.whole64(node, {0, std::numeric_limits<std::int64_t>::max()}, offset)) fault_.keep_offset = offset;
  });
  with("keep_fraction", [&](const JsonNode& node) {
    double share = 0;
    if (reader_.percentage(node, share)) fault_.keep_fraction = share;
  });
  with("operation", [&](const JsonNode& node) {
    std::size_t index = 0;
    if (choice(node, FaultSpec::operation_names, index))
      fault_.operation = static_cast<FaultSpec::DiskOperation>(index);
  });
  with("resign_after", [&](const JsonNode& node) {
    Duration after{};
    if (span(node, after)) fault_.resign_after = after;
  });
  with("frozen", [&](const JsonNode& node) { reader_.boolean(node, fault_.frozen); });
}

void FaultReader::read_replicas(const JsonNode& node) {
  if (fault_.target.who != Who::topic || !reader_.array(node, 1)) return;
  const bool rows = node.items[0].is(JsonNode::Kind::array);
  if (!rows) {
    read_brokers(node, fault_.replicas.emplace_back());
  } else {
    for (const JsonNode& row : node.items) {
      if (!read_brokers(row, fault_.replicas.emplace_back())) return;
    }
  }
  const TopicSpec& topic = reading_.scenario.world.topics[fault_.target.topic.value];
  const std::size_t wanted = fault_.target.partition ? 1 : topic.partitions;
  if (fault_.replicas.size() != wanted) {
    reading_.problems.at(
        node,
        {.code = "E0428",
         .found = std::to_string(fault_.replicas.size()) +
                  (fault_.replicas.size() == 1 ? " list of replicas" : " lists of replicas"),
         .allowed = fault_.target.partition ? "one: the target is one partition"
                                            : std::to_string(wanted) + ", one for each partition of the topic; or " +
                                                  "one partition as the target, like " + printable(topic.id) + "/0"});
  }
}

/// Kafka takes it, and asks for no more in-sync replicas than there are.
void FaultReader::note_too_many_in_sync(const JsonNode& value) {
  const std::vector<TopicSpec>& topics = reading_.scenario.world.topics;
  std::uint32_t fewest = std::numeric_limits<std::uint32_t>::max();
  for (std::size_t t = 0; t < topics.size(); ++t) {
    if (fault_.target.who == Who::topic && fault_.target.topic.value != t) continue;
    fewest = std::min(fewest, topics[t].replication_factor);
  }
  if (fault_.setting_value <= fewest) return;
  reading_.problems.at(value, {.code = "N015",
                               .found = "min.insync.replicas " + std::to_string(fault_.setting_value) +
                                        " of a topic with a replication_factor of " + std::to_string(fewest) +
                                        ": it counts as " + std::to_string(fewest) + " there",
                               .severity = Severity::note});
}

void FaultReader::read_setting() {
  std::size_t index = 0;
  const JsonNode* setting = find_member(entry_, "setting");
  const JsonNode* value = find_member(entry_, "value");
  if (setting == nullptr || value == nullptr || !choice(*setting, changed_setting_names, index)) return;
  fault_.setting = static_cast<ChangedSetting>(index);
  const bool quota =
      fault_.setting == ChangedSetting::producer_byte_rate || fault_.setting == ChangedSetting::consumer_byte_rate;
  const bool of_topic = fault_.setting <= ChangedSetting::unclean_leader_election_enable;
  const Who who = fault_.target.who;
  const Who wanted = of_topic                                               ? Who::topic
                     : fault_.setting == ChangedSetting::producer_byte_rate ? Who::producer
                     : quota                                                ? Who::group
                                                                            : Who::none;
  if (who != wanted && !(of_topic && who == Who::none)) {
    reading_.problems.at(*setting, {.code = "E0323",
                                    .found = shown(*setting) + " of another target",
                                    .allowed = wanted == Who::none       ? "no target: it is the cluster's"
                                               : wanted == Who::producer ? "a target \"producer\""
                                               : wanted == Who::group    ? "a target \"group\""
                                                                      : "a target \"topic\", or none for all topics"});
  }
  if (fault_.setting == ChangedSetting::unclean_leader_election_enable ||
      fault_.setting == ChangedSetting::auto_leader_rebalance_enable) {
    bool on = false;
    if (reader_.boolean(*value, on)) fault_.setting_value = on ? 1 : 0;
  } else {
    const bool insync = fault_.setting == ChangedSetting::min_insync_replicas;
    const bool read = reader_.whole64(*value, {quota ? 0 : 1, insync ? 32'767 : whole_maximum}, fault_.setting_value);
    if (read && insync) note_too_many_in_sync(*value);
  }
}

void FaultReader::read_clients_and_operators() {
  reader_.either(entry_, "factor", "records");
  reader_.either(entry_, "factor", "bandwidth");
  reader_.either(entry_, "records", "for");  // they come at once
  with("records", [&](const JsonNode& node) { reader_.whole64(node, {1, 10'000'000}, fault_.records); });
  with("share", [&](const JsonNode& node) { reader_.percentage(node, fault_.share); });
  with("retention_bytes", [&](const JsonNode& node) {
    Bytes bytes = 0;
    if (reader_.size64(node, {0, Bytes{1} << 60}, bytes)) fault_.retention_bytes = bytes;
  });
  with("retention_time", [&](const JsonNode& node) {
    Duration time{};
    if (span(node, time)) fault_.retention_time = time;
  });
  with("replicas", [&](const JsonNode& node) { read_replicas(node); });
  with("throttle", [&](const JsonNode& node) { reader_.bandwidth(node, fault_.throttle); });
  read_setting();
  const FaultGrammar& grammar = grammar_of(fault_.kind);
  const std::vector<std::string_view> one_of = words_of(grammar.one_of);
  const auto there = [&](std::string_view key) { return find_member(entry_, key) != nullptr; };
  if (!one_of.empty() && std::none_of(one_of.begin(), one_of.end(), there)) {
    reader_.needed(
        entry_, one_of[0],
        "in --fault '" + std::string(grammar.example) + "', unless \"" + std::string(one_of[1]) + "\" is there");
  }
}

/// Keys run hot only where records have keys (E0323).
void FaultReader::check_keys() {
  const JsonNode* target = find_member(entry_, "target");
  if (fault_.kind != FaultKind::hot_key || target == nullptr || fault_.target.who != Who::producer) return;
  const ProducerSpec& producer = reading_.scenario.world.producers[fault_.target.entry];
  if (producer.keys.kind != KeySpec::Kind::none) return;
  reading_.problems.at(*target, {.code = "E0323",
                                 .found = "producer \"" + producer.id + "\", whose records have no \"keys\"",
                                 .allowed = "a producer with \"keys\": one of them runs hot"});
}

/// Disks that are not there cannot be slow (N014).
void FaultReader::check_disks(const JsonNode& target) {
  const bool of_disks = fault_.kind == FaultKind::disk_slow || fault_.kind == FaultKind::disk_stall;
  const std::vector<BrokerSpec>& brokers = reading_.scenario.world.brokers;
  const bool named = fault_.target.who == Who::brokers;
  const auto has_disk = [&](BrokerIndex broker) { return brokers[broker.value].disk.exists(); };
  const bool any =
      named ? std::any_of(fault_.target.brokers.begin(), fault_.target.brokers.end(), has_disk)
            : std::any_of(brokers.begin(), brokers.end(), [](const BrokerSpec& b) { return b.disk.exists(); });
  if (!of_disks || any) return;
  reading_.problems.at(target, {.code = "N014",
                                .found = "no broker with a \"disk\": all is in memory, the fault will be ignored",
                                .severity = Severity::note});
}

/// A link between a place and itself (E0436); a lost zone where there is no other (N013).
void FaultReader::check_ends() {
  const JsonNode* target = find_member(entry_, "target");
  if (target == nullptr) return;
  const FaultTarget &a = fault_.target, &b = fault_.other;
  const bool same = a.who == b.who && a.who != Who::none && a.who != Who::random_brokers && a.brokers == b.brokers &&
                    a.zone == b.zone && a.topic == b.topic && a.partition == b.partition;
  if (same && !(a.who == Who::zone && fault_.kind != FaultKind::zone_partition)) {
    reading_.problems.at(*target,
                         {.code = "E0436", .found = "the same place at both ends", .allowed = "two different places"});
  }
  if (fault_.kind == FaultKind::zone_loss && reading_.scenario.world.network.zones.size() == 1) {
    reading_.problems.at(
        *target,
        {.code = "N013", .found = "the only zone there is: nothing is left without it", .severity = Severity::note});
  }
}

void FaultReader::read() {
  if (!reader_.object(entry_, Section::fault) || !read_kind()) return;
  const FaultGrammar& grammar = grammar_of(fault_.kind);
  check_parameters();
  with("target", [&](const JsonNode& node) {
    if (!grammar.targets.empty()) read_target(node, grammar.targets, fault_.target);
  });
  with("other", [&](const JsonNode& node) { read_target(node, grammar.targets, fault_.other); });
  read_time();
  read_repetition();
  read_network_and_processes();
  read_disk_and_control();
  read_clients_and_operators();
  check_keys();
  check_ends();
  with("target", [&](const JsonNode& node) { check_disks(node); });
  reading_.scenario.world.faults.push_back(std::move(fault_));
}

/// A heal with nothing broken at its time anywhere (E0435).
void warn_of_idle_heals(ScenarioReading& reading, const JsonNode& node) {
  const std::vector<FaultSpec>& faults = reading.scenario.world.faults;
  if (faults.size() != node.items.size()) return;  // some were refused
  for (std::size_t i = 0; i < faults.size(); ++i) {
    const FaultSpec& heal = faults[i];
    if (heal.kind != FaultKind::heal || heal.when.how != FaultTime::How::at) continue;
    const bool needed = std::any_of(faults.begin(), faults.end(), [&](const FaultSpec& fault) {
      if (fault.kind == FaultKind::heal || !grammar_of(fault.kind).lasts) return false;
      if (fault.when.how != FaultTime::How::at) return true;
      const Duration last = fault.when.at + fault.every * (fault.times - 1);
      return fault.when.at <= heal.when.at && (!fault.lasts || last + *fault.lasts > heal.when.at);
    });
    if (needed) continue;
    reading.problems.at(node.items[i],
                        {.code = "E0435", .found = "nothing is broken then", .severity = Severity::warning});
  }
}

/// Whether a heal may end what another fault does to brokers.
bool may_heal(const FaultSpec& heal, const FaultSpec& fault, const WorldSpec& world) {
  const FaultTarget& healed = heal.target;
  const bool by_state = healed.who == Who::leader || healed.who == Who::follower;
  if (healed.who == Who::none || by_state) return true;
  if (healed.who != Who::brokers && healed.who != Who::zone) return false;
  if (fault.target.who != Who::brokers) return true;
  return std::any_of(fault.target.brokers.begin(), fault.target.brokers.end(), [&](BrokerIndex broker) {
    if (healed.who == Who::zone) return world.brokers[broker.value].zone == healed.zone;
    return std::find(healed.brokers.begin(), healed.brokers.end(), broker) != healed.brokers.end();
  });
}

/// What waits for the end of a pause, a clog or a stalled disk is told when that is as soon as it comes, so a heal must
/// be at a time and of brokers that are known from the start (E0452).
void check_heals(ScenarioReading& reading, const JsonNode& node) {
  const WorldSpec& world = reading.scenario.world;
  if (world.faults.size() != node.items.size()) return;  // some were refused
  for (std::size_t i = 0; i < world.faults.size(); ++i) {
    const FaultSpec& heal = world.faults[i];
    if (heal.kind != FaultKind::heal) continue;
    const bool foreseen =
        heal.when.how == FaultTime::How::at && heal.target.who != Who::leader && heal.target.who != Who::follower;
    if (foreseen) continue;
    const auto held = std::find_if(world.faults.begin(), world.faults.end(), [&](const FaultSpec& fault) {
      const bool holds =
          fault.kind == FaultKind::pause || fault.kind == FaultKind::clog || fault.kind == FaultKind::disk_stall;
      return holds && may_heal(heal, fault, world);
    });
    if (held == world.faults.end()) continue;
    const std::string kind(name_of(held->kind));
    reading.problems.at(node.items[i], {.code = "E0452",
                                        .found = "a heal whose time or brokers only the run tells, and a " + kind,
                                        .allowed = "\"at\" with brokers or a zone, or \"for\" of the " + kind +
                                                   ": what it holds up is told at once until when"});
  }
}

/// In-sync replicas are kept as bits of a word (E0428).
void check_reassigned(ScenarioReading& reading, const JsonNode& node) {
  constexpr std::size_t most = 64;
  const WorldSpec& world = reading.scenario.world;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::set<std::uint32_t>> targets;  // by topic and partition
  if (world.faults.size() != node.items.size()) return;                                // some were refused
  for (std::size_t i = 0; i < world.faults.size(); ++i) {
    const FaultSpec& fault = world.faults[i];
    if (fault.kind != FaultKind::reassign) continue;
    for (std::uint32_t row = 0; row < fault.replicas.size(); ++row) {
      std::set<std::uint32_t>& brokers = targets[{fault.target.topic.value, fault.target.partition.value_or(row)}];
      for (const BrokerIndex broker : fault.replicas[row]) brokers.insert(broker.value);
      const std::size_t possible = brokers.size() + world.topics[fault.target.topic.value].replication_factor;
      if (possible <= most) continue;
      reading.problems.at(node.items[i],
                          {.code = "E0428",
                           .found = std::to_string(possible) + " brokers that a partition may be on",
                           .allowed = "at most 64, those that it is on as the run begins and all targets"});
      return;
    }
  }
}

}  // namespace

void read_faults(ScenarioReading& reading, const JsonNode& root) {
  const JsonNode* node = find_member(root, "faults");
  if (node == nullptr || !reading.reader.array(*node, 0)) return;
  for (const JsonNode& entry : node->items) FaultReader(reading, entry).read();
  warn_of_idle_heals(reading, *node);
  check_heals(reading, *node);
  check_reassigned(reading, *node);
}

}  // namespace brokersim
