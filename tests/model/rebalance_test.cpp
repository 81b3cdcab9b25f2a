// SPDX-License-Identifier: Apache-2.0
// Groups and their coordinators: traffic of heartbeats and commits, and the timetable of every kind of rebalance,
// worked out by hand from the rules. Every message takes 1 ms, nothing else takes time.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <optional>

#include "sim/model/group_coordinators.hpp"
#include "tests/model/event_notes.hpp"
#include "tests/support/tiny_world.hpp"

using namespace brokersim;
using namespace std::chrono_literals;

namespace {

using tiny::settled_run;

/// A topic of 12 partitions on one broker, 4 records/s into each, and a group of members that are there from the
/// beginning.
Scenario twelve_partitions(AssignorKind assignor, std::uint32_t members) {
  Scenario scenario = tiny::brokers_in_zones(1, 1ms);
  TopicSpec topic;
  topic.id = "t";
  topic.partitions = 12;
  topic.replication_factor = 1;
  topic.replicas.resize(12, {BrokerIndex{0}});
  scenario.world.topics.push_back(topic);
  ProducerSpec& producer = tiny::add_producer(scenario, TopicIndex{0}, 48, 1s);
  producer.partitioner.kind = PartitionerSpec::Kind::round_robin;
  ConsumerGroupSpec& group = tiny::add_group(scenario, {TopicIndex{0}}, 0);
  group.members.resize(members, group.members[0]);
  group.assignor = assignor;
  group.coordination.emplace();
  group.coordination->broker = BrokerIndex{0};
  scenario.duration = 30s;
  return scenario;
}

/// When a member's first heartbeat leaves that leaves at `from` or later. Those of a classic group are in step.
Duration heartbeat_from(const Scenario& scenario, std::uint32_t member, Duration interval, Duration from) {
  const bool in_step = scenario.world.groups[0].assignor != AssignorKind::server_uniform;
  RandomStream random({scenario.seed, 0}, "heartbeats", in_step ? "g0" : "g0/" + std::to_string(member));
  Duration at{static_cast<std::int64_t>(random.uniform() * static_cast<double>(interval.count()))};
  while (at < from) at += interval;
  return at;
}

RebalanceResult only_rebalance(const Scenario& scenario) {
  const TrialResult result = settled_run(scenario);
  REQUIRE(result.groups[0].rebalances.size() == 1);
  REQUIRE(result.groups[0].rebalances[0].settled);
  return result.groups[0].rebalances[0];
}

Duration longest_of(const RebalanceResult& rebalance, std::uint32_t member) {
  REQUIRE(rebalance.members.size() > member);
  REQUIRE(rebalance.members[member].member == member);
  return rebalance.members[member].longest_stop;
}

}  // namespace

TEST_CASE("G-10: the coordinator leads partition |hash of the group's id| mod 50 of __consumer_offsets") {
  // java.lang.String.hashCode: "a" 97; "billing" -109829509; "polygenelubricants" -2^31, which counts as 0.
  CHECK(offsets_partition_of("a") == 47);
  CHECK(offsets_partition_of("billing") == 9);
  CHECK(offsets_partition_of("polygenelubricants") == 0);
}

TEST_CASE("Heartbeats and commits are as long as the measured cluster's") {
  const GroupMessages messages(std::string(18, 'g'), "range");
  CHECK(messages.heartbeat() == 136);
  CHECK(GroupMessages::heartbeat_answer() == 16);
  const std::vector<TopicPartitions> topics{{17, 4}};
  CHECK(messages.commit(topics) == 229);
  CHECK(GroupMessages::commit_answer(topics) == 4 + 5 + 4 + 1 + (1 + 17) + 1 + 4 * 7 + 1 + 1);
}

