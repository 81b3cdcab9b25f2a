// SPDX-License-Identifier: Apache-2.0
// What a scenario file means: defaults, equal meanings (rule D-01 of the determinism contract), print-config, --set.
#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/scenario_file/scenario_support.hpp"

namespace brokersim::test {

using namespace std::chrono_literals;

namespace {
ScenarioDocument document_of(const std::string& text, const std::vector<Override>& overrides = {}) {
  return read_scenario_text(text, "small.json", overrides);
}
}  // namespace

TEST_CASE("Defaults are those of Kafka 4.2.0") {  // behaviour reference, section 11
  const Scenario s = document_of(small_scenario).scenario;
  CHECK(s.name == "small");
  CHECK(s.duration == 60s);
  CHECK_FALSE(s.warm_up);
  CHECK(s.seed == 1);
  CHECK_FALSE(s.service_costs_stated);
  REQUIRE(s.world.brokers.size() == 3);
  const BrokerSpec& broker = s.world.brokers[2];
  CHECK(broker.id == 3);
  CHECK(broker.zone == ZoneIndex{2});
  CHECK(broker.num_network_threads == 3);
  CHECK(broker.num_io_threads == 8);
  CHECK(broker.replica_fetch_wait_max == 500ms);
  CHECK(broker.fetch_max_bytes == 57'671'680);
  CHECK(broker.nic.value == 1'250'000'000);
  const ProducerSpec& producer = s.world.producers.at(0);
  CHECK(producer.acks == -1);
  CHECK(producer.linger == 5ms);
  CHECK(producer.batch_size == 16'384);
  CHECK(producer.records_per_second == 1000);
  CHECK(producer.random_phase);
  const ConsumerGroupSpec& group = s.world.groups.at(0);
  CHECK(group.fetch_max_wait == 500ms);
  CHECK(group.metadata_max_age == 5min);
  CHECK(group.assignor == AssignorKind::range);  // the first of Kafka's default list (G-6)
  REQUIRE(group.members.size() == 3);
  CHECK(group.members[1].client_rack == "b");
  REQUIRE(s.world.network.links.size() == 3);
  CHECK(s.world.network.links[0].one_way_latency.mean == 500us);
  CHECK(s.world.network.links[0].usd_per_gigabyte == 0.02);
  CHECK(s.world.network.within_zone.at(0).one_way_latency.mean == 100us);
  CHECK(s.world.topics.at(0).min_insync_replicas == 1);
  CHECK(s.world.topics[0].replicas.empty());
}

TEST_CASE("The same meaning has the same hash: key order, units, comments, defaults, ways to list brokers (D-01)") {
  const std::string hash = document_of(small_scenario).hash;
  CHECK(hash.size() == 16);
  CHECK(document_of(R"({"groups": [{"members": [{"client.rack": "a", "zone": "a"}, {"zone": "b", "client.rack": "b"},
      {"zone": "c", "client.rack": "c"}], "topics": ["orders"], "id": "g", "comment": ["any", {"thing": null}]}],
    "producers": [{"rate": "60k/min", "topic": "orders", "zones": ["a", "a"], "id": "shop", "record_size": "1KiB",
      "arrivals": "poisson", "config": {"acks": "-1", "batch.size": 16384.0}}],
    "topics": [{"replication_factor": 3, "partitions": 6, "id": "orders", "placement": "kraft"}],
    "brokers": [{"id": 1, "zone": "a", "nic": "1250MB/s"}, {"id": 2, "zone": "b"}, {"id": 3, "zone": "c"}],
    "network": {"links": [{"between": ["a", "b"]}, {"between": ["a", "c"]}, {"between": ["b", "c"], "latency": "500us"}]},
    "zones": ["a", "b", "c"], "duration": "1min", "warm_up": "automatic", "version": 1, "name": "another name"})")
            .hash == hash);
}

TEST_CASE("Another meaning has another hash") {
  const std::string hash = document_of(small_scenario).hash;
  CHECK(document_of(replaced(small_scenario, "60s", "61s")).hash != hash);
  CHECK(document_of(replaced(small_scenario, "\"client.rack\": \"zone\"", "\"client.rack\": \"a\"")).hash != hash);
  CHECK(document_of(replaced(small_scenario, "\"first_id\": 1", "\"first_id\": 2")).hash != hash);
  CHECK(document_of(replaced(small_scenario, "1000/s", "1000.0000000000001/s")).hash != hash);
}

