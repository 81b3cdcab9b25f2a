// SPDX-License-Identifier: Apache-2.0
// A question put to the simulator: a world, how long to watch it, how often, and under which read policies.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/model/specification.hpp"

namespace brokersim {

struct Scenario {
  std::string name;                           ///< for headings; the file's stem unless stated
  Duration duration{};                        ///< producers send until then; what is under way is followed to its end
  std::optional<Duration> warm_up;            ///< none: chosen by MSER-5 from a pilot run, the same for every arm
  Duration window{std::chrono::seconds{10}};  ///< of load over time
  Duration drain_limit{std::chrono::seconds{60}};  ///< after duration; what is unfinished then is censored
  std::uint32_t trials = 10;
  std::uint64_t seed = 1;
  std::vector<ReadPolicy> read_policies{ReadPolicy::leader, ReadPolicy::rack_aware};
  WorldSpec world;
  bool traced = false;                ///< keep every record in TrialResult::trace
  bool service_costs_stated = false;  ///< the file states every service cost; otherwise some are assumed
};

}  // namespace brokersim
