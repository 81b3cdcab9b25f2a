// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/calibration_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/cli/text_table.hpp"
#include "sim/result_files/result_json.hpp"
#include "sim/scenario_file/units.hpp"
#include "sim/text/printable.hpp"

namespace brokersim {
namespace {

constexpr std::array<const char*, 5> columns{"p25", "p50", "p75", "p95", "bytes_per_s"};

std::string figure(double value) {
  return value >= 1000 ? fmt::format("{:.0f}", value) : fmt::format("{:.4g}", value);
}

/// "12.3 / 11.9", with " *" behind it where the difference is too large.
std::string cell(const Comparison& one) {
  return figure(one.predicted) + " / " + figure(one.measured) + (one.within() ? "  " : " *");
}

/// A row for each series, in the order of the comparisons, which have a series' quantities together.
std::string case_table(const std::vector<Comparison>& comparisons) {
  std::vector<std::vector<std::string>> rows{
      {"predicted / measured", "p25, ms  ", "p50, ms  ", "p75, ms  ", "p95, ms  ", "bytes/s  "}};
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    const Comparison& one = comparisons[i];
    if (i == 0 || comparisons[i - 1].series != one.series) {
      rows.push_back(std::vector<std::string>(columns.size() + 1));
      rows.back().front() = printable(one.series, 60);
    }
    const auto column = std::find(columns.begin(), columns.end(), one.quantity) - columns.begin();
    rows.back()[static_cast<std::size_t>(column) + 1] = cell(one);
  }
  return aligned_table(rows);
}

std::string within_line(const std::vector<std::vector<Comparison>>& cases) {
  std::size_t within = 0, all = 0;
  for (const std::vector<Comparison>& comparisons : cases) {
    all += comparisons.size();
    for (const Comparison& one : comparisons) within += one.within() ? 1U : 0U;
  }
  return fmt::format("{} of {} within tolerance", within, all);
}

std::string residual_text(const std::string& heading, const Residuals& residuals) {
  if (residuals.cases.empty()) return {};
  std::string text = fmt::format("\n{}: misfit {:.3g}, {}\n", heading, misfit(residuals.comparisons),
                                 within_line(residuals.comparisons));
  for (std::size_t c = 0; c < residuals.cases.size(); ++c) {
    text += fmt::format("\n{}: {}{}\n", printable(residuals.cases[c], 100), within_line({residuals.comparisons[c]}),
                        residuals.latencies_are_judged[c] ? "" : " (latencies are not judged)");
    if (!residuals.comparisons[c].empty()) text += case_table(residuals.comparisons[c]);
  }
  return text;
}

std::string constants_text(const CalibrationReport& report) {
  std::string text = fmt::format("{:<36}{:>10}{:>10}  {:<5}{}\n", "constant", "start", "fitted", "unit", "meaning");
  for (const FittedConstant& constant : fitted_constants()) {
    const double value = constant.get(report.calibration.profile);
    const bool at_bound = value <= constant.lowest * 1.001 || value >= constant.highest * 0.999;
    text += fmt::format("{:<36}{:>10}{:>10}  {:<5}{}{}\n", constant.name, figure(constant.get(report.start)),
                        figure(value), constant.unit, constant.meaning, at_bound ? " (as far as the fit may go)" : "");
  }
  return text;
}

void write_cost(JsonText& json, std::string_view name, const WorkCost& cost) {
  json.key(name).begin_object();
  json.member("per_request", duration_text(cost.per_request));
  json.member("per_byte", picoseconds_text(cost.picoseconds_per_byte));
  json.end();
}

void write_pauses(JsonText& json, const PauseSpec& pauses) {
  json.key("pauses").begin_object();
  json.member("per_second", pauses.per_second);
  json.member("mean", duration_text(pauses.mean));
  json.end();
}

}  // namespace

std::string calibration_text(const CalibrationReport& report) {
  const Calibration& calibration = report.calibration;
  std::string text = fmt::format("Fitted constants: misfit {:.3g} at the start, {:.3g} in the end\n",
                                 calibration.misfit_before, calibration.misfit_after);
  text += fmt::format("evaluations {}, cases {}, trials of each {}\n\n", calibration.evaluations,
                      report.fitted.cases.size(), report.trials);
  text += constants_text(report);
  text += residual_text("Fitted cases", report.fitted);
  text += residual_text("Held-out cases, predicted only", report.held_out);
  if (!report.left_out.empty()) text += "\nLeft out, as the model cannot play them\n";
  for (const std::string& line : report.left_out) text += "  " + line + "\n";
  return text;
}

std::string scenario_fragment(const HostProfile& profile) {
  JsonText json;
  json.begin_object().key("brokers").begin_array().begin_object();
  json.key("service").begin_object();
  write_cost(json, "network_thread", profile.service.network_thread);
  write_cost(json, "produce", profile.service.produce);
  write_cost(json, "fetch", profile.service.fetch);
  write_cost(json, "replica_append", profile.service.replica_append);
  json.member("variation", profile.service.variation);
  json.end();
  write_pauses(json, profile.pauses);
  json.end().end();
  json.key("clients").begin_object();
  write_cost(json, "send", profile.clients.send);
  write_cost(json, "receive", profile.clients.receive);
  json.member("variation", profile.clients.variation);
  write_pauses(json, profile.clients.pauses);
  json.end().end();
  return json.document();
}

std::string fit_progress(const Calibration& best, std::uint32_t evaluations) {
  return fmt::format("fitting: misfit {:.3g} after {} of at most {} evaluations", best.misfit_after, best.evaluations,
                     evaluations);
}

}  // namespace brokersim