TEST_CASE("A group's assignor goes by its protocol, whose default is the first of its assignors") {
  const auto with = [](const std::string& config) {
    return document_of(replaced(small_scenario, "\"id\": \"g\"", "\"id\": \"g\", \"config\": {" + config + "}"));
  };
  const auto assignor = [&with](const std::string& config) { return with(config).scenario.world.groups[0].assignor; };
  for (const AssignorName& known : assignor_names) {
    const bool classic = known.protocol == GroupProtocol::classic;
    const std::string setting = classic ? "\"partition.assignment.strategy\": \"" : "\"group.remote.assignor\": \"";
    const std::string protocol = std::string("\"group.protocol\": \"") + (classic ? "classic" : "consumer") + "\", ";
    CHECK(assignor(protocol + setting + std::string(known.name) + "\"") == known.kind);
  }
  CHECK(assignor("\"partition.assignment.strategy\": \"roundrobin\"") == AssignorKind::round_robin);
  CHECK(assignor("\"group.protocol\": \"consumer\"") == AssignorKind::server_uniform);
  const std::string hash = document_of(small_scenario).hash;
  CHECK(with("\"group.protocol\": \"classic\", \"partition.assignment.strategy\": \"range\"").hash == hash);
  CHECK(with("\"group.protocol\": \"consumer\", \"group.remote.assignor\": \"range\"").hash != hash);
}

TEST_CASE("A producer's zones are gone round by its instances, however the list is written") {
  const auto with = [](const std::string& zones) {
    return document_of(replaced(small_scenario, "\"zone\": \"a\"", "\"count\": 4, \"zones\": " + zones));
  };
  CHECK(with(R"(["a", "b"])").hash == with(R"(["a", "b", "a", "b"])").hash);
  CHECK(with(R"(["a", "b"])").hash != with(R"(["a", "b", "a"])").hash);  // a b a a
  CHECK(with(R"(["a", "b", "a"])").hash == document_of(with(R"(["a", "b", "a"])").effective_json).hash);
}

