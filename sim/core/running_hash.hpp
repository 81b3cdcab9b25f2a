// SPDX-License-Identifier: Apache-2.0
// A running hash over numbers in their order, for fingerprints (D.3): two different mixes side by side, folded at the
// end, so that one weak mix cannot hide a difference. A few instructions a number. Not for use against an adversary.
#pragma once
#include <bit>
#include <cstdint>

namespace brokersim {

/// The last step of SplitMix64: a bijection that spreads every bit.
[[nodiscard]] constexpr std::uint64_t mixed_bits(std::uint64_t bits) {
  bits = (bits ^ bits >> 30) * 0xbf58'476d'1ce4'e5b9;
  bits = (bits ^ bits >> 27) * 0x94d0'49bb'1331'11eb;
  return bits ^ bits >> 31;
}

/// method  a = (a ^ number) * 0x9e3779b97f4a7c15, rotated by 29; b = rotl(b, 23) * 0xd6e8feb86659fd93 + number; the
///         value is mixed_bits(a) ^ mixed_bits(b + 1), all modulo 2^64
class RunningHash {
 public:
  constexpr void add(std::uint64_t number) {
    a_ = std::rotl((a_ ^ number) * 0x9e37'79b9'7f4a'7c15, 29);
    b_ = std::rotl(b_, 23) * 0xd6e8'feb8'6659'fd93 + number;
  }
  [[nodiscard]] constexpr std::uint64_t value() const { return mixed_bits(a_) ^ mixed_bits(b_ + 1); }

 private:
  std::uint64_t a_ = 0xcbf2'9ce4'8422'2325;
  std::uint64_t b_ = 0x9e37'79b9'7f4a'7c15;
};

}  // namespace brokersim
