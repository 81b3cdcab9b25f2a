// SPDX-License-Identifier: Apache-2.0
// Folders of case files: which file belongs to which family, and the cases of each as tasks.
#pragma once
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/validate/report.hpp"

namespace brokersim::validate {

using Json = nlohmann::json;

/// How hard to try.
struct Effort {
  bool quick = false;               ///< fewer and shorter trials, no demand on the width of intervals
  bool break_credit_order = false;  ///< test only: ModelSwitches::credit_before_reading_high_watermark
};

/// One case, ready to be judged on any thread. It depends on its file and the effort, and on nothing else.
struct CaseTask {
  std::string id;
  std::function<void(CaseReport&)> judge;
};

/// The cases of a file of one family. Throws if the file has not the family's shape.
using Family = std::function<std::vector<CaseTask>(const Json& file, const Effort& effort)>;

/// The family that judges files of that stem, e.g. "queueing"; empty for an unknown one.
[[nodiscard]] Family family_of(const std::string& stem);

[[nodiscard]] std::vector<CaseTask> queueing_cases(const Json& file, const Effort& effort);
[[nodiscard]] std::vector<CaseTask> load_balance_cases(const Json& file, const Effort& effort);
[[nodiscard]] std::vector<CaseTask> staleness_cases(const Json& file, const Effort& effort);
[[nodiscard]] std::vector<CaseTask> replica_selection_cases(const Json& file, const Effort& effort);
[[nodiscard]] std::vector<CaseTask> pbs_wars_cases(const Json& file, const Effort& effort);
[[nodiscard]] std::vector<CaseTask> protocol_timing_cases(const Json& file, const Effort& effort);
[[nodiscard]] std::vector<CaseTask> published_cases(const Json& file, const Effort& effort);
[[nodiscard]] std::vector<CaseTask> placement_cases(const Json& file, const Effort& effort);
[[nodiscard]] std::vector<CaseTask> selector_cases(const Json& file, const Effort& effort);
[[nodiscard]] std::vector<CaseTask> partitioner_cases(const Json& file, const Effort& effort);
[[nodiscard]] std::vector<CaseTask> assignor_cases(const Json& file, const Effort& effort);
[[nodiscard]] std::vector<CaseTask> leader_election_cases(const Json& file, const Effort& effort);
[[nodiscard]] std::vector<CaseTask> leader_epoch_cases(const Json& file, const Effort& effort);
[[nodiscard]] std::vector<CaseTask> loss_scenario_cases(const Json& file, const Effort& effort);
[[nodiscard]] std::vector<CaseTask> metrics_cases(const Json& file, const Effort& effort);
[[nodiscard]] std::vector<CaseTask> statistics_cases(const Json& file, const Effort& effort);

/// Judges every .json file of a folder, in order of name, and behind them its folders of measured cases.
///
/// only     a stem; empty: all
/// threads  how many cases at a time; the findings do not depend on it
/// A file that is no JSON, or not of its family's shape, is one failed finding; one of an unknown family one
/// unsupported.
[[nodiscard]] std::vector<FamilyReport> judge_folder(const std::filesystem::path& folder, const std::string& only,
                                                     const Effort& effort, unsigned threads);

/// True if `object` is a JSON object that has all of these keys.
[[nodiscard]] bool has_keys(const Json& object, std::initializer_list<const char*> keys);

/// A task for each element of the file's list "cases", named by its "id" or else by its place.
[[nodiscard]] std::vector<CaseTask> tasks_of_list(const Json& file,
                                                  const std::function<void(CaseReport&, const Json&)>& judge);

/// The name of a case in a list that gives it none: "group[3]".
[[nodiscard]] std::string place_name(const std::string& group, std::size_t place);

/// Whether two values are the same, as JSON.
inline void same(CaseReport& report, const std::string& quantity, const Json& expected, const Json& got) {
  report.same(quantity, expected == got, expected.dump(), got.dump());
}

}  // namespace brokersim::validate
