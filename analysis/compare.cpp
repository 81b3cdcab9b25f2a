// SPDX-License-Identifier: Apache-2.0
#include "analysis/compare.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "analysis/argument.hpp"
#include "analysis/correlation.hpp"
#include "analysis/distributions.hpp"
#include "analysis/sum.hpp"

namespace brokersim {
namespace {

void check_arm(std::span<const double> arm) {
  require_argument(arm.size() >= 2, "a comparison needs at least two trials of each arm");
  require_finite(arm, "a trial's value is NaN or infinite");
}

void check_pair(std::span<const double> a, std::span<const double> b) {
  require_argument(a.size() == b.size(), "paired arms have the same trials");
  check_arm(a);
  check_arm(b);
}

/// distance / standard_error where the error may be 0: no distance is no evidence, any other is conclusive.
double t_statistic(double distance, double standard_error) {
  if (distance == 0) return 0.0;
  if (standard_error > 0) return distance / standard_error;
  return distance > 0 ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity();
}

double standard_error_of(std::span<const double> values) {
  return std::sqrt(sample_variance(values) / static_cast<double>(values.size()));
}

}  // namespace

PairedDifference paired_difference(std::span<const double> a, std::span<const double> b, double level) {
  check_pair(a, b);
  const std::vector<double> differences = differences_of(a, b);
  PairedDifference result;
  result.difference = mean_confidence_interval(differences, level);
  const double t = t_statistic(result.difference.mean, standard_error_of(differences));
  result.p_value = student_t_two_sided_p(t, static_cast<double>(differences.size()) - 1.0);
  result.correlation = correlation(a, b);
  const double independent = sample_variance(a) + sample_variance(b);
  if (independent > 0) result.variance_ratio = sample_variance(differences) / independent;
  return result;
}

std::optional<RatioInterval> paired_ratio(std::span<const double> a, std::span<const double> b, double level) {
  check_pair(a, b);
  std::vector<double> log_ratios(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!(a[i] > 0) || !(b[i] > 0)) return std::nullopt;
    log_ratios[i] = std::log(a[i]) - std::log(b[i]);
  }
  const Interval logs = mean_confidence_interval(log_ratios, level);
  return RatioInterval{std::exp(logs.mean), std::exp(logs.lower()), std::exp(logs.upper()), level, logs.n};
}

WelchDifference welch_difference(std::span<const double> a, std::span<const double> b, double level) {
  check_arm(a);
  check_arm(b);
  require_argument(level > 0 && level < 1, "a level must lie in (0, 1)");
  const double n_a = static_cast<double>(a.size());
  const double n_b = static_cast<double>(b.size());
  const double error_a = sample_variance(a) / n_a;
  const double error_b = sample_variance(b) / n_b;
  const double error = error_a + error_b;
  WelchDifference result;
  // Two arms that do not vary leave Satterthwaite's ratio at 0/0; the interval is a point whatever the degrees.
  result.degrees =
      error > 0 ? error * error / (error_a * error_a / (n_a - 1.0) + error_b * error_b / (n_b - 1.0)) : n_a + n_b - 2.0;
  const double half_width = student_t_quantile(0.5 + level / 2.0, result.degrees) * std::sqrt(error);
  result.difference = Interval{mean_of(a) - mean_of(b), half_width, level, a.size() + b.size()};
  result.p_value = student_t_two_sided_p(t_statistic(result.difference.mean, std::sqrt(error)), result.degrees);
  return result;
}

double not_worse_p_value(std::span<const double> a, std::span<const double> b, double margin) {
  check_pair(a, b);
  require_argument(std::isfinite(margin) && margin >= 0, "a margin must be >= 0");
  const std::vector<double> differences = differences_of(a, b);
  const double t = t_statistic(mean_of(differences) - margin, standard_error_of(differences));
  return student_t_cdf(t, static_cast<double>(differences.size()) - 1.0);
}

}  // namespace brokersim
