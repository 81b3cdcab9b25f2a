// SPDX-License-Identifier: Apache-2.0
// Latency of records from their intended send time: metrics-and-statistics.md section 4.
#include "sim/figures/arm_metrics.hpp"

namespace brokersim {
namespace {

constexpr std::uint64_t observations_for_p999 = 100'000;  // section 4
constexpr std::uint64_t observations_for_p99 = 10'000;    // n (1 - p) >= 100, section 8.5

void add_distribution(const std::string& name, const std::string& label, const LatencyHistogram& histogram, Shown shown,
                      std::vector<Figure>& figures) {
  const auto add = [&](const char* which, const char* title, std::optional<double> value, Shown where) {
    figures.push_back({name + which, label + title, Unit::seconds, value, where, Needs::steady_state});
  };
  const bool any = !histogram.empty();
  const std::uint64_t observed = histogram.count() + histogram.censored();
  add("_p50", " p50", histogram.quantile_seconds(0.5), shown);
  add("_p90", " p90", histogram.quantile_seconds(0.9), Shown::verbose);
  add("_p99", " p99", histogram.quantile_seconds(0.99), shown);
  if (observed < observations_for_p99) figures.back().note = "fewer than 10000 records a trial, so biased";
  add("_p999", " p99.9", observed >= observations_for_p999 ? histogram.quantile_seconds(0.999) : std::nullopt,
      Shown::verbose);
  add("_mean", " mean", any ? std::optional(histogram.mean_seconds()) : std::nullopt, Shown::verbose);
  add("_max", " max", any ? std::optional(seconds(histogram.maximum())) : std::nullopt, Shown::verbose);
  figures.push_back({name + "_records", label + ", observed", Unit::records, static_cast<double>(histogram.count()),
                     Shown::verbose, Needs::steady_state});
}

void add_parts(const std::string& name, const std::string& label, const PartSums& sums, Records records, Shown shown,
               std::vector<Figure>& figures) {
  for (std::size_t part = 0; part < latency_parts; ++part) {
    std::optional<double> value;
    if (records > 0) value = sums.seconds(part) / static_cast<double>(records);
    std::string title(latency_part_names[part]);
    for (char& c : title) c = c == '_' ? ' ' : c;
    figures.push_back({name + "_part_" + latency_part_names[part], "  of " + label + " mean: " + title, Unit::seconds,
                       value, shown, Needs::steady_state});
  }
}

/// Quantiles of the parts, which do not add up, where trials keep them.
void add_part_quantiles(const std::vector<LatencyHistogram>& parts, std::vector<Figure>& figures) {
  for (std::size_t part = 0; part < parts.size(); ++part) {
    std::string title(latency_part_names[part]);
    for (char& c : title) c = c == '_' ? ' ' : c;
    const auto add = [&](const std::string& which, double p) {
      figures.push_back({std::string("delivery_part_") + latency_part_names[part] + "_" + which,
                         "  of delivery: " + title + " " + which, Unit::seconds, parts[part].quantile_seconds(p),
                         Shown::verbose, Needs::steady_state});
    };
    add("p50", 0.5);
    add("p99", 0.99);
  }
}

}  // namespace

void add_latency_figures(const WorldFacts& facts, const TrialResult& trial, std::vector<Figure>& figures) {
  LatencyHistogram from_leader, from_follower, delivery;
  for (const GroupResult& group : trial.groups) {
    from_leader.merge(group.delivery_from_leader);
    from_follower.merge(group.delivery_from_follower);
  }
  delivery.merge(from_leader);
  delivery.merge(from_follower);
  add_distribution("produce", "produce latency", trial.produce, Shown::always, figures);
  add_parts("produce", "produce", trial.produce_parts, trial.produce_records, Shown::verbose, figures);
  add_distribution("delivery", "delivery latency", delivery, Shown::always, figures);
  add_distribution("delivery_from_leader", "delivery from a leader", from_leader, Shown::verbose, figures);
  add_distribution("delivery_from_follower", "delivery from a follower", from_follower, Shown::verbose, figures);
  const bool protocols = facts.scenario->has_primary_replica();  // then the chain is what is asked about
  add_parts("delivery", "delivery", trial.delivery_parts, trial.delivery_records,
            protocols ? Shown::always : Shown::verbose, figures);
  add_part_quantiles(trial.delivery_part_histograms, figures);
  if (!protocols) return;
  figures.push_back({"waits_expired", "WAITs that gave up", Unit::count, static_cast<double>(trial.waits_expired),
                     Shown::verbose, Needs::steady_state});
}

}  // namespace brokersim
