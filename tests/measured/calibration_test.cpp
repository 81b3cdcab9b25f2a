// SPDX-License-Identifier: Apache-2.0
// The fit gives back what a world with known constants would have shown.
#include "sim/measured/calibration.hpp"

#include <doctest/doctest.h>

#include "measured_files.hpp"

namespace brokersim::test {
namespace {

/// One broker whose measured numbers are what the simulator says under `truth`.
MeasuredCase simulated_case(const HostProfile& truth, std::uint32_t trials) {
  nlohmann::json json = one_broker_case();
  json["seconds"] = 22;
  json["producers"][0]["rate_per_s"] = 200;
  MeasuredCase measured = read_measured_case(ScratchFolder().write("case.json", json.dump()));
  measured.series[0].quantiles = {{0.25, 0}, {0.5, 0}, {0.75, 0}, {0.95, 0}};
  const std::vector<Comparison> seen = compare(measured, truth, trials);
  for (std::size_t q = 0; q < 4; ++q) measured.series[0].quantiles[q].second = seen[q].predicted;
  measured.traffic[0].bytes_per_second = seen[4].predicted;
  return measured;
}

HostProfile known_profile() {
  HostProfile profile = *find_host_profile("measured-kafka-4.2");
  profile.service.produce.per_request = std::chrono::microseconds{2500};
  profile.clients.receive.per_request = std::chrono::microseconds{3000};
  profile.service.variation = profile.clients.variation = 0.5;
  profile.pauses = profile.clients.pauses = {};
  return profile;
}

TEST_CASE("the misfit of a world with itself is 0, and of 2 scales everywhere sqrt(5) - 1") {
  const HostProfile truth = known_profile();
  CHECK(misfit({compare(simulated_case(truth, 1), truth, 1)}) == 0);
  // Scales: 0.1 * 20 ms = 2 ms, below half the tolerance of 5 ms; half of 300 bytes/s.
  const Comparison latency{"ack p", "p50", 20, 24, 5, false, {}},
      rate{"wire a->b", "bytes_per_s", 1000, 1300, 300, true, {}};
  CHECK(misfit({{latency}, {rate}}) == doctest::Approx(std::sqrt(5.0) - 1).epsilon(1e-12));
  CHECK(misfit({}) == 0);
}

TEST_CASE("a fit from other constants gives back the quantiles of the known ones") {
  const HostProfile truth = known_profile();
  const std::vector<MeasuredCase> cases{simulated_case(truth, 2)};
  HostProfile start = truth;
  start.service.produce.per_request = std::chrono::microseconds{300};
  start.clients.receive.per_request = std::chrono::microseconds{300};
  std::uint32_t told = 0;
  const Calibration fitted = calibrate(cases, start, 2, 400, 1, [&](const Calibration&) { ++told; });
  CHECK(told > 0);
  CHECK(fitted.evaluations <= 400);
  CHECK(fitted.misfit_before > 1);    // several scales off
  CHECK(fitted.misfit_after < 0.02);  // a fifth of a scale, which is 1 ms here: 3 % of 6 ms
  // The constants cannot all be told apart by one series, but together they must say the same with other trials too.
  std::vector<MeasuredCase> others = cases;
  others[0].scenario.seed = 77;
  const std::vector<Comparison> again = compare(others[0], fitted.profile, 4);
  for (const Comparison& one : again) {
    CAPTURE(one.quantity);
    CAPTURE(one.predicted);
    CHECK(one.predicted == doctest::Approx(one.measured).epsilon(0.05));  // chance of 8000 records: about 2 % at p95
  }
}

TEST_CASE("comparing in threads changes nothing, and a failure in one comes out") {
  const HostProfile truth = known_profile();
  std::vector<MeasuredCase> cases(3, simulated_case(truth, 1));
  cases[1].scenario.seed = 9;
  const auto one = compare_all(cases, truth, 1, 1), three = compare_all(cases, truth, 1, 3);
  REQUIRE(three.size() == 3);
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t i = 0; i < one[c].size(); ++i) CHECK(one[c][i].predicted == three[c][i].predicted);
  }
  CHECK(one[0][0].predicted != one[1][0].predicted);
  cases[2].scenario.world.topics[0].replicas.clear();
  cases[2].scenario.world.topics[0].replication_factor = 2;  // of one broker
  CHECK_THROWS(static_cast<void>(compare_all(cases, truth, 1, 3)));
}

}  // namespace
}  // namespace brokersim::test
