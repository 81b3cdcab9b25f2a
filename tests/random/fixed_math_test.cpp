// SPDX-License-Identifier: Apache-2.0
// Our own functions against the system library's in long double, which has 11 bits more.
#include "sim/random/fixed_math.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "sim/core/contract.hpp"
#include "sim/random/arithmetic_check.hpp"
#include "sim/random/stream.hpp"
#include "tests/random/statistics.hpp"

using namespace brokersim;
using namespace brokersim::test;

namespace {

/// The distance of `found` from `exact` in units of the last place of `exact`.
double units_off(double found, long double exact) {
  const double rounded = static_cast<double>(exact);
  const double unit = std::abs(std::nextafter(rounded, std::numeric_limits<double>::infinity()) - rounded);
  return static_cast<double>(std::abs(static_cast<long double>(found) - exact)) / unit;
}

/// The worst of fixed_log on `points` numbers made by `next`.
template <class Next>
double worst_log(int points, Next next) {
  double worst = 0;
  for (int i = 0; i < points; ++i) {
    const double x = next();
    worst = std::max(worst, units_off(fixed_log(x), std::log(static_cast<long double>(x))));
  }
  return worst;
}

}  // namespace

TEST_CASE("the logarithm is within 1.2 units in the last place at a million points") {
  RandomStream random({.seed = 1, .trial = 0}, "test", "log");
  CHECK(worst_log(700'000, [&] { return random.uniform(); }) < 1.2);
  CHECK(worst_log(200'000, [&] { return 0.98 + 0.04 * random.uniform(); }) < 1.2);  // next to 1, where ln is next to 0
  CHECK(worst_log(100'000,
                  [&] { return std::ldexp(1 + random.uniform(), static_cast<int>(random.below(2044)) - 1022); }) < 1.2);
  CHECK(fixed_log(1.0) == 0.0);
  CHECK(fixed_log(0x1p-53) == -0x1.25e4f7b2737fap+5);  // -53 ln 2, correctly rounded
}

TEST_CASE("the logarithm's table holds what it says") {
  for (const LogTableRow& row : log_table) {
    const long double exact = std::log(static_cast<long double>(row.c));
    CAPTURE(row.c);
    CHECK(row.inverse == 1 / row.c);
    CHECK(row.ln_high * 0x1p43 == std::trunc(row.ln_high * 0x1p43));
    // long double carries 64 bits, so it can vouch for the sum to 2^-65.
    CHECK(std::abs(static_cast<double>(exact - static_cast<long double>(row.ln_high) -
                                       static_cast<long double>(row.ln_low))) < 0x1p-64);
  }
}

TEST_CASE("the exponential is within 1.5 units in the last place") {
  RandomStream random({.seed = 2, .trial = 0}, "test", "exp");
  double worst = 0;
  for (int i = 0; i < 300'000; ++i) {
    const double x = i % 2 == 0 ? (random.uniform() - 0.5) * 4 : (random.uniform() - 0.5) * 1400;
    worst = std::max(worst, units_off(fixed_exp(x), std::exp(static_cast<long double>(x))));
  }
  CHECK(worst < 1.5);
  CHECK(fixed_exp(0) == 1);
  CHECK(fixed_exp(-1000) == 0);
  CHECK_THROWS_AS((void)fixed_exp(710), ContractViolation);
}

TEST_CASE("a power is as exact as it says") {
  RandomStream random({.seed = 3, .trial = 0}, "test", "power");
  double worst = 0;  // in units of the stated bound
  for (int i = 0; i < 100'000; ++i) {
    const double base = 1 + random.below(1'000'000);
    const double exponent = -3 * random.uniform();
    const long double exact = std::pow(static_cast<long double>(base), static_cast<long double>(exponent));
    const double bound = 0x1p-52 * (2 + std::abs(exponent * std::log(base)));
    worst = std::max(
        worst,
        static_cast<double>(std::abs((static_cast<long double>(fixed_power(base, exponent)) - exact) / exact)) / bound);
  }
  CHECK(worst < 1);
}

TEST_CASE("the normal quantile gives the table's values and undoes the distribution function") {
  const nlohmann::json vectors = statistics_vectors();
  for (const nlohmann::json& known : vectors.at("normal_quantiles")) {
    CHECK(fixed_normal_quantile(known["p"]) ==
          doctest::Approx(known["z"].get<double>()).epsilon(1e-11));  // 12 digits are given
  }
  CHECK(fixed_normal_quantile(0.5) == 0);
  for (double z = -8; z <= 5; z += 0.01) {  // beyond 5, p is too near 1 to carry z
    const long double p = std::erfc(-static_cast<long double>(z) / std::sqrt(2.0L)) / 2;
    // p is rounded to 2^-53 relative, which moves z by p / density(z) * 2^-53 at most.
    const double density = std::exp(-z * z / 2) / std::sqrt(2 * 3.14159265358979323846);
    const double tolerance = static_cast<double>(p) / density * 0x1p-52 + 4e-15 * (1 + std::abs(z));
    CAPTURE(z);
    CHECK(std::abs(fixed_normal_quantile(static_cast<double>(p)) - z) < tolerance);
  }
  CHECK_THROWS_AS((void)fixed_normal_quantile(0), ContractViolation);
  CHECK_THROWS_AS((void)fixed_normal_quantile(1), ContractViolation);
}

TEST_CASE("arithmetic gives the bits that results are promised with, on every compiler and level") {
  CHECK_NOTHROW(check_arithmetic());
  CHECK(arithmetic_fingerprint(100'000) == 0xda5b'70b7'6c9b'21de);  // g++ 12 -O2 and clang 14 -O3 agreed on 2026-11-24
}
