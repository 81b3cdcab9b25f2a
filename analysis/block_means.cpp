// SPDX-License-Identifier: Apache-2.0
#include "analysis/block_means.hpp"

#include <cmath>
#include <vector>

#include "analysis/argument.hpp"
#include "analysis/distributions.hpp"
#include "analysis/sum.hpp"

namespace brokersim {

BlockMeans block_means_interval(std::span<const double> series, std::size_t blocks, double level) {
  require_argument(blocks >= 2, "block means need at least two blocks");
  require_argument(series.size() >= blocks, "a series is shorter than its number of blocks");
  require_finite(series, "an observation is NaN or infinite");
  BlockMeans result;
  result.block_size = series.size() / blocks;
  result.skipped = series.size() - result.block_size * blocks;
  const std::span<const double> used = series.subspan(result.skipped);
  std::vector<double> means(blocks);
  for (std::size_t b = 0; b < blocks; ++b) means[b] = mean_of(used.subspan(b * result.block_size, result.block_size));
  result.interval = mean_confidence_interval(means, level);
  result.standard_error = std::sqrt(sample_variance(means) / static_cast<double>(blocks));
  result.lag1_autocorrelation = lag1_autocorrelation(means);
  result.autocorrelation_limit = normal_quantile(0.95) / std::sqrt(static_cast<double>(blocks));
  result.accepted = result.lag1_autocorrelation < result.autocorrelation_limit;
  return result;
}

double lag1_autocorrelation(std::span<const double> column) {
  require_argument(column.size() >= 2, "an autocorrelation needs at least two entries");
  require_finite(column, "an entry is NaN or infinite");
  const double mean = mean_of(column);
  const double squares = squared_deviations(column, mean);
  if (!(squares > 0)) return 0.0;
  CompensatedSum products;
  for (std::size_t i = 1; i < column.size(); ++i) products.add((column[i - 1] - mean) * (column[i] - mean));
  return products.value() / squares;
}

}  // namespace brokersim
