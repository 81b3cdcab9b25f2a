// SPDX-License-Identifier: Apache-2.0
// A question put to the simulator: a world, how long to watch it, how often, and under which read policies.
#pragma once
#include <algorithm>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/model/specification.hpp"

namespace brokersim {

/// What is compared: a protocol under a read policy.
struct Arm {
  Protocol protocol = Protocol::kafka;
  ReadPolicy read = ReadPolicy::leader;
  // Implicit: most arms are Kafka's, and known by their read policy.
  Arm(ReadPolicy policy) : read(policy) {}  // NOLINT(google-explicit-constructor)
  Arm(Protocol spoken, ReadPolicy policy) : protocol(spoken), read(policy) {}
  friend auto operator<=>(const Arm&, const Arm&) = default;
};

struct Scenario {
  std::string name;                           ///< for headings; the file's stem unless stated
  Duration duration{};                        ///< producers send until then; what is under way is followed to its end
  std::optional<Duration> warm_up;            ///< none: chosen by MSER-5 from a pilot run, the same for every arm
  Duration window{std::chrono::seconds{10}};  ///< of load over time
  Duration drain_limit{std::chrono::seconds{60}};  ///< after duration; what is unfinished then is censored
  std::uint32_t trials = 10;
  std::uint64_t seed = 1;
  std::vector<ReadPolicy> read_policies{ReadPolicy::leader, ReadPolicy::rack_aware};
  std::vector<Protocol> protocols{Protocol::kafka};
  WorldSpec world;
  bool traced = false;                ///< keep every record in TrialResult::trace
  bool service_costs_stated = false;  ///< the file states every service cost; otherwise some are assumed
  std::string host_profile;           ///< the one the file names for its service costs; empty: none
  bool host_profile_changed = false;  ///< the file states service costs, clients or pauses of its own
  bool command_costs_stated = false;  ///< ... every cost of commands

  /// Whether more than Kafka is asked about: then the parts of the delivery latency are reported with quantiles.
  [[nodiscard]] bool has_primary_replica() const {
    return std::find(protocols.begin(), protocols.end(), Protocol::primary_replica) != protocols.end();
  }
  /// Every protocol under every read policy, the first of each first.
  [[nodiscard]] std::vector<Arm> arms() const {
    std::vector<Arm> all;
    for (const Protocol protocol : protocols) {
      for (const ReadPolicy policy : read_policies) all.emplace_back(protocol, policy);
    }
    return all;
  }
};

}  // namespace brokersim
