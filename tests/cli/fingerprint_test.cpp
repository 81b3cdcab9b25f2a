// SPDX-License-Identifier: Apache-2.0
// The text that stands for a run (D.3): its form, and that it says which part of two runs differs.
#include "sim/cli/fingerprint.hpp"

#include <doctest/doctest.h>

namespace brokersim::test {
namespace {

std::string of(RunFingerprint parts, const std::string& summary = "metric\n") {
  ArmResult arm{ReadPolicy::leader, std::vector<TrialResult>(1)};
  arm.trials[0].fingerprint = parts;
  return fingerprint({arm}, summary);
}

TEST_CASE("D.3: a fingerprint has a part for events, payload, draws, state and output") {
  const std::string text = of({1, 2, 3, 4});
  CHECK(is_fingerprint(text));
  CHECK(text == of({1, 2, 3, 4}));
  CHECK_FALSE(first_difference(text, text));
  CHECK(first_difference(text, of({9, 2, 3, 4})) == "t");
  CHECK(first_difference(text, of({1, 9, 3, 4})) == "p");
  CHECK(first_difference(text, of({1, 2, 9, 4})) == "r");
  CHECK(first_difference(text, of({1, 2, 3, 9})) == "s");
  CHECK(first_difference(text, of({1, 2, 3, 4}, "unit\n")) == "o");
}

TEST_CASE("H-139: what is no fingerprint") {
  const std::string text = of({1, 2, 3, 4});
  CHECK_FALSE(is_fingerprint(""));
  CHECK_FALSE(is_fingerprint("kfp2" + text.substr(4)));
  CHECK_FALSE(is_fingerprint(text + "0"));
  CHECK_FALSE(is_fingerprint(text.substr(0, text.size() - 1) + "G"));
  CHECK_FALSE(is_fingerprint(text + ":x0000000000000000"));
}

}  // namespace
}  // namespace brokersim::test
