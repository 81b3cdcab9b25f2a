// SPDX-License-Identifier: Apache-2.0
// Rows of partitioner.json about records without key.
#pragma once
#include "tests/validate/case_files.hpp"

namespace brokersim::validate {

/// A row with "queue_sizes": how often each partition comes in one cycle of the whole numbers drawn.
void judge_adaptive_frequencies(CaseReport& report, const Json& row);
/// The row of words: when KIP-794 switches, and how it weighs queues, over many random histories.
void judge_sticky_rule(CaseReport& report, const Json& row);

}  // namespace brokersim::validate
