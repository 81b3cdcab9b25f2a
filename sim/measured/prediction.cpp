// SPDX-License-Identifier: Apache-2.0
#include "sim/measured/prediction.hpp"

#include <algorithm>
#include <cmath>

#include "sim/core/contract.hpp"
#include "sim/scenario/run.hpp"

namespace brokersim {
namespace {

double in_milliseconds(Duration span) {
  return static_cast<double>(span.count()) * 1e-6;
}

/// Partitions of a topic: [first, first + count).
std::pair<std::size_t, std::size_t> partitions_of(const Scenario& scenario, TopicIndex topic) {
  std::size_t first = 0;
  for (std::uint32_t t = 0; t < topic.value; ++t) first += scenario.world.topics[t].partitions;
  return {first, scenario.world.topics[topic.value].partitions};
}

/// Adds the times between two moments of each record that was intended from `start` on and had both, in ms.
void add_times(const RecordTrace::Partition& partition, const std::vector<Instant>& begin,
               const std::vector<Instant>& end, Instant start, std::vector<double>& ms) {
  for (std::size_t i = 0; i < end.size(); ++i) {
    if (partition.intended[i] < start || end[i] == Instant::max() || begin[i] == Instant::max()) continue;
    ms.push_back(in_milliseconds(end[i] - begin[i]));
  }
}

/// Adds the latencies of one trial's records that were intended in the observation interval, in ms.
void add_latencies(const MeasuredSeries& series, const Scenario& scenario, const TrialResult& trial,
                   std::vector<double>& ms) {
  const Instant start{*scenario.warm_up};
  const bool difference = series.kind == MeasuredSeries::Kind::visibility_difference;
  for (const TopicIndex topic : series.topics) {
    const auto [first, count] = partitions_of(scenario, topic);
    for (std::size_t p = first; p < first + count; ++p) {
      const RecordTrace::Partition& partition = trial.trace.partitions[p];
      if (series.kind == MeasuredSeries::Kind::acknowledgement) {
        add_times(partition, partition.intended, partition.acknowledged, start, ms);
      }
      for (const GroupIndex group : series.groups) {  // one that does not read the topic was handed nothing
        const std::vector<Instant>& begin =
            difference ? partition.handed[series.other_group.value] : partition.intended;
        add_times(partition, begin, partition.handed[group.value], start, ms);
      }
    }
  }
}

double tolerance_of(MeasuredSeries::Kind kind, double p, double ms) {
  if (p > 0.9) return std::max(0.2 * std::abs(ms), 10.0);
  const double relative = kind == MeasuredSeries::Kind::visibility_difference ? 0.05 : 0.1;
  return std::max(relative * std::abs(ms), 5.0);
}

/// Readers that wait for more than a byte are answered when their own timers say so (fetch.max.wait.ms).
bool has_random_phase(const MeasuredSeries& series, const Scenario& scenario) {
  return std::any_of(series.groups.begin(), series.groups.end(),
                     [&](GroupIndex group) { return scenario.world.groups[group.value].fetch_min_bytes > 1; });
}

bool is_judged(double p) {
  return p == 0.25 || p == 0.5 || p == 0.75 || p == 0.95;
}

std::string series_name(const MeasuredSeries& series) {
  switch (series.kind) {
    case MeasuredSeries::Kind::acknowledgement:
      return "ack " + series.name;
    case MeasuredSeries::Kind::delivery:
      return "delivery " + series.name;
    case MeasuredSeries::Kind::visibility_difference:
      break;
  }
  return "visibility " + series.name;
}

}  // namespace

double sample_quantile(std::vector<double>& values, double p) {
  if (values.empty()) return 0;
  const auto place = static_cast<std::ptrdiff_t>(p * static_cast<double>(values.size()));
  const auto at = values.begin() + std::min(place, static_cast<std::ptrdiff_t>(values.size()) - 1);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

void apply(const HostProfile& profile, Scenario& scenario) {
  for (BrokerSpec& broker : scenario.world.brokers) {
    broker.service = profile.service;
    broker.pauses = profile.pauses;
  }
  scenario.world.clients = profile.clients;
  scenario.service_costs_stated = true;
}

std::vector<Comparison> compare(const MeasuredCase& measured, const HostProfile& profile, std::uint32_t trials) {
  Scenario scenario = measured.scenario;
  apply(profile, scenario);
  require(scenario.traced && scenario.warm_up.has_value(), "a measured case is traced and states its warm-up");
  std::vector<std::vector<double>> ms(measured.series.size());
  std::vector<std::vector<std::vector<double>>> by_trial(measured.series.size());  // of series with a random phase
  std::vector<double> bytes(measured.traffic.size());
  const auto placement = place_partitions(scenario);
  const std::size_t hosts = scenario.world.brokers.size() + scenario.world.network.zones.size() + 1;
  for (std::uint32_t t = 0; t < trials; ++t) {
    const TrialResult trial = run_trial(scenario, placement, scenario.read_policies.front(), t, *scenario.warm_up);
    for (std::size_t s = 0; s < ms.size(); ++s) {
      std::vector<double> here;
      add_latencies(measured.series[s], scenario, trial, here);
      ms[s].insert(ms[s].end(), here.begin(), here.end());
      if (has_random_phase(measured.series[s], scenario)) by_trial[s].push_back(std::move(here));
    }
    for (std::size_t w = 0; w < bytes.size(); ++w) {
      const MeasuredTraffic& pair = measured.traffic[w];
      bytes[w] += static_cast<double>(trial.trace.wire_bytes[pair.from * hosts + pair.to]);
    }
  }
  std::vector<Comparison> comparisons;
  for (std::size_t s = 0; s < ms.size() && measured.latencies_are_judged; ++s) {
    for (const auto& [p, value] : measured.series[s].quantiles) {
      if (!is_judged(p)) continue;
      Comparison& one = comparisons.emplace_back();
      one.series = series_name(measured.series[s]);
      one.quantity = "p" + std::to_string(std::lround(p * 100));
      one.measured = value;
      one.predicted = sample_quantile(ms[s], p);
      one.tolerance = tolerance_of(measured.series[s].kind, p, value);
      for (std::vector<double>& trial : by_trial[s]) {
        const double here = sample_quantile(trial, p);
        one.range = one.range ? std::pair{std::min(one.range->first, here), std::max(one.range->second, here)}
                              : std::pair{here, here};
      }
    }
  }
  const double seconds = in_milliseconds(scenario.duration - *scenario.warm_up) * 1e-3 * trials;
  for (std::size_t w = 0; w < bytes.size(); ++w) {
    const double rate = measured.traffic[w].bytes_per_second;
    comparisons.push_back({"wire " + measured.traffic[w].name,
                           "bytes_per_s",
                           rate,
                           bytes[w] / seconds,
                           std::max(0.03 * rate, 300.0),
                           true,
                           {}});
  }
  return comparisons;
}

}  // namespace brokersim
