// SPDX-License-Identifier: Apache-2.0
#include "sim/figures/backlog_series.hpp"

#include <algorithm>

namespace brokersim {

BacklogSeries backlog_series(const TrialResult& trial) {
  const Conservation& flow = trial.conservation;
  BacklogSeries series;
  if (trial.progress.size() < 2) return series;
  const bool groups = flow.expected_delivered > 0 && flow.appended > 0;
  const double deliveries =
      groups ? static_cast<double>(flow.expected_delivered) / static_cast<double>(flow.appended) : 1;
  Records before = 0;
  for (std::size_t s = 0; s + 1 < trial.progress.size(); ++s) {
    const ProgressSample& sample = trial.progress[s];
    series.arrivals.push_back(static_cast<double>(sample.generated - before) * deliveries);
    before = sample.generated;
    if (groups) {
      const double owed = static_cast<double>(sample.generated) * deliveries - static_cast<double>(sample.delivered);
      series.undelivered.push_back(std::max(owed, 0.0));
    }
    if (flow.unacknowledged_by_design == 0) {
      series.unacknowledged.push_back(
          static_cast<double>(std::max<Records>(sample.generated - sample.acknowledged, 0)));
    }
  }
  return series;
}

}  // namespace brokersim
