// SPDX-License-Identifier: Apache-2.0
// "protocols" and "primary_replica": what they mean, what is wrong with them, how they are written out.
#include <doctest/doctest.h>

#include "tests/scenario_file/scenario_support.hpp"

namespace brokersim::test {
namespace {

using namespace std::chrono_literals;

std::string with_protocols(const std::string& keys) {
  return replaced(small_scenario, "\"zones\": [\"a\", \"b\", \"c\"],\n  \"brokers\"",
                  keys + ", \"zones\": [\"a\", \"b\", \"c\"],\n  \"brokers\"");
}

Scenario read_with(const std::string& keys) {
  return read_scenario_text(with_protocols(keys), "x").scenario;
}

}  // namespace

TEST_CASE("Kafka alone is the default, and what is not asked about changes no hash") {
  const ScenarioDocument plain = read_scenario_text(small_scenario, "x");
  CHECK(plain.scenario.protocols == std::vector<Protocol>{Protocol::kafka});
  CHECK(plain.scenario.arms().size() == 2);
  CHECK(plain.effective_json.find("protocols") == std::string::npos);
  CHECK(read_scenario_text(with_protocols(R"("protocols": ["kafka"])"), "x").hash == plain.hash);
}

TEST_CASE("Arms are every protocol under every read policy") {
  const Scenario scenario = read_with(R"("protocols": ["kafka", "primary_replica"])");
  CHECK(scenario.arms() == std::vector<Arm>{{Protocol::kafka, ReadPolicy::leader},
                                            {Protocol::kafka, ReadPolicy::rack_aware},
                                            {Protocol::primary_replica, ReadPolicy::leader},
                                            {Protocol::primary_replica, ReadPolicy::rack_aware}});
  CHECK_FALSE(scenario.command_costs_stated);
  CHECK(scenario.world.primary_replica.wait_replicas == 0);
  CHECK(scenario.world.primary_replica.write.per_request == 10us);
}

TEST_CASE("Costs of commands and WAIT are read, and written out so that they read the same") {
  const std::string cost = R"({"per_request": "7us", "per_byte": "0.25ns"})";
  const std::string keys = R"("protocols": ["primary_replica"], "primary_replica": {"commands": {"write": )" + cost +
                           R"(, "apply": )" + cost + R"(, "read": )" + cost + R"(, "acknowledge": )" + cost +
                           R"(}, "wait": {"replicas": 2, "timeout": "30ms"}})";
  const ScenarioDocument document = read_scenario_text(with_protocols(keys), "x");
  const PrimaryReplicaSpec& spec = document.scenario.world.primary_replica;
  for (const WorkCost& command : {spec.write, spec.apply, spec.read, spec.acknowledge}) {
    CHECK(command.per_request == 7us);
    CHECK(command.picoseconds_per_byte == 250);
  }
  CHECK(spec.wait_replicas == 2);
  CHECK(spec.wait_timeout == 30ms);
  CHECK(document.scenario.command_costs_stated);
  const ScenarioDocument again = read_scenario_text(document.effective_json, "x");
  CHECK(again.hash == document.hash);
  CHECK(again.effective_json == document.effective_json);
  CHECK(read_scenario_text(with_protocols(replaced(keys, "30ms", "31ms")), "x").hash != document.hash);
}

TEST_CASE("What is wrong with a protocol is said with its place") {
  CHECK(answer(with_protocols(R"("protocols": ["redis"])"), "x.json") ==
        "exit 3\nerror E0318: x.json:4:17 at /protocols/0\n  found   \"redis\"\n"
        "  allowed one of \"kafka\", \"primary_replica\"\n");
  CHECK(answer(with_protocols(R"("protocols": ["kafka", "kafka"])"), "x.json") ==
        "exit 3\nerror E0401: x.json:4:26 at /protocols/1\n  found   \"kafka\" again, first at line 4, column 17\n"
        "  allowed each protocol once\n");
  CHECK(answer(with_protocols(R"("protocols": [])"), "x.json").find("error E0316: x.json:4:16 at /protocols") !=
        std::string::npos);
  CHECK(answer(with_protocols(R"("primary_replica": {"wait": {"timeout": "1s"}})"), "x.json").find("error E0304") !=
        std::string::npos);
  CHECK(answer(with_protocols(R"("primary_replica": {"wait": {"replicas": -1}})"), "x.json").find("error E0429") !=
        std::string::npos);
  CHECK(answer(with_protocols(R"("primary_replica": {"commands": {"xadd": {}}})"), "x.json").find("error E0302") !=
        std::string::npos);
}

TEST_CASE("Baselines are Kafka's alone (E0449)") {
  CHECK(answer(with_protocols(R"("protocols": ["kafka", "primary_replica"], "read_policies": ["leader", "oracle"])"),
               "x.json") ==
        "exit 3\nerror E0449: x.json:4:74 at /read_policies/1\n"
        "  found   \"oracle\", and the protocol primary_replica\n"
        "  allowed \"leader\", \"rack_aware\" under primary_replica\n"
        "  hint    compare baselines in a scenario of Kafka alone\n");
}

TEST_CASE("Faults are Kafka's alone (E0450)") {
  const std::string kill = R"(, "faults": [{"fault": "kill", "target": {"broker": 1}, "at": "1s"}])";
  const std::string both = with_protocols(R"("protocols": ["kafka", "primary_replica"])" + kill);
  CHECK(answer(both, "x.json") ==
        "exit 3\nerror E0450: x.json:4:57 at /faults/0\n"
        "  found   a fault, and the protocol primary_replica\n"
        "  allowed faults in a scenario of Kafka alone\n"
        "  hint    --set /protocols=[\"kafka\"], or leave the faults out\n");
  CHECK(answer(replaced(both, "\"kafka\", ", ""), "x.json").find("  hint    leave the faults out\n") !=
        std::string::npos);
  CHECK(answer(with_protocols(R"("protocols": ["kafka"])" + kill), "x.json").find("exit 0") == 0);
  CHECK(answer(with_protocols(R"("protocols": ["primary_replica"], "faults": [])"), "x.json").find("exit 0") == 0);
}

TEST_CASE("Nobody can wait for more replicas than there are (E0447)") {
  const std::string keys = R"("protocols": ["primary_replica"], "primary_replica": {"wait": {"replicas": 3}})";
  CHECK(answer(with_protocols(keys), "x.json") ==
        "exit 3\nerror E0447: x.json:4:78 at /primary_replica/wait/replicas\n"
        "  found   3, but topic orders has 2 besides its primary\n"
        "  allowed at most replication_factor - 1 of every topic\n");
  CHECK(answer(with_protocols(replaced(keys, "3", "2")), "x.json").find("exit 0") == 0);
  // Where nobody speaks the protocol its settings do not matter.
  CHECK(answer(with_protocols(replaced(keys, "[\"primary_replica\"]", "[\"kafka\"]")), "x.json").find("exit 0") == 0);
}

}  // namespace brokersim::test
