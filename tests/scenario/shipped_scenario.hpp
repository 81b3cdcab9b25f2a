// SPDX-License-Identifier: Apache-2.0
// The scenarios that come with the product, by name.
#pragma once
#include <string>

#include "sim/scenario_file/scenario_json.hpp"

namespace brokersim::test {

inline Scenario read(const std::string& name) {
  return read_scenario_file(std::string(BROKERSIM_SOURCE_DIR) + "/scenarios/" + name + ".json").scenario;
}

}  // namespace brokersim::test
