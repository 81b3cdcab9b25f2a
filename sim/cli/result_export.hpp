// SPDX-License-Identifier: Apache-2.0
// A study for programs: as the rows and documents that sim/result_files writes.
#pragma once
#include <string>
#include <vector>

#include "sim/cli/study.hpp"
#include "sim/result_files/result_set.hpp"

namespace brokersim {

/// Every figure of every arm as a row; then for two arms a row "change" (other - first, paired) and, where a ratio
/// makes sense, a row "change" of the metric NAME_change_ratio (other / first), whose asymmetric interval is in its
/// note.
[[nodiscard]] std::vector<SummaryRow> summary_rows(const Study& study);

/// How uneven egress and ingress were in every window of every trial.
[[nodiscard]] std::vector<SkewRow> skew_rows(const Study& study);

/// All that a result directory says about the study.
///
/// study           must outlive the set
/// repeat_command  without absolute paths
[[nodiscard]] ResultSet result_set(const Study& study, const std::string& repeat_command);

/// The rows with the columns of summary.csv.
[[nodiscard]] std::string summary_csv(const std::vector<SummaryRow>& rows);

}  // namespace brokersim
