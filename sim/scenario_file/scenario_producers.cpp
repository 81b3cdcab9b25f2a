// SPDX-License-Identifier: Apache-2.0
// "producers": who sends to which topic, and how; which records is scenario_records.cpp.
#include <array>
#include <limits>

#include "sim/scenario_file/scenario_reading.hpp"
#include "sim/scenario_file/suggestions.hpp"
#include "sim/scenario_file/topic_reference.hpp"

namespace brokersim {
namespace {

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

/// What an assumed codec costs for each byte of the records: one core of a server, compressing and decompressing.
struct CodecCosts {
  std::int64_t compress_picoseconds, decompress_picoseconds;
};
constexpr std::array<std::string_view, 5> codec_names{"none", "gzip", "snappy", "lz4", "zstd"};
constexpr std::array<CodecCosts, 5> codec_costs{{{0, 0}, {20'000, 3'000}, {2'500, 800}, {2'000, 500}, {4'000, 1'200}}};

/// "compression" beside the setting "compression.type": the ratio it needs, and costs that it may state.
void read_compression(ScenarioReading& reading, const JsonNode& entry, CompressionSpec& compression) {
  StrictReader& reader = reading.reader;
  const JsonNode* node = find_member(entry, "compression");
  if (compression.codec == CompressionSpec::Codec::none) {
    if (node == nullptr) return;
    reading.problems.at(*node, {.code = "E0323",
                                .found = "\"compression\" without a \"compression.type\" in the config",
                                .allowed = "both or none"});
    return;
  }
  const CodecCosts& costs = codec_costs[static_cast<std::size_t>(compression.codec)];
  compression.compress_picoseconds_per_byte = costs.compress_picoseconds;
  compression.decompress_picoseconds_per_byte = costs.decompress_picoseconds;
  node = reader.needed(entry, "compression", "\"compression\": {\"ratio\": 0.4}");
  if (node == nullptr || !reader.object(*node, Section::compression)) return;
  if (const JsonNode* ratio = reader.needed(*node, "ratio", "\"ratio\": 0.4")) {
    reader.real(*ratio, {0, false, 1.5, "E0437", "stored bytes over bytes of the records"}, compression.ratio);
  }
  if (const JsonNode* cost = find_member(*node, "compress_per_byte")) {
    reader.cost_per_byte(*cost, compression.compress_picoseconds_per_byte);
  }
  if (const JsonNode* cost = find_member(*node, "decompress_per_byte")) {
    reader.cost_per_byte(*cost, compression.decompress_picoseconds_per_byte);
  }
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
  with("buffer.memory", [&](const JsonNode& node) {
    reader.whole64(node, {1, std::int64_t{1} << 50}, producer.buffer_memory);
  });
  with("max.block.ms", [&](const JsonNode& node) {
    reader.milliseconds(node, {0, whole_maximum}, producer.max_block);
  });
  with("compression.type", [&](const JsonNode& node) {
    std::size_t codec = 0;
    if (reader.choice(node, codec_names, codec))
      producer.compression.codec = static_cast<CompressionSpec::Codec>(codec);
  });
  with("partitioner.adaptive.partitioning.enable",
       [&](const JsonNode& node) { reader.boolean(node, producer.partitioner.adaptive); });
  with("partitioner.availability.timeout.ms", [&](const JsonNode& node) {
    reader.milliseconds(node, {0, whole_maximum}, producer.partitioner.availability_timeout);
  });
  with("producer_byte_rate", [&](const JsonNode& node) {
    reader.whole64(node, {1, whole_maximum}, producer.quota.byte_rate);
  });
  with("request_percentage", [&](const JsonNode& node) {
    reader.whole(node, {1, 1'000'000}, producer.quota.request_percentage);
  });
}

/// A batch takes batch.size of buffer.memory, or what its first record may need (E0440).
void check_buffer(ScenarioReading& reading, const JsonNode& entry, const ProducerSpec& producer) {
  const std::int64_t needed =
      std::max<std::int64_t>(producer.batch_size, producer.record_size.maximum + std::int64_t{82});
  if (needed <= producer.buffer_memory) return;
  const JsonNode* config = find_member(entry, "config");
  const JsonNode* memory = config != nullptr ? find_member(*config, "buffer.memory") : nullptr;
  reading.problems.at(memory != nullptr ? *memory : entry,
                      {.code = "E0440",
                       .found = "a batch of up to " + std::to_string(needed) + " bytes, above buffer.memory " +
                                std::to_string(producer.buffer_memory),
                       .allowed = "a buffer.memory that holds a batch: batch.size, and the largest record and 82 bytes",
                       .hint = "raise buffer.memory, or lower batch.size, in the producer's config"});
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
  check_buffer(reading, entry, producer);
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
  const JsonNode* topic = reader.needed(entry, "topic", "\"topic\": \"orders\"");
  if (topic != nullptr && !find_topic(reading, *topic, producer.topic)) topic = nullptr;
  read_records(reading, entry, topic, producer);
  producer.quota = reading.default_producer_quota;
  read_config(reader, entry, producer);
  read_delivery(reading, find_member(entry, "config"), producer);
  read_compression(reading, entry, producer.compression);
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
