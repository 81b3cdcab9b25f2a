// SPDX-License-Identifier: Apache-2.0
// A cluster that simulates in milliseconds, as a file, and the program called on it within this process.
#pragma once
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "sim/cli/commands.hpp"

namespace brokersim::test {

/// Three zones with a broker each, three partitions, three producers of 100 records of 1 KiB a second each, and three
/// readers that each ask a replica in their own zone.
inline nlohmann::json small_scenario() {
  return nlohmann::json::parse(R"({
    "version": 1, "name": "small", "duration": "4s", "warm_up": "1s", "window": "1s", "drain_limit": "5s",
    "trials": 3, "seed": 5, "zones": ["a", "b", "c"],
    "network": {"between_zones": {"latency": "0.5ms", "price_per_gb": "0.02USD"}},
    "brokers": [{"count": 3, "zones": ["a", "b", "c"], "first_id": 1}],
    "topics": [{"id": "orders", "partitions": 3, "replication_factor": 3}],
    "producers": [{"id": "p", "count": 3, "zones": ["a", "b", "c"], "topic": "orders", "rate": "100/s"}],
    "groups": [{"id": "g", "topics": ["orders"],
                "members": [{"zone": "b", "client.rack": "b"}, {"zone": "c", "client.rack": "c"}, {"zone": "a", "client.rack": "a"}]}]
  })");
}

inline std::string contents(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A directory that goes away with the test.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "brokersim-cli-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~ScratchDirectory() { std::filesystem::remove_all(path_); }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// The scenario as a file; its path.
  [[nodiscard]] std::string write(const nlohmann::json& scenario, const std::string& name = "small.json") const {
    std::ofstream(path_ / name) << scenario.dump(2) << "\n";
    return (path_ / name).string();
  }

 private:
  std::filesystem::path path_;
};

struct Answer {
  int exit_code;
  std::string out, err;
};

/// What the program does with these arguments, without a terminal.
inline Answer brokersim(const std::vector<std::string>& arguments) {
  std::ostringstream err;
  Talk talk;
  talk.err = &err;
  const Outcome outcome = execute(arguments, talk);
  return {outcome.exit_code, outcome.output, err.str()};
}

}  // namespace brokersim::test
