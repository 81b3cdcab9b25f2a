// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tests/support/tiny_world.hpp"

using namespace brokersim;
using namespace std::chrono_literals;

namespace {

constexpr Bytes batch_bytes = 61 + 10 + 1000;

/// Ten batches, one each 100 ms from 1 s on; a group that comes at 5 s; one broker whose memory holds `cached` of them.
Scenario late_reader(Bytes cached) {
  Scenario scenario = tiny::brokers_in_zones(1, 1ms);
  scenario.world.brokers[0].disk = {{1'000'000}, 20ms, cached * batch_bytes};
  const TopicIndex topic = tiny::add_topic(scenario, {1});
  tiny::add_producer(scenario, topic, 10, 1s);
  tiny::add_group(scenario, {topic}, 0).starts_at = 5s;
  scenario.duration = 1950ms;
  return scenario;
}

}  // namespace

TEST_CASE("B-33: what the page cache holds is read from memory, what it has lost from disk") {
  // The log has ten batches. A cache for ten: nothing is read from disk. A cache for four: the first six are gone, and
  // as each read pushes the oldest page out, so are the last four when their turn comes.
  const TrialResult memory = tiny::run(late_reader(10), ReadPolicy::leader);
  CHECK(memory.conservation.violations.empty());
  CHECK(memory.disks[0].log_bytes == 10 * batch_bytes);
  CHECK(memory.disks[0].written_bytes == 10 * batch_bytes);
  CHECK(memory.disks[0].read_bytes == 0);
  const TrialResult disk = tiny::run(late_reader(4), ReadPolicy::leader);
  CHECK(disk.conservation.violations.empty());
  // The reading happens after the observation interval, so it shows in latency alone: 20 ms and 10 batches at 1 MB/s,
  // rounded up to whole ns by transfer_time().
  CHECK(disk.groups[0].delivery_from_leader.maximum() - memory.groups[0].delivery_from_leader.maximum() ==
        20ms + 10 * batch_bytes * 1us);
}

TEST_CASE(
    "B-33: a cache smaller than the backlog is of no use to a second reader from the beginning, a larger one is") {
  Scenario scenario = late_reader(10);
  scenario.duration = 20s;
  scenario.world.producers[0].first_record_at = 1s;
  scenario.world.brokers[0].disk.page_cache = 60 * batch_bytes;
  scenario.world.groups[0].starts_at = 15s;
  // 140 batches and more by then, memory for 60: the group reads what there is from disk, 1 MiB at a time.
  const TrialResult one = tiny::run(scenario, ReadPolicy::leader);
  tiny::add_group(scenario, {TopicIndex{0}}, 0).starts_at = 15s;
  const TrialResult two = tiny::run(scenario, ReadPolicy::leader);
  CHECK(one.conservation.violations.empty());
  CHECK(two.conservation.violations.empty());
  CHECK(one.disks[0].read_bytes >= 140 * batch_bytes);
  CHECK(one.disks[0].read_bytes <= 150 * batch_bytes);
  // Two groups of which the second comes within half a second: it finds the last 60 batches that the first has read at
  // the earliest, but it starts at the beginning, which the first has pushed out again: the cache is of no use to it.
  CHECK(two.disks[0].read_bytes > 2 * 140 * batch_bytes);
  scenario.world.brokers[0].disk.page_cache = 400 * batch_bytes;
  CHECK(tiny::run(scenario, ReadPolicy::leader).disks[0].read_bytes == 0);
}

TEST_CASE("B-8, B-33: a cold read holds up the network thread and what it would send next, unless there is another") {
  // The late group's answer waits 20 ms and more for the disk; a record that is acknowledged meanwhile waits too with
  // one network thread, and does not with two.
  Scenario scenario = late_reader(1);
  scenario.duration = 12s;
  scenario.world.brokers[0].disk.latency = 500ms;
  scenario.world.brokers[0].num_network_threads = 1;
  CHECK(tiny::run(scenario, ReadPolicy::leader).produce.maximum() > 100ms);
  scenario.world.brokers[0].num_network_threads = 2;
  CHECK(tiny::run(scenario, ReadPolicy::leader).produce.maximum() == 2ms);
}
