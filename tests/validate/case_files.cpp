// SPDX-License-Identifier: Apache-2.0
#include "tests/validate/case_files.hpp"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <thread>

#include "tests/validate/real_cluster.hpp"

namespace brokersim::validate {
namespace {

/// A case that cannot be read, or makes the product throw, is a failure of that case and of no other.
void judge_case(const CaseTask& task, CaseReport& report) {
  try {
    task.judge(report);
    if (report.findings().empty()) report.unsupported("all", "the case states nothing to expect");
  } catch (const Json::exception& error) {
    report.fail("all", std::string("malformed case: ") + error.what());
  } catch (const std::exception& error) {
    report.fail("all", std::string("stopped: ") + error.what());
  }
}

struct OpenFile {
  FamilyReport report;
  std::vector<CaseTask> tasks;
};

OpenFile open_file(const std::filesystem::path& path, const Effort& effort) {
  const std::string stem = path.stem().string();
  OpenFile open{{stem, {}}, {}};
  const auto whole_file = [&open](const std::function<void(CaseReport&)>& judge) {
    open.report.cases.emplace_back("(file)");
    judge(open.report.cases.back());
  };
  const Family family = family_of(stem);
  if (!family) {
    whole_file([](CaseReport& report) { report.unsupported("all", "unknown family"); });
    return open;
  }
  try {
    std::ifstream file(path);
    if (!file) throw std::runtime_error("cannot be read");
    open.tasks = family(Json::parse(file), effort);
    for (const CaseTask& task : open.tasks) open.report.cases.emplace_back(task.id);
    if (open.tasks.empty()) whole_file([](CaseReport& report) { report.unsupported("all", "the file has no cases"); });
  } catch (const Json::exception& error) {
    open.tasks.clear();
    open.report.cases.clear();
    whole_file([&](CaseReport& report) { report.fail("all", path.string() + ": malformed: " + error.what()); });
  } catch (const std::exception& error) {
    open.tasks.clear();
    open.report.cases.clear();
    whole_file([&](CaseReport& report) { report.fail("all", path.string() + ": " + error.what()); });
  }
  return open;
}

/// Folders of measured cases: the folder itself, or those in it.
std::vector<std::filesystem::path> measured_folders(const std::filesystem::path& folder, const std::string& only) {
  std::vector<std::filesystem::path> folders;
  const auto consider = [&](const std::filesystem::path& one) {
    if (!real_cluster_cases(one, {}).empty() && (only.empty() || one.filename() == only)) folders.push_back(one);
  };
  consider(std::filesystem::canonical(folder));
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_directory()) consider(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

}  // namespace

Family family_of(const std::string& stem) {
  if (stem == "queueing") return queueing_cases;
  if (stem == "load-balance") return load_balance_cases;
  if (stem == "replication-staleness") return staleness_cases;
  if (stem == "replica-selection-absim") return replica_selection_cases;
  if (stem == "pbs-wars") return pbs_wars_cases;
  if (stem == "protocol-timings") return protocol_timing_cases;
  if (stem == "published-benchmarks") return published_cases;
  if (stem == "replica-placement") return placement_cases;
  if (stem == "replica-selector") return selector_cases;
  if (stem == "partitioner") return partitioner_cases;
  if (stem == "assignors") return assignor_cases;
  if (stem == "leader-election-oracle") return leader_election_cases;
  if (stem == "leader-epoch") return leader_epoch_cases;
  if (stem == "loss-scenarios") return loss_scenario_cases;
  if (stem == "metrics-vectors") return metrics_cases;
  if (stem == "statistics-vectors") return statistics_cases;
  return {};
}

std::vector<FamilyReport> judge_folder(const std::filesystem::path& folder, const std::string& only,
                                       const Effort& effort, unsigned threads) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_regular_file() && entry.path().extension() == ".json" &&
        (only.empty() || entry.path().stem() == only)) {
      paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin(), paths.end());
  std::vector<OpenFile> files;
  for (const std::filesystem::path& path : paths) files.push_back(open_file(path, effort));
  for (const std::filesystem::path& measured : measured_folders(folder, only)) {
    OpenFile open{{measured.filename().string(), {}}, real_cluster_cases(measured, effort)};
    for (const CaseTask& task : open.tasks) open.report.cases.emplace_back(task.id);
    files.push_back(std::move(open));
  }

  struct Job {
    const CaseTask* task;
    CaseReport* report;
  };
  std::vector<Job> jobs;
  for (OpenFile& file : files) {
    for (std::size_t i = 0; i < file.tasks.size(); ++i) jobs.push_back({&file.tasks[i], &file.report.cases[i]});
  }
  std::atomic<std::size_t> next{0};
  const auto work = [&jobs, &next] {
    for (std::size_t i = next++; i < jobs.size(); i = next++) judge_case(*jobs[i].task, *jobs[i].report);
  };
  std::vector<std::thread> helpers;
  for (unsigned t = 1; t < threads; ++t) helpers.emplace_back(work);
  work();
  for (std::thread& helper : helpers) helper.join();

  std::vector<FamilyReport> reports;
  for (OpenFile& file : files) reports.push_back(std::move(file.report));
  return reports;
}

bool has_keys(const Json& object, std::initializer_list<const char*> keys) {
  return object.is_object() &&
         std::all_of(keys.begin(), keys.end(), [&](const char* key) { return object.contains(key); });
}

std::vector<CaseTask> tasks_of_list(const Json& file, const std::function<void(CaseReport&, const Json&)>& judge) {
  std::vector<CaseTask> tasks;
  for (std::size_t i = 0; i < file.at("cases").size(); ++i) {
    const Json row = file.at("cases")[i];
    tasks.push_back(
        {row.value("id", place_name("cases", i)), [row, judge](CaseReport& report) { judge(report, row); }});
  }
  return tasks;
}

std::string place_name(const std::string& group, std::size_t place) {
  return group + "[" + std::to_string(place) + "]";
}

}  // namespace brokersim::validate
