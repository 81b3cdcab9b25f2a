// SPDX-License-Identifier: Apache-2.0
// Result files read back by another program's reader (libfccp) say what the trial said. Laws O-01 to O-03.
#include "sim/result_files/result_tables.hpp"

#include <doctest/doctest.h>
#define CSV_IO_NO_THREAD
#include <libfccp/csv.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/result_files/result_csv.hpp"
#include "sim/result_files/result_directory.hpp"
#include "sim/result_files/result_json.hpp"
#include "tests/result_files/result_example.hpp"
#include "tests/result_files/result_tree.hpp"

namespace brokersim {

namespace {

namespace fs = std::filesystem;
using test::ScratchDirectory;

/// The example's files, written once.
const fs::path& example_directory() {
  static const ScratchDirectory scratch;
  static const fs::path out = [] {
    const fs::path path = scratch.path() / "out";
    write_result_directory(test::Example().results, path, false);
    return path;
  }();
  return out;
}

/// What `write` makes of the file "x".
std::string written(const auto& write) {
  const ScratchDirectory scratch;
  FileCalls calls;
  const std::function<bool()> never;
  ResultFile file(calls, scratch.path().string(), "x", nullptr, never);
  write(file);
  file.close();
  return test::read_all(scratch.path() / "x");
}

template <unsigned columns>
using Reader = io::CSVReader<columns, io::trim_chars<>, io::double_quote_escape<',', '"'>>;

std::vector<std::vector<std::string>> cells_of(const std::string& name) {  // for files without quotes
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(test::read_all(example_directory() / name));
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string>& row = rows.emplace_back(1);
    for (const char c : line) c == ',' ? row.emplace_back() : (row.back() += c, row.back());
  }
  return rows;
}

}  // namespace

TEST_CASE(
    "brokers.csv read by libfccp: rate times window gives back the bytes of the ledger, rows in the stated order") {
  Reader<10> reader((example_directory() / "brokers.csv").string());
  reader.read_header(io::ignore_extra_column, "arm", "trial", "broker", "zone", "window_start_seconds",
                     "window_seconds", "producer_in_bytes_per_second", "out_bytes_per_second", "io_threads_busy_ratio",
                     "nic_out_offered_ratio");
  const Scenario& scenario = test::example().scenario;
  std::string arm, zone;
  std::size_t trial = 0;
  std::int32_t broker = 0;
  double start = 0, length = 0, in = 0, out = 0, busy = 0, offered = 0;
  for (const ArmResult& arm_result : test::example().arms) {
    for (std::size_t t = 0; t < 2; ++t) {
      const LoadLedger& ledger = arm_result.trials[t].loads;
      for (std::uint32_t b = 0; b < 4; ++b) {
        for (std::size_t w = 0; w < 3; ++w) {  // [1, 3), [3, 5), [5, 5.5) s; the ledger's windows are 1 s
          REQUIRE(reader.read_row(arm, trial, broker, zone, start, length, in, out, busy, offered));
          CHECK(arm == arm_name(arm_result.policy));
          CHECK(trial == t);
          CHECK(broker == static_cast<std::int32_t>(10 * b + 1));
          CHECK(zone == scenario.world.network.zones[b % 3]);
          CHECK(start == 1.0 + 2.0 * static_cast<double>(w));
          CHECK(length == (w < 2 ? 2.0 : 0.5));
          BrokerLoad sum;
          for (std::size_t second = 2 * w; second < std::min<std::size_t>(2 * w + 2, ledger.windows()); ++second) {
            sum += ledger.load(second, BrokerIndex{b});
          }
          // libfccp's own decimal reader is not exact in the last digits: 1e-12
          CHECK(in * length == doctest::Approx(static_cast<double>(sum.producer_bytes_in)).epsilon(1e-12));
          CHECK(out * length ==
                doctest::Approx(static_cast<double>(sum.replication_bytes_out + sum.consumer_bytes_out()))
                    .epsilon(1e-12));
          CHECK(busy * length * 8 == doctest::Approx(seconds(sum.busy[1])).epsilon(1e-12));  // 8 I/O threads
          CHECK(offered * length == doctest::Approx(seconds(sum.offered[3])).epsilon(1e-12));
        }
      }
    }
  }
  CHECK_FALSE(reader.read_row(arm, trial, broker, zone, start, length, in, out, busy, offered));
}

