// SPDX-License-Identifier: Apache-2.0
// A calibration for people, and its constants for a scenario.
#pragma once
#include <string>
#include <vector>

#include "sim/measured/calibration.hpp"

namespace brokersim {

/// Predictions next to measurements, a case an entry.
struct Residuals {
  std::vector<std::string> cases;  ///< ids
  std::vector<bool> latencies_are_judged;
  std::vector<std::vector<Comparison>> comparisons;
};

struct CalibrationReport {
  HostProfile start;
  Calibration calibration;
  std::uint32_t trials = 0;
  Residuals fitted, held_out;
  std::vector<std::string> left_out;  ///< cases and why, fit for a terminal
};

/// Constants, residuals of the fitted cases, those of the held-out ones apart, what was left out.
[[nodiscard]] std::string calibration_text(const CalibrationReport& report);

/// The profile in a scenario's keys and units: "brokers" with "service" and "pauses", and "clients".
[[nodiscard]] std::string scenario_fragment(const HostProfile& profile);

/// "fitting: misfit 0.52 after 37 of at most 400 evaluations"
[[nodiscard]] std::string fit_progress(const Calibration& best, std::uint32_t evaluations);

}  // namespace brokersim
