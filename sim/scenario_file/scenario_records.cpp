// SPDX-License-Identifier: Apache-2.0
// Which records a producer is asked to send: when, how large, with which keys or partitions.
#include <algorithm>
#include <array>

#include "sim/scenario_file/scenario_reading.hpp"
#include "sim/scenario_file/suggestions.hpp"
#include "sim/text/printable.hpp"

namespace brokersim {
namespace {

/// Notes E0323 at each key of an object beside `chosen_by` that the choice has no use for.
void refuse_others(StrictReader& reader, const JsonNode& node, std::string_view keys, std::string_view chosen_by,
                   std::string_view choice) {
  const std::string padded = " " + std::string(keys) + " ";
  for (const JsonNode& item : node.items) {
    if (item.key == "comment" || item.key == chosen_by) continue;
    if (padded.find(" " + std::string(item.key) + " ") != std::string::npos) continue;
    reader.problems().at(item, {.code = "E0323",
                                .found = "\"" + printable(item.key) + "\" beside \"" + std::string(chosen_by) +
                                         "\": \"" + std::string(choice) + "\"",
                                .allowed = std::string(keys)});
  }
}

/// {"distribution": "lognormal", ...} or "table".
void read_size_law(StrictReader& reader, const JsonNode& node, const JsonNode& name, RecordSizeSpec& size) {
  constexpr std::array<std::string_view, 2> laws{"lognormal", "table"};
  constexpr std::array<std::string_view, 2> keys{"mean scv minimum maximum", "sizes weights"};
  std::size_t law = 0;
  if (!reader.choice(name, laws, law)) return;
  refuse_others(reader, node, keys[law], "distribution", laws[law]);
  const WholeRange range{1, whole_maximum, "E0440"};
  RecordSizeSpec read;
  if (law == 0) {
    read.law = RecordSizeSpec::Law::lognormal;
    std::int32_t mean = 0;
    const JsonNode* mean_node = reader.needed(node, "mean", "\"mean\": \"1KiB\"");
    const JsonNode* scv = reader.needed(node, "scv", "\"scv\": 1");
    const JsonNode* maximum = reader.needed(node, "maximum", "\"maximum\": \"10KiB\"");
    const JsonNode* minimum = find_member(node, "minimum");
    if (mean_node == nullptr || scv == nullptr || maximum == nullptr) return;
    read.minimum = 1;
    if (!reader.size(*mean_node, range, mean) || !reader.real(*scv, {0, false, 1000, "E0437"}, read.scv) ||
        !reader.size(*maximum, {mean, whole_maximum, "E0440", "at least the mean"}, read.maximum) ||
        (minimum != nullptr && !reader.size(*minimum, {1, mean, "E0440", "at most the mean"}, read.minimum)))
      return;
    read.mean = mean;
  } else {
    read.law = RecordSizeSpec::Law::table;
    const JsonNode* sizes = reader.needed(node, "sizes", "\"sizes\": [\"100B\", \"1KiB\"]");
    const JsonNode* weights = reader.needed(node, "weights", "\"weights\": [3, 1]");
    if (sizes == nullptr || weights == nullptr || !reader.array(*sizes, 1) || !reader.array(*weights, 1)) return;
    if (sizes->items.size() != weights->items.size()) {
      reader.problems().at(*weights, "E0448", std::to_string(sizes->items.size()) + " weights, as many as sizes");
      return;
    }
    double sum = 0;
    for (const JsonNode& item : sizes->items) {
      if (!reader.size(item, range, read.sizes.emplace_back())) return;
    }
    for (const JsonNode& item : weights->items) {
      if (!reader.real(item, {0, true, 1e12, "E0448"}, read.weights.emplace_back())) return;
      sum += read.weights.back();
    }
    if (sum <= 0) return reader.problems().at(*weights, "E0448", "some weight above 0");
    read.minimum = *std::min_element(read.sizes.begin(), read.sizes.end());
    read.maximum = *std::max_element(read.sizes.begin(), read.sizes.end());
  }
  size = read;
}

void read_record_size(StrictReader& reader, const JsonNode& producer, RecordSizeSpec& size) {
  const JsonNode* node = find_member(producer, "record_size");
  const WholeRange range{1, whole_maximum, "E0440"};
  if (node == nullptr) return;
  if (!node->is(JsonNode::Kind::object)) {
    if (reader.size(*node, range, size.minimum)) size.maximum = size.minimum;
    return;
  }
  if (!reader.object(*node, Section::record_size)) return;
  if (const JsonNode* name = find_member(*node, "distribution")) return read_size_law(reader, *node, *name, size);
  const JsonNode* minimum = reader.needed(*node, "minimum", "\"minimum\": \"100B\"");
  const JsonNode* maximum = reader.needed(*node, "maximum", "\"maximum\": \"1KiB\"");
  if (minimum == nullptr || maximum == nullptr) return;
  if (!reader.size(*minimum, range, size.minimum) || !reader.size(*maximum, range, size.maximum)) return;
  if (size.minimum > size.maximum) {
    reader.problems().at(*minimum, *maximum,
                         {.code = "E0440",
                          .found = shown(*minimum) + ", above the maximum of " + shown(*maximum) + " at {other}",
                          .allowed = "at most the maximum"});
  }
}

void read_keys(StrictReader& reader, const JsonNode& producer, KeySpec& keys) {
  constexpr std::array<std::string_view, 3> kinds{"uniform", "zipf", "hot"};
  const JsonNode* node = find_member(producer, "keys");
  if (node == nullptr || !reader.object(*node, Section::keys)) return;
  std::size_t kind = 0;
  const JsonNode* name = reader.needed(*node, "distribution", "\"distribution\": \"uniform\"");
  const JsonNode* count = reader.needed(*node, "count", "\"count\": 1000");
  if (name == nullptr || !reader.choice(*name, kinds, kind)) return;
  keys.kind = static_cast<KeySpec::Kind>(kind + 1);
  const bool hot = keys.kind == KeySpec::Kind::hot;
  if (count != nullptr) reader.whole(*count, {hot ? 2 : 1, 10'000'000}, keys.count);
  const auto only_with = [&](std::string_view key, KeySpec::Kind owner, std::string_view example) -> const JsonNode* {
    if (keys.kind == owner) return reader.needed(*node, key, example);
    if (const JsonNode* item = find_member(*node, key)) {
      reader.problems().at(*item, {.code = "E0323",
                                   .found = "\"" + std::string(key) + "\" beside \"distribution\": " + shown(*name),
                                   .allowed = "it with \"distribution\": \"" +
                                              std::string(kinds[static_cast<std::size_t>(owner) - 1]) + "\" only"});
    }
    return nullptr;
  };
  if (const JsonNode* item = only_with("exponent", KeySpec::Kind::zipf, "\"exponent\": 0.99")) {
    reader.real(*item, {0, true, 10, "E0448"}, keys.exponent);
  }
  if (const JsonNode* item = only_with("hot_share", KeySpec::Kind::hot, "\"hot_share\": \"35%\"")) {
    reader.percentage(*item, keys.hot_share);
  }
}

/// "partitioner": a name, or {"partition": P} of a topic that has it.
void read_partitioner(ScenarioReading& reading, const JsonNode& entry, const JsonNode* topic, ProducerSpec& producer) {
  constexpr std::array<std::string_view, 4> names{"default", "round_robin", "round_robin_2.4", "sticky_2.4"};
  const JsonNode* node = find_member(entry, "partitioner");
  if (node == nullptr) return;
  StrictReader& reader = reading.reader;
  PartitionerSpec& spec = producer.partitioner;
  if (node->is(JsonNode::Kind::object)) {
    if (!reader.object(*node, Section::partitioner)) return;
    const JsonNode* partition = reader.needed(*node, "partition", "\"partition\": 0");
    if (partition == nullptr) return;
    const std::vector<TopicSpec>& topics = reading.scenario.world.topics;
    const std::int64_t partitions =
        topic == nullptr || topics.empty() ? whole_maximum : topics[producer.topic.value].partitions;
    if (reader.whole(*partition, {0, partitions - 1}, spec.partition)) spec.kind = PartitionerSpec::Kind::one_partition;
  } else {
    std::size_t name = 0;
    if (!reader.choice(*node, names, name)) return;
    spec.kind = static_cast<PartitionerSpec::Kind>(name);
  }
  const JsonNode* keys = find_member(entry, "keys");
  if (keys == nullptr || spec.kind == PartitionerSpec::Kind::kafka_default) return;
  reading.problems.at(*node, *keys,
                      {.code = "E0323",
                       .found = "a \"partitioner\" beside the \"keys\" at {other}",
                       .allowed = "one of the two: keys choose partitions by their hash"});
}

void read_bursts(StrictReader& reader, const JsonNode& node, BurstSpec& bursts) {
  const JsonNode* on = reader.needed(node, "on", "\"on\": \"1s\"");
  const JsonNode* off = reader.needed(node, "off", "\"off\": \"9s\"");
  if (const JsonNode* in_step = find_member(node, "in_step")) reader.boolean(*in_step, bursts.in_step);
  if (on == nullptr || off == nullptr) return;
  read_delay(reader, *on, bursts.on);
  read_delay(reader, *off, bursts.off);
  if (bursts.on.expected() <= Duration::zero()) reader.problems().at(*on, "E0429", "a mean above 0");
}

void read_diurnal(StrictReader& reader, const JsonNode& node, DiurnalSpec& diurnal) {
  const JsonNode* period = reader.needed(node, "period", "\"period\": \"24h\"");
  const JsonNode* amplitude = reader.needed(node, "amplitude", "\"amplitude\": \"50%\"");
  diurnal.period = std::chrono::hours{24};
  if (period != nullptr) reader.duration(*period, {std::chrono::milliseconds{1}, century}, diurnal.period);
  if (amplitude != nullptr) reader.percentage(*amplitude, diurnal.amplitude);
  if (const JsonNode* phase = find_member(node, "phase")) {
    reader.duration(*phase, {Duration::zero(), century}, diurnal.phase);
  }
}

void read_arrivals(ScenarioReading& reading, const JsonNode& entry, const JsonNode* topic, ProducerSpec& producer) {
  using Arrivals = ProducerSpec::Arrivals;
  constexpr std::array<std::string_view, 2> plain{"poisson", "constant"};
  constexpr std::array<std::string_view, 3> processes{"bursts", "diurnal", "trace"};
  constexpr std::array<std::string_view, 3> keys{"on off in_step", "period amplitude phase", "file content"};
  StrictReader& reader = reading.reader;
  const JsonNode* node = find_member(entry, "arrivals");
  if (node != nullptr && node->is(JsonNode::Kind::object)) {
    if (!reader.object(*node, Section::arrivals)) return;
    std::size_t process = 0;
    const JsonNode* name = reader.needed(*node, "process", "\"process\": \"bursts\"");
    if (name == nullptr || !reader.choice(*name, processes, process)) return;
    refuse_others(reader, *node, keys[process], "process", processes[process]);
    producer.arrivals = static_cast<Arrivals>(process + 2);
    if (producer.arrivals == Arrivals::bursts) read_bursts(reader, *node, producer.bursts);
    if (producer.arrivals == Arrivals::diurnal) read_diurnal(reader, *node, producer.diurnal);
    if (producer.arrivals == Arrivals::trace) read_trace(reading, *node, entry, topic, producer);
  } else if (node != nullptr) {
    std::size_t kind = 0;
    if (reader.choice(*node, plain, kind)) producer.arrivals = static_cast<Arrivals>(kind);
  }
  const JsonNode* first = find_member(entry, "first_record_at");
  if (first == nullptr) return;
  if (producer.arrivals != Arrivals::constant) {
    reader.problems().at(*first, {.code = "E0323",
                                  .found = "\"first_record_at\" without \"arrivals\": \"constant\"",
                                  .allowed = "it with constant arrivals only"});
    return;
  }
  producer.random_phase = !reader.duration(*first, {Duration::zero(), century}, producer.first_record_at);
}

}  // namespace

void read_records(ScenarioReading& reading, const JsonNode& entry, const JsonNode* topic, ProducerSpec& producer) {
  StrictReader& reader = reading.reader;
  const JsonNode* arrivals = find_member(entry, "arrivals");
  const JsonNode* process =
      arrivals != nullptr && arrivals->is(JsonNode::Kind::object) ? find_member(*arrivals, "process") : nullptr;
  if (process == nullptr || process->text != "trace") {
    const JsonNode* rate = reader.needed(entry, "rate", "\"rate\": \"1000/s\"");
    if (rate != nullptr) reader.rate(*rate, producer.records_per_second);
  } else if (const JsonNode* rate = find_member(entry, "rate")) {
    reading.problems.at(
        *rate, *process,
        {.code = "E0323", .found = "a \"rate\" beside the trace at {other}", .allowed = "one of the two"});
  }
  read_record_size(reader, entry, producer.record_size);
  read_keys(reader, entry, producer.keys);
  read_partitioner(reading, entry, topic, producer);
  read_arrivals(reading, entry, topic, producer);
}

}  // namespace brokersim
