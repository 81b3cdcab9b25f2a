// SPDX-License-Identifier: Apache-2.0
// Who is killed in turn by `whatif`, and when: from the command line's wishes and a scenario to one fault each.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "sim/cli/options.hpp"
#include "sim/scenario/scenario.hpp"

namespace brokersim {

/// What stops in one of the runs.
struct Victim {
  enum class Kind : std::uint8_t { broker, zone };
  Kind kind = Kind::broker;
  std::string name;                    ///< "broker 3", "zone b"
  std::vector<BrokerIndex> brokers{};  ///< that stop, all in one event
  std::uint32_t leaders = 0;           ///< partitions that they lead when the run begins
  std::string fault;                   ///< as for --fault: "kill broker 3 at 30s for 45s"
  int argument = 0;                    ///< of --kill, from 1
};

/// When the victims stop, and how long the runs are.
struct KillTimes {
  Duration at{};
  Duration duration{};  ///< of each run
};

/// Unless stated, the kill comes 5 s after the warm-up, and at least two windows after it, so that it is known what was
/// before; it is watched for what is left of the scenario's duration, and at least for half a minute, which has the 9 s
/// until the controller notices, or until a minute after a restart and after the slowest mitigation's interval or
/// delay.
[[nodiscard]] KillTimes kill_times(const Scenario& scenario, const WhatIfOptions& wishes, Duration warm_up);

/// In the order of the wishes, each broker or zone once.
///
/// placement  of place_partitions()
/// throws     UsageError E0605 for a broker or zone, or more brokers, than the scenario has
[[nodiscard]] std::vector<Victim> victims_of(const Scenario& scenario,
                                             const std::vector<std::vector<BrokerIndex>>& placement,
                                             const WhatIfOptions& wishes, const KillTimes& times);

}  // namespace brokersim
