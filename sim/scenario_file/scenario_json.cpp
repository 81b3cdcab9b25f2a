// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario_file/scenario_json.hpp"

#include <utility>

#include "sim/scenario_file/json_parse.hpp"
#include "sim/scenario_file/scenario_reading.hpp"
#include "sim/scenario_file/scenario_writer.hpp"
#include "sim/scenario_file/source_file.hpp"
#include "sim/text/printable.hpp"

namespace brokersim {
namespace {

/// "three-zones" of "scenarios/three-zones.brokersim.json"
std::string stem_of(const std::string& path) {
  std::string name = path.substr(path.find_last_of('/') + 1);
  for (const std::string_view end : {".json", ".brokersim"}) {
    if (name.size() > end.size() && name.ends_with(end)) name.resize(name.size() - end.size());
  }
  return name == "-" ? "scenario" : printable(name, 128);
}

}  // namespace

ScenarioDocument read_scenario_text(std::string_view text, const std::string& file_name,
                                    const std::vector<Override>& overrides, const std::string& base_directory,
                                    const ReadLimits& limits) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  const bool marked = text.starts_with(byte_order_mark);
  if (marked) text.remove_prefix(byte_order_mark.size());

  ProblemList problems(file_name, text);
  if (marked)
    problems.add({.code = "N001", .found = "a byte order mark, which is skipped", .severity = Severity::note});
  if (static_cast<std::int64_t>(text.size()) > limits.file_bytes) {
    problems.add({.code = "E0104",
                  .found = std::to_string(text.size()) + " bytes",
                  .allowed = "at most " + std::to_string(limits.file_bytes) + " bytes"});
    problems.stop_after(5);
  }
  check_encoding(text, problems);
  problems.stop_after(2);
  DecodedStrings strings;
  JsonNode root = parse_json(text, strings, problems);
  problems.stop_after(2);
  problems.stop_after(5);  // an array too long was refused while it was read
  if (!root.is(JsonNode::Kind::object)) {
    problems.at(root, "E0301", "an object");
    problems.stop_after(3);
  }
  apply_overrides(root, overrides, strings, problems);
  problems.stop_after(2);
  link_parents(root);

  ScenarioReading reading(problems, limits, base_directory);
  reading.scenario.name = stem_of(file_name);
  if (reading.reader.object(root, Section::root)) {
    read_settings(reading, root);
    read_protocols(reading, root);
    read_network(reading, root);
    read_host_profile(reading, root);
    read_clients(reading, root);
    read_brokers(reading, root);
    read_control_plane(reading, root);
    read_topics(reading, root);
    read_default_client_quota(reading, root);
    read_producers(reading, root);
    read_groups(reading, root);
    read_faults(reading, root);
  }
  problems.stop_after(3);
  // Beyond a size limit nothing was built, so that meaning cannot be judged: size is reported in its place.
  problems.stop_at(5);
  check_whole(reading, root);
  problems.stop_after(5);

  ScenarioDocument document;
  document.notes = problems.notes();
  document.effective_json = scenario_text(reading.scenario);
  document.hash = scenario_hash(reading.scenario);
  document.scenario = std::move(reading.scenario);
  return document;
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? "" : path.substr(0, slash == 0 ? 1 : slash);
}

ScenarioDocument read_scenario_file(const std::string& path, const std::vector<Override>& overrides,
                                    const ReadLimits& limits) {
  return read_scenario_text(read_source_file(path, limits.file_bytes), path, overrides, directory_of(path), limits);
}

}  // namespace brokersim
