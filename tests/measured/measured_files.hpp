// SPDX-License-Identifier: Apache-2.0
// A small measured case, and a folder to put files in.
#pragma once
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace brokersim::test {

/// A folder that goes away with the test.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "brokersim-measured-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
    return (path_ / name).string();
  }

 private:
  std::filesystem::path path_;
};

/// One broker, one producer; the numbers are made up.
inline nlohmann::json one_broker_case() {
  return nlohmann::json::parse(R"({
    "id": "one", "seconds": 6, "measured_from_second": 2, "events": [], "consumers": [],
    "network": {"zones": ["a"], "one_way_ms_within_a_zone": 0.05, "one_way_ms": {}, "nic_mbit_per_s": 1000},
    "broker_config_not_default": {}, "brokers": [{"id": 1, "zone": "a"}], "controller": {"zone": "a"},
    "topics": [{"name": "t", "replicas": [[1]]}],
    "producers": [{"name": "p", "zone": "a", "topic": "t", "rate_per_s": 50, "arrivals": "poisson", "key": "none",
                   "payload_bytes": 100, "config": {"acks": "all", "linger.ms": 0}}],
    "measured": {"wire_bytes_per_s": {"cla->b1": 5000},
                 "p": {"ack_ms": {"n": 200, "p5": 1, "p25": 2, "p50": 3, "p75": 4, "p90": 5, "p95": 6, "p99": 9}}}
  })");
}

}  // namespace brokersim::test
