// SPDX-License-Identifier: Apache-2.0
// --set /pointer=value and --fault: changes to a scenario from the command line, before anything in it is judged.
#pragma once
#include <string>
#include <vector>

#include "sim/scenario_file/json_parse.hpp"

namespace brokersim {

/// What follows one --set or --fault.
struct Override {
  std::string text;    ///< "/pointer=value": an RFC 6901 pointer; value JSON, or else taken as a string: "5ms"
  int argument = 0;    ///< its number on the command line, from 1, for messages
  bool fault = false;  ///< a --fault: its text is a fault in words, which is added to "faults"
};

/// Puts every override's value into the tree, later ones over earlier ones. The last token of a pointer may be a new
/// key of an object that is there; everything before it must exist. What does not is noted as E0606.
///
/// overrides  must outlive the tree
void apply_overrides(JsonNode& root, const std::vector<Override>& overrides, DecodedStrings& strings,
                     ProblemList& problems);

}  // namespace brokersim
