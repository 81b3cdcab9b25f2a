// SPDX-License-Identifier: Apache-2.0
// From popular keys to popular partitions.
//
// A workload says how popular its keys are: all alike, Zipf's law, or one hot key. Hashing (murmur2.hpp) takes keys to
// partitions as if at random but for good, so the law of the keys becomes a fixed, uneven law of the partitions. It is
// worked out once, before a run: a record then draws a key and looks its partition up, and a report can say how uneven
// the load had to be. With 12 partitions and 1000 keys of Zipf exponent 1, one partition gets 22 % of everything.
//
// The keys of a workload are the texts key-0, key-1, ...; under Zipf's law and with a hot key the most popular is
// key-0. Shares of Zipf's law come from sim/random (ZipfTable); the other two laws are below.
//
// Source  K-20; truth: tests/validation/partitioner.json, key families.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace brokersim {

/// How keys are written: a prefix, then the key's number in decimal, with zeros in front up to `digits` digits.
struct KeyNaming {
  std::string prefix = "key-";
  std::uint32_t digits = 1;
};

/// The partition of each of the keys numbered 0 .. count-1.
///
/// partitions  >= 1
/// returns     shape [count], each in [0, partitions)
[[nodiscard]] std::vector<std::uint32_t> partition_of_key(std::uint32_t count, std::uint32_t partitions,
                                                          const KeyNaming& naming = {});

/// Shares of keys that are all alike. count >= 1. Shape [count], sum 1.
[[nodiscard]] std::vector<double> uniform_key_shares(std::uint32_t count);

/// Shares when key 0 has `hot_share` of all records and the others are alike.
///
/// count      >= 1; a single key has everything whatever hot_share says
/// hot_share  in [0, 1]
/// returns    shape [count], sum 1
[[nodiscard]] std::vector<double> hot_key_shares(std::uint32_t count, double hot_share);

/// What part of the records each partition gets.
///
/// key_shares        shape [keys], >= 0, sum 1
/// key_partitions    shape [keys], as from partition_of_key
/// partitions        >= 1, above every entry of key_partitions
/// returns           shape [partitions], sum 1; added in order of key, so the same bits every time
[[nodiscard]] std::vector<double> partition_shares(std::span<const double> key_shares,
                                                   std::span<const std::uint32_t> key_partitions,
                                                   std::uint32_t partitions);

}  // namespace brokersim
