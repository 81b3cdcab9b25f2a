// SPDX-License-Identifier: Apache-2.0
#include "sim/result_files/result_hash.hpp"

#include <doctest/doctest.h>

namespace brokersim {

namespace {

ResultHash hash_of(std::string_view text) {
  ResultHash hash;
  hash.add(text);
  return hash;
}

}  // namespace

TEST_CASE("one half of the result hash is FNV-1a: the published answers for nothing, a and foobar") {
  // Source: Fowler, Noll, Vo, test suite of FNV-1a 64 (isthe.com/chongo/tech/comp/fnv).
  CHECK(hash_of("").fnv_1a() == 0xcbf29ce484222325U);
  CHECK(hash_of("a").fnv_1a() == 0xaf63dc4c8601ec8cU);
  CHECK(hash_of("foobar").fnv_1a() == 0x85944171f73967e8U);
}

TEST_CASE("a result hash does not depend on how the bytes are cut into pieces") {
  ResultHash pieces;
  pieces.add("fo");
  pieces.add("");
  pieces.add("obar");
  CHECK(pieces.text() == hash_of("foobar").text());
}

TEST_CASE("two result hashes fed side by side are what each would be by itself") {
  ResultHash one, other;
  one.add("fo");
  ResultHash::add(one, other, "obar");
  CHECK(one.text() == hash_of("foobar").text());
  CHECK(other.text() == hash_of("obar").text());
}

TEST_CASE("a result hash sees a byte changed, two swapped, and one zero byte more") {
  const std::string base = hash_of(std::string("ab\0", 3)).text();
  CHECK(base.size() == 16);
  CHECK(base != hash_of(std::string("ac\0", 3)).text());
  CHECK(base != hash_of(std::string("ba\0", 3)).text());
  CHECK(base != hash_of(std::string("ab\0\0", 4)).text());
}

}  // namespace brokersim
