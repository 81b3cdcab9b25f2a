// SPDX-License-Identifier: Apache-2.0
// The invariants of invariants-and-faults A.1 that are the controller's (P16 to P20, P32, P36), after every one of many
// random calls.
#include <algorithm>
#include <string>

#include "sim/random/stream.hpp"
#include "tests/control_plane/controlled_cluster.hpp"

namespace brokersim::test {
namespace {

constexpr std::uint32_t broker_count = 7, topic_count = 4, partitions_per_topic = 4;

/// What happened at least once: a walk that never went there proves nothing.
struct Visited {
  int unclean = 0, last_known_leader = 0, from_elr = 0, leaderless = 0, completed = 0, cancelled = 0, refused = 0,
      balanced = 0, swept = 0, fenced_by_time = 0, stopped = 0, failed_over = 0;
};

class Walk {
 public:
  Walk(std::uint64_t seed, bool elr, LeaderBalancing balancing)
      : elr_(elr),
        draws_({seed, 0}, "walk", elr ? "elr" : "no elr"),
        cluster_(broker_count, settings(elr, balancing)),
        last_epoch_(broker_count) {
    for (std::uint32_t t = 0; t < topic_count; ++t) {
      std::vector<ReplicaList> assignment;
      for (std::uint32_t p = 0; p < partitions_per_topic; ++p) assignment.push_back(some_brokers(3));
      // min.insync.replicas below the replication factor, so that a reassignment of partition 0 does not change it.
      unclean_allowed_.push_back(t >= 2);
      cluster_.controller.create_topic({1 + t % 2, t >= 2}, assignment, cluster_.now);
    }
    for (std::uint32_t b = 0; b < broker_count; ++b) last_epoch_[b] = controller().broker(BrokerIndex{b}).epoch;
    remember();
  }

  void step() {
    if (draws_.below(3) == 0) pass_time();
    const BrokerIndex broker{draws_.below(broker_count)};
    switch (draws_.below(16)) {
      case 0:
        return say(broker, true, false);
      case 1:
        return say(broker, draws_.below(4) == 0, true);
      case 2:
        return restart(broker);
      case 3:
        if (draws_.below(8) == 0) return judge(controller().unregister_broker(broker, now()).records);
        return say(broker, false, false);
      case 4:
      case 5:
      case 6:
      case 7:
        return alter();
      case 8:
        return elect();
      case 9:
        return reassign();
      case 10:
        return cancel();
      case 11:
        if (draws_.below(10) == 0) {
          controller().fail_over(now());
          ++visited.failed_over;
        }
        return;
      case 12:
        return toggle();
      default:
        return say(broker, false, false);
    }
  }

  Visited visited;

 private:
  static ControllerSettings settings(bool elr, LeaderBalancing balancing) {
    ControllerSettings settings;
    settings.eligible_leader_replicas = elr;
    settings.leader_balancing = balancing;
    settings.leader_imbalance_check_interval = 20s;  // often enough for a walk
    settings.unclean_leader_election_interval = 30s;
    settings.max_elections_per_pass = 3;
    return settings;
  }
  Controller& controller() { return cluster_.controller; }
  Instant now() const { return cluster_.now; }

  ReplicaList some_brokers(std::uint32_t count) {
    ReplicaList chosen;
    while (chosen.size() < count) {
      const BrokerIndex broker{draws_.below(broker_count)};
      if (!chosen.contains(broker)) chosen.push_back(broker);
    }
    return chosen;
  }
  PartitionIndex some_partition() { return PartitionIndex{draws_.below(topic_count * partitions_per_topic)}; }

