// SPDX-License-Identifier: Apache-2.0
// From the raw counters of a trial to named figures (metrics-and-statistics.md sections 2 to 5); formulas are
// analysis/'s.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/figures/figure.hpp"
#include "sim/scenario/run.hpp"
#include "sim/scenario/scenario.hpp"

namespace brokersim {

/// What follows from the scenario alone and every trial's figures need.
struct WorldFacts {
  const Scenario* scenario = nullptr;
  Protocol protocol = Protocol::kafka;   ///< of the arm whose figures are wanted
  std::vector<double> usd_per_gigabyte;  ///< shape [zones * zones], from * zones + to: the sum over the route's links
  double placement_cov_squared = 0;      ///< E[CoV^2] of leaders put on brokers at random (section 2.4)
  std::optional<double> placement_peak_to_mean;  ///< its exact expected peak-to-mean; none where it costs too much
};
/// scenario  must outlive the facts
[[nodiscard]] WorldFacts world_facts(const Scenario& scenario);

// One function a family; each appends its figures.
void add_load_figures(const WorldFacts& facts, const TrialResult& trial, std::vector<Figure>& figures);
void add_latency_figures(const WorldFacts& facts, const TrialResult& trial, std::vector<Figure>& figures);
void add_staleness_figures(const WorldFacts& facts, const TrialResult& trial, std::vector<Figure>& figures);
void add_traffic_figures(const WorldFacts& facts, const TrialResult& trial, std::vector<Figure>& figures);
void add_flow_figures(const WorldFacts& facts, const TrialResult& trial, std::vector<Figure>& figures);

/// All of them, in the order of a report.
[[nodiscard]] std::vector<Figure> trial_figures(const WorldFacts& facts, const TrialResult& trial);

/// trial_figures() of every trial, turned into columns.
[[nodiscard]] std::vector<FigureColumn> arm_figures(const WorldFacts& facts, const ArmResult& arm);

/// Length of the observation interval in seconds, > 0.
[[nodiscard]] double observed_seconds(const TrialResult& trial);

}  // namespace brokersim
