// SPDX-License-Identifier: Apache-2.0
// `brokersim whatif`: who is killed and when, what is said of it, and the command as a whole.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "sim/cli/mitigations.hpp"
#include "sim/cli/whatif_mitigations.hpp"
#include "sim/cli/whatif_text.hpp"
#include "sim/random/stream.hpp"
#include "sim/scenario_file/scenario_json.hpp"
#include "small_scenario.hpp"

namespace brokersim::test {
namespace {

using namespace std::chrono_literals;
using Who = KillWish::Who;

/// Zones a, b, c with brokers 1 to 3; three partitions, led by brokers 1, 1 and 3.
Scenario three_brokers() {
  Scenario scenario = read_scenario_text(small_scenario().dump(), "small.json").scenario;
  scenario.world.topics[0].replicas = {
      {BrokerIndex{0}, BrokerIndex{1}}, {BrokerIndex{0}, BrokerIndex{2}}, {BrokerIndex{2}, BrokerIndex{1}}};
  return scenario;
}

std::vector<Victim> victims(const std::vector<KillWish>& kills, std::optional<Duration> restart = {}) {
  WhatIfOptions wishes;
  wishes.kills = kills;
  wishes.restart = restart;
  const Scenario scenario = three_brokers();
  return victims_of(scenario, place_partitions(scenario), wishes, {30s, 60s});
}

LossFigures harmless(std::int32_t broker, double busy) {
  LossFigures figures;
  figures.applied = true;
  figures.fullest = Bottleneck{broker, "NIC out", busy, {}};
  figures.peak_to_mean = 1.25;
  figures.unwritable = 0.031;
  figures.longest_outage_seconds = 9;
  figures.produce_p99 = figures.delivery_p99 = 8.5;
  figures.time_to_balance = 12;
  return figures;
}

/// Brokers 1 and 2 of three were killed, under both policies.
WhatIfStudy study_of(const std::vector<std::vector<LossFigures>>& arms) {
  WhatIfStudy study;
  study.document.scenario = three_brokers();
  study.arms = {ReadPolicy::leader, ReadPolicy::rack_aware};
  study.times = {30s, 60s};
  for (std::size_t i = 0; i < arms.size(); ++i) {
    Victim victim;
    victim.name = "broker " + std::to_string(i + 1);
    victim.fault = "kill " + victim.name + " at 30s";
    study.rows.push_back({victim, 0, arms[i]});
  }
  return study;
}

std::string answer_of(const std::vector<std::vector<LossFigures>>& arms) {
  return whatif_answers(study_of(arms)).at(0);
}

std::vector<Mitigation> mitigations(const std::vector<std::string>& texts) {
  std::vector<Mitigation> all;
  for (const std::string& text : texts) add_mitigation({"--mitigation", text, 9}, text, all);
  return all;
}

/// The row of a mitigation under leader-only reads: cells by column.
std::map<std::string, std::string> row_of(const std::string& csv, const std::string& mitigation) {
  std::istringstream lines(csv);
  std::string line;
  const auto cells = [&] {
    std::vector<std::string> texts(1);
    for (const char c : line) c == ',' ? static_cast<void>(texts.emplace_back()) : texts.back().push_back(c);
    return texts;
  };
  std::getline(lines, line);
  const std::vector<std::string> head = cells();
  while (std::getline(lines, line)) {
    const std::vector<std::string> values = cells();
    std::map<std::string, std::string> row;
    REQUIRE(values.size() == head.size());
    for (std::size_t i = 0; i < head.size(); ++i) row[head[i]] = values[i];
    if (row["mitigation"] == mitigation && row["read_policy"] == "leader") return row;
  }
  return {};
}

std::vector<std::string> with_kills(const std::string& file, std::vector<std::string> more) {
  more.insert(more.begin(), {"whatif", file});
  return more;
}

}  // namespace

TEST_CASE("each-broker is every broker in the order of ids, each-zone every zone with its brokers") {
  const std::vector<Victim> brokers = victims({{Who::each_broker}});
  REQUIRE(brokers.size() == 3);
  CHECK(brokers[0].name == "broker 1");
  CHECK(brokers[0].fault == "kill broker 1 at 30s");
  CHECK(brokers[0].leaders == 2);
  CHECK(brokers[1].leaders == 0);
  const std::vector<Victim> zones = victims({{Who::each_zone}}, 45s);
  REQUIRE(zones.size() == 3);
  CHECK(zones[2].name == "zone c");
  CHECK(zones[2].fault == "kill broker 3 at 30s for 45s");
}

TEST_CASE("top:N is the brokers that lead most partitions; nobody is killed twice") {
  const std::vector<Victim> top = victims({{Who::top_brokers, "2", 2}, {Who::broker, "3"}, {Who::broker, "2"}});
  REQUIRE(top.size() == 3);
  CHECK(top[0].name == "broker 1");
  CHECK(top[1].name == "broker 3");
  CHECK(top[2].name == "broker 2");
  CHECK(victims({{Who::top_brokers, "3", 3}}).size() == 3);
}

TEST_CASE("all of a zone's brokers stop in one fault") {
  nlohmann::json json = small_scenario();
  json["brokers"] = {{{"count", 6}, {"zones", {"a", "b", "c"}}, {"first_id", 1}}};
  const Scenario scenario = read_scenario_text(json.dump(), "small.json").scenario;
  WhatIfOptions wishes;
  wishes.kills = {{Who::zone, "b"}};
  const std::vector<Victim> zone = victims_of(scenario, place_partitions(scenario), wishes, {30s, 60s});
  REQUIRE(zone.size() == 1);
  CHECK(zone[0].fault == "kill brokers 2,5 at 30s");
}

TEST_CASE("the kill comes after the warm-up and two windows, and is watched for half a minute, or as said") {
  Scenario scenario;
  scenario.duration = 100s;
  scenario.window = 10s;
  const auto times = [&](WhatIfOptions wishes, Duration warm_up) { return kill_times(scenario, wishes, warm_up); };
  CHECK(times({}, 10s).at == 30s);
  CHECK(times({}, 10s).duration == 100s);  // 70 s are left of it
  CHECK(times({}, 80s).duration == 130s);
  scenario.window = 1s;
  CHECK(times({}, 1500ms).at == 7s);  // whole seconds
  WhatIfOptions wishes;
  wishes.restart = 200s;
  CHECK(times(wishes, 10s).duration == 15s + 200s + 60s);
  wishes.at = 20s;
  wishes.watch = 40s;
  CHECK(times(wishes, 10s).at == 20s);
  CHECK(times(wishes, 10s).duration == 60s);
}

TEST_CASE("the answer says yes with what is worst, or who cannot go and why") {
  CHECK(answer_of({{harmless(3, 0.61), harmless(2, 0.4)}, {harmless(1, 0.3), harmless(1, 0.5)}}) ==
        "Can I lose a broker? Yes: 2 of the 3 were killed on their own. No acknowledged record is lost and every "
        "partition is served again, after 9.00 s at the latest (without broker 1); the fullest resource then is broker "
        "3's NIC out, 61 % busy (without broker 1, leader-only).");
  LossFigures full = harmless(3, 0.97), lossy = harmless(3, 0.5), stuck = harmless(3, 0.5);
  lossy.lost_acks_all = 12;
  lossy.lost_acks_1 = 3;
  lossy.failed = 1;
  stuck.recovered = false;
  CHECK(
      answer_of({{full, harmless(3, 0.6)}, {harmless(1, 0.3), harmless(1, 0.5)}}) ==
      "Can I lose a broker? It depends on who answers reads: 2 of the 3 were killed on their own. leader-only: 1 of 2 "
      "cannot go: broker 1 (broker 3's NIC out 97 % busy). follower reads: every one of them can go.");
  CHECK(
      answer_of({{lossy, stuck}, {harmless(1, 0.3), harmless(1, 0.5)}}) ==
      "Can I lose a broker? Not every one: 2 of the 3 were killed on their own. leader-only: 1 of 2 cannot go: broker "
      "1 (12 records lost though acknowledged with acks=all, 3 records lost that acks=1 had acknowledged, 1 record "
      "given up). follower reads: 1 of 2 cannot go: broker 1 (partitions out of service to the end).");
  CHECK(answer_of({{full, stuck}}).find("Can I lose a broker? No: 1 of the 3 was killed on its own. ") == 0);
}

TEST_CASE("the answer counts only who was killed, and names the scenario's own faults") {
  WhatIfStudy study = study_of({{harmless(3, 0.6), harmless(2, 0.4)}, {LossFigures{}, LossFigures{}}});
  study.document.scenario.world.faults.resize(1);
  CHECK(whatif_answers(study).at(0).find("Can I lose a broker? Yes: 1 of the 3 was killed on its own, beside the "
                                         "scenario's own faults (broker 2 was down by then). ") == 0);
  study.rows.erase(study.rows.begin());
  CHECK(whatif_answers(study).at(0) ==
        "Can I lose a broker? Not tested: none was killed, beside the scenario's own faults (broker 2 was down by "
        "then).");
}

TEST_CASE("the table has two lines a victim, the CSV a row, and every cell of both") {
  LossFigures never = harmless(3, 0.97);
  never.delivery_censored = true;
  never.balanced = false;
  never.time_to_balance.reset();
  const WhatIfStudy study = study_of({{harmless(3, 0.61), never}, {harmless(2, 0.5), {}}});
  const std::string screen = whatif_screen(study, "mine.json", false);
  CHECK(screen.find("3 NIC out 97 %") != std::string::npos);
  CHECK(screen.find("never") != std::string::npos);
  CHECK(screen.find("> 30.0 s") != std::string::npos);
  CHECK(screen.find("down by then") != std::string::npos);
  CHECK(screen.find("brokersim compare mine.json --fault 'kill broker 1 at 30s' --set /duration=60s") !=
        std::string::npos);
  const std::string csv = whatif_csv(study);
  CHECK(csv.find(
            "broker 1,0,leader,true,3,NIC out,0.61,1.25,0.031,0,9,true,8.5,8.5,0,0,0,12,\"kill broker 1 at 30s\"\n") !=
        std::string::npos);
  CHECK(csv.find("broker 1,0,rack_aware,false,3,NIC out,0.97,1.25,0.031,0,9,true,8.5,,0,0,0,,\"") != std::string::npos);
  for (std::size_t line = 0, commas = 0; line < csv.size();) {  // as many cells in every row; no fault here has a comma
    const std::string row = csv.substr(line, csv.find('\n', line) - line);
    const auto here = static_cast<std::size_t>(std::count(row.begin(), row.end(), ','));
    if (line > 0) CHECK(here == commas);
    commas = here;
    line += row.size() + 1;
  }
}

TEST_CASE("the command answers in words and rows, the same on any number of threads") {
  const ScratchDirectory scratch;
  nlohmann::json scenario = small_scenario();
  scenario["trials"] = 2;
  const std::string file = scratch.write(scenario);
  const std::string rows = (scratch.path() / "rows.csv").string();
  const Answer one = brokersim(with_kills(file, {"--kill", "each-broker,zone:b", "--threads", "1", "--out", rows}));
  CHECK(one.exit_code == 0);
  CHECK(one.err.empty());
  CHECK(one.out.find("Can I lose a broker? Yes: each of the 3 was killed on its own.") == 0);
  CHECK(one.out.find("Can I lose a zone? Yes: 1 of the 3 was killed on its own.") != std::string::npos);
  CHECK(one.out.find("Killed at 6s, for good; runs of 36s, 2 trials, seed 5.") != std::string::npos);
  const Answer four = brokersim(with_kills(file, {"--kill", "each-broker,zone:b", "--threads", "4"}));
  CHECK(four.out == one.out);
  const Answer csv = brokersim(with_kills(file, {"--kill", "each-broker,zone:b", "--format", "csv"}));
  CHECK(csv.out == contents(rows));
  CHECK(std::count(csv.out.begin(), csv.out.end(), '\n') == 1 + 4 * 2);
  // There is an outage: broker 1 leads a partition, and 9 s pass until the controller notices (L-16, L-17), from which
  // at most a heartbeat interval is off.
  CHECK(csv.out.find(",true,") != std::string::npos);
  // One broker less, twice the same: broker 2 is all of zone b.
  const auto of_broker = csv.out.find("\nbroker 2,"), of_zone = csv.out.find("\nzone b,");
  REQUIRE(of_broker != std::string::npos);
  REQUIRE(of_zone != std::string::npos);
  const auto first_row = [&](std::size_t at, std::size_t name) {
    return csv.out.substr(at + name, csv.out.find('\n', at + 1) - at - name);
  };
  CHECK(first_row(of_broker, 9) == first_row(of_zone, 7));
}

TEST_CASE("a mitigation is a setting of the controller, or an election by hand, and each is run once") {
  const std::vector<Mitigation> all =
      mitigations({"none", "auto", "auto:120s", "zookeeper:60s", "by-hand:1.5s", "auto:2min", "none"});
  REQUIRE(all.size() == 5);
  CHECK(all[2].name == "auto:120s");
  CHECK(all[4].name == "by-hand:1500ms");
  ControlPlaneSpec stated;
  stated.leader_imbalance_check_interval = 30s;
  stated.leader_imbalance_percentage = 40;
  const auto with = [&](std::size_t which, ControlPlaneSpec spec) {
    apply_mitigation(all[which], spec);
    return spec;
  };
  CHECK_FALSE(with(0, stated).auto_leader_rebalance);
  CHECK(with(1, stated).leader_imbalance_check_interval == 30s);
  CHECK(with(1, stated).leader_imbalance_percentage == 40);
  CHECK(with(2, stated).leader_imbalance_check_interval == 120s);
  CHECK_FALSE(with(2, stated).leader_imbalance_percentage.has_value());  // KRaft has no threshold (L-12)
  CHECK(with(3, stated).leader_imbalance_percentage == 40);
  CHECK(with(3, {}).leader_imbalance_percentage == 10);  // Kafka's default (L-13)
  CHECK_FALSE(with(4, stated).auto_leader_rebalance);
  CHECK(election_text(all[4], 50s) == "elect preferred leaders at 51500ms");
  for (std::size_t m = 0; m < 4; ++m) CHECK(election_text(all[m], 50s).empty());
  // The runs are long enough for the slowest: the scenario's interval counts where it is asked about.
  CHECK(longest_wait(mitigations({"none", "by-hand:90s"}), stated) == 90s);
  CHECK(longest_wait(mitigations({"none", "auto", "by-hand:20s"}), stated) == 30s);
  CHECK(longest_wait({}, stated) == 0s);
}

TEST_CASE("leaders are back when the rule of each mitigation says") {
  // Killed at 6 s, started again at 26 s; 5 s of start-up and a 10 ms heartbeat later broker 1 is fenced no more, and
  // within its next fetches in sync: at 31 s to 33 s.
  const ScratchDirectory scratch;
  nlohmann::json scenario = small_scenario();
  scenario["trials"] = 1;
  scenario["control_plane"] = {{"config", {{"leader.imbalance.check.interval.seconds", 7}}}};
  std::vector<std::string> ask{
      "--kill", "broker:1", "--at", "6s",           "--restart",
      "20s",    "--format", "csv",  "--mitigation", "none,auto,auto:60s,zookeeper:10s,by-hand:20s,by-hand:1s"};
  const auto asked = [&] { return brokersim(with_kills(scratch.write(scenario), ask)); };
  const Answer answer = asked();
  CAPTURE(answer.err);
  REQUIRE(answer.exit_code == 0);
  CHECK(std::count(answer.out.begin(), answer.out.end(), '\n') == 1 + 6 * 2);
  const auto balanced = [&](const std::string& mitigation) {
    return std::stod(row_of(answer.out, mitigation)["leader_time_to_balance_s"]);
  };
  // A decision is committed within the append linger of 25 ms (L-26) and the way to the controller and back.
  constexpr double commit = 0.05;
  const auto on_grid = [&](Duration interval) {  // L-11: since the controller became active, before the run
    RandomStream phase(RandomSource{.seed = 5}, "controller clocks", "");
    const Duration active_for = phase.within(300s);
    Duration pass = interval - active_for % interval;
    while (pass < 31s) pass += interval;
    REQUIRE(pass > 33s);
    return std::chrono::duration<double>(pass - 6s).count();
  };
  CHECK(balanced("auto") >= on_grid(7s));
  CHECK(balanced("auto") <= on_grid(7s) + commit);
  CHECK(balanced("auto:60s") >= on_grid(60s));
  CHECK(balanced("auto:60s") <= on_grid(60s) + commit);
  CHECK(balanced("zookeeper:10s") >= 35 - 6);  // 5 s into the run, and every interval from then on (L-13)
  CHECK(balanced("zookeeper:10s") <= 35 - 6 + commit);
  CHECK(balanced("by-hand:20s") >= 46 - 6);  // 20 s after the restart, whatever the interval is
  CHECK(balanced("by-hand:20s") <= 46 - 6 + commit);
  // Too early, and nobody does it again; or never.
  for (const char* mitigation : {"none", "by-hand:1s"}) {
    std::map<std::string, std::string> row = row_of(answer.out, mitigation);
    CAPTURE(mitigation);
    CHECK(row["leader_time_to_balance_s"].empty());
    CHECK(row["elections_after"] == "0");
    CHECK(row["unwritable_after_s"] == "0");
    CHECK(row["unreadable_after_s"] == "0");
  }
  for (const char* mitigation : {"auto", "zookeeper:10s", "by-hand:20s"}) {
    std::map<std::string, std::string> row = row_of(answer.out, mitigation);
    CAPTURE(mitigation);
    CHECK(row["elections_after"] == row["leaders"]);  // every partition that it led comes back, once
    // The old leader stops when it has applied the change, and clients look for the new one: at once, and again after
    // retry.backoff.ms of 100 ms while it has not applied it yet (K-9).
    CHECK(std::stod(row["unwritable_after_s"]) > 0);
    CHECK(std::stod(row["unwritable_after_s"]) < 0.5 * std::stod(row["leaders"]));
  }
  // Uneven for longer, more of it.
  const auto excess = [&](const std::string& mitigation) {
    return std::stod(row_of(answer.out, mitigation)["excess_bytes"]);
  };
  CHECK(excess("none") > excess("by-hand:20s"));
  CHECK(excess("by-hand:20s") > excess("zookeeper:10s"));
  CHECK(excess("zookeeper:10s") > 0);

  // All of broker 1's partitions are led by others, which is 100 %, and not above: ZooKeeper's rule lets them be
  // (L-13).
  scenario["control_plane"]["config"]["leader.imbalance.per.broker.percentage"] = 100;
  ask.back() = "auto,auto:60s,zookeeper:10s";
  const Answer patient = asked();
  CHECK(row_of(patient.out, "auto")["leader_time_to_balance_s"].empty());
  CHECK(row_of(patient.out, "zookeeper:10s")["leader_time_to_balance_s"].empty());
  CHECK(row_of(patient.out, "auto:60s")["leader_time_to_balance_s"] ==
        row_of(answer.out, "auto:60s")["leader_time_to_balance_s"]);
}

TEST_CASE("with mitigations the screen says first which is back first and what it costs") {
  const auto figures = [](std::optional<double> leaders, std::optional<double> load, double excess) {
    LossFigures of = harmless(3, 0.5);
    of.leader_time_to_balance = leaders;
    of.time_to_balance = load;
    of.balanced = load.has_value();
    of.excess_bytes = excess;
    of.busiest_after = Bottleneck{2, "network threads", 0.25, {}};
    of.elections_after = leaders ? 4 : 0;
    of.unwritable_after_seconds = leaders ? 0.25 : 0;
    of.unreadable_after_seconds = leaders ? 0.5 : 0;
    return of;
  };
  WhatIfStudy study = study_of({{figures({}, {}, 3e9), figures({}, 0, 9e8)},
                                {figures(66, 69, 1e9), figures(66, 0, 1e8)},
                                {figures(50, 61, 2e9), figures(50, 0, 1e8)}});
  study.wishes.restart = 10s;
  study.wishes.mitigations = mitigations({"none", "auto:60s", "by-hand:30s"});
  study.times.duration = 130s;
  for (std::size_t r = 0; r < 3; ++r) {
    study.rows[r].mitigation = r;
    study.rows[r].victim = study.rows[0].victim;
  }
  CHECK(
      mitigation_answer(study) ==
      "Back in balance first: by-hand:30s, 61.0 s after the kill at the latest (leaders 50.0 s, load 61.0 s). It costs "
      "4 elections after the restart with 500 ms of partition-time out of service, and until then the busiest broker "
      "sends 2.00 GB above its share. Then auto:60s 69.0 s (1.00 GB). Not back within 100s: none.");
  const std::string screen = whatif_screen(study, "mine.json", false);
  CHECK(screen.find("Back in balance first: by-hand:30s") == 0);
  CHECK(screen.find("Without broker 1, follower reads\n") != std::string::npos);
  CHECK(screen.find("by-hand:30s   50.0 s   61.0 s  2.00 GB  3 NIC out 50 %  2 network 25 %  500 ms     8.50 s\n") !=
        std::string::npos);
  CHECK(screen.find("> 100 s  > 100 s") != std::string::npos);
  std::istringstream lines(screen);
  for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 100);
  study.rows.resize(1);
  CHECK(mitigation_answer(study) == "No mitigation is back in balance within 100s after the kill.");
  study.wishes.restart.reset();
  CHECK(mitigation_answer(study).find("Without --restart nobody comes back") == 0);
}

