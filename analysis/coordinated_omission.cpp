// SPDX-License-Identifier: Apache-2.0
#include "analysis/coordinated_omission.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>

#include "analysis/argument.hpp"

namespace brokersim {

ValueCounts correct_coordinated_omission(const ValueCounts& recorded, double expected_interval) {
  require_argument(recorded.values.size() == recorded.counts.size(), "values and counts differ in length");
  require_finite(recorded.values, "a recorded value is NaN or infinite");
  require_argument(std::isfinite(expected_interval) && expected_interval > 0, "an expected interval must be > 0");
  std::map<double, std::uint64_t> corrected;
  for (std::size_t i = 0; i < recorded.values.size(); ++i) {
    const double value = recorded.values[i];
    const std::uint64_t count = recorded.counts[i];
    require_argument(value >= 0, "a recorded value is negative");
    require_argument(value <= 1e8 * expected_interval, "a recorded value exceeds 10^8 expected intervals");
    if (count == 0) continue;
    corrected[value] += count;
    // value - k interval rather than repeated subtraction, so that no rounding error builds up along the way.
    for (double k = 1; value - k * expected_interval >= expected_interval; k += 1) {
      corrected[value - k * expected_interval] += count;
    }
  }
  ValueCounts result;
  for (const auto& [value, count] : corrected) {
    result.values.push_back(value);
    result.counts.push_back(count);
  }
  return result;
}

}  // namespace brokersim