TEST_CASE(
    "C-11, G-10: a member sends a heartbeat each 3 s and commits all its partitions each 5 s, to its coordinator") {
  // The member sits with broker 1, its coordinator is broker 2: nothing else goes between them. In 30 s 10 heartbeats
  // and 6 commits, whatever their phases; every answer is acknowledged by a packet of its own.
  Scenario scenario = tiny::brokers_in_zones(2, 1ms);
  const TopicIndex topic = tiny::add_topic(scenario, {1});
  tiny::add_producer(scenario, topic, 10, 1s);
  ConsumerGroupSpec& group = tiny::add_group(scenario, {topic}, 0);
  scenario.duration = 30s;
  const auto between = [&] {
    const TrialResult result = settled_run(scenario);
    const auto path = static_cast<std::size_t>(TrafficPath::consumer);
    return std::pair{result.links[1].wire_bytes[path], result.links[2].wire_bytes[path]};
  };
  CHECK(between() == std::pair{Bytes{0}, Bytes{0}});
  group.coordination.emplace().broker = BrokerIndex{1};
  const GroupMessages messages("g0", "range");
  const std::vector<TopicPartitions> topics{{2, 1}};
  const Bytes there = 10 * (messages.heartbeat() + 52) + 6 * (messages.commit(topics) + 52) + 16 * 52;
  const Bytes back = 10 * (16 + 52) + 6 * (GroupMessages::commit_answer(topics) + 52);
  CHECK(between() == std::pair{there, back});
  group.coordination->auto_commit = false;
  CHECK(between() == std::pair{10 * (messages.heartbeat() + 52 + 52), Bytes{10 * (16 + 52)}});
  CHECK(settled_run(scenario).groups[0].rebalances.empty());
}

TEST_CASE("G-12, G-13 eager: a member joins, everybody stops from its heartbeat until the last one's and four trips") {
  // JoinGroup is there at 10.001 s. A member whose next heartbeat leaves at h knows at h + 2 ms and gives everything
  // up. The last one to know commits (2 ms), joins (2 ms), syncs (2 ms) and fetches offsets (2 ms); the others wait for
  // it.
  Scenario scenario = twelve_partitions(AssignorKind::range, 4);
  scenario.world.groups[0].members[3].join_at = 10s;
  const RebalanceResult rebalance = only_rebalance(scenario);
  std::vector<Duration> known;
  for (std::uint32_t m = 0; m < 3; ++m) known.push_back(heartbeat_from(scenario, m, 3s, 10s) + 2ms);
  const Duration reads = *std::max_element(known.begin(), known.end()) + 8ms;
  CHECK(rebalance.began == 10s);
  CHECK(rebalance.ended == reads);
  CHECK(rebalance.rounds == 1);
  CHECK(rebalance.stopped == 12);
  CHECK(rebalance.read_again == 0);
  for (std::uint32_t m = 0; m < 3; ++m) {
    CHECK(rebalance.members[m].before == 4);
    CHECK(rebalance.members[m].after == 3);
    CHECK(rebalance.members[m].without == reads - known[m]);
  }
  CHECK(rebalance.members[3].without == reads - 10s);
  // 0-3, 4-7, 8-11 become 0-2, 3-5, 6-8, 9-11: 3, 6, 7, 9, 10 and 11 move (G-1). Each was stopped by its last owner.
  CHECK(rebalance.moved == 6);
  CHECK(longest_of(rebalance, 0) == reads - known[0]);
  CHECK(longest_of(rebalance, 1) == reads - std::min(known[0], known[1]));
  CHECK(longest_of(rebalance, 2) == reads - std::min(known[1], known[2]));
  CHECK(longest_of(rebalance, 3) == reads - known[2]);
}

TEST_CASE("G-5, G-13 cooperative: only what moves stops, from the first round's end until the newcomer's heartbeat") {
  // Round 1 as above, but nobody stops. With its assignment each of the three gives a partition up and joins again. The
  // newcomer hears of that with its next heartbeat, 3 s after its join was answered, 2 ms before the others revoked; it
  // has nothing to commit: heartbeat 2 ms, join 2 ms, sync 2 ms, offsets 2 ms.
  Scenario scenario = twelve_partitions(AssignorKind::cooperative_sticky, 4);
  scenario.world.groups[0].members[3].join_at = 10s;
  const RebalanceResult rebalance = only_rebalance(scenario);
  Duration last{};
  for (std::uint32_t m = 0; m < 3; ++m) last = std::max(last, heartbeat_from(scenario, m, 3s, 10s) + 2ms);
  const Duration revoked = last + 6ms;
  CHECK(rebalance.rounds == 2);
  CHECK(rebalance.moved == 3);
  CHECK(rebalance.stopped == 3);
  CHECK(rebalance.longest_stop == 3s - 2ms + 8ms);
  CHECK(rebalance.stopped_sum == 3 * rebalance.longest_stop);
  CHECK(rebalance.ended == revoked + rebalance.longest_stop);
  for (std::uint32_t m = 0; m < 3; ++m) {
    CHECK(rebalance.members[m].after == 3);
    CHECK(rebalance.members[m].without == 0s);
    CHECK(longest_of(rebalance, m) == 0s);
  }
  CHECK(longest_of(rebalance, 3) == rebalance.longest_stop);
  // They commit when they join and revoke after the slowest has: of what is read in between, the next owner begins at
  // the commit. Each partition has 4 records a second.
  Duration between{};
  for (std::uint32_t m = 0; m < 3; ++m) between += revoked - (heartbeat_from(scenario, m, 3s, 10s) + 2ms);
  CHECK(static_cast<double>(rebalance.read_again) >= 4 * seconds(between) - 3);
  CHECK(static_cast<double>(rebalance.read_again) <= 4 * seconds(between) + 3);
}

