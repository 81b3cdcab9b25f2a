// SPDX-License-Identifier: Apache-2.0
// Which of a follower's fetcher threads toward a leader copies a partition.
#pragma once
#include <cstdint>
#include <string_view>

#include "sim/policy/java_arithmetic.hpp"

namespace brokersim {

/// In [0, fetchers): |31 x hash of the topic + partition| modulo num.replica.fetchers, in Java's 32-bit arithmetic; the
/// one number without a positive counterpart counts as 0. fetchers >= 1
[[nodiscard]] constexpr std::uint32_t fetcher_of(std::string_view topic, std::uint32_t partition,
                                                 std::uint32_t fetchers) {
  return java_magnitude(31 * java_string_hash(topic) + partition) % fetchers;
}

}  // namespace brokersim
