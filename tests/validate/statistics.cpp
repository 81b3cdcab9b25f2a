// SPDX-License-Identifier: Apache-2.0
// statistics-vectors.json: generator, quantiles, intervals, warm-up and comparisons, through analysis/ and random/.
#include <fmt/format.h>

#include <array>
#include <cmath>

#include "analysis/block_means.hpp"
#include "analysis/compare.hpp"
#include "analysis/confidence.hpp"
#include "analysis/correlation.hpp"
#include "analysis/distributions.hpp"
#include "analysis/multiple_testing.hpp"
#include "analysis/percentile.hpp"
#include "analysis/sum.hpp"
#include "analysis/warm_up.hpp"
#include "sim/random/exponential.hpp"
#include "sim/random/philox.hpp"
#include "tests/validate/trials.hpp"

namespace brokersim::validate {
namespace {

constexpr double exact = 1e-6;  // "relative 1e-6; generators exact"

const char* const unknown = "the validator knows no such quantity";
using Column = std::vector<double>;

std::uint32_t hexadecimal(const Json& text) {
  return static_cast<std::uint32_t>(std::stoul(text.get<std::string>(), nullptr, 16));
}

void judge_philox(CaseReport& report, const Json& rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Json& row = rows[i];
    PhiloxCounter counter{};
    PhiloxKey key{};
    for (std::size_t w = 0; w < counter.size(); ++w) counter[w] = hexadecimal(row.at("ctr").at(w));
    for (std::size_t w = 0; w < key.size(); ++w) key[w] = hexadecimal(row.at("key").at(w));
    std::array<std::uint64_t, 2> one_block{};
    std::array<std::uint64_t, 8> blocks{};
    philox_words_by_random123(key, counter, one_block);
    philox_words(key, counter, blocks);
    for (std::size_t w = 0; w < 4; ++w) {
      const std::uint32_t expected = hexadecimal(row.at("out").at(w));
      const auto part = [w](std::uint64_t word) { return static_cast<std::uint32_t>(w % 2 == 0 ? word : word >> 32); };
      report.same(fmt::format("[{}].out[{}]", i, w), part(one_block[w / 2]) == expected,
                  fmt::format("{:08x}", expected), fmt::format("{:08x}", part(one_block[w / 2])));
      report.same(fmt::format("[{}].out[{}], four blocks at a time", i, w), part(blocks[w / 2]) == expected,
                  fmt::format("{:08x}", expected), fmt::format("{:08x}", part(blocks[w / 2])));
    }
  }
}

/// The series that the mser5 case describes: a rise towards 10, and noise that remembers.
Column described_series(const Json& series) {
  std::uint64_t state = series.at("seed");
  const double phi = series.at("phi"), tau = series.at("tau");
  double noise = 0;
  Column column;
  for (int i = 0; i < series.at("n").get<int>(); ++i) {
    state = (1103515245 * state + 12345) % 2147483648U;
    noise = phi * noise + (static_cast<double>(state) / 2147483648.0 - 0.5);
    column.push_back(std::round(1e6 * (10 * (1 - std::exp(-i / tau)) + noise)) / 1e6);
  }
  return column;
}

void judge_warm_up(CaseReport& report, const Json& row) {
  const Column series = row.contains("x") ? row.at("x").get<Column>() : described_series(row.at("series"));
  if (row.contains("first_values")) {
    for (std::size_t i = 0; i < row.at("first_values").size(); ++i) {
      report.close(fmt::format("first_values[{}], of the series itself", i), row.at("first_values").at(i), series.at(i),
                   exact);
    }
  }
  const WarmUp cut = find_warm_up(series);
  const std::span<const double> kept = std::span<const double>(series).subspan(cut.observations_deleted);
  const std::map<std::string, double> figures{{"num_batches", static_cast<double>(cut.groups)},
                                              {"d_star_batches", static_cast<double>(cut.groups_deleted)},
                                              {"truncate_observations", static_cast<double>(cut.observations_deleted)},
                                              {"objective_at_d_star", cut.objective},
                                              {"mean_after_truncation", mean_of(kept)},
                                              {"mean_without_truncation", mean_of(series)}};
  for (const auto& [quantity, value] : row.at("expected").items()) {
    if (const auto found = figures.find(quantity); found != figures.end())
      report.close(quantity, value, found->second, exact);
    else
      report.unsupported(quantity, unknown);
  }
}

void judge_block_means(CaseReport& report, const Json& row, const Json& series) {
  const Column whole = described_series(series);
  const std::span<const double> kept = std::span<const double>(whole).subspan(find_warm_up(whole).observations_deleted);
  const Json& expected = row.at("expected");
  const BlockMeans blocks =
      block_means_interval(kept, expected.at("num_batches").get<std::size_t>(), expected.value("conf", 0.95));
  const std::map<std::string, double> figures{{"num_batches", static_cast<double>(blocks.interval.n)},
                                              {"batch_size", static_cast<double>(blocks.block_size)},
                                              {"mean", blocks.interval.mean},
                                              {"std_error", blocks.standard_error},
                                              {"half_width", blocks.interval.half_width},
                                              {"conf", blocks.interval.level},
                                              {"lag1_autocorr_of_batches", blocks.lag1_autocorrelation}};
  for (const auto& [quantity, value] : expected.items()) {
    if (const auto found = figures.find(quantity); found != figures.end())
      report.close(quantity, value, found->second, exact);
    else
      report.unsupported(quantity, unknown);
  }
}

void judge_comparison(CaseReport& report, const Json& row) {
  const auto a = row.at("a").get<Column>(), b = row.at("b").get<Column>();
  const double level = row.at("conf");
  const PairedDifference paired = paired_difference(a, b, level);
  const WelchDifference welch = welch_difference(a, b, level);
  // The interval's half-width is t times the standard error.
  const double error =
      paired.difference.half_width / student_t_quantile(0.5 + level / 2, static_cast<double>(a.size() - 1));
  const auto close = [&](const char* quantity, double got) {
    if (row.contains(quantity)) report.close(quantity, row.at(quantity), got, exact);
  };
  const auto interval = [&](const char* quantity, const Interval& got) {
    if (!row.contains(quantity)) return;
    report.close(std::string(quantity) + "[0]", row.at(quantity).at(0), got.lower(), exact);
    report.close(std::string(quantity) + "[1]", row.at(quantity).at(1), got.upper(), exact);
  };
  close("mean_diff", paired.difference.mean);
  close("var_of_mean_diff", error * error);
  interval("paired_ci", paired.difference);
  close("p_value_two_sided", paired.p_value);
  close("welch_df", welch.degrees);
  interval("welch_ci", welch.difference);
  close("sample_correlation", paired.correlation.value_or(NAN));
  close("variance_ratio_paired_over_independent", paired.variance_ratio.value_or(NAN));
}

void judge_quantile_interval(CaseReport& report, const Json& row) {
  const QuantileRanks ranks = quantile_interval_ranks(row.at("n"), row.at("p"), row.at("conf"));
  const auto rank = [&](const char* quantity, const std::optional<std::uint64_t>& got) {
    if (!row.contains(quantity)) return;
    const Json& expected = row.at(quantity);
    const bool none = expected.is_null() || expected == 0;  // the case's comment
    report.same(quantity, none ? !got : got && expected == *got, expected.dump(), got ? std::to_string(*got) : "none");
  };
  rank("lower_order_stat_1based", ranks.lower);
  rank("upper_order_stat_1based", ranks.upper);
  if (row.contains("coverage")) report.close("coverage", row.at("coverage"), ranks.coverage, exact);
}

void judge_multiple_testing(CaseReport& report, const Json& row) {
  const auto p = row.at("p").get<Column>();
  const double alpha = row.at("alpha");
  const Column holm = holm_adjusted(p), bonferroni = bonferroni_adjusted(p);
  for (std::size_t i = 0; i < p.size(); ++i) {
    const std::string place = fmt::format("[{}]", i);
    const auto rejects = [&](const char* quantity, double adjusted) {
      if (!row.contains(quantity)) return;
      report.same(quantity + place, row.at(quantity).at(i).get<bool>() == (adjusted <= alpha),
                  row.at(quantity).at(i).dump(), std::to_string(adjusted));
    };
    rejects("holm_reject", holm[i]);
    rejects("bonferroni_reject", bonferroni[i]);
    if (row.contains("holm_adjusted"))
      report.close("holm_adjusted" + place, row.at("holm_adjusted").at(i), holm[i], exact);
  }
}

/// Two exponential times from common, and from independent, draws of the product's own streams.
void judge_common_draws(CaseReport& report, const Json& row, const Effort& effort) {
  constexpr double ns_per_unit = 1e9;
  const auto mean_of_law = [&](const char* key) {
    return Duration{std::llround(row.at(key).get<double>() * ns_per_unit)};
  };
  const Exponential x(mean_of_law("a")), y(mean_of_law("b"));
  Json expected = row;
  for (const char* parameter : {"model", "a", "b"}) expected.erase(parameter);
  const References references = references_of(report, expected, 0.005, false);
  judge_trials(report, references, effort, {5000, 5e7},
               [&](std::uint64_t seed, std::uint32_t trial, double length, Pool&) {
                 RandomStream first({seed, trial}, "draw", "x"), same({seed, trial}, "draw", "x"),
                     other({seed, trial}, "draw", "y");
                 double common = 0, apart = 0;  // sums of squares about the known mean
                 const auto n = static_cast<std::uint64_t>(length);
                 const double shift =
                     x.mean().count() > y.mean().count() ? seconds(x.mean() - y.mean()) : -seconds(y.mean() - x.mean());
                 RandomStream again({seed, trial}, "draw", "x");
                 for (std::uint64_t i = 0; i < n; ++i) {
                   const double one = seconds(x.sample(first));
                   const double paired = one - seconds(y.sample(same)) - shift;
                   const double independent = one - seconds(y.sample(other)) - shift;
                   common += paired * paired;
                   apart += independent * independent;
                 }
                 return Estimates{
                     {"var_common", common / length}, {"var_independent", apart / length}, {"ratio", common / apart}};
               });
}

/// A table of numbers: what the product computes from a row's other numbers.
using Formula = double (*)(const Json&);
struct FormulaColumn {
  const char* quantity;
  Formula of;
};

void judge_row(CaseReport& report, const Json& row, const std::vector<FormulaColumn>& columns) {
  for (const FormulaColumn& column : columns) {
    if (row.contains(column.quantity)) report.close(column.quantity, row.at(column.quantity), column.of(row), exact);
  }
}

/// The judge of rows with these keys; empty if there is none.
std::function<void(CaseReport&, const Json&)> judge_of(const Json& row, const Effort& effort,
                                                       const Json& mser5_series) {
  const auto table = [](std::vector<FormulaColumn> columns) {
    return [columns](CaseReport& report, const Json& one) { judge_row(report, one, columns); };
  };
  if (has_keys(row, {"df", "p", "t"}))
    return table({{"t", [](const Json& r) { return student_t_quantile(r.at("p"), r.at("df")); }}});
  if (has_keys(row, {"df", "p", "x"}))
    return table({{"x", [](const Json& r) { return chi_squared_quantile(r.at("p"), r.at("df")); }}});
  if (has_keys(row, {"p", "z"}))
    return table({{"z", [](const Json& r) { return normal_quantile(r.at("p").get<double>()); }}});
  if (has_keys(row, {"x", "conf"})) {
    return table(
        {{"mean", [](const Json& r) { return mean_confidence_interval(r.at("x").get<Column>(), r.at("conf")).mean; }},
         {"half_width",
          [](const Json& r) { return mean_confidence_interval(r.at("x").get<Column>(), r.at("conf")).half_width; }}});
  }
  if (has_keys(row, {"gamma"})) {
    return table({{"gamma_adjusted", [](const Json& r) { return adjusted_relative_precision(r.at("gamma")); }}});
  }
  if (has_keys(row, {"rho", "relative_half_width", "conf"})) {
    return table({{"service_times_needed",
                   [](const Json& r) {
                     return mm1_run_length(r.at("rho"), r.at("relative_half_width"), r.at("conf")).service_times;
                   }},
                  {"arrivals_needed", [](const Json& r) {
                     return mm1_run_length(r.at("rho"), r.at("relative_half_width"), r.at("conf")).arrivals;
                   }}});
  }
  if (has_keys(row, {"n", "alpha", "d"})) {
    return table({{"d", [](const Json& r) { return kolmogorov_smirnov_critical(r.at("n"), r.at("alpha")); }}});
  }
  if (has_keys(row, {"n", "p", "alpha", "accept_count"})) {
    return [](CaseReport& report, const Json& one) {
      const AcceptedCounts counts = coverage_acceptance(one.at("n"), one.at("p"), one.at("alpha"));
      report.close("accept_count[0]", one.at("accept_count").at(0), static_cast<double>(counts.least), 0);
      report.close("accept_count[1]", one.at("accept_count").at(1), static_cast<double>(counts.most), 0);
    };
  }
  if (has_keys(row, {"n", "p", "conf"})) return judge_quantile_interval;
  if (has_keys(row, {"a", "b", "conf"})) return judge_comparison;
  if (has_keys(row, {"a", "b", "var_common"})) {
    return [effort](CaseReport& report, const Json& one) { judge_common_draws(report, one, effort); };
  }
  if (has_keys(row, {"p", "alpha"})) return judge_multiple_testing;
  if (has_keys(row, {"series", "expected"}) && row.at("series").is_object()) return judge_warm_up;
  if (has_keys(row, {"x", "expected"})) return judge_warm_up;
  if (has_keys(row, {"series", "expected"}) && has_keys(row.at("expected"), {"num_batches", "batch_size"}) &&
      !mser5_series.is_null()) {
    return [mser5_series](CaseReport& report, const Json& one) { judge_block_means(report, one, mser5_series); };
  }
  return {};
}

void add_generators(std::vector<CaseTask>& tasks, const std::string& group, const Json& generators) {
  for (const auto& [name, rows] : generators.items()) {
    if (!rows.is_array()) continue;  // the file's note
    const std::string id = group + "." + name;
    const Json list = rows;
    if (name == "philox4x32_10") {
      tasks.push_back({id, [list](CaseReport& report) { judge_philox(report, list); }});
    } else {
      tasks.push_back({id, [](CaseReport& report) {
                         report.unsupported("all", "not the generator of the product (only that one has to match)");
                       }});
    }
  }
}

}  // namespace

std::vector<CaseTask> statistics_cases(const Json& file, const Effort& effort) {
  std::vector<CaseTask> tasks;
  const Json& cases = file.at("cases");
  const Json series = has_keys(cases, {"mser5"}) ? cases.at("mser5").value("series", Json()) : Json();
  for (const auto& [group, content] : cases.items()) {
    if (group == "rng") {
      add_generators(tasks, group, content);
      continue;
    }
    const bool list = content.is_array();
    const Json rows = list ? content : Json::array({content});
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const Json row = rows[i];
      const std::string id = list ? place_name(group, i) : group;
      if (const auto judge = judge_of(row, effort, series)) {
        tasks.push_back({id, [row, judge](CaseReport& report) { judge(report, row); }});
      } else {
        tasks.push_back({id, [](CaseReport& report) { report.unsupported("all", "a table of unknown kind"); }});
      }
    }
  }
  return tasks;
}

}  // namespace brokersim::validate
