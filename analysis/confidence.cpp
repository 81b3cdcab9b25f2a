// SPDX-License-Identifier: Apache-2.0
#include "analysis/confidence.hpp"

#include <cmath>

#include "analysis/argument.hpp"
#include "analysis/distributions.hpp"
#include "analysis/sum.hpp"

namespace brokersim {
namespace {

void check_level(double level) {
  require_argument(level > 0 && level < 1, "a level must lie in (0, 1)");
}

}  // namespace

Interval mean_confidence_interval(std::span<const double> values, double level) {
  require_argument(values.size() >= 2, "an interval needs at least two trials");
  require_finite(values, "a trial's value is NaN or infinite");
  check_level(level);
  const double n = static_cast<double>(values.size());
  const double standard_error = std::sqrt(sample_variance(values) / n);
  const double t = student_t_quantile(0.5 + level / 2.0, n - 1.0);
  return Interval{mean_of(values), t * standard_error, level, values.size()};
}

QuantileRanks quantile_interval_ranks(std::uint64_t n, double p, double level) {
  check_level(level);
  const std::uint64_t lower = binomial_quantile((1.0 - level) / 2.0, n, p);
  const std::uint64_t upper = binomial_quantile((1.0 + level) / 2.0, n, p) + 1;
  QuantileRanks ranks;
  // X_(l) <= q < X_(u) exactly if at least l and fewer than u of the n values lie at or below q.
  const double below_lower = lower > 0 ? binomial_cdf(static_cast<std::int64_t>(lower) - 1, n, p) : 0.0;
  const double beyond_upper = upper <= n ? binomial_upper_tail(static_cast<std::int64_t>(upper) - 1, n, p) : 0.0;
  if (lower > 0) ranks.lower = lower;
  if (upper <= n) ranks.upper = upper;
  ranks.coverage = 1.0 - below_lower - beyond_upper;
  return ranks;
}

AcceptedCounts coverage_acceptance(std::uint64_t n, double nominal_coverage, double alpha) {
  require_argument(alpha > 0 && alpha < 1, "alpha must lie in (0, 1)");
  return AcceptedCounts{binomial_quantile(alpha / 2.0, n, nominal_coverage),
                        binomial_quantile(1.0 - alpha / 2.0, n, nominal_coverage)};
}

double adjusted_relative_precision(double gamma) {
  require_argument(gamma > 0 && gamma < 1, "a relative precision must lie in (0, 1)");
  return gamma / (1.0 + gamma);
}

bool meets_relative_precision(const Interval& interval, double gamma) {
  return interval.half_width <= adjusted_relative_precision(gamma) * std::abs(interval.mean);
}

std::uint64_t next_look(std::uint64_t n) {
  require_argument(n >= 2, "sequential stopping starts with at least two trials");
  return n + n / 2;
}

RunLength mm1_run_length(double utilization, double relative_half_width, double level) {
  require_argument(utilization > 0 && utilization < 1, "a stable queue has utilization in (0, 1)");
  require_argument(relative_half_width > 0 && relative_half_width < 1, "a relative half-width must lie in (0, 1)");
  check_level(level);
  const double z = normal_quantile(0.5 + level / 2.0);
  const double scaled = z / ((1.0 - utilization) * relative_half_width);
  const double service_times = scaled * scaled * 2.0 * (1.0 + utilization) / utilization;
  return RunLength{service_times, service_times * utilization};
}

}  // namespace brokersim
