// SPDX-License-Identifier: Apache-2.0
#include "sim/random/exponential.hpp"

namespace brokersim {

void ExponentialSeries::refill() {
  for (double& unit : ahead_) unit = -fixed_log(stream_.uniform());
  next_ = 0;
}

}  // namespace brokersim
