// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace brokersim {

// Inner part of random_placement.hpp: the chance that `brokers` independent Poisson counts of mean total / brokers,
// each at most m, sum to `total`; asked for m = ceil(total / brokers), then m + 1, and so on. Two methods that share
// nothing but the counts, each quick where the other is slow, and held against each other in tests/analysis.

/// Probabilities of consecutive counts, the first one being of `first`.
struct Counts {
  std::uint64_t first;
  std::vector<double> weight;
};

/// A Poisson count, over the window outside which nothing is left in double precision. mean > 0.
[[nodiscard]] Counts poisson_counts(double mean);

/// By recursion on m. With p = P(count = m), the sum of b counts that are at most m is, for each number i of counts
/// that equal m, C(b, i) p^i times the sum of b - i counts that are at most m - 1. All terms are positive: nothing
/// cancels. Work per step grows with brokers^2.5, so this one is for few brokers.
class CutTotalByRecursion {
 public:
  CutTotalByRecursion(std::uint64_t total, std::uint64_t brokers);
  /// The chance for the next m. Adds the terms it summed to `terms`.
  [[nodiscard]] double next(double& terms);

 private:
  /// Distribution of the sum of b counts that are at most m, in the window of sums that can matter to the total.
  struct Sum {
    std::int64_t first;
    std::vector<double> chance;
    [[nodiscard]] double at(std::int64_t n) const {
      const std::int64_t index = n - first;
      return index >= 0 && index < static_cast<std::int64_t>(chance.size()) ? chance[static_cast<std::size_t>(index)]
                                                                            : 0;
    }
  };
  void start(double& terms);
  void admit(double probability, double& terms);

  std::uint64_t total_;
  std::uint64_t brokers_;
  Counts counts_;
  std::uint64_t m_ = 0;    // of the sums held; 0 before the first
  std::vector<Sum> sums_;  // by number of counts, 0 .. brokers
};

/// By inverting the characteristic function of one cut count (a finite Fourier sum), after tilting the counts so that
/// their mean is total / brokers again, where the sum's distribution peaks and nothing cancels. The more brokers, the
/// sooner the terms fall off.
class CutTotalByInversion {
 public:
  CutTotalByInversion(std::uint64_t total, std::uint64_t brokers);
  [[nodiscard]] double next(double& terms);

 private:
  std::uint64_t total_;
  std::uint64_t brokers_;
  Counts counts_;
  std::uint64_t m_;  // of the next answer
};

}  // namespace brokersim
