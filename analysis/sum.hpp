// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace brokersim {

/// A sum that carries the rounding error of each addition along, so that a printed total of many small figures is
/// right to the last digits whatever their sizes. Entries are added in the order given: same column, same bits.
///
/// source  Neumaier (1974), ZAMM 54, 39-51
class CompensatedSum {
 public:
  void add(double value) {
    const double total = sum_ + value;
    error_ += std::abs(sum_) >= std::abs(value) ? (sum_ - total) + value : (value - total) + sum_;
    sum_ = total;
  }
  [[nodiscard]] double value() const { return sum_ + error_; }

 private:
  double sum_ = 0;
  double error_ = 0;
};

[[nodiscard]] inline double sum_of(std::span<const double> column) {
  CompensatedSum sum;
  for (const double value : column) sum.add(value);
  return sum.value();
}

/// Mean of a column that is not empty.
[[nodiscard]] inline double mean_of(std::span<const double> column) {
  return sum_of(column) / static_cast<double>(column.size());
}

/// Sum of squared distances from `mean`, two-pass, which loses nothing when the spread is small against the mean.
[[nodiscard]] inline double squared_deviations(std::span<const double> column, double mean) {
  CompensatedSum sum;
  for (const double value : column) sum.add((value - mean) * (value - mean));
  return sum.value();
}

/// Sample variance (divisor n - 1) of a column of at least two entries.
[[nodiscard]] inline double sample_variance(std::span<const double> column) {
  return squared_deviations(column, mean_of(column)) / static_cast<double>(column.size() - 1);
}

/// Entry by entry a - b of two columns of one length.
[[nodiscard]] inline std::vector<double> differences_of(std::span<const double> a, std::span<const double> b) {
  std::vector<double> result(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) result[i] = a[i] - b[i];
  return result;
}

}  // namespace brokersim
