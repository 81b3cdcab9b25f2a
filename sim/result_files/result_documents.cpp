// SPDX-License-Identifier: Apache-2.0
#include "sim/result_files/result_documents.hpp"

#include "sim/result_files/result_json.hpp"
#include "sim/result_files/result_text.hpp"

namespace brokersim {

namespace {

constexpr std::uint32_t format_version = 1;

void add_question(JsonText& json, const ResultSet& results) {
  json.member("scenario", results.scenario->name).member("scenario_hash", results.scenario_hash);
  json.member("model_version", results.model_version).member("seed", results.scenario->seed);
  json.member("trials", std::uint64_t{results.trials()});
  json.member("duration_seconds", exact_seconds(results.scenario->duration));
  json.member("warm_up_seconds", exact_seconds(results.warm_up));
  json.member("window_seconds", exact_seconds(results.scenario->window));
  json.key("arms").begin_array();
  for (const ArmResult& arm : *results.arms) json.value(arm_name(arm.policy));
  json.end();
  json.member("switches_on", results.switches_on);
}

}  // namespace

std::string summary_document(const ResultSet& results) {
  JsonText json;
  json.begin_object().member("format", "brokersim summary").member("format_version", format_version);
  add_question(json, results);
  json.key("summary").begin_array();
  for (const SummaryRow& row : results.summary) {
    json.begin_object().member("metric", row.metric).member("unit", row.unit).member("arm", row.arm);
    json.member("trials", row.trials).member("estimate", row.estimate).member("half_width", row.half_width);
    json.member("lowest", row.lowest).member("highest", row.highest).member("level_ratio", row.level);
    json.member("note", row.note).end();
  }
  return json.end().member("notes", results.notes).end().document();
}

std::string timing_document(const ResultSet& results) {
  JsonText json;
  json.begin_object().member("format", "brokersim timing").member("format_version", format_version);
  json.member("wall_seconds", results.cost.wall_seconds).member("threads", std::uint64_t{results.cost.threads});
  json.member("peak_memory_bytes", results.cost.peak_memory_bytes);
  std::uint64_t events = 0;
  for (const ArmResult& arm : *results.arms) {
    for (const TrialResult& trial : arm.trials) events += trial.events;
  }
  json.member("events", events).key("trials").begin_array();
  for (const TrialCost& cost : results.cost.trials) {
    const ArmResult& arm = results.arms->at(cost.arm);
    json.begin_object().member("arm", arm_name(arm.policy)).member("trial", cost.trial);
    json.member("events", arm.trials.at(cost.trial).events).member("wall_seconds", cost.wall_seconds).end();
  }
  return json.end().end().document();
}

std::string manifest_document(const ResultSet& results, const std::vector<WrittenFile>& files,
                              const std::string& fingerprint) {
  JsonText json;
  json.begin_object().member("format", manifest_format).member("format_version", format_version);
  json.member("complete", true).member("program", "brokersim").member("program_version", results.program_version);
  json.member("program_commit", results.program_commit).member("repeat_command", results.repeat_command);
  add_question(json, results);
  if (results.relaxed_checks.empty()) {
    json.member("relaxed_checks", "none");
  } else {
    json.member("relaxed_checks", results.relaxed_checks);
  }
  json.member("run_fingerprint", results.run_fingerprint);
  json.member("fingerprint", fingerprint).key("files").begin_array();
  for (const WrittenFile& file : files) {
    json.begin_object().member("name", file.name).member("bytes", file.bytes).member("hash", file.hash).end();
  }
  return json.end().member("not_hashed", std::vector<std::string>{"timing.json"}).end().document();
}

}  // namespace brokersim
