// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario_file/scenario_reading.hpp"

#include <limits>
#include <utility>

#include "sim/scenario_file/suggestions.hpp"

namespace brokersim {
namespace {

std::string lower(std::string_view text) {
  std::string low;
  for (const char c : text) low += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return low;
}

struct Limit {
  std::string_view name;
  std::int64_t ReadLimits::*value;
  std::string_view key;  // the one to lower
  const char* code;
};
constexpr std::array counted_limits{
    Limit{"zones", &ReadLimits::zones, "zones", "E0502"},
    Limit{"brokers", &ReadLimits::brokers, "count", "E0407"},
    Limit{"topics", &ReadLimits::topics, "count", "E0407"},
    Limit{"partitions", &ReadLimits::partitions, "partitions or count", "E0501"},
    Limit{"replicas", &ReadLimits::replicas, "replication_factor or partitions", "E0501"},
    Limit{"clients", &ReadLimits::clients, "count", "E0407"}};

}  // namespace

bool set_limit(ReadLimits& limits, std::string_view name, std::int64_t value) {
  if (name == "file_bytes") {
    limits.file_bytes = value;
    return true;
  }
  for (const Limit& limit : counted_limits) {
    if (limit.name != name) continue;
    limits.*limit.value = value;
    return true;
  }
  return false;
}

bool Names::add(const std::string& name, std::uint32_t index, const JsonNode& node, ProblemList& problems) {
  const auto taken = entries_.find(name);
  if (taken != entries_.end()) {
    problems.at(
        node, *taken->second.node,
        {.code = "E0401", .found = "\"" + name + "\" again, first at {other}", .allowed = "each " + kind_ + " once"});
    return false;
  }
  const auto alike = lower_case_.emplace(lower(name), name);
  if (!alike.second) {
    problems.at(node, node_of(alike.first->second),
                {.code = "E0402",
                 .found = "\"" + name + "\", which differs from \"" + alike.first->second +
                          "\" at {other} only in the case of letters",
                 .severity = Severity::warning});
  }
  entries_.emplace(name, Entry{index, &node});
  return true;
}

bool Names::find(const JsonNode& node, ProblemList& problems, std::uint32_t& index) const {
  const auto at = entries_.find(node.text);
  if (at != entries_.end()) {
    index = at->second.index;
    return true;
  }
  if (incomplete_) return false;
  std::vector<std::string_view> known;
  for (const auto& entry : entries_) known.push_back(entry.first);
  problems.at(node, "E0404", known.empty() ? "a known " + kind_ : "one of the " + kind_ + "s " + listed(known),
              did_you_mean(node.text, known));
  return false;
}

bool SizeAccount::admit(Counted what, std::int64_t count, const JsonNode& node, ProblemList& problems) {
  const auto index = static_cast<std::size_t>(what);
  const Limit& limit = counted_limits[index];
  std::int64_t& total = totals_[index];
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  total = count > most - total ? most : total + count;
  if (total <= limits_.*limit.value) return true;
  if (!std::exchange(refused_[index], true)) {
    problems.at(node, {.code = limit.code,
                       .found = (total == most ? "more than " : "") + std::to_string(total) + " " +
                                std::string(limit.name) + " in all",
                       .allowed = "at most " + std::to_string(limits_.*limit.value) + " " + std::string(limit.name),
                       .hint = "lower " + std::string(limit.key) + ", or raise the limit with --limit " +
                               std::string(limit.name) + "=N"});
  }
  return false;
}

std::int64_t read_count(ScenarioReading& reading, const JsonNode& object, Counted what) {
  std::int64_t count = 1;
  const JsonNode* node = find_member(object, "count");
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  if (node != nullptr && !reading.reader.whole64(*node, {1, most}, count)) return 0;
  return reading.sizes.admit(what, count, node != nullptr ? *node : object, reading.problems) ? count : 0;
}

bool read_zones_of(ScenarioReading& reading, const JsonNode& object, std::vector<ZoneIndex>& out) {
  const JsonNode* node = reading.reader.either(object, "zone", "zones");
  if (node == nullptr) {
    reading.reader.needed(object, "zone", "\"zone\": \"a\", or \"zones\": [\"a\", \"b\"]");
    return false;
  }
  const auto one = [&](const JsonNode& name) {
    std::string text;
    ZoneIndex zone;
    if (!reading.reader.text(name, text) || !reading.zones.find(name, reading.problems, zone.value)) return false;
    out.push_back(zone);
    return true;
  };
  if (node->key == "zone") return one(*node);
  if (!reading.reader.array(*node, 1)) return false;
  bool right = true;
  for (const JsonNode& name : node->items) right = one(name) && right;
  return right;
}

}  // namespace brokersim
