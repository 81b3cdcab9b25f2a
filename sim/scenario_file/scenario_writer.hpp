// SPDX-License-Identifier: Apache-2.0
// A scenario back as a file, with every default written out.
#pragma once
#include <string>

#include "sim/scenario/scenario.hpp"

namespace brokersim {

/// The scenario in format version 1. Reads back as the same scenario; the same scenario always gives the same text.
/// Brokers, members and so on that are alike are written as one entry with a count.
[[nodiscard]] std::string scenario_text(const Scenario& scenario);

/// 16 hexadecimal digits that stand for what a scenario means: the text above without the name. Files that differ in
/// the order of keys, in comments, in units or in defaults written out or not have the same hash (D-01).
[[nodiscard]] std::string scenario_hash(const Scenario& scenario);

}  // namespace brokersim
