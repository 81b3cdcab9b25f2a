// SPDX-License-Identifier: Apache-2.0
// Files with measured latencies, right and broken; and what a scenario's user measured becomes a case.
#include <doctest/doctest.h>

#include "measured_files.hpp"
#include "sim/measured/latency_samples.hpp"
#include "sim/measured/omb_result.hpp"
#include "sim/measured/own_measurement.hpp"

namespace brokersim::test {
namespace {

using Quantiles = std::vector<std::pair<double, double>>;

/// Why a reader refused a file.
template <class Read>
std::string refusal(Read read) {
  try {
    read();
  } catch (const MeasuredCaseError& error) {
    CHECK_FALSE(error.unsupported);
    return error.what();
  }
  return "read";
}

TEST_CASE("a benchmark's quantiles are the first steps that reach them, in the order of numbers") {
  const ScratchFolder folder;
  // As text "100.0" comes before "50.0"; half of the records lie at or below 3 ms, 95.3 % at or below 9 ms.
  const std::string file = folder.write("omb.json", R"({"aggregatedPublishLatencyQuantiles":
      {"100.0": 30.0, "0.0": 1.0, "24.9": 2.0, "50.0": 3.0, "75.5": 4.5, "95.3": 9.0, "99.5": 20.0},
      "aggregatedEndToEndLatencyQuantiles": {},
      "aggregatedEndToEndLatency50pct": 7.0, "aggregatedEndToEndLatency99pct": 40})");
  const OmbLatencies latencies = read_omb_result(file);
  CHECK(latencies.acknowledgement == Quantiles{{0.25, 3}, {0.5, 3}, {0.75, 4.5}, {0.95, 9}, {0.99, 20}});
  CHECK(latencies.delivery == Quantiles{{0.5, 7}, {0.99, 40}});
}

TEST_CASE("a benchmark's file that is none is told") {
  const ScratchFolder folder;
  const auto told = [&](const std::string& text) {
    const std::string file = folder.write("omb.json", text);
    return refusal([&] { static_cast<void>(read_omb_result(file)); });
  };
  CHECK(told("{") == "no JSON from line 1, character 2 on, where the file ends");
  CHECK(told("{\"a\": 1,\n \"b\": [1,}") == "no JSON from line 2, character 10 on");
  CHECK(told("{}").find("no result of the OpenMessaging Benchmark") == 0);
  CHECK(told("[1]").find("no result of the OpenMessaging Benchmark") == 0);
  CHECK(told(R"({"aggregatedPublishLatency50pct": "3"})") ==
        "\"aggregatedPublishLatency50pct\" is \"3\", not a number of ms");
  CHECK(told(R"({"aggregatedPublishLatencyQuantiles": {"p50": 3}})") ==
        "\"aggregatedPublishLatencyQuantiles\" has \"p50\", not a percentile from 0 to 100");
  CHECK(refusal([&] { static_cast<void>(read_omb_result("/none.json")); }) == "cannot be opened");
}

TEST_CASE("samples are one a line, after a header at most") {
  const ScratchFolder folder;
  const auto samples = [&](const std::string& text) { return read_latency_samples(folder.write("s.csv", text)); };
  CHECK(samples("latency_ms\n1.5\n\n2\n") == std::vector<double>{1.5, 2});
  CHECK(samples("1\r\n2e1\r\n") == std::vector<double>{1, 20});
  CHECK(refusal([&] { static_cast<void>(samples("1\nx\n")); }) == "line 2: \"x\" is no number of ms");
  CHECK(refusal([&] { static_cast<void>(samples("1\n2,3\n")); }) == "line 2: \"2,3\" is no number of ms");
  CHECK(refusal([&] { static_cast<void>(samples("latency\n")); }) == "no latencies in it");
  // Places p * n of 100 numbers in order, from 0: the 26th, 51st, 76th and 96th.
  std::vector<double> numbers;
  for (int i = 100; i > 0; --i) numbers.push_back(i);
  CHECK(quantiles_of(numbers) == Quantiles{{0.25, 26}, {0.5, 51}, {0.75, 76}, {0.95, 96}});
}

TEST_CASE("a case of one broker is read; broken ones say why, those with failures that they are not supported") {
  const ScratchFolder folder;
  const auto read = [&](const nlohmann::json& json) {
    return read_measured_case(folder.write("case.json", json.dump()));
  };
  const MeasuredCase one = read(one_broker_case());
  CHECK(one.scenario.warm_up == Duration{std::chrono::seconds{2}});
  REQUIRE(one.series.size() == 1);
  CHECK(one.series[0].name == "p");
  CHECK(one.series[0].quantiles[2] == std::pair<double, double>{0.5, 3.0});
  REQUIRE(one.traffic.size() == 1);
  CHECK(one.traffic[0].bytes_per_second == 5000);

  nlohmann::json changed = one_broker_case();
  changed.erase("brokers");
  CHECK(refusal([&] { static_cast<void>(read(changed)); }).find("brokers") != std::string::npos);
  changed = one_broker_case();
  changed["brokers"] = nlohmann::json::array();
  CHECK(refusal([&] { static_cast<void>(read(changed)); }) == "\"brokers\" is empty");
  changed = one_broker_case();
  changed["measured_from_second"] = 6;
  CHECK(refusal([&] { static_cast<void>(read(changed)); }).find("\"measured_from_second\"") == 0);
  changed = one_broker_case();
  changed["events"] = nlohmann::json::parse(R"([{"what": "kill -9"}])");
  CHECK_THROWS_WITH(static_cast<void>(read(changed)), "failures: kill -9");
  CHECK(refusal([&] { static_cast<void>(read_measured_case("/none/case.json")); }) == "cannot be opened");
}

TEST_CASE("a scenario and quantiles make a case over all topics and groups") {
  Scenario scenario = read_measured_case(ScratchFolder().write("case.json", one_broker_case().dump())).scenario;
  scenario.traced = false;
  const MeasuredCase own = own_case(scenario, {{{0.5, 3}}, {}});
  CHECK(own.scenario.traced);
  REQUIRE(own.series.size() == 1);
  CHECK(own.series[0].topics.size() == scenario.world.topics.size());
  CHECK(refusal([&] { static_cast<void>(own_case(scenario, {{}, {{0.5, 3}}})); }).find("no groups") == 0);
  scenario.warm_up.reset();
  CHECK(refusal([&] { static_cast<void>(own_case(scenario, {{{0.5, 3}}, {}})); }).find("\"warm_up\"") == 0);
}

}  // namespace
}  // namespace brokersim::test
