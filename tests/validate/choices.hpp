// SPDX-License-Identifier: Apache-2.0
// The power of d choices, with the product's oracle as the one who chooses: the least loaded of d random places.
#pragma once
#include <cstdint>
#include <vector>

#include "sim/random/stream.hpp"
#include "tests/validate/queues.hpp"

namespace brokersim::validate {

/// How many bins hold at least 1, 2, ... balls when each ball joined the least loaded of `choices` random bins.
[[nodiscard]] std::vector<double> throw_balls(std::uint32_t bins, std::uint64_t balls, std::uint32_t choices,
                                              RandomSource random);

/// Customers join the shortest of `choices` random lines; each line has one server of mean service a second.
struct SupermarketSpec {
  std::uint32_t servers = 1, choices = 1;
  double load = 0;  ///< arrivals a second and server
};
struct SupermarketResult {
  Spans sojourn;
  double present = 0;              ///< customers a server, mean over time
  std::vector<double> at_least{};  ///< shape [levels + 1]: share of servers and time with at least so many customers
};
[[nodiscard]] SupermarketResult run_supermarket(const SupermarketSpec& spec, RandomSource random, double customers,
                                                double warm_up, std::size_t levels);

}  // namespace brokersim::validate
