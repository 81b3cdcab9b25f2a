// SPDX-License-Identifier: Apache-2.0
// metrics-vectors.json: the formulas of reports, through analysis/ and metrics/.
#include <algorithm>

#include "analysis/balance.hpp"
#include "analysis/coordinated_omission.hpp"
#include "analysis/percentile.hpp"
#include "analysis/skew_over_time.hpp"
#include "analysis/sum.hpp"
#include "analysis/time_average.hpp"
#include "sim/metrics/latency_histogram.hpp"
#include "sim/metrics/step_integral.hpp"
#include "tests/validate/trials.hpp"

namespace brokersim::validate {
namespace {

constexpr double table_exact = 1e-9;  // "relative 1e-9"

const char* const unknown = "the validator knows no such quantity";

void judge_load_vector(CaseReport& report, const Json& row) {
  const auto load = row.at("x").get<std::vector<double>>();
  const std::map<std::string, std::function<double()>> figures{
      {"mean", [&] { return mean_of(load); }},
      {"max_over_mean", [&] { return peak_to_mean(load); }},
      {"min_over_mean", [&] { return min_over_mean(load); }},
      {"cov_population", [&] { return coefficient_of_variation(load); }},
      {"cov_sample", [&] { return sample_coefficient_of_variation(load); }},
      {"gini", [&] { return gini(load); }},
      {"jain", [&] { return jain_index(load); }},
      {"hoover", [&] { return hoover_index(load); }},
      {"normalised_entropy", [&] { return entropy_ratio(load); }}};
  for (const auto& [quantity, value] : row.at("expected").items()) {
    if (const auto found = figures.find(quantity); found != figures.end() && value.is_number()) {
      report.close(quantity, value.get<double>(), found->second(), table_exact);
    } else if (quantity == "p99_over_median_nearest_rank") {
      const std::optional<double> got = p99_over_median(load);
      if (value.is_null() || !got) {
        report.same(quantity, value.is_null() == !got, value.dump(), got ? std::to_string(*got) : "none");
      } else {
        report.close(quantity, value.get<double>(), *got, table_exact);
      }
    } else if (quantity.ends_with("_type7") && quantity.starts_with("p")) {
      report.close(quantity, value.get<double>(), type7_percentile(load, std::stod(quantity.substr(1)) / 100),
                   table_exact);
    } else if (quantity.ends_with("_nearest_rank") && quantity.starts_with("p")) {
      report.close(quantity, value.get<double>(), nearest_rank_percentile(load, std::stod(quantity.substr(1)) / 100),
                   exact);
    } else {
      report.unsupported(quantity, unknown);
    }
  }
}

void judge_windows(CaseReport& report, const Json& row) {
  std::vector<double> loads;
  for (const Json& window : row.at("series")) {
    for (const Json& load : window) loads.push_back(load.get<double>());
  }
  const LoadWindows series{loads, row.at("series").at(0).size()};
  const auto windowed = windowed_skew(series, peak_to_mean);
  if (row.contains("skew_of_totals_max_over_mean")) {
    report.close("skew_of_totals_max_over_mean", row.at("skew_of_totals_max_over_mean"),
                 skew_of_totals(series, peak_to_mean), table_exact);
  }
  if (row.contains("mean_over_windows_of_max_over_mean")) {
    report.close("mean_over_windows_of_max_over_mean", row.at("mean_over_windows_of_max_over_mean"),
                 windowed ? windowed->mean : 0, table_exact);
  }
}

/// Twice: the columns of a report, and the integral a run keeps while it goes on (one case unit is a second there).
void judge_steps(CaseReport& report, const Json& row) {
  std::vector<double> times, values;
  for (const Json& step : row.at("steps")) {
    times.push_back(step.at(0).get<double>());
    values.push_back(step.at(1).get<double>());
  }
  const double end = row.at("end");
  const StepSummary summary = summarize_steps(times, values, end);
  StepIntegral integral;
  const auto at = [&](double time) { return Instant{Duration{static_cast<std::int64_t>((time - times[0]) * 1e9)}}; };
  for (std::size_t i = 0; i < times.size(); ++i) {
    integral.add(at(times[i]), static_cast<std::int64_t>(values[i]) - integral.level());
  }
  const double average =
      static_cast<double>(integral.area(at(end))) / static_cast<double>(at(end).time_since_epoch().count());
  const bool whole = std::all_of(values.begin(), values.end(),
                                 [](double v) { return v == static_cast<double>(static_cast<std::int64_t>(v)); });
  if (row.contains("time_average")) {
    report.close("time_average", row.at("time_average"), summary.time_average, table_exact);
    if (whole) report.close("time_average, step integral", row.at("time_average"), average, table_exact);
  }
  if (row.contains("max")) {
    report.close("max", row.at("max"), summary.maximum, table_exact);
    if (whole) report.close("max, step integral", row.at("max"), static_cast<double>(integral.maximum()), table_exact);
  }
}

template <class Layout>
void judge_layout(CaseReport& report, const Json& rows) {
  for (const Json& row : rows) {
    const auto value = row.at("value").get<std::uint64_t>();
    const std::map<std::string, std::uint64_t> figures{{"size_of_equivalent_range", Layout::bucket_width(value)},
                                                       {"lowest_equivalent", Layout::lowest_equivalent(value)},
                                                       {"highest_equivalent", Layout::highest_equivalent(value)},
                                                       {"median_equivalent", Layout::median_equivalent(value)}};
    for (const auto& [quantity, expected] : row.items()) {
      if (quantity == "value") continue;
      const std::string name = std::to_string(value) + " " + quantity;
      if (const auto found = figures.find(quantity); found != figures.end()) {
        report.same(name, expected == found->second, expected.dump(), std::to_string(found->second));
      } else {
        report.unsupported(name, unknown);
      }
    }
    // A value's bucket starts where its index says.
    report.same(std::to_string(value) + " index",
                Layout::lowest_of_index(Layout::index_of(value)) == Layout::lowest_equivalent(value),
                std::to_string(Layout::lowest_equivalent(value)),
                std::to_string(Layout::lowest_of_index(Layout::index_of(value))));
  }
}

/// "p99_99" is the 99.99th percentile.
double percent_of(std::string name) {
  std::replace(name.begin(), name.end(), '_', '.');
  return std::stod(name.substr(1));
}

void judge_figures(CaseReport& report, const std::string& group, const Json& expected, const ValueCounts& counts) {
  constexpr double three_digits = 1e-3;  // the case's comment
  for (const auto& [quantity, value] : expected.items()) {
    const std::string name = group + " " + quantity;
    if (quantity == "total") {
      report.same(name, value == total_count(counts), value.dump(), std::to_string(total_count(counts)));
    } else if (quantity == "mean") {
      report.close(name, value.get<double>(), mean_of_counts(counts), three_digits);
    } else if (quantity == "max") {
      report.close(name, value.get<double>(), counts.values.back(), three_digits);
    } else if (quantity.size() > 1 && quantity.starts_with("p")) {
      report.close(name, value.get<double>(), nearest_rank_percentile(counts, percent_of(quantity) / 100).value_or(0),
                   three_digits);
    } else {
      report.unsupported(name, unknown);
    }
  }
}

void judge_omission(CaseReport& report, const Json& row) {
  ValueCounts recorded;
  LatencyHistogram histogram;  // its unit is 1 us
  for (const Json& entry : row.at("recorded")) {
    recorded.values.push_back(entry.at("value").get<double>());
    recorded.counts.push_back(entry.at("count").get<std::uint64_t>());
    histogram.record(Duration{1000 * entry.at("value").get<std::int64_t>()}, recorded.counts.back());
  }
  if (row.contains("raw")) {
    judge_figures(report, "raw", row.at("raw"), recorded);
    ValueCounts buckets;
    for (const LatencyHistogram::Bucket& bucket : histogram.buckets()) {
      buckets.values.push_back(static_cast<double>(bucket.lowest_us));
      buckets.counts.push_back(bucket.count);
    }
    judge_figures(report, "raw, histogram", row.at("raw"), buckets);
  }
  if (row.contains("corrected")) {
    judge_figures(report, "corrected", row.at("corrected"),
                  correct_coordinated_omission(recorded, row.at("expected_interval").get<double>()));
  }
}

}  // namespace

std::vector<CaseTask> metrics_cases(const Json& file, const Effort&) {
  std::vector<CaseTask> tasks;
  const auto add = [&tasks](const std::string& id, const Json& row, void (*judge)(CaseReport&, const Json&)) {
    tasks.push_back({id, [row, judge](CaseReport& report) { judge(report, row); }});
  };
  const auto no_counterpart = [&tasks](const std::string& id, const std::string& reason) {
    tasks.push_back({id, [reason](CaseReport& report) { report.unsupported("all", reason); }});
  };
  for (const auto& [group, content] : file.at("cases").items()) {
    if (has_keys(content, {"series"})) {
      add(group, content, judge_windows);
    } else if (has_keys(content, {"steps", "end"})) {
      add(group, content, judge_steps);
    } else if (content.is_object()) {
      for (const auto& [part, rows] : content.items()) {
        const std::string id = group + "." + part;
        if (part == "three_digits")
          add(id, rows, judge_layout<HdrLayout<3>>);
        else if (part == "two_digits")
          add(id, rows, judge_layout<HdrLayout<2>>);
        else if (has_keys(rows, {"recorded", "expected_interval"}))
          add(id, rows, judge_omission);
        else
          no_counterpart(id, "words, or a table of unknown kind");
      }
    } else if (content.is_array() && !content.empty() && has_keys(content[0], {"x", "expected"})) {
      for (std::size_t i = 0; i < content.size(); ++i) add(place_name(group, i), content[i], judge_load_vector);
    } else {
      no_counterpart(group, "words, or a table of unknown kind");
    }
  }
  return tasks;
}

}  // namespace brokersim::validate
