// SPDX-License-Identifier: Apache-2.0
#include "sim/random/zipf.hpp"

#include "sim/core/contract.hpp"
#include "sim/random/fixed_math.hpp"

namespace brokersim {

ZipfTable::ZipfTable(std::uint32_t count, double exponent) : shares_(count), up_to_(count), guide_(count) {
  require(count >= 1 && count <= std::uint32_t{1} << 31, "Zipf's law has 1 to 2^31 ranks");
  require(exponent >= 0 && exponent <= 20, "Zipf's exponent is in [0, 20]");
  double total = 0;
  for (std::uint32_t rank = count; rank-- > 0;) {  // the small ones first, which loses least
    shares_[rank] = fixed_power(rank + 1.0, -exponent);
    total += shares_[rank];
  }
  double sum = 0;
  for (std::uint32_t rank = 0; rank < count; ++rank) {
    shares_[rank] /= total;
    sum += shares_[rank];
    up_to_[rank] = sum;
  }
  up_to_.back() = 1;
  std::uint32_t rank = 0;
  for (std::uint32_t cell = 0; cell < count; ++cell) {
    while (up_to_[rank] <= static_cast<double>(cell) / count) ++rank;
    guide_[cell] = rank;
  }
}

std::uint32_t ZipfTable::sample(RandomStream& random) const {
  const double u = random.uniform();
  // Rounding may lift the product to the next cell, whose first rank may be one too high: walk both ways.
  const auto cells = static_cast<double>(guide_.size());
  auto cell = static_cast<std::size_t>(u * cells);
  if (cell >= guide_.size()) cell = guide_.size() - 1;
  std::uint32_t rank = guide_[cell];
  while (rank > 0 && u < up_to_[rank - 1]) --rank;
  while (u >= up_to_[rank]) ++rank;
  return rank;
}

}  // namespace brokersim
