// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace brokersim {

/// Distribution of the fullest broker when P equal leaders are put on B brokers independently and at random: the exact
/// multinomial, which the peak-to-mean of a real placement is held against.
///
/// method  Given the total, multinomial counts are independent Poisson ones. So P(max <= m) is the chance that B
/// Poisson
///         counts cut off at m sum to P (cut_total.hpp), over the same chance without the cut
/// error   relative, of P(max <= m), below 1e-9 (1e-11 as measured against exact fractions)
/// source  Poissonisation: Holst (1986), International Statistical Review 54; S-LB-MAXLOAD of load-balance.json
class RandomPlacement {
 public:
  /// P(max <= m) for m = first_maximum() .. first_maximum() + size - 1; below it 0, above it 1 within 1e-15.
  [[nodiscard]] const std::vector<double>& cumulative() const { return cumulative_; }
  [[nodiscard]] std::uint64_t first_maximum() const { return first_maximum_; }

  [[nodiscard]] double maximum_at_most(std::uint64_t m) const;
  [[nodiscard]] double expected_maximum() const { return expected_maximum_; }
  [[nodiscard]] double expected_peak_to_mean() const;
  /// Smallest m with P(max <= m) >= p, p in (0, 1): what a placement exceeds by chance in 1 - p of cases.
  [[nodiscard]] std::uint64_t maximum_quantile(double p) const;
  /// B (1 - 1/B)^P.
  [[nodiscard]] double expected_empty_brokers() const;

 private:
  friend std::optional<RandomPlacement> random_placement(std::uint64_t partitions, std::uint64_t brokers);
  RandomPlacement(std::uint64_t partitions, std::uint64_t brokers) : partitions_(partitions), brokers_(brokers) {}

  std::uint64_t partitions_;
  std::uint64_t brokers_;
  std::uint64_t first_maximum_ = 0;
  std::vector<double> cumulative_;
  double expected_maximum_ = 0;
};

/// The distribution for P partitions and B brokers.
///
/// cost     milliseconds at most sizes, below a second up to P = 10^5 with any number of brokers (see tests)
/// returns  none if P > 10^7, or more than 3 10^8 terms (one second) would be needed: some 10^6 on 10 to 100 brokers
/// throws   std::invalid_argument if partitions or brokers is 0
[[nodiscard]] std::optional<RandomPlacement> random_placement(std::uint64_t partitions, std::uint64_t brokers);

}  // namespace brokersim
