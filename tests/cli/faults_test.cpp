// SPDX-License-Identifier: Apache-2.0
// What the screen and the files say around faults, of a small cluster with Kafka's timers.
#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <set>

#include "analysis/number_format.hpp"
#include "small_scenario.hpp"

namespace brokersim::test {
namespace {

/// Rows of a CSV file without quoted cells, by column.
std::vector<std::map<std::string, std::string>> rows_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  const auto cells = [](const std::string& line) {
    std::vector<std::string> result(1);
    for (const char c : line) {
      if (c == ',') {
        result.emplace_back();
      } else {
        result.back() += c;
      }
    }
    return result;
  };
  std::string line;
  std::getline(in, line);
  const std::vector<std::string> head = cells(line);
  std::vector<std::map<std::string, std::string>> rows;
  while (std::getline(in, line)) {
    const std::vector<std::string> values = cells(line);
    REQUIRE(values.size() == head.size());
    std::map<std::string, std::string>& row = rows.emplace_back();
    for (std::size_t i = 0; i < head.size(); ++i) row[head[i]] = values[i];
  }
  return rows;
}

TEST_CASE("the screen makes up no figure for want of a time before the fault, and says why") {
  const ScratchDirectory scratch;
  const std::string file = scratch.write(small_scenario());  // observed from 1 s to 4 s
  const std::string early = brokersim({"run", file, "--fault", "kill broker 1 at 1s"}).out;
  CHECK(early.find("No window before the first fault was observed (observed from 1 s on)") != std::string::npos);
  CHECK(early.find("excess load") == std::string::npos);
  CHECK(early.find("time to balance of egress") == std::string::npos);
  const std::string late = brokersim({"run", file, "--fault", "kill broker 1 at 2s"}).out;  // 2 windows since
  CHECK(late.find("No window before") == std::string::npos);
  CHECK(late.find("excess load") != std::string::npos);
  CHECK(late.find("time to balance of egress") == std::string::npos);
}

TEST_CASE("around a fault of links stand both ends, and no line is wider than 100 columns") {
  const ScratchDirectory scratch;
  nlohmann::json scenario = small_scenario();
  scenario["duration"] = "12s";
  const std::string file = scratch.write(scenario);
  const auto title = [&](const std::string& fault, const std::string& expected) {
    const Answer answer = brokersim({"compare", file, "--fault", fault});
    CAPTURE(answer.err);
    REQUIRE(answer.exit_code == 0);
    CHECK(answer.out.find("\n" + expected + ", 5 s to 7 s\n") != std::string::npos);
    std::istringstream lines(answer.out);
    bool in_faults = false;
    std::size_t rows = 0;
    for (std::string line; std::getline(lines, line); ++rows) {
      in_faults = in_faults || line.find("Around ") == 0;
      if (line.find("repeat: ") == 0) break;
      CAPTURE(line);
      if (in_faults) CHECK(line.size() <= 100 + 2);  // a plus-minus sign takes two bytes
    }
    CHECK(rows > 20);
  };
  title("link_cut broker 1 and zone b at 5s for 2s", "Around link_cut between broker 1 and zone b");
  title("link_delay from zone a to clients at 5s for 2s add 50ms", "Around link_delay from zone a to clients");
  title("link_cut leader of orders/1 and controllers at 5s for 2s", "Around link_cut between broker 2 and controllers");
}

TEST_CASE("a title over several trials says what they have in common") {
  const ScratchDirectory scratch;
  nlohmann::json scenario = small_scenario();
  scenario["duration"] = "12s";
  const std::string file = scratch.write(scenario), out = (scratch.path() / "out").string();
  const auto run = [&](const std::string& trials, const std::string& fault) {
    const Answer answer = brokersim({"run", file, "--trials", trials, "--fault", fault, "--out", out, "--force"});
    CAPTURE(answer.err);
    REQUIRE(answer.exit_code == 0);
    return answer.out;
  };
  const auto hit = [&] {
    std::set<std::string> brokers;
    for (const auto& row : rows_of(scratch.path() / "out" / "fault_episodes.csv")) brokers.insert(row.at("brokers"));
    return brokers;
  };
  const std::string several = run("3", "pause random brokers 1 at 5s for 2s");
  REQUIRE(hit().size() > 1);  // of the draws of seed 5
  CHECK(several.find("\nAround pause of a random broker, 5 s to 7 s\n") != std::string::npos);
  const std::string one = run("1", "pause random brokers 1 at 5s for 2s");
  CHECK(one.find("\nAround pause of broker " + *hit().begin() + ", 5 s to 7 s\n") != std::string::npos);
  const std::string same = run("3", "pause broker 2 at 5s for 2s");
  CHECK(same.find("\nAround pause of broker 2, 5 s to 7 s\n") != std::string::npos);

  const std::string rate = run("3", "pause all brokers mttf 25s mttr 1s");
  std::set<std::string> trials;
  double earliest = 12, latest = 0;
  for (const auto& row : rows_of(scratch.path() / "out" / "fault_episodes.csv")) {
    if (row.at("episode") != "0") continue;
    trials.insert(row.at("trial"));
    earliest = std::min(earliest, std::stod(row.at("began_seconds")));
    latest = std::max(latest, std::stod(row.at("began_seconds")));
  }
  REQUIRE(trials.size() == 2);  // likewise
  const std::string title = rate.substr(rate.find("\nAround ") + 1);
  double from = 0, to = 0;
  REQUIRE(std::sscanf(title.c_str(), "Around pause of brokers that differ by trial, %lf - %lf s to ", &from, &to) == 2);
  CHECK(from == doctest::Approx(earliest).epsilon(0.001));  // four digits are shown
  CHECK(to == doctest::Approx(latest).epsilon(0.001));
  CHECK(title.substr(0, title.find('\n')).find(", in 2 of 3 trials") != std::string::npos);
}

TEST_CASE("A-7: a reassignment's copying is told, and takes its bytes over its throttle") {
  const ScratchDirectory scratch;
  nlohmann::json scenario = small_scenario();
  scenario["duration"] = "60s";
  scenario["trials"] = 1;
  scenario["brokers"][0]["config"]["replica.fetch.max.bytes"] = 16384;  // so that on and off (R-51) is fine-grained
  scenario["topics"] = nlohmann::json::parse(R"([{"id": "orders", "partitions": 1, "replication_factor": 1,
                                                  "placement": [[1]]}])");
  scenario["producers"] = nlohmann::json::parse(R"([{"id": "p", "zones": ["a"], "topic": "orders", "rate": "100/s",
                                                     "arrivals": "constant"}])");
  const std::string file = scratch.write(scenario), out = (scratch.path() / "out").string();
  const auto run = [&](const std::string& fault) {
    const Answer answer = brokersim({"run", file, "--fault", fault, "--out", out, "--force"});
    CAPTURE(answer.err);
    REQUIRE(answer.exit_code == 0);
    return answer.out.substr(answer.out.find("\nAround ") + 1);
  };
  for (const double rate : {250e3, 500e3}) {
    const std::string screen =
        run("reassign orders/0 to 2 at 40s throttle " + std::to_string(static_cast<int>(rate / 1e3)) + "kB/s");
    CHECK(screen.find("Around reassign of orders/0, 40 s to ") == 0);
    const auto rows = rows_of(scratch.path() / "out" / "fault_reassignments.csv");
    REQUIRE(rows.size() == 1);
    const double bytes = std::stod(rows[0].at("copied_bytes"));
    const bool complete = !rows[0].at("ended_seconds").empty();
    CHECK(complete == (rate > 300e3));  // 4.4 MB at 250 kB/s less the 110 kB/s written meanwhile: 31 s
    const double time = complete ? std::stod(rows[0].at("ended_seconds")) - 40 : 20;
    // Who is held back parks for replica.fetch.wait.max.ms of 500 ms.
    CHECK(std::abs(bytes / rate - time) < 0.5);
    // Broker 1 copies to nobody else before, and nothing to anybody after.
    double out_of_1 = 0, peak = 0;
    for (const auto& row : rows_of(scratch.path() / "out" / "brokers.csv")) {
      if (row.at("broker") != "1" || std::stod(row.at("window_start_seconds")) < 40) continue;
      out_of_1 += std::stod(row.at("replication_out_bytes_per_second"));
      peak = std::max(peak, std::stod(row.at("replication_out_bytes_per_second")));
    }
    CHECK(bytes == doctest::Approx(out_of_1));
    const auto row = [&](const std::string& head) {
      const std::size_t begin = screen.find("\n" + head) + 1 + head.size();
      const std::size_t cell = screen.find_first_not_of(' ', begin);
      return screen.substr(cell, screen.find('\n', cell) - cell);
    };
    CHECK(row("copied to new replicas, MB") == significant_text(bytes / 1e6, 3));
    CHECK(row("until all of them were in sync, s") == (complete ? significant_text(time, 3) : "not by the end"));
    CHECK(row("most copied out of a broker, MB/s") == "1: " + significant_text(peak / 1e6, 3));
  }
  CHECK(run("pause broker 2 at 40s for 2s").find("copied to new replicas") == std::string::npos);
  CHECK_FALSE(std::filesystem::exists(scratch.path() / "out" / "fault_reassignments.csv"));
}

