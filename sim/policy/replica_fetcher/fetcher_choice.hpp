// SPDX-License-Identifier: Apache-2.0
// Which of a follower's fetcher threads toward a leader copies a partition.
#pragma once
#include <cstdint>
#include <string_view>

namespace brokersim {

/// java.lang.String.hashCode of a topic's name, all of whose characters are ASCII.
[[nodiscard]] constexpr std::uint32_t java_string_hash(std::string_view text) {
  std::uint32_t hash = 0;
  for (const char character : text) hash = 31 * hash + static_cast<unsigned char>(character);
  return hash;
}

/// In [0, fetchers): |31 x hash of the topic + partition| modulo num.replica.fetchers, in Java's 32-bit arithmetic; the
/// one number without a positive counterpart counts as 0. fetchers >= 1
[[nodiscard]] constexpr std::uint32_t fetcher_of(std::string_view topic, std::uint32_t partition,
                                                 std::uint32_t fetchers) {
  const std::uint32_t sum = 31 * java_string_hash(topic) + partition;
  constexpr std::uint32_t sign = 0x8000'0000u;
  const std::uint32_t magnitude = sum == sign ? 0 : (sum & sign) != 0 ? ~sum + 1 : sum;
  return magnitude % fetchers;
}

}  // namespace brokersim
