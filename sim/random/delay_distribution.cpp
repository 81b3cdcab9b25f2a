// SPDX-License-Identifier: Apache-2.0
#include "sim/random/delay_distribution.hpp"

#include <algorithm>

#include "sim/core/contract.hpp"
#include "sim/random/lognormal.hpp"

namespace brokersim {

namespace {

/// -mean ln u, in ns.
double exponential_ns(Duration mean, double uniform) {
  return -static_cast<double>(mean.count()) * fixed_log(uniform);
}

}  // namespace

Duration DelayDistribution::sample_other(RandomStream& random) const {
  switch (law) {
    case Law::constant:
    case Law::exponential:
      break;
    case Law::uniform: {
      require(minimum <= maximum, "a uniform delay's minimum is at most its maximum");
      return minimum + rounded_span(static_cast<double>((maximum - minimum).count()) * random.uniform());
    }
    case Law::lognormal:
      return minimum + Lognormal(mean, scv).sample(random);
    case Law::erlang: {
      require(shape >= 1, "an erlang delay has a shape of at least 1");
      double logarithms = 0;
      for (std::uint32_t stage = 0; stage < shape; ++stage) logarithms += fixed_log(random.uniform());
      return minimum + rounded_span(-static_cast<double>(mean.count()) / shape * logarithms);
    }
    case Law::hyperexponential: {
      const bool first = random.uniform() < first_probability;
      return minimum + rounded_span(exponential_ns(first ? mean : second_mean, random.uniform()));
    }
  }
  require(false, "a delay's law is one of the six");
  return {};
}

DelayDistribution DelayDistribution::times(double factor) const {
  DelayDistribution longer = *this;
  for (Duration* span : {&longer.mean, &longer.minimum, &longer.maximum, &longer.second_mean}) {
    const double ns = static_cast<double>(span->count()) * factor;
    *span = std::max(*span, rounded_span(std::min(ns, static_cast<double>(longest.count()))));
  }
  return longer;
}

Duration DelayDistribution::expected() const {
  switch (law) {
    case Law::constant:
      return mean;
    case Law::uniform:
      return minimum + (maximum - minimum) / 2;
    case Law::exponential:
    case Law::lognormal:
    case Law::erlang:
      return minimum + mean;
    case Law::hyperexponential:
      return minimum + rounded_span(static_cast<double>(mean.count()) * first_probability +
                                    static_cast<double>(second_mean.count()) * (1 - first_probability));
  }
  require(false, "a delay's law is one of the six");
  return {};
}

}  // namespace brokersim
