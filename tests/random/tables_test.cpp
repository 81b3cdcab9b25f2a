// SPDX-License-Identifier: Apache-2.0
// Cosine, weighted choice, and the lognormal law of plain numbers.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "sim/random/fixed_math.hpp"
#include "sim/random/lognormal.hpp"
#include "sim/random/weighted_choice.hpp"

namespace brokersim {

TEST_CASE("the cosine of turns is the system library's within 1e-15, and exact at quarters") {
  double worst = 0;
  for (int i = -4000; i <= 4000; ++i) {
    const double x = i / 1024.0 + 1.0 / 3000;
    const double fraction = x - std::floor(x);  // the library's argument rounds less near 0
    const double reference = std::cos(6.283185307179586477 * (fraction > 0.5 ? fraction - 1 : fraction));
    worst = std::max(worst, std::abs(fixed_cosine_of_turns(x) - reference));
  }
  CHECK(worst < 1e-15);
  CHECK(fixed_cosine_of_turns(0) == 1);
  CHECK(fixed_cosine_of_turns(0.25) == 0);
  CHECK(fixed_cosine_of_turns(-0.5) == -1);
  CHECK(fixed_cosine_of_turns(7.75) == 0);
}

TEST_CASE("a weighted choice comes as often as its weight says, and never without one") {
  RandomStream random({7, 0}, "test", "weights");
  const WeightedChoice choice(std::vector<double>{0, 3, 0, 1, 0});
  std::vector<int> counts(5);
  for (int i = 0; i < 100'000; ++i) ++counts.at(choice.sample(random));
  CHECK(counts[0] + counts[2] + counts[4] == 0);
  // binomial(100,000, 3/4): standard deviation 137; 4 of them
  CHECK(counts[1] == doctest::Approx(75'000).epsilon(4 * 137 / 75'000.0));
  CHECK(random.draws() == 100'000);
  CHECK_THROWS_AS(WeightedChoice(std::vector<double>{0, 0}), ContractViolation);
}

TEST_CASE("lognormal numbers have their mean and their median") {
  RandomStream random({7, 0}, "test", "lognormal");
  const Lognormal law(1000.0, 3);  // median mean / sqrt(1 + scv) = 500
  double sum = 0;
  int below = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double number = law.number(random);
    sum += number;
    below += number < 500;
  }
  CHECK(sum / 100'000 == doctest::Approx(1000).epsilon(0.022));  // sd / sqrt(n) is 0.55 % of the mean; 4 of them
  CHECK(below == doctest::Approx(50'000).epsilon(4 * 158 / 50'000.0));
}

}  // namespace brokersim
