// SPDX-License-Identifier: Apache-2.0
#include "tests/validate/real_cluster.hpp"

#include <algorithm>

#include "sim/measured/failure_comparison.hpp"
#include "sim/measured/prediction.hpp"

namespace brokersim::validate {
namespace {

/// The profile that was fitted to this cluster: one set of constants for all its cases.
constexpr const char* profile_name = "measured-kafka-4.2";

/// As many trials as make about that many records, so that the pooled quantiles stand still.
std::uint32_t trials_of(const MeasuredCase& measured, const Effort& effort) {
  double records = 0;
  const double seconds = static_cast<double>(measured.scenario.duration.count()) * 1e-9;
  for (const ProducerSpec& producer : measured.scenario.world.producers) {
    records += producer.records_per_second * seconds;
  }
  const double wanted = effort.quick ? 50'000 : 400'000;
  return static_cast<std::uint32_t>(std::clamp(wanted / records, 2.0, 20.0));
}

void judge(CaseReport& report, const std::string& quantity, const Comparison& one) {
  if (one.range && one.within()) {
    const double reach = std::max(one.measured - one.range->first, one.range->second - one.measured);
    report.within(quantity, one.measured, one.predicted, std::max(one.tolerance, reach),
                  "random phase: inside the range of single trials");
  } else {
    report.within(quantity, one.measured, one.predicted, one.tolerance);
  }
}

/// Who leads when, in-sync replicas, gaps. Latencies are not judged: half of a run's records see the failure.
void judge_failures(CaseReport& report, const MeasuredCase& measured, const Effort& effort) {
  const std::uint32_t trials = effort.quick ? 20 : 100;
  const FailureComparison comparison = compare_failures(measured, *find_host_profile(profile_name), trials);
  for (const StateAgreement& one : comparison.leadership)
    report.same(one.what, one.holds(), one.measured, one.predicted);
  for (const Comparison& one : comparison.seconds) judge(report, one.series + " " + one.quantity + " s", one);
}

void judge_case(CaseReport& report, const std::filesystem::path& file, const Effort& effort) {
  try {
    const MeasuredCase measured = read_measured_case(file);
    if (!measured.events.empty()) return judge_failures(report, measured, effort);
    for (const Comparison& one : compare(measured, *find_host_profile(profile_name), trials_of(measured, effort))) {
      judge(report, one.series + " " + one.quantity, one);
    }
  } catch (const MeasuredCaseError& error) {
    if (!error.unsupported) throw;
    report.unsupported("all", error.what());
  }
}

}  // namespace

std::vector<CaseTask> real_cluster_cases(const std::filesystem::path& folder, const Effort& effort) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (std::filesystem::exists(entry.path() / "case.json")) files.push_back(entry.path() / "case.json");
  }
  std::sort(files.begin(), files.end());
  std::vector<CaseTask> tasks;
  for (const std::filesystem::path& file : files) {
    tasks.push_back({file.parent_path().filename().string(),
                     [file, effort](CaseReport& report) { judge_case(report, file, effort); }});
  }
  return tasks;
}

}  // namespace brokersim::validate
