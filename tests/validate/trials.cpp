// SPDX-License-Identifier: Apache-2.0
#include "tests/validate/trials.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "analysis/confidence.hpp"
#include "analysis/distributions.hpp"

namespace brokersim::validate {
namespace {

constexpr double level = 0.99;

using Columns = std::map<std::string, std::vector<double>>;

struct Trials {
  Columns columns;
  Pool pool;

  /// The estimate of a quantity: the mean over trials, or the quantile of what they saw together.
  [[nodiscard]] double estimate(const std::string& quantity, double mean) const {
    const auto found = pool.find(quantity);
    if (found == pool.end()) return mean;
    return found->second.spans.quantile_seconds(found->second.p).value_or(0) * found->second.unit + found->second.shift;
  }
};

Trials run_trials(std::uint64_t seed, std::uint32_t count, double length, const TrialFunction& trial) {
  Trials trials;
  for (std::uint32_t t = 0; t < count; ++t) {
    for (const auto& [quantity, value] : trial(seed, t, length, trials.pool)) trials.columns[quantity].push_back(value);
  }
  return trials;
}

/// How many times longer the trials must be for every quantity to be as precise as asked; 0 if they are.
double missing_length(const References& references, const Columns& columns) {
  double factor = 0;
  for (const auto& [quantity, reference] : references) {
    const auto found = columns.find(quantity);
    if (found == columns.end() || !reference.precise || !reference.unresolvable.empty() || reference.value == 0)
      continue;
    const double half_width = mean_confidence_interval(found->second, level).half_width;
    const double wanted = reference.half_width * std::abs(reference.value);
    if (half_width > wanted) factor = std::max(factor, (half_width / wanted) * (half_width / wanted));
  }
  return factor;
}

void judge(CaseReport& report, const std::string& quantity, const Reference& reference, const Trials& trials,
           bool quick) {
  const std::vector<double>& column = trials.columns.at(quantity);
  const Interval interval = mean_confidence_interval(column, level);
  const double standard_error =
      interval.half_width / student_t_quantile(0.5 + level / 2, static_cast<double>(column.size() - 1));
  const double tolerance = std::max(4 * standard_error, reference.floor * std::abs(reference.value));
  const double estimate = trials.estimate(quantity, interval.mean);
  const bool holds = std::abs(estimate - reference.value) <= tolerance;
  const double relative = reference.value == 0 ? 0 : interval.half_width / std::abs(reference.value);
  if (holds && !quick && reference.precise && relative > reference.half_width) {
    report.unsupported(quantity, fmt::format("not resolved: agrees, but is known to {:.1f} % only", 100 * relative));
    return;
  }
  report.within(quantity, reference.value, estimate, tolerance,
                fmt::format("{} trials, 99 % half-width {:.2g} %", column.size(), 100 * relative));
}

}  // namespace

void judge_trials(CaseReport& report, const References& references, const Effort& effort, TrialLength length,
                  const TrialFunction& trial) {
  constexpr std::uint32_t pilot_trials = 40;
  constexpr std::uint32_t trials = 100;
  Trials done = run_trials(1, pilot_trials, length.pilot, trial);
  if (!effort.quick) {
    double wanted = length.pilot * pilot_trials / trials;
    double factor = std::max(1.0, missing_length(references, done.columns));
    for (std::uint64_t attempt = 2; factor > 0 && attempt <= 4; ++attempt) {
      wanted = std::min(std::max(length.pilot, 1.3 * factor * wanted), length.limit / trials);
      done = run_trials(attempt, trials, wanted, trial);
      factor = missing_length(references, done.columns);
      if (wanted >= length.limit / trials) break;
    }
  }
  for (const auto& [quantity, reference] : references) {
    if (!done.columns.contains(quantity)) {
      report.unsupported(quantity, "the validator knows no such quantity");
    } else if (!reference.unresolvable.empty()) {
      report.unsupported(quantity, reference.unresolvable);
    } else {
      judge(report, quantity, reference, done, effort.quick);
    }
  }
}

References references_of(CaseReport& report, const Json& expected, double floor, bool near_saturation) {
  References references;
  for (const auto& [quantity, value] : expected.items()) {
    if (!value.is_number()) {
      report.unsupported(quantity, "not a number");
      continue;
    }
    Reference reference;
    reference.value = value.get<double>();
    reference.floor = floor;
    if (near_saturation || quantity.ends_with("_p0.999") || quantity == "p0.999") reference.half_width = 0.05;
    references[quantity] = reference;
  }
  return references;
}

void add_quantile(Estimates& estimates, Pool& pool, const std::string& quantity, const LatencyHistogram& spans,
                  double p, double unit, double shift) {
  estimates[quantity] = spans.quantile_seconds(p).value_or(0) * unit + shift;
  PooledQuantile& pooled = pool[quantity];
  pooled.spans.merge(spans);
  pooled.p = p;
  pooled.unit = unit;
  pooled.shift = shift;
}

double observations_needed(double probability, double half_width) {
  const double z = normal_quantile(0.5 + level / 2) / half_width;
  return z * z * (1 - probability) / probability;
}

void mark_rare(References& references, double limit, const char* observations) {
  for (auto& [quantity, reference] : references) {
    if (!quantity.starts_with("P_") || !(reference.value > 0) || reference.value >= 1) continue;
    const double needed = observations_needed(reference.value, reference.half_width);
    if (needed > limit) {
      reference.unresolvable =
          fmt::format("a probability of {:.3g} takes at least {:.1e} {} for {:g} %; the effort is {:.1e}",
                      reference.value, needed, observations, 100 * reference.half_width, limit);
    }
  }
}

std::optional<double> number_after(const std::string& text, const std::string& prefix) {
  if (!text.starts_with(prefix)) return std::nullopt;
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + prefix.size(), end, value);
  if (error != std::errc{} || rest != end) return std::nullopt;
  return value;
}

}  // namespace brokersim::validate
