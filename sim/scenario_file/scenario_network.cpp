// SPDX-License-Identifier: Apache-2.0
// "zones", "network" and "controller": who is how far from whom, and at what price.
#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <utility>

#include "sim/scenario_file/scenario_reading.hpp"
#include "sim/text/printable.hpp"

namespace brokersim {
namespace {

using Law = DelayDistribution::Law;

constexpr std::array<std::string_view, 5> law_names{"uniform", "exponential", "lognormal", "erlang",
                                                    "hyperexponential"};

/// The keys a law has of its own; "minimum" belongs to all.
std::string_view own_keys(Law law) {
  switch (law) {
    case Law::uniform:
      return "maximum";
    case Law::lognormal:
      return "mean scv";
    case Law::erlang:
      return "mean shape";
    case Law::hyperexponential:
      return "mean first_probability second_mean";
    case Law::constant:
    case Law::exponential:
      break;
  }
  return "mean";
}

bool has_word(std::string_view words, std::string_view word) {
  const std::string padded = " " + std::string(words) + " ";
  return padded.find(" " + std::string(word) + " ") != std::string::npos;
}

void read_distribution(StrictReader& reader, const JsonNode& node, DelayDistribution& out) {
  const DurationRange any{Duration::zero(), std::chrono::hours{1}, "E0438"};
  DelayDistribution latency;
  if (!reader.object(node, Section::latency)) return;
  std::size_t index = 0;
  const JsonNode* name = reader.needed(node, "distribution", "\"distribution\": \"exponential\"");
  if (name == nullptr || !reader.choice(*name, law_names, index)) return;
  latency.law = static_cast<Law>(index + 1);
  const std::string_view keys = own_keys(latency.law);
  for (const JsonNode& item : node.items) {
    if (item.key == "comment" || item.key == "distribution" || item.key == "minimum" || has_word(keys, item.key))
      continue;
    reader.problems().at(item, {.code = "E0323",
                                .found = "\"" + printable(item.key) + "\" beside \"distribution\": \"" +
                                         std::string(law_names[index]) + "\"",
                                .allowed = "minimum " + std::string(keys)});
  }
  const auto needed = [&](std::string_view key, std::string_view example, auto read) {
    if (!has_word(keys, key)) return;
    if (const JsonNode* item = reader.needed(node, key, example)) read(*item);
  };
  if (const JsonNode* item = find_member(node, "minimum")) reader.duration(*item, any, latency.minimum);
  needed("mean", "\"mean\": \"1ms\"", [&](const JsonNode& item) { reader.duration(item, any, latency.mean); });
  needed("maximum", "\"maximum\": \"2ms\"", [&](const JsonNode& item) {
    if (reader.duration(item, any, latency.maximum) && latency.maximum < latency.minimum) {
      reader.problems().at(item, "E0438", "at least the minimum, " + duration_text(latency.minimum));
    }
  });
  needed("scv", "\"scv\": 0.3", [&](const JsonNode& item) {
    reader.real(item, {0, false, 1000, "E0437"}, latency.scv);
  });
  needed("shape", "\"shape\": 4", [&](const JsonNode& item) { reader.whole(item, {1, 1000}, latency.shape); });
  needed("first_probability", "\"first_probability\": 0.9", [&](const JsonNode& item) {
    reader.real(item, {0, false, 1, "E0437"}, latency.first_probability);
  });
  needed("second_mean", "\"second_mean\": \"5ms\"",
         [&](const JsonNode& item) { reader.duration(item, any, latency.second_mean); });
  out = latency;
}

/// latency, bandwidth and price of a path or a link.
void read_path(StrictReader& reader, const JsonNode& node, LinkSpec& link) {
  if (const JsonNode* latency = find_member(node, "latency")) read_delay(reader, *latency, link.one_way_latency);
  if (const JsonNode* bandwidth = find_member(node, "bandwidth")) reader.bandwidth(*bandwidth, link.bandwidth);
  if (const JsonNode* price = find_member(node, "price_per_gb")) reader.usd(*price, link.usd_per_gigabyte);
}

void read_zones(ScenarioReading& reading, const JsonNode& root) {
  const JsonNode* node = reading.reader.needed(root, "zones", "\"zones\": [\"a\", \"b\", \"c\"]");
  std::vector<std::string>& zones = reading.scenario.world.network.zones;
  const bool listed = node != nullptr && reading.reader.array(*node, 1);
  if (!listed ||
      !reading.sizes.admit(Counted::zones, static_cast<std::int64_t>(node->items.size()), *node, reading.problems)) {
    reading.zones.mark_incomplete();
    return;
  }
  for (const JsonNode& item : node->items) {
    std::string id;
    if (!reading.reader.id(item, id)) {
      reading.zones.mark_incomplete();
    } else if (id == "zone") {
      reading.problems.at(item, "E0403", "any other id", "\"client.rack\": \"zone\" stands for a member's own zone");
    } else if (reading.zones.add(id, static_cast<std::uint32_t>(zones.size()), item, reading.problems)) {
      zones.push_back(id);
    }
  }
}

void read_link(ScenarioReading& reading, const JsonNode& node, LinkSpec link,
               std::map<std::pair<std::uint32_t, std::uint32_t>, const JsonNode*>& seen) {
  if (!reading.reader.object(node, Section::link)) return;
  read_path(reading.reader, node, link);
  const JsonNode* between = reading.reader.needed(node, "between", "\"between\": [\"a\", \"b\"]");
  if (between == nullptr || !reading.reader.array(*between, 2)) return;
  if (between->items.size() > 2) {
    reading.problems.at(*between, "E0317", "two zones");
    return;
  }
  std::string text;
  for (const JsonNode& item : between->items) {
    ZoneIndex& end = &item == between->items.data() ? link.a : link.b;
    if (!reading.reader.text(item, text) || !reading.zones.find(item, reading.problems, end.value)) return;
  }
  if (link.a == link.b) {
    reading.problems.at(*between, {.code = "E0436",
                                   .found = "a link between zone \"" + text + "\" and itself",
                                   .allowed = "two different zones",
                                   .hint = "\"within_zone\" describes the network inside zones"});
    return;
  }
  const std::pair pair{std::min(link.a.value, link.b.value), std::max(link.a.value, link.b.value)};
  const auto earlier = seen.emplace(pair, between);
  if (!earlier.second) {
    reading.problems.at(*between, *earlier.first->second,
                        {.code = "E0436",
                         .found = "a second link between these zones, the first at {other}",
                         .allowed = "one link for each pair of zones"});
    return;
  }
  reading.scenario.world.network.links.push_back(link);
}

/// Every zone must reach every other.
void check_connected(ScenarioReading& reading, const JsonNode& links) {
  const NetworkSpec& network = reading.scenario.world.network;
  std::vector<std::uint32_t> group(network.zones.size());
  std::iota(group.begin(), group.end(), 0U);
  const auto root_of = [&](std::uint32_t zone) {
    while (group[zone] != zone) zone = group[zone] = group[group[zone]];
    return zone;
  };
  for (const LinkSpec& link : network.links) group[root_of(link.a.value)] = root_of(link.b.value);
  for (std::uint32_t zone = 1; zone < group.size(); ++zone) {
    if (root_of(zone) == root_of(0)) continue;
    reading.problems.at(
        links, {.code = "E0456",
                .found = "no way from zone \"" + network.zones[0] + "\" to zone \"" + network.zones[zone] + "\"",
                .allowed = "links that together connect every zone"});
    return;
  }
}

void read_controller(ScenarioReading& reading, const JsonNode& root) {
  const JsonNode* node = find_member(root, "controller");
  if (node == nullptr || !reading.reader.object(*node, Section::controller)) return;
  const JsonNode* name = reading.reader.needed(*node, "zone", "\"zone\": \"a\"");
  std::string text;
  ZoneIndex zone;
  if (name == nullptr || !reading.reader.text(*name, text)) return;
  if (reading.zones.find(*name, reading.problems, zone.value)) reading.scenario.world.controller = zone;
}

}  // namespace

void read_delay(StrictReader& reader, const JsonNode& node, DelayDistribution& out) {
  if (node.is(JsonNode::Kind::object)) return read_distribution(reader, node, out);
  Duration always{};
  if (reader.duration(node, {Duration::zero(), std::chrono::hours{1}, "E0438"}, always))
    out = DelayDistribution::constant(always);
}

void read_network(ScenarioReading& reading, const JsonNode& root) {
  read_zones(reading, root);
  read_controller(reading, root);
  NetworkSpec& network = reading.scenario.world.network;
  LinkSpec within, between;
  within.one_way_latency.mean = std::chrono::microseconds{100};
  between.one_way_latency.mean = std::chrono::microseconds{500};
  between.usd_per_gigabyte = 0.02;
  const JsonNode* node = find_member(root, "network");
  const JsonNode* links = nullptr;
  if (node != nullptr && reading.reader.object(*node, Section::network)) {
    if (const JsonNode* inside = find_member(*node, "within_zone")) {
      if (reading.reader.object(*inside, Section::path)) read_path(reading.reader, *inside, within);
    }
    if (const JsonNode* mtu = find_member(*node, "mtu")) reading.reader.whole(*mtu, {576, 65'535}, network.mtu);
    const JsonNode* others = reading.reader.either(*node, "between_zones", "links");
    if (others != nullptr && others->key == "links") {
      if (reading.reader.array(*others, 0)) links = others;
    } else if (others != nullptr && reading.reader.object(*others, Section::path)) {
      read_path(reading.reader, *others, between);
    }
  }
  const auto zones = static_cast<std::uint32_t>(network.zones.size());
  for (std::uint32_t zone = 0; zone < zones; ++zone) {
    within.a = within.b = ZoneIndex{zone};
    network.within_zone.push_back(within);
    for (std::uint32_t other = zone + 1; links == nullptr && other < zones; ++other) {
      between.a = ZoneIndex{zone};
      between.b = ZoneIndex{other};
      network.links.push_back(between);
    }
  }
  if (links == nullptr) return;
  std::map<std::pair<std::uint32_t, std::uint32_t>, const JsonNode*> seen;
  for (const JsonNode& link : links->items) read_link(reading, link, between, seen);
  check_connected(reading, *links);
}

}  // namespace brokersim