TEST_CASE("G-20, G-21: with KIP-848 a partition stops from its owner's heartbeat until the newcomer's after that") {
  // The newcomer sends heartbeats at 10 s and 15 s; the others, told at h + 2 ms, commit and have confirmed at h + 5
  // ms. At 15.001 s all of that is free: told 1 ms later, offsets 2 ms.
  Scenario scenario = twelve_partitions(AssignorKind::server_uniform, 4);
  scenario.world.groups[0].members[3].join_at = 10s;
  const RebalanceResult rebalance = only_rebalance(scenario);
  Duration first = 15s;
  Duration sum{};
  for (std::uint32_t m = 0; m < 3; ++m) {
    const Duration beat = heartbeat_from(scenario, m, 5s, 10s);
    REQUIRE(beat + 5ms < 15s + 1ms);
    first = std::min(first, beat);
    sum += 15s + 4ms - (beat + 2ms);
    CHECK(rebalance.members[m].without == 0s);
    CHECK(rebalance.members[m].after == 3);
  }
  CHECK(rebalance.ended == 15s + 4ms);
  CHECK(rebalance.moved == 3);
  CHECK(rebalance.stopped == 3);
  CHECK(rebalance.longest_stop == 15s + 4ms - (first + 2ms));
  CHECK(rebalance.stopped_sum == sum);
  CHECK(rebalance.read_again == 0);
}

TEST_CASE("G-21: a member confirms what an answer told it, though its coordinator has thought better of it since") {
  // Every message takes 6 s and heartbeats come every 5 s, so one is always on its way. Member 1 leaves at 10 s; at `a`
  // member 0's heartbeat gets it all 12 partitions, 2.5 s later member 2 is there, and 2.5 s after that the next
  // heartbeat of member 0 takes six back. Member 0 hears of the one at a + 6 s, of the other at a + 11 s, and what it
  // states then is there at a + 17 s. Member 2's heartbeat half a second later gets them: 6 s, and 12 s for offsets.
  Scenario scenario = tiny::brokers_in_zones(1, 6s);
  scenario.world.topics = twelve_partitions(AssignorKind::server_uniform, 3).world.topics;
  scenario.world.groups = twelve_partitions(AssignorKind::server_uniform, 3).world.groups;
  scenario.duration = 70s;
  ConsumerGroupSpec& group = scenario.world.groups[0];
  group.coordination->auto_commit = false;
  group.members[1].leave_at = 10s;
  const Duration a = heartbeat_from(scenario, 0, 5s, 10s) + 6s;
  group.members[2].join_at = a + 2500ms - 6s;
  const RebalanceResult rebalance = only_rebalance(scenario);
  CHECK(rebalance.ended == a + 17500ms + 6s + 12s);
  CHECK(rebalance.members[0].after == 6);
  CHECK(rebalance.members[2].after == 6);
}

TEST_CASE("G-15: a member that is closed commits and leaves at once; its partitions stop until the others know") {
  // Commit 2 ms, LeaveGroup is there at 10.003 s.
  const auto left = [](AssignorKind assignor) {
    Scenario scenario = twelve_partitions(assignor, 3);
    scenario.world.groups[0].members[2].leave_at = 10s;
    return scenario;
  };
  Scenario scenario = left(AssignorKind::range);
  RebalanceResult rebalance = only_rebalance(scenario);
  Duration last{};
  for (std::uint32_t m = 0; m < 2; ++m) last = std::max(last, heartbeat_from(scenario, m, 3s, 10s + 2ms) + 2ms);
  CHECK(rebalance.ended == last + 8ms);
  CHECK(rebalance.longest_stop == last + 8ms - 10s);
  CHECK(rebalance.stopped == 12);
  CHECK(rebalance.members[2].after == 0);
  CHECK(rebalance.members[0].after == 6);

  // Cooperative: what the leaver had is nobody's, so one round hands it over.
  scenario = left(AssignorKind::cooperative_sticky);
  rebalance = only_rebalance(scenario);
  CHECK(rebalance.rounds == 1);
  CHECK(rebalance.stopped == 4);
  CHECK(rebalance.moved == 4);
  CHECK(rebalance.ended == last + 8ms);

  // KIP-848: each of the others gets its share with its own next heartbeat: told after 2 ms, offsets 2 ms.
  scenario = left(AssignorKind::server_uniform);
  rebalance = only_rebalance(scenario);
  CHECK(rebalance.stopped == 4);
  for (std::uint32_t m = 0; m < 2; ++m)
    CHECK(longest_of(rebalance, m) == heartbeat_from(scenario, m, 5s, 10s + 2ms) + 4ms - 10s);
}

