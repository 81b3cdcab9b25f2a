// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "sim/core/sim_time.hpp"

namespace brokersim::test {

inline Instant at_ns(std::int64_t ns) {
  return Instant{Duration{ns}};
}

}  // namespace brokersim::test