TEST_CASE("only the acks that somebody asks for are spoken of around a fault") {
  const ScratchDirectory scratch;
  nlohmann::json scenario = small_scenario();
  const auto screen = [&](const char* acks) {
    scenario["producers"][0]["config"]["acks"] = acks;
    scenario["producers"][0]["config"]["enable.idempotence"] = false;
    const Answer answer = brokersim({"run", scratch.write(scenario), "--fault", "pause broker 2 at 2s for 1s"});
    CAPTURE(answer.err);
    REQUIRE(answer.exit_code == 0);
    const std::size_t begin = answer.out.find("\nAround ");
    return answer.out.substr(begin, answer.out.find("What limits") - begin);
  };
  const auto says = [](const std::string& text, const char* part) { return text.find(part) != std::string::npos; };
  const std::string all = screen("all"), one = screen("1"), none = screen("0");
  CHECK(says(all, "\nwrites available, acks=all, %"));
  CHECK(says(all, "lost over all trials: 0 acknowledged with acks=all, 0"));
  CHECK_FALSE(says(all, "acks=1"));
  CHECK(says(one, "\nwrites available, acks=1, %"));
  CHECK(says(one, "lost over all trials: 0 acknowledged with acks=1, 0"));
  CHECK_FALSE(says(one, "acks=all"));
  CHECK(says(none, "\nwrites available, acks=0, %"));
  CHECK(says(none, " sent with acks=0, 0"));
  CHECK_FALSE(says(none, "acks=1"));
  CHECK_FALSE(says(none, "acks=all"));
}