namespace {

/// Member 2 of three dies after 15 s, for good or for `lasts`.
Scenario with_a_crash(AssignorKind assignor, std::optional<Duration> lasts) {
  Scenario scenario = twelve_partitions(assignor, 3);
  scenario.duration = 120s;
  scenario.world.groups[0].session_timeout = 10s;
  FaultSpec crash;
  crash.kind = FaultKind::consumer_crash;
  crash.target.who = FaultTarget::Who::group;
  crash.target.instance = 2;
  crash.when.at = 15s;
  crash.lasts = lasts;
  scenario.world.faults = {crash};
  return scenario;
}

}  // namespace

TEST_CASE("FAULT-31: a member that dies is out of its group session.timeout.ms after it was heard last (G-10)") {
  const Scenario scenario = with_a_crash(AssignorKind::range, std::nullopt);
  const RebalanceResult rebalance = only_rebalance(scenario);
  CHECK(rebalance.began == 15s);
  // Its last heartbeat of every 3 s left before 15 s; 10 s after that was heard it is out, and the others, in step with
  // it, hear of that with their heartbeats 12 s after it (2 ms); then they commit, join, get their assignments and
  // their offsets: four round trips.
  const Duration last = heartbeat_from(scenario, 2, 3s, 15s) - 3s;
  CHECK(rebalance.ended == last + 12s + 2ms + 8ms);
  CHECK(rebalance.longest_stop == rebalance.ended - 15s);  // what it read
  REQUIRE(rebalance.members.size() == 3);
  CHECK(rebalance.members[0].after + rebalance.members[1].after == 12);
  CHECK(rebalance.members[2].before == 4);
  CHECK(rebalance.members[2].after == 0);
}

TEST_CASE("FAULT-31 with KIP-848: 45 s, and each of the others takes its share with its own heartbeat (G-20, G-21)") {
  Scenario scenario = with_a_crash(AssignorKind::server_uniform, std::nullopt);
  // It goes on committing after its last heartbeat, which does not count (OffsetMetadataManager.commitOffset). Out 45 s
  // after that heartbeat was there; those of the others come every 5 s, and offsets take another round trip.
  scenario.world.groups[0].coordination->auto_commit_interval = 100ms;
  const Duration out = heartbeat_from(scenario, 2, 5s, 10s) + 1ms + 45s;
  REQUIRE(out - 45s < 15s);
  const RebalanceResult rebalance = only_rebalance(scenario);
  Duration last{};
  for (std::uint32_t m = 0; m < 2; ++m) {
    const Duration takes_over = heartbeat_from(scenario, m, 5s, out - 1ms) + 4ms;
    CHECK(longest_of(rebalance, m) == takes_over - 15s);
    last = std::max(last, takes_over);
  }
  CHECK(rebalance.ended == last);
  CHECK(rebalance.members.back().after == 0);
}

TEST_CASE("FAULT-31: a consumer that is started again joins when its old self is out of the group") {
  for (const AssignorKind assignor :
       {AssignorKind::range, AssignorKind::cooperative_sticky, AssignorKind::server_uniform}) {
    const TrialResult result = settled_run(with_a_crash(assignor, 60s));
    REQUIRE(result.groups[0].rebalances.size() >= 1);
    const RebalanceResult& last = result.groups[0].rebalances.back();
    CHECK(last.settled);
    for (const RebalanceMember& member : last.members) CHECK(member.after == 4);
  }
}

