// SPDX-License-Identifier: Apache-2.0
// Reads the truth tables that lie in tests/validation.
#pragma once
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace brokersim::test {

/// e.g. "partitioner.json". Throws if it is not there or no JSON.
inline nlohmann::json read_case_file(const std::string& name) {
  std::ifstream file(std::string(BROKERSIM_SOURCE_DIR) + "/tests/validation/" + name);
  return nlohmann::json::parse(file);
}

}  // namespace brokersim::test
