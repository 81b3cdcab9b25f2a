// SPDX-License-Identifier: Apache-2.0
// The language of faults: what a sentence or an entry of "faults" means, and what is said about a wrong one.
#include <doctest/doctest.h>

#include <algorithm>

#include "sim/scenario_file/fault_grammar.hpp"
#include "tests/scenario_file/scenario_support.hpp"

namespace brokersim::test {
namespace {

ScenarioDocument with_fault(const std::string& words) {
  return read_scenario_text(examples_scenario(), "s.json", {{words, 4, true}});
}

FaultSpec fault_of(const std::string& words) {
  return with_fault(words).scenario.world.faults.at(0);
}

std::string refusal(const std::string& words) {
  return answer(examples_scenario(), "s.json", {{words, 4, true}});
}

}  // namespace

TEST_CASE("Every kind's example is of that kind, and is the same fault when it is written and read again") {
  for (const FaultGrammar& grammar : fault_grammar()) {
    CAPTURE(grammar.example);
    const ScenarioDocument once = with_fault(std::string(grammar.example));
    REQUIRE(once.scenario.world.faults.size() == 1);
    CHECK(once.scenario.world.faults[0].kind == grammar.kind);
    const ScenarioDocument again = read_scenario_text(once.effective_json, "s.json");
    CHECK(again.hash == once.hash);
    CHECK(again.effective_json == once.effective_json);
    CHECK(once.hash != read_scenario_text(examples_scenario(), "s.json").hash);
  }
}

TEST_CASE("E0452: a heal that only the run can tell ends nothing whose end is told at once") {
  const auto code = [](const std::vector<std::string>& faults) {
    std::vector<Override> overrides;
    for (const std::string& fault : faults) overrides.push_back({fault, 4, true});
    try {
      (void)read_scenario_text(examples_scenario(), "s.json", overrides);
    } catch (const ScenarioError& error) {
      return error.diagnostics().front().file_code;
    }
    return std::string("accepted");
  };
  const std::string pause = "pause broker 1 at 10s", when = "heal broker 1 when orders/0 in_sync 1";
  CHECK(code({pause, when}) == "E0452");
  CHECK(code({"clog broker 1 at 10s", when}) == "E0452");
  CHECK(code({pause, "heal leader of orders/0 at 20s"}) == "E0452");
  CHECK(code({"pause leader of orders/0 at 10s", when}) == "E0452");
  CHECK(code({pause, "heal broker 1 at 20s"}) == "accepted");
  CHECK(code({"pause broker 2 at 10s", when}) == "accepted");
  CHECK(code({"slow_broker broker 1 at 10s factor 2", when}) == "accepted");
}

TEST_CASE("A kill in words is the kill of the same entry in the file") {
  const std::string entry =
      R"("faults": [{"fault": "kill", "target": {"broker": 3}, "at": "30s", "for": "45s"}], "zones")";
  CHECK(with_fault("kill broker 3 at 30s for 45s").hash ==
        read_scenario_text(replaced(examples_scenario(), "\"zones\"", entry), "s.json").hash);
  const FaultSpec kill = fault_of("kill broker 3 at 30s for 45s");
  CHECK(kill.target.who == FaultTarget::Who::brokers);
  CHECK(kill.target.brokers == std::vector{BrokerIndex{2}});  // ids count from 1
  CHECK(kill.when.at == std::chrono::seconds{30});
  CHECK(kill.lasts == Duration{std::chrono::seconds{45}});
}

TEST_CASE("Times: again and again, on a condition, by rate") {
  const FaultSpec flapping = fault_of("kill broker 1 at 10s for 5s every 20s times 4");
  CHECK(flapping.every == std::chrono::seconds{20});
  CHECK(flapping.times == 4);
  const FaultSpec waiting = fault_of("kill leader of orders/5 when orders/5 high_watermark 40 delay 1ms");
  CHECK(waiting.target.who == FaultTarget::Who::leader);
  CHECK(waiting.when.how == FaultTime::How::condition);
  CHECK(waiting.when.condition.what == FaultCondition::What::high_watermark);
  CHECK(waiting.when.condition.partition == 5);
  CHECK(waiting.when.condition.at_least == 40);
  CHECK(waiting.when.delay == std::chrono::milliseconds{1});
  const FaultSpec random = fault_of("kill all brokers mttf 6h mttr 5min");
  CHECK(random.when.how == FaultTime::How::rate);
  CHECK(random.when.between.law == DelayDistribution::Law::exponential);
  CHECK(random.when.between.mean == std::chrono::hours{6});
  CHECK(random.when.repair.mean == std::chrono::minutes{5});
}

TEST_CASE("\"to\" is one way and \"and\" is both") {
  const FaultSpec one = fault_of("link_delay from zone a to zone b at 1s add 50ms");
  CHECK(one.one_way);
  CHECK(one.other.zone == ZoneIndex{1});
  CHECK_FALSE(fault_of("link_delay zone a and zone b at 1s add 50ms").one_way);
}

TEST_CASE("Operators' actions: Kafka's topic-partition is understood where no topic is called so") {
  const FaultSpec reassign = fault_of("reassign orders-2 to 1,2,3 at 60s throttle 10MB/s");
  CHECK(reassign.target.partition == 2U);
  CHECK(reassign.replicas == std::vector<std::vector<BrokerIndex>>{{BrokerIndex{0}, BrokerIndex{1}, BrokerIndex{2}}});
  CHECK(reassign.throttle.value == 10'000'000);
  CHECK(fault_of("elect preferred leaders at 120s").kind == FaultKind::elect);
  CHECK(fault_of("elect preferred leaders of topic orders at 120s").target.who == FaultTarget::Who::topic);
}

TEST_CASE("What is kept of a topic's logs is read, written when it is not the default, and refused out of range") {
  const auto with_config = [](const std::string& config) {
    return replaced(small_scenario, "\"partitions\": 6", "\"partitions\": 6, \"config\": {" + config + "}");
  };
  const ScenarioDocument once = read_scenario_text(
      with_config(
          R"("retention.ms": 60000, "retention.bytes": 5000000, "segment.bytes": 1048576, "segment.ms": 10000)"),
      "s.json");
  const TopicSpec& topic = once.scenario.world.topics[0];
  CHECK(topic.retention_time == std::chrono::minutes{1});
  CHECK(topic.retention_bytes == 5'000'000);
  CHECK(topic.segment_bytes == 1'048'576);
  CHECK(topic.segment_time == std::chrono::seconds{10});
  CHECK(topic.deletes());
  CHECK(read_scenario_text(once.effective_json, "s.json").hash == once.hash);
  const ScenarioDocument plain = read_scenario_text(small_scenario, "s.json");
  CHECK_FALSE(plain.scenario.world.topics[0].deletes());
  CHECK(plain.effective_json.find("retention") == std::string::npos);
  for (const char* wrong : {"\"retention.ms\": 0", "\"retention.bytes\": -2", "\"segment.bytes\": 1000",
                            "\"segment.ms\": \"1s\"", "\"retention.ms\": 1e30"}) {
    CAPTURE(wrong);
    CHECK(answer(with_config(wrong), "s.json").find("at /topics/0/config/") != std::string::npos);
  }
}

TEST_CASE("Faults of disks where there are none are told") {
  const std::vector<Diagnostic> notes = with_fault("disk_stall broker 3 at 30s for 5s").notes;
  CHECK(std::any_of(notes.begin(), notes.end(), [](const Diagnostic& note) { return note.code == "N014"; }));
}

TEST_CASE("A sentence that is none is told with the character, and what was meant") {
  const auto has = [](const std::string& text, const std::string& part) {
    CAPTURE(text);
    CHECK(text.find(part) != std::string::npos);
  };
  has(refusal("kil broker 3 at 30s"), "exit 2\nerror E0606: command line, argument 4\n");
  has(refusal("kil broker 3 at 30s"), "\"kil\" at character 1 of \"kil broker 3 at 30s\"");
  has(refusal("kil broker 3 at 30s"), "did you mean \"kill\"?");
  has(refusal("kill brokr 3 at 30s"), "\"brokr\" at character 6");
  has(refusal("kill brokr 3 at 30s"), "\"broker\"");
  has(refusal("kill broker 3 at"), "the end at character 17");
  has(refusal("kill broker 3 at 30s at 40s"), "\"at\" once");
  has(refusal("kill broker 3 factor 3 at 1s"), "kill has no factor");
  has(refusal("kill broker 3 to broker 2 at 1s"), "no second place: kill has one target");
  has(refusal(""), "the end at character 1");
  has(refusal("kill broker 9 at 30s"), "argument 4 at /faults/0/target/broker\n  found   9");
  has(refusal("kill broker 3 at 30"), "needs a unit");
  has(refusal("kill broker 3"), "no key \"at\", \"when\" or \"mttf\"");
  has(refusal("kill leader of orders/6 at 1s"), "a partition from 0 to 5");
  has(refusal("reassign orders to 1,2,3 at 1s"), "exit 2");
  has(refusal("kill broker 3 at 30s \x1b[31m"), "\\u{1b}");
}

TEST_CASE("No beginning of a sentence, and no sentence without one of its words, is more than refused") {
  for (const FaultGrammar& grammar : fault_grammar()) {
    const std::string words(grammar.example);
    for (std::size_t length = 0; length < words.size(); ++length) {
      CHECK(refusal(words.substr(0, length)).substr(0, 5) == "exit ");
      const std::size_t end = std::min(words.find(' ', length), words.size());
      CHECK(refusal(std::string(words).erase(length, end - length)).substr(0, 5) == "exit ");
    }
  }
}

TEST_CASE("Faults of clients: a key that runs hot needs keys, records that come at once have no end") {
  const auto has = [](const std::string& text, const std::string& part) {
    CAPTURE(text);
    CHECK(text.find(part) != std::string::npos);
  };
  const std::string without = answer(small_scenario, "s.json", {{"hot_key producer shop at 1s share 50%", 4, true}});
  has(without, "producer \"shop\", whose records have no \"keys\"");
  has(refusal("hot_key producer shop at 1s share 150%"), "a percentage from 0% to 100%");
  has(refusal("hot_key group billing at 1s share 50%"), "which is no target of hot_key");
  has(refusal("producer_burst producer shop at 1s records 5 for 3s"), "\"for\" beside \"records\"");
  has(refusal("producer_burst producer shop at 1s records 10000001"), "from 1 to 10000000");
  has(refusal("producer_burst producer shop at 1s factor 0"), "above 0");
  has(refusal("producer_burst producer shop at 1s"), "no key \"factor\"");
  has(refusal("consumer_slow group billing at 1s factor 0.5"), "at least 1 and at most 1000000");
  has(refusal("consumer_slow group billing at 1s"), "no key \"factor\"");
  has(refusal("consumer_pause group billing/7 at 1s"), "billing/0 to billing/");
  has(refusal("producer_crash broker 1 at 1s"), "which is no target of producer_crash");
}

}  // namespace brokersim::test