TEST_CASE("print-config reads back to the same hash, and then to the same text") {
  std::vector<std::string> texts{small_scenario};
  for (const auto& entry : std::filesystem::directory_iterator(std::string(BROKERSIM_SOURCE_DIR) + "/scenarios")) {
    if (entry.path().extension() == ".json") texts.push_back(file_text(entry.path().string()));
  }
  CHECK(texts.size() >= 7);
  // Every law, every key distribution and every optional key once.
  texts.push_back(
      R"({"version": 1, "duration": "1h", "warm_up": "1.5s", "window": "1s", "drain_limit": "0s", "trials": 3,
    "seed": 18446744073709551615, "read_policies": ["rack_aware"], "legacy_behaviour": ["consumers_wait_out_on_followers"],
    "zones": ["a", "b", "c", "d"],
    "network": {"within_zone": {"latency": {"distribution": "uniform", "minimum": "1us", "maximum": "2us"}, "bandwidth": "1Mbit/s"},
      "links": [{"between": ["b", "a"], "latency": {"distribution": "lognormal", "mean": "1ms", "scv": 0.3}, "price_per_gb": "0.1USD"},
        {"between": ["b", "c"], "latency": {"distribution": "erlang", "mean": "1ms", "shape": 4, "minimum": "3us"}},
        {"between": ["c", "d"], "bandwidth": "123457B/s",
         "latency": {"distribution": "hyperexponential", "mean": "1ms", "first_probability": 0.9, "second_mean": "7ms"}}]},
    "brokers": [{"id": 7, "zone": "d", "nic": "unlimited", "service": {"network_thread": {"per_request": "1us", "per_byte": "0.001ns"}},
        "config": {"num.io.threads": 2, "min.insync.replicas": 2, "default.replication.factor": 2}},
      {"count": 5, "zones": ["a", "b", "a"]}],
    "topics": [{"id": "t", "count": 3, "partitions": 2}, {"id": "x", "partitions": 2, "placement": [[7, 8], [8, 9]]}],
    "producers": [
      {"id": "p", "zone": "a", "topic": "t-1", "rate": "0.1/s", "arrivals": "constant", "first_record_at": "1.003s",
       "record_size": {"minimum": "1B", "maximum": "10kB"}, "keys": {"distribution": "zipf", "count": 10, "exponent": 0.99}},
      {"id": "q", "zone": "a", "topic": "x", "rate": "7/min", "keys": {"distribution": "hot", "count": 10, "hot_share": "33.3%"}},
      {"id": "r", "zone": "a", "topic": "x", "rate": "1/s", "keys": {"distribution": "uniform", "count": 5}, "config": {"acks": 0}},
      {"id": "s", "zone": "a", "topic": "x", "rate": "1/s", "partitioner": {"partition": 1},
       "config": {"partitioner.adaptive.partitioning.enable": false, "partitioner.availability.timeout.ms": 70}},
      {"id": "t", "zone": "a", "topic": "x", "rate": "1/s", "partitioner": "sticky_2.4", "arrivals": {"process": "bursts",
       "on": "1.5s", "off": {"distribution": "exponential", "mean": "9s"}, "in_step": true},
       "record_size": {"distribution": "lognormal", "mean": "1KiB", "scv": 1.5, "maximum": "12345B"}},
      {"id": "u", "zone": "a", "topic": "x", "rate": "1/s", "arrivals": {"process": "diurnal", "period": "24h", "amplitude": "80%"},
       "compression": {"ratio": 0.31, "compress_per_byte": "1.5ns"}, "config": {"compression.type": "zstd"},
       "record_size": {"distribution": "table", "sizes": ["7B", "1KiB"], "weights": [0.25, 3]}}],
    "groups": [{"id": "g", "topics": ["x", "t-0"], "members": [{"zone": "a"}, {"zone": "b", "client.rack": "c"}],
      "processing_time_per_record": "3us", "config": {"fetch.max.wait.ms": 0, "metadata.max.age.ms": 1}},
      {"id": "h", "topics": ["x"], "members": {"count": 2, "zone": "a"}, "config": {"partition.assignment.strategy": "sticky"}},
      {"id": "i", "topics": ["x"], "members": {"zone": "a"}, "config": {"group.protocol": "consumer"}},
      {"id": "slow", "topics": ["x"], "members": {"count": 2, "zone": "a", "pauses": [{"from": "1s", "to": "2s"}],
       "processing_time_per_record": {"distribution": "exponential", "mean": "5ms"}}, "config": {"max.poll.records": 7}},
      {"id": "apart", "topics": ["x"], "processing_time_per_record": {"distribution": "uniform", "maximum": "5ms"},
       "members": [{"zone": "a", "processing_time_per_record": "0s"}, {"zone": "a"}]}]})");
  for (const std::string& text : texts) {
    const ScenarioDocument first = document_of(text);
    const ScenarioDocument second = document_of(first.effective_json);
    CHECK(first.hash == second.hash);
    CHECK(first.effective_json == second.effective_json);
  }
  const Scenario all = document_of(texts.back()).scenario;
  CHECK(all.world.brokers.at(1).id == 8);  // counts on from the highest id so far
  CHECK(all.world.topics.at(0).replication_factor == 2);
  CHECK(all.world.topics[0].min_insync_replicas == 2);
  CHECK(all.world.topics.at(3).replicas.at(1) == std::vector<BrokerIndex>{{1}, {2}});
  CHECK(all.world.producers.at(0).topic == TopicIndex{1});
  CHECK_FALSE(all.world.producers[0].random_phase);
  CHECK(all.world.switches.followers_do_not_wake_consumers);
  CHECK(all.world.producers.at(3).partitioner.kind == PartitionerSpec::Kind::one_partition);
  CHECK(all.world.producers[3].partitioner.partition == 1);
  CHECK_FALSE(all.world.producers[3].partitioner.adaptive);
  CHECK(all.world.producers[3].partitioner.availability_timeout == 70ms);
  CHECK(all.world.producers.at(4).partitioner.kind == PartitionerSpec::Kind::sticky_2_4);
}

