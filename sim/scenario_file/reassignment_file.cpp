// SPDX-License-Identifier: Apache-2.0
// Placements as kafka-reassign-partitions writes and reads them (rule P-17 of the behaviour reference).
#include <map>
#include <utility>

#include "sim/scenario_file/json_parse.hpp"
#include "sim/scenario_file/scenario_reading.hpp"
#include "sim/scenario_file/source_file.hpp"

namespace brokersim {
namespace {

using Rows = std::map<std::uint32_t, std::pair<std::vector<std::int32_t>, const JsonNode*>>;

void read_row(StrictReader& reader, const JsonNode& node, const std::string& topic, Rows& rows) {
  if (!reader.object(node, Section::reassignment_row)) return;
  std::string name;
  std::uint32_t partition = 0;
  const JsonNode* of = reader.needed(node, "topic", "\"topic\": \"orders\"");
  const JsonNode* number = reader.needed(node, "partition", "\"partition\": 0");
  const JsonNode* replicas = reader.needed(node, "replicas", "\"replicas\": [1, 2, 3]");
  if (of == nullptr || number == nullptr || replicas == nullptr) return;
  if (!reader.text(*of, name) || !reader.whole(*number, {0, whole_maximum}, partition) || !reader.array(*replicas, 1))
    return;
  std::vector<std::int32_t> ids;
  for (const JsonNode& id : replicas->items) {
    if (!reader.whole(id, {0, whole_maximum}, ids.emplace_back())) return;
  }
  const JsonNode* directories = find_member(node, "log_dirs");
  if (directories != nullptr && reader.array(*directories, 0) && directories->items.size() != ids.size()) {
    reader.problems().at(*directories, "E0428", std::to_string(ids.size()) + " log_dirs, as many as replicas");
  }
  if (name != topic) return;
  const auto added = rows.emplace(partition, std::pair{std::move(ids), number});
  if (!added.second) {
    reader.problems().at(*number, *added.first->second.second,
                         {.code = "E0401",
                          .found = "partition " + std::to_string(partition) + " again, first at {other}",
                          .allowed = "each partition of a topic once"});
  }
}

Rows read_rows(StrictReader& reader, const JsonNode& root, const std::string& topic) {
  Rows rows;
  if (!reader.object(root, Section::reassignment)) return rows;
  std::uint32_t version = 1;
  if (const JsonNode* node = find_member(root, "version")) reader.whole(*node, {1, 1, "E0320"}, version);
  const JsonNode* partitions = reader.needed(root, "partitions", "\"partitions\": [...]");
  if (partitions == nullptr || !reader.array(*partitions, 1)) return rows;
  for (const JsonNode& row : partitions->items) read_row(reader, row, topic, rows);
  std::uint32_t expected = 0;
  for (const auto& row : rows) {
    if (row.first != expected++) {
      reader.problems().at(*row.second.second,
                           {.code = "E0428",
                            .found = "no partition " + std::to_string(expected - 1) + " of topic \"" + topic + "\"",
                            .allowed = "partitions 0, 1, 2, ... without gaps"});
      break;
    }
  }
  return rows;
}

}  // namespace

bool plain_path(std::string_view path) {
  return !path.empty() && path[0] != '/' && path != ".." && !path.starts_with("../") &&
         path.find("/../") == std::string_view::npos && !path.ends_with("/..") &&
         path.find('\0') == std::string_view::npos;
}

bool read_reassignment_file(ScenarioReading& reading, const JsonNode& name, const std::string& topic,
                            std::vector<std::vector<std::int32_t>>& rows) {
  std::string path;
  if (!reading.reader.text(name, path)) return false;
  if (!plain_path(path)) {
    reading.problems.at(name, "E0457", "a path below the scenario's directory, without \"..\"");
    return false;
  }
  if (!reading.base_directory.empty()) path = reading.base_directory + "/" + path;
  try {
    const std::string text = read_source_file(path, reading.limits.file_bytes);
    ProblemList problems(path, text);
    DecodedStrings strings;
    check_encoding(text, problems);
    problems.stop_after(2);
    JsonNode root = parse_json(text, strings, problems);
    problems.stop_after(2);
    link_parents(root);
    StrictReader reader(problems);
    const Rows found = read_rows(reader, root, topic);
    problems.stop_after(5);
    for (const auto& row : found) rows.push_back(row.second.first);
    return true;
  } catch (const ScenarioError& error) {
    // The other file has its own name and places; a file that is not there is this file's mistake.
    const Diagnostic& first = error.diagnostics().front();
    if (first.line > 0) {
      reading.problems.add_placed(error.diagnostics());
    } else {
      reading.problems.at(name, {.code = "E0457", .found = shown(name) + ": " + first.found, .allowed = first.allowed});
    }
    return false;
  }
}

}  // namespace brokersim
