// SPDX-License-Identifier: Apache-2.0
#include "analysis/stability.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/argument.hpp"
#include "analysis/sum.hpp"

namespace brokersim {
namespace {

constexpr std::size_t windows_needed = 6;
constexpr double growth_share = 0.01;
constexpr double growth_deviations = 4.0;

void check_column(std::span<const double> column) {
  for (const double value : column) {
    require_argument(std::isfinite(value) && value >= 0, "a stability column has a negative or non-finite entry");
  }
}

double arrival_deviation(std::span<const double> arrivals) {
  const double windows = static_cast<double>(arrivals.size());
  return std::sqrt(std::max(sum_of(arrivals), windows * sample_variance(arrivals)));
}

/// Whether the means of the thirds, and then the last entry, rise strictly.
bool rises_by_thirds(std::span<const double> backlog) {
  const std::size_t third = backlog.size() / 3;
  const double first = mean_of(backlog.subspan(0, third));
  const double second = mean_of(backlog.subspan(third, third));
  const double last = mean_of(backlog.subspan(2 * third));
  return first < second && second < last && (third < 2 || last < backlog.back());
}

}  // namespace

StabilityVerdict assess_stability(const StabilityColumns& columns) {
  require_argument(columns.arrivals.size() == columns.backlog.size(), "arrivals and backlog have the same windows");
  check_column(columns.offered_utilization);
  check_column(columns.arrivals);
  check_column(columns.backlog);
  StabilityVerdict verdict;
  const std::span<const double> offered = columns.offered_utilization;
  if (!offered.empty()) {
    const auto busiest = std::max_element(offered.begin(), offered.end());
    verdict.busiest_resource = static_cast<std::size_t>(busiest - offered.begin());
    verdict.busiest_utilization = *busiest;
  }
  verdict.backlog_judged = columns.backlog.size() >= windows_needed;
  bool grows = false;
  if (verdict.backlog_judged) {
    const std::size_t middle = columns.backlog.size() / 2;
    const std::span<const double> arrivals = columns.arrivals.subspan(middle);
    verdict.backlog_growth = columns.backlog.back() - columns.backlog[middle - 1];
    verdict.arrivals_then = sum_of(arrivals);
    verdict.growth_needed =
        std::max(growth_share * verdict.arrivals_then, growth_deviations * arrival_deviation(arrivals));
    grows = verdict.backlog_growth > verdict.growth_needed && rises_by_thirds(columns.backlog.subspan(middle));
  }
  if (verdict.busiest_utilization >= 1) {
    verdict.reason = Instability::overload;
  } else if (grows) {
    verdict.reason = Instability::growing_backlog;
  }
  return verdict;
}

}  // namespace brokersim
