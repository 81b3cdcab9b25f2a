// SPDX-License-Identifier: Apache-2.0
#include "sim/model/cluster.hpp"

#include <algorithm>
#include <utility>

#include "sim/model/group_members.hpp"
#include "sim/model/possible_replicas.hpp"
#include "sim/policy/replica_fetcher/fetcher_choice.hpp"

namespace brokersim {
namespace {

std::unique_ptr<ReplicaSelector> selector_of(ReadPolicy policy, const WorldSpec& world, RandomSource source) {
  std::size_t clients = 0;
  for (const ConsumerGroupSpec& group : world.groups) clients += group.members.size();
  return make_selector(policy, {source, static_cast<std::uint32_t>(clients)});
}

/// Whether a replica may lose batches that it had shown, or a new one may ask for all: then nobody's copy may be
/// forgotten.
bool may_lose_logs(const WorldSpec& world) {
  const bool unclean = std::any_of(world.topics.begin(), world.topics.end(),
                                   [](const TopicSpec& topic) { return topic.unclean_leader_election; });
  return unclean || may_delete(world) ||
         std::any_of(world.faults.begin(), world.faults.end(), [](const FaultSpec& fault) {
           return fault.kind == FaultKind::power_loss || fault.kind == FaultKind::wipe ||
                  fault.kind == FaultKind::zone_loss || fault.kind == FaultKind::reassign ||
                  (fault.kind == FaultKind::config_change &&
                   fault.setting == ChangedSetting::unclean_leader_election_enable);
         });
}

}  // namespace

Cluster::Cluster(const WorldSpec& spec, const std::vector<std::vector<BrokerIndex>>& replicas, ReadPolicy policy,
                 RandomSource source, const RunLimits& run_limits)
    : world(spec),
      limits(run_limits),
      random{source.seed, source.trial, &drawn},
      recorder(recorder_shape(spec, run_limits)),
      simulation(*this),
      network(spec.network, random, recorder, links_may_fail(spec)),
      quotas(spec),
      disks(spec, recorder),
      logs(*this),
      replication(*this),
      consumers(*this, selector_of(policy, spec, random)),
      coordinators(*this),
      producers(*this, spec.topics.size()),
      roles(*this) {
  require(replicas.size() == partitions_of(spec), "every partition has a replica list");
  for (std::uint32_t b = 0; b < world.brokers.size(); ++b) {
    brokers.emplace_back(BrokerIndex{b}, world.brokers[b], recorder.loads(), random);
  }
  for (const std::string& zone : world.network.zones) {
    client_hosts.emplace_back(world.clients.variation, world.clients.pauses, random, "clients of " + zone);
  }
  recorder.result().producers_throttled.resize(world.producers.size());
  recorder.result().send_buffers.resize(world.producers.size());
  recorder.result().groups_throttled.resize(world.groups.size());
  recorder.result().request_times.resize(world.brokers.size());
  for (std::uint32_t b = 0; b < brokers.size(); ++b) brokers[b].keep_times(recorder.result().request_times[b]);
  if (may_fail(world)) {
    branches = std::make_unique<LogBranches>(*this, may_lose_logs(world));
    if (may_delete(world)) retention = std::make_unique<Retention>(*this);
    in_sync = std::make_unique<InSyncReplicas>(*this, world.control_plane.replica_lag_time_max);
    failures = std::make_unique<Failures>(*this, replicas);
  }
  build_partitions(replicas);
  if (branches && limits.checked) checks = std::make_unique<RunChecks>(*this);
  build_groups(replicas);
  for (const ProducerSpec& producer : world.producers) producers.add(producer, random);
}

/// Partitions with their followers, and a fetch session for each (follower, leader, fetcher thread) that has any.
/// Where reassignments may bring replicas to other brokers, these have places from the start.
void Cluster::build_partitions(const std::vector<std::vector<BrokerIndex>>& replicas) {
  std::size_t most_replicas = 0;
  std::size_t index = 0;
  for (std::uint32_t t = 0; t < world.topics.size(); ++t) {
    logs.add_topic();
    for (std::uint32_t number = 0; number < world.topics[t].partitions; ++number, ++index) {
      const std::vector<BrokerIndex>& assigned = replicas[index];
      const std::vector<BrokerIndex> possible = possible_replicas(world, TopicIndex{t}, number, assigned);
      Partition partition;
      partition.leader = assigned.front();
      partition.topic = TopicIndex{t};
      partition.number = number;
      partition.first_replica = static_cast<std::uint32_t>(replication.size());
      partition.replicas = static_cast<std::uint16_t>(possible.size());
      partition.degraded = possible.size() > assigned.size();
      most_replicas = std::max(most_replicas, possible.size());
      ++recorder.result().leaders[partition.leader.value];
      for (std::size_t f = 0; f < assigned.size(); ++f) {
        ++recorder.result().replicas[assigned[f].value];
        Replica replica;
        replica.partition = static_cast<std::uint32_t>(index);
        replica.broker = assigned[f];
        if (f == 0) {
          replica.role = Replica::Role::leader;
          replication.add_replica(replica, partition.leader);
          continue;
        }
        const std::uint32_t fetcher =
            fetcher_of(world.topics[t].id, number, world.brokers[assigned[f].value].num_replica_fetchers);
        replica.session = replication.session_with(assigned[f], partition.leader, fetcher);
        replication.add_replica(replica, partition.leader);
      }
      for (std::size_t f = assigned.size(); f < possible.size(); ++f) {
        Replica replica;
        replica.partition = static_cast<std::uint32_t>(index);
        replica.broker = possible[f];
        replica.role = Replica::Role::absent;
        replication.add_replica(replica, std::nullopt);
      }
      logs.add(partition);
      if (branches) branches->add_partition(partition.replicas);
      if (in_sync) {
        in_sync->add_partition(static_cast<std::uint32_t>(assigned.size()), partition.replicas,
                               world.topics[t].min_insync_replicas);
      }
    }
  }
  replication.set_most_replicas(most_replicas);
  disks.set_most_replicas(most_replicas);
}

/// Members in order, and for every partition the readers of it, group by group.
void Cluster::build_groups(const std::vector<std::vector<BrokerIndex>>& replicas) {
  struct Subscription {
    GroupIndex group;
    std::vector<std::uint32_t> member_of_partition;
  };
  std::vector<std::vector<Subscription>> subscriptions(world.topics.size());
  const std::vector<AssignableTopic> topics = assignable_topics(world, replicas);
  for (std::uint32_t g = 0; g < world.groups.size(); ++g) {
    const ConsumerGroupSpec& group = world.groups[g];
    std::vector<std::uint32_t> members;
    for (const MemberSpec& member : group.members) members.push_back(consumers.add_member(GroupIndex{g}, member));
    for (const TopicIndex topic : group.topics) {
      subscriptions[topic.value].push_back({GroupIndex{g}, {}});
      subscriptions[topic.value].back().member_of_partition.resize(world.topics[topic.value].partitions, nil);
    }
    const GroupAssignment assignment = first_assignment(world, group, topics);
    if (group.coordination) coordinators.add_group(GroupIndex{g}, members, assignment);
    for (std::size_t m = 0; m < members.size(); ++m) {
      for (const AssignablePartition partition : assignment.of_member[m]) {
        subscriptions[partition.topic].back().member_of_partition[partition.number] = members[m];
      }
    }
  }
  if (coordinators.any()) coordinators.keep_topics(topics);
  std::uint32_t readers = 0;
  for (std::uint32_t p = 0; p < logs.size(); ++p) {
    Partition& partition = logs[p];
    partition.first_reader = readers;
    for (const Subscription& subscription : subscriptions[partition.topic.value]) {
      consumers.add_reader(p, subscription.group, subscription.member_of_partition[partition.number]);
      ++partition.readers;
      ++readers;
    }
  }
}

TrialResult Cluster::run() {
  start();
  return finish();
}

void Cluster::start() {
  replication.start();
  consumers.start(random);
  coordinators.start();
  producers.start();
  if (in_sync) in_sync->start();
  if (failures) failures->start();
}

/// Event by event while a fault waits for a condition, which is looked at after each.
void Cluster::advance(Instant until) {
  while (failures && failures->awaits_condition() && simulation.step_until(until)) failures->look_at_conditions();
  simulation.run_until(until);
}

TrialResult Cluster::finish() {
  advance(Instant{limits.duration});
  if (failures) {
    failures->note_unmet_conditions();
    failures->note_open_faults();
  }
  // Nobody sends any more; what is under way is followed to its end. Idle polls cost no events, so the last event is
  // the last thing to settle.
  const Instant limit = Instant{limits.duration + limits.drain_limit};
  simulation.run_until(limit);
  consumers.end_polls();
  replication.charge_idle_polls();
  consumers.charge_idle_polls();
  account_control_plane();
  account_unfinished();
  if (checks) checks->at_end();
  consumers.enter_members(recorder.result());
  coordinators.enter_rebalances(recorder.result());
  consumers.enter_troubles(recorder.result());
  consumers.account_lag();
  recorder.result().events = simulation.events_processed();
  recorder.result().fingerprint = fingerprint();
  return recorder.finish(simulation.now());
}

/// Brokers and the controller keep in touch: constant traffic, entered as a sum, as replication of the metadata log.
void Cluster::account_control_plane() {
  if (!world.controller) return;
  const double seconds = static_cast<double>((recorder.end() - recorder.start()).count()) * 1e-9;
  const auto controller = static_cast<std::uint32_t>(brokers.size() + world.network.zones.size());
  for (std::uint32_t b = 0; b < brokers.size(); ++b) {
    const Leg there{brokers[b].spec().zone, *world.controller, TrafficPath::replication, b, controller};
    network.account(there, recorder.start(), static_cast<Bytes>(protocol::broker_to_controller * seconds), 0);
    network.account(there.back(), recorder.start(), static_cast<Bytes>(protocol::controller_to_broker * seconds), 0);
  }
}

/// What was asked for and not settled within the drain limit is counted, above every finite latency.
void Cluster::account_unfinished() {
  TrialResult& result = recorder.result();
  Conservation& flow = result.conservation;
  const Producers::Asked asked = producers.asked_for();
  if (failures) producers.account_outcomes();
  for (std::uint32_t p = 0; p < logs.size(); ++p) {
    const Partition& partition = logs[p];
    flow.expected_replicated += partition.log_end_offset * partition.followers();
    flow.expected_delivered += partition.log_end_offset * partition.readers;
  }
  if (failures) allow_for_copies_again(flow);
  const Records unacknowledged = flow.generated - flow.acknowledged - flow.unacknowledged_by_design;
  result.produce.record_censored(static_cast<std::uint64_t>(unacknowledged + asked.unsent));
  flow.expected_delivered += consumers.lost_after_delivery() - consumers.skipped();
  flow.unfinished = asked.unsent - asked.gone + unacknowledged - flow.given_up +
                    (flow.expected_delivered - flow.delivered) + (flow.expected_replicated - flow.replicated);
  for (std::uint32_t g = 0; g < world.groups.size(); ++g) {
    Records missing = 0;
    for (const TopicIndex topic : world.groups[g].topics) missing += asked.by_topic[topic.value];
    missing -= recorder.delivered_to(GroupIndex{g}) + consumers.skipped(GroupIndex{g});
    missing = std::max<Records>(missing, 0);  // duplicates are read too
    result.groups[g].delivery_from_leader.record_censored(static_cast<std::uint64_t>(missing));
  }
}

/// Where logs are lost or leaders change, followers copy some records again and never show others: what counts is that
/// in the end every follower that runs has shown all of the log.
void Cluster::allow_for_copies_again(Conservation& flow) {
  Records expected = 0;
  Records shown = 0;
  for (std::uint32_t p = 0; p < logs.size(); ++p) {
    logs[p].for_each_follower([&](std::uint32_t r) {
      const Replica& replica = replication[r];
      if (!replica.works()) return;
      expected += logs[p].log_end_offset;
      shown += replication.offset_at(replica, replica.high_watermark);
    });
  }
  flow.expected_replicated = flow.replicated + expected - shown;
}

RunFingerprint Cluster::fingerprint() const {
  RunningHash state;
  for (std::uint32_t p = 0; p < logs.size(); ++p) {
    const Partition& partition = logs[p];
    state.add(std::uint64_t{partition.leader.value} << 32 ^ partition.leader_epoch);
    state.add(std::uint64_t{partition.log_end} << 32 ^ partition.high_watermark);
    state.add(static_cast<std::uint64_t>(partition.log_end_offset));
    for (std::uint32_t r = partition.first_replica; r < partition.first_replica + partition.replicas; ++r) {
      const Replica& replica = replication[r];
      state.add(std::uint64_t{replica.log_end} << 32 ^ replica.high_watermark);
      state.add(std::uint64_t{replica.acknowledged_end} << 32 ^ replica.leader_epoch);
    }
  }
  return {simulation.event_hash(), recorder.payload_hash(), drawn, state.value()};
}

Reach Cluster::reach(BrokerIndex from, BrokerIndex to) const {
  return failures->connects(from.value, to.value);
}
bool Cluster::eligible(BrokerIndex follower, BrokerIndex leader) const {
  const MetadataLog& metadata = failures->metadata();
  return metadata.broker(follower, metadata.applied(leader)).is_active() || world.mutants.anybody_joins_isr;
}
void Cluster::enter_link(const Leg& leg, Instant left, Bytes wire, Bytes payload, Arrival arrival) {
  network.account(leg, left, wire, payload);
  std::uint32_t t = free_transit_;
  if (t == nil) {
    t = static_cast<std::uint32_t>(transits_.size());
    transits_.emplace_back();
  } else {
    free_transit_ = transits_[t].next_free;
  }
  transits_[t] = {leg, wire, payload, arrival, 0, nil};
  simulation.at(left, LinkEntered{t});
}

void Cluster::on(LinkEntered e) {
  Transit& transit = transits_[e.transit];
  if (transit.hop == 0 && failures && failures->hinders() && !let_pass(transit)) {
    transit.next_free = free_transit_;
    free_transit_ = e.transit;
    return;
  }
  const Instant there = network.pass(transit.leg, transit.hop, simulation.now(), transit.wire, transit.not_before);
  if (++transit.hop < network.hops(transit.leg)) {
    simulation.at(there, e);
    return;
  }
  const Transit arrived = transit;
  transit.next_free = free_transit_;
  free_transit_ = e.transit;
  arrive(there + arrived.late, arrived);
}

/// A message sets out over a way on which something is wrong. False if it does not arrive: whoever waits for it finds
/// that out by its timeout, for its connection has broken without a word.
bool Cluster::let_pass(Transit& transit) {
  const Leg& leg = transit.leg;
  const auto traffic = static_cast<LinkFaults::Traffic>(leg.path);
  LinkFaults::Passage passage = failures->pass(leg.from_host, leg.to_host, traffic, kind_of(transit.arrival));
  const Duration back = failures->detour(leg.to_host, leg.from_host);
  if (!passage.lost && (passage.late == Duration::zero() || passage.late + back < patience_of(transit.arrival))) {
    transit.late = passage.late;
    transit.not_before = failures->transmitted(leg.from_host, leg.to_host, transit.wire);
    return true;
  }
  switch (transit.arrival.kind) {
    case Arrival::Kind::produce:
    case Arrival::Kind::acknowledgement:
      producers.on_message_lost(transit.arrival.id);
      return false;
    case Arrival::Kind::replica_fetch:
    case Arrival::Kind::replica_answer:
      replication.on_message_lost(transit.arrival.id);
      return false;
    case Arrival::Kind::consumer_fetch:
    case Arrival::Kind::consumer_answer:
      consumers.on_message_lost(transit.arrival.id);
      return false;
    case Arrival::Kind::group_message:
      coordinators.on_message_lost(GroupEvent{transit.arrival.id});
      return true;  // the event that would be its arrival puts it away
  }
  return true;
}

std::optional<MessageKind> Cluster::kind_of(Arrival arrival) const {
  switch (arrival.kind) {
    case Arrival::Kind::produce:
      return MessageKind::produce;
    case Arrival::Kind::acknowledgement:
      return MessageKind::produce_response;
    case Arrival::Kind::replica_fetch:
      return MessageKind::fetch;
    case Arrival::Kind::replica_answer:
      return MessageKind::fetch_response;
    case Arrival::Kind::consumer_fetch:
      return MessageKind::consumer_fetch;
    case Arrival::Kind::consumer_answer:
      return MessageKind::consumer_fetch_response;
    case Arrival::Kind::group_message:
      break;
  }
  return coordinators.kind_of(GroupEvent{arrival.id});
}

/// How long a message may take before whoever asked gives its connection up. Producers see to that themselves.
Duration Cluster::patience_of(Arrival arrival) const {
  switch (arrival.kind) {
    case Arrival::Kind::produce:
    case Arrival::Kind::acknowledgement:
      break;
    case Arrival::Kind::replica_fetch:
    case Arrival::Kind::replica_answer:
      return replication.patience_of(arrival.id);
    case Arrival::Kind::consumer_fetch:
    case Arrival::Kind::consumer_answer:
      return consumers.patience_of(arrival.id);
    case Arrival::Kind::group_message:
      return coordinators.patience_of(GroupEvent{arrival.id});
  }
  return Duration::max();
}

void Cluster::on(TimersDue) {
  tick_at_ = Instant::max();
  for (const std::uint32_t filed : timers_.take(simulation.now())) {
    const std::uint32_t id = filed & ((1U << timer_kind_shift) - 1);
    switch (static_cast<TimerKind>(filed >> timer_kind_shift)) {
      case TimerKind::replica_fetch:
        replication.on_expiry_near(id);
        break;
      case TimerKind::consumer_fetch:
        consumers.on_expiry_near(id);
        break;
      case TimerKind::producer:
        producers.on_ready_near(id);
        break;
      case TimerKind::produce_timeout:
        producers.watch_timeouts(id);
        break;
    }
  }
  if (!timers_.empty()) expect_tick(timers_.next_due(simulation.now()));
}

void Cluster::expect_tick(Instant due) {
  if (due >= tick_at_) return;
  if (tick_at_ != Instant::max()) simulation.cancel(tick_);
  tick_at_ = due;
  tick_ = simulation.at(due, TimersDue{});
}

void Cluster::arrive(Instant at, const Transit& transit) {
  const Arrival arrival = transit.arrival;
  switch (arrival.kind) {
    case Arrival::Kind::produce:
      simulation.at(producers.in_order(arrival.id, at), ProduceArrived{arrival.id});
      break;
    case Arrival::Kind::acknowledgement:
      simulation.at(producers.answer_in_order(arrival.id, taken_by_client(transit.leg.to, at, transit.payload)),
                    ProduceAcknowledged{arrival.id});
      break;
    case Arrival::Kind::replica_fetch:
      simulation.at(at, ReplicaFetchArrived{arrival.id});
      break;
    case Arrival::Kind::replica_answer:
      simulation.at(at, ReplicaFetchAnswered{arrival.id});
      break;
    case Arrival::Kind::consumer_fetch:
      simulation.at(at, ConsumerFetchArrived{arrival.id});
      break;
    case Arrival::Kind::consumer_answer:
      simulation.at(taken_by_client(transit.leg.to, at, transit.payload), ConsumerFetchAnswered{arrival.id});
      break;
    case Arrival::Kind::group_message:
      simulation.at(failures && failures->watches_links() ? coordinators.in_order(GroupEvent{arrival.id}, at) : at,
                    GroupEvent{arrival.id});
      break;
  }
}

}  // namespace brokersim
