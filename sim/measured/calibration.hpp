// SPDX-License-Identifier: Apache-2.0
// Fits what software costs to measured cases: nine constants, one set for all of them.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "sim/measured/prediction.hpp"

namespace brokersim {

/// A constant of a profile that can be fitted.
struct FittedConstant {
  std::string_view name;     ///< as in a scenario
  std::string_view meaning;  ///< what it stands for physically
  std::string_view unit;
  double lowest, highest;  ///< in that unit; the fit moves in the logarithm
  double (*get)(const HostProfile&);
  void (*set)(HostProfile&, double);
};
[[nodiscard]] std::span<const FittedConstant> fitted_constants();

/// compare() of every case, `threads` at a time. The first exception, by the order of the cases, is passed on.
[[nodiscard]] std::vector<std::vector<Comparison>> compare_all(const std::vector<MeasuredCase>& cases,
                                                               const HostProfile& profile, std::uint32_t trials,
                                                               unsigned threads);

struct Calibration {
  HostProfile profile;
  double misfit_before = 0, misfit_after = 0;  ///< mean over all numbers, see misfit()
  std::uint32_t evaluations = 0;
};

/// How far predictions are from measurements: the mean of sqrt(1 + (difference / scale)^2) - 1, which a few wild
/// numbers cannot rule. The scale is half the tolerance, but at most 10 % or 1 ms of a latency, so that short latencies
/// count.
[[nodiscard]] double misfit(const std::vector<std::vector<Comparison>>& cases);

/// Searches without derivatives (Subplex, Rowan 1990, NLopt's) from `start`, which also says what is not fitted.
///
/// cases        at least one
/// trials       of each case and evaluation; always the same random numbers, so that the misfit is a smooth function
/// evaluations  at most
/// threads      cases at a time; the result does not depend on it
/// tell         called after each better set, may be empty
[[nodiscard]] Calibration calibrate(const std::vector<MeasuredCase>& cases, const HostProfile& start,
                                    std::uint32_t trials, std::uint32_t evaluations, unsigned threads,
                                    const std::function<void(const Calibration&)>& tell);

}  // namespace brokersim
