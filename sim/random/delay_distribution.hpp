// SPDX-License-Identifier: Apache-2.0
// A law of delays or service times that a scenario can name.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "sim/core/sim_time.hpp"
#include "sim/random/exponential.hpp"
#include "sim/random/stream.hpp"

namespace brokersim {

/// A distribution of a span of time. Every law draws exactly one word per sample, except erlang (`shape` words) and
/// hyperexponential (two words), so that compared runs stay in step.
///
/// constant          always `mean`
/// uniform           between `minimum` and `maximum`
/// exponential       mean `mean`, added to `minimum`
/// lognormal         mean `mean` and squared coefficient of variation `scv`, added to `minimum`
/// erlang            sum of `shape` exponentials, together of mean `mean`, added to `minimum`
/// hyperexponential  mean `mean` with probability `first_probability`, else mean `second_mean`, added to `minimum`
///
/// Means are at most 2^57 ns (4.5 years), and so are `minimum` and `maximum`; a mean of 0 gives 0.
struct DelayDistribution {
  enum class Law : std::uint8_t { constant, uniform, exponential, lognormal, erlang, hyperexponential };
  static constexpr std::array<std::string_view, 6> law_names{"constant",  "uniform", "exponential",
                                                             "lognormal", "erlang",  "hyperexponential"};
  Law law = Law::constant;
  Duration mean{};
  Duration minimum{};
  Duration maximum{};            ///< uniform only
  double scv = 1.0;              ///< lognormal only, > 0
  std::uint32_t shape = 1;       ///< erlang only, >= 1
  double first_probability = 1;  ///< hyperexponential only, in (0, 1]
  Duration second_mean{};        ///< hyperexponential only

  [[nodiscard]] static DelayDistribution constant(Duration value) { return {.law = Law::constant, .mean = value}; }
  /// One span, >= 0, rounded to the nanosecond once.
  [[nodiscard]] Duration sample(RandomStream& random) const {
    if (law == Law::exponential) {
      return minimum + rounded_span(-static_cast<double>(mean.count()) * fixed_log(random.uniform()));
    }
    if (law == Law::constant) {
      (void)random.word();
      return mean;
    }
    return sample_other(random);
  }
  /// The mean of a sample, minimum included.
  [[nodiscard]] Duration expected() const;
  /// The law of `factor` times as long a span. factor >= 1; its means stay below `longest`, or as they are
  [[nodiscard]] DelayDistribution times(double factor) const;
  static constexpr Duration longest = std::chrono::hours{24};

 private:
  [[nodiscard]] Duration sample_other(RandomStream& random) const;
};

}  // namespace brokersim
