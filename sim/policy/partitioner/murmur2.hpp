// SPDX-License-Identifier: Apache-2.0
// Which partition a keyed record goes to.
//
// Goal         the same key always meets the same partition, so that its records stay in order.
// Constraint   the partition depends on the key's bytes and the number of partitions only: not on load, not on which
//              partitions have a leader. A popular key therefore makes a hot partition, and nothing here can help it.
// Algorithm    murmur2, the 32-bit hash of Austin Appleby, seed 0x9747b28c, over the bytes in little-endian words; the
//              sign bit is dropped (Kafka's "to positive": minus 5 becomes 2^31 - 5, not 5); the rest modulo the
//              partitions.
// Source       rule K-20, V-7; truth: tests/validation/partitioner.json.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sim/core/contract.hpp"

namespace brokersim {

/// murmur2 of a key's bytes as Kafka's clients compute it.
///
/// bytes    any length, also none; a std::string_view as keys are texts here, but no character has a meaning
/// returns  all 32 bits; Kafka prints them as a signed number
[[nodiscard]] constexpr std::uint32_t murmur2(std::string_view bytes) {
  constexpr std::uint32_t seed = 0x9747b28c;
  constexpr std::uint32_t multiplier = 0x5bd1e995;
  const auto byte = [bytes](std::size_t at) -> std::uint32_t { return static_cast<unsigned char>(bytes[at]); };

  std::uint32_t hash = seed ^ static_cast<std::uint32_t>(bytes.size());
  std::size_t at = 0;
  for (; at + 4 <= bytes.size(); at += 4) {
    std::uint32_t word = byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16) | (byte(at + 3) << 24);
    word *= multiplier;
    word ^= word >> 24;
    hash = (hash * multiplier) ^ (word * multiplier);
  }
  if (at < bytes.size()) {  // one to three bytes are left
    for (std::size_t place = 0; at + place < bytes.size(); ++place) hash ^= byte(at + place) << (8 * place);
    hash *= multiplier;
  }
  hash ^= hash >> 13;
  hash *= multiplier;
  return hash ^ (hash >> 15);
}

/// The partition of a record with key `key`.
///
/// key         the key's bytes; a key of no bytes is a key (a record without key goes to the sticky partitioner)
/// partitions  of the topic, all of them, >= 1
/// returns     in [0, partitions)
[[nodiscard]] constexpr std::uint32_t partition_for_key(std::string_view key, std::uint32_t partitions) {
  require(partitions >= 1, "a topic has a partition");
  return (murmur2(key) & 0x7fffffff) % partitions;
}

}  // namespace brokersim
