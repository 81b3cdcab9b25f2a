// SPDX-License-Identifier: Apache-2.0
// published-benchmarks.json: measurements of others. Only what needs no hardware to be fitted is judged.
#include <fmt/format.h>

#include <cctype>

#include "sim/scenario/run.hpp"
#include "tests/validate/bare_world.hpp"
#include "tests/validate/case_files.hpp"

namespace brokersim::validate {
namespace {

/// Numbers in a text: "about 502-505" has 502 and 505.
std::vector<double> numbers_in(const std::string& text) {
  std::vector<double> numbers;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (std::isdigit(static_cast<unsigned char>(text[at])) == 0) continue;
    double number = 0;
    for (; at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) != 0; ++at)
      number = 10 * number + (text[at] - '0');
    numbers.push_back(number);
  }
  return numbers;
}

/// The set-up of the canary: partition i is led by broker i; one record to each of the three, 3 ms apart, every 5 s; a
/// consumer beside broker 1 reads partition 1 from its leader and the others from it as a follower, in the same fetch.
/// The one-way delay is not stated: half a millisecond, as within a region.
TrialResult run_canary(bool before_3_4) {
  BareWorld world;
  world.scenario().world.switches.followers_do_not_wake_consumers = before_3_4;
  const DelayDistribution delay = always(std::chrono::microseconds{500});
  std::vector<ZoneIndex> zones;
  std::vector<BrokerIndex> brokers;
  for (const char* name : {"rack-0", "rack-1", "rack-2"}) {
    zones.push_back(world.zone(name));
    brokers.push_back(world.broker(zones.back()));
  }
  for (LinkSpec& within : world.scenario().world.network.within_zone) within.one_way_latency = delay;
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t b = a + 1; b < 3; ++b) world.link(zones[a], zones[b], delay);
  }
  std::vector<TopicIndex> topics;
  for (std::size_t p = 0; p < 3; ++p) {
    topics.push_back(world.topic({brokers[p], brokers[(p + 1) % 3], brokers[(p + 2) % 3]}));
    ProducerSpec& producer = world.producer(zones[0], topics.back(), 0.2);
    producer.arrivals = ProducerSpec::Arrivals::constant;
    producer.random_phase = false;
    producer.first_record_at = std::chrono::seconds{2} + p * std::chrono::milliseconds{3};
    producer.acks = -1;
  }
  ConsumerGroupSpec& reader = world.reader(zones[1], "rack-1", topics);
  reader.fetch_max_wait = std::chrono::milliseconds{500};
  world.scenario().duration = std::chrono::seconds{61};
  world.scenario().window = std::chrono::seconds{61};
  return run_trial(world.scenario(), place_partitions(world.scenario()), ReadPolicy::rack_aware, 0,
                   std::chrono::seconds{1});
}

void judge_canary(CaseReport& report, const Json& row) {
  const double tolerance = row.at("tolerance_ms");
  const Json& expected = row.at("expected");
  const TrialResult old = run_canary(true);
  // Partition 1 alone is read from its leader; partition 2's records are the ones that wait longest.
  const double from_leader = old.groups[0].delivery_from_leader.mean_seconds() * 1e3;
  const double from_follower = milliseconds(old.groups[0].delivery_from_follower.maximum());
  for (const auto& [quantity, value] : expected.items()) {
    const std::vector<double> figures =
        value.is_array() ? value.get<std::vector<double>>() : std::vector<double>{value.get<double>()};
    for (const double figure : figures) {
      if (quantity == "latency_from_leader_ms") {
        report.within(quantity, figure, from_leader, tolerance);
      } else if (quantity == "latency_from_follower_ms") {
        report.within(quantity, figure, from_follower, tolerance);
      } else {
        report.unsupported(quantity, "the validator knows no such quantity");
      }
    }
  }
  const Json& text = row.at("expected_with_3_4_fix_ms");
  const std::vector<double> fixed =
      text.is_string() ? numbers_in(text.get<std::string>()) : std::vector<double>{text.get<double>()};
  const double now = milliseconds(run_canary(false).groups[0].delivery_from_follower.maximum());
  for (const double figure : fixed) report.within("expected_with_3_4_fix_ms", figure, now, tolerance);
}

void judge_case(CaseReport& report, const Json& row) {
  const Json expected = row.value("expected", Json::object());
  if (has_keys(expected, {"latency_from_follower_ms"}) && has_keys(row, {"expected_with_3_4_fix_ms", "tolerance_ms"})) {
    return judge_canary(report, row);
  }
  if (has_keys(expected, {"fetch_rate_increase"})) {
    return report.unsupported(
        "all", "behaviour of 2.4 and 2.5 only (a high watermark completes follower fetches): no such switch");
  }
  if (has_keys(expected, {"prob_leader_in_other_AZ"})) {
    return report.unsupported("all", "a share of one company's bill; its (A-1)/A is judged in load-balance");
  }
  if (has_keys(expected, {"adaptive_default"})) {
    return report.unsupported("all",
                              "a broker that holds every produce response back for a set time is not in the product");
  }
  report.unsupported("all", "hardware that the product is not fitted to: service and disk times are assumed");
}

}  // namespace

std::vector<CaseTask> published_cases(const Json& file, const Effort&) {
  return tasks_of_list(file, [](CaseReport& report, const Json& row) { judge_case(report, row); });
}

}  // namespace brokersim::validate
