// SPDX-License-Identifier: Apache-2.0
#include "sim/policy/replica_fetcher/fetcher_choice.hpp"

#include <doctest/doctest.h>

using namespace brokersim;

TEST_CASE("R-1: Java's string hash and the fetcher it chooses") {
  // Java's documented hash, s[0] 31^(n-1) + ... + s[n-1]: "ab" = 97 x 31 + 98; and the well-known collision.
  CHECK(java_string_hash("") == 0);
  CHECK(java_string_hash("ab") == 3105);
  CHECK(java_string_hash("Aa") == java_string_hash("BB"));
  // "polygenelubricants" is the well-known word whose hash is Java's least int: 31 times it is that again, as 31 is
  // odd. It counts as 0; with partition 1 it is -(2^31 - 1).
  CHECK(java_string_hash("polygenelubricants") == 0x8000'0000u);
  CHECK(fetcher_of("polygenelubricants", 0, 7) == 0);
  CHECK(fetcher_of("polygenelubricants", 1, 7) == 2'147'483'647u % 7);
  CHECK(fetcher_of("ab", 5, 4) == (31u * 3105 + 5) % 4);
  CHECK(fetcher_of("anything", 9, 1) == 0);
}
