// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace brokersim::test {

using Json = nlohmann::json;
using Column = std::vector<double>;

/// A file of tests/validation/, e.g. "metrics-vectors.json".
inline Json case_file(const std::string& name) {
  std::ifstream file(std::string(BROKERSIM_SOURCE_DIR) + "/tests/validation/" + name);
  if (!file) throw std::runtime_error("no case file " + name);
  return Json::parse(file);
}

/// Cases of load-balance.json whose id starts with `prefix`; throws if there is none, so that no loop runs empty.
inline std::vector<Json> load_balance_cases(const std::string& prefix) {
  std::vector<Json> found;
  const Json file = case_file("load-balance.json");
  for (const Json& one : file.at("cases")) {
    if (one.at("id").get<std::string>().rfind(prefix, 0) == 0) found.push_back(one);
  }
  if (found.empty()) throw std::runtime_error("no cases " + prefix);
  return found;
}

inline const std::string statistics_vectors = "statistics-vectors.json";

/// A group of cases that must not be empty.
inline Json group(const std::string& file, const std::string& name) {
  Json cases = case_file(file).at("cases").at(name);
  if (cases.empty()) throw std::runtime_error("empty group " + name);
  return cases;
}

/// Relative distance, absolute where the expected value is 0. The case files print 12 digits: 1e-9 leaves room.
inline bool close(double value, double expected, double tolerance = 1e-9) {
  const double distance = value > expected ? value - expected : expected - value;
  const double size = expected < 0 ? -expected : expected;
  return distance <= tolerance * (size > 0 ? size : 1.0);
}

}  // namespace brokersim::test
