// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/figure_text.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/number_format.hpp"

namespace brokersim {
namespace {

constexpr int digits_without_interval = 4;

/// Below that a half-width is the rounding of arithmetic on values that do not vary.
bool negligible(double half_width, double mean) {
  return half_width <= 1e-9 * std::abs(mean);
}

/// Four digits, without zeros at the end of a fraction.
std::string without_interval(double value) {
  std::string text = significant_text(value, digits_without_interval);
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string with_sign(const std::string& text) {
  const bool is_zero = text.find_first_of("123456789") == std::string::npos;
  return text[0] == '-' || is_zero ? text : "+" + text;
}

/// "x285 [283, 287]": a percentage above a few hundred says nothing to anybody.
std::string times_change(const RatioInterval& ratio, bool interval) {
  const double half = (ratio.upper - ratio.lower) / 2;
  if (!interval || negligible(half, ratio.ratio)) return "x" + significant_text(ratio.ratio, 3);
  return "x" + mean_text(ratio.ratio, half) + " [" + mean_text(ratio.lower, half) + ", " +
         mean_text(ratio.upper, half) + "]";
}

std::string percent_change(const RatioInterval& ratio, bool interval) {
  if (ratio.ratio >= 5) return times_change(ratio, interval);
  const auto percent = [](double r) { return 100 * (r - 1); };
  const double half = (percent(ratio.upper) - percent(ratio.lower)) / 2;
  if (!interval || half < 0.0005) return with_sign(fixed_text(percent(ratio.ratio), 1)) + " %";
  return with_sign(mean_text(percent(ratio.ratio), half)) + " [" + mean_text(percent(ratio.lower), half) + ", " +
         mean_text(percent(ratio.upper), half) + "] %";
}

}  // namespace

RowUnit row_unit(const ComparisonRow& row) {
  double largest = 0;
  for (const Estimate& arm : row.arms) largest = std::max(largest, std::abs(arm.mean.value_or(0)));
  switch (row.figure.unit) {
    case Unit::seconds: {
      const PrintUnit unit = duration_unit(largest * 1e9);
      return {unit.scale * 1e-9, std::string(unit.name)};
    }
    case Unit::bytes_per_second: {
      const PrintUnit unit = byte_rate_unit(largest);
      return {unit.scale, std::string(unit.name)};
    }
    case Unit::share:
      return {0.01, "%"};
    case Unit::per_second:
      return {1, "/s"};
    case Unit::records:
      return {1, "records"};
    case Unit::usd_per_month:
      return {1, "USD"};
    case Unit::count:
    case Unit::ratio:
      return {1, ""};
  }
  return {};
}

std::string row_head(const ComparisonRow& row, const RowUnit& unit) {
  const std::string mark =
      std::any_of(row.arms.begin(), row.arms.end(), [](const Estimate& arm) { return arm.mean && !arm.note.empty(); })
          ? " *"
          : "";
  return row.figure.label + (unit.name.empty() ? "" : ", " + unit.name) + mark;
}

std::string interval_text(double mean, double half_width, double lowest, double highest, std::optional<double> bound) {
  if (negligible(half_width, mean)) return without_interval(mean) + " ± 0";
  const bool below = lowest >= 0 && mean < half_width;
  const bool above = bound && highest <= *bound && mean + half_width > *bound;
  if (!below && !above) return mean_text(mean, half_width) + " ± " + half_width_text(half_width);
  return significant_text(lowest, 2) + " .. " + significant_text(highest, 2);
}

std::vector<std::string> range_lines(const std::vector<std::vector<std::string>>& cells) {
  for (const std::vector<std::string>& line : cells) {
    for (const std::string& cell : line) {
      if (cell.find(" .. ") != std::string::npos)
        return {"a .. b: the least and the largest trial, where ± would reach beyond what is possible."};
    }
  }
  return {};
}

std::string estimate_cell(const Estimate& estimate, const RowUnit& unit) {
  if (!estimate.mean) return estimate.note == "unstable" ? "unstable" : "-";
  const double mean = *estimate.mean / unit.scale;
  if (!estimate.half_width) return without_interval(mean);
  const double half_width = *estimate.half_width / unit.scale;
  const auto bound = unit.name == "%" ? std::optional(100.0) : std::nullopt;
  return interval_text(mean, half_width, *estimate.lowest / unit.scale, *estimate.highest / unit.scale, bound);
}

std::string change_cell(const ComparisonRow& row, const RowUnit& unit) {
  if (!row.change) return "-";
  const Change& change = *row.change;
  const bool interval = change.half_width.has_value();
  if (change.ratio && row.figure.unit != Unit::share) return percent_change(*change.ratio, interval);
  const std::string points = row.figure.unit == Unit::share ? " pp" : "";
  const double difference = change.difference / unit.scale;
  const double half_width = change.half_width.value_or(0) / unit.scale;
  const double size = std::abs(row.arms[0].mean.value_or(0)) / unit.scale;
  if (negligible(half_width, std::max(size, std::abs(difference)))) {
    return with_sign(without_interval(difference)) + (interval ? " ± 0" : "") + points;
  }
  return with_sign(mean_text(difference, half_width)) + " ± " + half_width_text(half_width) + points;
}

std::string value_text(Unit unit, double value) {
  switch (unit) {
    case Unit::seconds:
      return duration_text(value * 1e9);
    case Unit::bytes_per_second:
      return byte_rate_text(value);
    case Unit::share:
      return percent_text(value);
    case Unit::usd_per_month:
      return "USD " + significant_text(value, 3);
    case Unit::per_second:
      return significant_text(value, 3) + "/s";
    case Unit::records:
    case Unit::count:
    case Unit::ratio:
      return significant_text(value, 3);
  }
  return {};
}

std::string arm_title(const Arm& arm) {
  if (arm.protocol == Protocol::primary_replica) {
    return arm.read == ReadPolicy::leader ? "primary reads" : "replica reads";
  }
  return std::string(title_of(arm.read));
}

}  // namespace brokersim
