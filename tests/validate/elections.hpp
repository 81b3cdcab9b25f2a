// SPDX-License-Identifier: Apache-2.0
// Cases about the controller, through sim/control_plane.
#pragma once
#include "tests/validate/case_files.hpp"

namespace brokersim::validate {

/// "session_ms", "heartbeat_ms" with the bounds of the delay: how long until a broker that crashed at any phase of its
/// heartbeats is fenced.
void judge_detection_delay(CaseReport& report, const Json& row);
/// "session_ms", "events": who is found stale when, and when to look next.
void judge_session_trace(CaseReport& report, const Json& row);
/// Rows with "imbalance_starts_s", "preferred_in_isr_s", "leader_back_s": when the preferred leader leads again.
void judge_preferred_leaders(CaseReport& report, const Json& row);
/// Rows with "current" and "target": a reassignment's start and end.
void judge_reassignments(CaseReport& report, const Json& row);

}  // namespace brokersim::validate
