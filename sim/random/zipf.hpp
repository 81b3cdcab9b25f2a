// SPDX-License-Identifier: Apache-2.0
// Zipf's law: a few keys are asked for often, most seldom.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "sim/random/stream.hpp"

namespace brokersim {

/// Ranks 0 .. count-1, rank r with a share proportional to (r + 1)^-exponent.
///
/// count     1 .. 2^31; exponent >= 0, at most 20 (0: all alike)
/// draws     exactly one word per sample
/// method    inversion by a guide table: cell j of `count` cells says which rank the uniform number j / count falls in,
/// and
///           a short walk finds the rank; one step on average. So equal words give equal ranks, and close words close
///           ones.
/// cost      20 bytes a rank
/// source    Chen and Asau, On generating random variates from an empirical distribution (1974)
class ZipfTable {
 public:
  ZipfTable(std::uint32_t count, double exponent);

  [[nodiscard]] std::uint32_t sample(RandomStream& random) const;
  /// shape [count], descending, sum 1 up to rounding
  [[nodiscard]] std::span<const double> shares() const& { return shares_; }
  void shares() const&& = delete;  // they would not outlive the table

 private:
  std::vector<double> shares_;
  std::vector<double> up_to_;         // sum of the shares of ranks 0 .. r; the last is 1
  std::vector<std::uint32_t> guide_;  // by cell: the first rank r with up_to_[r] > cell / count
};

}  // namespace brokersim
