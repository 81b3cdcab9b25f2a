// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "sim/cli/self_checks.hpp"
#include "sim/cli/text_table.hpp"
#include "small_scenario.hpp"

namespace brokersim::test {
namespace {

/// The row of --format json for a metric and an arm.
nlohmann::json row_of(const nlohmann::json& document, const std::string& metric, const std::string& arm) {
  for (const nlohmann::json& row : document.at("summary")) {
    if (row.at("metric") == metric && row.at("arm") == arm) return row;
  }
  FAIL("no row " << metric << " of " << arm);
  return {};
}

/// Mean and half-width over three trials, t_{2, 0.975} = 4.302652729749 from a table.
void check_estimate(const nlohmann::json& row, const std::vector<double>& values) {
  REQUIRE(values.size() == 3);
  const double mean = (values[0] + values[1] + values[2]) / 3;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  CHECK(row.at("estimate").get<double>() == doctest::Approx(mean).epsilon(1e-12));
  CHECK(row.at("half_width").get<double>() ==
        doctest::Approx(4.302652729749 * std::sqrt(squares / 2 / 3)).epsilon(1e-9));
}

TEST_CASE("figures of --format json are the counters of the trials, summed here by hand") {
  const ScratchDirectory scratch;
  const std::string file = scratch.write(small_scenario());
  const Answer answer = brokersim({"compare", file, "--format", "json"});
  REQUIRE(answer.exit_code == 0);
  const nlohmann::json document = nlohmann::json::parse(answer.out);
  const Scenario scenario = read_scenario_file(file).scenario;
  const auto placement = place_partitions(scenario);
  for (const ReadPolicy policy : {ReadPolicy::leader, ReadPolicy::rack_aware}) {
    std::vector<double> egress, crossing, usd, records, p99;
    for (std::uint32_t trial = 0; trial < 3; ++trial) {
      const TrialResult result = run_trial(scenario, placement, policy, trial, *scenario.warm_up);
      std::int64_t most = 0, crossed = 0, appended = 0;
      for (std::uint32_t b = 0; b < 3; ++b) {
        std::int64_t sent = 0;
        for (std::size_t w = 0; w < result.loads.windows(); ++w) {
          const BrokerLoad& load = result.loads.load(w, BrokerIndex{b});
          sent += load.replication_bytes_out + load.consumer_bytes_out_as_leader + load.consumer_bytes_out_as_follower;
        }
        most = std::max(most, sent);
      }
      for (std::size_t from = 0; from < 3; ++from) {
        for (std::size_t to = 0; to < 3; ++to) {
          for (const Bytes bytes : result.links[from * 3 + to].wire_bytes) crossed += from == to ? 0 : bytes;
        }
      }
      for (const PartitionLoad& partition : result.partitions) appended += partition.records;
      egress.push_back(static_cast<double>(most) / 3);  // observed from 1 s to 4 s
      crossing.push_back(static_cast<double>(crossed) / 3);
      usd.push_back(static_cast<double>(crossed) / 3 * 30 * 86400 / 1e9 *
                    0.02);  // every pair of zones has a link of its own
      records.push_back(static_cast<double>(appended) / 3);
      LatencyHistogram delivery = result.groups[0].delivery_from_leader;
      delivery.merge(result.groups[0].delivery_from_follower);
      p99.push_back(delivery.quantile_seconds(0.99).value());
    }
    const std::string arm = policy == ReadPolicy::leader ? "leader" : "rack_aware";
    check_estimate(row_of(document, "busiest_broker_egress", arm), egress);
    check_estimate(row_of(document, "cross_zone_traffic", arm), crossing);
    check_estimate(row_of(document, "traffic_cost", arm), usd);
    check_estimate(row_of(document, "records_rate", arm), records);
    check_estimate(row_of(document, "delivery_p99", arm), p99);
  }
  // A leader shows a record the moment it is committed (section 3); its readers are never behind.
  CHECK(row_of(document, "visible_at_once", "leader").at("estimate") == 1);
  CHECK(row_of(document, "visibility_delay_p99", "leader").at("estimate") == 0);
  CHECK(row_of(document, "conservation_residual", "rack_aware").at("estimate") == 0);
}

TEST_CASE("the answer does not depend on the number of threads, in any format") {
  const ScratchDirectory scratch;
  const std::string file = scratch.write(small_scenario());
  for (const char* format : {"table", "json", "csv", "markdown"}) {
    CAPTURE(format);
    const Answer one = brokersim({"compare", file, "--threads", "1", "--format", format});
    const Answer two = brokersim({"compare", file, "--threads", "2", "--format", format});
    CHECK(one.exit_code == 0);
    CHECK_FALSE(one.out.empty());
    CHECK(one.out == two.out);
    CHECK(one.err.empty());
  }
}

TEST_CASE("another seed gives other figures, so equal answers above mean something") {
  const ScratchDirectory scratch;
  const std::string file = scratch.write(small_scenario());
  CHECK(brokersim({"compare", file, "--seed", "1", "--format", "csv"}).out !=
        brokersim({"compare", file, "--seed", "2", "--format", "csv"}).out);
}

TEST_CASE("the screen of a comparison fits 100 columns and 45 lines, and can be repeated from its last line") {
  const ScratchDirectory scratch;
  const std::string file = scratch.write(small_scenario());
  const Answer answer = brokersim({"compare", file, "--trials", "2", "--set", "/name=renamed"});
  REQUIRE(answer.exit_code == 0);
  std::istringstream lines(answer.out);
  std::string line, last;
  std::size_t count = 0;
  while (std::getline(lines, line)) {
    ++count;
    last = line;
    if (line.rfind("repeat: ", 0) != 0) CHECK(display_width(line) <= 100);  // a path has the length it has
  }
  CHECK(count <= 45);
  CHECK(last == "repeat: brokersim compare " + file + " --set /name=renamed --trials 2 --seed 5");
  CHECK(answer.out.find("replica.selector.class=org.apache.kafka.common.replica.RackAwareReplicaSelector") !=
        std::string::npos);
  CHECK(answer.out.find("assumed service costs") != std::string::npos);
  CHECK(answer.out.find('\x1b') == std::string::npos);
  CHECK(brokersim({"compare", file, "--trials", "2", "--color", "always"}).out.find("\x1b[1mFollower reads") == 0);
}

TEST_CASE("the screen says where the service costs come from: a host profile, and whether the scenario changes it") {
  const ScratchDirectory scratch;
  nlohmann::json scenario = small_scenario();
  scenario["host_profile"] = "measured-kafka-4.2";
  const auto said = [&] {
    std::istringstream words(brokersim({"compare", scratch.write(scenario), "--trials", "2"}).out);
    std::string word, out;
    while (words >> word) out += word + " ";  // the sentence goes over two lines
    return out;
  };
  const std::string sentence =
      "Service costs: host profile measured-kafka-4.2, fitted to a measured Kafka 4.2 cluster (docs/VALIDATION.md)";
  const std::string plain = said();
  CHECK(plain.find(sentence + ".") != std::string::npos);
  CHECK(plain.find("assumed service costs") == std::string::npos);
  scenario["brokers"][0]["service"]["fetch"]["per_request"] = "1ms";
  CHECK(said().find(sentence + ", with changes that the scenario states.") != std::string::npos);
}

TEST_CASE("an arm whose NIC is far too small is labelled unstable and gets no steady-state figure and no cost") {
  const ScratchDirectory scratch;
  nlohmann::json scenario = small_scenario();
  // 300 records of 1 KiB a second: every broker takes 307 kB/s in, with replication; the NIC passes 31 kB/s.
  scenario["brokers"][0]["nic"] = "250kbit/s";
  scenario["duration"] = "20s";
  scenario["trials"] = 2;
  const Answer answer = brokersim({"compare", scratch.write(scenario), "--format", "json", "-q"});
  REQUIRE(answer.exit_code == 0);
  const nlohmann::json document = nlohmann::json::parse(answer.out);
  for (const char* arm : {"leader", "rack_aware"}) {
    for (const char* metric : {"busiest_broker_egress", "traffic_cost", "delivery_p50", "visibility_delay_p99"}) {
      const nlohmann::json row = row_of(document, metric, arm);
      CHECK(row.at("estimate").is_null());
      CHECK(row.at("note") == "unstable");
    }
  }
  CHECK(document.at("notes")[0].get<std::string>().find("Leader-only has no steady state: ") == 0);
  CHECK(brokersim({"run", scratch.write(scenario), "-q"}).out.find("UNSTABLE") != std::string::npos);
}

TEST_CASE("without a stated warm-up the run finds one from a pilot and says so") {
  const ScratchDirectory scratch;
  nlohmann::json scenario = small_scenario();
  scenario["warm_up"] = "automatic";
  scenario["duration"] = "20s";
  const Answer answer = brokersim({"compare", scratch.write(scenario)});
  REQUIRE(answer.exit_code == 0);
  CHECK(answer.out.find("(warm-up by MSER-5)") != std::string::npos);
}

/// What stands under a title of the screen; empty: nothing does.
std::string section_of(const std::string& screen, const std::string& title) {
  const std::size_t at = screen.find("\n" + title + "\n");
  if (at == std::string::npos) return {};
  std::istringstream lines(screen.substr(at + title.size() + 2));
  std::string text;
  for (std::string line; std::getline(lines, line) && line.rfind("  ", 0) == 0;) text += line + "\n";
  return text;
}

TEST_CASE("the screen names whom a quota holds back, with what throttles.csv says") {
  const ScratchDirectory scratch;
  nlohmann::json scenario = small_scenario();
  const std::string out = (scratch.path() / "out").string();
  const auto quotas = [&](int byte_rate) {
    scenario["producers"][0]["config"]["producer_byte_rate"] = byte_rate;  // of each broker; it sends 100 kB/s there
    const Answer answer = brokersim({"run", scratch.write(scenario), "--out", out, "--force"});
    CAPTURE(answer.err);
    REQUIRE(answer.exit_code == 0);
    return section_of(answer.out, "Quotas");
  };
  CHECK(quotas(10'000'000).empty());
  const std::string held = quotas(10'000);
  double requests = 0, time = 0;
  std::istringstream rows(contents(scratch.path() / "out" / "throttles.csv"));
  std::string row;
  std::getline(rows, row);
  while (std::getline(rows, row)) {
    double of_trial = 0, seconds = 0;
    REQUIRE(std::sscanf(row.c_str(), "leader,%*d,producer,p,%lf,%lf", &of_trial, &seconds) == 2);
    requests += of_trial;
    time += seconds;
  }
  double told = 0, each = 0;
  REQUIRE(std::sscanf(held.c_str(), "  p: %lf answers a trial announced a throttle time, of %lf s", &told, &each) == 2);
  CHECK(told == doctest::Approx(requests / 3).epsilon(0.005));  // three digits are shown, and two
  CHECK(each == doctest::Approx(time / requests).epsilon(0.05));
}

TEST_CASE("the screen names the member that falls behind, and the one that reads more than its share") {
  const ScratchDirectory scratch;
  nlohmann::json scenario = small_scenario();
  scenario["duration"] = "60s";
  const std::string out = (scratch.path() / "out").string();
  const auto members = [&] {
    const Answer answer = brokersim({"run", scratch.write(scenario), "--quiet", "--out", out, "--force"});
    CAPTURE(answer.err);
    REQUIRE(answer.exit_code == 0);
    return section_of(answer.out, "Members");
  };
  const auto slow = [&](const char* mean) {
    scenario["groups"][0]["members"][1]["processing_time_per_record"] = {{"distribution", "exponential"},
                                                                         {"mean", mean}};
    return members();
  };
  CHECK(slow("1ms").empty());
  double lag = 0, all = 0, lag_1 = 0, lags = 0;  // busy for 80 % of the time
  REQUIRE(std::sscanf(slow("8ms").c_str(), "  g: member 1 is behind: %lf of the group's lag of %lf records", &lag,
                      &all) == 2);
  std::istringstream rows(contents(scratch.path() / "out" / "lags.csv"));
  std::string row;
  std::getline(rows, row);
  while (std::getline(rows, row)) {
    int partition = 0;
    double records = 0;
    REQUIRE(std::sscanf(row.c_str(), "leader,%*d,orders,%d,g,%lf", &partition, &records) == 2);
    lags += records / 3;
    if (partition == 1) lag_1 += records / 3;  // range gives each member one, in order (G-1)
  }
  CHECK(lag == doctest::Approx(lag_1).epsilon(0.005));
  CHECK(all == doctest::Approx(lags).epsilon(0.005));
  scenario["groups"][0]["members"][1].erase("processing_time_per_record");
  scenario["topics"][0]["partitions"] = 4;  // of equal load: the first member has two, 1.5 times the mean of 4/3
  double share = 0;
  REQUIRE(std::sscanf(members().c_str(), "  g: member 0 reads 2 of 4 partitions, %lf times the mean of records",
                      &share) == 1);
  CHECK(share == doctest::Approx(1.5).epsilon(0.02));
}

TEST_CASE("a violated invariant is a line with arm, trial and seed") {
  const ScratchDirectory scratch;
  const Scenario scenario = read_scenario_file(scratch.write(small_scenario())).scenario;
  std::vector<ArmResult> arms = run_arms(scenario, scenario.arms(), 1, *scenario.warm_up, 1, {});
  CHECK(violations(scenario, arms).empty());
  arms[1].trials[0].conservation.violations.emplace_back("A.5: a made-up sentence");
  arms[1].trials[0].groups[0].delivered_bytes += 1;
  const std::int64_t bytes = arms[0].trials[0].groups[0].delivered_bytes;
  CHECK(violations(scenario, arms) ==
        std::vector<std::string>{"VIOLATION arm rack_aware, trial 0, seed 5: A.5: a made-up sentence",
                                 "VIOLATION arm rack_aware, trial 0, seed 5: group g was given " +
                                     std::to_string(bytes + 1) + " bytes, and " + std::to_string(bytes) +
                                     " under leader"});
  // What a drain limit cut off may differ between arms (section 2.5), and what a dead leader had acknowledged (acks=1).
  arms[0].trials[0].conservation.unfinished = 1;
  CHECK(violations(scenario, arms).size() == 1);
  arms[0].trials[0].conservation.unfinished = 0;
  CHECK(violations(scenario, arms).size() == 2);
  arms[1].trials[0].outcomes.assign(scenario.world.producers.size(), {});
  CHECK(violations(scenario, arms).size() == 2);
  arms[1].trials[0].outcomes.front().lost_acks1 = 1;
  CHECK(violations(scenario, arms).size() == 1);
}

TEST_CASE("result files are written once, and not over what is there (H-119)") {
  const ScratchDirectory scratch;
  const std::string file = scratch.write(small_scenario());
  const std::string out = (scratch.path() / "results").string();
  CHECK(brokersim({"compare", file, "--out", out, "-q"}).exit_code == 0);
  CHECK(std::filesystem::exists(std::filesystem::path(out) / "manifest.json"));
  const Answer again = brokersim({"compare", file, "--out", out});
  CHECK(again.exit_code == 4);
  CHECK(again.out.empty());
  CHECK(again.err.find("error E0608: ") == 0);
  CHECK(brokersim({"compare", file, "--out", out, "--force"}).exit_code == 0);
  const Answer same = brokersim({"compare", file, "--out", file});
  CHECK(same.exit_code == 4);
  CHECK(same.err.find("error E0616: ") == 0);
}

}  // namespace
}  // namespace brokersim::test
