// SPDX-License-Identifier: Apache-2.0
// What the simulator says of a measured case, and how far that is from what was measured.
#pragma once
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/measured/measured_case.hpp"
#include "sim/scenario/host_profile.hpp"

namespace brokersim {

/// One measured number and its prediction, in ms or bytes/s.
struct Comparison {
  std::string series;    ///< "ack produce-d1", "delivery leader-d1", "wire b1->b2"
  std::string quantity;  ///< "p50", "bytes_per_s"
  double measured = 0;
  double predicted = 0;
  double tolerance = 0;  ///< allowed difference, same unit
  bool is_rate = false;  ///< bytes/s; else ms
  /// Of a series whose timers run at a random phase that one run never leaves: the least and the largest that single
  /// trials gave. Only their range can be held against one measurement.
  std::optional<std::pair<double, double>> range;
  [[nodiscard]] bool within() const {
    if (range && range->first <= measured && measured <= range->second) return true;
    return std::abs(predicted - measured) <= tolerance;
  }
};

/// The value at place p * n of n in order, from 0; 0 if there are none. Reorders `values`.
[[nodiscard]] double sample_quantile(std::vector<double>& values, double p);

/// Applies a profile to every broker and client of a scenario.
void apply(const HostProfile& profile, Scenario& scenario);

/// Runs the case `trials` times with the profile's costs and pools the records of all trials.
///
/// Tolerances are those the measured cluster was given (docs/VALIDATION.md): visibility differences 5 % or 5 ms,
/// acknowledgements and deliveries 10 % or 5 ms at p25, p50 and p75; 20 % or 10 ms at p95; bytes 3 % or 300 bytes/s.
/// Other quantiles are left out. Deterministic in the case, the profile and `trials`.
[[nodiscard]] std::vector<Comparison> compare(const MeasuredCase& measured, const HostProfile& profile,
                                              std::uint32_t trials);

}  // namespace brokersim
