// SPDX-License-Identifier: Apache-2.0
#include "sim/figures/warm_up_choice.hpp"

#include <algorithm>
#include <cstdint>

#include "analysis/warm_up.hpp"
#include "sim/figures/backlog_series.hpp"
#include "sim/figures/fault_figures.hpp"

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

/// When the first fault comes, as far as a pilot run tells.
std::optional<Duration> first_fault(const Scenario& scenario, const std::vector<ArmResult>& pilot) {
  const std::vector<FaultSpec>& faults = scenario.world.faults;
  std::optional<Duration> first;
  const auto take = [&first](Duration when) { first = std::min(first.value_or(when), when); };
  for (const FaultSpec& fault : faults) {
    if (!makes_episode(fault.kind)) continue;
    if (fault.when.how == FaultTime::How::at) take(fault.when.at);
    if (fault.when.how == FaultTime::How::rate && fault.when.from > Duration::zero()) take(fault.when.from);
  }
  for (const ArmResult& arm : pilot) {
    for (const TrialResult& trial : arm.trials) {
      for (const EventNote& note : trial.events_log) {
        if (note.kind != EventNote::Kind::fault_applied || !makes_episode(faults[note.fault].kind)) continue;
        if (faults[note.fault].when.how == FaultTime::How::condition) take(note.time.time_since_epoch());
      }
    }
  }
  if (first && *first >= scenario.duration) first.reset();
  return first;
}

/// The cut rounded up to a window, unless that takes half of the time: then to a second less than half.
Duration fit(Duration cut, Duration window, Duration time) {
  const std::int64_t windows = (cut + window - Duration{1}) / window;
  const Duration rounded = windows * window;
  if (rounded * 2 < time || cut == Duration::zero()) return rounded;
  const Duration half = (time - Duration{1}) / 2;
  return std::min(cut,
                  half >= std::chrono::seconds{1} ? Duration{std::chrono::floor<std::chrono::seconds>(half)} : half);
}

}  // namespace

WarmUpChoice choose_warm_up(const Scenario& scenario, const std::vector<ArmResult>& pilot) {
  std::size_t seconds_cut = 0;
  WarmUpChoice choice;
  choice.chosen = true;
  choice.first_fault = first_fault(scenario, pilot);
  const Duration time = choice.first_fault.value_or(scenario.duration);
  const auto whole_seconds = static_cast<std::size_t>(time / std::chrono::seconds{1});
  for (const ArmResult& arm : pilot) {
    for (std::vector<double> BacklogSeries::*column : {&BacklogSeries::undelivered, &BacklogSeries::unacknowledged}) {
      std::vector<double> series = average(arm, column);
      if (series.empty()) continue;
      series.resize(std::min(series.size(), whole_seconds));
      if (series.size() < shortest_series) {
        choice.too_short = true;
        continue;
      }
      const WarmUp found = find_warm_up(series);
      seconds_cut = std::max(seconds_cut, found.observations_deleted);
      choice.too_short = choice.too_short || found.too_short;
    }
  }
  choice.warm_up = fit(std::chrono::seconds{seconds_cut}, scenario.window, time);
  return choice;
}

}  // namespace brokersim
