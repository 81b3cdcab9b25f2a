// SPDX-License-Identifier: Apache-2.0
#include "analysis/number_format.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <limits>
#include <stdexcept>
#include <string>

namespace brokersim {
namespace {

TEST_CASE("shortest text reads back as the same double") {
  CHECK(shortest_text(0.1) == "0.1");
  CHECK(shortest_text(0.1 + 0.2) == "0.30000000000000004");
  CHECK(shortest_text(-2.5) == "-2.5");
  CHECK(shortest_text(100000) == "1e+05");  // shorter than 100000, and every CSV reader takes it
  CHECK(shortest_text(123456) == "123456");
  for (const double value : {1.0 / 3, 5e-324, 1.7976931348623157e308, -123456.789}) {
    CHECK(std::strtod(shortest_text(value).c_str(), nullptr) == value);
  }
}

TEST_CASE("no zero is negative, also one that rounding made (rule O-01)") {
  CHECK(shortest_text(-0.0) == "0");
  CHECK(fixed_text(-0.0, 2) == "0.00");
  CHECK(fixed_text(-0.004, 2) == "0.00");
  CHECK(fixed_text(-0.006, 2) == "-0.01");
  CHECK(estimate_text(-0.001, 0.5) == "0.00 ± 0.50");
  CHECK(estimate_text(-3, 4400) == "0 ± 4400");
  CHECK(significant_text(-0.0, 3) == "0");
  CHECK(percent_text(-0.0001) == "0.0 %");
}

TEST_CASE("NaN and infinity are refused by every formatter (rule O-01)") {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), infinity, -infinity}) {
    CHECK_THROWS_AS(static_cast<void>(shortest_text(bad)), std::invalid_argument);
    CHECK_THROWS_AS(static_cast<void>(fixed_text(bad, 2)), std::invalid_argument);
    CHECK_THROWS_AS(static_cast<void>(significant_text(bad, 2)), std::invalid_argument);
    CHECK_THROWS_AS(static_cast<void>(estimate_text(bad, 1)), std::invalid_argument);
    CHECK_THROWS_AS(static_cast<void>(estimate_text(1, bad)), std::invalid_argument);
    CHECK_THROWS_AS(static_cast<void>(duration_text(bad)), std::invalid_argument);
    CHECK_THROWS_AS(static_cast<void>(bytes_text(bad)), std::invalid_argument);
    CHECK_THROWS_AS(static_cast<void>(byte_rate_text(bad)), std::invalid_argument);
    CHECK_THROWS_AS(static_cast<void>(money_text(bad)), std::invalid_argument);
    CHECK_THROWS_AS(static_cast<void>(percent_text(bad)), std::invalid_argument);
  }
  CHECK_THROWS_AS(static_cast<void>(estimate_text(1, -1)), std::invalid_argument);
}

TEST_CASE("an estimate has two significant digits in its half-width and its mean to the same place") {
  CHECK(estimate_text(5.4321, 0.0612) == "5.432 ± 0.061");
  CHECK(estimate_text(1.157, 0.104813281874) == "1.16 ± 0.10");
  CHECK(estimate_text(54.321, 6.12) == "54.3 ± 6.1");
  CHECK(estimate_text(54.321, 61.2) == "54 ± 61");
  CHECK(estimate_text(12345, 1234) == "12300 ± 1200");
  CHECK(estimate_text(5, 0) == "5 ± 0");
  CHECK(estimate_text(1.23456, 0.00996) == "1.235 ± 0.010");  // rounding moves the first digit
  CHECK(estimate_text(1234567.0, 99.6) == "1234570 ± 100");
  CHECK(mean_text(5.4321, 0.0612) == "5.432");
}

TEST_CASE("significant digits never need an exponent") {
  CHECK(significant_text(0.00123456, 3) == "0.00123");
  CHECK(significant_text(123456, 3) == "123000");
  CHECK(significant_text(9.996, 3) == "10.0");
  CHECK(significant_text(2, 3) == "2.00");
}

TEST_CASE("durations, bytes and rates come in the unit that leaves 1 to 999") {
  CHECK(duration_text(0) == "0 ns");
  CHECK(duration_text(42) == "42.0 ns");
  CHECK(duration_text(1234) == "1.23 us");
  CHECK(duration_text(999'499) == "999 us");
  CHECK(duration_text(999'700) == "1.00 ms");  // and not 1000 us
  CHECK(duration_text(-5.43e6) == "-5.43 ms");
  CHECK(duration_text(3.6e12) == "3600 s");
  CHECK(bytes_text(1.5e9) == "1.50 GB");
  CHECK(byte_rate_text(250e6) == "250 MB/s");
  CHECK(byte_rate_text(1e18) == "1000 PB/s");
  CHECK(estimate_text(5.4321e6, 61'200, duration_unit(5.4321e6)) == "5.432 ± 0.061 ms");
}

TEST_CASE("money is whole from a hundred on") {
  CHECK(money_text(24192) == "24192 USD");
  CHECK(money_text(3.7) == "3.70 USD");
  CHECK(money_text(99.994) == "99.99 USD");
  CHECK(money_text(99.996) == "100 USD");
  CHECK(money_text(-0.001, "EUR") == "0.00 EUR");
  CHECK(percent_text(0.1234) == "12.3 %");
}

}  // namespace
}  // namespace brokersim
