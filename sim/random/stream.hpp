// SPDX-License-Identifier: Apache-2.0
// Named random streams: a stream per (purpose, entity), all from one seed (rules D-04, D-10).
#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sim/core/sim_time.hpp"

namespace brokersim {

/// What a run draws with: the scenario's seed and the number of the trial. Compared arms share both.
struct RandomSource {
  std::uint64_t seed = 0;
  std::uint32_t trial = 0;
  /// What streams have drawn so far, if somebody wants to know (D.3, part "r"): for every 16 words of every stream a
  /// number that stands for both is added up, so that the order of streams does not matter.
  std::uint64_t* drawn = nullptr;
};

/// 64 bits that stand for the pair of names: FNV-1a over purpose, a byte no UTF-8 text has, and entity; then mixed.
[[nodiscard]] std::uint64_t stream_identity(std::string_view purpose, std::string_view entity);

/// Random bits of one (purpose, entity).
///
/// method  Philox4x32-10 (Random123). The key is the seed, two words; the counter is (block, trial, identity low,
/// identity
///         high). Nothing is folded: streams of different (seed, trial, identity) never share a block.
/// limit   2^33 words a stream; a further one is a contract violation
///
/// Draws of one stream never depend on those of another, so adding an entity moves no other's draws.
class RandomStream {
 public:
  /// purpose, entity  e.g. ("interarrival", "checkout/7"); the 64-bit hash of both names is the stream's identity
  RandomStream(RandomSource source, std::string_view purpose, std::string_view entity);

  /// 64 random bits.
  [[nodiscard]] std::uint64_t word() {
    if (next_ == words_in_buffer) [[unlikely]]
      refill();
    return buffer_[next_++];
  }
  /// Uniform on the open interval (0, 1) with 52 bits: (top 52 bits + 0.5) * 2^-52, exactly.
  /// With 53 bits half the sums would not be doubles, and the largest would round to 1.
  [[nodiscard]] double uniform() { return uniform_of(word()); }
  /// Uniform from 0 to below `span`, in whole ns. One word.
  [[nodiscard]] Duration within(Duration span) {
    return Duration{static_cast<std::int64_t>(uniform() * static_cast<double>(span.count()))};
  }
  /// A whole number in [0, bound), without modulo bias. bound >= 1. One word, and once in 2^32 / bound or less one
  /// more.
  [[nodiscard]] std::uint32_t below(std::uint32_t bound);
  /// The uniform number that draw number `index`, from 0, of the stream gives: whatever has been drawn, and without
  /// drawing. index < 2^33
  [[nodiscard]] double uniform_at(std::uint64_t index) const;
  /// Words drawn so far.
  [[nodiscard]] std::uint64_t draws() const { return refills_ * words_in_buffer - (words_in_buffer - next_); }

  /// The uniform number that `word` stands for.
  [[nodiscard]] static double uniform_of(std::uint64_t word) {
    // The bits of a double in [1, 2), from which 1 - 2^-53 is taken off: no step rounds.
    return std::bit_cast<double>(word >> 12 | 0x3ff0'0000'0000'0000) - (1.0 - 0x1p-53);
  }

 private:
  void refill();
  static constexpr std::size_t words_in_buffer = 16;
  std::array<std::uint64_t, words_in_buffer> buffer_{};
  std::size_t next_ = words_in_buffer;
  std::uint64_t refills_ = 0;
  std::uint64_t* drawn_ = nullptr;
  std::uint64_t seed_ = 0;
  std::uint64_t identity_ = 0;
  std::uint32_t trial_ = 0;
};

}  // namespace brokersim
