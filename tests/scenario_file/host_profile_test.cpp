// SPDX-License-Identifier: Apache-2.0
// Host profiles, software costs of clients and brokers, packet size and controller in a scenario file.
#include "sim/scenario/host_profile.hpp"

#include <doctest/doctest.h>

#include "tests/scenario_file/scenario_support.hpp"

namespace brokersim::test {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

/// small_scenario with `more` at the top level and `broker` in its entry of brokers.
std::string with_profile(const std::string& more, const std::string& broker = "") {
  const std::string text = replaced(small_scenario, "\"duration\"", more + (more.empty() ? "" : ", ") + "\"duration\"");
  return replaced(text, "\"first_id\"", broker + (broker.empty() ? "" : ", ") + "\"first_id\"");
}

const std::string profiled = R"("host_profile": "measured-kafka-4.2")";

const HostProfile& measured() {
  const HostProfile* profile = find_host_profile("measured-kafka-4.2");
  REQUIRE(profile != nullptr);
  return *profile;
}

bool is(const WorkCost& a, const WorkCost& b) {
  return a.per_request == b.per_request && a.picoseconds_per_byte == b.picoseconds_per_byte;
}

bool is(const PauseSpec& a, const PauseSpec& b) {
  return a.per_second == b.per_second && a.mean == b.mean;
}

/// What was read must be written so that it reads back to the same meaning.
Scenario read_and_back(const std::string& text) {
  const ScenarioDocument document = read_scenario_text(text, "x.json");
  const ScenarioDocument again = read_scenario_text(document.effective_json, "x.json");
  CHECK(again.hash == document.hash);
  CHECK(again.effective_json == document.effective_json);
  return again.scenario;
}

void check_all_measured(const Scenario& scenario) {
  for (const BrokerSpec& broker : scenario.world.brokers) {
    CHECK(is(broker.service.network_thread, measured().service.network_thread));
    CHECK(is(broker.service.produce, measured().service.produce));
    CHECK(is(broker.service.fetch, measured().service.fetch));
    CHECK(is(broker.service.replica_append, measured().service.replica_append));
    CHECK(broker.service.variation == measured().service.variation);
    CHECK(is(broker.pauses, measured().pauses));
  }
  CHECK(is(scenario.world.clients.send, measured().clients.send));
  CHECK(is(scenario.world.clients.receive, measured().clients.receive));
  CHECK(scenario.world.clients.variation == measured().clients.variation);
  CHECK(is(scenario.world.clients.pauses, measured().clients.pauses));
}

}  // namespace

TEST_CASE("A host profile gives brokers and clients their costs, and what is written has them in full") {
  const Scenario scenario = read_scenario_text(with_profile(profiled), "x.json").scenario;
  CHECK(scenario.host_profile == "measured-kafka-4.2");
  CHECK(scenario.service_costs_stated);
  CHECK_FALSE(scenario.host_profile_changed);
  check_all_measured(scenario);
  check_all_measured(read_and_back(with_profile(profiled)));
}

TEST_CASE("What the file states takes precedence over the profile, key by key") {
  const std::string text =
      with_profile(profiled + R"(, "clients": {"receive": {"per_request": "3us"}, "pauses": {"per_second": 0}})",
                   R"("service": {"produce": {"per_request": "2ms"}, "variation": 0}, "pauses": {"per_second": 0.5})");
  CHECK(read_scenario_text(text, "x.json").scenario.host_profile_changed);
  const WorldSpec world = read_and_back(text).world;
  const BrokerSpec& broker = world.brokers[2];
  CHECK(broker.service.produce.per_request == milliseconds{2});
  CHECK(broker.service.variation == 0);
  CHECK(is(broker.service.fetch, measured().service.fetch));
  CHECK(is(broker.service.replica_append, measured().service.replica_append));
  CHECK(broker.pauses.per_second == 0.5);
  CHECK(broker.pauses.mean == measured().pauses.mean);
  CHECK(world.clients.receive.per_request == microseconds{3});
  CHECK(is(world.clients.send, measured().clients.send));
  CHECK(world.clients.variation == measured().clients.variation);
  CHECK(world.clients.pauses.per_second == 0);
}

TEST_CASE("Every cost can be stated without a profile, as can the packet size and the controller's zone") {
  const std::string text = with_profile(
      R"("network": {"mtu": 9000}, "controller": {"zone": "b"}, "clients": {"send": {"per_request": "7us", "per_byte": "0.5ns"},
         "receive": {"per_request": "9us"}, "variation": 0.25, "pauses": {"per_second": 2.5, "mean": "4ms"}})",
      R"("service": {"replica_append": {"per_request": "11us", "per_byte": "2ns"}, "variation": 1000},
         "pauses": {"per_second": 0.000001, "mean": "10s"})");
  CHECK_FALSE(read_scenario_text(text, "x.json").scenario.service_costs_stated);
  const WorldSpec world = read_and_back(text).world;
  CHECK(world.network.mtu == 9000);
  REQUIRE(world.controller.has_value());
  CHECK(world.controller->value == 1);
  CHECK(is(world.clients.send, {microseconds{7}, 500}));
  CHECK(is(world.clients.receive, {microseconds{9}, 0}));
  CHECK(world.clients.variation == 0.25);
  CHECK(is(world.clients.pauses, {2.5, milliseconds{4}}));
  CHECK(is(world.brokers[0].service.replica_append, {microseconds{11}, 2000}));
  CHECK(world.brokers[0].service.variation == 1000);
  CHECK(is(world.brokers[0].pauses, {0.000001, std::chrono::seconds{10}}));
}

