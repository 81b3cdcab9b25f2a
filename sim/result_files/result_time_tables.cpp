// SPDX-License-Identifier: Apache-2.0
// Files about spans of time: latency, its parts, staleness.
#include <algorithm>

#include "sim/result_files/result_csv.hpp"
#include "sim/result_files/result_tables.hpp"

namespace brokersim {

namespace {

constexpr std::uint64_t least_for_p999 = 100'000;  // metrics-and-statistics.md section 4
constexpr std::array<double, 3> common_quantiles{0.5, 0.9, 0.99};

/// To the nanosecond, so that the text is the plain decimal and quantiles compare exactly with minimum and maximum.
double to_nanoseconds(double seconds) {
  return static_cast<double>(std::llround(seconds * 1e9)) / 1e9;
}

void append_quantile(CsvTable& table, const LatencyHistogram& histogram, double p) {
  const std::optional<double> quantile = histogram.quantile_seconds(p);
  quantile ? table.number(to_nanoseconds(*quantile)) : table.empty();
}

/// count, censored, mean, min, p50, p90, p99, p99.9, max. The mean is that of finished observations; what lies among
/// censored ones is empty.
void append_distribution(CsvTable& table, const LatencyHistogram& histogram) {
  table.number(histogram.count()).number(histogram.censored());
  if (histogram.empty()) {
    table.empty().empty();
  } else {  // the mean of equal values may miss them by rounding
    const double lowest = exact_seconds(histogram.minimum());
    const double highest = exact_seconds(histogram.maximum());
    table.number(std::clamp(histogram.mean_seconds(), lowest, highest)).number(lowest);
  }
  for (const double p : common_quantiles) append_quantile(table, histogram, p);
  if (histogram.count() + histogram.censored() >= least_for_p999) {
    append_quantile(table, histogram, 0.999);
  } else {
    table.empty();
  }
  histogram.empty() || histogram.censored() > 0 ? table.empty() : table.time(histogram.maximum());
}

/// One row a bucket: [lower, upper) in seconds, its count, and the share of all observations, censored ones included,
/// at or above `upper`. `start_row` writes the keys.
void append_buckets(CsvTable& table, const LatencyHistogram& histogram, const auto& start_row) {
  const std::uint64_t all = histogram.count() + histogram.censored();
  std::uint64_t longer = all;
  for (const LatencyHistogram::Bucket& bucket : histogram.buckets()) {
    longer -= bucket.count;
    start_row();
    table.number(static_cast<double>(bucket.lowest_us) / 1e6).number(static_cast<double>(bucket.highest_us + 1) / 1e6);
    table.number(bucket.count).number(static_cast<double>(longer) / static_cast<double>(all)).end_row();
  }
}

/// Of a group's deliveries: those from leaders, from followers, and both together.
struct DeliveryRoles {
  LatencyHistogram leader, follower, any;
  void add(const GroupResult& group) {
    leader.merge(group.delivery_from_leader);
    follower.merge(group.delivery_from_follower);
    any.merge(group.delivery_from_leader);
    any.merge(group.delivery_from_follower);
  }
  void each(const auto& visit) const {
    visit("leader", leader);
    visit("follower", follower);
    visit("any", any);
  }
};

std::optional<double> mean_of(PartSums::Wide ns, auto observations) {
  if (observations == 0) return std::nullopt;
  return static_cast<double>(ns) / 1e9 / static_cast<double>(observations);
}

/// A record's acknowledgement does not wait for what only readers wait for.
bool part_of_produce(std::size_t part) {
  return part <= static_cast<std::size_t>(LatencyPart::replication) ||
         part == static_cast<std::size_t>(LatencyPart::network_to_client);
}

}  // namespace

void write_latency(ResultFile& file, const ResultSet& results) {
  CsvTable table(file, {"arm", "trial", "kind", "group", "reader_role", "count", "censored_count", "mean_seconds",
                        "min_seconds", "p50_seconds", "p90_seconds", "p99_seconds", "p99_9_seconds", "max_seconds"});
  const std::vector<ConsumerGroupSpec>& groups = results.scenario->world.groups;
  for (const ArmResult& arm : *results.arms) {
    for (std::size_t trial = 0; trial < arm.trials.size(); ++trial) {
      table.text(arm_name(arm.policy)).number(trial).text("produce").empty().empty();
      append_distribution(table, arm.trials[trial].produce);
      table.end_row();
      for (std::size_t g = 0; g < groups.size(); ++g) {
        DeliveryRoles roles;
        roles.add(arm.trials[trial].groups[g]);
        roles.each([&](const char* role, const LatencyHistogram& histogram) {
          table.text(arm_name(arm.policy)).number(trial).text("delivery").text(groups[g].id).text(role);
          append_distribution(table, histogram);
          table.end_row();
        });
      }
    }
  }
}

void write_latency_distribution(ResultFile& file, const ResultSet& results) {
  CsvTable table(file, {"arm", "kind", "reader_role", "lower_seconds", "upper_seconds", "count", "longer_ratio"});
  for (const ArmResult& arm : *results.arms) {
    LatencyHistogram produce;
    DeliveryRoles roles;
    for (const TrialResult& trial : arm.trials) {
      produce.merge(trial.produce);
      for (const GroupResult& group : trial.groups) roles.add(group);
    }
    append_buckets(table, produce, [&] { table.text(arm_name(arm.policy)).text("produce").empty(); });
    roles.each([&](const char* role, const LatencyHistogram& histogram) {
      append_buckets(table, histogram, [&] { table.text(arm_name(arm.policy)).text("delivery").text(role); });
    });
  }
}

void write_latency_parts(ResultFile& file, const ResultSet& results) {
  CsvTable table(file, {"arm", "trial", "kind", "part", "records", "mean_seconds"});
  for (const ArmResult& arm : *results.arms) {
    for (std::size_t trial = 0; trial < arm.trials.size(); ++trial) {
      const TrialResult& result = arm.trials[trial];
      const auto append = [&](const char* kind, std::size_t part, const PartSums& sums, Records records) {
        table.text(arm_name(arm.policy)).number(trial).text(kind).text(latency_part_names[part]).number(records);
        table.number(mean_of(sums.ns[part], records)).end_row();
      };
      for (std::size_t part = 0; part < latency_parts; ++part) {
        if (part_of_produce(part)) append("produce", part, result.produce_parts, result.produce_records);
      }
      for (std::size_t part = 0; part < latency_parts; ++part) {
        append("delivery", part, result.delivery_parts, result.delivery_records);
      }
    }
  }
}

void write_staleness(ResultFile& file, const ResultSet& results) {
  CsvTable table(file, {"arm",
                        "trial",
                        "visibility_count",
                        "visibility_censored_count",
                        "visibility_mean_seconds",
                        "visibility_min_seconds",
                        "visibility_p50_seconds",
                        "visibility_p90_seconds",
                        "visibility_p99_seconds",
                        "visibility_p99_9_seconds",
                        "visibility_max_seconds",
                        "visible_within_1us_ratio",
                        "replica_lag_mean_seconds",
                        "fetch_parking_mean_seconds",
                        "high_watermark_propagation_mean_seconds",
                        "read_age_count",
                        "read_age_censored_count",
                        "read_age_mean_seconds",
                        "read_age_min_seconds",
                        "read_age_p50_seconds",
                        "read_age_p90_seconds",
                        "read_age_p99_seconds",
                        "read_age_p99_9_seconds",
                        "read_age_max_seconds",
                        "reads",
                        "read_lag_below_1_ratio",
                        "read_lag_below_10_ratio",
                        "read_lag_below_100_ratio",
                        "read_lag_mean_records",
                        "lag_time_average_records",
                        "age_time_average_seconds"});
  for (const ArmResult& arm : *results.arms) {
    for (std::size_t trial = 0; trial < arm.trials.size(); ++trial) {
      const Staleness& s = arm.trials[trial].staleness;
      table.text(arm_name(arm.policy)).number(trial);
      append_distribution(table, s.visibility_delay);
      const std::uint64_t records = s.visibility_delay.count();
      records + s.visibility_delay.censored() == 0 ? table.empty()
                                                   : table.number(s.visibility_delay.share_up_to(Duration::zero()));
      for (const PartSums::Wide ns : {s.replica_lag_ns, s.fetch_parking_ns, s.hw_propagation_ns}) {
        table.number(mean_of(ns, records));
      }
      append_distribution(table, s.read_age);
      table.number(s.reads);
      for (const std::uint64_t reads : s.reads_behind_fewer_than) {
        s.reads == 0 ? table.empty() : table.number(static_cast<double>(reads) / static_cast<double>(s.reads));
      }
      s.reads == 0 ? table.empty()
                   : table.number(static_cast<double>(s.read_lag_records) / static_cast<double>(s.reads));
      table.number(s.lag_records_time_average).number(s.age_seconds_time_average).end_row();
    }
  }
}

void write_staleness_distribution(ResultFile& file, const ResultSet& results) {
  CsvTable table(file, {"arm", "measure", "lower_seconds", "upper_seconds", "count", "longer_ratio"});
  for (const ArmResult& arm : *results.arms) {
    LatencyHistogram visibility_delay, read_age;
    for (const TrialResult& trial : arm.trials) {
      visibility_delay.merge(trial.staleness.visibility_delay);
      read_age.merge(trial.staleness.read_age);
    }
    append_buckets(table, visibility_delay, [&] { table.text(arm_name(arm.policy)).text("visibility_delay"); });
    append_buckets(table, read_age, [&] { table.text(arm_name(arm.policy)).text("read_age"); });
  }
}

}  // namespace brokersim
