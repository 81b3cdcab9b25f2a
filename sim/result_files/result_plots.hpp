// SPDX-License-Identifier: Apache-2.0
// gnuplot scripts that lie beside the CSV files they draw: gnuplot -c brokers.gp DATA_DIR OUT.svg
#pragma once
#include <string_view>

namespace brokersim {

/// Load per broker over time, a panel an arm.
[[nodiscard]] std::string_view brokers_plot();
/// Share of records that took longer than a time: acknowledgement and delivery, a line an arm.
[[nodiscard]] std::string_view latency_distribution_plot();
/// Share of records shown, and of reads not staler, within a time: a line an arm.
[[nodiscard]] std::string_view staleness_distribution_plot();

}  // namespace brokersim
