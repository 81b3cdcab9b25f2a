// SPDX-License-Identifier: Apache-2.0
#include "sim/model/control_plane_link.hpp"

#include <algorithm>
#include <utility>

#include "sim/model/cluster.hpp"

namespace brokersim {
namespace {

constexpr Duration heartbeat_while_starting = std::chrono::milliseconds{10};  // L-20
constexpr Duration first_check_of_shutdown = std::chrono::milliseconds{50};   // L-21
constexpr Duration isr_request_timeout = ControlPlaneLink::longest_request_timeout;
constexpr Duration metadata_fetch_timeout = std::chrono::milliseconds{2'020};  // and backoff of the quorum (L-24)

ControllerSettings settings_of(const ControlPlaneSpec& spec, const ModelMutants& mutants) {
  ControllerSettings settings;
  settings.broker_session_timeout = spec.broker_session_timeout;
  settings.eligible_leader_replicas = spec.eligible_leader_replicas && !mutants.last_replica_standing;
  settings.partition_epoch_ignored = mutants.partition_epoch_ignored;
  settings.anybody_joins_isr = mutants.anybody_joins_isr;
  settings.leader_imbalance_check_interval = spec.leader_imbalance_check_interval;
  if (!spec.auto_leader_rebalance) {
    settings.leader_balancing = LeaderBalancing::off;
  } else if (spec.leader_imbalance_percentage) {
    settings.leader_balancing = LeaderBalancing::zookeeper;
    settings.leader_imbalance_per_broker_percentage = *spec.leader_imbalance_percentage;
  }
  return settings;
}

/// The controller has been active for long: its grids are anywhere when the run begins.
Duration time_active(const ControlPlaneSpec& spec, const RandomSource& random) {
  RandomStream phase(random, "controller clocks", "");
  return phase.within(
      std::max(spec.leader_imbalance_check_interval, ControllerSettings{}.unclean_leader_election_interval));
}

std::vector<TopicRules> first_rules(const WorldSpec& world) {
  std::vector<TopicRules> rules;
  for (const TopicSpec& topic : world.topics)
    rules.push_back({topic.min_insync_replicas, topic.unclean_leader_election});
  return rules;
}

std::vector<PartitionView> first_views(const std::vector<std::vector<BrokerIndex>>& replicas) {
  std::vector<PartitionView> views;
  for (const std::vector<BrokerIndex>& assigned : replicas) {
    PartitionView& view = views.emplace_back();
    view.leader = assigned.front();
    view.in_sync = view.replicas = assigned;
  }
  return views;
}

BrokerView view_of(const BrokerRegistration& registration) {
  return {registration.fenced, registration.in_controlled_shutdown, registration.directory_offline};
}

}  // namespace

PartitionView view_of(const PartitionRegistration& registration) {
  PartitionView view;
  view.leader = registration.leader;
  view.leader_epoch = registration.leader_epoch;
  view.partition_epoch = registration.partition_epoch;
  view.in_sync.assign(registration.isr.begin(), registration.isr.end());
  view.replicas.assign(registration.replicas.begin(), registration.replicas.end());
  return view;
}

ControlPlaneLink::ControlPlaneLink(Cluster& cluster, const std::vector<std::vector<BrokerIndex>>& replicas)
    : cluster_(&cluster),
      spec_(&cluster.world.control_plane),
      zone_(cluster.world.controller.value_or(ZoneIndex{0})),
      controller_(settings_of(*spec_, cluster.world.mutants), simulation_start, time_active(*spec_, cluster.random)),
      log_(first_views(replicas), cluster.world.brokers.size(), first_rules(cluster.world)),
      peers_(cluster.world.brokers.size()),
      written_(cluster.world.brokers.size()),
      free_task_(nil),
      commit_times_(cluster.random, "metadata commit", ""),
      propagation_delays_(cluster.random, "metadata propagation", "") {
  for (const BrokerSpec& broker : cluster.world.brokers) {
    const BrokerIndex index = controller_.add_running_broker(broker.zone, simulation_start);
    peer(index).epoch = controller_.broker(index).epoch;
  }
  std::size_t first = 0;
  for (const TopicSpec& topic : cluster.world.topics) {
    std::vector<ReplicaList> assignment;
    for (std::size_t p = first; p < first + topic.partitions; ++p) assignment.emplace_back(std::span(replicas[p]));
    controller_.create_topic({topic.min_insync_replicas, topic.unclean_leader_election}, assignment, simulation_start);
    first += topic.partitions;
  }
  first_offset_ = controller_.end_offset();
  for (const std::vector<BrokerIndex>& assigned : replicas) decided_leader_.emplace_back(assigned.front());
}

Instant ControlPlaneLink::now() const {
  return cluster_->simulation.now();
}

Duration ControlPlaneLink::timer(BrokerIndex broker, Duration wait) const {
  return cluster_->failures->timer(broker, wait);
}

Duration ControlPlaneLink::latency(BrokerIndex broker) const {
  return cluster_->network.expected_latency(cluster_->brokers[broker.value].spec().zone, zone_);
}

/// How long a broker's next metadata fetch takes to the controller.
Duration ControlPlaneLink::parks_after(BrokerIndex broker) const {
  return latency(broker) + cluster_->failures->detour(broker.value, host());
}

std::uint32_t ControlPlaneLink::host() const {
  return static_cast<std::uint32_t>(cluster_->brokers.size() + cluster_->world.network.zones.size());
}

bool ControlPlaneLink::passes(BrokerIndex broker, bool to_controller) const {
  const NetworkCuts& cuts = cluster_->failures->cuts();
  return to_controller ? cuts.passes(broker.value, host()) : cuts.passes(host(), broker.value);
}

/// How long a message takes that sets out now; none: it does not arrive, or is so late that it is waited for no longer.
/// patience  only of what links add to the way: without that a message comes
std::optional<Duration> ControlPlaneLink::passage(BrokerIndex broker, bool to_controller,
                                                  std::optional<MessageKind> kind, Duration patience) {
  if (!passes(broker, to_controller)) return std::nullopt;
  const std::uint32_t from = to_controller ? broker.value : host();
  const std::uint32_t to = to_controller ? host() : broker.value;
  const LinkFaults::Passage way = cluster_->failures->pass(from, to, LinkFaults::Traffic::control, kind);
  const Duration takes = latency(broker) + way.late;
  if (way.lost || (way.late > Duration::zero() && takes >= patience)) return std::nullopt;
  return takes;
}

Timer ControlPlaneLink::at(Instant when, Task task) {
  std::uint32_t place = free_task_;
  if (place == nil) {
    place = static_cast<std::uint32_t>(tasks_.size());
    tasks_.emplace_back();
  } else {
    free_task_ = tasks_[place].next_free;
  }
  tasks_[place] = task;
  return cluster_->simulation.at(when, ControlEvent{place});
}

ControlPlaneLink::Task ControlPlaneLink::task_of(Step step, BrokerIndex broker) const {
  return {step, broker, peers_[broker.value].process, peers_[broker.value].attempt, 0, nil};
}

void ControlPlaneLink::start() {
  for (std::uint32_t b = 0; b < peers_.size(); ++b) {
    const BrokerIndex broker{b};
    RandomStream phase(cluster_->random, "heartbeat phase", std::to_string(cluster_->world.brokers[b].id));
    const double share = phase.uniform();
    const auto wait = static_cast<std::int64_t>(share * static_cast<double>(spec_->broker_heartbeat_interval.count()));
    communicate_in(broker, Duration{wait});
  }
  plan_on_time();
}

void ControlPlaneLink::on(ControlEvent event) {
  const Task task = tasks_[event.task];
  tasks_[event.task].next_free = free_task_;
  free_task_ = event.task;
  const bool at_broker = task.step != Step::commit && task.step != Step::on_time && task.step != Step::returns;
  if (at_broker) {
    const Peer& p = peer(task.broker);
    if (task.process != p.process || p.phase == Phase::absent) return;
    const bool in_process = task.step != Step::request_arrives && task.step != Step::isr_request_arrives;
    const Instant awake = cluster_->failures->awake(task.broker, now());
    if (in_process && awake > now()) {  // paused: its timers fire late, what has come waits (FAULT-07)
      const Timer later = at(awake, task);
      if (task.step == Step::communicate) peer(task.broker).next = later;
      return;
    }
  }
  handle(task);
}

void ControlPlaneLink::handle(const Task& task) {
  Peer& p = peer(task.broker);
  const bool current = task.attempt == p.attempt;
  switch (task.step) {
    case Step::communicate:
      communicate(task.broker);
      break;
    case Step::request_arrives:
      if (current) on_request(task);
      break;
    case Step::answer_arrives:
      if (current) on_answer(task.broker);
      break;
    case Step::request_fails:
      if (!current || !p.under_way) break;
      p.under_way = p.next_at_once = false;
      ++p.attempt;
      if (cluster_->checks && p.phase == Phase::registering) cluster_->checks->note(RareState::registration_again);
      if (cluster_->world.mutants.request_not_repeated) break;
      communicate_in(task.broker, spec_->broker_heartbeat_interval);  // 4.1: a fixed wait (L-15, L-20)
      break;
    case Step::give_up:
      if (p.phase == Phase::registering) cluster_->failures->on_gave_up(task.broker);
      break;
    case Step::metadata_arrives:
      on_metadata(task);
      break;
    case Step::metadata_applies:
      if (p.delay != Duration::max()) apply_metadata(task.broker, task.offset);
      break;
    case Step::isr_request_arrives:
      if (task.attempt == p.isr_attempt) on_proposals(task);
      break;
    case Step::isr_answer_arrives:
      if (task.attempt == p.isr_attempt) on_judged(task.broker);
      break;
    case Step::isr_request_fails:
      if (task.attempt != p.isr_attempt || cluster_->world.mutants.proposal_not_repeated) break;
      p.waiting.insert(p.waiting.begin(), p.proposed.begin(), p.proposed.end());
      p.isr_under_way = false;
      send_proposals(task.broker);
      break;
    case Step::commit:
      commit();
      break;
    case Step::on_time:
      if (now() < on_time_at_) break;  // planned for earlier since, and done
      on_time_at_ = Instant::max();
      if (stands_still()) break;
      while (controller_.next_call_time() && *controller_.next_call_time() <= now()) write(controller_.on_time(now()));
      plan_on_time();
      break;
    case Step::returns:
      if (!stands_still()) work_again();
      break;
  }
}

// --- heartbeats and registration ---

void ControlPlaneLink::communicate_in(BrokerIndex broker, Duration wait) {
  Peer& p = peer(broker);
  if (p.next_at_once) wait = Duration::zero();
  p.next_at_once = p.next_at_once && cluster_->world.mutants.always_at_once;
  cluster_->simulation.cancel(p.next);
  p.next_due = now() + timer(broker, wait);
  p.next = at(p.next_due, task_of(Step::communicate, broker));
}

void ControlPlaneLink::communicate(BrokerIndex broker) {
  Peer& p = peer(broker);
  if (p.under_way) {
    p.next_at_once = true;
    return;
  }
  p.under_way = true;
  ++p.attempt;
  const Duration patience = timer(broker, spec_->broker_session_timeout / 2);
  p.fails = now() + patience;
  const bool registers = p.phase == Phase::registering;
  const std::optional<Duration> takes =
      passage(broker, true, registers ? MessageKind::registration : MessageKind::heartbeat, patience);
  if (takes) {
    at(now() + *takes, task_of(Step::request_arrives, broker));
  } else {
    at(p.fails, task_of(Step::request_fails, broker));
  }
}

void ControlPlaneLink::on_request(const Task& request) {
  const BrokerIndex broker = request.broker;
  const Instant fails = peer(broker).fails;
  if (stands_still()) {  // the broker looks for the next controller until the request has taken too long
    if (works_from_ < fails) {
      at(works_from_, request);
    } else {
      at(std::max(now(), fails), task_of(Step::request_fails, broker));
    }
    return;
  }
  if (peer(broker).phase == Phase::registering) {
    register_at_controller(broker);
  } else {
    heartbeat_at_controller(broker);
  }
  plan_on_time();
}

void ControlPlaneLink::register_at_controller(BrokerIndex broker) {
  Peer& p = peer(broker);
  const ModelMutants& mutants = cluster_->world.mutants;
  const Incarnation incarnation = mutants.registers_anew ? p.process + (p.attempt << 16) : p.process;
  RegistrationAnswer answer = controller_.register_broker(broker, incarnation, p.clean || mutants.always_clean,
                                                          cluster_->brokers[broker.value].spec().zone, now());
  p.answer = {};
  p.answer.error = answer.error;
  p.answer.epoch = answer.epoch;
  const bool registered = answer.error == ControllerError::none;
  cluster_->failures->note({now(), EventNote::Kind::broker, registered ? "registered" : "registration refused",
                            broker.value, EventNote::nobody, registered ? "" : std::string(name_of(answer.error))});
  if (registered && cluster_->checks) cluster_->checks->on_registered(broker, answer.epoch, p.process, p.clean);
  write(std::move(answer.records));
  answer_after_commit(task_of(Step::answer_arrives, broker));
}

void ControlPlaneLink::heartbeat_at_controller(BrokerIndex broker) {
  Peer& p = peer(broker);
  if (cluster_->checks && p.phase == Phase::running && written_[broker.value].fenced)
    cluster_->checks->note(RareState::late_heartbeat);
  HeartbeatRequest request;
  request.broker = broker;
  request.epoch = p.epoch;
  request.metadata_offset = offset_at_controller(p.applied);
  request.wants_fence = !p.ready;
  request.wants_shutdown = p.phase == Phase::shutting_down;
  request.directory_offline = cluster_->failures->directory_offline(broker);
  HeartbeatAnswer answer = controller_.heartbeat(request, now());
  p.answer = {answer.error, answer.fenced, answer.caught_up, answer.should_shut_down, p.epoch};
  write(std::move(answer.records));
  answer_after_commit(task_of(Step::answer_arrives, broker));
}

/// The controller answers when all it has written by then is committed.
void ControlPlaneLink::answer_after_commit(Task answer) {
  if (uncommitted_.empty()) {
    send_answer(answer);
  } else {
    answers_.push_back(answer);
  }
}

void ControlPlaneLink::send_answer(const Task& answer) {
  const Peer& p = peer(answer.broker);
  if (answer.process != p.process) return;
  const bool isr = answer.step == Step::isr_answer_arrives;
  const Instant fails = isr ? now() + timer(answer.broker, isr_request_timeout) : p.fails;
  const std::optional<Duration> takes =
      passage(answer.broker, false,
              isr ? std::optional<MessageKind>{MessageKind::alter_partition_response} : std::nullopt, fails - now());
  if (takes) {
    at(now() + *takes, answer);
    if (!isr && p.phase == Phase::recovering && p.answer.error == ControllerError::none && !p.answer.fenced)
      cluster_->failures->open_port(answer.broker, now() + *takes);
    return;
  }
  const auto accepts = [](const IsrAnswer& judged) { return judged.error == ControllerError::none; };
  if (isr && cluster_->checks && std::any_of(p.judged.partitions.begin(), p.judged.partitions.end(), accepts))
    cluster_->checks->note(RareState::proposal_answer_lost);
  Task failure = answer;
  failure.step = isr ? Step::isr_request_fails : Step::request_fails;
  at(std::max(now(), fails), failure);
}

void ControlPlaneLink::on_answer(BrokerIndex broker) {
  Peer& p = peer(broker);
  p.under_way = false;
  if (p.answer.error != ControllerError::none) {
    p.next_at_once = false;
    communicate_in(broker, spec_->broker_heartbeat_interval);
  } else if (p.phase == Phase::registering) {
    p.phase = Phase::catching_up;
    p.epoch = p.answer.epoch;
    communicate_in(broker, Duration::zero());
  } else {
    on_heartbeat_answered(broker);
  }
}

void ControlPlaneLink::on_heartbeat_answered(BrokerIndex broker) {
  Peer& p = peer(broker);
  Duration wait = spec_->broker_heartbeat_interval;
  if (p.phase == Phase::catching_up) {
    wait = heartbeat_while_starting;
    if (p.answer.caught_up) {
      p.phase = Phase::recovering;
      cluster_->failures->on_caught_up(broker);
    }
  } else if (p.phase == Phase::recovering && !p.answer.fenced) {
    p.phase = Phase::running;
  } else if (p.phase == Phase::shutting_down) {
    if (p.answer.should_shut_down) {
      cluster_->failures->on_released(broker);
      return;
    }
    if (!p.shutdown_answered) wait = first_check_of_shutdown;
    p.shutdown_answered = true;
  }
  communicate_in(broker, wait);
}

void ControlPlaneLink::register_process(BrokerIndex broker, bool clean) {
  Peer& p = peer(broker);
  const Duration delay = p.delay;
  const std::uint32_t process = p.process, attempt = p.attempt;
  p = {};
  p.phase = Phase::registering;
  p.process = process;
  p.attempt = attempt;
  p.clean = clean;
  p.ready = false;
  p.delay = delay;
  p.fetch_parked = now() + parks_after(broker);
  apply(broker, 0);
  communicate(broker);
  at(now() + timer(broker, spec_->initial_broker_registration_timeout), task_of(Step::give_up, broker));
  offer_metadata(broker);
}

void ControlPlaneLink::become_ready(BrokerIndex broker) {
  Peer& p = peer(broker);
  p.ready = true;
  apply(broker, p.applied);
  cluster_->failures->tell_applied(broker, 0, p.applied);
  communicate_in(broker, Duration::zero());
}

void ControlPlaneLink::ask_to_shut_down(BrokerIndex broker) {
  Peer& p = peer(broker);
  p.phase = Phase::shutting_down;
  p.shutdown_answered = false;
  communicate_in(broker, Duration::zero());
}

void ControlPlaneLink::report_directory(BrokerIndex broker) {
  if (peer(broker).phase != Phase::absent && peer(broker).phase != Phase::registering)
    communicate_in(broker, Duration::zero());
}

void ControlPlaneLink::end_process(BrokerIndex broker) {
  Peer& p = peer(broker);
  cluster_->simulation.cancel(p.next);
  p.phase = Phase::absent;
  ++p.process;
  ++p.attempt;
}

// --- changes of ISRs ---

bool ControlPlaneLink::asks_about(BrokerIndex leader, PartitionIndex partition) const {
  const Peer& p = peers_[leader.value];
  const auto is_about = [partition](const IsrProposal& proposal) { return proposal.partition == partition; };
  return std::any_of(p.proposed.begin(), p.proposed.end(), is_about) ||
         std::any_of(p.waiting.begin(), p.waiting.end(), is_about);
}

void ControlPlaneLink::propose_isr(BrokerIndex leader, IsrProposal proposal) {
  peer(leader).waiting.push_back(std::move(proposal));
  send_proposals(leader);
}

void ControlPlaneLink::send_proposals(BrokerIndex broker) {
  Peer& p = peer(broker);
  if (p.isr_under_way || p.waiting.empty()) return;
  p.isr_under_way = true;
  p.proposed = std::exchange(p.waiting, {});
  Task request = task_of(Step::isr_request_arrives, broker);
  request.attempt = ++p.isr_attempt;
  const Duration patience = timer(broker, isr_request_timeout);
  const std::optional<Duration> takes = passage(broker, true, MessageKind::alter_partition, patience);
  if (takes) {
    at(now() + *takes, request);
  } else {
    request.step = Step::isr_request_fails;
    at(now() + patience, request);
  }
}

void ControlPlaneLink::on_proposals(const Task& request) {
  if (stands_still()) {  // without an overall timeout the broker goes on looking for a controller
    at(works_from_, request);
    return;
  }
  Peer& p = peer(request.broker);
  p.judged = controller_.alter_partition(request.broker, p.epoch, p.proposed, now());
  if (cluster_->checks) cluster_->checks->on_isr_judged(p.proposed, p.judged);
  write(std::exchange(p.judged.records, {}));
  Task answer = request;
  answer.step = Step::isr_answer_arrives;
  answer_after_commit(answer);
  plan_on_time();
}

void ControlPlaneLink::on_judged(BrokerIndex broker) {
  Peer& p = peer(broker);
  p.isr_under_way = false;
  const std::vector<IsrProposal> proposed = std::exchange(p.proposed, {});
  const AlterPartitionAnswer judged = std::exchange(p.judged, {});
  if (judged.error == ControllerError::none) {
    for (std::size_t i = 0; i < proposed.size(); ++i) {
      cluster_->in_sync->on_judged(broker, proposed[i], judged.partitions[i]);
    }
  }  // else its epoch is over, and with it the leadership it proposed for
  send_proposals(broker);
}

// --- the metadata log ---

void ControlPlaneLink::write(MetadataBatch records) {
  if (records.empty()) return;
  for (PartitionChange& change : records.partitions) {
    // Kafka counts it as unclean that the record which ends a reassignment takes in and elects a replica. Nothing is
    // lost by it: its leader has vouched for the replica.
    const bool vouched_for =
        change.completed_reassignment && change.registration.recovery_state != LeaderRecoveryState::recovering;
    change.unclean = change.unclean && !vouched_for;
    if (cluster_->world.mutants.unclean_not_said) change.unclean = false;
    if (cluster_->world.mutants.leader_without_new_epoch && change.names_leader) --change.registration.leader_epoch;
  }
  for (const BrokerChange& change : records.brokers) note(change);
  if (cluster_->checks) cluster_->checks->on_written(records);
  for (const PartitionChange& change : records.partitions) {
    std::optional<BrokerIndex>& leader = decided_leader_[change.partition.value];
    if (change.registration.leader == leader) continue;
    leader = change.registration.leader;
    cluster_->recorder.faults()->on_leader_decided(change.partition.value, now());
  }
  if (uncommitted_.empty()) {
    Task task;
    task.step = Step::commit;
    committing_ = at(now() + spec_->append_linger + spec_->commit_time.sample(commit_times_), task);
  }
  uncommitted_.push_back(std::move(records));
}

void ControlPlaneLink::commit() {
  for (const MetadataBatch& batch : std::exchange(uncommitted_, {})) {
    for (const TopicChange& change : batch.topics) commit(change);  // they come first in a batch
    auto partition = batch.partitions.begin();
    auto broker = batch.brokers.begin();
    while (partition != batch.partitions.end() || broker != batch.brokers.end()) {
      if (broker == batch.brokers.end() ||
          (partition != batch.partitions.end() && partition->offset < broker->offset)) {
        commit(*partition++);
      } else {
        commit(*broker++);
      }
    }
  }
  if (cluster_->checks) cluster_->checks->on_metadata_committed(log_.end());
  for (const Task& answer : std::exchange(answers_, {})) send_answer(answer);
  for (std::uint32_t b = 0; b < peers_.size(); ++b) offer_metadata(BrokerIndex{b});
}

void ControlPlaneLink::commit(const PartitionChange& change) {
  const PartitionRegistration& registration = change.registration;
  const std::uint32_t partition = change.partition.value;
  PartitionView view = view_of(registration);
  view.unclean = change.unclean;
  note(change, log_.view(partition, log_.end()), view);
  under_replicated_.set(change.partition, registration.is_under_replicated());
  const std::uint64_t offset = log_.commit(partition, std::move(view));
  require(offset_at_controller(offset) == change.offset, "the metadata log is committed in order");
  if (change.completed_reassignment) cluster_->failures->on_reassigned(partition);
}

void ControlPlaneLink::commit(const TopicChange& change) {
  const std::uint64_t offset = log_.commit(change.topic, change.rules);
  require(offset_at_controller(offset) == change.offset, "the metadata log is committed in order");
}

void ControlPlaneLink::commit(const BrokerChange& change) {
  const BrokerView view = view_of(change.registration);
  const std::uint64_t offset = log_.commit(change.broker, view);
  cluster_->coordinators.on_registration(change.broker, view.is_active());
  require(offset_at_controller(offset) == change.offset, "the metadata log is committed in order");
}

/// The controller answers a broker's parked metadata fetch, as soon as it is there, with all that is committed by then.
void ControlPlaneLink::offer_metadata(BrokerIndex broker) {
  Peer& p = peer(broker);
  if (p.phase == Phase::absent) return;
  if (p.fetch_under_way) {
    if (p.fetch_answered >= now()) p.carried = log_.end();
    return;
  }
  if (p.received == log_.end()) return;
  p.fetch_under_way = true;
  p.carried = log_.end();
  p.fetch_answered = std::max(now(), p.fetch_parked);
  const Duration patience = timer(broker, metadata_fetch_timeout);
  const std::optional<Duration> takes =
      passes(broker, true) ? passage(broker, false, MessageKind::metadata, patience) : std::nullopt;
  p.fetch_lost = !takes;
  at(p.fetch_lost ? now() + patience : p.fetch_answered + *takes, task_of(Step::metadata_arrives, broker));
}

void ControlPlaneLink::on_metadata(const Task& task) {
  Peer& p = peer(task.broker);
  if (p.fetch_lost && cluster_->world.mutants.metadata_not_asked_again) return;
  p.fetch_under_way = false;
  p.fetch_parked = now() + parks_after(task.broker);
  if (!p.fetch_lost) {
    p.received = p.carried;
    if (p.delay != Duration::max()) {
      Task applies = task_of(Step::metadata_applies, task.broker);
      applies.offset = p.received;
      const Duration wait = p.delay + spec_->propagation_delay.sample(propagation_delays_);
      if (wait > Duration::zero()) {
        at(now() + wait, applies);
      } else {
        apply_metadata(task.broker, p.received);
      }
    }
  }
  offer_metadata(task.broker);
}

void ControlPlaneLink::apply_metadata(BrokerIndex broker, std::uint64_t offset) {
  Peer& p = peer(broker);
  if (offset <= p.applied) return;
  p.applied = offset;
  if (!p.ready) return;  // it takes roles up when its logs are there
  const std::uint64_t before = log_.applied(broker);
  apply(broker, offset);
  cluster_->failures->tell_applied(broker, before, offset);
}

/// From now on it acts on that.
void ControlPlaneLink::apply(BrokerIndex broker, std::uint64_t offset) {
  log_.apply(broker, offset);
  if (cluster_->checks) cluster_->checks->on_metadata_applied(broker, offset);
}

void ControlPlaneLink::delay_metadata(BrokerIndex broker, Duration by) {
  Peer& p = peer(broker);
  p.delay = by;
  if (by == Duration::max() || p.received == p.applied || p.phase == Phase::absent) return;
  Task applies = task_of(Step::metadata_applies, broker);
  applies.offset = p.received;
  at(now() + by, applies);
}

// --- the controller by itself ---

void ControlPlaneLink::plan_on_time() {
  const std::optional<Instant> next = controller_.next_call_time();
  if (!next || *next >= on_time_at_ || stands_still()) return;
  on_time_at_ = std::max(now(), *next);
  Task task;
  task.step = Step::on_time;
  at(on_time_at_, task);
}

void ControlPlaneLink::elect_preferred(std::span<const PartitionIndex> partitions) {
  write(controller_.elect_leaders(Election::preferred, partitions, now()).records);
  plan_on_time();
}

std::vector<ControllerError> ControlPlaneLink::reassign(std::span<const ReassignmentTarget> targets) {
  OperationAnswer answer = controller_.alter_partition_reassignments(targets, now());
  write(std::move(answer.records));
  plan_on_time();
  return std::move(answer.errors);
}

void ControlPlaneLink::change_rules(TopicIndex topic, const TopicRules& rules) {
  write(controller_.set_topic_rules(topic, rules, now()));
  plan_on_time();
}

void ControlPlaneLink::set_leader_balancing(bool enabled, Duration check_interval) {
  const LeaderBalancing wanted =
      spec_->leader_imbalance_percentage ? LeaderBalancing::zookeeper : LeaderBalancing::kraft;
  controller_.set_leader_balancing(enabled ? wanted : LeaderBalancing::off, check_interval, now());
  plan_on_time();
}

void ControlPlaneLink::stand_still(Instant until) {
  if (!uncommitted_.empty()) {
    cluster_->simulation.cancel(committing_);
    commit();
  }
  works_from_ = std::max(works_from_, until);
  Task task;
  task.step = Step::returns;
  at(works_from_, task);
}

void ControlPlaneLink::work_again() {
  controller_.fail_over(now());
  for (std::uint32_t b = 0; b < peers_.size(); ++b) {
    peers_[b].fetch_parked = std::max(peers_[b].fetch_parked, now() + parks_after(BrokerIndex{b}));
  }
  on_time_at_ = Instant::max();
  plan_on_time();
  cluster_->failures->on_controller_works();
}

// --- notes ---

void ControlPlaneLink::note(const BrokerChange& change) {
  const BrokerView after = view_of(change.registration);
  BrokerView& before = written_[change.broker.value];
  const auto say = [&](const char* what) {
    cluster_->failures->note({now(), EventNote::Kind::broker, what, change.broker.value, EventNote::nobody, ""});
  };
  if (after.fenced != before.fenced) say(after.fenced ? "fenced" : "unfenced");
  if (after.shutting_down && !before.shutting_down) say("in controlled shutdown");
  if (after.directory_offline != before.directory_offline)
    say(after.directory_offline ? "log directory offline" : "log directory online");
  before = after;
}

void ControlPlaneLink::note(const PartitionChange& change, const PartitionView& before, const PartitionView& after) {
  Failures& failures = *cluster_->failures;
  const std::uint32_t partition = change.partition.value;
  if (after.leader != before.leader) {
    cluster_->recorder.faults()->on_leader_committed(partition, after.leader.has_value(), now());
    const bool preferred =
        change.cause == ChangeCause::preferred_election || change.cause == ChangeCause::leaders_balanced;
    const char* const kind = !after.leader    ? "no leader"
                             : change.unclean ? "unclean"
                             : preferred      ? "preferred"
                                              : "clean";
    failures.note({now(), EventNote::Kind::leader, kind, after.leader ? after.leader->value : EventNote::nobody,
                   partition,
                   "epoch " + std::to_string(after.leader_epoch) +
                       (before.leader ? ", before: " + std::to_string(failures.id_of(*before.leader)) : "")});
  }
  if (after.in_sync != before.in_sync) {
    std::string members;
    for (const BrokerIndex b : after.in_sync)
      members += (members.empty() ? "" : " ") + std::to_string(failures.id_of(b));
    const char* const what = after.in_sync.size() < before.in_sync.size() ? "shrunk" : "expanded";
    failures.note({now(), EventNote::Kind::isr, what, EventNote::nobody, partition, members});
  }
}

}  // namespace brokersim
