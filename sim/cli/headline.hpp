// SPDX-License-Identifier: Apache-2.0
// The answer in words, fit for someone who reads only this.
#pragma once
#include <string>
#include <vector>

#include "sim/figures/comparison.hpp"
#include "sim/scenario/scenario.hpp"

namespace brokersim {

/// Some sentences about each arm, about what the second of two arms changes, or about two protocols.
///
/// A figure "does not change" where the 95 % interval of its change includes 0; one that rises is said to rise; an arm
/// without a steady state is not compared, and the sentence says why.
///
/// rows               of compare_arms()
/// policies, verdicts  shape [arms]
[[nodiscard]] std::string headline(const std::vector<ComparisonRow>& rows, const std::vector<Arm>& policies,
                                   const std::vector<ArmVerdict>& verdicts);

}  // namespace brokersim
