// SPDX-License-Identifier: Apache-2.0
// Latencies out of a result file of the OpenMessaging Benchmark.
#pragma once
#include <filesystem>
#include <utility>
#include <vector>

namespace brokersim {

/// Quantiles as MeasuredSeries has them; empty where the file has none.
struct OmbLatencies {
  std::vector<std::pair<double, double>> acknowledgement;  ///< publish latency
  std::vector<std::pair<double, double>> delivery;         ///< end-to-end latency
};

/// Reads aggregatedPublishLatencyQuantiles and aggregatedEndToEndLatencyQuantiles (percentile to ms), or where they are
/// missing or empty aggregatedPublishLatency50pct and its like at 75, 95 and 99.
///
/// throws  MeasuredCaseError
[[nodiscard]] OmbLatencies read_omb_result(const std::filesystem::path& file);

}  // namespace brokersim
