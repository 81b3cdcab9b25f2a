// SPDX-License-Identifier: Apache-2.0
#include "analysis/multiple_testing.hpp"

#include <algorithm>
#include <numeric>

#include "analysis/argument.hpp"

namespace brokersim {
namespace {

void check_p_values(std::span<const double> p_values) {
  for (const double p : p_values) require_argument(p >= 0 && p <= 1, "a p-value must lie in [0, 1]");
}

}  // namespace

std::vector<double> holm_adjusted(std::span<const double> p_values) {
  check_p_values(p_values);
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [p_values](std::size_t left, std::size_t right) {
    return p_values[left] != p_values[right] ? p_values[left] < p_values[right] : left < right;
  });
  std::vector<double> adjusted(p_values.size());
  double largest = 0;  // step down: no question may look better than one with a smaller p-value
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const double remaining = static_cast<double>(order.size() - rank);
    largest = std::max(largest, std::min(1.0, remaining * p_values[order[rank]]));
    adjusted[order[rank]] = largest;
  }
  return adjusted;
}

std::vector<double> bonferroni_adjusted(std::span<const double> p_values) {
  check_p_values(p_values);
  std::vector<double> adjusted(p_values.begin(), p_values.end());
  for (double& p : adjusted) p = std::min(1.0, p * static_cast<double>(p_values.size()));
  return adjusted;
}

double bonferroni_level(double level, std::size_t m) {
  require_argument(level > 0 && level < 1, "a level must lie in (0, 1)");
  require_argument(m > 0, "a family of questions has at least one");
  return 1.0 - (1.0 - level) / static_cast<double>(m);
}

}  // namespace brokersim
