// SPDX-License-Identifier: Apache-2.0
// Two protocols side by side: four arms in the same tables, and Kafka's figures as they are without the other.
#include <doctest/doctest.h>

#include <map>

#include "sim/figures/broker_columns.hpp"
#include "sim/scenario/run.hpp"
#include "small_scenario.hpp"

namespace brokersim::test {
namespace {

nlohmann::json both_protocols() {
  nlohmann::json scenario = small_scenario();
  scenario["protocols"] = {"kafka", "primary_replica"};
  return scenario;
}

nlohmann::json answer_of(const nlohmann::json& scenario) {
  const ScratchDirectory scratch;
  const Answer answer = brokersim({"compare", scratch.write(scenario), "--format", "json"});
  REQUIRE(answer.exit_code == 0);
  return nlohmann::json::parse(answer.out);
}

/// Estimates by "metric arm"; null where there is none.
std::map<std::string, nlohmann::json> estimates(const nlohmann::json& document) {
  std::map<std::string, nlohmann::json> found;
  for (const nlohmann::json& row : document.at("summary")) {
    found[row.at("metric").get<std::string>() + " " + row.at("arm").get<std::string>()] = row.at("estimate");
  }
  return found;
}

}  // namespace

TEST_CASE("Kafka's figures do not change because another protocol is compared") {
  const auto alone = estimates(answer_of(small_scenario()));
  const auto both = estimates(answer_of(both_protocols()));
  int compared = 0;
  for (const auto& [row, estimate] : alone) {
    if (row.ends_with(" change")) continue;
    REQUIRE(both.contains(row));
    CHECK(both.at(row) == estimate);
    CHECK(both.contains(row.substr(0, row.find(' ')) + " primary_replica.leader"));
    ++compared;
  }
  CHECK(compared > 100);
}

TEST_CASE("The parts of the chain are there for every arm: means that add up, and quantiles") {
  const auto rows = estimates(answer_of(both_protocols()));
  for (const std::string arm : {"leader", "rack_aware", "primary_replica.leader", "primary_replica.rack_aware"}) {
    double sum = 0;
    for (const char* part : latency_part_names) {
      const std::string name = std::string("delivery_part_") + part;
      sum += rows.at(name + " " + arm).get<double>();
      CHECK(rows.at(name + "_p50 " + arm).get<double>() <= rows.at(name + "_p99 " + arm).get<double>());
    }
    CHECK(sum == doctest::Approx(rows.at("delivery_mean " + arm).get<double>()).epsilon(1e-6));
  }
  CHECK(rows.at("delivery_part_replication primary_replica.rack_aware") == 0);
  CHECK(rows.at("delivery_part_replication rack_aware") > 0);
  CHECK(rows.at("waits_expired primary_replica.leader") == 0);
}

TEST_CASE("A node's one command thread is measured by itself, not by Kafka's eight") {
  const ScratchDirectory scratch;
  const Scenario scenario = read_scenario_file(scratch.write(both_protocols())).scenario;
  const TrialResult trial = run_trial(scenario, place_partitions(scenario),
                                      {Protocol::primary_replica, ReadPolicy::leader}, 0, *scenario.warm_up);
  const Utilization use = utilization(trial.loads, scenario.world.brokers, Protocol::primary_replica, 3);
  const auto thread = static_cast<std::size_t>(BrokerResource::io_threads);
  const BrokerLoad load = trial.loads.total(BrokerIndex{0});
  CHECK(use.busy[thread] == doctest::Approx(seconds(load.busy[thread]) / 3));
  CHECK(use.busy[thread] > 0);
  CHECK(use.busy[static_cast<std::size_t>(BrokerResource::network_threads)] == 0);
}

TEST_CASE("The screen names both protocols, says what makes the difference, and what is assumed") {
  const ScratchDirectory scratch;
  const Answer answer = brokersim({"compare", scratch.write(both_protocols())});
  REQUIRE(answer.exit_code == 0);
  CHECK(answer.out.rfind("Read at a follower, a record is delivered ", 0) == 0);
  for (const char* text : {"leader-only", "follower reads", "primary reads", "replica reads", "command thread",
                           "of delivery mean: propagation", "The costs of primary_replica's commands are assumed",
                           "Redis Cluster: READONLY"}) {
    CAPTURE(text);
    CHECK(answer.out.find(text) != std::string::npos);
  }
  const Answer one = brokersim({"run", scratch.write(both_protocols()), "--set", "/protocols=[\"primary_replica\"]"});
  REQUIRE(one.exit_code == 0);
  CHECK(one.out.rfind("Primary reads: the busiest broker sends ", 0) == 0);
}

TEST_CASE("Results of both protocols are written, and repeat to the byte on any number of threads") {
  const ScratchDirectory scratch;
  const std::string file = scratch.write(both_protocols());
  const auto fingerprint = [&](const std::string& threads) {
    const std::string out = (scratch.path() / ("out" + threads)).string();
    REQUIRE(brokersim({"compare", file, "--threads", threads, "--out", out}).exit_code == 0);
    std::ifstream manifest(out + "/manifest.json");
    return nlohmann::json::parse(manifest).at("fingerprint");
  };
  CHECK(fingerprint("1") == fingerprint("3"));
}

}  // namespace brokersim::test