namespace {

/// The members in a zone of their own, cut off for `lasts` from 15 s on: their coordinator hears nothing.
Scenario with_a_cut(AssignorKind assignor, Duration lasts) {
  Scenario scenario = twelve_partitions(assignor, 2);
  Scenario two_zones = tiny::brokers_in_zones(2, 1ms);
  two_zones.world.network.zones[1] = "r2";
  scenario.world.network = two_zones.world.network;
  scenario.world.controller = ZoneIndex{0};
  for (MemberSpec& member : scenario.world.groups[0].members) member.zone = ZoneIndex{1};
  scenario.world.groups[0].session_timeout = 10s;
  scenario.drain_limit = 400s;
  FaultSpec cut;
  cut.kind = FaultKind::link_cut;
  cut.target.who = FaultTarget::Who::zone;
  cut.target.zone = ZoneIndex{1};
  cut.when.at = 15s;
  cut.lasts = lasts;
  scenario.world.faults = {cut};
  return scenario;
}

}  // namespace

TEST_CASE("TCP: what a cut holds up reaches the coordinator with a retransmission, so a short one costs no member") {
  // A heartbeat every 3 s is lost in the cut of 4 s; request.timeout.ms is 30 s and the session 10 s long. Sent again
  // after 0.2, 0.6, 1.4, 3, 6.2 s (Linux): before the session is over.
  for (const AssignorKind assignor : {AssignorKind::range, AssignorKind::cooperative_sticky})
    CHECK(settled_run(with_a_cut(assignor, 4s)).groups[0].rebalances.empty());
  // A JoinGroup that is parked when the cut comes: without it its member would wait for the rebalance timeout.
  Scenario scenario = with_a_cut(AssignorKind::range, 1s);
  for (MemberSpec& member : scenario.world.groups[0].members) member.join_at = 14s;
  // Both come within the first 3 s, so it is 6 s (G-11): as if nothing had been.
  CHECK(only_rebalance(scenario).ended == 14s + 6s + 1ms + 1ms + 2ms + 2ms);
}

TEST_CASE("G-10: who is out of its group when the run ends comes back, and everything is read (found by swarm)") {
  // Cut off from 15 s on for 12 s, the members are out after 10 s; the run ends at 30 s, before their heartbeats have
  // been sent again.
  Scenario scenario = with_a_cut(AssignorKind::range, 14s);
  scenario.world.groups[0].retry.request_timeout = 17s;
  scenario.duration = 28s;
  const TrialResult result = settled_run(scenario);
  CHECK(result.conservation.delivered == result.conservation.expected_delivered);
}

TEST_CASE("G-11: a new group waits 3 s for members, and again as long as more come") {
  // JoinGroup at 10.001 s; another at 11.001 s, so at 13.001 s it waits until 16.001 s. Then join answered, sync,
  // offsets.
  Scenario scenario = twelve_partitions(AssignorKind::range, 2);
  std::vector<MemberSpec>& members = scenario.world.groups[0].members;
  members[0].join_at = 10s;
  members[1].join_at = 11s;
  CHECK(only_rebalance(scenario).ended == 16s + 1ms + 1ms + 2ms + 2ms);
  scenario.world.brokers[0].group_initial_rebalance_delay = 500ms;  // over before the second comes
  const TrialResult result = settled_run(scenario);
  REQUIRE(result.groups[0].rebalances.size() == 2);
  CHECK(result.groups[0].rebalances[0].ended == 10500ms + 1ms + 1ms + 2ms + 2ms);
  CHECK(result.groups[0].members[0].partitions == 6);
  CHECK(result.groups[0].members[1].partitions == 6);
}

TEST_CASE("A member whose application is busy joins at its next poll(), and the eager group waits for it") {
  // Member 1 takes 2 s for each record and has had plenty since 1 s: its poll() returns one record, so it polls every
  // 2 s. What it had buffered goes to whoever reads the partition next; every record is handed over once.
  Scenario scenario = twelve_partitions(AssignorKind::range, 3);
  ConsumerGroupSpec& group = scenario.world.groups[0];
  group.max_poll_records = 1;
  group.members[1].processing_time_per_record = DelayDistribution::constant(2s);
  group.members[1].leave_at = 20s;
  group.members[2].join_at = 10s;
  const TrialResult result = settled_run(scenario);
  REQUIRE(result.groups[0].rebalances.size() == 2);
  const RebalanceResult& joined = result.groups[0].rebalances[0];
  const Duration known = heartbeat_from(scenario, 1, 3s, 10s) + 2ms;
  CHECK(joined.ended > known + 8ms);
  CHECK(joined.ended <= std::max(known, heartbeat_from(scenario, 0, 3s, 10s) + 2ms) + 2s + 8ms);
  CHECK(result.conservation.delivered == result.conservation.generated);
}