TEST_CASE("what makes no episode is named with how often it came, what was ignored with the reason of the events log") {
  const ScratchDirectory scratch;
  const std::string file = scratch.write(small_scenario());
  const std::string once = brokersim({"run", file, "--fault", "elect preferred leaders at 2s"}).out;
  CHECK(once.find("Came, without a table of its own: elect (once).") != std::string::npos);
  const Answer ignored = brokersim({"run", file, "--fault", "consumer_slow group g at 2s factor 3"});
  CAPTURE(ignored.err);
  CHECK(ignored.out.find("No fault came: consumer_slow (processing takes no time there).") != std::string::npos);
}

TEST_CASE("a mistake in --fault is told with what is allowed and the code that it has in a file") {
  const ScratchDirectory scratch;
  const std::string file = scratch.write(small_scenario());
  const Answer text = brokersim({"run", file, "--fault", "slow_broker broker 3 at 2s factor 0.1"});
  CHECK(text.exit_code == 2);
  CHECK(text.err.find("error E0606: command line, argument 4 at /faults/0/factor\n  found   0.1\n  allowed ") == 0);
  CHECK(text.err.find("\n  in file E0429\n") != std::string::npos);
  const Answer json = brokersim({"run", file, "--fault", "kill broker 9 at 2s", "--error-format", "json"});
  CHECK(json.exit_code == 2);
  const nlohmann::json told = nlohmann::json::parse(json.err);
  CHECK(told[0]["code"] == "E0606");
  CHECK(told[0]["file_code"] == "E0404");
  const auto told_of = [&](const std::string& fault) { return brokersim({"run", file, "--fault", fault}).err; };
  CHECK(told_of("reassign orders to 1,2,3 at 2s").find("hint    write \"topic orders\"\n") != std::string::npos);
  CHECK(told_of("reassign topic orders to 1,2,3 at 2s")
            .find("found   1 list of replicas\n  allowed 3, one for each partition of the topic; or one partition as "
                  "the target, like orders/0\n") != std::string::npos);
  // R-34: no more than the replicas there are. Kafka takes it.
  const std::string set = "config_change topic orders at 2s setting min.insync.replicas value ";
  CHECK(told_of(set + "3").empty());
  CHECK(told_of(set + "4") ==
        "note N015: command line, argument 4 at /faults/0/value\n  found   min.insync.replicas 4 of a topic with a "
        "replication_factor of 3: it counts as 3 there\n");
  // What is wrong with the words alone has no code in a file.
  const Answer words = brokersim({"run", file, "--fault", "kil broker 3 at 2s", "--error-format", "json"});
  CHECK_FALSE(nlohmann::json::parse(words.err)[0].contains("file_code"));
}

