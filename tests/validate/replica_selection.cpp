// SPDX-License-Identifier: Apache-2.0
// replica-selection-absim.json: the read policies in the world of the C3 authors' simulator.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/percentile.hpp"
#include "tests/validate/selection_world.hpp"
#include "tests/validate/trials.hpp"

namespace brokersim::validate {
namespace {

/// The product's policy of a strategy's name; none for a name it has no policy for.
std::optional<ReadPolicy> policy_of(const std::string& strategy) {
  if (strategy == "random") return ReadPolicy::random_replica;
  if (strategy == "primary") return ReadPolicy::leader;
  if (strategy == "pending") return ReadPolicy::least_outstanding;
  if (strategy == "response_time") return ReadPolicy::last_response_time;
  if (strategy == "expDelay") return ReadPolicy::c3;
  if (strategy == "clairvoyant") return ReadPolicy::oracle;
  return std::nullopt;
}

Duration from_case_ms(const Json& ms) {
  return Duration{std::llround(ms.get<double>() * 1e6)};
}

SelectionSpec spec_of(const Json& params, ReadPolicy policy) {
  SelectionSpec spec;
  spec.clients = params.at("nclients");
  spec.servers = params.at("nservers");
  spec.generators = params.at("nworkload");
  spec.replicas = params.at("rf");
  spec.slots = params.at("conc");
  spec.requests = params.at("reqs");
  spec.mean_service = from_case_ms(params.at("st"));
  spec.utilization = params.at("util");
  if (params.contains("nwbase")) spec.one_way = from_case_ms(params.at("nwbase"));
  if (params.contains("warm")) spec.warm_up = from_case_ms(params.at("warm"));
  if (params.at("scenario") == "tv") {
    spec.interval = from_case_ms(params.at("interval"));
    spec.drift = params.at("drift");
  }
  spec.policy = policy;
  return spec;
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

/// What the seeds of a case say together, by quantity of the file.
struct OverSeeds {
  double mean = 0, sd = 0;
};
using Figures = std::map<std::string, OverSeeds>;

std::uint32_t seeds_of(const Effort& effort) {
  return effort.quick ? 5 : 30;
}

Figures run_seeds(const SelectionSpec& spec, const Effort& effort) {
  std::map<std::string, std::vector<double>> columns;
  for (std::uint32_t trial = 0; trial < seeds_of(effort); ++trial) {
    const SelectionResult seen = run_selection(spec, {1, trial});
    columns["mean"].push_back(mean_of(seen.latencies));
    for (const auto& [name, p] : {std::pair{"p50", 0.5}, {"p95", 0.95}, {"p99", 0.99}}) {
      columns[name].push_back(type7_percentile(seen.latencies, p));
    }
  }
  Figures figures;
  for (const auto& [name, column] : columns) {
    OverSeeds& figure = figures[name];
    figure.mean = mean_of(column);
    double squares = 0;
    for (const double value : column) squares += (value - figure.mean) * (value - figure.mean);
    figure.sd = std::sqrt(squares / static_cast<double>(column.size() - 1));
  }
  return figures;
}

/// The file's rule, the larger of 4 sd / sqrt(seeds) and a share, with the errors of both sides. The file's sd is that
/// of three seeds at most, and by chance far too small for some: the same queue has 0.12 and 0.42 ms for the p50 of
/// "random" and "primary" at 0.9. So the larger of its sd and ours counts.
double tolerance_of(const Json& expected, double reference_seeds, const OverSeeds& got, double our_seeds,
                    double share) {
  const Json& stated = expected.at("sd_over_seeds");
  const double sd = std::max(stated.is_number() ? stated.get<double>() : 0, got.sd);
  return std::max(4 * std::sqrt(sd * sd / reference_seeds + got.sd * got.sd / our_seeds),
                  share * expected.at("mean").get<double>());
}

void judge_case(CaseReport& report, const Json& row, const Effort& effort) {
  const Json& params = row.at("params");
  const std::string strategy = params.at("strategy");
  const std::optional<ReadPolicy> policy = policy_of(strategy);
  if (!policy) return report.unsupported("all", "no read policy stands for the strategy " + strategy);
  if (params.value("shadow", 0.0) != 0)
    return report.unsupported("all", "no request of the product is sent to several replicas at once (shadow reads)");
  const std::string scenario = params.at("scenario");
  if (scenario != "base" && scenario != "tv")
    return report.unsupported("all", "no world of servers is named " + scenario);
  const Figures got = run_seeds(spec_of(params, *policy), effort);
  const Json& expected = row.at("expected_latency_ms");
  // The file's text: unstable at a utilization of 0.9, so a check of herd behaviour and no number.
  const bool herd = strategy == "response_time" && params.at("util").get<double>() >= 0.9;
  if (herd) {
    const double chance = run_seeds(spec_of(params, ReadPolicy::random_replica), effort).at("mean").mean;
    report.same("mean", got.at("mean").mean > 10 * chance, "a herd: more than 10 times slower than chance",
                fmt::format("{:.4g} ms, {:.4g} by chance", got.at("mean").mean, chance));
  }
  for (const auto& [quantity, value] : expected.items()) {
    if (herd && quantity == "mean") continue;
    if (herd) {
      report.unsupported(quantity, "an unstable queue: the figure of one random run (validation-cases.md 4.5)");
    } else if (!got.contains(quantity)) {
      report.unsupported(quantity, "the file states no tolerance for it");
    } else {
      const double share = quantity == "mean" || quantity == "p50" ? 0.03 : 0.05;
      report.within(quantity, value.at("mean"), got.at(quantity).mean,
                    tolerance_of(value, row.at("seeds"), got.at(quantity), seeds_of(effort), share));
    }
  }
}

}  // namespace

std::vector<CaseTask> replica_selection_cases(const Json& file, const Effort& effort) {
  return tasks_of_list(file, [effort](CaseReport& report, const Json& row) { judge_case(report, row, effort); });
}

}  // namespace brokersim::validate
