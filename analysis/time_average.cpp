// SPDX-License-Identifier: Apache-2.0
#include "analysis/time_average.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "analysis/argument.hpp"
#include "analysis/sum.hpp"

namespace brokersim {

StepSummary summarize_steps(std::span<const double> times, std::span<const double> values, double end) {
  require_argument(!times.empty() && times.size() == values.size(), "a step function needs a time for every value");
  require_finite(times, "a step time is NaN or infinite");
  require_finite(values, "a step value is NaN or infinite");
  require_argument(std::is_sorted(times.begin(), times.end()), "step times are not in order");
  require_argument(std::isfinite(end) && end > times.front(), "a step function needs an end after its start");
  CompensatedSum area;
  double maximum = std::numeric_limits<double>::lowest();
  for (std::size_t i = 0; i < times.size() && times[i] < end; ++i) {
    const double until = i + 1 < times.size() ? std::min(times[i + 1], end) : end;
    if (until == times[i]) continue;
    area.add(values[i] * (until - times[i]));
    maximum = std::max(maximum, values[i]);
  }
  return StepSummary{area.value() / (end - times.front()), maximum};
}

}  // namespace brokersim
