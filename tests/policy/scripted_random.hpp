// SPDX-License-Identifier: Apache-2.0
// Sources of whole numbers whose draws a test knows beforehand.
#pragma once
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

namespace brokersim::test {

/// Every draw is 0, as in test vectors V-1 to V-4.
struct ZeroRandom {
  std::uint32_t draws = 0;
  std::uint32_t below(std::uint32_t) {
    ++draws;
    return 0;
  }
};

/// Gives the listed numbers in turn; a draw too many, or one out of its bound, fails the test.
class ListedRandom {
 public:
  explicit ListedRandom(std::vector<std::uint32_t> numbers) : numbers_(std::move(numbers)) {}
  std::uint32_t below(std::uint32_t bound) {
    if (next_ == numbers_.size()) throw std::logic_error("one draw too many");
    if (numbers_[next_] >= bound) throw std::logic_error("listed number is not below the bound");
    return numbers_[next_++];
  }
  [[nodiscard]] std::size_t draws() const { return next_; }

 private:
  std::vector<std::uint32_t> numbers_;
  std::size_t next_ = 0;
};

/// The generator that replica-placement.json was made with (its "rng"): a 64-bit congruential state, and whole numbers
/// below a bound as java.util.Random makes them of its top 31 bits.
class JavaLikeRandom {
 public:
  explicit JavaLikeRandom(std::uint64_t state) : state_(state) {}
  std::uint32_t below(std::uint32_t bound) {
    std::uint32_t bits = top_31_bits();
    if ((bound & (bound - 1)) == 0) return static_cast<std::uint32_t>((std::uint64_t{bound} * bits) >> 31);
    // Bits of the last, incomplete run of `bound` values are refused; Java sees it by an overflow of 2^31 - 1.
    while (std::uint64_t{bits} - bits % bound + (bound - 1) > 0x7fffffff) bits = top_31_bits();
    return bits % bound;
  }

 private:
  std::uint32_t top_31_bits() {
    state_ = state_ * 2862933555777941757U + 3037000493U;
    return static_cast<std::uint32_t>(state_ >> 33);
  }
  std::uint64_t state_;
};

}  // namespace brokersim::test