  void pass_time() {
    const Instant end = now() + std::chrono::milliseconds(draws_.below(4000));
    while (controller().next_call_time() && *controller().next_call_time() <= end) {
      cluster_.now = std::max(now(), *controller().next_call_time());
      const MetadataBatch records = controller().on_time(now());
      visited.fenced_by_time += records.brokers.empty() ? 0 : 1;
      judge(records);
    }
    cluster_.now = end;
  }
  void say(BrokerIndex broker, bool wants_fence, bool wants_shutdown) {
    const MetadataOffset behind = draws_.below(4) == 0 ? draws_.below(5) : 0;
    const HeartbeatAnswer answer = controller().heartbeat({.broker = broker,
                                                           .epoch = controller().broker(broker).epoch,
                                                           .metadata_offset = controller().end_offset() - behind,
                                                           .wants_fence = wants_fence,
                                                           .wants_shutdown = wants_shutdown},
                                                          now());
    if (answer.should_shut_down) {
      ++visited.stopped;
      CHECK(controller().led_by(broker) == 0);
      CHECK(controller().broker(broker).fenced);
    }
    judge(answer.records);
  }
  /// P20
  void restart(BrokerIndex broker) {
    const bool again = draws_.below(4) == 0;
    const bool same = again && controller().is_registered(broker);
    const Incarnation incarnation = same ? controller().broker(broker).incarnation : ++incarnation_;
    const RegistrationAnswer answer =
        controller().register_broker(broker, incarnation, draws_.below(2) == 0, {}, now());
    BrokerEpoch& last = last_epoch_[broker.value];
    if (answer.error != ControllerError::none) {
      CHECK(answer.error == ControllerError::duplicate_broker_registration);
      CHECK(answer.records.empty());
    } else {
      CHECK((same ? answer.epoch == last : answer.epoch > last));
      last = answer.epoch;
    }
    judge(answer.records);
  }
  /// Any subset, sometimes under epochs that are off by one or from somebody else (P16, P18).
  void alter() {
    const PartitionIndex index = some_partition();
    const PartitionRegistration before = controller().partition(index);
    IsrProposal proposal{index, before.leader_epoch, before.partition_epoch, {}};
    for (const BrokerIndex replica : before.replicas) {
      if (replica == before.leader || draws_.below(4) != 0)
        proposal.isr.push_back({replica, controller().broker(replica).epoch});
    }
    const std::uint32_t spoilt = draws_.below(8);
    if (spoilt == 1) --proposal.partition_epoch;
    if (spoilt == 2) ++proposal.leader_epoch;
    const BrokerIndex from = before.leader && spoilt != 3 ? *before.leader : BrokerIndex{draws_.below(broker_count)};
    const AlterPartitionAnswer answer =
        controller().alter_partition(from, controller().broker(from).epoch, {&proposal, 1}, now());
    const bool accepted =
        answer.error == ControllerError::none && (answer.partitions.at(0).error == ControllerError::none ||
                                                  answer.partitions[0].error == ControllerError::new_leader_elected);
    if (accepted) {
      CHECK(from == before.leader);
      CHECK(proposal.leader_epoch == before.leader_epoch);
      CHECK(proposal.partition_epoch == before.partition_epoch);
      for (const ProposedReplica& member : proposal.isr) CHECK(controller().is_active(member.broker));
    } else {
      ++visited.refused;
      CHECK(answer.records.empty());
    }
    judge(answer.records);
  }
  void elect() {
    const PartitionIndex index = some_partition();
    const Election election = draws_.below(2) == 0 ? Election::preferred : Election::unclean;
    judge(controller().elect_leaders(election, {&index, 1}, now()).records);
  }
  void reassign() {
    const PartitionIndex index = some_partition();
    const bool first = index.value % partitions_per_topic == 0;
    const ReassignmentTarget target{index, some_brokers(first ? 3 : 2 + draws_.below(3))};
    judge(controller().alter_partition_reassignments({&target, 1}, now()).records);
  }
  void cancel() {
    const ReassignmentTarget target{some_partition(), {}};
    judge(controller().alter_partition_reassignments({&target, 1}, now()).records);
  }
  void toggle() {
    const std::uint32_t topic = draws_.below(topic_count);
    TopicRules rules = controller().rules(TopicIndex{topic});
    if (draws_.below(2) == 0) {
      unclean_allowed_[topic] = !unclean_allowed_[topic];
      rules.unclean_leader_election = unclean_allowed_[topic];
    } else {
      rules.min_insync_replicas = 3 - rules.min_insync_replicas;
    }
    judge(controller().set_topic_rules(TopicIndex{topic}, rules, now()));
  }

