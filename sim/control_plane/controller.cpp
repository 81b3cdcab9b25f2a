// SPDX-License-Identifier: Apache-2.0
// The controller's metadata, its clockwork and the passes it makes by itself.
#include "sim/control_plane/controller.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "sim/core/contract.hpp"

namespace brokersim {

Controller::Controller(const ControllerSettings& settings, Instant now, Duration active_for)
    : settings_(settings),
      last_call_(now),
      sessions_(settings.broker_session_timeout),
      balancing_(settings.leader_imbalance_check_interval,
                 settings.leader_balancing == LeaderBalancing::kraft ? settings.clock : ControllerClock::on_demand),
      unclean_sweep_(settings.unclean_leader_election_interval, settings.clock) {
  start_clocks(now, active_for);
}

/// How often a periodic controller looks at the sessions.
Duration Controller::session_check_interval() const {
  return std::max<Duration>(settings_.broker_session_timeout / 8, std::chrono::milliseconds(1));
}

void Controller::start_clocks(Instant now, Duration active_for) {
  looks_at_sessions_ = now + session_check_interval() - active_for % session_check_interval();
  balancing_.start(now, active_for);
  unclean_sweep_.start(now, active_for);
  // The ZooKeeper-era controller balances on a grid that begins 5 s after it took over, imbalance or not (L-13).
  constexpr Duration first_check = std::chrono::seconds(5);
  if (settings_.leader_balancing == LeaderBalancing::zookeeper) balancing_.plan_at(now + first_check);
  plan_passes(now);
}

void Controller::plan_passes(Instant now) {
  const bool balances = settings_.leader_balancing == LeaderBalancing::zookeeper ||
                        (settings_.leader_balancing == LeaderBalancing::kraft && !imbalanced_.empty());
  balancing_.plan(balances, now);
  unclean_sweep_.plan(!leaderless_.empty(), now);
}

void Controller::set_leader_balancing(LeaderBalancing balancing, Duration check_interval, Instant now) {
  check_time(now);
  settings_.leader_balancing = balancing;
  settings_.leader_imbalance_check_interval = check_interval;
  balancing_ =
      PassSchedule(check_interval, balancing == LeaderBalancing::kraft ? settings_.clock : ControllerClock::on_demand);
  balancing_.start(now, Duration::zero());
  plan_passes(now);
}

void Controller::check_time(Instant now) {
  require(now >= last_call_, "the controller's time never goes back");
  last_call_ = now;
}

// --- the beginning -------------------------------------------------------------------------------------------------

BrokerIndex Controller::add_running_broker(std::optional<ZoneIndex> rack, Instant now) {
  check_time(now);
  const BrokerIndex index{static_cast<std::uint32_t>(brokers_.size())};
  Broker& broker = brokers_.emplace_back();
  broker.registered = true;
  broker.registration.epoch = next_offset_;
  broker.registration.rack = rack;
  broker.registration.fenced = false;
  broker.registration_offset = broker.reported_offset = next_offset_++;
  sessions_.touch(index, now);
  return index;
}

TopicIndex Controller::create_topic(const TopicRules& rules, std::span<const ReplicaList> assignment, Instant now) {
  check_time(now);
  require(!assignment.empty(), "a topic has a partition");
  const TopicIndex topic{static_cast<std::uint32_t>(topics_.size())};
  topics_.push_back(Topic{rules, PartitionIndex{static_cast<std::uint32_t>(partitions_.size())}});
  ++next_offset_;  // the topic's own record
  for (const ReplicaList& replicas : assignment) {
    PartitionRegistration registration;
    registration.replicas = replicas;
    registration.isr = replicas;
    registration.isr.keep_if([this](BrokerIndex broker) { return is_active(broker); });
    require(!registration.isr.empty(), "a new partition has an active replica");
    registration.leader = registration.isr.front();
    const PartitionIndex partition{static_cast<std::uint32_t>(partitions_.size())};
    for (const BrokerIndex replica : replicas) assign(replica, partition);
    partitions_.push_back(std::move(registration));
    topic_of_.push_back(topic);
    count(partition, true);
    ++next_offset_;
  }
  plan_passes(now);
  return topic;
}

// --- every change of metadata --------------------------------------------------------------------------------------

void Controller::assign(BrokerIndex broker, PartitionIndex partition) {
  std::vector<PartitionIndex>& assigned = broker_at(broker).assigned;
  const auto place = std::lower_bound(assigned.begin(), assigned.end(), partition);
  require(place == assigned.end() || *place != partition, "the replicas of a partition are on different brokers");
  assigned.insert(place, partition);
}

void Controller::unassign(BrokerIndex broker, PartitionIndex partition) {
  std::vector<PartitionIndex>& assigned = broker_at(broker).assigned;
  assigned.erase(std::lower_bound(assigned.begin(), assigned.end(), partition));
}

/// Puts a partition's leadership into the sums, or takes it out.
void Controller::count(PartitionIndex index, bool present) {
  const PartitionRegistration& registration = partition(index);
  if (registration.leader) {
    std::uint32_t& led = broker_at(*registration.leader).led;
    led = present ? led + 1 : led - 1;
  }
  leaderless_.set(index, present && !registration.leader);
  imbalanced_.set(index, present && !registration.has_preferred_leader());
}

void Controller::write(PartitionIndex index, PartitionOutcome outcome, ChangeCause cause, MetadataBatch& records) {
  PartitionRegistration& current = partitions_[index.value];
  const bool moved = outcome.next.replicas != current.replicas;
  if (moved) {
    for (const BrokerIndex replica : current.replicas) {
      if (!outcome.next.replicas.contains(replica)) unassign(replica, index);
    }
    for (const BrokerIndex replica : outcome.next.replicas) {
      if (!current.replicas.contains(replica)) assign(replica, index);
    }
  }
  PartitionChange change;
  change.partition = index;
  change.cause = cause;
  change.offset = next_offset_++;
  change.leader_before = current.leader;
  change.names_leader = outcome.names_leader;
  change.unclean = outcome.unclean;
  change.completed_reassignment =
      moved && !outcome.next.is_reassigning() && cause != ChangeCause::reassignment_cancelled;
  count(index, false);
  current = std::move(outcome.next);
  count(index, true);
  change.registration = current;
  records.partitions.push_back(std::move(change));
}

void Controller::write(BrokerIndex index, MetadataBatch& records) {
  const Broker& broker = broker_at(index);
  records.brokers.push_back(BrokerChange{index, next_offset_++, broker.registered, broker.registration});
}

void Controller::finish(MetadataBatch& records, Instant now) {
  records.end_offset = end_offset();
  plan_passes(now);
}

bool Controller::try_change(PartitionIndex index, const PartitionChangeRequest& request, ChangeCause cause,
                            MetadataBatch& records) {
  std::optional<PartitionOutcome> outcome = change_partition(partition(index), request, rules_of(index), *this);
  if (!outcome) return false;
  // The minimum is not what it was when the ELR arose: the new leader commits without the others (L-9, P15).
  if (outcome->next.isr.size() >= rules_of(index).min_insync_replicas) outcome->next.elr.clear();
  write(index, std::move(*outcome), cause, records);
  return true;
}

// --- what is done without being asked ------------------------------------------------------------------------------

std::optional<Instant> Controller::next_fencing_time() const {
  const std::optional<Instant> deadline = sessions_.deadline();
  if (!deadline) return std::nullopt;
  if (settings_.clock == ControllerClock::on_demand) return *deadline + Duration{1};
  if (looks_at_sessions_ > *deadline) return looks_at_sessions_;
  const std::int64_t looks = (*deadline - looks_at_sessions_) / session_check_interval() + 1;
  return looks_at_sessions_ + looks * session_check_interval();
}

std::optional<Instant> Controller::next_call_time() const {
  std::optional<Instant> next;
  for (const std::optional<Instant> due : {next_fencing_time(), next_balancing_time(), next_unclean_sweep_time()}) {
    if (due && (!next || *due < *next)) next = due;
  }
  return next;
}

MetadataBatch Controller::on_time(Instant now) {
  check_time(now);
  MetadataBatch records;
  const std::optional<Instant> due = next_call_time();
  if (due && *due <= now) {
    if (next_fencing_time() == due) {
      fence(*sessions_.oldest(), ChangeCause::broker_fenced, records);
      looks_at_sessions_ = now + PassSchedule::pause_when_cut_short;  // there may be another
    } else if (next_balancing_time() == due) {
      balance_leaders(records, now);
    } else {
      sweep_leaderless(records, now);
    }
  }
  finish(records, now);
  return records;
}

void Controller::balance_leaders(MetadataBatch& records, Instant now) {
  if (settings_.leader_balancing == LeaderBalancing::zookeeper) {
    balance_leaders_above_threshold(records);
    balancing_.made(false, now);
    return;
  }
  PartitionChangeRequest request;
  request.election = Election::preferred;
  for (auto next = imbalanced_.first_from(PartitionIndex{0}); next && !is_full(records);
       next = imbalanced_.first_from(PartitionIndex{next->value + 1})) {
    try_change(*next, request, ChangeCause::leaders_balanced, records);
  }
  balancing_.made(is_full(records), now);
}

/// L-13: the ratio is taken over all partitions that prefer a broker; then those move whose preferred replica may lead.
void Controller::balance_leaders_above_threshold(MetadataBatch& records) {
  struct Preference {
    std::uint64_t partitions = 0, led_by_others = 0;
  };
  std::vector<Preference> of_broker(brokers_.size());
  for (const PartitionRegistration& registration : partitions_) {
    Preference& preference = of_broker[registration.preferred_leader().value];
    ++preference.partitions;
    preference.led_by_others += registration.has_preferred_leader() ? 0U : 1U;
  }
  PartitionChangeRequest request;
  request.election = Election::preferred;
  for (auto next = imbalanced_.first_from(PartitionIndex{0}); next;
       next = imbalanced_.first_from(PartitionIndex{next->value + 1})) {
    const PartitionRegistration& registration = partition(*next);
    const BrokerIndex preferred = registration.preferred_leader();
    const Preference& preference = of_broker[preferred.value];
    const bool above =
        preference.led_by_others * 100 > preference.partitions * settings_.leader_imbalance_per_broker_percentage;
    if (above && registration.isr.contains(preferred) && is_active(preferred))
      try_change(*next, request, ChangeCause::leaders_balanced, records);
  }
}

/// L-10
void Controller::sweep_leaderless(MetadataBatch& records, Instant now) {
  for (auto next = leaderless_.first_from(PartitionIndex{0}); next && !is_full(records);
       next = leaderless_.first_from(PartitionIndex{next->value + 1})) {
    if (election_of(*next) == Election::unclean) {
      PartitionChangeRequest request;
      request.election = Election::unclean;
      try_change(*next, request, ChangeCause::unclean_sweep, records);
    }
  }
  unclean_sweep_.made(is_full(records), now);
}

bool Controller::is_full(const MetadataBatch& records) const {
  return records.partitions.size() >= settings_.max_elections_per_pass;
}

void Controller::fail_over(Instant now) {
  check_time(now);
  for (std::uint32_t i = 0; i < brokers_.size(); ++i) {
    Broker& broker = brokers_[i];
    broker.reported_offset = no_metadata;
    broker.controlled_shutdown_end.reset();
    if (broker.registered && !broker.registration.fenced) sessions_.touch(BrokerIndex{i}, now);
  }
  start_clocks(now, Duration::zero());
}

// --- what holds ----------------------------------------------------------------------------------------------------

Controller::Broker& Controller::broker_at(BrokerIndex broker) {
  require(broker.value < brokers_.size(), "a broker that was registered at some time");
  return brokers_[broker.value];
}

const Controller::Broker& Controller::broker_at(BrokerIndex broker) const {
  require(broker.value < brokers_.size(), "a broker that was registered at some time");
  return brokers_[broker.value];
}

bool Controller::is_registered(BrokerIndex broker) const {
  return broker.value < brokers_.size() && brokers_[broker.value].registered;
}

bool Controller::is_active(BrokerIndex broker) const {
  return is_registered(broker) && brokers_[broker.value].registration.is_active();
}

const BrokerRegistration& Controller::broker(BrokerIndex broker) const {
  return broker_at(broker).registration;
}

std::span<const PartitionIndex> Controller::partitions_on(BrokerIndex broker) const {
  return broker_at(broker).assigned;
}

std::uint32_t Controller::led_by(BrokerIndex broker) const {
  return broker_at(broker).led;
}

const PartitionRegistration& Controller::partition(PartitionIndex partition) const {
  require(partition.value < partitions_.size(), "a partition of a topic");
  return partitions_[partition.value];
}

TopicIndex Controller::topic_of(PartitionIndex partition) const {
  require(partition.value < partitions_.size(), "a partition of a topic");
  return topic_of_[partition.value];
}

const TopicRules& Controller::rules(TopicIndex topic) const {
  require(topic.value < topics_.size(), "a topic that was created");
  return topics_[topic.value].rules;
}

std::uint32_t Controller::effective_min_insync_replicas(TopicIndex topic) const {
  require(topic.value < topics_.size(), "a topic that was created");
  const Topic& one = topics_[topic.value];
  return std::min(one.rules.min_insync_replicas, partition(one.first).replicas.size());
}

PartitionChangeRules Controller::rules_of(PartitionIndex partition) const {
  PartitionChangeRules rules;
  rules.min_insync_replicas = effective_min_insync_replicas(topic_of(partition));
  rules.eligible_leader_replicas = settings_.eligible_leader_replicas;
  return rules;
}

Election Controller::election_of(PartitionIndex partition) const {
  return topics_[topic_of(partition).value].rules.unclean_leader_election ? Election::unclean : Election::online;
}

}  // namespace brokersim
