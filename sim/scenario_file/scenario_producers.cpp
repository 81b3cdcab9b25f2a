// SPDX-License-Identifier: Apache-2.0
// "producers": which records, how many, how large, for which keys, and how they are sent.
#include <array>
#include <limits>

#include "sim/scenario_file/scenario_reading.hpp"
#include "sim/scenario_file/suggestions.hpp"
#include "sim/scenario_file/topic_reference.hpp"

namespace brokersim {
namespace {

void read_record_size(StrictReader& reader, const JsonNode& producer, RecordSizeSpec& size) {
  const JsonNode* node = find_member(producer, "record_size");
  const WholeRange range{1, whole_maximum, "E0440"};
  if (node == nullptr) return;
  if (!node->is(JsonNode::Kind::object)) {
    if (reader.size(*node, range, size.minimum)) size.maximum = size.minimum;
    return;
  }
  if (!reader.object(*node, Section::record_size)) return;
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

void read_acks(StrictReader& reader, const JsonNode& node, std::int32_t& acks) {
  const bool scalar = node.is(JsonNode::Kind::number) || node.is(JsonNode::Kind::string);
  constexpr std::array<std::string_view, 4> words{"all", "-1", "0", "1"};
  constexpr std::array<std::int32_t, 4> values{-1, -1, 0, 1};
  for (std::size_t i = 0; scalar && i < words.size(); ++i) {
    if (node.text == words[i] && (i > 0 || node.is(JsonNode::Kind::string))) {
      acks = values[i];
      return;
    }
  }
  reader.problems().at(node, "E0318", "\"all\" (or -1), 1 or 0",
                       node.is(JsonNode::Kind::string) ? did_you_mean(node.text, std::span(words).first(1)) : "");
}

void read_config(StrictReader& reader, const JsonNode& entry, ProducerSpec& producer) {
  const JsonNode* config = find_member(entry, "config");
  if (config == nullptr || !reader.object(*config, Section::producer_config)) return;
  const auto with = [&](std::string_view key, auto read) {
    if (const JsonNode* node = find_member(*config, key)) read(*node);
  };
  with("acks", [&](const JsonNode& node) { read_acks(reader, node, producer.acks); });
  with("linger.ms", [&](const JsonNode& node) { reader.milliseconds(node, {0, whole_maximum}, producer.linger); });
  with("batch.size", [&](const JsonNode& node) { reader.whole(node, {1, whole_maximum}, producer.batch_size); });
  with("max.request.size", [&](const JsonNode& node) {
    reader.whole(node, {1, whole_maximum}, producer.max_request_size);
  });
  with("max.in.flight.requests.per.connection", [&](const JsonNode& node) {
    reader.whole(node, {1, 1'000'000}, producer.max_in_flight_requests_per_connection);
  });
  with("producer_byte_rate", [&](const JsonNode& node) {
    reader.whole64(node, {1, whole_maximum}, producer.quota.byte_rate);
  });
  with("request_percentage", [&](const JsonNode& node) {
    reader.whole(node, {1, 1'000'000}, producer.quota.request_percentage);
  });
}

void read_arrivals(StrictReader& reader, const JsonNode& entry, ProducerSpec& producer) {
  constexpr std::array<std::string_view, 2> kinds{"poisson", "constant"};
  if (const JsonNode* node = find_member(entry, "arrivals")) {
    std::size_t kind = 0;
    if (reader.choice(*node, kinds, kind)) producer.arrivals = static_cast<ProducerSpec::Arrivals>(kind);
  }
  const JsonNode* first = find_member(entry, "first_record_at");
  if (first == nullptr) return;
  if (producer.arrivals != ProducerSpec::Arrivals::constant) {
    reader.problems().at(*first, {.code = "E0323",
                                  .found = "\"first_record_at\" without \"arrivals\": \"constant\"",
                                  .allowed = "it with constant arrivals only"});
    return;
  }
  producer.random_phase = !reader.duration(*first, {Duration::zero(), century}, producer.first_record_at);
}

/// Limits that records, batches and requests set each other (E0440), and products that must stay in 64 bits (E0441).
void check_sizes(ScenarioReading& reading, const JsonNode& entry, const ProducerSpec& producer) {
  const JsonNode* size = find_member(entry, "record_size");
  const JsonNode& at = size != nullptr ? *size : entry;
  const std::string record = "a record of up to " + size_text(producer.record_size.maximum);
  const auto limit = [&](std::int32_t bytes, const char* key) {
    if (producer.record_size.maximum <= bytes) return;
    reading.problems.at(at, {.code = "E0440",
                             .found = record + ", above " + key + " " + std::to_string(bytes),
                             .allowed = std::string("records of at most ") + key,
                             .hint = std::string("raise ") + key + " in the producer's config"});
  };
  limit(producer.max_request_size, "max.request.size");
  limit(producer.batch_size, "batch.size");
  const double bytes_per_second = producer.records_per_second * producer.record_size.maximum * producer.count;
  if (bytes_per_second >= 9.2e18) {
    reading.problems.at(at, {.code = "E0441",
                             .found = decimal_text(bytes_per_second) + " bytes/s: count x rate x record_size",
                             .allowed = "at most 9200000000000000000 bytes/s of one producer entry"});
  }
}

void read_entry(ScenarioReading& reading, const JsonNode& entry) {
  StrictReader& reader = reading.reader;
  if (!reader.object(entry, Section::producer)) return;
  ProducerSpec producer;
  std::vector<ProducerSpec>& producers = reading.scenario.world.producers;
  const JsonNode* id = reader.needed(entry, "id", "\"id\": \"checkout\"");
  if (id != nullptr && reader.id(*id, producer.id)) {
    reading.producers.add(producer.id, static_cast<std::uint32_t>(producers.size()), *id, reading.problems);
  }
  producer.count = static_cast<std::uint32_t>(read_count(reading, entry, Counted::clients));
  read_zones_of(reading, entry, producer.zones);
  if (const JsonNode* topic = reader.needed(entry, "topic", "\"topic\": \"orders\""))
    find_topic(reading, *topic, producer.topic);
  if (const JsonNode* rate = reader.needed(entry, "rate", "\"rate\": \"1000/s\""))
    reader.rate(*rate, producer.records_per_second);
  read_arrivals(reader, entry, producer);
  read_record_size(reader, entry, producer.record_size);
  read_keys(reader, entry, producer.keys);
  read_config(reader, entry, producer);
  check_sizes(reading, entry, producer);
  producers.push_back(std::move(producer));
}

}  // namespace

void read_producers(ScenarioReading& reading, const JsonNode& root) {
  const JsonNode* node = reading.reader.needed(
      root, "producers",
      "\"producers\": [{\"id\": \"checkout\", \"zone\": \"a\", \"topic\": \"orders\", \"rate\": \"1000/s\"}]");
  if (node == nullptr || !reading.reader.array(*node, 1)) return;
  for (const JsonNode& entry : node->items) read_entry(reading, entry);
}

}  // namespace brokersim
