// SPDX-License-Identifier: Apache-2.0
// What is reported around faults: of a trial made by hand, with numbers worked by hand from metrics-and-statistics.md
// sections 2.2 and 5; and of a small cluster, with Kafka's timers.
#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <set>

#include "analysis/number_format.hpp"
#include "sim/figures/fault_figures.hpp"
#include "sim/figures/fault_timeline.hpp"
#include "small_scenario.hpp"

namespace brokersim::test {
namespace {

using namespace std::chrono_literals;

constexpr Instant at(Duration since_start) {
  return Instant{since_start};
}

EventNote note(Duration when, EventNote::Kind kind, const char* what, std::uint32_t broker,
               std::uint32_t partition = EventNote::nobody, std::uint32_t fault = EventNote::nobody) {
  EventNote result;
  result.time = at(when);
  result.kind = kind;
  result.what = what;
  result.broker = broker;
  result.partition = partition;
  result.fault = fault;
  return result;
}

/// Three brokers that lead two of six partitions each; the third is killed at 30 s, ready again at 41 s, and leads
/// again at 50 s. Observed from 10 s to 60 s.
struct MadeByHand {
  Scenario scenario;
  std::vector<std::vector<BrokerIndex>> placement;
  TrialResult trial;

  MadeByHand() {
    scenario.warm_up = 10s;
    scenario.duration = 60s;
    scenario.window = 10s;
    scenario.world.network.zones = {"a"};
    for (const std::int32_t id : {1, 2, 3}) {
      BrokerSpec broker;
      broker.id = id;
      scenario.world.brokers.push_back(broker);
    }
    TopicSpec topic;
    topic.id = "orders";
    topic.partitions = 6;
    scenario.world.topics = {topic};
    ConsumerGroupSpec group;
    group.topics = {TopicIndex{0}};
    scenario.world.groups = {group};
    FaultSpec kill;
    kill.lasts = 10s;
    scenario.world.faults = {kill};
    for (std::uint32_t p = 0; p < 6; ++p) placement.push_back({BrokerIndex{p / 2}});
    trial.warm_up = 10s;
    trial.duration = 60s;
    add_events();
    add_loads();
    add_account();
  }