TEST_CASE(
    "A trace file brings its records along, its mistakes have its lines, and its content is part of the meaning") {
  const std::string name = "trace-" + std::to_string(::getpid()) + ".csv";
  const auto with = [&](const std::string& csv, const std::string& more = "", const std::string& inside = "") {
    std::ofstream(name, std::ios::binary) << csv;
    return replaced(small_scenario, "\"rate\": \"1000/s\"",
                    R"("arrivals": {"process": "trace", "file": ")" + name + "\"" + inside + "}" + more);
  };
  const ScenarioDocument read_in = document_of(with("time_s,size_bytes,key\n0.5,100,a\r\n0.500000001,7,\n2,200,b,c\n"));
  const TraceSpec& trace = *read_in.scenario.world.producers.at(0).trace;
  CHECK(trace.times == std::vector<Duration>{500ms, 500ms + 1ns, 2s});
  CHECK(trace.sizes == std::vector<std::int32_t>{100, 7, 200});
  CHECK(trace.keys == std::vector<std::string>{"a", "", "b,c"});
  CHECK(document_of(read_in.effective_json).hash == read_in.hash);
  CHECK(document_of(with("time_s,size_bytes,key\n0.5,100,a\n0.500000001,7,\n2,200,b\n")).hash != read_in.hash);
  const auto mistake = [&](const std::string& csv, const std::string& found, const std::string& line) {
    const std::string said = answer(with(csv), "x");
    CHECK(said.find("E0458: " + name + ":" + line + ":1") != std::string::npos);
    CHECK(said.find("found   " + found) != std::string::npos);
  };
  mistake("time,size\n", "the column \"time\"", "1");
  mistake("time_s\n", "no row", "1");
  mistake("time_s\n1\n0.9\n", "\"0.9\"", "3");
  mistake("time_s\n1e3\n", "\"1e3\"", "2");
  mistake("time_s\n-1\n", "\"-1\"", "2");
  mistake("time_s,partition\n1,6\n", "\"6\"", "2");  // orders has 0 to 5
  mistake("time_s,size_bytes\n1,0\n", "\"0\"", "2");
  mistake("time_s,size_bytes\n1\n", "\"1\"", "2");
  CHECK(answer(with("time_s,size_bytes\n1,1\n", R"(, "record_size": "1KiB")"), "x").find("E0323") != std::string::npos);
  CHECK(answer(with("time_s\n1\n", R"(, "rate": "1/s")"), "x").find("E0323") != std::string::npos);
  CHECK(answer(with("time_s\n1\n", "", R"(, "content": "0123456789abcdef")"), "x").find("E0458") != std::string::npos);
  CHECK(answer(with("time_s\n1\n", R"(, "record_size": "100B")"), "x") == "exit 0\n");
  std::filesystem::remove(name);
  CHECK(answer(
            replaced(small_scenario, "\"rate\": \"1000/s\"", R"("arrivals": {"process": "trace", "file": "../t.csv"})"),
            "x")
            .find("E0458") != std::string::npos);
}

