// SPDX-License-Identifier: Apache-2.0
#include "sim/result_files/result_directory.hpp"

#include <array>

#include "sim/result_files/result_plots.hpp"
#include "sim/result_files/result_tables.hpp"
#include "sim/result_files/result_target.hpp"

namespace brokersim {

namespace {

struct FileWriter {
  const char* name;
  void (*write)(ResultFile& file, const ResultSet& results);
  bool (*wanted)(const ResultSet& results) = nullptr;  // none: always
};

bool has_faults(const ResultSet& results) {
  return !results.scenario->world.faults.empty();
}

bool has_reassignments(const ResultSet& results) {
  const std::vector<FaultSpec>& faults = results.scenario->world.faults;
  return std::any_of(faults.begin(), faults.end(),
                     [](const FaultSpec& fault) { return fault.kind == FaultKind::reassign; });
}

/// In manifest order: by name.
constexpr std::array files_written{
    FileWriter{"brokers.csv", write_brokers},
    FileWriter{"brokers.gp", [](ResultFile& file, const ResultSet&) { file.append(brokers_plot()); }},
    FileWriter{"brokers_total.csv", write_brokers_total},
    FileWriter{"disks.csv", write_disks},
    FileWriter{"events.csv", write_events, has_faults},
    FileWriter{"fault_brokers.csv", write_fault_brokers, has_faults},
    FileWriter{"fault_episodes.csv", write_fault_episodes, has_faults},
    FileWriter{"fault_losses.csv", write_fault_losses, has_faults},
    FileWriter{"fault_outages.csv", write_fault_outages, has_faults},
    FileWriter{"fault_phases.csv", write_fault_phases, has_faults},
    FileWriter{"fault_reassignments.csv", write_fault_reassignments, has_reassignments},
    FileWriter{"groups.csv", write_groups},
    FileWriter{"kafka_metrics.csv", write_kafka_metrics},
    FileWriter{"lags.csv", write_lags},
    FileWriter{"latency.csv", write_latency},
    FileWriter{"latency_distribution.csv", write_latency_distribution},
    FileWriter{"latency_distribution.gp",
               [](ResultFile& file, const ResultSet&) { file.append(latency_distribution_plot()); }},
    FileWriter{"latency_parts.csv", write_latency_parts},
    FileWriter{"leaders.csv", write_leaders, has_faults},
    FileWriter{"links.csv", write_links},
    FileWriter{"load_skew.csv", write_load_skew},
    FileWriter{"members.csv", write_members},
    FileWriter{"partitions.csv", write_partitions},
    FileWriter{"rebalance_members.csv", write_rebalance_members},
    FileWriter{"rebalances.csv", write_rebalances},
    FileWriter{"scenario.json", [](ResultFile& file, const ResultSet& results) { file.append(results.scenario_json); }},
    FileWriter{"send_buffers.csv", write_send_buffers},
    FileWriter{"send_outcomes.csv", write_send_outcomes, has_faults},
    FileWriter{"staleness.csv", write_staleness},
    FileWriter{"staleness_distribution.csv", write_staleness_distribution},
    FileWriter{"staleness_distribution.gp",
               [](ResultFile& file, const ResultSet&) { file.append(staleness_distribution_plot()); }},
    FileWriter{"summary.csv", write_summary},
    FileWriter{"summary.json",
               [](ResultFile& file, const ResultSet& results) { file.append(summary_document(results)); }},
    FileWriter{"throttles.csv", write_throttles},
    FileWriter{"trials.csv", write_trials},
};

void check_set(const ResultSet& results) {
  require(results.scenario != nullptr && results.placement != nullptr && results.arms != nullptr,
          "a result set has a scenario, a placement and arms");
  require(!results.arms->empty() && results.trials() > 0, "a result set has an arm and a trial");
  for (const ArmResult& arm : *results.arms) {
    require(arm.trials.size() == results.trials(), "every arm of a result set has the same number of trials");
  }
}

}  // namespace

std::string arm_name(const Arm& arm) {
  const std::string policy(name_of(arm.read));
  return arm.protocol == Protocol::primary_replica ? "primary_replica." + policy : policy;
}

ResultReceipt write_result_directory(const ResultSet& results, const std::filesystem::path& out, bool force) {
  FileCalls calls;
  return write_result_directory(results, out, force, calls);
}

ResultReceipt write_result_directory(const ResultSet& results, const std::filesystem::path& out, bool force,
                                     FileCalls& calls) {
  check_set(results);
  PartialDirectory partial(calls, checked_target(out, force));
  ResultReceipt receipt;
  ResultHash fingerprint;
  for (const FileWriter& writer : files_written) {
    if (writer.wanted != nullptr && !writer.wanted(results)) continue;
    ResultFile file(calls, partial.path(), writer.name, &fingerprint, results.stop_requested);
    writer.write(file, results);
    file.close();
    receipt.files.push_back({writer.name, file.bytes(), file.hash()});
  }
  receipt.fingerprint = fingerprint.text();
  const auto write_unhashed = [&](const char* name, const std::string& text) {
    ResultFile file(calls, partial.path(), name, nullptr, results.stop_requested);
    file.append(text);
    file.close();
  };
  write_unhashed("timing.json", timing_document(results));
  write_unhashed("manifest.json", manifest_document(results, receipt.files, receipt.fingerprint));
  receipt.left_over = partial.put_in_place();
  return receipt;
}

}  // namespace brokersim
