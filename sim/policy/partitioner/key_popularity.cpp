// SPDX-License-Identifier: Apache-2.0
#include "sim/policy/partitioner/key_popularity.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <string_view>

#include "sim/core/contract.hpp"
#include "sim/policy/partitioner/murmur2.hpp"

namespace brokersim {

std::vector<std::uint32_t> partition_of_key(std::uint32_t count, std::uint32_t partitions, const KeyNaming& naming) {
  std::vector<std::uint32_t> result;
  result.reserve(count);
  std::string key;
  std::array<char, 10> digits{};  // of any 32-bit number
  for (std::uint32_t number = 0; number < count; ++number) {
    const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    const std::string_view text(digits.data(), static_cast<std::size_t>(written.ptr - digits.data()));
    key = naming.prefix;
    if (text.size() < naming.digits) key.append(naming.digits - text.size(), '0');
    key += text;
    result.push_back(partition_for_key(key, partitions));
  }
  return result;
}

std::vector<double> uniform_key_shares(std::uint32_t count) {
  require(count >= 1, "there is a key");
  return std::vector<double>(count, 1.0 / count);
}

std::vector<double> hot_key_shares(std::uint32_t count, double hot_share) {
  require(count >= 1, "there is a key");
  require(hot_share >= 0 && hot_share <= 1, "a share is in [0, 1]");
  if (count == 1) return {1.0};
  std::vector<double> shares(count, (1.0 - hot_share) / (count - 1));
  shares.front() = hot_share;
  return shares;
}

std::vector<double> partition_shares(std::span<const double> key_shares, std::span<const std::uint32_t> key_partitions,
                                     std::uint32_t partitions) {
  require(partitions >= 1, "a topic has a partition");
  require(key_shares.size() == key_partitions.size(), "every key has a share and a partition");
  std::vector<double> shares(partitions, 0.0);
  for (std::size_t key = 0; key < key_shares.size(); ++key) {
    require(key_partitions[key] < partitions, "a key's partition exists");
    shares[key_partitions[key]] += key_shares[key];
  }
  return shares;
}

}  // namespace brokersim
