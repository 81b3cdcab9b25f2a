// SPDX-License-Identifier: Apache-2.0
// Cases measured on a real cluster: a folder a case, with case.json.
#pragma once
#include <filesystem>

#include "tests/validate/case_files.hpp"

namespace brokersim::validate {

/// The cases of a folder, in order of name; empty if no folder in it has a case.json.
[[nodiscard]] std::vector<CaseTask> real_cluster_cases(const std::filesystem::path& folder, const Effort& effort);

}  // namespace brokersim::validate
