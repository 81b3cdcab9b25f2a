// SPDX-License-Identifier: Apache-2.0
#include "analysis/warm_up.hpp"

#include <vector>

#include "analysis/argument.hpp"
#include "analysis/sum.hpp"

namespace brokersim {
namespace {

constexpr std::size_t group_size = 5;

std::vector<double> group_means(std::span<const double> series) {
  std::vector<double> means(series.size() / group_size);
  for (std::size_t g = 0; g < means.size(); ++g) means[g] = mean_of(series.subspan(g * group_size, group_size));
  return means;
}

}  // namespace

WarmUp find_warm_up(std::span<const double> series) {
  require_argument(series.size() >= group_size, "a warm-up search needs at least 5 observations");
  require_finite(series, "an observation is NaN or infinite");
  const std::vector<double> groups = group_means(series);
  const std::size_t last_cut = groups.size() / 2;
  WarmUp result;
  result.groups = groups.size();
  // From the end towards the start, each group joins the running mean and spread (Welford) of what a cut before it
  // would keep; "<=" leaves the smallest cut on ties.
  double kept = 0;
  double mean = 0;
  double squares = 0;
  for (std::size_t cut = groups.size(); cut-- > 0;) {
    kept += 1.0;
    const double distance = groups[cut] - mean;
    mean += distance / kept;
    squares += distance * (groups[cut] - mean);
    if (cut > last_cut) continue;
    const double objective = squares / (kept * kept);
    if (cut == last_cut || objective <= result.objective) {
      result.objective = objective;
      result.groups_deleted = cut;
    }
  }
  result.observations_deleted = group_size * result.groups_deleted;
  result.too_short = result.groups_deleted == last_cut;
  return result;
}

}  // namespace brokersim
