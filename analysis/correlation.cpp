// SPDX-License-Identifier: Apache-2.0
#include "analysis/correlation.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

#include "analysis/argument.hpp"
#include "analysis/sum.hpp"

namespace brokersim {

std::vector<double> average_ranks(std::span<const double> column) {
  require_finite(column, "an entry to rank is NaN or infinite");
  std::vector<std::size_t> order(column.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [column](std::size_t left, std::size_t right) {
    return column[left] != column[right] ? column[left] < column[right] : left < right;
  });
  std::vector<double> ranks(column.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t past = first;
    while (past < order.size() && column[order[past]] == column[order[first]]) ++past;
    const double shared = (static_cast<double>(first + 1) + static_cast<double>(past)) / 2.0;
    for (; first < past; ++first) ranks[order[first]] = shared;
  }
  return ranks;
}

std::optional<double> correlation(std::span<const double> a, std::span<const double> b) {
  require_argument(a.size() == b.size(), "two columns to correlate differ in length");
  require_finite(a, "an entry to correlate is NaN or infinite");
  require_finite(b, "an entry to correlate is NaN or infinite");
  if (a.size() < 2) return std::nullopt;
  // A column that does not vary is recognised by its entries: its computed mean may be off by one rounding step.
  const auto varies = [](std::span<const double> column) {
    return std::any_of(column.begin(), column.end(), [column](double value) { return value != column.front(); });
  };
  if (!varies(a) || !varies(b)) return std::nullopt;
  const double mean_a = mean_of(a);
  const double mean_b = mean_of(b);
  CompensatedSum products;
  for (std::size_t i = 0; i < a.size(); ++i) products.add((a[i] - mean_a) * (b[i] - mean_b));
  const double spread = std::sqrt(squared_deviations(a, mean_a)) * std::sqrt(squared_deviations(b, mean_b));
  if (!(spread > 0)) return std::nullopt;
  return std::clamp(products.value() / spread, -1.0, 1.0);
}

std::optional<double> rank_correlation(std::span<const double> a, std::span<const double> b) {
  return correlation(average_ranks(a), average_ranks(b));
}

}  // namespace brokersim