  void judge(const MetadataBatch& records) {
    check_offsets(records);
    for (const PartitionChange& change : records.partitions) {
      check_change(change, before_.at(change.partition.value));
      before_[change.partition.value] = change.registration;
    }
    for (std::uint32_t p = 0; p < before_.size(); ++p) {
      CHECK(controller().partition(PartitionIndex{p}) == before_[p]);  // nothing changes without a record
      check_shape(PartitionIndex{p});
    }
    check_indices();
  }
  void check_offsets(const MetadataBatch& records) {
    std::vector<MetadataOffset> offsets;
    for (const PartitionChange& change : records.partitions) offsets.push_back(change.offset);
    for (const BrokerChange& change : records.brokers) offsets.push_back(change.offset);
    for (const TopicChange& change : records.topics) offsets.push_back(change.offset);
    std::sort(offsets.begin(), offsets.end());
    for (const MetadataOffset offset : offsets) CHECK(offset == ++end_);
    CHECK(records.end_offset == end_);
    CHECK(controller().end_offset() == end_);
  }
  void check_change(const PartitionChange& change, const PartitionRegistration& before) {
    const PartitionRegistration& after = change.registration;
    CHECK(change.leader_before == before.leader);
    CHECK(after.partition_epoch == before.partition_epoch + 1);  // P19
    CHECK(after.leader_epoch == before.leader_epoch + (change.names_leader ? 1U : 0U));
    if (after.leader != before.leader) CHECK(change.names_leader);
    const bool elected = after.leader && after.leader != before.leader;
    if (elected) CHECK(controller().is_active(*after.leader));  // P18, P36
    const bool cancelled = change.cause == ChangeCause::reassignment_cancelled;
    for (const BrokerIndex member : after.isr) {  // P18
      const bool forced = cancelled && change.unclean;
      if (!before.isr.contains(member) && !forced) CHECK(controller().is_active(member));
    }
    const bool complete = after.leader && (before.isr.contains(*after.leader) || before.elr.contains(*after.leader));
    if (elected) CHECK(change.unclean == !complete);
    if (elected && complete && !before.isr.contains(*after.leader)) ++visited.from_elr;
    if (change.unclean) check_unclean(change, before);
    visited.leaderless += after.leader ? 0 : 1;
    visited.completed += change.completed_reassignment ? 1 : 0;
    visited.cancelled += cancelled ? 1 : 0;
    visited.balanced += change.cause == ChangeCause::leaders_balanced ? 1 : 0;
    visited.swept += change.cause == ChangeCause::unclean_sweep ? 1 : 0;
  }
  /// P32: allowed, nobody complete is alive, and the new leader is alone. A cancelled reassignment gives up the
  /// complete replicas knowingly.
  void check_unclean(const PartitionChange& change, const PartitionRegistration& before) {
    const PartitionRegistration& after = change.registration;
    ++visited.unclean;
    const bool last_known = before.last_known_elr == ReplicaList{*after.leader};
    visited.last_known_leader += last_known ? 1 : 0;
    // A leader that completes a reassignment hands over to who enters the ISR in the same record: it vouches for it,
    // and yet Kafka counts the election as unclean (PartitionRegistration.electionWasClean looks at the ISR before).
    if (change.completed_reassignment && after.recovery_state != LeaderRecoveryState::recovering) return;
    const bool by_hand = change.cause == ChangeCause::unclean_election;
    CHECK((by_hand || last_known || unclean_allowed_[controller().topic_of(change.partition).value]));
    CHECK(after.isr == ReplicaList{*after.leader});
    CHECK(after.elr.empty());
    if (change.cause == ChangeCause::reassignment_cancelled) return;
    CHECK(after.recovery_state == LeaderRecoveryState::recovering);
    for (const BrokerIndex member : before.isr) CHECK_FALSE(controller().is_active(member));
    for (const BrokerIndex member : before.elr) CHECK_FALSE(controller().is_active(member));
  }
  /// P17, P18
  void check_shape(PartitionIndex index) {
    const PartitionRegistration& one = controller().partition(index);
    CHECK(one.replicas.contains_all(one.isr));
    CHECK(one.replicas.contains_all(one.elr));
    for (const BrokerIndex member : one.isr) CHECK_FALSE(one.elr.contains(member));
    if (one.leader) CHECK(one.isr.contains(*one.leader));
    if (one.isr.size() >= controller().effective_min_insync_replicas(controller().topic_of(index)))
      CHECK(one.elr.empty());
    if (elr_) {
      if (one.isr.empty()) CHECK_FALSE(one.leader.has_value());
      for (const BrokerIndex member : one.isr) CHECK(controller().is_active(member));
      if (one.leader) CHECK(one.last_known_elr.empty());  // 4.2
    } else {
      CHECK_FALSE(one.isr.empty());
      CHECK(one.elr.empty());
    }
    if (one.leader) CHECK(controller().is_active(*one.leader));
  }
  void check_indices() {
    std::vector<std::uint32_t> led(broker_count), assigned(broker_count);
    std::uint32_t leaderless = 0, imbalanced = 0;
    for (std::uint32_t p = 0; p < before_.size(); ++p) {
      const PartitionRegistration& one = before_[p];
      for (const BrokerIndex replica : one.replicas) {
        const auto on = controller().partitions_on(replica);
        CHECK(std::binary_search(on.begin(), on.end(), PartitionIndex{p}));
        ++assigned[replica.value];
      }
      if (one.leader) ++led[one.leader->value];
      CHECK(controller().leaderless().contains(PartitionIndex{p}) == !one.leader);
      CHECK(controller().imbalanced().contains(PartitionIndex{p}) == !one.has_preferred_leader());
      leaderless += one.leader ? 0U : 1U;
      imbalanced += one.has_preferred_leader() ? 0U : 1U;
    }
    CHECK(controller().leaderless().size() == leaderless);
    CHECK(controller().imbalanced().size() == imbalanced);
    for (std::uint32_t b = 0; b < broker_count; ++b) {
      CHECK(controller().led_by(BrokerIndex{b}) == led[b]);
      CHECK(controller().partitions_on(BrokerIndex{b}).size() == assigned[b]);
    }
  }
  void remember() {
    for (std::uint32_t p = 0; p < controller().partitions(); ++p)
      before_.push_back(controller().partition(PartitionIndex{p}));
    end_ = controller().end_offset();
  }

