// SPDX-License-Identifier: Apache-2.0
// The rows of protocol-timings that are about quotas: Kafka's rate over samples and its throttle time.
#pragma once
#include "tests/validate/trials.hpp"

namespace brokersim::validate {

/// S-PT-QUOTA
void judge_throttle_times(CaseReport& report, const Json& entry);
/// S-PT-RATE
void judge_sampled_rates(CaseReport& report, const Json& entry);

}  // namespace brokersim::validate
