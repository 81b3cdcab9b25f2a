// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace brokersim {

/// A mean with a symmetric interval at `level` (0.95), from n independent values.
struct Interval {
  double mean = 0;
  double half_width = 0;
  double level = 0;
  std::uint64_t n = 0;

  [[nodiscard]] double lower() const { return mean - half_width; }
  [[nodiscard]] double upper() const { return mean + half_width; }
};

/// Student's t interval over trials: mean +- t_{n-1} S / sqrt(n). Each trial gives one number, of any kind: a mean, a
/// quantile, a maximum, a ratio of totals.
///
/// values  one entry a trial; at least 2, and at least 10 for a report
/// level   in (0, 1)
/// throws  std::invalid_argument otherwise, or for a NaN or infinite entry
/// source  Law, Simulation Modeling and Analysis, section 9.4.1; metrics-and-statistics.md section 8.2
[[nodiscard]] Interval mean_confidence_interval(std::span<const double> values, double level = 0.95);

/// Which order statistics X_(lower), X_(upper) of n independent values enclose their p-quantile, ranks from 1.
struct QuantileRanks {
  std::optional<std::uint64_t> lower;  // none: too few values for a lower bound
  std::optional<std::uint64_t> upper;  // none: too few values for an upper bound
  double coverage = 0;                 // exact probability that what bounds there are enclose it; >= level
};

/// From the binomial(n, p) quantiles at (1 - level) / 2 on either side. For independent values only: within one
/// correlated run it is too narrow.
///
/// n, p, level  n > 0; p and level in (0, 1)
/// throws       std::invalid_argument otherwise
[[nodiscard]] QuantileRanks quantile_interval_ranks(std::uint64_t n, double p, double level = 0.95);

/// How many of n intervals of the nominal coverage may cover the truth if the machinery is right.
struct AcceptedCounts {
  std::uint64_t least = 0;
  std::uint64_t most = 0;
};

/// Binomial quantiles at alpha/2 and 1 - alpha/2: a correct program falls outside with probability at most alpha.
[[nodiscard]] AcceptedCounts coverage_acceptance(std::uint64_t n, double nominal_coverage, double alpha = 0.001);

/// gamma / (1 + gamma): the bound on half-width over |mean| that gives relative error gamma of the *unknown* mean.
/// gamma  in (0, 1). source  Law, section 9.4.1
[[nodiscard]] double adjusted_relative_precision(double gamma);

/// Whether the interval is that narrow. An interval around 0 has no relative precision: false unless its width is 0.
[[nodiscard]] bool meets_relative_precision(const Interval& interval, double gamma);

/// Number of trials at which to look again after n: growth by half (10, 15, 22, 33, ...), because looking after every
/// trial stops at a lucky one and shortens intervals. n >= 2.
[[nodiscard]] std::uint64_t next_look(std::uint64_t n);

struct RunLength {
  double service_times = 0;
  double arrivals = 0;
};

/// Length of one M/M/1 run for a given relative half-width of its mean number in system: how long a trial must be
/// against its own correlation.
///
/// utilization, relative_half_width, level  each in (0, 1)
/// source  Whitt (1989), Management Science 35; z^2 2 (1 + rho) / (rho (1 - rho)^2 eps^2)
[[nodiscard]] RunLength mm1_run_length(double utilization, double relative_half_width, double level = 0.95);

}  // namespace brokersim
