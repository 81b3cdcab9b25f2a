// SPDX-License-Identifier: Apache-2.0
// How old what consumers read is: metrics-and-statistics.md section 3.
#include <array>

#include "sim/figures/arm_metrics.hpp"

namespace brokersim {
namespace {

std::optional<double> mean_of_reads(PartSums::Wide sum, std::uint64_t reads) {
  if (reads == 0) return std::nullopt;
  return static_cast<double>(sum) / static_cast<double>(reads);
}

}  // namespace

void add_staleness_figures(const WorldFacts&, const TrialResult& trial, std::vector<Figure>& figures) {
  const Staleness& staleness = trial.staleness;
  const LatencyHistogram& delay = staleness.visibility_delay;
  const auto add = [&](std::string name, std::string label, Unit unit, std::optional<double> value, Shown shown) {
    figures.push_back({std::move(name), std::move(label), unit, value, shown, Needs::steady_state});
  };
  const bool any = !delay.empty();
  add("visible_at_once", "records visible at commit, F(0)", Unit::share,
      any ? std::optional(delay.share_up_to(Duration::zero())) : std::nullopt, Shown::always);
  add("visibility_delay_p50", "visibility delay p50", Unit::seconds, delay.quantile_seconds(0.5), Shown::always);
  add("visibility_delay_p99", "visibility delay p99", Unit::seconds, delay.quantile_seconds(0.99), Shown::always);
  // t-visibility is the same distribution asked the other way round, so t at 99 % is the p99 above (section 3).
  add("t_visibility_999", "t-visibility at 99.9 %", Unit::seconds, delay.quantile_seconds(0.999), Shown::verbose);
  add("visibility_delay_mean", "visibility delay mean", Unit::seconds,
      any ? std::optional(delay.mean_seconds()) : std::nullopt, Shown::verbose);
  const auto part = [&](PartSums::Wide ns) {
    const std::optional<double> mean = mean_of_reads(ns, delay.count());
    return mean ? std::optional(*mean * 1e-9) : std::nullopt;
  };
  add("visibility_part_replica_lag", "  of it: replica lag", Unit::seconds, part(staleness.replica_lag_ns),
      Shown::verbose);
  add("visibility_part_fetch_parking", "  of it: fetch parking", Unit::seconds, part(staleness.fetch_parking_ns),
      Shown::verbose);
  add("visibility_part_hw_propagation", "  of it: high-watermark propagation", Unit::seconds,
      part(staleness.hw_propagation_ns), Shown::verbose);

  const LatencyHistogram& age = staleness.read_age;
  add("read_age_p50", "age of a read p50", Unit::seconds, age.quantile_seconds(0.5), Shown::verbose);
  add("read_age_p99", "age of a read p99", Unit::seconds, age.quantile_seconds(0.99), Shown::verbose);
  add("read_age_mean", "age of a read, mean over reads", Unit::seconds,
      age.empty() ? std::nullopt : std::optional(age.mean_seconds()), Shown::verbose);
  add("age_time_average", "age of what can be read, over time", Unit::seconds, staleness.age_seconds_time_average,
      Shown::always);
  add("offset_lag_read_mean", "offset lag, mean over reads", Unit::records,
      mean_of_reads(staleness.read_lag_records, staleness.reads), Shown::always);
  add("offset_lag_time_average", "offset lag of all replicas read, over time", Unit::records,
      staleness.lag_records_time_average, Shown::verbose);
  constexpr std::array<const char*, 3> bounds{"1", "10", "100"};
  for (std::size_t k = 0; k < bounds.size(); ++k) {
    add(std::string("reads_behind_fewer_than_") + bounds[k],
        std::string("reads fewer than ") + bounds[k] + " records behind", Unit::share,
        mean_of_reads(static_cast<PartSums::Wide>(staleness.reads_behind_fewer_than[k]), staleness.reads),
        Shown::verbose);
  }
}

}  // namespace brokersim