 private:
  void add_events() {
    using Kind = EventNote::Kind;
    trial.events_log = {note(30s, Kind::fault_applied, "kill", 2, EventNote::nobody, 0),
                        note(30s, Kind::process, "killed", 2),
                        note(39s, Kind::leader, "clean", 0, 4),
                        note(39s, Kind::leader, "clean", 1, 5),
                        note(40s, Kind::fault_healed, "kill", 2, EventNote::nobody, 0),
                        note(40s, Kind::process, "started", 2),
                        note(41s, Kind::process, "ready", 2),
                        note(50s, Kind::leader, "preferred", 2, 4),
                        note(50s, Kind::leader, "preferred", 2, 5)};
  }
  /// 100 B/s each; 150, 150 and nothing while the third leads nothing.
  void add_loads() {
    trial.loads = LoadLedger(3, at(10s), at(60s), 1s);
    for (Duration when = 10s; when < Duration{60s}; when += 1s) {
      const bool away = when >= Duration{30s} && when < Duration{50s};
      for (std::uint32_t b = 0; b < 3; ++b) {
        trial.loads.at(BrokerIndex{b}, at(when)).consumer_bytes_out_as_leader = !away ? 100 : b < 2 ? 150 : 0;
      }
    }
    trial.loads.busy(BrokerIndex{1}, BrokerResource::nic_out, at(20s), at(20s), at(20s + 800ms));
    trial.loads.busy(BrokerIndex{0}, BrokerResource::nic_out, at(45s), at(45s), at(45s + 630ms));
  }
  /// Partitions 4 and 5 without a leader from 30 s to 39.05 s, found at 39.2 s; a group without partition 4 for 2 s.
  void add_account() {
    FaultLedger ledger({at(10s), at(60s), 1s, 6, 1});
    for (const std::uint32_t p : {4U, 5U}) ledger.on_leader_lost(p, at(30s));
    ledger.on_read_lost(4, 4, 0, at(30s));
    ledger.on_read_served(4, at(32s));
    for (const std::uint32_t p : {4U, 5U}) {
      ledger.on_leader_decided(p, at(38s + 970ms));
      ledger.on_leader_committed(p, true, at(39s));
      ledger.on_leader_leads(p, at(39s + 50ms));
      ledger.on_write(p, at(35s), at(39s + 200ms));
    }
    SpanSeries& produce = ledger.spans(SpanMeasure::produce);
    produce.add(at(15s), 5ms, 100);
    produce.add(at(32s), 5ms, 90);
    produce.add(at(32s), 8s, 10);
    produce.add(at(55s), 6ms, 100);
    ledger.spans(SpanMeasure::delivery).add_censored(at(33s), 4);
    ledger.on_open_faults({false});
    trial.faults = ledger.finish();
  }
};

TEST_CASE("an episode lasts until the process is ready again, and is watched to the end") {
  const MadeByHand made;
  const std::vector<FaultEpisode> episodes = fault_episodes(made.scenario, made.trial);
  REQUIRE(episodes.size() == 1);
  CHECK(episodes[0].name == "kill");
  CHECK(episodes[0].brokers == std::vector<std::int32_t>{3});
  CHECK(episodes[0].began == Duration{30s});
  CHECK(episodes[0].over);
  CHECK(episodes[0].ended == Duration{41s});
  CHECK(episodes[0].watched_until == Duration{60s});
}

TEST_CASE("a fault that nothing ends is not over; overlapping ones share an episode, later ones begin another") {
  MadeByHand made;
  made.scenario.world.faults.resize(3);
  made.scenario.world.faults[1].kind = FaultKind::pause;
  made.scenario.world.faults[2].kind = FaultKind::controlled_shutdown;
  using Kind = EventNote::Kind;
  std::vector<EventNote>& log = made.trial.events_log;
  log.insert(log.begin() + 4, note(39s + 500ms, Kind::fault_applied, "pause", 0, EventNote::nobody, 1));
  log.insert(log.begin() + 8, note(43s, Kind::fault_healed, "pause", 0, EventNote::nobody, 1));
  log.push_back(note(52s, Kind::fault_applied, "controlled_shutdown", 1, EventNote::nobody, 2));
  log.push_back(note(53s, Kind::process, "shut down", 1));
  made.trial.faults.open_faults = {false, false, true};
  const std::vector<FaultEpisode> episodes = fault_episodes(made.scenario, made.trial);
  REQUIRE(episodes.size() == 2);
  CHECK(episodes[0].name == "kill, pause");
  CHECK(episodes[0].brokers == std::vector<std::int32_t>{1, 3});
  CHECK(episodes[0].ended == Duration{43s});
  CHECK(episodes[0].watched_until == Duration{52s});
  CHECK(episodes[1].began == Duration{52s});
  CHECK_FALSE(episodes[1].over);
  CHECK(episodes[1].ended == Duration{60s});
}

TEST_CASE("load is balanced again when the broker that came back without leaders has its share") {
  const MadeByHand made;
  const FaultFigures figures = fault_figures(made.scenario, made.placement, Protocol::kafka, made.trial);
  REQUIRE(figures.episodes.size() == 1);
  const EpisodeFigures& f = figures.episodes[0];
  // Of the brokers that are up: 1 until 30 s; 150, 150 is 1 until 41 s; 150, 150, 0 is 1.5 until 50 s; then 1.
  CHECK(f.skew_before.value() == doctest::Approx(1));
  CHECK(f.peak_to_mean.value() == doctest::Approx(1.5));
  CHECK(f.time_to_balance.value() == doctest::Approx(20));
  CHECK(f.excess_bytes.value() == doctest::Approx(9 * (150 - 1.1 * 100)));
  CHECK(f.leader_skew_before.value() == doctest::Approx(1));
  CHECK(f.leader_peak_to_mean.value() == doctest::Approx(1.5));
  CHECK(f.leader_time_to_balance.value() == doctest::Approx(20));
  REQUIRE(f.bottleneck.has_value());
  CHECK(f.bottleneck->broker == 1);  // broker 2 was fuller, but before
  CHECK(f.bottleneck->resource == "NIC out");
  CHECK(f.bottleneck->busy == doctest::Approx(0.63));
  CHECK(f.bottleneck->window_start == Duration{45s});
}

TEST_CASE("load that never comes back has no time to balance") {
  MadeByHand made;
  for (Duration when = 50s; when < Duration{60s}; when += 1s) {
    made.trial.loads.at(BrokerIndex{0}, at(when)).consumer_bytes_out_as_leader = 150;
    made.trial.loads.at(BrokerIndex{2}, at(when)).consumer_bytes_out_as_leader = 50;
  }
  made.trial.events_log.resize(7);
  const EpisodeFigures f = fault_figures(made.scenario, made.placement, Protocol::kafka, made.trial).episodes.at(0);
  CHECK_FALSE(f.time_to_balance.has_value());
  CHECK_FALSE(f.leader_time_to_balance.has_value());
}

/// The trial made by hand, but observed from a moment on only.
EpisodeFigures observed_from(Duration start) {
  MadeByHand made;
  made.trial.warm_up = start;
  made.trial.loads = LoadLedger(3, at(start), at(60s), 1s);
  for (Duration when = start; when < Duration{60s}; when += 1s)
    made.trial.loads.at(BrokerIndex{0}, at(when)).consumer_bytes_out_as_leader = 150;
  FaultLedger ledger({at(start), at(60s), 1s, 6, 1});
  ledger.on_open_faults({false});
  made.trial.faults = ledger.finish();
  return fault_figures(made.scenario, made.placement, Protocol::kafka, made.trial).episodes.at(0);
}

TEST_CASE("what needs a time before the fault is told only if a window of it was observed") {
  const EpisodeFigures observed = observed_from(29s);
  CHECK(observed.phases[0].exists());
  CHECK(observed.balance_known);
  CHECK(observed.excess_bytes.has_value());
  for (const Duration start : {Duration{30s}, Duration{35s}}) {
    const EpisodeFigures f = observed_from(start);
    CHECK_FALSE(f.phases[0].exists());
    CHECK(f.phases[1].from == start);
    CHECK(f.phases[1].to == Duration{41s});
    CHECK_FALSE(f.skew_before.has_value());
    CHECK_FALSE(f.balance_known);
    CHECK_FALSE(f.time_to_balance.has_value());
    CHECK_FALSE(f.excess_bytes.has_value());
    CHECK(f.leader_time_to_balance.value() == doctest::Approx(20));  // of the controller, who forgets nothing
  }
  const EpisodeFigures over = observed_from(42s);  // ready again at 41 s: only the time after it is observed
  CHECK_FALSE(over.phases[1].exists());
  CHECK(over.phases[2].from == Duration{42s});
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

TEST_CASE("availability, outages and latency by phase") {
  const MadeByHand made;
  const FaultFigures figures = fault_figures(made.scenario, made.placement, Protocol::kafka, made.trial);
  const EpisodeFigures& f = figures.episodes.at(0);
  const auto& [before, during, after] = f.phases;
  CHECK(before.from == Duration{10s});
  CHECK(during.from == Duration{30s});
  CHECK(during.to == Duration{41s});
  CHECK(after.to == Duration{60s});
  // Two of six partitions for 9.05 s of 11 s, and one of six (partition, group) pairs for 2 s.
  CHECK(before.write_availability_all == 1);
  CHECK(during.write_availability_all == doctest::Approx(1 - 2 * 9.05 / (6 * 11)));
  CHECK(during.write_availability_one == doctest::Approx(1 - 2 * 9.05 / (6 * 11)));
  CHECK(during.read_availability.value() == doctest::Approx(1 - 2.0 / (6 * 11)));
  CHECK(after.write_availability_all == 1);
  CHECK(f.unwritable_all_seconds == doctest::Approx(18.1));
  CHECK(f.unreadable_seconds == doctest::Approx(2));
  CHECK(before.produce.p99_seconds.value() == doctest::Approx(0.005).epsilon(0.01));  // two digits
  CHECK(during.produce.p99_seconds.value() == doctest::Approx(8).epsilon(0.01));
  CHECK(after.produce.p99_seconds.value() == doctest::Approx(0.006).epsilon(0.01));
  CHECK(f.worst_produce_p99.value() == doctest::Approx(8).epsilon(0.01));
  CHECK_FALSE(f.produce_p99_exceeds);
  CHECK(f.delivery_p99_exceeds);
  CHECK(during.delivery.censored == 4);
  REQUIRE(figures.outages.size() == 3);
  const OutageFigures& read = figures.outages[0];
  CHECK(read.group == 0);
  CHECK(read.total() == doctest::Approx(2));
  const OutageFigures& write = figures.outages[1];
  CHECK(write.partition == 4);
  CHECK(write.detection == doctest::Approx(8.97));
  CHECK(write.election == doctest::Approx(0.03));
  CHECK(write.propagation == doctest::Approx(0.05));
  CHECK(write.discovery.value() == doctest::Approx(0.15));
  CHECK(f.longest_outage_seconds == doctest::Approx(9.2));
}

TEST_CASE("leaders and uptime of each broker by phase") {
  const MadeByHand made;
  const FaultFigures figures = fault_figures(made.scenario, made.placement, Protocol::kafka, made.trial);
  const PhaseFigures& during = figures.episodes.at(0).phases[1];
  REQUIRE(during.brokers.size() == 3);
  CHECK(during.brokers[0].leaders == doctest::Approx((2 * 9 + 3 * 2) / 11.0));  // two, and a third from 39 s on
  CHECK(during.brokers[2].leaders == doctest::Approx(2 * 9 / 11.0));            // until the controller noticed
  CHECK(during.brokers[0].up == 1);
  CHECK(during.brokers[2].up == 0);
  CHECK(during.brokers[0].out_bytes == doctest::Approx(150));
  CHECK(figures.episodes[0].phases[2].brokers[2].up == doctest::Approx(1));
  // All of 0 s; broker 1 and 2 gain and 3 loses at 39 s, and back at 50 s.
  REQUIRE(figures.leaders.size() == 3 + 3 + 3);
  CHECK(figures.leaders[3].time == Duration{39s});
  CHECK(figures.leaders[3].broker == 1);
  CHECK(figures.leaders[3].leaders == 3);
  CHECK(figures.leaders[5].leaders == 0);
  CHECK(figures.leaders[8].leaders == 2);
}

TEST_CASE("uptime is cut to what is asked for") {
  const MadeByHand made;
  const UpTimes up(made.trial.events_log, 3);
  CHECK(up.within(2, 0s, 60s) == Duration{49s});
  CHECK(up.within(2, 35s, 45s) == Duration{4s});
  CHECK(up.throughout(0, 0s, 60s));
  CHECK_FALSE(up.throughout(2, 29s, 31s));
  CHECK_FALSE(up.at(2, 30s));
  CHECK(up.at(2, 41s));
}

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
