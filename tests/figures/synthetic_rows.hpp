// SPDX-License-Identifier: Apache-2.0
// Figures made up for a test, so that its expected words and numbers follow from what it says.
#pragma once
#include <string>
#include <vector>

#include "sim/figures/comparison.hpp"

namespace brokersim::test {

inline FigureColumn column(const std::string& name, Unit unit, const std::vector<double>& values) {
  FigureColumn result;
  result.figure = {name, name, unit, std::nullopt, Shown::always, Needs::steady_state};
  result.values.assign(values.begin(), values.end());
  return result;
}

/// What the headline looks at, in two trials that differ by the same small amount in every arm.
struct ArmFigures {
  double egress, crossing, usd, visibility_p50, visibility_p99, delivery_p50, delivery_p99;
};

inline std::vector<FigureColumn> headline_columns(const ArmFigures& arm) {
  const auto two = [](double value) { return std::vector<double>{value * 0.999, value * 1.001}; };
  return {column("busiest_broker_egress", Unit::bytes_per_second, two(arm.egress)),
          column("cross_zone_traffic", Unit::bytes_per_second, two(arm.crossing)),
          column("traffic_cost", Unit::usd_per_month, two(arm.usd)),
          column("visibility_delay_p50", Unit::seconds, two(arm.visibility_p50)),
          column("visibility_delay_p99", Unit::seconds, two(arm.visibility_p99)),
          column("delivery_p50", Unit::seconds, two(arm.delivery_p50)),
          column("delivery_p99", Unit::seconds, two(arm.delivery_p99))};
}

}  // namespace brokersim::test
