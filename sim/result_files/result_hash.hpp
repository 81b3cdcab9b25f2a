// SPDX-License-Identifier: Apache-2.0
// The 64-bit hash of result files and of the fingerprint (invariants-and-faults.md D.3, part "o").
#pragma once
#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace brokersim {

/// A running hash over bytes: FNV-1a and a rotate-and-multiply chain side by side, folded at the end, so that one weak
/// mix cannot hide a difference. Not for use against an adversary.
///
/// method  a: start 0xcbf29ce484222325, each byte a = (a ^ byte) * 0x100000001b3
///         b: start 0x9e3779b97f4a7c15, each byte b = (rotl(b, 23) + byte) * 0xd6e8feb86659fd93
///         value = a ^ (b ^ b >> 32) * 0x9e3779b97f4a7c15, all modulo 2^64
/// source  FNV-1a: Fowler, Noll, Vo; its known answers are in tests/result_files/result_hash_test.cpp
class ResultHash {
 public:
  /// Adds the same bytes to two hashes: their chains of multiplications run side by side.
  static void add(ResultHash& one, ResultHash& other, std::string_view bytes) {
    ResultHash x = one, y = other;
    for (const char c : bytes) {
      const std::uint64_t byte = static_cast<unsigned char>(c);
      x.take(byte);
      y.take(byte);
    }
    one = x;
    other = y;
  }
  void add(std::string_view bytes) {
    ResultHash here = *this;  // in registers
    for (const char c : bytes) here.take(static_cast<unsigned char>(c));
    *this = here;
  }
  [[nodiscard]] std::uint64_t fnv_1a() const { return a_; }
  [[nodiscard]] std::uint64_t value() const { return a_ ^ (b_ ^ b_ >> 32) * 0x9e3779b97f4a7c15U; }
  /// value() as 16 lower-case hexadecimal digits.
  [[nodiscard]] std::string text() const {
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value(), 16).ptr;
    const std::string shortest(digits.data(), end);
    return std::string(digits.size() - shortest.size(), '0') + shortest;
  }

 private:
  void take(std::uint64_t byte) {
    a_ = (a_ ^ byte) * 0x100000001b3U;
    b_ = (std::rotl(b_, 23) + byte) * 0xd6e8feb86659fd93U;
  }

  std::uint64_t a_ = 0xcbf29ce484222325U;
  std::uint64_t b_ = 0x9e3779b97f4a7c15U;
};

}  // namespace brokersim
