// SPDX-License-Identifier: Apache-2.0
#include "sim/random/fixed_math.hpp"

#include <cmath>
#include <span>

#include "sim/core/contract.hpp"

namespace brokersim {

namespace {

/// coefficients[0] + x (coefficients[1] + x (...)).
double polynomial(std::span<const double> coefficients, double x) {
  double sum = 0;
  for (std::size_t i = coefficients.size(); i-- > 0;) sum = sum * x + coefficients[i];
  return sum;
}

/// 1/2!, 1/3!, ... 1/13!: the next term is below 2^-57 for |x| <= ln(2) / 2.
constexpr std::array<double, 12> exp_series = [] {
  std::array<double, 12> terms{};
  double factorial = 1;
  for (std::size_t n = 2; n <= 13; ++n) {
    factorial *= static_cast<double>(n);
    terms[n - 2] = 1 / factorial;
  }
  return terms;
}();

/// (-1)^n / (2n + first)!, n = 0, 1, ... 9: the next term is below 2^-57 for an angle of pi / 4.
constexpr std::array<double, 10> circle_series(int first) {
  std::array<double, 10> terms{};
  double term = 1;
  for (int n = 0; n < 10; ++n) {
    if (n > 0) term /= -static_cast<double>((2 * n + first) * (2 * n + first - 1));
    terms[static_cast<std::size_t>(n)] = term;
  }
  return terms;
}
constexpr std::array<double, 10> cosine_series = circle_series(0);
constexpr std::array<double, 10> sine_series = circle_series(1);  // of sin(x) / x

// AS 241: numerator and denominator for the middle, the tails, and the far tails.
constexpr std::array<double, 8> middle_above{
    3.3871328727963666080e0,  1.3314166789178437745e+2, 1.9715909503065514427e+3, 1.3731693765509461125e+4,
    4.5921953931549871457e+4, 6.7265770927008700853e+4, 3.3430575583588128105e+4, 2.5090809287301226727e+3};
constexpr std::array<double, 8> middle_below{1.0,
                                             4.2313330701600911252e+1,
                                             6.8718700749205790830e+2,
                                             5.3941960214247511077e+3,
                                             2.1213794301586595867e+4,
                                             3.9307895800092710610e+4,
                                             2.8729085735721942674e+4,
                                             5.2264952788528545610e+3};
constexpr std::array<double, 8> tail_above{
    1.42343711074968357734e0, 4.63033784615654529590e0,  5.76949722146069140550e0,  3.64784832476320460504e0,
    1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4};
constexpr std::array<double, 8> tail_below{1.0,
                                           2.05319162663775882187e0,
                                           1.67638483018380384940e0,
                                           6.89767334985100004550e-1,
                                           1.48103976427480074590e-1,
                                           1.51986665636164571966e-2,
                                           5.47593808499534494600e-4,
                                           1.05075007164441684324e-9};
constexpr std::array<double, 8> far_above{
    6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,  2.96560571828504891230e-1,
    2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7};
constexpr std::array<double, 8> far_below{1.0,
                                          5.99832206555887937690e-1,
                                          1.36929880922735805310e-1,
                                          1.48753612908506148525e-2,
                                          7.86869131145613259100e-4,
                                          1.84631831751005468180e-5,
                                          1.42151175831644588870e-7,
                                          2.04426310338993978564e-15};

}  // namespace

double fixed_exp(double x) {
  require(x <= 709, "e^x is a double");
  if (x < -708) return 0;
  constexpr double log2_e = 0x1.71547652b82fep+0;
  const double scaled = x * log2_e;
  const auto k = static_cast<std::int64_t>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
  const double power = static_cast<double>(k);
  const double r = (x - power * ln_2_high) - power * ln_2_low;
  const double e_to_r = 1 + (r + r * r * polynomial(exp_series, r));
  return e_to_r * std::bit_cast<double>(static_cast<std::uint64_t>(k + 1023) << 52);
}

double fixed_power(double base, double exponent) {
  return fixed_exp(exponent * fixed_log(base));
}

double fixed_cosine_of_turns(double x) {
  constexpr double two_pi = 0x1.921fb54442d18p+2;
  require(x > -0x1p52 && x < 0x1p52, "a number of turns has a fraction");
  double turn = x < 0 ? -x : x;
  turn -= static_cast<double>(static_cast<std::int64_t>(turn));  // exact, in [0, 1)
  if (turn > 0.5) turn = 1 - turn;                               // the other half is the mirror image
  const double sign = turn > 0.25 ? -1 : 1;
  if (turn > 0.25) turn = 0.5 - turn;
  if (turn <= 0.125) {
    const double angle = turn * two_pi;
    return sign * polynomial(cosine_series, angle * angle);
  }
  const double angle = (0.25 - turn) * two_pi;
  return sign * angle * polynomial(sine_series, angle * angle);
}

double fixed_normal_quantile(double p) {
  require(p > 0 && p < 1, "a quantile's probability is in (0, 1)");
  const double q = p - 0.5;
  if (q >= -0.425 && q <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * polynomial(middle_above, r) / polynomial(middle_below, r);
  }
  const double r = std::sqrt(-fixed_log(q < 0 ? p : 1 - p));
  const double z = r <= 5 ? polynomial(tail_above, r - 1.6) / polynomial(tail_below, r - 1.6)
                          : polynomial(far_above, r - 5) / polynomial(far_below, r - 5);
  return q < 0 ? -z : z;
}

}  // namespace brokersim
