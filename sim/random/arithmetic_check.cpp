// SPDX-License-Identifier: Apache-2.0
#include "sim/random/arithmetic_check.hpp"

#include <bit>
#include <chrono>
#include <stdexcept>

#include "sim/random/delay_distribution.hpp"
#include "sim/random/fixed_math.hpp"
#include "sim/random/zipf.hpp"

namespace brokersim {

namespace {

constexpr std::uint32_t samples_checked = 256;
constexpr std::uint64_t fingerprint_expected = 0x6f78'1e37'6963'0dba;

class Hash {
 public:
  void add(std::uint64_t bits) { value_ = (std::rotl(value_, 29) ^ bits) * 0x9e37'79b9'7f4a'7c15; }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 1;
};

/// 1 + x (c1 + x (c2 + ...)) at points where each step rounds: fused, the last bits would be others.
double rounding_polynomial(double x) {
  double sum = 0;
  for (int n = 12; n >= 1; --n) sum = (sum + 1.0 / n) * x;
  return sum;
}

}  // namespace

std::uint64_t arithmetic_fingerprint(std::uint32_t samples) {
  using std::chrono::microseconds;
  using Law = DelayDistribution::Law;
  const DelayDistribution laws[] = {
      DelayDistribution::constant(microseconds{3}),
      {.law = Law::uniform, .minimum = microseconds{1}, .maximum = microseconds{900}},
      {.law = Law::exponential, .mean = microseconds{1000}, .minimum = microseconds{5}},
      {.law = Law::lognormal, .mean = microseconds{2000}, .scv = 4},
      {.law = Law::erlang, .mean = microseconds{700}, .shape = 3},
      {.law = Law::hyperexponential,
       .mean = microseconds{300},
       .first_probability = 0.9,
       .second_mean = microseconds{9000}},
  };
  Hash hash;
  RandomStream random(RandomSource{.seed = 2026, .trial = 1}, "arithmetic", "check");
  const ZipfTable zipf(100, 1.1);
  for (std::uint32_t i = 0; i < samples; ++i) {
    hash.add(std::bit_cast<std::uint64_t>(rounding_polynomial(random.uniform())));
    hash.add(std::bit_cast<std::uint64_t>(fixed_log(random.uniform())));
    hash.add(std::bit_cast<std::uint64_t>(fixed_exp(random.uniform() * 40 - 20)));
    hash.add(std::bit_cast<std::uint64_t>(fixed_normal_quantile(random.uniform())));
    hash.add(zipf.sample(random));
    hash.add(random.below(1000));
    for (const DelayDistribution& law : laws) hash.add(static_cast<std::uint64_t>(law.sample(random).count()));
  }
  return hash.value();
}

void check_arithmetic() {
  if (arithmetic_fingerprint(samples_checked) != fingerprint_expected) {
    throw std::runtime_error(
        "floating-point arithmetic of this build differs from the one results are promised with: "
        "compile with -ffp-contract=off and without -ffast-math");
  }
}

}  // namespace brokersim
