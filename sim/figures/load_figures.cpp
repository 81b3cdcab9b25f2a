// SPDX-License-Identifier: Apache-2.0
// Load and skew: metrics-and-statistics.md sections 2.2 to 2.4.
#include <algorithm>

#include "analysis/balance.hpp"
#include "analysis/baseline.hpp"
#include "analysis/correlation.hpp"
#include "analysis/skew_over_time.hpp"
#include "sim/figures/arm_metrics.hpp"
#include "sim/figures/broker_columns.hpp"

namespace brokersim {
namespace {

bool loaded(const std::vector<double>& column) {
  return std::any_of(column.begin(), column.end(), [](double load) { return load > 0; });
}

/// A measure of balance, or none where there is no load to balance.
std::optional<double> measure(const std::vector<double>& column, double (*balance)(std::span<const double>)) {
  if (!loaded(column)) return std::nullopt;
  return balance(column);
}

/// One kind of load, as figures and row heads name it.
struct Kind {
  std::string name;
  std::string label;
  Shown shown;
};

void add_spread(const WorldFacts& facts, const Kind& kind, const std::vector<double>& totals, Needs needs,
                std::vector<Figure>& figures) {
  const std::optional<double> cov = measure(totals, coefficient_of_variation);
  figures.push_back({kind.name + "_peak_to_mean", kind.label + " peak-to-mean", Unit::ratio,
                     measure(totals, peak_to_mean), kind.shown, needs});
  figures.push_back({kind.name + "_cov", kind.label + " CoV", Unit::ratio, cov, kind.shown, needs});
  std::optional<double> excess;
  if (cov) excess = excess_skew(*cov, {.placement = facts.placement_cov_squared});
  figures.push_back({kind.name + "_excess_skew", kind.label + " CoV^2 above random placement", Unit::ratio, excess,
                     Shown::verbose, needs});
  figures.push_back(
      {kind.name + "_gini", kind.label + " Gini", Unit::ratio, measure(totals, gini), Shown::verbose, needs});
}

void add_over_time(const Kind& kind, const std::vector<double>& windows, std::size_t brokers,
                   std::vector<Figure>& figures) {
  std::optional<WindowedSkew> peak, cov;
  std::optional<double> steady, hot;
  if (!windows.empty()) {
    const LoadWindows series{windows, brokers};
    peak = windowed_skew(series, peak_to_mean);
    cov = windowed_skew(series, coefficient_of_variation);
    steady = persistence(series);
    hot = hot_windows(series).share;
  }
  const auto add = [&](const char* name, const char* label, Unit unit, std::optional<double> value, Shown shown) {
    figures.push_back({kind.name + name, kind.label + label, unit, value, shown, Needs::steady_state});
  };
  const auto mean = [](const std::optional<WindowedSkew>& skew) {
    return skew ? std::optional(skew->mean) : std::nullopt;
  };
  const auto p95 = [](const std::optional<WindowedSkew>& skew) {
    return skew ? std::optional(skew->p95) : std::nullopt;
  };
  add("_windowed_peak_to_mean_mean", " peak-to-mean, windows, mean", Unit::ratio, mean(peak), Shown::verbose);
  add("_windowed_peak_to_mean_p95", " peak-to-mean, p95 of windows", Unit::ratio, p95(peak), kind.shown);
  add("_windowed_cov_mean", " CoV, windows, mean", Unit::ratio, mean(cov), Shown::verbose);
  add("_windowed_cov_p95", " CoV, p95 of windows", Unit::ratio, p95(cov), Shown::verbose);
  add("_persistence", " persistence of the busy brokers", Unit::ratio, steady, Shown::verbose);
  add("_hot_windows", " windows with a broker above 1.5 means", Unit::share, hot, Shown::verbose);
}

}  // namespace

void add_load_figures(const WorldFacts& facts, const TrialResult& trial, std::vector<Figure>& figures) {
  const Scenario& scenario = *facts.scenario;
  const double span = observed_seconds(trial);
  const std::vector<double> egress = total_column(trial.loads, egress_bytes);
  const std::vector<double> ingress = total_column(trial.loads, ingress_bytes);
  figures.push_back({"busiest_broker_egress", "busiest broker's egress", Unit::bytes_per_second,
                     *std::max_element(egress.begin(), egress.end()) / span, Shown::always, Needs::steady_state});
  figures.push_back({"busiest_broker_ingress", "busiest broker's ingress", Unit::bytes_per_second,
                     *std::max_element(ingress.begin(), ingress.end()) / span, Shown::verbose, Needs::steady_state});
  const Kind out{"egress", "egress", Shown::always}, in{"ingress", "ingress", Shown::verbose};
  add_spread(facts, out, egress, Needs::steady_state, figures);
  add_over_time(out, window_column(trial.loads, scenario.window, egress_bytes), egress.size(), figures);
  add_spread(facts, in, ingress, Needs::steady_state, figures);
  add_over_time(in, window_column(trial.loads, scenario.window, ingress_bytes), ingress.size(), figures);

  const std::vector<double> leaders(trial.leaders.begin(), trial.leaders.end());
  add_spread(facts, {"leaders", "leader count", Shown::verbose}, leaders, Needs::nothing, figures);
  figures.push_back({"chance_leaders_cov_squared", "CoV^2 of leaders placed at random", Unit::ratio,
                     facts.placement_cov_squared, Shown::verbose, Needs::nothing});
  figures.push_back({"chance_leaders_peak_to_mean", "peak-to-mean of leaders placed at random", Unit::ratio,
                     facts.placement_peak_to_mean, Shown::verbose, Needs::nothing});
  figures.push_back({"leaders_egress_correlation", "correlation of leaders and egress", Unit::ratio,
                     correlation(leaders, egress), Shown::verbose, Needs::steady_state});

  const Utilization use = utilization(trial.loads, scenario.world.brokers, facts.protocol, span);
  figures.push_back({"highest_utilization", "fullest resource of any broker", Unit::share,
                     *std::max_element(use.busy.begin(), use.busy.end()), Shown::always, Needs::steady_state});
  constexpr std::array<const char*, broker_resources> names{"network_threads", "io_threads", "nic_in", "nic_out"};
  for (std::size_t r = 0; r < broker_resources; ++r) {
    std::vector<double> column;
    for (std::size_t b = 0; b < egress.size(); ++b) column.push_back(use.busy[b * broker_resources + r]);
    const std::string label(broker_resource_names[r]);
    figures.push_back({std::string("highest_utilization_") + names[r], "fullest " + label, Unit::share,
                       *std::max_element(column.begin(), column.end()), Shown::verbose, Needs::steady_state});
    figures.push_back({std::string("utilization_peak_to_mean_") + names[r], label + " peak-to-mean", Unit::ratio,
                       measure(column, peak_to_mean), Shown::verbose, Needs::steady_state});
  }
}

}  // namespace brokersim