TEST_CASE("work counts as offered in the window it arrived in and as busy in the one it was done in") {
  // 0.4 s on one of 8 I/O threads, arrived in [1, 3), done in [3, 5): 0.4 / (2 * 8) = 0.025 in each of the two columns.
  test::Example idle;
  LoadLedger& ledger = idle.arms[0].trials[0].loads;
  ledger = LoadLedger(4, Instant{std::chrono::seconds{1}}, Instant{std::chrono::milliseconds{5500}},
                      std::chrono::seconds{1});
  ledger.busy(BrokerIndex{0}, BrokerResource::io_threads, Instant{std::chrono::milliseconds{2900}},
              Instant{std::chrono::milliseconds{3800}}, Instant{std::chrono::milliseconds{4200}});
  std::istringstream lines(written([&](ResultFile& file) { write_brokers(file, idle.results); }));
  std::string header, first, second;
  std::getline(lines, header);
  std::getline(lines, first);
  std::getline(lines, second);
  CHECK(first == "leader,0,1,a,1,2,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0.025,0,0");
  CHECK(second == "leader,0,1,a,3,2,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0.025,0,0,0,0,0,0");
}

TEST_CASE("partitions.csv read by libfccp: leaders are those of the placement and records those of the trial") {
  Reader<6> reader((example_directory() / "partitions.csv").string());
  reader.read_header(io::ignore_extra_column, "arm", "trial", "topic", "partition", "leader_broker",
                     "records_per_second");
  std::string arm, topic;
  std::size_t trial = 0;
  std::uint32_t partition = 0;
  std::int32_t leader = 0;
  double rate = 0;
  for (const ArmResult& arm_result : test::example().arms) {
    for (std::size_t t = 0; t < 2; ++t) {
      for (std::uint32_t p = 0; p < 6; ++p) {
        REQUIRE(reader.read_row(arm, trial, topic, partition, leader, rate));
        CHECK(topic == (p < 4 ? "orders" : "views"));
        CHECK(partition == (p < 4 ? p : p - 4));
        CHECK(leader == static_cast<std::int32_t>(10 * test::example().placement[p].front().value + 1));
        CHECK(rate * 4.5 ==
              doctest::Approx(static_cast<double>(arm_result.trials[t].partitions[p].records)).epsilon(1e-12));
      }
    }
  }
  CHECK_FALSE(reader.read_row(arm, trial, topic, partition, leader, rate));
}

TEST_CASE("members.csv: a row a member, which add up to their group in groups.csv") {
  // Kafka's range (G-1) for the example's topics of 4 and 2 partitions over 3 members: 2 + 1, 1 + 1, 1.
  const std::vector<std::vector<std::string>> members = cells_of("members.csv"), groups = cells_of("groups.csv");
  CHECK(members[0] == std::vector<std::string>{"arm", "trial", "group", "member", "zone", "partitions",
                                               "delivered_records", "delivered_bytes", "delivered_records_per_second",
                                               "delivered_bytes_per_second"});
  REQUIRE(members.size() == 1 + 3 * (groups.size() - 1));
  for (std::size_t g = 1; g < groups.size(); ++g) {
    std::int64_t records = 0, bytes = 0;
    for (std::size_t m = 0; m < 3; ++m) {
      const std::vector<std::string>& row = members[1 + 3 * (g - 1) + m];
      for (std::size_t key = 0; key < 3; ++key) CHECK(row[key] == groups[g][key]);
      CHECK(row[3] == std::to_string(m));
      CHECK(row[4] == std::string(1, static_cast<char>('a' + m)));
      CHECK(row[5] == std::to_string(3 - m));
      records += std::stoll(row[6]);
      bytes += std::stoll(row[7]);
    }
    CHECK(std::to_string(records) == groups[g][3]);
    CHECK(std::to_string(bytes) == groups[g][4]);
  }
}

