// SPDX-License-Identifier: Apache-2.0
// Random bits: the generator's known answers, a stream's identity, and that streams have nothing to do with each other.
#include "sim/random/stream.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sim/core/contract.hpp"
#include "sim/random/exponential.hpp"
#include "sim/random/philox.hpp"
#include "sim/random/shuffle.hpp"
#include "tests/random/statistics.hpp"

using namespace brokersim;
using namespace brokersim::test;

namespace {

std::uint32_t from_hex(const nlohmann::json& text) {
  return static_cast<std::uint32_t>(std::stoul(text.get<std::string>(), nullptr, 16));
}

std::vector<std::uint64_t> words(RandomStream stream, std::size_t count) {
  std::vector<std::uint64_t> result;
  for (std::size_t i = 0; i < count; ++i) result.push_back(stream.word());
  return result;
}

std::vector<double> uniforms(RandomStream stream) {
  std::vector<double> result;
  for (std::uint32_t i = 0; i < sample_size; ++i) result.push_back(stream.uniform());
  return result;
}

}  // namespace

TEST_CASE("Philox4x32-10 gives the known answers of Random123") {
  const nlohmann::json vectors = statistics_vectors();
  for (const nlohmann::json& known : vectors.at("rng").at("philox4x32_10")) {
    const PhiloxCounter counter{from_hex(known["ctr"][0]), from_hex(known["ctr"][1]), from_hex(known["ctr"][2]),
                                from_hex(known["ctr"][3])};
    const PhiloxKey key{from_hex(known["key"][0]), from_hex(known["key"][1])};
    const std::uint64_t first = std::uint64_t{from_hex(known["out"][1])} << 32 | from_hex(known["out"][0]);
    const std::uint64_t second = std::uint64_t{from_hex(known["out"][3])} << 32 | from_hex(known["out"][2]);
    std::array<std::uint64_t, 2> by_random123{};
    philox_words_by_random123(key, counter, by_random123);
    CHECK(by_random123 == std::array<std::uint64_t, 2>{first, second});
    std::array<std::uint64_t, 8> ours{};
    philox_words(key, counter, ours);
    CHECK(ours[0] == first);
    CHECK(ours[1] == second);
  }
}

TEST_CASE("our Philox gives Random123's words for every key and counter") {
  RandomStream random({.seed = 1, .trial = 0}, "test", "keys");
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t key = random.word(), high = random.word(), low = random.word() >> 1;
    const PhiloxCounter counter{static_cast<std::uint32_t>(low) >> 1, static_cast<std::uint32_t>(low >> 32),
                                static_cast<std::uint32_t>(high), static_cast<std::uint32_t>(high >> 32)};
    std::array<std::uint64_t, 16> expected{}, ours{};
    philox_words_by_random123({static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)}, counter,
                              expected);
    philox_words({static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)}, counter, ours);
    REQUIRE(ours == expected);
  }
}

TEST_CASE("a stream is Philox with the seed as key and (block, trial, identity) as counter") {
  const std::uint64_t identity = stream_identity("service", "broker/2");
  std::array<std::uint64_t, 40> expected{};
  philox_words_by_random123({0x89abcdef, 0x01234567},
                            {0, 7, static_cast<std::uint32_t>(identity), static_cast<std::uint32_t>(identity >> 32)},
                            expected);
  const RandomStream stream({.seed = 0x0123456789abcdef, .trial = 7}, "service", "broker/2");
  CHECK(words(stream, 40) == std::vector<std::uint64_t>(expected.begin(), expected.end()));
}

TEST_CASE("another seed, trial, purpose or entity is another stream; the same ones are the same stream") {
  const RandomStream stream({.seed = 1, .trial = 1}, "a", "bc");
  CHECK(words(stream, 20) == words(RandomStream({.seed = 1, .trial = 1}, "a", "bc"), 20));
  CHECK(words(stream, 20) != words(RandomStream({.seed = 2, .trial = 1}, "a", "bc"), 20));
  CHECK(words(stream, 20) != words(RandomStream({.seed = 1, .trial = 2}, "a", "bc"), 20));
  CHECK(words(stream, 20) != words(RandomStream({.seed = 1, .trial = 1}, "ab", "c"), 20));
  CHECK(words(stream, 20) != words(RandomStream({.seed = 1, .trial = 1}, "bc", "a"), 20));
}

TEST_CASE("adding an entity that draws in between moves no draw of the others") {
  const RandomSource source{.seed = 9, .trial = 3};
  RandomStream alone(source, "interarrival", "producer/1");
  RandomStream beside(source, "interarrival", "producer/1");
  RandomStream added(source, "interarrival", "producer/2");
  bool same = true;
  for (int i = 0; i < 1000; ++i) {
    for (int k = 0; k < i % 5; ++k) (void)added.word();
    same = same && alone.word() == beside.word();
  }
  CHECK(same);
}

TEST_CASE("a stream counts its draws") {
  RandomStream stream({}, "test", "draws");
  CHECK(stream.draws() == 0);
  for (std::uint64_t drawn = 1; drawn <= 100; ++drawn) {
    (void)stream.word();
    CHECK(stream.draws() == drawn);
  }
}

