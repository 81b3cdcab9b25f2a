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

Columns run_trials(std::uint64_t seed, std::uint32_t trials, double length, const TrialFunction& trial) {
  Columns columns;
  for (std::uint32_t t = 0; t < trials; ++t) {
    for (const auto& [quantity, value] : trial(seed, t, length)) columns[quantity].push_back(value);
  }
  return columns;
}

/// How many times longer the trials must be for every quantity to be as precise as asked; 0 if they are.
double missing_length(const References& references, const Columns& columns) {
  double factor = 0;
  for (const auto& [quantity, reference] : references) {
    const auto found = columns.find(quantity);
    if (found == columns.end() || !reference.precise || !reference.unresolvable.empty() || reference.value == 0) continue;
    const double half_width = mean_confidence_interval(found->second, level).half_width;
    const double wanted = reference.half_width * std::abs(reference.value);
    if (half_width > wanted) factor = std::max(factor, (half_width / wanted) * (half_width / wanted));
  }
  return factor;
}

void judge(CaseReport& report, const std::string& quantity, const Reference& reference, const std::vector<double>& column,
           bool quick) {
  const Interval interval = mean_confidence_interval(column, level);
  const double standard_error =
      interval.half_width / student_t_quantile(0.5 + level / 2, static_cast<double>(column.size() - 1));
  const double tolerance = std::max(4 * standard_error, reference.floor * std::abs(reference.value));
  const bool holds = std::abs(interval.mean - reference.value) <= tolerance;
  const double relative = reference.value == 0 ? 0 : interval.half_width / std::abs(reference.value);
  if (holds && !quick && reference.precise && relative > reference.half_width) {
    report.unsupported(quantity, fmt::format("not resolved: agrees, but is known to {:.1f} % only", 100 * relative));
    return;
  }
  report.within(quantity, reference.value, interval.mean, tolerance,
                fmt::format("{} trials, 99 % half-width {:.2g} %", column.size(), 100 * relative));
}

}  // namespace

void judge_trials(CaseReport& report, const References& references, const Effort& effort, TrialLength length,
                  const TrialFunction& trial) {
  constexpr std::uint32_t pilot_trials = 40;
  constexpr std::uint32_t trials = 100;
  Columns columns = run_trials(1, pilot_trials, length.pilot, trial);
  if (!effort.quick) {
    double wanted = length.pilot * pilot_trials / trials;
    double factor = std::max(1.0, missing_length(references, columns));
    for (std::uint64_t attempt = 2; factor > 0 && attempt <= 4; ++attempt) {
      wanted = std::min(std::max(length.pilot, 1.3 * factor * wanted), length.limit / trials);
      columns = run_trials(attempt, trials, wanted, trial);
      factor = missing_length(references, columns);
      if (wanted >= length.limit / trials) break;
    }
  }
  for (const auto& [quantity, reference] : references) {
    const auto found = columns.find(quantity);
    if (found == columns.end()) {
      report.unsupported(quantity, "the validator knows no such quantity");
    } else if (!reference.unresolvable.empty()) {
      report.unsupported(quantity, reference.unresolvable);
    } else {
      judge(report, quantity, reference, found->second, effort.quick);
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

double observations_needed(double probability, double half_width) {
  const double z = normal_quantile(0.5 + level / 2) / half_width;
  return z * z * (1 - probability) / probability;
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
