// SPDX-License-Identifier: Apache-2.0
// The command "calibrate" from its command line to its text and file.
#include <doctest/doctest.h>

#include "sim/cli/calibration_text.hpp"
#include "sim/scenario_file/units.hpp"
#include "small_scenario.hpp"

namespace brokersim::test {
namespace {

/// A result of the OpenMessaging Benchmark with made-up latencies.
nlohmann::json omb_result() {
  return nlohmann::json::parse(R"({"aggregatedPublishLatency50pct": 3.0,
                                   "aggregatedEndToEndLatencyQuantiles": {"50.0": 5.0, "99.0": 20.0}})");
}

/// A measured case in which something happened that the model does not do.
nlohmann::json strange_case() {
  const std::string measured = "/tests/validation/real-kafka/e1-wait500-rf2-rate1/case.json";
  nlohmann::json strange = nlohmann::json::parse(contents(std::string(BROKERSIM_SOURCE_DIR) + measured));
  strange["events"] = {{{"at_s", 10}, {"what", "reboot broker 1"}}};
  return strange;
}

TEST_CASE("calibrate's command line is judged like the others'") {
  struct Row {
    std::vector<std::string> arguments;
    const char* message;
  };
  const std::vector<Row> rows{
      {{"calibrate"},
       "error E0602: command line, argument 2\n"
       "  found   no measured case\n"
       "  allowed a folder with a case.json, or --scenario with --omb or --samples\n"
       "  hint    brokersim calibrate --scenario mine.json --omb result.json\n"},
      {{"calibrate", "--omb", "r.json"},
       "error E0605: command line, argument 3\n"
       "  found   --omb without --scenario\n"
       "  allowed --omb together with --scenario FILE\n"},
      {{"calibrate", "--scenario", "s.json"},
       "error E0605: command line, argument 3\n"
       "  found   --scenario without what was measured\n"
       "  allowed --scenario together with --omb or --samples\n"},
      {{"calibrate", "--scenario", "s.json", "--samples", "ack=x.csv"},
       "error E0602: command line, argument 5\n"
       "  found   --samples \"ack=x.csv\"\n"
       "  allowed acknowledgement=FILE or delivery=FILE\n"},
      {{"calibrate", "c", "--evaluations", "0"},
       "error E0602: command line, argument 4\n"
       "  found   --evaluations \"0\"\n"
       "  allowed a whole number from 1 to 100000\n"},
  };
  for (const Row& row : rows) {
    const Answer answer = brokersim(row.arguments);
    CHECK(answer.exit_code == 2);
    CHECK(answer.err == row.message);
  }
}

TEST_CASE("what was measured and cannot be read is an error with the file and the reason, and nothing is written") {
  const ScratchDirectory scratch;
  const std::string out = (scratch.path() / "costs.json").string();
  const std::string broken = scratch.write(nlohmann::json::parse(R"({"id": "x"})"), "case.json");
  const Answer answer = brokersim({"calibrate", scratch.path().string(), "--out", out});
  CHECK(answer.exit_code == 3);
  CHECK(answer.out.empty());
  CHECK(answer.err.find("error E0618: " + broken + "\n  found   ") == 0);
  CHECK(answer.err.find("seconds") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(out));
  const Answer no_result = brokersim({"calibrate", "--scenario", scratch.write(small_scenario()), "--omb", broken});
  CHECK(no_result.exit_code == 3);
  CHECK(no_result.err.find("no result of the OpenMessaging Benchmark") != std::string::npos);
  const Answer unsupported =
      brokersim({"calibrate", scratch.write(strange_case(), "strange.json"), "--evaluations", "1"});
  CHECK(unsupported.exit_code == 3);
  CHECK(unsupported.err.find("no case that the model can play") != std::string::npos);
}

TEST_CASE("a cluster of one's own is fitted, and the constants go to the screen or to a new file") {
  const ScratchDirectory scratch;
  const std::string scenario = scratch.write(small_scenario());
  const std::string out = (scratch.path() / "costs.json").string();
  const std::string strange = scratch.write(strange_case(), "strange.json");
  std::ofstream(scratch.path() / "ack.csv") << "ms\n2\n3\n4\n5\n";
  std::vector<std::string> command{"calibrate",     strange,
                                   "--scenario",    scenario,
                                   "--omb",         scratch.write(omb_result(), "omb.json"),
                                   "--samples",     "acknowledgement=" + (scratch.path() / "ack.csv").string(),
                                   "--evaluations", "3",
                                   "--trials",      "1"};
  const Answer shown = brokersim(command);
  CHECK(shown.exit_code == 0);
  CHECK(shown.err.empty());
  CHECK(shown.out.find("evaluations 3, cases 1, trials of each 1\n") != std::string::npos);
  CHECK(shown.out.find("service.produce.per_request") != std::string::npos);
  CHECK(shown.out.find(" of 8 within tolerance") != std::string::npos);  // p25 to p95 of both
  CHECK(shown.out.find("ack all topics") != std::string::npos);
  CHECK(shown.out.find("Left out, as the model cannot play them\n  " + strange + ": event \"reboot broker 1\"\n") !=
        std::string::npos);
  command.insert(command.end(), {"--out", out});
  const Answer written = brokersim(command);
  CHECK(written.exit_code == 0);
  CHECK(shown.out == written.out + "\nFor a scenario\n" + contents(out));
  const nlohmann::json fragment = nlohmann::json::parse(contents(out));
  CHECK(fragment["brokers"][0]["service"]["produce"].contains("per_request"));
  CHECK(fragment["clients"]["pauses"].contains("mean"));
  const Answer again = brokersim(command);
  CHECK(again.exit_code == 4);
  CHECK(again.err.find("E0608") != std::string::npos);
}

TEST_CASE("residuals: what is out of tolerance is marked, held-out cases stand apart") {
  CalibrationReport report;
  report.start = report.calibration.profile = *find_host_profile("measured-kafka-4.2");
  const Comparison near{"ack p", "p50", 20, 24, 5, false, {}}, far{"ack p", "p95", 30, 41, 10, false, {}};
  const Comparison bytes{"wire b1->b2", "bytes_per_s", 250'000, 251'000, 7500, true, {}};
  report.fitted = {{"one"}, {true}, {{near, far, bytes}}};
  report.held_out = {{"two"}, {false}, {{bytes}}};
  const std::string text = calibration_text(report);
  CHECK(text.find("\none: 2 of 3 within tolerance\n") != std::string::npos);
  CHECK(text.find("24 / 20") != std::string::npos);
  CHECK(text.find("41 / 30 *") != std::string::npos);
  CHECK(text.find("251000 / 250000\n") != std::string::npos);
  const std::size_t apart = text.find("\nHeld-out cases, predicted only: ");
  REQUIRE(apart != std::string::npos);
  CHECK(text.find("two: 1 of 1 within tolerance (latencies are not judged)", apart) != std::string::npos);
}

TEST_CASE("the fragment states the profile in a scenario's units") {
  const HostProfile& profile = *find_host_profile("measured-kafka-4.2");
  const nlohmann::json json = nlohmann::json::parse(scenario_fragment(profile));
  const nlohmann::json& service = json["brokers"][0]["service"];
  CHECK(service["network_thread"]["per_request"] == duration_text(profile.service.network_thread.per_request));
  CHECK(service["variation"] == profile.service.variation);
  CHECK(json["brokers"][0]["pauses"]["per_second"] == profile.pauses.per_second);
  CHECK(json["clients"]["receive"]["per_request"] == duration_text(profile.clients.receive.per_request));
}

}  // namespace
}  // namespace brokersim::test
