// SPDX-License-Identifier: Apache-2.0
// Every law is broken once on purpose, and a run that breaks none is silent (invariants-and-faults A.7: a check without
// a test that makes it fire does not count as existing). One partition, three replicas, min.insync.replicas 2 unless
// said.
#include "sim/invariants/invariants.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

namespace brokersim {
namespace {

using namespace std::chrono_literals;

constexpr Instant start{};
constexpr LeadersIsr everybody{0b111, 0b111};
const std::vector<BrokerIndex> everybody_there{BrokerIndex{0}, BrokerIndex{1}, BrokerIndex{2}};
struct CacheEntry {
  std::uint32_t epoch, position;
};

std::string violated(const auto& step) {
  try {
    step();
  } catch (const InvariantViolation& violation) {
    return violation.id;
  }
  return "";
}

/// Replicas 0, 1, 2 on brokers of ids 1, 2, 3; replica 0 leads in epoch 0.
struct World {
  explicit World(bool elr = true, bool unclean = false) : laws(cluster(elr)), unclean_allowed(unclean) {}

  static CheckedCluster cluster(bool elr) {
    CheckedCluster cluster;
    cluster.broker_ids = {1, 2, 3};
    cluster.broker_epochs = {1, 2, 3};
    cluster.partitions = {{"t/0", everybody_there, 3, 2}};
    cluster.eligible_leader_replicas = elr;
    cluster.logs_may_be_lost = true;
    cluster.replica_lag_time_max = 30s;
    return cluster;
  }

  /// The leader appends a batch of its own producer's next record.
  void append(std::uint32_t leader, std::optional<LeadersIsr> isr = everybody) {
    laws.on_appended(leader, end[leader], {batch, 7, batch, -1, true}, isr);
    ++batch;
    ++end[leader];
  }
  void copy(std::uint32_t follower, std::uint32_t leader) {
    laws.on_copied(follower, leader, end[leader]);
    end[follower] = end[leader];
  }
  void fetch(std::uint32_t follower, std::uint32_t leader, std::uint32_t epoch = 0, Instant now = start) {
    laws.on_fetch_counted(follower, leader, epoch, end[follower], broker_epoch[follower], now);
  }
  /// Appended by replica 0, copied by 1 and 2, committed.
  void replicate(std::uint32_t batches) {
    for (std::uint32_t i = 0; i < batches; ++i) {
      append(0);
      for (const std::uint32_t follower : {1U, 2U}) {
        copy(follower, 0);
        fetch(follower, 0);
      }
      laws.on_committed(0, end[0] - 1, batch - 1);
      laws.on_high_watermark(0, end[0] - 1, end[0], everybody);
    }
  }
  void record(std::optional<std::uint32_t> leader, std::uint32_t epoch, std::vector<std::uint32_t> isr,
              std::vector<std::uint32_t> elr = {}, bool unclean = false) {
    std::vector<BrokerIndex> in_sync, eligible;
    for (const std::uint32_t place : isr) in_sync.push_back(BrokerIndex{place});
    for (const std::uint32_t place : elr) eligible.push_back(BrokerIndex{place});
    std::optional<BrokerIndex> broker;
    if (leader) broker = BrokerIndex{*leader};
    laws.on_partition_record(
        0, {broker, epoch, ++partition_epoch, in_sync, eligible, everybody_there, 2, unclean_allowed, unclean});
  }
  void elect(std::uint32_t leader, std::uint32_t epoch, std::vector<std::uint32_t> isr,
             std::vector<std::uint32_t> elr = {}, bool unclean = false) {
    record(leader, epoch, std::move(isr), std::move(elr), unclean);
    laws.on_records_written();
  }
  void lead(std::uint32_t leader, std::uint32_t epoch, std::uint32_t high_watermark = 0) {
    laws.on_leads(leader, epoch, end[leader], high_watermark, start);
  }
  void kill(std::uint32_t broker) {
    laws.on_process_ended(BrokerIndex{broker});
    laws.on_broker_record(BrokerIndex{broker}, true, false);
  }