TEST_CASE("a killed broker's partitions are without a leader for what its outages say, and noticed by Kafka's timers") {
  const ScratchDirectory scratch;
  nlohmann::json scenario = small_scenario();
  scenario["duration"] = "30s";
  scenario["trials"] = 2;
  const std::string out = (scratch.path() / "out").string();
  const Answer answer =
      brokersim({"compare", scratch.write(scenario), "--fault", "kill broker 2 at 5s for 15s", "--out", out});
  REQUIRE(answer.exit_code == 0);
  CHECK(answer.out.find("Around kill of broker 2, 5 s to ") != std::string::npos);
  std::map<std::string, double> leaderless;  // by arm and trial
  for (const auto& row : rows_of(scratch.path() / "out" / "fault_outages.csv")) {
    if (!row.at("group").empty() || std::stod(row.at("began_seconds")) != 5) continue;
    const double detection = std::stod(row.at("detection_seconds"));
    // broker.session.timeout.ms of 9 s after the last heartbeat, of which there is one every
    // broker.heartbeat.interval.ms of 2 s (L-15, L-17), and then the controller's next look, one every 9 s / 8
    // since 4.0; heartbeats are on their way for under a millisecond.
    CHECK(detection > 7 - 0.01);
    CHECK(detection < 9 + 9.0 / 8 + 0.01);
    CHECK(std::stod(row.at("election_seconds")) > 0);
    CHECK(std::stod(row.at("discovery_seconds")) > 0);
    leaderless[row.at("arm") + row.at("trial")] +=
        detection + std::stod(row.at("election_seconds")) + std::stod(row.at("propagation_seconds"));
  }
  CHECK(leaderless.size() == 4);
  std::size_t phases = 0;
  for (const auto& row : rows_of(scratch.path() / "out" / "fault_phases.csv")) {
    if (row.at("phase") != "during") continue;
    ++phases;
    const double span = std::stod(row.at("to_seconds")) - std::stod(row.at("from_seconds"));
    const double missing = (1 - std::stod(row.at("write_acks_1_available_ratio"))) * 3 * span;
    CHECK(missing == doctest::Approx(leaderless.at(row.at("arm") + row.at("trial"))).epsilon(1e-6));
  }
  CHECK(phases == 4);
  CHECK(rows_of(scratch.path() / "out" / "fault_episodes.csv").size() == 4);
  CHECK(rows_of(scratch.path() / "out" / "fault_brokers.csv").size() == 4 * 3 * 3);
  CHECK(rows_of(scratch.path() / "out" / "leaders.csv").size() > 4 * 3);
  for (const auto& row : rows_of(scratch.path() / "out" / "fault_losses.csv")) {
    if (row.at("what") == "committed" || row.at("what") == "delivered") CHECK(row.at("records") == "0");
  }
}

TEST_CASE("a scenario without faults has nothing of this") {
  const ScratchDirectory scratch;
  const Answer answer = brokersim({"run", scratch.write(small_scenario()), "--out", (scratch.path() / "out").string()});
  REQUIRE(answer.exit_code == 0);
  CHECK(answer.out.find("Around") == std::string::npos);
  CHECK_FALSE(std::filesystem::exists(scratch.path() / "out" / "fault_episodes.csv"));
  CHECK_FALSE(std::filesystem::exists(scratch.path() / "out" / "leaders.csv"));
}

}  // namespace
}  // namespace brokersim::test
