// SPDX-License-Identifier: Apache-2.0
// A measured case out of a scenario and what its user measured over the whole cluster.
#pragma once
#include <utility>
#include <vector>

#include "sim/measured/measured_case.hpp"

namespace brokersim {

/// Quantiles of all records of all topics (acknowledgement) and of all groups (delivery); empty: not measured.
struct OwnMeasurement {
  std::vector<std::pair<double, double>> acknowledgement, delivery;  ///< as in MeasuredSeries
};

/// The quantiles that compare() judges, of latencies in ms.
[[nodiscard]] std::vector<std::pair<double, double>> quantiles_of(std::vector<double> samples);

/// scenario  describes the cluster and the load it was measured under; its first read policy is taken
/// throws    MeasuredCaseError if the scenario states no warm-up, or has no reader though deliveries were measured
[[nodiscard]] MeasuredCase own_case(const Scenario& scenario, const OwnMeasurement& measurement);

}  // namespace brokersim