TEST_CASE("A group that everybody has left is read by nobody, and goes on where it was") {
  for (const AssignorKind assignor :
       {AssignorKind::range, AssignorKind::cooperative_sticky, AssignorKind::server_range}) {
    Scenario scenario = twelve_partitions(assignor, 2);
    std::vector<MemberSpec>& members = scenario.world.groups[0].members;
    members[0].leave_at = 10s;
    members[1].join_at = 20s;
    const TrialResult result = settled_run(scenario);
    REQUIRE(result.groups[0].rebalances.size() == 2);
    CHECK(result.groups[0].rebalances[0].members[0].after == 0);
    CHECK(result.groups[0].members[1].partitions == 12);
    CHECK(result.groups[0].lag_records_max >= 48 * 10);
    const Duration delay = assignor == AssignorKind::server_range ? 0s : 3s;  // G-11 is the classic protocol's
    const Duration trips = assignor == AssignorKind::server_range ? 4ms : 6ms;
    CHECK(result.groups[0].rebalances[1].ended == 20s + delay + trips);
  }
}

TEST_CASE("Whatever comes and goes, every record is handed over once and every group settles") {
  constexpr std::array<AssignorKind, 6> assignors{AssignorKind::range,          AssignorKind::round_robin,
                                                  AssignorKind::sticky,         AssignorKind::cooperative_sticky,
                                                  AssignorKind::server_uniform, AssignorKind::server_range};
  constexpr std::array<ReadPolicy, 4> policies{ReadPolicy::leader, ReadPolicy::rack_aware, ReadPolicy::c3,
                                               ReadPolicy::random_replica};
  for (std::uint32_t seed = 0; seed < 48; ++seed) {
    CAPTURE(seed);
    RandomStream random({seed, 0}, "test", "comings and goings");
    const auto between = [&](Duration from, Duration to) {
      return from + Duration{static_cast<std::int64_t>(random.uniform() * static_cast<double>((to - from).count()))};
    };
    Scenario scenario = tiny::brokers_in_zones(3, 2ms);
    scenario.seed = seed;
    for (const std::uint32_t partitions : {5U, 8U}) {
      TopicSpec topic;
      topic.id = "t" + std::to_string(partitions);
      topic.partitions = partitions;
      scenario.world.topics.push_back(topic);
      ProducerSpec& producer = tiny::add_producer(
          scenario, TopicIndex{static_cast<std::uint32_t>(scenario.world.topics.size() - 1)}, 60, 1s);
      producer.partitioner.kind = PartitionerSpec::Kind::round_robin;
      producer.batch_size = 4000;
      producer.linger = 50ms;
    }
    ConsumerGroupSpec& group = tiny::add_group(scenario, {TopicIndex{0}, TopicIndex{1}}, 0);
    group.assignor = assignors[seed % assignors.size()];
    group.coordination.emplace().auto_commit = random.below(4) > 0;
    group.max_poll_records = 1 + static_cast<std::int32_t>(random.below(20));
    group.members.clear();
    for (std::uint32_t m = 0; m < 7; ++m) {
      MemberSpec& member = group.members.emplace_back();
      member.zone = ZoneIndex{random.below(3)};
      member.client_rack = scenario.world.network.zones[member.zone.value];
      if (random.below(2) == 0) member.processing_time_per_record = DelayDistribution::constant(between(0ms, 30ms));
      if (random.below(4) == 0) member.pauses = {{between(5s, 15s), between(16s, 30s)}};
      if (m == 0) continue;  // the one that stays
      if (random.below(2) == 0) member.join_at = between(1s, 30s);
      if (random.below(2) == 0) member.leave_at = between(member.join_at.value_or(100ms), 39s);
    }
    scenario.duration = 40s;
    scenario.drain_limit = 300s;
    const TrialResult result = settled_run(scenario, policies[seed / assignors.size() % policies.size()]);
    CHECK(result.conservation.delivered == result.conservation.generated);
    for (const RebalanceResult& rebalance : result.groups[0].rebalances) CHECK(rebalance.settled);
    std::uint32_t partitions = 0;
    for (const MemberResult& member : result.groups[0].members) partitions += member.partitions;
    CHECK(partitions == 13);
  }
}
