// SPDX-License-Identifier: Apache-2.0
// Small scenarios and what the reader says about them.
#pragma once
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "sim/scenario_file/scenario_json.hpp"

namespace brokersim::test {

/// The smallest scenario with a client rack; tests/hostile/H-098.json is the same.
inline const std::string small_scenario = R"({
  "version": 1,
  "duration": "60s",
  "zones": ["a", "b", "c"],
  "brokers": [{"count": 3, "zones": ["a", "b", "c"], "first_id": 1}],
  "topics": [{"id": "orders", "partitions": 6, "replication_factor": 3}],
  "producers": [{"id": "shop", "zone": "a", "topic": "orders", "rate": "1000/s"}],
  "groups": [{"id": "g", "topics": ["orders"], "members": {"count": 3, "zones": ["a", "b", "c"], "client.rack": "zone"}}]
}
)";

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

/// As the examples of `brokersim faults` assume it: brokers 1 to 3, topic orders, producer shop, whose records have
/// keys, group billing, and long enough for all of them.
inline std::string examples_scenario() {
  const std::string long_enough = replaced(small_scenario, "\"60s\"", "\"600s\"");
  const std::string keyed = replaced(long_enough, "\"rate\": \"1000/s\"",
                                     R"("rate": "1000/s", "keys": {"distribution": "uniform", "count": 100})");
  return replaced(keyed, "\"id\": \"g\"", "\"id\": \"billing\"");
}

inline std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// "exit 3" and the findings, or "exit 0" and the notes: the form of tests/hostile/*.txt.
inline std::string answer(const std::string& text, const std::string& file_name,
                          const std::vector<Override>& overrides = {}) {
  try {
    return "exit 0\n" + format_diagnostics(read_scenario_text(text, file_name, overrides).notes, false);
  } catch (const ScenarioError& error) {
    return "exit " + std::to_string(error.exit_code()) + "\n" + format_diagnostics(error.diagnostics(), false);
  }
}

/// The code of the first finding, "E0444".
inline std::string code_of(const std::string& text) {
  const std::string said = answer(text, "x");
  return said.substr(said.find('E'), 5);
}

}  // namespace brokersim::test
