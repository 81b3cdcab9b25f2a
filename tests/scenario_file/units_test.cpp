// SPDX-License-Identifier: Apache-2.0
// Unit strings. SI prefixes are powers of 1000, IEC ones of 1024; the rest is arithmetic.
#include "sim/scenario_file/units.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace brokersim::test {

using namespace std::chrono_literals;

TEST_CASE("Durations are read in every unit, exactly") {
  CHECK(parse_duration("1ns").value == 1ns);
  CHECK(parse_duration("1us").value == 1us);
  CHECK(parse_duration("0.001us").value == 1ns);
  CHECK(parse_duration("1.5ms").value == 1500us);
  CHECK(parse_duration("1.003s").value == 1003ms);
  CHECK(parse_duration("2min").value == 2min);
  CHECK(parse_duration("1h").value == 1h);
  CHECK(parse_duration("1d").value == 24h);
  CHECK(parse_duration("-5ms").value == -5ms);
  CHECK(parse_duration("0").value == 0ns);
  CHECK(parse_picoseconds("0.1ns").value == 100);
  CHECK(parse_picoseconds("1us").value == 1'000'000);
}

TEST_CASE("Sizes, bandwidths, rates, percentages and prices are read in every unit") {
  CHECK(parse_size("1.5KiB").value == 1536);
  CHECK(parse_size("2kB").value == 2000);
  CHECK(parse_size("1TiB").value == 1'099'511'627'776);
  CHECK(parse_bandwidth("10Gbit/s").value.value == 1'250'000'000);
  CHECK(parse_bandwidth("40MiB/s").value.value == 41'943'040);
  CHECK(parse_bandwidth("unlimited").value.unlimited());
  CHECK(parse_rate("2.5k/s").value == 2500);
  CHECK(parse_rate("30/min").value == 0.5);
  CHECK(parse_percentage("35%").value == 0.35);
  CHECK(parse_usd("0.02USD").value == 0.02);
}

TEST_CASE("What is no whole number of the smallest unit, or too large, is refused") {
  CHECK(std::string(parse_duration("0.5ns").error.code) == "E0319");
  CHECK(std::string(parse_size("0.3KiB").error.code) == "E0319");
  CHECK(std::string(parse_bandwidth("1bit/s").error.code) == "E0319");
  CHECK(std::string(parse_picoseconds("0.0001ns").error.code) == "E0319");
  CHECK(std::string(parse_duration("106752d").error.code) == "E0308");  // 2^63 ns are 106,751.99 days
  CHECK(parse_duration("106751d").ok());
  CHECK(std::string(parse_size("8388608TiB").error.code) == "E0308");  // 2^63 bytes
  CHECK(std::string(parse_duration("0.00000000000000000000001s").error.code) == "E0315");
  CHECK(std::string(parse_bandwidth("0B/s").error.code) == "E0439");
}

TEST_CASE("Text of any value reads back as the same value") {
  // Values around every unit's edge, and a walk through the 64-bit range by a factor that hits no unit.
  std::vector<std::int64_t> values{0, 1, 999, 1000, 1001, 1023, 1024, 1025, 60'000'000'000, 9'223'372'036'854'775'807};
  for (std::int64_t v = 1; v < 3'000'000'000'000'000'000; v = v * 3 + 1) values.push_back(v);
  for (const std::int64_t v : values) {
    CAPTURE(v);
    CHECK(parse_size(size_text(v)).value == v);
    CHECK(parse_bandwidth(bandwidth_text({v})).value.value == v);
    CHECK(parse_duration(duration_text(Duration{v})).value.count() == v);
    CHECK(parse_picoseconds(picoseconds_text(v)).value == v);
    const double share = static_cast<double>(v % 1'000'003) / 1'000'003;
    CHECK(parse_percentage(percentage_text(share)).value == share);
    CHECK(parse_rate(rate_text(share * 1e6)).value == share * 1e6);
    CHECK(parse_usd(usd_text(share)).value == share);
  }
  CHECK(percentage_text(0.35) == "35%");
  CHECK(percentage_text(0.005) == "0.5%");
  CHECK(percentage_text(1) == "100%");
  CHECK(percentage_text(0) == "0%");
  CHECK(duration_text(60s) == "60s");
  CHECK(bandwidth_text({1'250'000'000}) == "10Gbit/s");
}

TEST_CASE("JSON numbers are whole if their value is, however they are written") {
  CHECK(parse_whole("3.0").magnitude == 3);
  CHECK(parse_whole("3e2").magnitude == 300);
  CHECK(parse_whole("1.5e1").magnitude == 15);
  CHECK(parse_whole("-0").magnitude == 0);
  CHECK(parse_whole("9007199254740993").magnitude == 9'007'199'254'740'993);  // 2^53 + 1: not through a double
  CHECK(parse_whole("18446744073709551615").magnitude == 18'446'744'073'709'551'615U);
  CHECK(parse_whole("18446744073709551616").kind == WholeNumber::Kind::too_large);
  CHECK(parse_whole("1e300").kind == WholeNumber::Kind::too_large);
  CHECK(parse_whole("3.5").kind == WholeNumber::Kind::fraction);
  CHECK(parse_whole("1e-1").kind == WholeNumber::Kind::fraction);
}

}  // namespace brokersim::test