TEST_CASE("a uniform number is (top 52 bits + 0.5) * 2^-52 and never 0 or 1") {
  CHECK(RandomStream::uniform_of(0) == 0x1p-53);
  CHECK(RandomStream::uniform_of(0xfff) == 0x1p-53);
  CHECK(RandomStream::uniform_of(0x1000) == 3 * 0x1p-53);
  CHECK(RandomStream::uniform_of(std::uint64_t{1} << 63) == 0.5 + 0x1p-53);
  CHECK(RandomStream::uniform_of(~std::uint64_t{0}) == 1 - 0x1p-53);
}

TEST_CASE("uniform numbers are uniform") {
  CHECK(ks_distance(uniforms(RandomStream({.seed = 4, .trial = 0}, "test", "uniform")), [](double u) { return u; }) <
        ks_critical);
}

TEST_CASE("neighbouring streams are not correlated") {
  // Correlation of n independent pairs: standard deviation 1 / sqrt(n); four of them.
  const double bound = 4 / std::sqrt(static_cast<double>(sample_size));
  const std::vector<double> x = uniforms(RandomStream({.seed = 5, .trial = 5}, "service", "broker/5"));
  CHECK(std::abs(correlation(x, uniforms(RandomStream({.seed = 6, .trial = 5}, "service", "broker/5")))) < bound);
  CHECK(std::abs(correlation(x, uniforms(RandomStream({.seed = 5, .trial = 6}, "service", "broker/5")))) < bound);
  CHECK(std::abs(correlation(x, uniforms(RandomStream({.seed = 5, .trial = 5}, "service", "broker/6")))) < bound);
  CHECK(std::abs(correlation(x, uniforms(RandomStream({.seed = 5, .trial = 5}, "network", "broker/5")))) < bound);
  const std::vector<double> later(x.begin() + 1, x.end());
  CHECK(std::abs(correlation({x.begin(), x.end() - 1}, later)) < bound);
}

TEST_CASE("bounded numbers are all alike, and 1 gives 0") {
  RandomStream random({.seed = 6, .trial = 0}, "test", "below");
  CHECK(random.below(1) == 0);
  CHECK_THROWS_AS((void)random.below(0), ContractViolation);
  std::vector<std::uint32_t> counts(10);
  for (std::uint32_t i = 0; i < sample_size; ++i) ++counts[random.below(10)];
  CHECK(chi_squared(counts, std::vector<double>(10, 0.1)) < 27.877);  // 9 degrees of freedom, 0.1 %
}

TEST_CASE("a bound near 2^32 is met without bias") {
  // Of 3 * 2^30 values, plain multiplication would give every third one twice as often: 1/2 of the draws instead of
  // 1/3.
  RandomStream random({.seed = 7, .trial = 0}, "test", "below");
  std::vector<std::uint32_t> counts(3);
  for (std::uint32_t i = 0; i < sample_size; ++i) ++counts[random.below(3U << 30) % 3];
  CHECK(chi_squared(counts, std::vector<double>(3, 1.0 / 3)) < 13.816);  // 2 degrees of freedom, 0.1 %
  CHECK(random.draws() > sample_size + sample_size / 4);                 // one word in four is refused
}

TEST_CASE("a shuffle gives each of the 24 orders of four alike") {
  RandomStream random({.seed = 8, .trial = 0}, "test", "shuffle");
  std::vector<std::uint32_t> counts(256);
  for (std::uint32_t i = 0; i < sample_size; ++i) {
    std::array<std::uint32_t, 4> values{0, 1, 2, 3};
    shuffle(std::span<std::uint32_t>(values), random);
    ++counts[values[0] * 64 + values[1] * 16 + values[2] * 4 + values[3]];
  }
  std::vector<std::uint32_t> met;
  for (const std::uint32_t count : counts) {
    if (count > 0) met.push_back(count);
  }
  REQUIRE(met.size() == 24);
  CHECK(chi_squared(met, std::vector<double>(24, 1.0 / 24)) < 49.728);  // 23 degrees of freedom, 0.1 %
}

TEST_CASE("arms that share a stream differ by (a - b)^2 in variance, arms with streams of their own by a^2 + b^2") {
  const nlohmann::json crn = statistics_vectors().at("crn");
  constexpr double nanoseconds_in_unit = 1e9;
  const auto difference = [&](const char* stream_of_b) {
    RandomStream of_a({.seed = 10, .trial = 0}, "service", "common");
    RandomStream of_b({.seed = 10, .trial = 0}, "service", stream_of_b);
    const Exponential a(Duration{static_cast<std::int64_t>(crn["a"].get<double>() * nanoseconds_in_unit)});
    const Exponential b(Duration{static_cast<std::int64_t>(crn["b"].get<double>() * nanoseconds_in_unit)});
    std::vector<double> result;
    for (std::uint32_t i = 0; i < sample_size; ++i) result.push_back(seconds(a.sample(of_a) - b.sample(of_b)));
    return variance(result);
  };
  // The variance of n exponentials has a relative standard error of sqrt(8 / n) = 0.9 %; four of them.
  const double tolerance = 4 * std::sqrt(8.0 / sample_size);
  CHECK(difference("common") == doctest::Approx(crn["var_common"].get<double>()).epsilon(tolerance));
  CHECK(difference("own") == doctest::Approx(crn["var_independent"].get<double>()).epsilon(tolerance));
}
