// SPDX-License-Identifier: Apache-2.0
// --fault 'kill broker 3 at 30s for 45s': a fault in words, as the entry of "faults" that it stands for.
#pragma once
#include <string_view>

#include "sim/scenario_file/json_parse.hpp"

namespace brokersim {

/// The entry; false after noting a problem with the character at fault. Values are judged by the scenario's reader.
///
/// text     as after --fault; must outlive the tree
/// strings  keeps what the entry points into besides
bool parse_fault_text(std::string_view text, int argument, DecodedStrings& strings, ProblemList& problems,
                      JsonNode& entry);

}  // namespace brokersim
