// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace brokersim {

/// What a run of one arm shows about whether it has a steady state at all.
struct StabilityColumns {
  /// Work arriving over capacity, one entry a resource of a broker, >= 0; any order, the answer names the index. The
  /// work that *arrives* counts, not busy time, which stops at 1. May be empty.
  std::span<const double> offered_utilization;
  /// Records that arrived in each window of the observation interval, >= 0.
  std::span<const double> arrivals;
  /// Records in the system (sent and not yet delivered everywhere) at the end of each window, >= 0; same length.
  std::span<const double> backlog;
};

enum class Instability : std::uint8_t { none, overload, growing_backlog };

/// The verdict and the figures a sentence about it needs.
struct StabilityVerdict {
  Instability reason = Instability::none;
  std::optional<std::size_t> busiest_resource;  // index into offered_utilization; the first on ties
  double busiest_utilization = 0;
  bool backlog_judged = false;  // there were windows enough
  double backlog_growth = 0;    // records, over the second half of the windows; may be negative
  double arrivals_then = 0;     // records that arrived in that half
  double growth_needed = 0;     // growth above this is more than noise and more than 1 % of the arrivals

  [[nodiscard]] bool stable() const { return reason == Instability::none; }
};

/// Decides whether an arm has a steady state; one without gets no steady-state figure and no monthly cost.
///
/// Unstable if
///  1. some offered utilization is >= 1 (overload: certain, no statistics needed), or
///  2. over the second half of the windows the backlog grows
///     - by more than 1 % of the records that arrived in that half: less would take a hundred times the run to double
///       the work done, and no 95 % interval of ours would notice;
///     - by more than 4 standard deviations of the arrivals in that half, taken as the larger of sqrt(arrivals)
///       (Poisson) and what the windows show (records that come in bursts or big batches vary more);
///     - and steadily: the mean backlogs of its three thirds, and the backlog at its end, each exceed the one before.
///
/// False alarms: the backlog of a stable arm is stationary in the second half, so its growth is the difference of two
/// draws of one law. For that to reach 4 sqrt(arrivals) it must wander as far as a queue without any restoring force
/// (an unreflected walk of arrivals and services, deviation sqrt(2 arrivals)) would in 2.8 deviations, 1 in 400, and
/// rise by thirds while it does (about 1 in 4): under 1 in 1000 even at the edge of stability, and none at all below
/// utilization 0.9, where a queue of tens of records is held against thousands. tests/analysis measures it on M/M/1.
///
/// windows  fewer than 6 leave the backlog unjudged (two windows a third would be noise); rule 1 still applies
/// throws   std::invalid_argument if arrivals and backlog differ in length, or an entry is negative, NaN or infinite
[[nodiscard]] StabilityVerdict assess_stability(const StabilityColumns& columns);

}  // namespace brokersim
