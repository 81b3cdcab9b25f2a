// SPDX-License-Identifier: Apache-2.0
#include "sim/figures/warm_up_choice.hpp"

#include <algorithm>
#include <cstdint>

#include "analysis/warm_up.hpp"
#include "sim/figures/backlog_series.hpp"

namespace brokersim {
namespace {

constexpr std::size_t shortest_series = 5;  // one group of MSER-5

/// Adds b to a, entry by entry; the trials of a scenario give series of one length, or none at all.
void accumulate(std::vector<double>& a, const std::vector<double>& b) {
  a.resize(std::max(a.size(), b.size()));
  for (std::size_t i = 0; i < b.size(); ++i) a[i] += b[i];
}

/// One series of an arm, averaged over its trials.
std::vector<double> average(const ArmResult& arm, std::vector<double> BacklogSeries::*column) {
  std::vector<double> mean;
  for (const TrialResult& trial : arm.trials) accumulate(mean, backlog_series(trial).*column);
  for (double& value : mean) value /= static_cast<double>(arm.trials.size());
  return mean;
}

/// The cut rounded up to a window, unless that takes half of the run: then to a second less than half.
Duration fit(Duration cut, const Scenario& scenario) {
  const std::int64_t windows = (cut + scenario.window - Duration{1}) / scenario.window;
  const Duration rounded = windows * scenario.window;
  if (rounded * 2 < scenario.duration) return rounded;
  const Duration half = (scenario.duration - Duration{1}) / 2;
  return std::min(cut,
                  half >= std::chrono::seconds{1} ? Duration{std::chrono::floor<std::chrono::seconds>(half)} : half);
}

}  // namespace

WarmUpChoice choose_warm_up(const Scenario& scenario, const std::vector<ArmResult>& pilot) {
  std::size_t seconds_cut = 0;
  WarmUpChoice choice;
  choice.chosen = true;
  for (const ArmResult& arm : pilot) {
    for (std::vector<double> BacklogSeries::*column : {&BacklogSeries::undelivered, &BacklogSeries::unacknowledged}) {
      const std::vector<double> series = average(arm, column);
      if (series.size() < shortest_series) {
        choice.too_short = choice.too_short || !series.empty();
        continue;
      }
      const WarmUp found = find_warm_up(series);
      seconds_cut = std::max(seconds_cut, found.observations_deleted);
      choice.too_short = choice.too_short || found.too_short;
    }
  }
  choice.warm_up = fit(std::chrono::seconds{seconds_cut}, scenario);
  return choice;
}

}  // namespace brokersim
