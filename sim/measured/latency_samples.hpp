// SPDX-License-Identifier: Apache-2.0
// Latencies that somebody measured one by one.
#pragma once
#include <filesystem>
#include <vector>

namespace brokersim {

/// Reads one latency in ms a line; the first line may be a header, empty lines are passed over.
///
/// returns  at least one, in file order
/// throws   MeasuredCaseError with the line at fault
[[nodiscard]] std::vector<double> read_latency_samples(const std::filesystem::path& file);

}  // namespace brokersim
