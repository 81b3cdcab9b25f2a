// SPDX-License-Identifier: Apache-2.0
// Which way messages go between zones: the route of least expected latency over the stated links.
#pragma once
#include <cstdint>
#include <vector>

#include "sim/model/specification.hpp"

namespace brokersim {

/// One link of a route, in one of its directions.
struct Hop {
  std::uint32_t link = 0;  ///< index into NetworkSpec::links, or links.size() + zone for the path within a zone
  bool reversed = false;   ///< from b to a
};

/// For every ordered pair of zones the hops of its route, [from * zones + to]: the link between them if there is one,
/// however slow, as in a network with a way of its own for every pair; else the way of least latency over others. Ties
/// go to the link stated first.
///
/// throws  std::invalid_argument if some zone cannot be reached from another
[[nodiscard]] std::vector<std::vector<Hop>> shortest_routes(const NetworkSpec& network);

}  // namespace brokersim
