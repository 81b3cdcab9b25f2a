// SPDX-License-Identifier: Apache-2.0
#include "analysis/cost.hpp"

#include <cmath>

#include "analysis/argument.hpp"

namespace brokersim {

double monthly_cost(double bytes, double interval_s, double price_per_gigabyte) {
  require_argument(std::isfinite(bytes) && bytes >= 0, "bytes must be >= 0");
  require_argument(std::isfinite(interval_s) && interval_s > 0, "an interval must be > 0 seconds");
  return monthly_cost_of_rate(bytes / interval_s, price_per_gigabyte);
}

double monthly_cost_of_rate(double bytes_per_second, double price_per_gigabyte) {
  require_argument(std::isfinite(bytes_per_second) && bytes_per_second >= 0, "a byte rate must be >= 0");
  require_argument(std::isfinite(price_per_gigabyte) && price_per_gigabyte >= 0, "a price must be >= 0");
  return bytes_per_second * seconds_per_billed_month / bytes_per_billed_gigabyte * price_per_gigabyte;
}

}  // namespace brokersim
