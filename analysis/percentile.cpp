// SPDX-License-Identifier: Apache-2.0
#include "analysis/percentile.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "analysis/argument.hpp"
#include "analysis/sum.hpp"

namespace brokersim {
namespace {

void check_columns(const ValueCounts& column) {
  require_argument(column.values.size() == column.counts.size(), "values and counts differ in length");
  require_finite(column.values, "a counted value is NaN or infinite");
  for (std::size_t i = 1; i < column.values.size(); ++i) {
    require_argument(column.values[i - 1] < column.values[i], "counted values are not strictly ascending");
  }
}

std::vector<double> sorted(std::span<const double> column) {
  require_argument(!column.empty(), "a percentile needs at least one value");
  for (const double value : column) require_argument(!std::isnan(value), "a percentile of NaN has no meaning");
  std::vector<double> result(column.begin(), column.end());
  std::sort(result.begin(), result.end());
  return result;
}

/// The rank-th smallest counted value, rank from 1; none beyond the last.
std::optional<double> value_at_rank(const ValueCounts& column, std::uint64_t rank) {
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < column.values.size(); ++i) {
    below += column.counts[i];
    if (below >= rank) return column.values[i];
  }
  return std::nullopt;
}

/// Where type 7 looks: between the ranks `lower` and lower + 1 (from 1), `weight` of the way.
struct Type7Place {
  std::uint64_t lower;
  double weight;
};

Type7Place type7_place(double p, std::uint64_t n) {
  require_argument(p >= 0 && p <= 1, "a percentile lies in [0, 1]");
  require_argument(n > 0, "a percentile needs at least one value");
  const double position = p * static_cast<double>(n - 1);
  const double whole = std::floor(position);
  return Type7Place{static_cast<std::uint64_t>(whole) + 1, position - whole};
}

}  // namespace

std::uint64_t nearest_rank(double p, std::uint64_t n) {
  require_argument(p > 0 && p <= 1, "a percentile lies in (0, 1]");
  require_argument(n > 0, "a percentile needs at least one value");
  const double exact = p * static_cast<double>(n);
  const double whole = std::round(exact);
  // p and the product are each off by at most half a unit in the last place; 4 units also cover p = 1 - 1e-k.
  const double slack = exact * 0x1p-50;
  const double rank = std::abs(exact - whole) <= slack ? whole : std::ceil(exact);
  return std::clamp<std::uint64_t>(static_cast<std::uint64_t>(rank), 1, n);
}

double nearest_rank_percentile(std::span<const double> column, double p) {
  const std::vector<double> values = sorted(column);
  return values[static_cast<std::size_t>(nearest_rank(p, values.size()) - 1)];
}

std::optional<double> nearest_rank_percentile(const ValueCounts& column, double p, std::uint64_t censored) {
  check_columns(column);
  return value_at_rank(column, nearest_rank(p, total_count(column) + censored));
}

double type7_percentile(std::span<const double> column, double p) {
  const std::vector<double> values = sorted(column);
  const Type7Place place = type7_place(p, values.size());
  const double lower = values[static_cast<std::size_t>(place.lower - 1)];
  if (!(place.weight > 0)) return lower;
  return lower + place.weight * (values[static_cast<std::size_t>(place.lower)] - lower);
}

std::optional<double> type7_percentile(const ValueCounts& column, double p, std::uint64_t censored) {
  check_columns(column);
  const Type7Place place = type7_place(p, total_count(column) + censored);
  const std::optional<double> lower = value_at_rank(column, place.lower);
  if (!lower || !(place.weight > 0)) return lower;
  const std::optional<double> upper = value_at_rank(column, place.lower + 1);
  if (!upper) return std::nullopt;
  return *lower + place.weight * (*upper - *lower);
}

double mean_of_counts(const ValueCounts& column) {
  check_columns(column);
  const std::uint64_t total = total_count(column);
  require_argument(total > 0, "the mean of no values has no meaning");
  CompensatedSum sum;
  for (std::size_t i = 0; i < column.values.size(); ++i)
    sum.add(column.values[i] * static_cast<double>(column.counts[i]));
  return sum.value() / static_cast<double>(total);
}

std::uint64_t total_count(const ValueCounts& column) {
  std::uint64_t total = 0;
  for (const std::uint64_t count : column.counts) total += count;
  return total;
}

}  // namespace brokersim
