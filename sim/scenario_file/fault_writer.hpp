// SPDX-License-Identifier: Apache-2.0
// A fault back as an entry of "faults". Private to sim/scenario_file.
#pragma once
#include <string>

#include "sim/model/specification.hpp"

namespace brokersim {

/// One line of JSON; reads back as the same fault.
[[nodiscard]] std::string fault_json(const FaultSpec& fault, const WorldSpec& world);

}  // namespace brokersim
