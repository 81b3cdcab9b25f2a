// SPDX-License-Identifier: Apache-2.0
// The lognormal law: service times and delays with a heavy, yet tame, tail.
#pragma once
#include <cmath>

#include "sim/core/contract.hpp"
#include "sim/core/sim_time.hpp"
#include "sim/random/exponential.hpp"
#include "sim/random/fixed_math.hpp"
#include "sim/random/stream.hpp"

namespace brokersim {

/// e^(mu + sigma Z), Z standard normal, given by its mean and its squared coefficient of variation.
///
/// mean    >= 0, at most 2^57 ns; scv > 0, at most 10^4. Median mean / sqrt(1 + scv)
/// draws   exactly one word per sample
/// method  inversion: sigma^2 = ln(1 + scv), mean * e^(sigma z - sigma^2 / 2), z the normal quantile of a uniform
/// number.
///         What would be above 2^62 ns (146 years) is 2^62 ns.
class Lognormal {
 public:
  Lognormal(Duration mean, double scv) : mean_(static_cast<double>(mean.count())) {
    require(mean >= Duration::zero() && mean.count() <= std::int64_t{1} << 57, "a mean is in [0, 2^57] ns");
    require(scv > 0 && scv <= 1e4, "a lognormal's scv is in (0, 10^4]");
    const double sigma_squared = fixed_log(1 + scv);
    half_sigma_squared_ = sigma_squared / 2;
    sigma_ = std::sqrt(sigma_squared);
  }

  /// The same law of plain numbers.
  Lognormal(double mean, double scv) : Lognormal(Duration::zero(), scv) { mean_ = mean; }

  [[nodiscard]] Duration sample(RandomStream& random) const {
    const double ns = number(random);
    return rounded_span(ns < 0x1p62 ? ns : 0x1p62);
  }
  /// A sample before rounding.
  [[nodiscard]] double number(RandomStream& random) const {
    return mean_ * fixed_exp(sigma_ * fixed_normal_quantile(random.uniform()) - half_sigma_squared_);
  }

 private:
  double mean_;  // ns
  double sigma_ = 0;
  double half_sigma_squared_ = 0;
};

}  // namespace brokersim