TEST_CASE("Laws of sizes and arrivals that cannot be are refused where they stand") {
  const auto with = [](const std::string& members) {
    return answer(replaced(small_scenario, "\"rate\": \"1000/s\"", "\"rate\": \"1000/s\", " + members), "x");
  };
  const auto refused = [&](const std::string& members, const std::string& code) {
    CHECK_MESSAGE(with(members).find("error " + code) != std::string::npos, with(members));
  };
  refused(R"("record_size": {"distribution": "lognormal", "mean": "2KiB", "scv": 1, "maximum": "1KiB"})", "E0440");
  refused(R"("record_size": {"distribution": "lognormal", "mean": "2KiB", "scv": 1, "maximum": "1MiB"})", "E0440");
  refused(R"("record_size": {"distribution": "lognormal", "mean": "2KiB", "scv": 1})", "E0304");
  refused(R"("record_size": {"distribution": "table", "sizes": ["1B"], "weights": [1, 2]})", "E0448");
  refused(R"("record_size": {"distribution": "table", "sizes": ["1B"], "weights": [0]})", "E0448");
  refused(R"("record_size": {"distribution": "table", "sizes": ["1B"], "weights": [1], "scv": 1})", "E0323");
  refused(R"("arrivals": {"process": "bursts", "on": "0s", "off": "1s"})", "E0429");
  refused(R"("arrivals": {"process": "bursts", "on": "1s"})", "E0304");
  refused(R"("arrivals": {"process": "diurnal", "period": "0s", "amplitude": "1%"})", "E0429");
  refused(R"("arrivals": {"process": "diurnal", "period": "1h", "amplitude": "1%", "on": "1s"})", "E0323");
  refused(R"("arrivals": {"process": "daily"})", "E0318");
  refused(R"("compression": {"ratio": 0.5})", "E0323");
  refused(R"("config": {"compression.type": "lz4"})", "E0304");
  refused(R"("config": {"compression.type": "lz4"}, "compression": {"ratio": 0})", "E0437");
  refused(R"("config": {"compression.type": "lzma"})", "E0318");
}

TEST_CASE("A partitioner that cannot be is refused where it stands") {
  const auto with = [](const std::string& members) {
    return answer(replaced(small_scenario, "\"rate\": \"1000/s\"", "\"rate\": \"1000/s\", " + members), "x");
  };
  CHECK(with(R"("partitioner": {"partition": 5})") == "exit 0\n");
  CHECK(with(R"("partitioner": {"partition": 6})").find("E0429: x:7:") != std::string::npos);  // orders has 0 to 5
  CHECK(with(R"("partitioner": {"partition": 6})").find("0 to 5") != std::string::npos);
  CHECK(with(R"("partitioner": "sticky_24")").find("did you mean \"sticky_2.4\"?") != std::string::npos);
  const std::string keys = R"("keys": {"distribution": "uniform", "count": 5}, )";
  CHECK(with(keys + R"("partitioner": "round_robin")").find("E0323") != std::string::npos);
  CHECK(with(keys + R"("partitioner": "default")") == "exit 0\n");
  CHECK(with(R"("config": {"partitioner.adaptive.partitioning.enable": "true"})").find("without quotes") !=
        std::string::npos);
}

TEST_CASE("Pauses come one after the other") {
  const auto with = [](const std::string& pauses) {
    return answer(replaced(small_scenario, "\"client.rack\"", "\"pauses\": [" + pauses + "], \"client.rack\""), "x");
  };
  CHECK(with(R"({"from": "1s", "to": "2s"}, {"from": "2s", "to": "3s"})").starts_with("exit 0"));
  CHECK(with(R"({"from": "2s", "to": "2s"})").find("E0432") != std::string::npos);
  CHECK(with(R"({"from": "1s", "to": "3s"}, {"from": "2s", "to": "4s"})").find("/members/pauses/1/from") !=
        std::string::npos);
  CHECK(with(R"({"from": "1s"})").find("E0304") != std::string::npos);
  CHECK(with(R"({"from": "1s", "till": "2s"})").find("E0302") != std::string::npos);
}

TEST_CASE("Service costs count as stated only if every broker states all three") {
  const std::string cost = R"({"per_request": "1us", "per_byte": "0.1ns"})";
  const std::string all =
      R"("service": {"network_thread": )" + cost + R"(, "produce": )" + cost + R"(, "fetch": )" + cost + "}, ";
  CHECK(document_of(replaced(small_scenario, "\"first_id\"", all + "\"first_id\"")).scenario.service_costs_stated);
  const std::string two = R"("service": {"network_thread": )" + cost + R"(, "produce": )" + cost + "}, ";
  CHECK_FALSE(
      document_of(replaced(small_scenario, "\"first_id\"", two + "\"first_id\"")).scenario.service_costs_stated);
}

