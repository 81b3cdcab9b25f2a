// SPDX-License-Identifier: Apache-2.0
// Cases of protocol-timings.json about what fails, through the whole model.
#pragma once
#include "tests/validate/case_files.hpp"

namespace brokersim::validate {

/// Rows with "last_caught_up_s" and "removed_at_s": when a follower that hangs leaves the ISR.
void judge_isr_shrink(CaseReport& report, const Json& row);
/// Rows with "fetches": when a follower counts as caught up.
void judge_caught_up(CaseReport& report, const Json& row);
/// Rows with "initial", "max" and "jitter": how long a client waits after each failure.
void judge_backoff(CaseReport& report, const Json& row);
/// "session_ms" and "heartbeat_ms" of a group, one of whose members dies: how long until the coordinator notices.
void judge_consumer_death(CaseReport& report, const Json& row);
/// One broker of three is killed, then another (min.insync.replicas 2).
void judge_failover(CaseReport& report, const Json& row);

}  // namespace brokersim::validate
