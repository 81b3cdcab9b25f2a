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

// Faults of disks. The late group comes between 5 and 5.5 s; its one answer reads ten batches, 20 ms and then 1 us for
// each byte. The first of them was to be sent at 1 s; requests and answers take 1 ms.
namespace {

constexpr Duration cold_read = 20ms + 10 * batch_bytes * 1us;

FaultSpec disk_fault(FaultKind kind, FaultSpec::DiskOperation operation, Duration at, Duration lasts) {
  FaultSpec fault = tiny::fault_of_broker(kind, 1, at, lasts);
  fault.operation = operation;
  return fault;
}

/// How long the first record takes to the late group.
Duration first_delivery(const std::vector<FaultSpec>& faults) {
  Scenario scenario = late_reader(4);
  scenario.world.faults = faults;
  const TrialResult result = tiny::run(scenario, ReadPolicy::leader);
  CHECK(result.conservation.violations.empty());
  return result.groups[0].delivery_from_leader.maximum();
}

using Operation = FaultSpec::DiskOperation;

}  // namespace

TEST_CASE("FAULT-08: a slow disk takes factor times as long and the added time, of several faults the worst counts") {
  const Duration usual = first_delivery({});
  FaultSpec slow = disk_fault(FaultKind::disk_slow, Operation::read, 0s, 60s);
  slow.factor = 3;
  CHECK(first_delivery({slow}) - usual == 2 * cold_read);
  slow.operation = Operation::both;
  CHECK(first_delivery({slow}) - usual == 2 * cold_read);
  FaultSpec late = disk_fault(FaultKind::disk_slow, Operation::read, 0s, 60s);
  late.add = DelayDistribution::constant(100ms);
  CHECK(first_delivery({late}) - usual == 100ms);
  CHECK(first_delivery({slow, late}) - usual == std::max<Duration>(2 * cold_read, 100ms));
  slow.lasts = 3s;  // over when the group comes
  CHECK(first_delivery({slow}) == usual);
}

TEST_CASE("FAULT-08: reads wait for slow writes, which are served in turn") {
  // Each of ten writes takes 1,000 times 1.071 ms: from 1.001 s on the disk is busy with them, and then it reads.
  FaultSpec slow = disk_fault(FaultKind::disk_slow, Operation::write, 0s, 60s);
  slow.factor = 1000;
  CHECK(first_delivery({slow}) == 1ms + 10 * batch_bytes * 1ms + cold_read + 1ms);
}

TEST_CASE("FAULT-09: a stalled disk is done with what it began meanwhile at the very end") {
  const Duration usual = first_delivery({});
  const FaultSpec stall = disk_fault(FaultKind::disk_stall, Operation::read, 4s, 5s);
  CHECK(first_delivery({stall}) == 9s + 1ms - 1s);
  CHECK(first_delivery({disk_fault(FaultKind::disk_stall, Operation::write, 4s, 5s)}) == usual);
  CHECK(first_delivery({disk_fault(FaultKind::disk_stall, Operation::both, 4s, 1ms)}) == usual);
  FaultSpec endless = stall, heal;
  endless.lasts.reset();
  heal.kind = FaultKind::heal;
  heal.when.at = 7s;
  CHECK(first_delivery({endless, heal}) == 7s + 1ms - 1s);
}

TEST_CASE("FAULT-09, B.1: what a stalled disk was to write is lost with the power") {
  // The kernel writes back what is 30 s old. Without power at 50 s that is all from before 20 s; if the disk has
  // written nothing since 35 s, all from before 5 s. Ten records a second, from 100 ms on.
  Scenario scenario = tiny::brokers_in_zones(1, 1ms);
  scenario.world.brokers[0].disk = {{1'000'000}, 20ms, Bytes{1} << 30};
  tiny::add_producer(scenario, tiny::add_topic(scenario, {1}), 10, 100ms).acks = 1;
  scenario.duration = 90s;  // the loss counts when the broker leads again
  FaultSpec power = tiny::fault_of_broker(FaultKind::power_loss, 1, 50050ms, 3s);
  power.keep_fraction = 0;
  const auto lost = [&](const std::vector<FaultSpec>& faults) {
    scenario.world.faults = faults;
    scenario.world.faults.push_back(power);
    return tiny::run(scenario, ReadPolicy::leader).outcomes[0].lost_acks1;
  };
  CHECK(lost({}) == 300);
  CHECK(lost({disk_fault(FaultKind::disk_stall, Operation::write, 35050ms, 60s)}) == 450);
}

TEST_CASE("A fault of a disk that is not there is ignored") {
  Scenario scenario = late_reader(4);
  scenario.world.brokers[0].disk = {};
  scenario.world.faults = {disk_fault(FaultKind::disk_stall, Operation::both, 1s, 1s)};
  const TrialResult result = tiny::run(scenario, ReadPolicy::leader);
  REQUIRE(!result.events_log.empty());
  CHECK(result.events_log[0].kind == EventNote::Kind::fault_ignored);
  CHECK(result.events_log[0].detail == "it has no disk: all is in memory");
}
