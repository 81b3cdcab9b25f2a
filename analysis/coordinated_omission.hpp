// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "analysis/percentile.hpp"

namespace brokersim {

/// Latencies that a closed-loop client would have seen had it kept sending every `expected_interval`: for each recorded
/// value v also v - interval, v - 2 interval, ... down to the interval itself. An estimate for recorded traces only;
/// the simulator knows the true intended times.
///
/// recorded           values >= 0 with counts, same unit as the interval
/// expected_interval  > 0
/// throws             std::invalid_argument if that is violated, or a value exceeds 10^8 intervals (the interval is
/// then
///                    surely in another unit)
/// source             Tene, coordinated omission; HdrHistogram's recordValueWithExpectedInterval
[[nodiscard]] ValueCounts correct_coordinated_omission(const ValueCounts& recorded, double expected_interval);

}  // namespace brokersim
