// SPDX-License-Identifier: Apache-2.0
// Measured cases in which something fails: what was done becomes faults, and gaps are counted by hand.
#include <doctest/doctest.h>

#include "measured_files.hpp"
#include "sim/measured/failure_comparison.hpp"

namespace brokersim::test {
namespace {

MeasuredCase read(const nlohmann::json& json) {
  return read_measured_case(ScratchFolder().write("case.json", json.dump()));
}

nlohmann::json event(double at_s, const char* what) {
  return {{"at_s", at_s}, {"what", what}};
}

TEST_CASE("what was done to a broker is a fault that lasts until it was started again") {
  nlohmann::json json = one_broker_case();
  json["events"] = {event(5, "start broker 1"), event(2.5, "kill -9 broker 1"), event(5.25, "SIGTERM broker 1"),
                    event(5.5, "SIGSTOP broker 1"), event(5.75, "SIGCONT broker 1")};
  const MeasuredCase measured = read(json);
  const std::vector<FaultSpec>& faults = measured.scenario.world.faults;
  REQUIRE(faults.size() == 3);
  CHECK(faults[0].kind == FaultKind::kill);
  CHECK(faults[0].when.at == std::chrono::milliseconds{2500});
  CHECK(faults[0].lasts == Duration{std::chrono::milliseconds{2500}});
  CHECK(faults[1].kind == FaultKind::controlled_shutdown);
  CHECK_FALSE(faults[1].lasts.has_value());
  CHECK(faults[2].kind == FaultKind::pause);
  CHECK(faults[2].lasts == Duration{std::chrono::milliseconds{250}});
  CHECK(measured.events.size() == 5);
}

TEST_CASE("what is not known to do to a broker is told") {
  nlohmann::json json = one_broker_case();
  json["events"] = {event(1, "unplug broker 1")};
  try {
    static_cast<void>(read(json));
    FAIL("was read");
  } catch (const MeasuredCaseError& error) {
    CHECK(error.unsupported);
    CHECK(std::string(error.what()) == "event \"unplug broker 1\"");
  }
}

TEST_CASE("a gap is while nothing comes though something was sent, in the window in which it ends") {
  // Sent at 0, 1, 2, 9 s; come at 0.5, 5, 5.5 and 9.25 s: nothing from 1 to 5 s. From 5.5 to 9 s nobody waits.
  const std::vector<RecordTimes> records{{0, 500}, {1000, 5000}, {2000, 5500}, {9000, 9250}};
  CHECK(longest_gaps(records, {0}) == std::vector<double>{4});
  CHECK(longest_gaps(records, {0, 4, 6}) == std::vector<double>{0.5, 4, 0.25});
  CHECK(longest_gaps(records, {20}) == std::vector<double>{0});
}

TEST_CASE("a broker that was killed leads nothing until it is back; who leads then is compared") {
  nlohmann::json json = one_broker_case();
  json["seconds"] = 40;
  json["events"] = {event(5, "kill -9 broker 1"), event(20, "start broker 1")};
  json["measured"]["leaders_and_isr"] = {{-1.0, 0, 1, {1}}, {13.0, 0, -1, {1}}, {27.7, 0, 1, {1}}};
  const FailureComparison comparison = compare_failures(read(json), *find_host_profile("measured-kafka-4.2"), 8);
  REQUIRE(comparison.leadership.size() == 1);
  CHECK(comparison.leadership[0].measured == "1 [1], none [1], 1 [1]");
  REQUIRE(comparison.leadership[0].predicted.find("none") != std::string::npos);  // with ELR the ISR is empty then
}

}  // namespace
}  // namespace brokersim::test
