// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/calibrate_command.hpp"

#include <filesystem>

#include "sim/cli/calibration_text.hpp"
#include "sim/cli/progress_line.hpp"
#include "sim/measured/latency_samples.hpp"
#include "sim/measured/omb_result.hpp"
#include "sim/measured/own_measurement.hpp"
#include "sim/result_files/single_file.hpp"
#include "sim/text/printable.hpp"

namespace brokersim {
namespace {

/// E0618: what was measured cannot be read or used.
[[noreturn]] void refuse(const std::string& file, const std::string& reason, const std::string& allowed) {
  constexpr int scenario_is_wrong = 3;
  Diagnostic diagnostic;
  diagnostic.code = "E0618";
  diagnostic.file = printable(file, 4096);
  diagnostic.found = printable(reason, 400);
  diagnostic.allowed = allowed;
  throw ScenarioError({diagnostic}, scenario_is_wrong);
}

/// What `read` makes of a file; a fault of the file is told with its name.
template <class Read>
auto reading(const std::string& file, const std::string& allowed, Read read) {
  try {
    return read(file);
  } catch (const MeasuredCaseError& error) {
    refuse(file, error.what(), allowed);
  }
}

/// Adds the cases that the model can play to `cases`, the names of others with the reason to `left_out`.
void read_cases(const std::vector<std::string>& places, std::vector<MeasuredCase>& cases,
                std::vector<std::string>& left_out) {
  for (const std::string& place : places) {
    const bool folder = std::filesystem::is_directory(place);
    const std::string file = folder ? (std::filesystem::path(place) / "case.json").string() : place;
    try {
      MeasuredCase measured = read_measured_case(file);
      if (!measured.events.empty()) throw MeasuredCaseError("failures: " + measured.events.front().what, true);
      cases.push_back(std::move(measured));
    } catch (const MeasuredCaseError& error) {
      if (!error.unsupported) refuse(file, error.what(), "a measured case (docs/VALIDATION.md)");
      left_out.push_back(printable(place, 4096) + ": " + printable(error.what(), 400));
    }
    if (cases.size() > 0 && cases.back().series.empty() && cases.back().traffic.empty()) {
      refuse(file, "nothing was measured in it", "a measured case (docs/VALIDATION.md)");
    }
  }
}

/// Samples that are given stand before what the benchmark says of the same latency.
MeasuredCase read_own_case(const Options& options) {
  const CalibrateOptions& wanted = options.calibrate;
  const ScenarioDocument document = read_scenario_file(options.scenario, options.overrides);
  OwnMeasurement measurement;
  if (!wanted.omb.empty()) {
    const OmbLatencies omb = reading(wanted.omb, "a result file of the OpenMessaging Benchmark",
                                     [](const std::string& file) { return read_omb_result(file); });
    measurement.acknowledgement = omb.acknowledgement;
    if (!document.scenario.world.groups.empty()) measurement.delivery = omb.delivery;
  }
  const auto read_samples = [](const std::string& name, std::vector<std::pair<double, double>>& quantiles) {
    if (name.empty()) return;
    quantiles = quantiles_of(reading(name, "a latency in ms a line, a header at most before them",
                                     [](const std::string& file) { return read_latency_samples(file); }));
  };
  read_samples(wanted.acknowledgement_samples, measurement.acknowledgement);
  read_samples(wanted.delivery_samples, measurement.delivery);
  return reading(options.scenario, "a scenario that says from when on and what latencies were measured",
                 [&](const std::string&) { return own_case(document.scenario, measurement); });
}

Residuals residuals(const std::vector<MeasuredCase>& cases, const HostProfile& profile, const Options& options) {
  Residuals result;
  for (const MeasuredCase& one : cases) {
    result.cases.push_back(one.id);
    result.latencies_are_judged.push_back(one.latencies_are_judged);
  }
  result.comparisons = compare_all(cases, profile, options.calibrate.trials, options.threads);
  return result;
}

}  // namespace

Outcome calibrate_command(const Options& options, const Talk& talk) {
  const CalibrateOptions& wanted = options.calibrate;
  if (options.out) check_single_file(*options.out);
  CalibrationReport report;
  report.trials = wanted.trials;
  report.start = *find_host_profile(wanted.profile);
  std::vector<MeasuredCase> cases, held_out;
  read_cases(wanted.cases, cases, report.left_out);
  read_cases(wanted.hold_out, held_out, report.left_out);
  if (!options.scenario.empty()) cases.push_back(read_own_case(options));
  if (cases.empty()) {
    refuse(wanted.cases.front(), "no case that the model can play: " + report.left_out.front(),
           "at least one without failures and with known settings");
  }
  {
    TerminalLine line(talk.err_is_terminal && !options.quiet ? talk.err : nullptr);
    line.show("fitting " + std::to_string(cases.size()) + " cases");
    report.calibration = calibrate(cases, report.start, wanted.trials, wanted.evaluations, options.threads,
                                   [&](const Calibration& best) { line.show(fit_progress(best, wanted.evaluations)); });
    line.show("predicting");
    report.fitted = residuals(cases, report.calibration.profile, options);
    report.held_out = residuals(held_out, report.calibration.profile, options);
  }
  const std::string fragment = scenario_fragment(report.calibration.profile);
  if (!options.out) return {0, calibration_text(report) + "\nFor a scenario\n" + fragment};
  write_single_file(*options.out, fragment);
  return {0, calibration_text(report)};
}

}  // namespace brokersim
