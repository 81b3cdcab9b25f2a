// SPDX-License-Identifier: Apache-2.0
// Every law against its distribution function, its number of draws, and its exact shares.
#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/core/contract.hpp"
#include "sim/random/delay_distribution.hpp"
#include "sim/random/exponential.hpp"
#include "sim/random/lognormal.hpp"
#include "sim/random/zipf.hpp"
#include "tests/random/statistics.hpp"

using namespace brokersim;
using namespace brokersim::test;
using namespace std::chrono_literals;
using Law = DelayDistribution::Law;

namespace {

std::vector<double> samples_of(const DelayDistribution& law, std::uint64_t seed) {
  RandomStream random({.seed = seed, .trial = 0}, "test", "law");
  std::vector<double> result;
  for (std::uint32_t i = 0; i < sample_size; ++i) result.push_back(seconds(law.sample(random)));
  return result;
}

double normal_cdf(double z) {
  return std::erfc(-z / std::sqrt(2.0)) / 2;
}

}  // namespace

TEST_CASE("every law has its distribution function") {
  // All in seconds; a sample's rounding to a nanosecond is far below the critical distance.
  CHECK(ks_distance(samples_of({.law = Law::uniform, .minimum = 1s, .maximum = 3s}, 1),
                    [](double t) { return (t - 1) / 2; }) < ks_critical);
  CHECK(ks_distance(samples_of({.law = Law::exponential, .mean = 2s, .minimum = 1s}, 2),
                    [](double t) { return 1 - std::exp(-(t - 1) / 2); }) < ks_critical);
  // mean 1, scv 4: sigma^2 = ln 5, mu = -ln 5 / 2.
  CHECK(ks_distance(samples_of({.law = Law::lognormal, .mean = 1s, .scv = 4}, 3), [](double t) {
          return normal_cdf((std::log(t) + std::log(5.0) / 2) / std::sqrt(std::log(5.0)));
        }) < ks_critical);
  // three stages of mean 1 each
  CHECK(ks_distance(samples_of({.law = Law::erlang, .mean = 3s, .shape = 3}, 4),
                    [](double t) { return 1 - std::exp(-t) * (1 + t + t * t / 2); }) < ks_critical);
  CHECK(ks_distance(
            samples_of({.law = Law::hyperexponential, .mean = 500ms, .first_probability = 0.9, .second_mean = 5s}, 5),
            [](double t) { return 1 - 0.9 * std::exp(-2 * t) - 0.1 * std::exp(-t / 5); }) < ks_critical);
}

TEST_CASE("the distance would tell a law with a mean 2 % off") {
  CHECK(ks_distance(samples_of({.law = Law::exponential, .mean = 1020ms}, 2),
                    [](double t) { return 1 - std::exp(-t); }) > ks_critical);
}

TEST_CASE("a law's expected value is the mean of its samples") {
  const DelayDistribution laws[] = {
      DelayDistribution::constant(4ms),
      {.law = Law::uniform, .minimum = 1ms, .maximum = 4ms},
      {.law = Law::exponential, .mean = 2ms, .minimum = 3ms},
      {.law = Law::lognormal, .mean = 2ms, .minimum = 1ms, .scv = 0.5},
      {.law = Law::erlang, .mean = 2ms, .minimum = 1ms, .shape = 4},
      {.law = Law::hyperexponential, .mean = 1ms, .minimum = 1ms, .first_probability = 0.8, .second_mean = 10ms},
  };
  std::uint64_t seed = 20;
  for (const DelayDistribution& law : laws) {
    const std::vector<double> samples = samples_of(law, seed++);
    double mean = 0;
    for (const double sample : samples) mean += sample / sample_size;
    const double standard_error = std::sqrt(variance(samples) / sample_size);
    CAPTURE(static_cast<int>(law.law));
    CHECK(std::abs(mean - seconds(law.expected())) <= 4 * standard_error + 1e-12);
  }
}

