// SPDX-License-Identifier: Apache-2.0
// Names of topics in producers and groups. Private to sim/scenario_file.
#pragma once
#include <string>

#include "sim/scenario_file/scenario_reading.hpp"

namespace brokersim {

/// Stores the topic that the node names; false after noting a problem. The name of an entry with a "count" is no topic:
/// the hint then says what its topics are called.
inline bool find_topic(ScenarioReading& reading, const JsonNode& node, TopicIndex& out) {
  std::string name;
  if (!reading.reader.text(node, name)) return false;
  const auto family = reading.topic_families.find(name);
  if (family == reading.topic_families.end() || reading.topics.knows(name)) {
    return reading.topics.find(node, reading.problems, out.value);
  }
  reading.problems.at(
      node, "E0404",
      "one of its topics, \"" + name + "-0\" to \"" + name + "-" + std::to_string(family->second - 1) + "\"",
      "\"" + name + "\" has a \"count\", so it stands for several topics");
  return false;
}

}  // namespace brokersim
