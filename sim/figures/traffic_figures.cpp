// SPDX-License-Identifier: Apache-2.0
// Bytes between zones and their price: metrics-and-statistics.md section 5.
#include <array>

#include "analysis/cost.hpp"
#include "analysis/sum.hpp"
#include "sim/figures/arm_metrics.hpp"

namespace brokersim {

void add_traffic_figures(const WorldFacts& facts, const TrialResult& trial, std::vector<Figure>& figures) {
  const std::size_t zones = facts.scenario->world.network.zones.size();
  const double span = observed_seconds(trial);
  std::array<double, traffic_paths> crossing{};
  CompensatedSum cost;  // of all traffic: a price within a zone is none by default, but a scenario may state one
  std::array<CompensatedSum, traffic_paths> path_cost{};
  for (std::size_t link = 0; link < trial.links.size(); ++link) {
    for (std::size_t path = 0; path < traffic_paths; ++path) {
      const auto bytes = static_cast<double>(trial.links[link].wire_bytes[path]);
      if (link / zones != link % zones) crossing[path] += bytes;
      const double usd = monthly_cost(bytes, span, facts.usd_per_gigabyte[link]);
      cost.add(usd);
      path_cost[path].add(usd);
    }
  }
  double total = 0;
  for (const double bytes : crossing) total += bytes;
  figures.push_back({"cross_zone_traffic", "cross-zone traffic (wire)", Unit::bytes_per_second, total / span,
                     Shown::always, Needs::steady_state});
  for (std::size_t path = 0; path < traffic_paths; ++path) {
    const std::string name = traffic_path_names[path];
    figures.push_back({"cross_zone_traffic_" + name, "  of it: " + name, Unit::bytes_per_second, crossing[path] / span,
                       Shown::always, Needs::steady_state});
  }
  figures.push_back({"traffic_cost", "cost of traffic, 30-day month", Unit::usd_per_month, cost.value(), Shown::always,
                     Needs::steady_state});
  for (std::size_t path = 0; path < traffic_paths; ++path) {
    const std::string name = traffic_path_names[path];
    figures.push_back({"traffic_cost_" + name, "  of it: " + name, Unit::usd_per_month, path_cost[path].value(),
                       Shown::verbose, Needs::steady_state});
  }
}

}  // namespace brokersim
