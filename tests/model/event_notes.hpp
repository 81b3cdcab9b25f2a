// SPDX-License-Identifier: Apache-2.0
// What several files of this room ask of a run, and the times of the worlds in which something fails.
#pragma once
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/tiny_world.hpp"

namespace brokersim::tiny {

inline constexpr Duration latency = 1ms;              // of every message
inline constexpr Duration linger = 25ms;              // controller.quorum.append.linger.ms (L-26)
inline constexpr Bytes batch_bytes = 61 + 10 + 1000;  // of one record of 1,000 bytes

using Notes = std::vector<EventNote>;

/// Notes of a kind; only those that say `what` unless it is empty, and of one broker unless its id is 0.
inline Notes notes(const TrialResult& result, EventNote::Kind kind, const std::string& what = {},
                   std::uint32_t broker_id = 0) {
  Notes found;
  for (const EventNote& note : result.events_log) {
    if (note.kind != kind || (!what.empty() && note.what != what)) continue;
    if (broker_id == 0 || note.broker == broker_id - 1) found.push_back(note);
  }
  return found;
}
inline std::size_t count(const TrialResult& result, EventNote::Kind kind, const std::string& what = {}) {
  return notes(result, kind, what).size();
}

inline Duration time_of(const EventNote& note) {
  return note.time.time_since_epoch();
}
/// When the only one was made.
inline Duration time_of(const Notes& notes) {
  REQUIRE(notes.size() == 1);
  return time_of(notes[0]);
}

/// A run that ends with everything delivered and every record accounted for (INV-C12).
inline TrialResult settled_run(const Scenario& scenario, ReadPolicy policy = ReadPolicy::leader) {
  const TrialResult result = run(scenario, policy);
  for (const std::string& violation : result.conservation.violations) CHECK_MESSAGE(violation.empty(), violation);
  REQUIRE(result.conservation.unfinished == 0);
  for (const SendOutcomes& outcomes : result.outcomes) CHECK(outcomes.accounted() == outcomes.generated);
  return result;
}

}  // namespace brokersim::tiny