TEST_CASE("--set changes values, adds keys, and is judged like the file, under its own place and E0606 (H-117)") {
  CHECK(document_of(small_scenario, {{"/producers/0/rate=2k/s", 3}}).scenario.world.producers[0].records_per_second ==
        2000);
  CHECK(document_of(small_scenario, {{"/trials=3", 3}, {"/trials=4", 5}}).scenario.trials == 4);
  CHECK(document_of(small_scenario, {{"/read_policies=[\"leader\"]", 3}}).scenario.read_policies.size() == 1);
  CHECK(answer(small_scenario, "x", {{"/producers/0/rate=abc", 4}}) ==
        "exit 2\nerror E0606: command line, argument 4 at /producers/0/rate\n  found   \"abc\"\n"
        "  allowed a rate with its unit, like \"1000/s\" or \"2.5k/s\"\n  hint    write a plain number with its unit, "
        "without exponent\n  in file E0315\n");
  CHECK(answer(small_scenario, "x", {{"/producer/0/rate=1/s", 4}}) ==
        "exit 2\nerror E0606: command line, argument 4 at /producer\n  found   no such place in the scenario\n"
        "  allowed one of \"version\", \"duration\", \"zones\", \"brokers\", \"topics\", \"producers\", \"groups\"\n"
        "  hint    did you mean \"producers\"?\n");
  CHECK(answer(small_scenario, "x", {{"/producers/1/rate=1/s", 4}}) ==
        "exit 2\nerror E0606: command line, argument 4 at /producers/1\n  found   no such place in the scenario\n"
        "  allowed an index below 1\n");
  CHECK(answer(small_scenario, "x", {{"trials=3", 4}}) ==
        "exit 2\nerror E0606: command line, argument 4\n  found   \"trials=3\"\n"
        "  allowed --set /pointer=value, like /producers/0/rate=500/s\n");
  CHECK(answer(small_scenario, "x", {{"/trails=3", 4}}).find("did you mean \"trials\"?") != std::string::npos);
  CHECK(answer(small_scenario, "x", {{"/name=\xff", 4}}).find("found   \"\\xff\"") != std::string::npos);
}

TEST_CASE("A reassignment file places its topic's partitions (P-17), and its errors are named in it") {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("brokersim-reassignment-" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  const auto with = [&](const std::string& json) {
    std::ofstream(folder / "orders.json") << json;
    const std::string text = replaced(small_scenario, "\"partitions\": 6",
                                      "\"partitions\": 2, \"placement\": {\"reassignment_file\": \"orders.json\"}");
    return read_scenario_text(text, "x", {}, folder.string());
  };
  const ScenarioDocument document = with(
      R"({"version":1,"partitions":[{"topic":"orders","partition":1,"replicas":[3,1,2],"log_dirs":["any","any","any"]},
               {"topic":"other","partition":0,"replicas":[9]},{"topic":"orders","partition":0,"replicas":[1,2,3]}]})");
  CHECK(document.scenario.world.topics[0].replicas ==
        std::vector<std::vector<BrokerIndex>>{{{0}, {1}, {2}}, {{2}, {0}, {1}}});
  const auto code_and_file = [&](const std::string& json) {
    try {
      (void)with(json);
    } catch (const ScenarioError& error) {
      const Diagnostic& d = error.diagnostics().front();
      return std::to_string(error.exit_code()) + " " + d.code + " " + d.file.substr(d.file.find_last_of('/') + 1) +
             ":" + std::to_string(d.line) + ":" + std::to_string(d.column);
    }
    return std::string("accepted");
  };
  CHECK(code_and_file("{\"partitions\":[{]}") == "3 E0223 orders.json:1:17");
  CHECK(code_and_file(R"({"partitions":[{"topic":"orders","partition":1,"replicas":[3,1,2]}]})") ==
        "3 E0428 orders.json:1:46");
  CHECK(code_and_file(R"({"partitions":[{"topic":"orders","partition":0,"replicas":[3,1,2]}]})") == "3 E0428 x:6:61");
  std::filesystem::remove_all(folder);
  CHECK(
      answer(replaced(small_scenario, "\"partitions\": 6",
                      "\"partitions\": 2, \"placement\": {\"reassignment_file\": \"no.json\"}"),
             "x")
          .find("error E0457: x:6:83 at /topics/0/placement/reassignment_file\n  found   \"no.json\": No such file") !=
      std::string::npos);
}

}  // namespace brokersim::test
