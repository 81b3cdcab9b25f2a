// SPDX-License-Identifier: Apache-2.0
// How large a scenario may be before it is refused instead of filling the machine.
#pragma once
#include <cstdint>
#include <string_view>

namespace brokersim {

struct ReadLimits {
  std::int64_t file_bytes = 16 * 1024 * 1024;
  std::int64_t zones = 1'000;
  std::int64_t brokers = 10'000;
  std::int64_t topics = 100'000;
  std::int64_t partitions = 1'000'000;
  std::int64_t replicas = 3'000'000;
  std::int64_t clients = 1'000'000;  ///< producers and consumers together
  std::int64_t memory_bytes = 0;     ///< 0: 75 % of what the machine has
};

/// Sets a limit by its name, "partitions" for instance. False if there is none of that name.
[[nodiscard]] bool set_limit(ReadLimits& limits, std::string_view name, std::int64_t value);

}  // namespace brokersim
