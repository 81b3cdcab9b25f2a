// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace brokersim {

// What a fault did, in numbers: how long until load is balanced again, how much load was in the wrong place meanwhile,
// and where the time went in which nobody could write or read. Times are in seconds, from any one origin.

/// When a measure of skew (peak_to_mean, ...) counts as away from where it was before the fault.
struct BalanceLimits {
  double tolerance = 0.10;  ///< above (1 + tolerance) times the level before; >= 0
  std::size_t hold = 3;     ///< windows in a row; a shorter stretch is taken for noise. >= 1
};

/// Time to balance of a load that is known window by window: the end of the last stretch of at least `hold` windows in
/// which the skew is away, after the start of the first window.
///
/// skew    one entry a window, from the one in which the fault came on; none: nothing was loaded, which is not away
/// before  skew before the fault, > 0
/// returns 0 if it never went away; none if it is still away in the last window: it is not balanced within the column
/// throws  std::invalid_argument if window_seconds or before is not above 0, or a limit is out of its range
[[nodiscard]] std::optional<double> time_to_balance(std::span<const std::optional<double>> skew, double window_seconds,
                                                    double before, const BalanceLimits& limits = {});

/// The same of a level that changes at known moments (leader counts): when it comes back for the last time, after
/// at[0]. A moment is exact, so nothing is taken for noise.
///
/// at     ascending, at[0]: the fault; shape as `level`, which is what holds from each moment on
/// throws std::invalid_argument if the columns differ in length or are empty, `at` descends, or before is not above 0
[[nodiscard]] std::optional<double> time_to_balance(std::span<const double> at, std::span<const double> level,
                                                    double before, double tolerance = BalanceLimits{}.tolerance);

/// Integral of excess load: what the busiest broker had above the share that it had before the fault, and a tolerance
/// of it: sum over windows of max(0, peak - (1 + tolerance) before mean) * window_seconds.
///
/// peak, mean  over brokers, one entry a window, a rate (bytes/s); equal lengths
/// before      peak-to-mean before the fault
/// returns     in the unit of the rate times seconds (bytes), >= 0
[[nodiscard]] double excess_load(std::span<const double> peak, std::span<const double> mean, double window_seconds,
                                 double before, double tolerance = BalanceLimits{}.tolerance);

/// Share of entity-seconds in which something was available (metrics-and-statistics.md section 5).
///
/// missing  sum over entities (partitions, readers) of the seconds in which it was not, within `span`
/// throws   std::invalid_argument if span or entities is not above 0, or missing not within 0 .. entities * span
[[nodiscard]] double availability(double missing, std::size_t entities, double span);

/// One time that a partition could not be written or read. A moment that never came is none; those that came before
/// `began` (a leader that is moved away knows its successor before it goes) count as `began`.
struct Outage {
  double began = 0;                      ///< its leader, or who it was read from, was gone
  std::optional<double> decided = {};    ///< the controller decided something about its leader
  std::optional<double> committed = {};  ///< ... named a leader, and that was committed
  std::optional<double> leads = {};      ///< the leader knew, and led
  std::optional<double> served = {};     ///< a client was served again
  double end = 0;                        ///< of the observation: what has not come by then is counted until then
};

/// Where its time went; the parts add up to the time from `began` until it was served.
struct OutageParts {
  double detection = 0;    ///< until the controller knew
  double election = 0;     ///< until a leader was found and committed
  double propagation = 0;  ///< until that leader led
  double discovery = 0;    ///< until a client had found it

  [[nodiscard]] double total() const { return detection + election + propagation + discovery; }
};

/// A stage whose moment is unknown although a later one is known took no time: a leader that comes back and leads on
/// without the controller having noticed was never elected, all of that is detection.
///
/// throws  std::invalid_argument if end is before began
[[nodiscard]] OutageParts outage_parts(const Outage& outage);

}  // namespace brokersim
