// SPDX-License-Identifier: Apache-2.0
#include "analysis/distributions.hpp"

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <cstddef>
#include <vector>

#include "analysis/argument.hpp"

namespace brokersim {
namespace {

void check_probability(double p) {
  require_argument(p > 0 && p < 1, "a probability must lie in (0, 1)");
}

void check_degrees(double degrees) {
  require_argument(std::isfinite(degrees) && degrees > 0, "degrees of freedom must be > 0");
}

boost::math::binomial_distribution<double> binomial(std::uint64_t n, double probability) {
  require_argument(n > 0, "a binomial distribution needs n > 0");
  check_probability(probability);
  return boost::math::binomial_distribution<double>(static_cast<double>(n), probability);
}

/// ln of the binomial coefficients n over j, j = 0..n, by one running sum.
std::vector<double> log_binomials(std::uint64_t n) {
  std::vector<double> result(static_cast<std::size_t>(n) + 1, 0.0);
  for (std::size_t j = 1; j < result.size(); ++j) {
    const double over = static_cast<double>(j);
    result[j] = result[j - 1] + std::log((static_cast<double>(n) - over + 1.0) / over);
  }
  return result;
}

/// P(D+ > d): Birnbaum & Tingey's sum, all terms positive, so nothing cancels.
double one_sided_tail(const std::vector<double>& log_binomial, double d) {
  const double n = static_cast<double>(log_binomial.size() - 1);
  double sum = 0;
  for (std::size_t j = 0; j < log_binomial.size(); ++j) {
    const double at = static_cast<double>(j) / n;
    const double above = 1.0 - d - at;
    if (!(above > 0)) break;
    const double jd = static_cast<double>(j);
    sum += std::exp(log_binomial[j] + (jd - 1.0) * std::log(d + at) + (n - jd) * std::log(above));
  }
  return d * sum;
}

double two_sided_tail(const std::vector<double>& log_binomial, double d) {
  const double n = static_cast<double>(log_binomial.size() - 1);
  const double shifted = d + 1.0 / (6.0 * n);  // the limit law fits n values best at d + 1/(6n) (Maag & Dicaire 1971)
  return 2.0 * one_sided_tail(log_binomial, d) - 2.0 * std::exp(-8.0 * n * shifted * shifted);
}

}  // namespace

double normal_quantile(double p) {
  check_probability(p);
  return boost::math::quantile(boost::math::normal_distribution<double>(), p);
}

double student_t_quantile(double p, double degrees) {
  check_probability(p);
  check_degrees(degrees);
  return boost::math::quantile(boost::math::students_t_distribution<double>(degrees), p);
}

double chi_squared_quantile(double p, double degrees) {
  check_probability(p);
  check_degrees(degrees);
  return boost::math::quantile(boost::math::chi_squared_distribution<double>(degrees), p);
}

double student_t_two_sided_p(double t, double degrees) {
  check_degrees(degrees);
  require_argument(!std::isnan(t), "a t statistic is NaN");
  if (std::isinf(t)) return 0.0;
  return 2.0 * boost::math::cdf(boost::math::students_t_distribution<double>(degrees), -std::abs(t));
}

double student_t_cdf(double t, double degrees) {
  check_degrees(degrees);
  require_argument(!std::isnan(t), "a t statistic is NaN");
  if (std::isinf(t)) return t > 0 ? 1.0 : 0.0;
  return boost::math::cdf(boost::math::students_t_distribution<double>(degrees), t);
}

double binomial_cdf(std::int64_t k, std::uint64_t n, double probability) {
  const auto distribution = binomial(n, probability);
  if (k < 0) return 0.0;
  if (static_cast<std::uint64_t>(k) >= n) return 1.0;
  return boost::math::cdf(distribution, static_cast<double>(k));
}

double binomial_upper_tail(std::int64_t k, std::uint64_t n, double probability) {
  const auto distribution = binomial(n, probability);
  if (k < 0) return 1.0;
  if (static_cast<std::uint64_t>(k) >= n) return 0.0;
  return boost::math::cdf(boost::math::complement(distribution, static_cast<double>(k)));
}

// Boost's own quantile of a discrete distribution rounds outwards or inwards by policy; a search on the cdf says what
// is meant.
std::uint64_t binomial_quantile(double p, std::uint64_t n, double probability) {
  check_probability(p);
  std::uint64_t low = 0;
  std::uint64_t high = n;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if (binomial_cdf(static_cast<std::int64_t>(middle), n, probability) >= p) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

double kolmogorov_smirnov_critical(std::uint64_t n, double alpha) {
  require_argument(n >= 10, "the Kolmogorov-Smirnov critical value is given for n >= 10");
  require_argument(alpha >= 1e-12 && alpha <= 0.2, "the Kolmogorov-Smirnov level must lie in [1e-12, 0.2]");
  const std::vector<double> log_binomial = log_binomials(n);
  double low = 0.8 / std::sqrt(static_cast<double>(n));  // exceeded with probability > 0.5
  double high = 1.0;
  for (int step = 0; step < 60 && high - low > 1e-13 * high; ++step) {
    const double middle = (low + high) / 2.0;
    (two_sided_tail(log_binomial, middle) > alpha ? low : high) = middle;
  }
  return (low + high) / 2.0;
}

}  // namespace brokersim
