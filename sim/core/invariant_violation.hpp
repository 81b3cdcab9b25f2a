// SPDX-License-Identifier: Apache-2.0
// What must hold in every run does not: the model is wrong, and nothing that the run would say can be trusted.
#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

#include "sim/core/sim_time.hpp"

namespace brokersim {

/// Stops a run. Thrown by whoever checks; run_trial() adds when and in which trial it was.
struct InvariantViolation : std::runtime_error {
  /// id         of invariants-and-faults.md part A: "INV-P05"
  /// statement  what does not hold, with the entities and their numbers
  InvariantViolation(std::string violated, std::string what_is_wrong)
      : std::runtime_error(violated + " " + what_is_wrong),
        id(std::move(violated)),
        statement(std::move(what_is_wrong)) {}

  std::string id;
  std::string statement;
  Instant time{};
  std::uint64_t event = 0;  ///< of the engine, how many had been delivered
  std::string arm;
  std::uint32_t trial = 0;

  /// Something that should have happened did not (A.3), rather than something wrong did: exit code 7, not 6.
  [[nodiscard]] bool is_of_liveness() const { return id.starts_with("INV-L"); }
};

/// A law that costs one comparison is checked in every run.
inline void require_law(bool holds, const char* id, const char* statement) {
  if (!holds) [[unlikely]]
    throw InvariantViolation(id, statement);
}

}  // namespace brokersim