TEST_CASE("a sample draws one word, an erlang one a stage, a hyperexponential two") {
  const auto draws = [](const DelayDistribution& law) {
    RandomStream random({}, "test", "draws");
    for (int i = 0; i < 10; ++i) (void)law.sample(random);
    return random.draws();
  };
  CHECK(draws(DelayDistribution::constant(1ms)) == 10);
  CHECK(draws({.law = Law::uniform, .maximum = 1ms}) == 10);
  CHECK(draws({.law = Law::exponential, .mean = 1ms}) == 10);
  CHECK(draws({.law = Law::lognormal, .mean = 1ms}) == 10);
  CHECK(draws({.law = Law::erlang, .mean = 1ms, .shape = 5}) == 50);
  CHECK(draws({.law = Law::hyperexponential, .mean = 1ms, .first_probability = 0.5, .second_mean = 2ms}) == 20);
}

TEST_CASE("a mean of nothing gives nothing, and a minimum is kept") {
  RandomStream random({}, "test", "zero");
  CHECK(DelayDistribution{.law = Law::exponential}.sample(random) == 0ns);
  CHECK(DelayDistribution{.law = Law::lognormal}.sample(random) == 0ns);
  CHECK(DelayDistribution{.law = Law::uniform, .minimum = 7ns, .maximum = 7ns}.sample(random) == 7ns);
  CHECK(DelayDistribution{.law = Law::erlang, .minimum = 3ns, .shape = 2}.sample(random) == 3ns);
}

TEST_CASE("an exponential sample, a filled span and a series give the same spans") {
  const Exponential law(1ms);
  RandomStream one_by_one({.seed = 6, .trial = 0}, "test", "same");
  RandomStream filled = one_by_one;
  ExponentialSeries series(one_by_one);
  const DelayDistribution delay{.law = Law::exponential, .mean = 1ms};
  RandomStream delays = one_by_one;
  std::vector<Duration> spans(1000);
  law.fill(filled, spans);
  std::uint32_t different = 0;
  for (const Duration span : spans) {
    different += span != law.sample(one_by_one) ? 1U : 0U;
    different += span != series.sample(1ms) ? 1U : 0U;
    different += span != delay.sample(delays) ? 1U : 0U;
  }
  CHECK(different == 0);
  CHECK_THROWS_AS(Exponential(0ns), ContractViolation);
}

TEST_CASE("Zipf's shares are exact") {
  // exponent 1, three ranks: 1, 1/2, 1/3 of 11/6.
  const ZipfTable three(3, 1);
  CHECK(three.shares()[0] == doctest::Approx(6.0 / 11).epsilon(1e-15));
  CHECK(three.shares()[1] == doctest::Approx(3.0 / 11).epsilon(1e-15));
  CHECK(three.shares()[2] == doctest::Approx(2.0 / 11).epsilon(1e-15));
  const ZipfTable alike(7, 0);
  for (const double share : alike.shares()) CHECK(share == doctest::Approx(1.0 / 7).epsilon(1e-15));
}

TEST_CASE("ranks come as often as their shares say") {
  for (const double exponent : {0.0, 0.99, 1.5}) {
    CAPTURE(exponent);
    const ZipfTable zipf(100, exponent);
    RandomStream random({.seed = 8, .trial = 0}, "test", "zipf");
    std::vector<std::uint32_t> counts(100);
    for (std::uint32_t i = 0; i < 10 * sample_size; ++i) ++counts[zipf.sample(random)];
    CHECK(chi_squared(counts, {zipf.shares().begin(), zipf.shares().end()}) < 148.230);  // 99 degrees of freedom, 0.1 %
    CHECK(random.draws() == 10 * sample_size);
  }
}

TEST_CASE("a rank is found by inversion: the first whose shares up to it exceed the uniform number") {
  const ZipfTable zipf(1000, 1.2);
  RandomStream random({.seed = 9, .trial = 0}, "test", "zipf");
  RandomStream same = random;
  std::uint32_t different = 0;
  for (int i = 0; i < 20'000; ++i) {
    const double u = same.uniform();
    double sum = 0;
    std::uint32_t rank = 0;
    while (rank < 999 && (sum += zipf.shares()[rank]) <= u) ++rank;
    different += zipf.sample(random) != rank ? 1U : 0U;
  }
  CHECK(different == 0);
}
