// SPDX-License-Identifier: Apache-2.0
#include "sim/figures/arm_metrics.hpp"

#include <algorithm>

#include "analysis/baseline.hpp"
#include "analysis/random_placement.hpp"
#include "sim/core/contract.hpp"
#include "sim/model/topology.hpp"

namespace brokersim {
namespace {

/// The price of sending from zone to zone: every link of the route charges.
std::vector<double> route_prices(const NetworkSpec& network) {
  std::vector<double> prices;
  for (const std::vector<Hop>& route : shortest_routes(network)) {
    double price = 0;
    for (const Hop& hop : route) {
      const bool between = hop.link < network.links.size();
      const LinkSpec& link = between ? network.links[hop.link] : network.within_zone[hop.link - network.links.size()];
      price += link.usd_per_gigabyte;
    }
    prices.push_back(price);
  }
  return prices;
}

}  // namespace

WorldFacts world_facts(const Scenario& scenario) {
  std::uint64_t partitions = 0;
  for (const TopicSpec& topic : scenario.world.topics) partitions += topic.partitions;
  const std::uint64_t brokers = scenario.world.brokers.size();
  WorldFacts facts;
  facts.scenario = &scenario;
  facts.usd_per_gigabyte = route_prices(scenario.world.network);
  facts.placement_cov_squared = random_placement_cov_squared(partitions, brokers);
  if (const auto placement = random_placement(partitions, brokers)) {
    facts.placement_peak_to_mean = placement->expected_peak_to_mean();
  }
  return facts;
}

double observed_seconds(const TrialResult& trial) {
  return seconds(trial.duration - trial.warm_up);
}

std::vector<Figure> trial_figures(const WorldFacts& facts, const TrialResult& trial) {
  std::vector<Figure> figures;
  add_load_figures(facts, trial, figures);
  add_traffic_figures(facts, trial, figures);
  add_latency_figures(facts, trial, figures);
  add_staleness_figures(facts, trial, figures);
  add_flow_figures(facts, trial, figures);
  return figures;
}

std::vector<FigureColumn> arm_figures(const WorldFacts& world, const ArmResult& arm) {
  WorldFacts facts = world;
  facts.protocol = arm.policy.protocol;
  std::vector<FigureColumn> columns;
  for (const TrialResult& trial : arm.trials) {
    const std::vector<Figure> figures = trial_figures(facts, trial);
    if (columns.empty()) {
      for (const Figure& figure : figures) columns.push_back({figure, {}});
    }
    require(columns.size() == figures.size(), "every trial gives the same figures");
    for (std::size_t i = 0; i < figures.size(); ++i) {
      columns[i].values.push_back(figures[i].value);
      if (!figures[i].note.empty()) columns[i].figure.note = figures[i].note;
    }
  }
  return columns;
}

}  // namespace brokersim