TEST_CASE("rebalances.csv and rebalance_members.csv: a row each, without an end where the run ended first") {
  test::Example finished;
  RebalanceResult settled{
      .began = std::chrono::seconds{2},
      .ended = std::chrono::milliseconds{2500},
      .settled = true,
      .rounds = 2,
      .moved = 1,
      .stopped = 3,
      .stopped_sum = std::chrono::milliseconds{750},
      .longest_stop = std::chrono::milliseconds{500},
      .read_again = 7,
      .members = {{0, 2, 1, {}, {}}, {2, 0, 1, std::chrono::milliseconds{500}, std::chrono::seconds{1}}}};
  finished.arms[0].trials[1].groups[1].rebalances = {settled, settled};
  finished.arms[0].trials[1].groups[1].rebalances[1].settled = false;
  CHECK(written([&](ResultFile& file) { write_rebalances(file, finished.results); }) ==
        "arm,trial,group,rebalance,began_seconds,ended_seconds,rounds,moved_partitions,stopped_partitions,"
        "stopped_partition_seconds,longest_stop_seconds,read_again_records\n"
        "leader,1,audit,0,2,2.5,2,1,3,0.75,0.5,7\n"
        "leader,1,audit,1,2,,2,1,3,0.75,0.5,7\n");
  CHECK(written([&](ResultFile& file) { write_rebalance_members(file, finished.results); }) ==
        "arm,trial,group,rebalance,member,partitions_before,partitions_after,without_partitions_seconds,"
        "longest_stop_seconds\n"
        "leader,1,audit,0,0,2,1,0,0\n"
        "leader,1,audit,0,2,0,1,0.5,1\n"
        "leader,1,audit,1,0,2,1,0,0\n"
        "leader,1,audit,1,2,0,1,0.5,1\n");
}

TEST_CASE("summary.csv read by libfccp: quoted text comes back, absent figures are empty") {
  Reader<10> reader((example_directory() / "summary.csv").string());
  reader.read_header(io::ignore_no_column, "metric", "unit", "arm", "trials", "estimate", "half_width", "lowest",
                     "highest", "level_ratio", "note");
  std::string metric, unit, arm, trials, estimate, half_width, lowest, highest, level, note;
  REQUIRE(reader.read_row(metric, unit, arm, trials, estimate, half_width, lowest, highest, level, note));
  CHECK(note == "=cell, \"quoted\" line");
  CHECK(estimate == "1500000");
  CHECK(lowest == "0");  // O-01: not "-0"
  CHECK(highest == "1e+22");
  REQUIRE(reader.read_row(metric, unit, arm, trials, estimate, half_width, lowest, highest, level, note));
  CHECK(arm == "change");
  CHECK((estimate + half_width + lowest + highest).empty());
  CHECK_FALSE(reader.read_row(metric, unit, arm, trials, estimate, half_width, lowest, highest, level, note));
}

TEST_CASE("H-135: text that a spreadsheet would compute is quoted, numbers are not") {
  CHECK(written([](ResultFile& file) {
          CsvTable table(file, {"a", "b"});
          table.text("=1+1").number(-1.5).end_row();
          table.text("@x").text("-x").end_row();
          table.text("+").text("\tx").end_row();
          table.text("plain-name_1.0").text("").end_row();
        }) == "a,b\n\"=1+1\",-1.5\n\"@x\",\"-x\"\n\"+\",\"\tx\"\nplain-name_1.0,\n");
}

TEST_CASE("O-01: a number that is not finite, and a row of another width, stop the run instead of reaching a file") {
  const auto append = [](double value) {
    std::string text;
    append_number(text, value);
    return text;
  };
  CHECK_THROWS_AS(append(std::numeric_limits<double>::quiet_NaN()), ContractViolation);
  CHECK_THROWS_AS(append(-std::numeric_limits<double>::infinity()), ContractViolation);
  CHECK(append(-0.0) == "0");
  CHECK(append(0.1) == "0.1");
  CHECK_THROWS_AS(written([](ResultFile& file) {
                    CsvTable table(file, {"a", "b"});
                    table.number(1).end_row();
                  }),
                  ContractViolation);
}

