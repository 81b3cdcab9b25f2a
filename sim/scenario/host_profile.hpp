// SPDX-License-Identifier: Apache-2.0
// What software costs on a kind of host, as one set that a scenario can name: brokers and clients together.
#pragma once
#include <span>
#include <string_view>

#include "sim/model/specification.hpp"

namespace brokersim {

struct HostProfile {
  std::string_view name;
  ServiceCosts service;  ///< of every broker
  ClientSpec clients;
  PauseSpec pauses;  ///< of every broker
};

/// The profiles that come with the program, in order of name. docs/VALIDATION.md says how they were found.
[[nodiscard]] std::span<const HostProfile> host_profiles();

/// Null if there is no profile of that name.
[[nodiscard]] const HostProfile* find_host_profile(std::string_view name);

}  // namespace brokersim
