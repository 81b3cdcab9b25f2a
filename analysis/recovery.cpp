// SPDX-License-Identifier: Apache-2.0
#include "analysis/recovery.hpp"

#include <algorithm>

#include "analysis/argument.hpp"

namespace brokersim {

std::optional<double> time_to_balance(std::span<const std::optional<double>> skew, double window_seconds, double before,
                                      const BalanceLimits& limits) {
  require_argument(window_seconds > 0 && before > 0, "time to balance needs windows and a skew before the fault");
  require_argument(limits.tolerance >= 0 && limits.hold >= 1, "limits of balance are out of range");
  const double limit = (1 + limits.tolerance) * before;
  std::size_t away = 0;  // windows in a row
  std::size_t balanced_from = 0;
  for (std::size_t w = 0; w < skew.size(); ++w) {
    away = skew[w] && *skew[w] > limit ? away + 1 : 0;
    if (away >= limits.hold) balanced_from = w + 1;
  }
  if (balanced_from > 0 && balanced_from == skew.size()) return std::nullopt;
  return static_cast<double>(balanced_from) * window_seconds;
}

std::optional<double> time_to_balance(std::span<const double> at, std::span<const double> level, double before,
                                      double tolerance) {
  require_argument(!at.empty() && at.size() == level.size(), "every moment has its level");
  require_argument(std::is_sorted(at.begin(), at.end()), "moments are in order");
  require_argument(before > 0 && tolerance >= 0, "time to balance needs a skew before the fault");
  const double limit = (1 + tolerance) * before;
  if (level.back() > limit) return std::nullopt;
  for (std::size_t i = level.size() - 1; i > 0; --i) {
    if (level[i - 1] > limit) return at[i] - at[0];
  }
  return 0;
}

double excess_load(std::span<const double> peak, std::span<const double> mean, double window_seconds, double before,
                   double tolerance) {
  require_argument(peak.size() == mean.size(), "every window has a peak and a mean");
  require_argument(window_seconds > 0 && before > 0 && tolerance >= 0, "excess load needs a skew before the fault");
  require_finite(peak, "loads are finite");
  require_finite(mean, "loads are finite");
  double excess = 0;
  for (std::size_t w = 0; w < peak.size(); ++w) {
    excess += std::max(0.0, peak[w] - (1 + tolerance) * before * mean[w]) * window_seconds;
  }
  return excess;
}

double availability(double missing, std::size_t entities, double span) {
  const double all = static_cast<double>(entities) * span;
  require_argument(all > 0, "availability is of something, for some time");
  constexpr double rounding = 1e-9;  // of sums of times
  require_argument(missing >= 0 && missing <= (1 + rounding) * all, "nothing is missing for longer than it is watched");
  return std::max(0.0, 1 - missing / all);
}

OutageParts outage_parts(const Outage& outage) {
  require_argument(outage.end >= outage.began, "an outage ends after it began");
  // From the last stage back: where a moment is unknown, the next known one stands for it.
  const auto within = [&](double moment) { return std::clamp(moment, outage.began, outage.end); };
  const double served = within(outage.served.value_or(outage.end));
  const double leads = std::min(within(outage.leads.value_or(served)), served);
  const double committed = std::min(within(outage.committed.value_or(leads)), leads);
  const double decided = std::min(within(outage.decided.value_or(committed)), committed);
  return {decided - outage.began, committed - decided, leads - committed, served - leads};
}

}  // namespace brokersim
