// SPDX-License-Identifier: Apache-2.0
// Java's 32-bit arithmetic as far as Kafka chooses by it.
#pragma once
#include <cstdint>
#include <string_view>

namespace brokersim {

/// java.lang.String.hashCode of a name all of whose characters are ASCII.
[[nodiscard]] constexpr std::uint32_t java_string_hash(std::string_view text) {
  std::uint32_t hash = 0;
  for (const char character : text) hash = 31 * hash + static_cast<unsigned char>(character);
  return hash;
}

/// The magnitude of a signed 32-bit number; the one without a positive counterpart counts as 0, as in Kafka's
/// Utils.abs.
[[nodiscard]] constexpr std::uint32_t java_magnitude(std::uint32_t number) {
  constexpr std::uint32_t sign = 0x8000'0000u;
  return number == sign ? 0 : (number & sign) != 0 ? ~number + 1 : number;
}

}  // namespace brokersim
