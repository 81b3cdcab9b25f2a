// SPDX-License-Identifier: Apache-2.0
#include "sim/figures/comparison.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/confidence.hpp"
#include "analysis/multiple_testing.hpp"
#include "sim/core/contract.hpp"

namespace brokersim {
namespace {

/// The values, if every trial has one.
std::optional<std::vector<double>> complete(const FigureColumn& column) {
  std::vector<double> values;
  for (const std::optional<double>& value : column.values) {
    if (!value) return std::nullopt;
    values.push_back(*value);
  }
  return values;
}

Estimate estimate(const FigureColumn& column, const ArmVerdict& verdict) {
  Estimate result;
  if (!verdict.stable && column.figure.needs == Needs::steady_state) {
    result.note = "unstable";
    return result;
  }
  const auto values = complete(column);
  if (!values) {
    result.note = "not observed in every trial";
    return result;
  }
  result.note = column.figure.note;
  result.lowest = *std::min_element(values->begin(), values->end());
  result.highest = *std::max_element(values->begin(), values->end());
  if (values->size() < 2) {
    result.mean = values->front();
    return result;
  }
  const Interval interval = mean_confidence_interval(*values, confidence_level);
  result.mean = interval.mean;
  result.half_width = interval.half_width;
  return result;
}

/// Whether a mean is told apart from 0: a ratio to, or of, one that is not says nothing.
bool above_zero(const Estimate& arm) {
  return *arm.mean > arm.half_width.value_or(0);
}

Change change(const std::vector<double>& first, const std::vector<double>& other, bool as_ratio) {
  Change result;
  if (first.size() < 2) {
    result.difference = other.front() - first.front();
    if (as_ratio) {
      const double ratio = other.front() / first.front();
      result.ratio = RatioInterval{ratio, ratio, ratio, 0, 1};
    }
    return result;
  }
  const PairedDifference paired = paired_difference(other, first, confidence_level);
  result.difference = paired.difference.mean;
  result.half_width = paired.difference.half_width;
  if (as_ratio) result.ratio = paired_ratio(other, first, confidence_level);
  result.p_value = paired.p_value;
  result.correlation = paired.correlation;
  if (paired.pairing_failed()) result.welch = welch_difference(other, first, confidence_level).difference;
  return result;
}

/// With this many questions some would look answered by luck (section 8.8).
void adjust_p_values(std::vector<ComparisonRow>& rows) {
  std::vector<double> values;
  for (const ComparisonRow& row : rows) {
    if (row.change && row.change->p_value) values.push_back(*row.change->p_value);
  }
  const std::vector<double> adjusted = holm_adjusted(values);
  std::size_t next = 0;
  for (ComparisonRow& row : rows) {
    if (row.change && row.change->p_value) row.change->p_value_holm = adjusted[next++];
  }
}

}  // namespace

bool Change::shown() const {
  return half_width ? std::abs(difference) > *half_width : difference != 0;
}

std::vector<ComparisonRow> compare_arms(const std::vector<std::vector<FigureColumn>>& columns,
                                        const std::vector<ArmVerdict>& verdicts) {
  require(columns.size() == verdicts.size() && !columns.empty(), "there is an arm, and a verdict of each");
  std::vector<ComparisonRow> rows;
  for (std::size_t i = 0; i < columns.front().size(); ++i) {
    ComparisonRow row;
    row.figure = columns.front()[i].figure;
    row.figure.value.reset();
    for (std::size_t a = 0; a < columns.size(); ++a) row.arms.push_back(estimate(columns[a][i], verdicts[a]));
    const bool both = row.arms.size() == 2 && row.arms[0].mean && row.arms[1].mean;
    if (both) {
      row.change = change(*complete(columns[0][i]), *complete(columns[1][i]),
                          above_zero(row.arms[0]) && above_zero(row.arms[1]));
    }
    rows.push_back(std::move(row));
  }
  adjust_p_values(rows);
  return rows;
}

const ComparisonRow& row_named(const std::vector<ComparisonRow>& rows, std::string_view name) {
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&](const ComparisonRow& row) { return row.figure.name == name; });
  require(found != rows.end(), "a figure is looked up by a name that exists");
  return *found;
}

}  // namespace brokersim
