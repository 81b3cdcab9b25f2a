// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/result_export.hpp"

#include <sys/resource.h>

#include "analysis/balance.hpp"
#include "analysis/number_format.hpp"
#include "sim/cli/screen.hpp"
#include "sim/cli/version.hpp"
#include "sim/figures/broker_columns.hpp"
#include "sim/metrics/window_loads.hpp"
#include "sim/result_files/result_text.hpp"

namespace brokersim {
namespace {

SummaryRow arm_row(const ComparisonRow& row, std::size_t arm, const Study& study) {
  const Estimate& estimate = row.arms[arm];
  SummaryRow result;
  result.metric = row.figure.name;
  result.unit = unit_name(row.figure.unit);
  result.arm = arm_name(study.policies[arm]);
  result.trials = estimate.mean ? study.scenario().trials : 0;
  result.estimate = estimate.mean;
  result.half_width = estimate.half_width;
  result.lowest = estimate.lowest;
  result.highest = estimate.highest;
  result.level = confidence_level;
  result.note = estimate.note;
  return result;
}

SummaryRow change_row(const ComparisonRow& row, const Study& study) {
  SummaryRow result;
  result.metric = row.figure.name;
  result.unit = unit_name(row.figure.unit);
  result.arm = "change";
  result.trials = study.scenario().trials;
  result.estimate = row.change->difference;
  result.half_width = row.change->half_width;
  result.level = confidence_level;
  if (row.change->p_value_holm) {
    result.note =
        "p " + significant_text(*row.change->p_value, 2) + ", Holm " + significant_text(*row.change->p_value_holm, 2);
  }
  if (row.change->welch) {
    result.note +=
        "; the arms do not vary together, unpaired half-width " + shortest_text(row.change->welch->half_width);
  }
  return result;
}

SummaryRow ratio_row(const ComparisonRow& row, const Study& study) {
  SummaryRow result;
  result.metric = row.figure.name + "_change_ratio";
  result.unit = "ratio";
  result.arm = "change";
  result.trials = study.scenario().trials;
  result.estimate = row.change->ratio->ratio;
  result.level = confidence_level;
  if (result.trials > 1) {
    result.note =
        "95 % from " + shortest_text(row.change->ratio->lower) + " to " + shortest_text(row.change->ratio->upper);
  }
  return result;
}

std::vector<std::string> notes_of(const Study& study) {
  std::vector<std::string> notes{study.headline};
  for (const auto& lines : {limit_lines(study), caution_lines(study, true)})
    notes.insert(notes.end(), lines.begin(), lines.end());
  for (const Diagnostic& note : study.document.notes)
    notes.push_back(note.code + " at " + note.pointer + ": " + note.found);
  return notes;
}

std::uint64_t peak_memory_bytes() {
  rusage usage{};
  return getrusage(RUSAGE_SELF, &usage) == 0 ? static_cast<std::uint64_t>(usage.ru_maxrss) * 1024 : 0;
}

}  // namespace

std::vector<SummaryRow> summary_rows(const Study& study) {
  std::vector<SummaryRow> rows;
  for (const ComparisonRow& row : study.rows) {
    for (std::size_t arm = 0; arm < row.arms.size(); ++arm) rows.push_back(arm_row(row, arm, study));
    if (row.change) rows.push_back(change_row(row, study));
    if (row.change && row.change->ratio) rows.push_back(ratio_row(row, study));
  }
  return rows;
}

std::vector<SkewRow> skew_rows(const Study& study) {
  const std::array<std::pair<const char*, LoadOf>, 2> kinds{
      {{"out_bytes_per_second", egress_bytes}, {"in_bytes_per_second", ingress_bytes}}};
  std::vector<SkewRow> rows;
  for (std::size_t arm = 0; arm < study.arms.size(); ++arm) {
    for (std::uint32_t trial = 0; trial < study.arms[arm].trials.size(); ++trial) {
      for (const WindowLoads& window : loads_by_window(study.arms[arm].trials[trial].loads, study.scenario().window)) {
        for (const auto& kind : kinds) {
          std::vector<double> column;
          double sum = 0;
          for (const BrokerLoad& load : window.brokers) sum += column.emplace_back(kind.second(load));
          SkewRow& row = rows.emplace_back();
          row.arm = arm;
          row.trial = trial;
          row.window_start = window.start;
          row.window = window.length;
          row.resource = kind.first;
          if (sum > 0) {
            row.peak_to_mean = peak_to_mean(column);
            row.coefficient_of_variation = coefficient_of_variation(column);
          }
        }
      }
    }
  }
  return rows;
}

ResultSet result_set(const Study& study, const std::string& repeat_command) {
  ResultSet results;
  results.scenario = &study.scenario();
  results.placement = &study.placement;
  results.arms = &study.arms;
  results.warm_up = study.warm_up.warm_up;
  results.scenario_json = study.document.effective_json;
  results.scenario_hash = study.document.hash;
  results.model_version = model_version;
  results.program_version = version_number();
  results.program_commit = version_commit();
  results.repeat_command = repeat_command;
  results.summary = summary_rows(study);
  results.load_skew = skew_rows(study);
  results.faults = study.faults;
  results.notes = notes_of(study);
  if (study.scenario().world.switches.followers_do_not_wake_consumers) {
    results.switches_on.emplace_back("consumers_wait_out_on_followers");
  }
  for (const ArmResult& arm : study.arms) {
    for (const TrialResult& trial : arm.trials) {
      for (const std::string& relaxed : trial.relaxed_checks) {
        if (std::find(results.relaxed_checks.begin(), results.relaxed_checks.end(), relaxed) ==
            results.relaxed_checks.end())
          results.relaxed_checks.push_back(relaxed);
      }
    }
  }
  results.cost.wall_seconds = study.wall_seconds;
  results.cost.peak_memory_bytes = peak_memory_bytes();
  return results;
}

std::string summary_csv(const std::vector<SummaryRow>& rows) {
  std::string text = "metric,unit,arm,trials,estimate,half_width,lowest,highest,level_ratio,note\n";
  for (const SummaryRow& row : rows) {
    text += row.metric + "," + row.unit + "," + row.arm + "," + std::to_string(row.trials);
    for (const std::optional<double>& number : {row.estimate, row.half_width, row.lowest, row.highest}) {
      text += ",";
      if (number) append_number(text, *number);
    }
    text += ",";
    append_number(text, row.level);
    const bool quoted = row.note.find(',') != std::string::npos;  // our own notes hold no quotes and no line ends
    text += quoted ? ",\"" + row.note + "\"\n" : "," + row.note + "\n";
  }
  return text;
}

}  // namespace brokersim
