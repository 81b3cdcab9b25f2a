// SPDX-License-Identifier: Apache-2.0
// Philox4x32-10 for a run of consecutive blocks: Random123's numbers, two blocks to a vector register where there is
// SSE2.
#pragma once
#include <Random123/philox.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace brokersim {

using PhiloxKey = std::array<std::uint32_t, 2>;
using PhiloxCounter = std::array<std::uint32_t, 4>;

/// Random123's own, block after block: what the fast one is tested against, and used where there is no SSE2.
///
/// first  counter of the first block; the next blocks add 1 to first[0], which must not wrap
/// words  shape [2 * blocks]; of a block's four 32-bit numbers the first two make one word, low half first
inline void philox_words_by_random123(PhiloxKey key, PhiloxCounter first, std::span<std::uint64_t> words) {
  r123::Philox4x32 philox;
  for (std::size_t i = 0; i < words.size(); i += 2) {
    const r123::Philox4x32::ctr_type bits =
        philox({{first[0] + static_cast<std::uint32_t>(i / 2), first[1], first[2], first[3]}}, {{key[0], key[1]}});
    words[i] = std::uint64_t{bits[1]} << 32 | bits[0];
    words[i + 1] = std::uint64_t{bits[3]} << 32 | bits[2];
  }
}

#if defined(__SSE2__)
/// The same words, four blocks at a time. The number of words must be a multiple of 8.
///
/// Each 32-bit number lies in the low half of a 64-bit lane; the high halves are whatever the products left there, as
/// neither the multiplication nor the last step looks at them.
inline void philox_words(PhiloxKey key, PhiloxCounter first, std::span<std::uint64_t> words) {
  constexpr int rounds = 10;
  constexpr std::uint32_t multiplier_0 = 0xd2511f53, multiplier_1 = 0xcd9e8d57;
  constexpr std::uint32_t weyl_0 = 0x9e3779b9, weyl_1 = 0xbb67ae85;
  const auto both = [](std::uint32_t number) { return _mm_set1_epi64x(std::int64_t{number}); };
  struct TwoBlocks {
    __m128i x0, x1, x2, x3;
  };
  const auto round = [&](TwoBlocks& b, __m128i key_0, __m128i key_1) {
    const __m128i product_0 = _mm_mul_epu32(b.x0, both(multiplier_0));
    const __m128i product_1 = _mm_mul_epu32(b.x2, both(multiplier_1));
    b.x0 = _mm_xor_si128(_mm_srli_epi64(product_1, 32), _mm_xor_si128(b.x1, key_0));
    b.x2 = _mm_xor_si128(_mm_srli_epi64(product_0, 32), _mm_xor_si128(b.x3, key_1));
    b.x1 = product_1;
    b.x3 = product_0;
  };
  const auto store = [&](const TwoBlocks& b, std::size_t at) {
    const __m128i low = _mm_unpacklo_epi64(_mm_unpacklo_epi32(b.x0, b.x1), _mm_unpacklo_epi32(b.x2, b.x3));
    const __m128i high = _mm_unpacklo_epi64(_mm_unpackhi_epi32(b.x0, b.x1), _mm_unpackhi_epi32(b.x2, b.x3));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(&words[at]), low);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(&words[at + 2]), high);
  };
  const auto start = [&](std::size_t at) {
    const std::uint32_t block = first[0] + static_cast<std::uint32_t>(at / 2);
    return TwoBlocks{_mm_set_epi64x(std::int64_t{block + 1}, std::int64_t{block}), both(first[1]), both(first[2]),
                     both(first[3])};
  };
  for (std::size_t at = 0; at < words.size(); at += 8) {
    TwoBlocks a = start(at);
    TwoBlocks b = start(at + 4);
    __m128i key_0 = both(key[0]);
    __m128i key_1 = both(key[1]);
#pragma GCC unroll 10
    for (int i = 0; i < rounds; ++i) {
      round(a, key_0, key_1);
      round(b, key_0, key_1);
      key_0 = _mm_add_epi32(key_0, both(weyl_0));
      key_1 = _mm_add_epi32(key_1, both(weyl_1));
    }
    store(a, at);
    store(b, at + 4);
  }
}
#else
inline void philox_words(PhiloxKey key, PhiloxCounter first, std::span<std::uint64_t> words) {
  philox_words_by_random123(key, first, words);
}
#endif

}  // namespace brokersim