  bool elr_;
  RandomStream draws_;
  ControlledCluster cluster_;
  std::vector<BrokerEpoch> last_epoch_;
  std::vector<bool> unclean_allowed_;
  Incarnation incarnation_ = 0;
  MetadataOffset end_ = no_metadata;
  std::vector<PartitionRegistration> before_;
};

Visited walk(bool elr, LeaderBalancing balancing) {
  Visited sum;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    Walk walk(seed, elr, balancing);
    for (int i = 0; i < 1500; ++i) {
      CAPTURE(i);
      walk.step();
    }
    const Visited& one = walk.visited;
    sum.unclean += one.unclean;
    sum.last_known_leader += one.last_known_leader;
    sum.from_elr += one.from_elr;
    sum.leaderless += one.leaderless;
    sum.completed += one.completed;
    sum.cancelled += one.cancelled;
    sum.refused += one.refused;
    sum.balanced += one.balanced;
    sum.swept += one.swept;
    sum.fenced_by_time += one.fenced_by_time;
    sum.stopped += one.stopped;
    sum.failed_over += one.failed_over;
  }
  CHECK(sum.unclean > 0);
  CHECK(sum.leaderless > 0);
  CHECK(sum.completed > 0);
  CHECK(sum.cancelled > 0);
  CHECK(sum.refused > 0);
  CHECK(sum.balanced > 0);
  CHECK(sum.fenced_by_time > 0);
  CHECK(sum.stopped > 0);
  CHECK(sum.failed_over > 0);
  return sum;
}

TEST_CASE("P16 to P20, P32 and P36 hold after every call of a random walk, with ELR") {
  const Visited visited = walk(true, LeaderBalancing::kraft);
  CHECK(visited.from_elr > 0);
  CHECK(visited.last_known_leader > 0);
}

TEST_CASE("P16 to P20 and P32 hold after every call of a random walk, without ELR") {
  const Visited visited = walk(false, LeaderBalancing::kraft);
  CHECK(visited.from_elr == 0);
  CHECK(visited.last_known_leader == 0);
  CHECK(visited.swept > 0);
}

TEST_CASE("P16 to P20 and P32 hold after every call of a random walk, balanced as under ZooKeeper") {
  walk(false, LeaderBalancing::zookeeper);
}

}  // namespace
}  // namespace brokersim::test
