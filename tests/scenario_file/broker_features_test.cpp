// SPDX-License-Identifier: Apache-2.0
// Quotas, disks, fetcher threads and placers in a scenario file: what is read, what is refused, what is written back.
#include <doctest/doctest.h>

#include "tests/scenario_file/scenario_support.hpp"

namespace brokersim::test {
namespace {

std::string with_features(const std::string& broker, const std::string& topic, const std::string& producer,
                          const std::string& group) {
  return R"({"version": 1, "duration": "60s", "zones": ["a", "b"], "brokers": [{"count": 3, "zones": ["a", "b"])" +
         broker + R"(}], "topics": [{"id": "t", "partitions": 2, "replication_factor": 2)" + topic +
         R"(}], "producers": [{"id": "p", "zone": "a", "topic": "t", "rate": "1/s")" + producer +
         R"(}], "groups": [{"id": "g", "topics": ["t"], "members": {"count": 1, "zone": "a", "client.rack": "zone"})" +
         group + "}]}";
}

}  // namespace

TEST_CASE("Quotas, disks, fetchers and placers are read and written back to the same meaning") {
  const ScenarioDocument document = read_scenario_text(
      with_features(
          R"(, "disk": {"bandwidth": "250MB/s", "latency": "7ms", "page_cache": "64GiB"},
              "network_threads": "bound", "config": {"num.replica.fetchers": 4, "queued.max.requests": 7, "quota.window.num": 5, "quota.window.size.seconds": 2})",
          R"(, "placement": "classic_rack_unaware")",
          R"(, "config": {"producer_byte_rate": 1000000, "request_percentage": 150, "buffer.memory": 65536, "max.block.ms": 250})",
          R"(, "starts_at": "30s", "config": {"consumer_byte_rate": 2000000, "request_percentage": 50})"),
      "x.json");
  const WorldSpec& world = document.scenario.world;
  CHECK(world.brokers[0].disk.bandwidth.value == 250'000'000);
  CHECK(world.brokers[0].disk.latency == std::chrono::milliseconds{7});
  CHECK(world.brokers[0].disk.page_cache == Bytes{64} << 30);
  CHECK(world.brokers[0].connections_bound);
  CHECK(world.brokers[0].queued_max_requests == 7);
  CHECK(world.brokers[0].num_replica_fetchers == 4);
  CHECK(world.brokers[0].quota_window_num == 5);
  CHECK(world.brokers[0].quota_window_size == std::chrono::seconds{2});
  CHECK(world.topics[0].placer == TopicSpec::Placer::classic_rack_unaware);
  CHECK(world.producers[0].quota.byte_rate == 1'000'000);
  CHECK(world.producers[0].quota.request_percentage == 150);
  CHECK(world.producers[0].buffer_memory == 65'536);
  CHECK(world.producers[0].max_block == std::chrono::milliseconds{250});
  CHECK(world.groups[0].quota.byte_rate == 2'000'000);
  CHECK(world.groups[0].starts_at == std::chrono::seconds{30});
  const ScenarioDocument again = read_scenario_text(document.effective_json, "x.json");
  CHECK(again.hash == document.hash);
  CHECK(again.effective_json == document.effective_json);
  CHECK(read_scenario_text(with_features("", R"(, "placement": "classic")", "", ""), "x.json").hash != document.hash);
}

TEST_CASE("B-20, B-21: a client id without a quota of a kind has the default entity's of that kind") {
  const std::string quota =
      R"({"default_client_quota": {"producer_byte_rate": 7, "consumer_byte_rate": 8, "request_percentage": 9}, )";
  const auto read = [&](const std::string& producer, const std::string& group) {
    return read_scenario_text(quota + with_features("", "", producer, group).substr(1), "x.json").scenario.world;
  };
  const WorldSpec none = read("", "");
  CHECK(none.producers[0].quota.byte_rate == 7);
  CHECK(none.producers[0].quota.request_percentage == 9);
  CHECK(none.groups[0].quota.byte_rate == 8);
  CHECK(none.groups[0].quota.request_percentage == 9);
  const WorldSpec own = read(R"(, "config": {"producer_byte_rate": 1})", R"(, "config": {"request_percentage": 2})");
  CHECK(own.producers[0].quota.byte_rate == 1);
  CHECK(own.producers[0].quota.request_percentage == 9);
  CHECK(own.groups[0].quota.byte_rate == 8);
  CHECK(own.groups[0].quota.request_percentage == 2);
  // Written back where it holds: it is the same world as if every entry had stated it.
  const std::string text = quota + with_features("", "", "", "").substr(1);
  const std::string stated = with_features("", "", R"(, "config": {"producer_byte_rate": 7, "request_percentage": 9})",
                                           R"(, "config": {"consumer_byte_rate": 8, "request_percentage": 9})");
  CHECK(read_scenario_text(text, "x.json").hash == read_scenario_text(stated, "x.json").hash);
}

TEST_CASE("What is wrong with a quota, a disk or a placer is told with its place") {
  const auto code_of = [](const std::string& text) {
    const std::string said = answer(text, "x");
    const std::size_t at = said.find('E');
    return said.substr(at, 5);
  };
  CHECK(code_of(with_features(R"(, "disk": {"latency": "1ms"})", "", "", "")) == "E0304");
  CHECK(code_of(with_features(R"(, "disk": {"bandwidth": "1MB/s", "page_cache": "2000TiB"})", "", "", "")) == "E0429");
  CHECK(code_of(with_features(R"(, "network_threads": "bond")", "", "", "")) == "E0318");
  CHECK(code_of(with_features(R"(, "config": {"quota.window.num": 1})", "", "", "")) == "E0429");
  CHECK(code_of(with_features(R"(, "config": {"num.replica.fetchers": 0})", "", "", "")) == "E0429");
  CHECK(code_of(with_features("", R"(, "placement": "clasic")", "", "")) == "E0318");
  CHECK(code_of(with_features("", "", R"(, "config": {"producer_byte_rate": 0})", "")) == "E0429");
  CHECK(code_of(with_features("", "", R"(, "config": {"buffer.memory": 0})", "")) == "E0429");
  CHECK(code_of(with_features("", "", R"(, "config": {"max.block.ms": -1})", "")) == "E0429");
  CHECK(code_of(with_features("", "", R"(, "config": {"buffer.memory": 16383})", "")) ==
        "E0440");  // batch.size is 16384
  CHECK(code_of(with_features("", "", R"(, "config": {"buffer.memory": 1105, "batch.size": 1024})", "")) ==
        "E0440");  // 1024 + 82
  CHECK(code_of(R"({"default_client_quota": {"byte_rate": 1}, )" + with_features("", "", "", "").substr(1)) == "E0302");
  CHECK(code_of(R"({"default_client_quota": {"request_percentage": 0}, )" + with_features("", "", "", "").substr(1)) ==
        "E0429");
  CHECK(code_of(with_features("", "", "", R"(, "config": {"producer_byte_rate": 5})")) == "E0303");
}

}  // namespace brokersim::test
