// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace brokersim {

// The distributions behind every interval here: thin over Boost.Math, which only distributions.cpp includes.
//
// p, probability  in (0, 1);  degrees  degrees of freedom > 0, not necessarily whole (Welch)
// throws          std::invalid_argument outside those ranges

[[nodiscard]] double normal_quantile(double p);
[[nodiscard]] double student_t_quantile(double p, double degrees);
[[nodiscard]] double chi_squared_quantile(double p, double degrees);

/// P(|T| >= |t|) for Student's t.
[[nodiscard]] double student_t_two_sided_p(double t, double degrees);
/// P(T <= t).
[[nodiscard]] double student_t_cdf(double t, double degrees);

/// P(X <= k), X ~ binomial(n, probability); 0 for k < 0, 1 for k >= n. n > 0.
[[nodiscard]] double binomial_cdf(std::int64_t k, std::uint64_t n, double probability);
/// P(X > k), without the cancellation of 1 - P(X <= k).
[[nodiscard]] double binomial_upper_tail(std::int64_t k, std::uint64_t n, double probability);
/// Smallest k with P(X <= k) >= p.
[[nodiscard]] std::uint64_t binomial_quantile(double p, std::uint64_t n, double probability);

/// Two-sided Kolmogorov-Smirnov critical value: the distance between an empirical distribution of n independent values
/// and the true one that is exceeded with probability alpha.
///
/// n       >= 10;  alpha  in [1e-12, 0.2]
/// method  one-sided tail exactly (Birnbaum & Tingey 1951), doubled, less the limiting probability of exceeding on
///         both sides; relative error below 1e-6 for n >= 100, below 1e-4 from n = 10. Costs n terms, some 50 times
[[nodiscard]] double kolmogorov_smirnov_critical(std::uint64_t n, double alpha);

}  // namespace brokersim
