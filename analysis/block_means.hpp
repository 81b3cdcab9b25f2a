// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

#include "analysis/confidence.hpp"

namespace brokersim {

/// An interval from one long run, by the method of batch means (said "block" here: a batch is a producer's).
struct BlockMeans {
  Interval interval;                // interval.n = blocks
  double standard_error = 0;        // of the mean
  std::size_t block_size = 0;       // observations a block
  std::size_t skipped = 0;          // at the start, where the warm-up may linger, so that the blocks come out even
  double lag1_autocorrelation = 0;  // of the block means
  double autocorrelation_limit = 0;
  bool accepted = false;  // autocorrelation below its 5 % one-sided limit; if not, double the block length
};

/// Splits a series into `blocks` equal blocks and treats their means as independent trials.
///
/// series  in order of time, warm-up already deleted
/// blocks  20 to 30 for a report; at least 2, at most the length of the series
/// throws  std::invalid_argument otherwise, or for a NaN or infinite entry
/// source  Law, section 9.5.3; Schmeiser (1982); metrics-and-statistics.md section 8.4
[[nodiscard]] BlockMeans block_means_interval(std::span<const double> series, std::size_t blocks = 20,
                                              double level = 0.95);

/// sum (x_i - m)(x_{i+1} - m) / sum (x_i - m)^2; 0 for a column that does not vary.
[[nodiscard]] double lag1_autocorrelation(std::span<const double> column);

}  // namespace brokersim
