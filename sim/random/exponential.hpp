// SPDX-License-Identifier: Apache-2.0
// The exponential law: times without memory.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "sim/core/contract.hpp"
#include "sim/core/sim_time.hpp"
#include "sim/random/fixed_math.hpp"
#include "sim/random/stream.hpp"

namespace brokersim {

/// Rounds a span in ns, >= 0 and below 2^63, to a whole number of ns; halves go up.
[[nodiscard]] inline Duration rounded_span(double ns) {
  return Duration{static_cast<std::int64_t>(ns + 0.5)};
}

/// Exponential time between arrivals, or of one service (the M in M/M/1).
///
/// mean    > 0, at most 2^57 ns (4.5 years); variance mean^2
/// draws   exactly one word per sample, so compared runs stay in step
/// method  inversion: -mean * ln(u), u uniform on (0, 1) with 52 bits, so no sample is above 36.8 means
/// source  Devroye, Non-Uniform Random Variate Generation (1986), II.2
class Exponential {
 public:
  explicit Exponential(Duration mean) : minus_mean_(-static_cast<double>(mean.count())) {
    require(mean > Duration::zero() && mean.count() <= std::int64_t{1} << 57, "a mean is in (0, 2^57] ns");
  }

  [[nodiscard]] Duration sample(RandomStream& random) const { return rounded_span(sample_ns(random)); }
  /// The same in ns before rounding, >= 0, for sums that are rounded once.
  [[nodiscard]] double sample_ns(RandomStream& random) const { return minus_mean_ * fixed_log(random.uniform()); }
  /// As many samples as `spans` holds: the very ones that sample() would give.
  void fill(RandomStream& random, std::span<Duration> spans) const {
    for (Duration& span : spans) span = sample(random);
  }
  [[nodiscard]] Duration mean() const { return Duration{static_cast<std::int64_t>(-minus_mean_)}; }

 private:
  double minus_mean_;  // ns
};

/// Exponential spans from a stream of their own, worked out a block ahead, which is about twice as fast: a simulation
/// waits for one logarithm at a time, while the logarithms of a block overlap. For the busiest streams.
///
/// The samples are the very ones that Exponential{mean}.sample() would take from the stream, whatever the order of
/// means. draws   one word per sample, but up to 32 words ahead of the samples
class ExponentialSeries {
 public:
  explicit ExponentialSeries(RandomStream stream) : stream_(stream) {}

  /// mean  0 .. 2^57 ns
  [[nodiscard]] Duration sample(Duration mean) {
    if (next_ == ahead_.size()) [[unlikely]]
      refill();
    return rounded_span(static_cast<double>(mean.count()) * ahead_[next_++]);
  }

 private:
  void refill();

  RandomStream stream_;
  std::array<double, 32> ahead_{};  // of mean 1
  std::size_t next_ = ahead_.size();
};

}  // namespace brokersim
