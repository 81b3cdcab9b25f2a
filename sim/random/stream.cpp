// SPDX-License-Identifier: Apache-2.0
#include "sim/random/stream.hpp"

#include "sim/core/contract.hpp"
#include "sim/core/running_hash.hpp"
#include "sim/random/philox.hpp"

namespace brokersim {

namespace {

constexpr std::uint64_t fnv_offset = 0xcbf2'9ce4'8422'2325;
constexpr std::uint64_t fnv_prime = 0x0000'0100'0000'01b3;

std::uint64_t add_to_hash(std::uint64_t hash, std::string_view text) {
  for (const char letter : text) hash = (hash ^ static_cast<unsigned char>(letter)) * fnv_prime;
  return hash;
}

constexpr std::uint32_t low_half(std::uint64_t bits) {
  return static_cast<std::uint32_t>(bits);
}
constexpr std::uint32_t high_half(std::uint64_t bits) {
  return static_cast<std::uint32_t>(bits >> 32);
}

}  // namespace

std::uint64_t stream_identity(std::string_view purpose, std::string_view entity) {
  // A bijection at the end: it spreads FNV's weak high bits and loses nothing. The separator keeps ("a", "bc") and
  // ("ab", "c") apart.
  return mixed_bits(add_to_hash((add_to_hash(fnv_offset, purpose) ^ 0xffU) * fnv_prime, entity));
}

RandomStream::RandomStream(RandomSource source, std::string_view purpose, std::string_view entity)
    : drawn_(source.drawn), seed_(source.seed), identity_(stream_identity(purpose, entity)), trial_(source.trial) {}

void RandomStream::refill() {
  constexpr std::size_t blocks = words_in_buffer / 2;
  const std::uint64_t first_block = refills_ * blocks;
  require(first_block + blocks <= std::uint64_t{1} << 32, "a random stream has at most 2^33 words");
  philox_words({low_half(seed_), high_half(seed_)},
               {low_half(first_block), trial_, low_half(identity_), high_half(identity_)}, buffer_);
  ++refills_;
  if (drawn_ != nullptr) *drawn_ += mixed_bits(identity_ ^ mixed_bits(refills_));
  next_ = 0;
}

double RandomStream::uniform_at(std::uint64_t index) const {
  require(index < std::uint64_t{1} << 33, "a random stream has at most 2^33 words");
  std::array<std::uint64_t, 2> block{};
  philox_words_by_random123({low_half(seed_), high_half(seed_)},
                            {low_half(index / 2), trial_, low_half(identity_), high_half(identity_)}, block);
  return uniform_of(block[index % 2]);
}

std::uint32_t RandomStream::below(std::uint32_t bound) {
  // Lemire (2019): the high half of a product is fair once the few low halves that come up once too often are refused.
  require(bound >= 1, "a bound is at least 1");
  std::uint64_t product = (word() >> 32) * bound;
  if (low_half(product) < bound) [[unlikely]] {
    const std::uint32_t refused = (0U - bound) % bound;  // 2^32 mod bound
    while (low_half(product) < refused) product = (word() >> 32) * bound;
  }
  return high_half(product);
}

}  // namespace brokersim
