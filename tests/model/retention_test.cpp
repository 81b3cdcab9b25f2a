// SPDX-License-Identifier: Apache-2.0
// Logs lose their oldest segments, read or not (FAULT-35, B-31, B-32, C-8).
#include <doctest/doctest.h>

#include "tests/model/event_notes.hpp"
#include "tests/support/tiny_world.hpp"

namespace brokersim::tiny {
namespace {

using OffsetReset = ConsumerGroupSpec::OffsetReset;

/// A record each 100 ms from 100 ms on, ten to a segment: segment j has its newest record at 1 + j s. Brokers look each
/// second, from 30 s on. A group comes at 40.2 s or up to half a second later, for the log's beginning.
Scenario late_group(OffsetReset reset) {
  Scenario scenario = brokers_in_zones(3, 1ms);
  scenario.world.controller = ZoneIndex{0};
  scenario.world.control_plane.log_retention_check_interval = 1s;
  scenario.duration = 60s;
  scenario.world.fails = true;  // also without a fault
  const TopicIndex topic = add_topic(scenario, {1, 2, 3});
  scenario.world.topics[0].segment_bytes = 10 * batch_bytes;
  add_producer(scenario, topic, 10, 100ms);
  ConsumerGroupSpec& group = add_group(scenario, {topic}, 0);
  group.starts_at = 40200ms;
  group.auto_offset_reset = reset;
  return scenario;
}

FaultSpec squeeze(std::optional<Bytes> bytes, std::optional<Duration> time) {
  FaultSpec fault;
  fault.kind = FaultKind::retention_squeeze;
  fault.target.who = FaultTarget::Who::topic;
  fault.when.at = 20s;
  fault.retention_bytes = bytes;
  fault.retention_time = time;
  return fault;
}

/// Records that the group is never handed; all others it is.
Records skipped(const Scenario& scenario) {
  const TrialResult result = run(scenario, ReadPolicy::rack_aware);
  CHECK(result.conservation.violations.empty());
  CHECK(result.outcomes[0].acknowledged == result.outcomes[0].generated);
  const Records skipped = result.groups[0].troubles.skipped;
  CHECK(result.conservation.delivered == result.outcomes[0].generated - skipped);
  CHECK(result.groups[0].troubles.resets == (skipped > 0 ? 1 : 0));
  return skipped;
}

}  // namespace

TEST_CASE("B-32: by time whole segments go whose newest record is too old") {
  Scenario scenario = late_group(OffsetReset::earliest);
  CHECK(skipped(scenario) == 0);
  // At 40 s more than 5 s old is what is from before 35 s: segments 0 to 33.
  scenario.world.faults = {squeeze({}, 5s)};
  CHECK(skipped(scenario) == 340);
  scenario.world.faults = {};
  scenario.world.topics[0].retention_time = 5s;  // and without a fault
  CHECK(skipped(scenario) == 340);
}

TEST_CASE("B-32: by size segments go while without them the log has its size") {
  Scenario scenario = late_group(OffsetReset::earliest);
  // At 40 s 399 batches are there. Without 34 segments it has 59, without 35 it would have 49.
  scenario.world.faults = {squeeze(50 * batch_bytes, {})};
  CHECK(skipped(scenario) == 340);
  scenario.world.faults = {squeeze(0, {})};  // all whole segments, and the last as far as it is committed
  CHECK(skipped(scenario) == 399);
}

TEST_CASE("B-31: segments roll by age, too") {
  Scenario scenario = late_group(OffsetReset::earliest);
  scenario.world.topics[0].segment_bytes = Bytes{1} << 30;
  scenario.world.faults = {squeeze({}, 5s)};
  CHECK(skipped(scenario) == 0);  // all is one segment, with a record that is new
  // 2 s and the record that comes then: 21 to a segment, the newest of segment j at 2.1 (j + 1) s. Before 35 s: 16.
  scenario.world.topics[0].segment_time = 2s;
  CHECK(skipped(scenario) == 16 * 21);
}

TEST_CASE("C-8: auto.offset.reset says where a group goes on that has lost its position") {
  Scenario scenario = late_group(OffsetReset::latest);
  scenario.world.faults = {squeeze({}, 5s)};
  const Records to_latest = skipped(scenario);  // it asks between 40.2 and 40.7 s, and again a few ms later
  CHECK(to_latest >= 401);
  CHECK(to_latest <= 407);
  scenario.world.groups[0].auto_offset_reset = OffsetReset::none;
  CHECK(run(scenario, ReadPolicy::leader).conservation.delivered == 0);
}

TEST_CASE("a group that reads more slowly than segments go is thrown forward again and again") {
  Scenario scenario = late_group(OffsetReset::earliest);
  ConsumerGroupSpec& group = scenario.world.groups[0];
  group.starts_at = {};
  group.processing_time_per_record = DelayDistribution::constant(300ms);
  group.max_partition_fetch_bytes = 2 * batch_bytes;
  scenario.world.faults = {squeeze({}, 5s)};
  const TrialResult result = run(scenario, ReadPolicy::leader);
  CHECK(result.conservation.violations.empty());
  const ConsumerTroubles& troubles = result.groups[0].troubles;
  CHECK(troubles.resets >= 2);
  CHECK(result.conservation.delivered + troubles.skipped == result.outcomes[0].generated);
  // Until 30 s it reads 3.3 a second, of 240 that are deleted then; what is left of them it is never handed.
  CHECK(troubles.skipped >= 240 - 110);
}

}  // namespace brokersim::tiny