TEST_CASE("what cannot be asked is told with its place") {
  const ScratchDirectory scratch;
  const std::string file = scratch.write(small_scenario());
  const auto told = [&](std::vector<std::string> more, const std::string& part, int code = 2) {
    const Answer answer = brokersim(with_kills(file, std::move(more)));
    CAPTURE(answer.err);
    CHECK(answer.exit_code == code);
    CHECK(answer.out.empty());
    CHECK(answer.err.find(part) != std::string::npos);
  };
  told({}, "error E0602: command line, argument 3\n  found   nobody to kill\n");
  told({"--kill", "each-brokr"}, "error E0602: command line, argument 4\n  found   --kill \"each-brokr\"\n");
  told({"--kill", "each-brokr"}, "did you mean \"each-broker\"?");
  told({"--kill", "broker:"}, "E0602");
  told({"--kill", "each-zone,"}, "E0602");
  told({"--kill", "top:0"}, "a whole number from 1 to 1000000");
  told({"--kill", "broker:9"},
       "error E0605: command line, argument 4\n  found   --kill \"broker:9\"\n  allowed the id of a broker of the "
       "scenario\n");
  told({"--kill", "top:4"},
       "error E0605: command line, argument 4\n  found   --kill \"top:4\"\n  allowed top:1 to top:3, or each-broker\n");
  told({"--kill", "zone:d"}, "allowed one of the zones a, b, c\n");
  told({"--kill", "each-zone", "--restart", "0s"}, "allowed a duration above 0, like 45s\n");
  told({"--kill", "each-zone", "--at", "soon"}, "allowed a duration of at least 0, like 45s\n");
  told({"--kill", "each-zone", "--watch", "9"}, "E0602");
  told({"--kill", "each-zone", "--at", "1999ms"},  // the scenario's warm-up is 1 s
       "error E0605: command line, argument 6\n  found   --at 1999ms, and a warm-up of 1s before the observation\n"
       "  allowed at least 2s");
  told({"--kill", "each-zone", "--policy", "leader"}, "E0601");
  told({"--kill", "each-zone", "--format", "json"}, "E0602");
  told({"--kill", "each-zone", "--out", file}, "E0608", 4);
  const std::string unwritten = (scratch.path() / "rows.csv").string();
  const auto mitigated = [&](const std::string& mitigation, const std::string& part,
                             std::vector<std::string> more = {}) {
    std::vector<std::string> all{"--kill", "each-zone", "--mitigation", mitigation, "--out", unwritten};
    all.insert(all.end(), more.begin(), more.end());
    told(all, part);
    CHECK_FALSE(std::filesystem::exists(unwritten));
  };
  mitigated("byhand:5s", "error E0602: command line, argument 6\n  found   --mitigation \"byhand:5s\"\n");
  mitigated("byhand:5s", "did you mean \"by-hand:\"?");
  mitigated("atuo", "did you mean \"auto\"?");
  mitigated("none,", "allowed none, auto, auto:INTERVAL, zookeeper:INTERVAL or by-hand:DELAY, or a list of them\n");
  mitigated("auto:0s", "allowed auto: and whole seconds from 1s to a year, like auto:60s\n");
  mitigated("zookeeper:1500ms", "allowed zookeeper: and whole seconds from 1s to a year, like zookeeper:60s\n");
  mitigated("auto:", "like auto:60s\n");
  mitigated("by-hand:-1s", "allowed by-hand: and a duration from 0s to a year, like by-hand:30s\n",
            {"--restart", "9s"});
  mitigated("by-hand:5s",
            "error E0605: command line, argument 6\n  found   --mitigation by-hand:5s without --restart\n  allowed "
            "--restart DURATION beside it");
  mitigated("none,by-hand:30s",
            "error E0605: command line, argument 6\n  found   --mitigation by-hand:30s, 46s after the start of runs of "
            "46s\n",
            {"--at", "6s", "--restart", "10s", "--watch", "40s"});
}

TEST_CASE("whatif of a scenario that is wrong says so like any other command") {
  const ScratchDirectory scratch;
  nlohmann::json scenario = small_scenario();
  scenario["zones"] = nlohmann::json::array();
  CHECK(brokersim({"whatif", scratch.write(scenario), "--kill", "each-zone"}).exit_code == 3);
  CHECK(brokersim({"whatif", "/nowhere.json", "--kill", "each-zone"}).exit_code == 4);
  nlohmann::json other = small_scenario();
  other["protocols"] = {"kafka", "primary_replica"};
  const Answer kafka_alone = brokersim({"whatif", scratch.write(other), "--kill", "broker:2", "--trials", "1"});
  CHECK(kafka_alone.exit_code == 0);  // its arms are Kafka's, and so are those of the command that shows more
  CHECK(kafka_alone.out.find(R"(--set '/protocols=["kafka"]')") != std::string::npos);
  other["protocols"] = {"primary_replica"};
  const Answer refused = brokersim({"whatif", scratch.write(other), "--kill", "each-zone"});
  CHECK(refused.exit_code == 2);
  CHECK(refused.err.find("E0605") != std::string::npos);
}

}  // namespace brokersim::test