  Invariants laws;
  bool unclean_allowed;
  std::array<std::uint32_t, 3> end{};
  std::array<std::int64_t, 3> broker_epoch{1, 2, 3};
  std::uint32_t batch = 0, partition_epoch = 0;
};

TEST_CASE("a crash, a clean election and a return break no law") {
  World world;
  world.replicate(3);
  world.append(0);
  world.copy(1, 0);
  world.fetch(1, 0);
  world.kill(0);
  world.elect(1, 1, {1, 2});
  world.lead(1, 1, 2);
  world.laws.on_follows(2, 1);
  world.append(1, LeadersIsr{0b110, 0b110});
  world.copy(2, 1);
  world.fetch(2, 1, 1);
  world.laws.on_high_watermark(1, 2, 5, {0b110, 0b110});
  world.laws.on_registered(BrokerIndex{0}, 17, 1, false);
  world.broker_epoch[0] = 17;
  world.laws.on_follows(0, 1);
  world.laws.on_truncated(0, 4);
  world.end[0] = 4;
  world.laws.on_broker_record(BrokerIndex{0}, false, false);
  world.laws.on_records_written();
  world.copy(0, 1);
  world.fetch(0, 1, 1);
  world.elect(1, 1, {0, 1, 2});
  world.laws.on_shown(0, 5, 5);
  world.laws.check_liveness({}, start);
  world.laws.check_losses(0);
  CHECK(world.laws.relaxed().empty());
}

TEST_CASE("INV-P01: no gap in a log, no high watermark beyond it, no end that nobody wrote") {
  World world;
  world.replicate(2);
  CHECK(violated([&] { world.laws.on_appended(0, 3, {9, 7, 9, -1, true}, everybody); }) == "INV-P01");
  CHECK(violated([&] { world.laws.on_high_watermark(0, 2, 3, everybody); }) == "INV-P01");
  CHECK(violated([&] { world.laws.on_truncated(1, 3); }) == "INV-P01");
  world.elect(1, 1, {0, 1, 2});
  CHECK(violated([&] { world.laws.on_leads(1, 1, 3, 2, start); }) == "INV-P01");
}

TEST_CASE("INV-P02: epochs grow along a log and in its cache (S-22)") {
  World world;
  world.replicate(1);
  const std::vector<CacheEntry> falls{{0, 0}, {3, 1}, {2, 1}};
  CHECK(violated([&] { world.laws.on_epoch_cache(0, falls); }) == "INV-P02");
  const std::vector<CacheEntry> beyond{{0, 0}, {3, 2}};
  CHECK(violated([&] { world.laws.on_epoch_cache(0, beyond); }) == "INV-P02");
}

TEST_CASE("INV-P03: the cache says where each epoch of the log starts (M-29, M-33, M-34)") {
  World world;
  world.replicate(2);
  const std::vector<CacheEntry> right{{0, 0}, {4, 2}};  // an epoch without a record may be there
  world.laws.on_epoch_cache(0, right);
  const std::vector<CacheEntry> late{{0, 1}}, none{{4, 2}};
  CHECK(violated([&] { world.laws.on_epoch_cache(0, late); }) == "INV-P03");
  CHECK(violated([&] { world.laws.on_epoch_cache(0, none); }) == "INV-P03");
}

TEST_CASE("INV-P04: one leader an epoch (M-26)") {
  World world;
  world.elect(1, 1, {0, 1, 2});
  world.lead(1, 1);
  CHECK(violated([&] { world.lead(2, 1); }) == "INV-P04");
}

TEST_CASE("INV-P05: who is elected cleanly has all that is committed (S-01)") {
  World world;
  world.replicate(2);
  world.laws.on_log_lost(2, 1);  // and its broker stays in the ISR, though it has lost data
  world.end[2] = 1;
  CHECK(violated([&] { world.elect(2, 1, {0, 1, 2}); }) == "INV-P05");
  World later;
  later.replicate(2);
  later.elect(1, 1, {0, 1, 2});
  later.laws.on_log_lost(1, 1);
  later.end[1] = 1;
  CHECK(violated([&] { later.lead(1, 1); }) == "INV-P05");
}

TEST_CASE("INV-P06: who may be elected cleanly has all that is committed (S-09)") {
  World world;
  world.append(0);
  world.copy(1, 0);
  world.fetch(1, 0);
  // The leader waits for replica 1 alone, though the controller's ISR has replica 2 too.
  CHECK(violated([&] { world.laws.on_high_watermark(0, 0, 1, {0b011, 0b011}); }) == "INV-P15");
  World grown;  // replica 2 is out; what is committed without it makes it unfit to be taken in
  grown.elect(0, 1, {0, 1});
  grown.lead(0, 1);
  for (const std::uint32_t follower : {1U, 2U}) grown.laws.on_follows(follower, 1);
  grown.fetch(2, 0, 1);
  grown.append(0, LeadersIsr{0b011, 0b011});
  grown.copy(1, 0);
  grown.fetch(1, 0, 1);
  grown.laws.on_high_watermark(0, 0, 1, {0b011, 0b011});
  CHECK(violated([&] { grown.elect(0, 1, {0, 1, 2}); }) == "INV-P06");
}

TEST_CASE("INV-P07: no member of the ISR cuts what is committed (M-01)") {
  World world;
  world.replicate(2);
  CHECK(violated([&] { world.laws.on_truncated(1, 1); }) == "INV-P07");
}

TEST_CASE("INV-P08, INV-P14: a follower shows what it was told, has, and is committed (M-24)") {
  World world;
  world.replicate(2);
  world.laws.on_shown(1, 2, 2);
  CHECK(violated([&] { world.laws.on_shown(1, 2, 1); }) == "INV-P14");
  CHECK(violated([&] { world.laws.on_shown(1, 3, 3); }) == "INV-P14");
  World diverged;  // replica 0 goes on as leader of epoch 0 while replica 1 leads
  diverged.elect(1, 1, {0, 1, 2});
  diverged.lead(1, 1);
  diverged.append(0, std::nullopt);
  diverged.laws.on_follows(2, 1);
  diverged.append(1);
  diverged.copy(2, 1);
  diverged.laws.on_follows(0, 1);
  diverged.fetch(2, 1, 1);
  diverged.laws.on_fetch_counted(0, 1, 1, 0, 1, start);
  // Were its fetch of one batch counted, though it is another one:
  CHECK(violated([&] { diverged.laws.on_fetch_counted(0, 1, 1, 1, 1, start); }) == "INV-P25");
  diverged.elect(1, 1, {1, 2});
  diverged.laws.on_high_watermark(1, 0, 1, {0b110, 0b110});
  CHECK(violated([&] { diverged.laws.on_shown(0, 1, 1); }) == "INV-P08");
  CHECK(violated([&] { diverged.laws.on_copied(0, 1, 1); }) == "INV-P09");
}

TEST_CASE("INV-P10: a leader that commits other batches than were committed (S-03)") {
  World world;
  world.replicate(1);
  world.laws.on_log_lost(0, 0);
  world.end[0] = 0;
  world.append(0);
  world.append(0);
  for (const std::uint32_t follower : {1U, 2U}) {
    world.laws.on_log_lost(follower, 0);
    world.end[follower] = 0;
    world.copy(follower, 0);
    world.fetch(follower, 0);
  }
  CHECK(violated([&] { world.laws.on_high_watermark(0, 1, 2, everybody); }) == "INV-P10");
}

TEST_CASE("INV-P12: a leader's high watermark never falls in its epoch (M-22)") {
  World world;
  world.replicate(2);
  CHECK(violated([&] { world.laws.on_high_watermark(0, 1, 2, everybody); }) == "INV-P12");
}

TEST_CASE("INV-P13: the high watermark waits for each in-sync replica and for enough of them (M-05, M-06, M-21)") {
  World world;
  world.append(0);
  world.copy(1, 0);
  world.fetch(1, 0);
  CHECK(violated([&] { world.laws.on_high_watermark(0, 0, 1, everybody); }) == "INV-P13");
  CHECK(violated([&] { world.laws.on_high_watermark(0, 0, 1, {0b001, 0b001}); }) == "INV-P13");
  CHECK(violated([&] { world.laws.on_high_watermark(1, 0, 0, everybody); }) == "INV-P13");
  world.elect(0, 1, {0, 1, 2});
  world.lead(0, 1);  // a new epoch: what it knew of its followers is forgotten (S-31)
  CHECK(violated([&] { world.laws.on_high_watermark(0, 0, 1, {0b011, 0b011}); }) == "INV-P13");
}

TEST_CASE("INV-P16: one ISR proposal at a time (M-31)") {
  World world;
  world.laws.on_isr_proposed(0, 0, start);
  CHECK(violated([&] { world.laws.on_isr_proposed(0, 0, start); }) == "INV-P16");
  world.laws.on_isr_answered(0);
  world.laws.on_isr_proposed(0, 0, start);
}

TEST_CASE("INV-P17: the shape of a registration") {
  CHECK(violated([] { World().record(0, 1, {1, 2}); }) == "INV-P17");       // the leader outside the ISR
  CHECK(violated([] { World().record(0, 1, {0, 1}, {1}); }) == "INV-P17");  // in both
  CHECK(violated([] { World().record(0, 1, {0, 1}, {2}); }) == "INV-P17");  // an ELR while there are enough
  CHECK(violated([] { World().record(0, 1, {0, 1, 1}); }) == "INV-P17");    // twice
  World leaderless;
  leaderless.record({}, 1, {}, {0, 1, 2});
  const std::vector<BrokerIndex> alone{BrokerIndex{0}}, others{BrokerIndex{1}, BrokerIndex{2}};
  const ControllerRecord elected{BrokerIndex{0}, 2, 2, alone, others, everybody_there, 1};  // the minimum is 1 since
  CHECK(violated([&] { leaderless.laws.on_partition_record(0, elected); }) == "INV-P17");
  CHECK(violated([] { World(false).record({}, 1, {}); }) == "INV-P17");  // nobody, without ELR
}

TEST_CASE("INV-P18: nobody who is fenced or shuts down is elected, added, or stays (M-15, S-17)") {
  World elected;
  elected.laws.on_broker_record(BrokerIndex{1}, false, true);
  CHECK(violated([&] { elected.elect(1, 1, {0, 1, 2}); }) == "INV-P18");
  World stays;
  stays.kill(2);
  CHECK(violated([&] { stays.laws.on_records_written(); }) == "INV-P18");
}

TEST_CASE("INV-P19: epochs never fall, a change is a partition epoch, another leader another epoch (M-13, M-26)") {
  World world;
  CHECK(violated([&] { world.record(1, 0, {0, 1, 2}); }) == "INV-P19");
  CHECK(violated([&] { world.record(1, 1, {0, 1, 2}); }) == "INV-P19");  // the partition epoch has gone up twice
}

TEST_CASE("INV-P19: a proposal of another epoch is not accepted (M-13)") {
  World world;
  world.laws.on_isr_accepted(0, 0, 0);
  CHECK(violated([&] { world.laws.on_isr_accepted(0, 1, 0); }) == "INV-P19");
  CHECK(violated([&] { world.laws.on_isr_accepted(0, 0, 1); }) == "INV-P19");
}

TEST_CASE("INV-P20: an incarnation has one broker epoch, the next one a greater (M-30, S-24)") {
  World world;
  world.laws.on_process_ended(BrokerIndex{0});
  world.laws.on_registered(BrokerIndex{0}, 10, 1, true);
  world.laws.on_registered(BrokerIndex{0}, 10, 1, true);
  CHECK(violated([&] { world.laws.on_registered(BrokerIndex{0}, 11, 1, true); }) == "INV-P20");
  world.laws.on_process_ended(BrokerIndex{0});
  CHECK(violated([&] { world.laws.on_registered(BrokerIndex{0}, 10, 2, true); }) == "INV-P20");
}

TEST_CASE("INV-P21: who stopped uncleanly is out until it has caught up (S-07)") {
  World world;
  world.replicate(1);
  world.kill(2);
  world.laws.on_registered(BrokerIndex{2}, 10, 1, false);
  CHECK(violated([&] { world.elect(0, 0, {0, 1, 2}); }) != "");
  World elr;
  elr.kill(2);
  elr.kill(1);
  elr.laws.on_registered(BrokerIndex{1}, 10, 1, false);
  CHECK(violated([&] { elr.elect(0, 0, {0}, {1, 2}); }) == "INV-P21");
}

TEST_CASE("INV-P22: who joins has fetched everything in this epoch, as its present incarnation (S-08, S-10)") {
  World world;
  world.elect(0, 1, {0, 1});
  world.lead(0, 1);
  for (const std::uint32_t follower : {1U, 2U}) world.laws.on_follows(follower, 1);
  CHECK(violated([&] { world.elect(0, 1, {0, 1, 2}); }) == "INV-P22");
  World stale;
  stale.elect(0, 1, {0, 1});
  stale.lead(0, 1);
  stale.laws.on_follows(2, 1);
  stale.fetch(2, 0, 1);
  stale.laws.on_process_ended(BrokerIndex{2});
  stale.laws.on_registered(BrokerIndex{2}, 10, 1, true);
  CHECK(violated([&] { stale.elect(0, 1, {0, 1, 2}); }) == "INV-P22");
  World unknown;  // its process is gone again, which the controller cannot know yet
  unknown.elect(0, 1, {0, 1});
  unknown.lead(0, 1);
  unknown.laws.on_follows(2, 1);
  unknown.fetch(2, 0, 1);
  unknown.laws.on_process_ended(BrokerIndex{2});
  unknown.elect(0, 1, {0, 1, 2});
}

TEST_CASE("INV-P23: who has caught up lately stays (M-25)") {
  World world;
  world.append(0);
  world.laws.on_fetch_counted(1, 0, 0, 0, 2, start + 1s);
  CHECK(violated([&] { world.laws.on_isr_proposed(0, 0b010, start + 20s); }) == "INV-P23");
  World long_ago;
  long_ago.append(0);
  long_ago.laws.on_isr_proposed(0, 0b010, start + 31s);
}

TEST_CASE("INV-P24: a fetch of another epoch is not counted (M-03, S-05)") {
  World world;
  world.elect(0, 1, {0, 1, 2});
  world.lead(0, 1);
  CHECK(violated([&] { world.fetch(1, 0, 0); }) == "INV-P24");
  CHECK(violated([&] { world.fetch(1, 2, 1); }) == "INV-P24");
}

TEST_CASE("INV-P26, INV-P28: acks=all is answered when it is committed, acks=1 when it is appended (M-10)") {
  World world;
  world.append(0);
  world.laws.on_acknowledged(0, 0, 0, false, false);
  CHECK(violated([&] { world.laws.on_acknowledged(0, 0, 0, true, false); }) == "INV-P26");
  CHECK(violated([&] { world.laws.on_acknowledged(0, 1, 5, false, false); }) == "INV-P28");
}

TEST_CASE("INV-P27: acks=all is refused while too few are in sync") {
  World world;
  CHECK(violated([&] { world.append(0, LeadersIsr{0b001, 0b001}); }) == "INV-P27");
}

TEST_CASE("INV-P29: an idempotent producer's records are committed once and in order (M-23)") {
  World world;
  world.replicate(2);
  CHECK(violated([&] { world.laws.on_committed(0, 2, 1); }) == "INV-P29");
}

TEST_CASE("INV-C09, INV-P30: consumers read what is committed (M-11)") {
  World world;
  world.replicate(1);
  world.append(0);
  world.laws.on_read(0, 0, 0, 0);
  CHECK(violated([&] { world.laws.on_read(0, 0, 1, 1); }) == "INV-C09");
  CHECK(violated([&] { world.laws.on_read(0, 0, 0, 1); }) == "INV-P30");
}

TEST_CASE(
    "INV-P30, INV-P26: a committed batch is right at its own position only, and no more once an election cut it off") {
  World world(true, true);
  world.replicate(2);
  world.laws.on_read(0, 1, 1, 1);
  CHECK(violated([&] { world.laws.on_read(0, 1, 0, 1); }) == "INV-P30");
  CHECK(violated([&] { world.laws.on_acknowledged(0, 0, 1, true, false); }) == "INV-P26");
  world.laws.on_acknowledged(0, 1, 1, true, false);
  world.elect(0, 0, {0});
  world.laws.on_process_ended(BrokerIndex{2});
  world.laws.on_log_lost(2, 1);
  world.kill(0);
  world.laws.on_process_ended(BrokerIndex{1});
  world.laws.on_broker_record(BrokerIndex{1}, true, false);
  world.elect(2, 1, {2}, {}, true);  // it has the first of them only
  world.end[2] = 1;
  world.lead(2, 1, 1);
  CHECK(violated([&] { world.laws.on_read(0, 2, 1, 1); }) == "INV-C09");
}

TEST_CASE("INV-P31: a preferred read replica is in sync and has the offset (M-28, S-15)") {
  World world;
  world.replicate(1);
  world.laws.on_redirected(1, 1, true);
  CHECK(violated([&] { world.laws.on_redirected(1, 1, false); }) == "INV-P31");
  CHECK(violated([&] { world.laws.on_redirected(1, 2, true); }) == "INV-P31");
}

TEST_CASE("INV-P32: unclean elections only where they are enabled and nobody else is left (M-07)") {
  World off;
  for (const std::uint32_t broker : {0U, 1U}) off.kill(broker);
  CHECK(violated([&] { off.elect(2, 1, {2}, {}, true); }) == "INV-P32");
  World others(true, true);
  CHECK(violated([&] { others.elect(2, 1, {2}, {}, true); }) == "INV-P32");
  World not_said(true, true);
  not_said.elect(0, 0, {0, 1});
  CHECK(violated([&] { not_said.elect(2, 1, {0, 1, 2}); }) == "INV-P32");
}

TEST_CASE("INV-P33: a follower copies from the leader of its own epoch (M-19)") {
  World world;
  world.append(0);
  world.elect(1, 1, {0, 1, 2});
  world.laws.on_follows(2, 1);
  CHECK(violated([&] { world.copy(2, 0); }) == "INV-P33");
}

TEST_CASE("an unclean election may take away what was committed; then it counts as never committed (G2, S-20)") {
  World world(true, true);
  world.elect(0, 1, {0, 1});
  world.lead(0, 1);
  for (const std::uint32_t follower : {1U, 2U}) world.laws.on_follows(follower, 1);
  world.append(0, LeadersIsr{0b011, 0b011});
  world.copy(1, 0);
  world.fetch(1, 0, 1);
  world.laws.on_high_watermark(0, 0, 1, {0b011, 0b011});
  for (const std::uint32_t broker : {0U, 1U}) world.kill(broker);
  world.elect({2}, 2, {2}, {}, true);
  world.lead(2, 2);
  CHECK(world.laws.relaxed() == std::vector<std::string>{"unclean election"});
  world.laws.check_losses(1);
  CHECK(violated([] { World().laws.check_losses(1); }) == "INV-C01");
}

TEST_CASE("INV-P14: a leader goes on showing what it showed, which an unclean election may have taken away (G1, G2)") {
  World world(false, true);
  world.replicate(2);
  world.elect(0, 0, {0});
  world.laws.on_process_ended(BrokerIndex{1});
  world.laws.on_log_lost(1, 0);
  world.kill(0);
  world.elect(1, 1, {1}, {}, true);  // the controller does not know that it is dead: it never serves
  world.laws.on_broker_record(BrokerIndex{1}, true, false);
  world.laws.on_broker_record(BrokerIndex{0}, false, false);
  world.elect(0, 2, {0}, {}, true);
  world.lead(0, 2, 2);
  world.laws.on_follows(2, 2);
  world.fetch(2, 0, 2);
  world.laws.on_shown(2, 2, 2);
  CHECK(violated([&] { world.laws.on_shown(2, 3, 3); }) == "INV-P14");
  World clean;
  clean.append(0);
  clean.copy(1, 0);
  clean.elect(1, 1, {0, 1, 2});
  CHECK(violated([&] { clean.lead(1, 1, 1); }) == "INV-P14");  // nobody has committed that
}

/// Three batches are handed over. Broker 2 loses the last of them and is elected uncleanly in epoch 1.
World with_a_lost_batch() {
  World world(true, true);
  world.replicate(3);
  for (std::uint32_t position = 0; position < 3; ++position) world.laws.on_delivered(0, 0, position, position);
  world.elect(0, 0, {0});
  world.laws.on_log_lost(1, 2);
  world.end[1] = 2;
  world.kill(0);
  world.elect(1, 1, {1}, {}, true);
  return world;
}

/// ... and appends batches 3 and 4 at positions 2 and 3.
World with_another_batch() {
  World world = with_a_lost_batch();
  world.lead(1, 1, 2);
  const LeadersIsr alone{0b111, 0b010};
  for (int i = 0; i < 2; ++i) world.append(1, alone);
  world.laws.on_high_watermark(1, 2, 4, alone);
  return world;
}

TEST_CASE("INV-C05: a group goes on in the log that it has read, or is told that it must go back (S-06)") {
  World gone = with_another_batch();
  World told = with_another_batch();
  CHECK(violated([&] { gone.laws.on_delivered(0, 0, 3, 4); }) == "INV-C05");
  told.laws.on_position_set(0, 2);
  told.laws.on_delivered(0, 0, 2, 3);
  told.laws.on_delivered(0, 0, 3, 4);
  World back = with_a_lost_batch();  // it serves nobody, and who has the batch leads again
  back.kill(1);
  back.laws.on_broker_record(BrokerIndex{0}, false, false);
  back.elect(0, 2, {0}, {}, true);
  back.lead(0, 2, 3);
  back.append(0, LeadersIsr{0b111, 0b001});
  back.laws.on_high_watermark(0, 3, 4, {0b111, 0b001});
  back.laws.on_delivered(0, 0, 3, 3);
}

TEST_CASE("INV-C05, INV-C06: a group is handed batch after batch, each once") {
  World world;
  world.replicate(6);
  world.laws.on_delivered(0, 0, 0, 0);
  CHECK(violated([&] { world.laws.on_delivered(0, 0, 2, 2); }) == "INV-C05");
  CHECK(violated([&] { world.laws.on_delivered(0, 0, 0, 0); }) == "INV-C06");
  world.laws.on_position_set(0, 5);
  world.laws.on_delivered(0, 0, 5, 5);
}

TEST_CASE("INV-L01 to INV-L05: once healed everybody leads, follows and has everything") {
  World world;
  world.append(0);
  CHECK(violated([&] { world.laws.check_liveness({}, start); }) == "INV-L05");
  for (const std::uint32_t follower : {1U, 2U}) world.copy(follower, 0);
  CHECK(violated([&] { world.laws.check_liveness({}, start); }) == "INV-L04");
  world.elect(0, 0, {0, 1});
  CHECK(violated([&] { world.laws.check_liveness({}, start); }) == "INV-L02");
  world.elect(1, 1, {0, 1});
  CHECK(violated([&] { world.laws.check_liveness({}, start); }) == "INV-L01");
}

TEST_CASE("INV-L06: who waits for an answer gets it or asks again (M-68, M-69, M-70)") {
  OpenAtEnd open;
  open.request_timeout = 30s;
  World world;
  SUBCASE("a broker and the controller") {
    open.with_controller = {{BrokerIndex{1}, start + 5s}};
    world.laws.check_requests(open, start + 35s);
    CHECK(violated([&] { world.laws.check_requests(open, start + 35s + 1ns); }) == "INV-L06");
  }
  SUBCASE("a proposed ISR") {
    world.laws.on_isr_proposed(0, 0, start + 5s);
    world.laws.check_liveness(open, start + 35s);
    CHECK(violated([&] { world.laws.check_liveness(open, start + 35s + 1ns); }) == "INV-L06");
    world.laws.on_isr_answered(0);
    world.laws.check_liveness(open, start + 36s);
  }
  SUBCASE("a follower and its leader") {
    world.laws.check_liveness(open, start);
    open.without_fetch = {2};
    CHECK(violated([&] { world.laws.check_liveness(open, start); }) == "INV-L06");
  }
}

TEST_CASE("INV-L07: every unfenced broker applies what is committed, and INV-P19: nothing else (M-71)") {
  OpenAtEnd open;
  open.request_timeout = 30s;
  World world;
  world.laws.on_metadata_committed(1, start + 1s);
  world.laws.on_metadata_committed(3, start + 5s);
  CHECK(violated([&] { world.laws.on_metadata_applied(BrokerIndex{0}, 4); }) == "INV-P19");
  world.laws.on_metadata_applied(BrokerIndex{0}, 3);
  for (const std::uint32_t other : {1U, 2U}) world.laws.on_metadata_applied(BrokerIndex{other}, 1);
  world.laws.check_liveness(open, start + 35s);
  CHECK(violated([&] { world.laws.check_liveness(open, start + 36s); }) == "INV-L07");
  world.laws.on_metadata_applied(BrokerIndex{1}, 3);
  world.laws.on_broker_record(BrokerIndex{2}, true, false);  // fenced: it need not have
  world.laws.check_liveness(open, start + 36s);
}

}  // namespace
}  // namespace brokersim