TEST_CASE("Brokers that differ in a new key alone are written apart") {
  for (const std::string difference :
       {R"("service": {"replica_append": {"per_request": "1us"}})", R"("service": {"variation": 1})",
        R"("pauses": {"per_second": 1, "mean": "1ms"})"}) {
    CAPTURE(difference);
    const std::string text = replaced(small_scenario, R"([{"count": 3, "zones": ["a", "b", "c"], "first_id": 1}])",
                                      R"([{"count": 2, "zones": ["a", "b"]}, {"zone": "c", )" + difference + "}]");
    const std::string alike = replaced(text, ", " + difference, "");
    CHECK(read_scenario_text(text, "x.json").hash != read_scenario_text(alike, "x.json").hash);
    read_and_back(text);
  }
}

TEST_CASE("What is at its default is not written, so that hashes of older scenarios stay") {
  const std::string defaults = with_profile(
      R"("network": {"mtu": 1500}, "clients": {"send": {"per_request": 0, "per_byte": 0}, "variation": 0})",
      R"("service": {"replica_append": {"per_request": 0}, "variation": 0}, "pauses": {"per_second": 0, "mean": "5ms"})");
  CHECK(read_scenario_text(defaults, "x.json").hash == read_scenario_text(small_scenario, "x.json").hash);
}

TEST_CASE("A profile that is not known is refused with the ones that are") {
  CHECK(answer(with_profile(R"("host_profile": "measured-kafka-4.1")"), "x") ==
        "exit 3\nerror E0318: x:3:19 at /host_profile\n  found   \"measured-kafka-4.1\"\n"
        "  allowed one of \"measured-kafka-4.2\"\n  hint    did you mean \"measured-kafka-4.2\"?\n");
  CHECK(answer(with_profile(R"("host_profile": 4.2)"), "x").find("E0305") != std::string::npos);
}

TEST_CASE("What is wrong with costs, pauses, packet size or controller is told with its place") {
  const auto refused = [](const std::string& text, const std::string& code, const std::string& pointer) {
    const std::string said = answer(text, "x");
    CAPTURE(said);
    CHECK(said.find("error " + code + ": ") != std::string::npos);
    CHECK(said.find(" at " + pointer + "\n") != std::string::npos);
  };
  const auto of_service = [](const std::string& key) { return with_profile("", "\"service\": {" + key + "}"); };
  refused(of_service(R"("variation": 1000.5)"), "E0429", "/brokers/0/service/variation");
  refused(of_service(R"("variation": -1)"), "E0429", "/brokers/0/service/variation");
  refused(of_service(R"("replica_append": {"per_request": "11s"})"), "E0429",
          "/brokers/0/service/replica_append/per_request");
  const auto of_pauses = [](const std::string& keys) { return with_profile("", "\"pauses\": {" + keys + "}"); };
  refused(of_pauses(R"("per_second": 1000.5, "mean": "1ms")"), "E0429", "/brokers/0/pauses/per_second");
  refused(of_pauses(R"("per_second": 0.0000009, "mean": "1ms")"), "E0429", "/brokers/0/pauses/per_second");
  refused(of_pauses(R"("per_second": -1, "mean": "1ms")"), "E0429", "/brokers/0/pauses/per_second");
  refused(of_pauses(R"("per_second": 1, "mean": 0)"), "E0429", "/brokers/0/pauses/mean");
  refused(of_pauses(R"("per_second": 1, "mean": "11s")"), "E0429", "/brokers/0/pauses/mean");
  refused(of_pauses(R"("per_second": 1)"), "E0304", "/brokers/0/pauses/mean");
  refused(of_pauses(R"("mean": "1ms")"), "E0304", "/brokers/0/pauses/per_second");
  refused(with_profile(R"("clients": {"send": "5us"})"), "E0305", "/clients/send");
  refused(with_profile(R"("clients": {"fetch": {}})"), "E0303", "/clients/fetch");
  refused(with_profile(R"("clients": {"variation": 1001})"), "E0429", "/clients/variation");
  refused(with_profile(R"("network": {"mtu": 575})"), "E0429", "/network/mtu");
  refused(with_profile(R"("network": {"mtu": 65536})"), "E0429", "/network/mtu");
  refused(with_profile(R"("network": {"mtu": "1500B"})"), "E0305", "/network/mtu");
  refused(with_profile(R"("controller": {"zone": "d"})"), "E0404", "/controller/zone");
  refused(with_profile(R"("controller": {})"), "E0304", "/controller/zone");
}

}  // namespace brokersim::test
