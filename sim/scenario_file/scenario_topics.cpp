// SPDX-License-Identifier: Apache-2.0
// "topics": how many partitions, and where their replicas are.
#include <algorithm>
#include <limits>
#include <utility>

#include "sim/scenario_file/scenario_reading.hpp"
#include "sim/scenario_file/suggestions.hpp"

namespace brokersim {
namespace {

/// One partition's replicas: known brokers, each once (P-14). `at` is where a problem is noted.
bool to_replicas(ScenarioReading& reading, const std::vector<std::int32_t>& ids, const JsonNode& at,
                 std::size_t partition, std::vector<BrokerIndex>& out) {
  const std::string where = "partition " + std::to_string(partition) + ": ";
  for (const std::int32_t id : ids) {
    const auto broker = reading.brokers.find(id);
    if (broker == reading.brokers.end() && reading.brokers_incomplete) return false;
    if (broker == reading.brokers.end()) {
      std::vector<std::string> names;
      for (const auto& known : reading.brokers) {
        if (names.size() < 10) names.push_back(std::to_string(known.first));
      }
      std::string list;
      for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
      const std::size_t more = reading.brokers.size() - names.size();
      reading.problems.at(
          at, {.code = "E0404",
               .found = where + "broker " + std::to_string(id),
               .allowed = "one of the brokers " + list + (more > 0 ? " and " + std::to_string(more) + " more" : "")});
      return false;
    }
    if (std::find(out.begin(), out.end(), broker->second.first) != out.end()) {
      reading.problems.at(at, {.code = "E0427",
                               .found = where + "broker " + std::to_string(id) + " twice",
                               .allowed = "each broker once in a partition"});
      return false;
    }
    out.push_back(broker->second.first);
  }
  return true;
}

/// Broker ids per partition as the file has them, from rows in place or from a reassignment file.
bool read_rows(ScenarioReading& reading, const JsonNode& node, const std::string& topic,
               std::vector<std::vector<std::int32_t>>& rows) {
  if (node.is(JsonNode::Kind::object)) {
    if (!reading.reader.object(node, Section::placement)) return false;
    const JsonNode* name = reading.reader.needed(node, "reassignment_file", "\"reassignment_file\": \"orders.json\"");
    return name != nullptr && read_reassignment_file(reading, *name, topic, rows);
  }
  if (!reading.reader.array(node, 1)) return false;
  for (const JsonNode& row : node.items) {
    std::vector<std::int32_t>& ids = rows.emplace_back();
    if (!reading.reader.array(row, 1)) return false;
    for (const JsonNode& id : row.items) {
      if (!reading.reader.whole(id, {0, whole_maximum}, ids.emplace_back())) return false;
    }
  }
  return true;
}

void read_placement(ScenarioReading& reading, const JsonNode& entry, TopicSpec& topic) {
  const JsonNode* node = find_member(entry, "placement");
  if (node == nullptr) return;
  if (node->is(JsonNode::Kind::string)) {
    constexpr std::array<std::string_view, 3> names{"kraft", "classic", "classic_rack_unaware"};
    const auto found = std::find(names.begin(), names.end(), node->text);
    if (found != names.end()) {
      topic.placer = static_cast<TopicSpec::Placer>(found - names.begin());
    } else {
      reading.problems.at(
          *node, "E0318",
          "\"kraft\", \"classic\", \"classic_rack_unaware\", rows of broker ids, or a reassignment_file",
          did_you_mean(node->text, names));
    }
    return;
  }
  std::vector<std::vector<std::int32_t>> rows;
  if (!read_rows(reading, *node, topic.id, rows)) return;
  if (rows.size() != topic.partitions) {
    reading.problems.at(
        *node, {.code = "E0428",
                .found = std::to_string(rows.size()) + (rows.size() == 1 ? " list" : " lists") + " of replicas",
                .allowed = "a list of replicas for each of the " + std::to_string(topic.partitions) + " partitions"});
    return;
  }
  std::vector<std::vector<BrokerIndex>> replicas(rows.size());
  for (std::size_t p = 0; p < rows.size(); ++p) {
    const JsonNode& at = node->is(JsonNode::Kind::array) ? node->items[p] : *node;
    if (rows[p].size() != topic.replication_factor) {
      reading.problems.at(
          at, {.code = "E0428",
               .found = "partition " + std::to_string(p) + ": " + std::to_string(rows[p].size()) + " replicas",
               .allowed = std::to_string(topic.replication_factor) + " replicas, the replication_factor"});
      return;
    }
    if (!to_replicas(reading, rows[p], at, p, replicas[p])) return;
  }
  topic.replicas = std::move(replicas);
}

/// The factor of the entry, else the brokers' default.replication.factor.
const JsonNode* read_factor(ScenarioReading& reading, const JsonNode& entry, std::uint32_t& out) {
  const JsonNode* node = find_member(entry, "replication_factor");
  if (node == nullptr && reading.default_replication_factor != nullptr) {
    out = reading.default_replication_factor_value;
    return reading.default_replication_factor;
  }
  node = reading.reader.needed(entry, "replication_factor", "\"replication_factor\": 3");
  return node != nullptr && reading.reader.whole(*node, {1, 32'767}, out) ? node : nullptr;
}

void check_factor(ScenarioReading& reading, const JsonNode& factor, const TopicSpec& topic,
                  const JsonNode* min_insync) {
  const auto brokers = static_cast<std::uint32_t>(reading.brokers.size());
  if (topic.replication_factor > brokers && !reading.brokers_incomplete) {
    reading.problems.at(factor, *reading.brokers.begin()->second.second,
                        {.code = "E0423",
                         .found = std::to_string(topic.replication_factor) + " replicas, but " +
                                  std::to_string(brokers) + (brokers == 1 ? " broker" : " brokers") + " (from {other})",
                         .allowed = "at most as many replicas as brokers"});
  }
  if (topic.min_insync_replicas > topic.replication_factor) {
    reading.problems.at(
        min_insync != nullptr ? *min_insync : factor, factor,
        {.code = "E0425",
         .found = "min.insync.replicas " + std::to_string(topic.min_insync_replicas) +
                  ", but a replication_factor of " + std::to_string(topic.replication_factor) + " at {other}",
         .allowed = "at most the replication_factor"});
  }
}

/// What of its logs is kept (B-31, B-32).
void read_retention(ScenarioReading& reading, const JsonNode& config, TopicSpec& topic) {
  StrictReader& reader = reading.reader;
  const auto milliseconds = [&](std::string_view key, Duration& out) {
    std::int64_t ms = 0;
    const JsonNode* node = find_member(config, key);
    if (node != nullptr && reader.whole64(*node, {1, century / std::chrono::milliseconds{1}}, ms))
      out = std::chrono::milliseconds{ms};
  };
  milliseconds("retention.ms", topic.retention_time);
  milliseconds("segment.ms", topic.segment_time);
  if (const JsonNode* node = find_member(config, "retention.bytes"))
    reader.whole64(*node, {-1, Bytes{1} << 60}, topic.retention_bytes);
  if (const JsonNode* node = find_member(config, "segment.bytes"))
    reader.whole64(*node, {1 << 20, whole_maximum}, topic.segment_bytes);
}

/// "config": a topic's own settings, else the brokers'. Returns where min.insync.replicas stands, if it does.
const JsonNode* read_config(ScenarioReading& reading, const JsonNode& entry, TopicSpec& topic) {
  topic.min_insync_replicas = reading.default_min_insync_value;
  topic.unclean_leader_election = reading.default_unclean_election_value;
  const JsonNode* config = find_member(entry, "config");
  if (config == nullptr || !reading.reader.object(*config, Section::topic_config)) return reading.default_min_insync;
  if (const JsonNode* unclean = find_member(*config, "unclean.leader.election.enable"))
    reading.reader.boolean(*unclean, topic.unclean_leader_election);
  read_retention(reading, *config, topic);
  const JsonNode* node = find_member(*config, "min.insync.replicas");
  if (node == nullptr) return reading.default_min_insync;
  reading.reader.whole(*node, {1, 32'767, "E0426"}, topic.min_insync_replicas);
  return node;
}

/// False if the entry's topics, or some of them, could not be taken.
bool read_entry(ScenarioReading& reading, const JsonNode& entry) {
  StrictReader& reader = reading.reader;
  if (!reader.object(entry, Section::topic)) return false;
  TopicSpec topic;
  const JsonNode* id = reader.needed(entry, "id", "\"id\": \"orders\"");
  const bool named = id != nullptr && reader.id(*id, topic.id);
  std::int64_t partitions = 0;
  const JsonNode* size = reader.needed(entry, "partitions", "\"partitions\": 12");
  if (size != nullptr) reader.whole64(*size, {1, std::numeric_limits<std::int64_t>::max(), "E0422"}, partitions);
  const JsonNode* factor = read_factor(reading, entry, topic.replication_factor);
  const JsonNode* min_insync = read_config(reading, entry, topic);
  const std::int64_t count = read_count(reading, entry, Counted::topics);
  if (factor != nullptr) check_factor(reading, *factor, topic, min_insync);
  if (!named || partitions == 0 || factor == nullptr || count == 0) return false;

  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const std::int64_t all = partitions > most / count ? most : partitions * count;
  const std::int64_t replicas = all > most / topic.replication_factor ? most : all * topic.replication_factor;
  if (!reading.sizes.admit(Counted::partitions, all, *size, reading.problems)) return false;
  if (!reading.sizes.admit(Counted::replicas, replicas, *factor, reading.problems)) return false;
  topic.partitions = static_cast<std::uint32_t>(partitions);
  read_placement(reading, entry, topic);

  std::vector<TopicSpec>& topics = reading.scenario.world.topics;
  const bool family = find_member(entry, "count") != nullptr;
  const std::string stem = topic.id;
  if (family) reading.topic_families[stem] = count;
  for (std::int64_t i = 0; i < count; ++i) {
    if (family) topic.id = stem + "-" + std::to_string(i);
    if (!reading.topics.add(topic.id, static_cast<std::uint32_t>(topics.size()), *id, reading.problems)) return false;
    topics.push_back(topic);
  }
  return true;
}

}  // namespace

void read_topics(ScenarioReading& reading, const JsonNode& root) {
  const JsonNode* node = reading.reader.needed(
      root, "topics", "\"topics\": [{\"id\": \"orders\", \"partitions\": 12, \"replication_factor\": 3}]");
  if (node == nullptr || !reading.reader.array(*node, 1)) return reading.topics.mark_incomplete();
  for (const JsonNode& entry : node->items) {
    if (!read_entry(reading, entry)) reading.topics.mark_incomplete();
  }
}

}  // namespace brokersim
