// SPDX-License-Identifier: Apache-2.0
// What happened around the faults, for people: a table an episode, the arms side by side.
#pragma once
#include <string>
#include <vector>

#include "sim/cli/study.hpp"

namespace brokersim {

/// One episode of every arm.
struct FaultTable {
  std::string title;                            ///< "Around kill of broker 3, 30 s to 75 s"
  std::vector<std::vector<std::string>> cells;  ///< the first row is the head
};

/// The first three episodes of the run; none in a scenario without faults.
[[nodiscard]] std::vector<FaultTable> fault_tables(const Study& study);

/// What was lost, by arm, and what of the tables needs a word; none in a scenario without faults.
[[nodiscard]] std::vector<std::string> fault_lines(const Study& study);

}  // namespace brokersim
