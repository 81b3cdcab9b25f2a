// SPDX-License-Identifier: Apache-2.0
// How much went through, how far consumers are behind, and what the self-checks leave over.
#include <algorithm>

#include "analysis/sum.hpp"
#include "sim/figures/arm_metrics.hpp"

namespace brokersim {

void add_flow_figures(const WorldFacts&, const TrialResult& trial, std::vector<Figure>& figures) {
  const double span = observed_seconds(trial);
  const auto add = [&](std::string name, std::string label, Unit unit, std::optional<double> value, Shown shown,
                       Needs needs = Needs::steady_state) {
    figures.push_back({std::move(name), std::move(label), unit, value, shown, needs});
  };
  Records appended = 0, group_lag_max = 0;
  for (const PartitionLoad& partition : trial.partitions) appended += partition.records;
  Bytes delivered_bytes = 0;
  CompensatedSum group_lag;
  for (const GroupResult& group : trial.groups) {
    delivered_bytes += group.delivered_bytes;
    group_lag.add(group.lag_records_time_average);
    group_lag_max = std::max(group_lag_max, group.lag_records_max);
  }
  BrokerLoad all;
  for (std::uint32_t b = 0; b < trial.loads.brokers(); ++b) all += trial.loads.total(BrokerIndex{b});
  const auto rate = [&](auto amount) { return static_cast<double>(amount) / span; };

  add("records_rate", "records appended", Unit::per_second, rate(appended), Shown::always);
  add("batches_rate", "batches appended, whole run", Unit::per_second,
      static_cast<double>(trial.batches) / seconds(trial.duration), Shown::verbose);
  add("produce_requests_rate", "produce requests", Unit::per_second, rate(all.produce_requests), Shown::verbose);
  add("consumer_fetch_requests_rate", "consumer fetches", Unit::per_second, rate(all.consumer_fetch_requests),
      Shown::verbose);
  add("follower_fetch_requests_rate", "follower fetches", Unit::per_second, rate(all.follower_fetch_requests),
      Shown::verbose);
  add("empty_consumer_fetches_rate", "empty answers to consumers", Unit::per_second, rate(trial.empty_consumer_fetches),
      Shown::verbose);
  add("redirects", "partitions redirected to a follower, whole run", Unit::count, static_cast<double>(trial.redirects),
      Shown::verbose);
  add("delivered_bytes_rate", "payload delivered to groups", Unit::bytes_per_second, rate(delivered_bytes),
      Shown::verbose);
  add("group_lag_time_average", "consumer lag of all groups, over time", Unit::records, group_lag.value(),
      Shown::verbose);
  add("group_lag_max", "consumer lag of a group, max", Unit::records, static_cast<double>(group_lag_max),
      Shown::verbose);
  double time_lag = 0, time_lag_max = 0, worst_partition = 0;
  for (const GroupResult& group : trial.groups) {
    time_lag = std::max(time_lag, group.lag_seconds_time_average);
    time_lag_max = std::max(time_lag_max, group.lag_seconds_max);
  }
  for (const PartitionLag& lag : trial.lags) worst_partition = std::max(worst_partition, lag.records_time_average);
  add("group_time_lag_time_average", "consumer time lag of the latest group, over time", Unit::seconds, time_lag,
      Shown::verbose);
  add("group_time_lag_max", "consumer time lag, max", Unit::seconds, time_lag_max, Shown::verbose);
  add("partition_lag_worst", "consumer lag in its worst partition, over time", Unit::records, worst_partition,
      Shown::verbose);

  const Conservation& flow = trial.conservation;
  add("unfinished_records", "records unfinished at the drain limit", Unit::records,
      static_cast<double>(flow.unfinished), Shown::verbose, Needs::nothing);
  const Records missing = (flow.generated - flow.appended) + (flow.expected_replicated - flow.replicated) +
                          (flow.expected_delivered - flow.delivered);
  add("conservation_residual", "conservation residual", Unit::records, static_cast<double>(missing), Shown::verbose,
      Needs::nothing);
  // Little's law for the offset lag: mean lag = arrival rate x mean delay. The two sides count the records at the ends
  // of the interval differently, so this is small and not zero; the law itself is held exactly, over the whole run, by
  // the model's own check (INV-E10). Where something fails readers change replicas in the middle of a delay.
  const Staleness& staleness = trial.staleness;
  std::optional<double> little;
  if (staleness.lag_records_time_average > 0 && trial.events_log.empty()) {
    little = (staleness.visibility_delay.sum_seconds() / span - staleness.lag_records_time_average) /
             staleness.lag_records_time_average;
  }
  add("little_residual_offset_lag", "Little's law residual, offset lag", Unit::share, little, Shown::verbose);
}

}  // namespace brokersim