TEST_CASE(
    "O-02: quantiles are ordered, the mean lies between least and greatest, and p99.9 needs 100,000 observations") {
  const std::vector<std::vector<std::string>> rows = cells_of("latency.csv");
  std::size_t full = 0;
  for (std::size_t r = 1; r < rows.size(); ++r) {
    REQUIRE(rows[r].size() == 14);
    CHECK(rows[r][12].empty());  // p99_9: no more than some thousand records here
    if (rows[r][5] == "0" || rows[r][13].empty()) continue;
    ++full;
    const auto value = [&](std::size_t column) { return std::stod(rows[r][column]); };
    CHECK(value(8) <= value(9));
    CHECK(value(9) <= value(10));
    CHECK(value(10) <= value(11));
    CHECK(value(11) <= value(13));
    CHECK(value(7) >= value(8));
    CHECK(value(7) <= value(13));
  }
  CHECK(full >= 8);

  test::Example many;
  many.arms[0].trials[0].produce = {};
  many.arms[0].trials[0].produce.record(std::chrono::milliseconds{3}, 99'999);
  const auto first_row = [&] {
    const std::string text = written([&](ResultFile& file) { write_latency(file, many.results); });
    const std::size_t start = text.find('\n') + 1;
    return text.substr(start, text.find('\n', start) - start);
  };
  CHECK(first_row() == "leader,0,produce,,,99999,0,0.003,0.003,0.003,0.003,0.003,,0.003");
  many.arms[0].trials[0].produce.record(std::chrono::milliseconds{3});
  CHECK(first_row() == "leader,0,produce,,,100000,0,0.003,0.003,0.003,0.003,0.003,0.003,0.003");
  many.arms[0].trials[0].produce.record_censored(20'000);  // 1/6 never ended: p90 and above are not known
  CHECK(first_row() == "leader,0,produce,,,100000,20000,0.003,0.003,0.003,,,,");
}

TEST_CASE("a distribution's counts add up to the table of quantiles, and its last share is what was censored") {
  std::uint64_t produced = 0;
  for (const TrialResult& trial : test::example().arms[1].trials) produced += trial.produce.count();
  std::uint64_t listed = 0;
  std::string last;
  for (const std::vector<std::string>& row : cells_of("latency_distribution.csv")) {
    if (row[0] != "rack_aware" || row[1] != "produce") continue;
    listed += std::stoull(row[5]);
    last = row[6];
  }
  CHECK(listed == produced);
  CHECK(last == "0");
}

TEST_CASE("the parts of the latency add up to its mean") {
  // Sum of the mean parts = mean of the acknowledgement latency over the same records (all acks=all, none censored).
  const std::vector<std::vector<std::string>> rows = cells_of("latency_parts.csv");
  double sum = 0;
  for (const std::vector<std::string>& row : rows) {
    if (row[0] == "leader" && row[1] == "0" && row[2] == "produce") sum += std::stod(row[5]);
  }
  CHECK(sum ==
        doctest::Approx(test::example().arms[0].trials[0].produce.mean_seconds()).epsilon(1e-6));  // ns roundings
}

TEST_CASE("JSON text: nlohmann reads back what was written, bytes that are no UTF-8 included") {
  JsonText json;
  json.begin_object().member("a\"b", "line\n\xff tab\t").member("n", 0.1).member("none", std::optional<double>());
  json.member("list", std::vector<std::string>{"x", "y"})
      .key("empty")
      .begin_array()
      .end()
      .member("big", ~std::uint64_t{0});
  const nlohmann::json read = nlohmann::json::parse(json.end().document());
  CHECK(read["a\"b"] == "line\n\\xff tab\t");
  CHECK(read["n"] == 0.1);
  CHECK(read["none"].is_null());
  CHECK(read["list"] == nlohmann::json{"x", "y"});
  CHECK(read["empty"].empty());
  CHECK(read["big"] == ~std::uint64_t{0});
}

}  // namespace brokersim
