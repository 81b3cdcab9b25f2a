// SPDX-License-Identifier: Apache-2.0
// The schedule of faults: when which one comes, to whom, and when it is over. What it does to processes is in
// broker_processes.cpp, what to the network in network_faults.cpp.
#include "sim/model/failures.hpp"

#include "sim/model/cluster.hpp"
#include "sim/model/fault_kinds.hpp"
#include "sim/model/possible_replicas.hpp"
#include "sim/random/shuffle.hpp"

namespace brokersim {
namespace {

std::string stream_of(FaultKind kind) {
  return "fault/" + std::string(name_of(kind));
}

std::vector<std::string> names_of_hosts(const WorldSpec& world) {
  std::vector<std::string> names;
  for (const BrokerSpec& broker : world.brokers) names.push_back(std::to_string(broker.id));
  for (const std::string& zone : world.network.zones) names.push_back("clients of " + zone);
  names.emplace_back("controllers");
  return names;
}

}  // namespace

Failures::Failures(Cluster& cluster, const std::vector<std::vector<BrokerIndex>>& replicas)
    : cluster_(&cluster),
      partitions_of_(cluster.world.brokers.size()),
      cuts_(cluster.world.brokers.size() + cluster.world.network.zones.size() + 1),
      links_(names_of_hosts(cluster.world), cluster.random),
      watches_links_(links_may_fail(cluster.world)),
      link_(cluster, replicas),
      processes_(cluster.world.brokers.size()),
      logs_(replicas.size()),
      failover_times_(cluster.random, "controller failover", ""),
      conditions_(cluster) {
  std::uint32_t p = 0;
  for (std::uint32_t t = 0; t < cluster.world.topics.size(); ++t) {
    for (std::uint32_t number = 0; number < cluster.world.topics[t].partitions; ++number, ++p) {
      for (const BrokerIndex broker : possible_replicas(cluster.world, TopicIndex{t}, number, replicas[p]))
        partitions_of_[broker.value].push_back(p);
    }
  }
}

Instant Failures::now() const {
  return cluster_->simulation.now();
}
const FaultSpec& Failures::spec(std::uint32_t fault) const {
  return cluster_->world.faults[fault];
}
std::int32_t Failures::id_of(BrokerIndex broker) const {
  return cluster_->world.brokers[broker.value].id;
}

void Failures::note(EventNote note) {
  note.event = cluster_->simulation.events_processed();
  cluster_->recorder.result().events_log.push_back(std::move(note));
}
void Failures::note_fault(EventNote::Kind kind, std::uint32_t fault, std::uint32_t broker, std::string detail) {
  note({now(), kind, std::string(name_of(spec(fault).kind)), broker, EventNote::nobody, std::move(detail), fault});
}

void Failures::note_open_faults() {
  std::vector<bool> open(cluster_->world.faults.size());
  for (const Occurrence& occurrence : occurrences_) {
    if (occurrence.open) open[occurrence.fault] = true;
  }
  cluster_->recorder.faults()->on_open_faults(std::move(open));
}

void Failures::at(Instant when, Step step) {
  steps_.push_back(std::move(step));
  cluster_->simulation.at(when, FaultDue{static_cast<std::uint32_t>(steps_.size() - 1)});
}

void Failures::start() {
  link_.start();
  for (std::uint32_t fault = 0; fault < cluster_->world.faults.size(); ++fault) plan(fault);
  look_at_conditions();  // what holds from the start
  if (cluster_->retention) {
    constexpr Duration first_look = std::chrono::seconds{30};  // log.initial.task.delay.ms
    Step look;
    look.what = Step::What::retention;
    for (look.broker.value = 0; look.broker.value < processes_.size(); ++look.broker.value)
      at(Instant{first_look}, look);
  }
}

void Failures::plan(std::uint32_t fault) {
  const FaultSpec& f = spec(fault);
  if (f.when.how == FaultTime::How::rate) {
    plan_by_rate(fault);
    return;
  }
  if (f.when.how == FaultTime::How::condition) {
    conditions_.add(fault, f.when.condition);
    return;
  }
  Step step;
  step.what = Step::What::begin;
  step.fault = fault;
  for (std::uint32_t time = 0; time < f.times; ++time) at(Instant{f.when.at + time * f.every}, step);
}

/// A condition counts once, the first time that it holds (B.2).
void Failures::look_at_conditions() {
  for (const std::uint32_t fault : conditions_.take_those_that_hold()) {
    if (now() + spec(fault).when.delay >= Instant{cluster_->limits.duration}) {
      note_fault(EventNote::Kind::fault_ignored, fault, EventNote::nobody, "it comes after the end");
      continue;
    }
    Step step;
    step.what = Step::What::begin;
    step.fault = fault;
    at(now() + spec(fault).when.delay, step);
  }
}

void Failures::note_unmet_conditions() {
  for (const std::uint32_t fault : conditions_.waiting())
    note_fault(EventNote::Kind::fault_ignored, fault, EventNote::nobody, "its condition never held");
}

/// Every broker, or zone, of the target fails and is repaired in turn, by a stream of its own.
void Failures::plan_by_rate(std::uint32_t fault) {
  const FaultSpec& f = spec(fault);
  const Duration until = std::min(f.when.until.value_or(cluster_->limits.duration), cluster_->limits.duration);
  const auto plan_entity = [&](const std::string& entity, Step step) {
    RandomStream random(cluster_->random, stream_of(f.kind), entity);
    Duration time = f.when.from;
    while (true) {
      time += f.when.between.sample(random);
      if (time >= until) return;
      step.lasts = std::max(f.when.repair.sample(random), Duration{1});
      at(Instant{time}, step);
      time += *step.lasts;
    }
  };
  Step step;
  step.what = Step::What::begin;
  step.fault = fault;
  if (f.target.who == FaultTarget::Who::zone || f.target.who == FaultTarget::Who::all_zones) {
    for (std::uint32_t z = 0; z < cluster_->world.network.zones.size(); ++z) {
      if (f.target.who == FaultTarget::Who::zone && f.target.zone.value != z) continue;
      step.zone = ZoneIndex{z};
      plan_entity(cluster_->world.network.zones[z], step);
    }
  } else if (f.target.who == FaultTarget::Who::producer || f.target.who == FaultTarget::Who::group) {
    for (const std::uint32_t client : clients(f.target)) {
      step.client = client;
      plan_entity(name_of_client(f.target, client), step);
    }
  } else if (const std::vector<BrokerIndex> brokers = targets(fault); brokers.empty()) {
    plan_entity("cluster", step);
  } else {
    for (const BrokerIndex broker : brokers) {
      step.only = {broker};
      plan_entity(std::to_string(id_of(broker)), step);
    }
  }
}

void Failures::on(FaultDue event) {
  const Step step = steps_[event.step];
  const bool same_process = step.process == process(step.broker).number;
  switch (step.what) {
    case Step::What::begin:
      begin(step);
      break;
    case Step::What::begin_one:
      apply_to(step, step.broker);
      break;
    case Step::What::end:
      end(step.occurrence);
      break;
    case Step::What::roll:
      roll(step);
      break;
    case Step::What::settle:
      settle(step);
      break;
    case Step::What::resign:
      if (!occurrences_[step.occurrence].open) break;
      fail_controller(std::nullopt);
      end(step.occurrence);
      break;
    case Step::What::reset:
      break_connections(step.hosts.first, step.hosts.second, Loss::reset);
      break;
    case Step::What::registers:
      if (same_process) link_.register_process(step.broker, process(step.broker).clean);
      break;
    case Step::What::recovered:
      if (same_process) serve(step.broker);
      break;
    case Step::What::retention:
      if (running(step.broker)) cluster_->retention->check(step.broker);
      if (now() < cluster_->recorder.end())
        at(now() + timer(step.broker, cluster_->world.control_plane.log_retention_check_interval), step);
      break;
    case Step::What::deadline:
      if (same_process && process(step.broker).state == Process::State::shutting_down) finish(step.broker, End::kill);
      break;
  }
}

std::vector<BrokerIndex> Failures::brokers_in(ZoneIndex zone) const {
  std::vector<BrokerIndex> brokers;
  for (std::uint32_t b = 0; b < processes_.size(); ++b) {
    if (cluster_->world.brokers[b].zone == zone) brokers.push_back(BrokerIndex{b});
  }
  return brokers;
}

/// The brokers that a fault hits, as things are now.
std::vector<BrokerIndex> Failures::targets(std::uint32_t fault) {
  return resolve(spec(fault).target, fault);
}

/// ... or that its other end is.
std::vector<BrokerIndex> Failures::resolve(const FaultTarget& target, std::uint32_t fault) {
  std::vector<BrokerIndex> all;
  for (std::uint32_t b = 0; b < processes_.size(); ++b) all.push_back(BrokerIndex{b});
  std::sort(all.begin(), all.end(), [this](BrokerIndex a, BrokerIndex b) { return id_of(a) < id_of(b); });
  switch (target.who) {
    case FaultTarget::Who::brokers:
      return target.brokers;
    case FaultTarget::Who::all_brokers:
      return all;
    case FaultTarget::Who::random_brokers: {
      RandomStream random(cluster_->random, stream_of(spec(fault).kind),
                          std::to_string(fault) + "/" + std::to_string(occurrences_.size()) +
                              (&target == &spec(fault).other ? "/other" : ""));
      shuffle(std::span<BrokerIndex>(all), random);
      all.resize(std::min<std::size_t>(all.size(), target.count));
      return all;
    }
    case FaultTarget::Who::zone:
      return brokers_in(target.zone);
    case FaultTarget::Who::leader:
    case FaultTarget::Who::follower: {
      const std::uint32_t p = cluster_->logs.first_of(target.topic) + target.partition.value_or(0);
      const PartitionView& view = metadata().view(p, metadata().end());
      if (!view.leader) return {};
      if (target.who == FaultTarget::Who::leader) return {*view.leader};
      for (const BrokerIndex member : view.in_sync) {
        if (member != *view.leader) return {member};
      }
      return {};
    }
    default:
      return {};
  }
}

std::uint32_t Failures::open(std::uint32_t fault, const Step& step) {
  occurrences_.push_back({fault, {}, {}, {}, true});
  const auto index = static_cast<std::uint32_t>(occurrences_.size() - 1);
  const std::optional<Duration> lasts = step.lasts ? step.lasts : spec(fault).lasts;
  // How long a process is away counts from when it has stopped; what is never started again has no end.
  const FaultKind kind = spec(fault).kind;
  const bool ends = kind != FaultKind::crash_stop && kind != FaultKind::restart && kind != FaultKind::rolling_restart;
  if (lasts && ends) {
    Step over;
    over.what = Step::What::end;
    over.occurrence = index;
    at(now() + *lasts, over);
  }
  return index;
}

void Failures::begin(const Step& step) {
  const FaultSpec& f = spec(step.fault);
  switch (f.kind) {
    case FaultKind::heal:
      heal(f);
      break;
    case FaultKind::rolling_restart:
    case FaultKind::rolling_kill: {
      Step first = step;
      first.only = step.only.empty() ? targets(step.fault) : step.only;
      roll(first);
      break;
    }
    case FaultKind::zone_loss:
      lose_zone(step);
      break;
    case FaultKind::link_cut:
    case FaultKind::isolate:
    case FaultKind::zone_partition:
    case FaultKind::connection_reset:
    case FaultKind::controller_isolated:
      cut_network(step);
      break;
    case FaultKind::link_delay:
    case FaultKind::link_loss:
    case FaultKind::link_bandwidth:
    case FaultKind::message_delay:
      hinder_network(step);
      break;
    case FaultKind::controller_failover:
      note_fault(EventNote::Kind::fault_applied, step.fault, EventNote::nobody);
      fail_controller(step.lasts ? step.lasts : f.lasts);
      break;
    case FaultKind::elect:
      elect(step);
      break;
    case FaultKind::reassign:
      reassign(step);
      break;
    case FaultKind::config_change:
      change_setting(step);
      break;
    case FaultKind::retention_squeeze:
      note_fault(EventNote::Kind::fault_applied, step.fault, EventNote::nobody);
      cluster_->retention->change(f.target.topic, f.retention_bytes, f.retention_time);
      break;
    case FaultKind::producer_burst:
    case FaultKind::producer_crash:
    case FaultKind::hot_key:
    case FaultKind::consumer_crash:
    case FaultKind::consumer_slow:
    case FaultKind::consumer_pause:
      hit_clients(step);
      break;
    default:
      apply_to_brokers(step, step.only.empty() ? targets(step.fault) : step.only);
      break;
  }
}

void Failures::apply_to_brokers(const Step& step, const std::vector<BrokerIndex>& brokers) {
  const FaultSpec& f = spec(step.fault);
  if (brokers.empty()) note_fault(EventNote::Kind::fault_ignored, step.fault, EventNote::nobody, "no such broker now");
  RandomStream moments(cluster_->random, stream_of(f.kind) + " spread", std::to_string(step.fault));
  for (const BrokerIndex broker : brokers) {
    if (f.spread == Duration::zero() || brokers.size() == 1) {
      apply_to(step, broker);
      continue;
    }
    Step one = step;
    one.what = Step::What::begin_one;
    one.broker = broker;
    const Duration begins = moments.within(f.spread);
    const std::optional<Duration> lasts = step.lasts ? step.lasts : f.lasts;
    if (f.kind == FaultKind::clog && lasts) {  // released in another order than they were clogged in
      one.lasts = std::max(*lasts + moments.within(f.spread) - begins, Duration{1});
    }
    at(now() + begins, one);
  }
}

void Failures::apply_to(const Step& step, BrokerIndex broker) {
  const FaultSpec& f = spec(step.fault);
  Process& process = processes_[broker.value];
  const auto ignored = [&](const char* why) {
    note_fault(EventNote::Kind::fault_ignored, step.fault, broker.value, why);
  };
  const auto begins = [&] {
    note_fault(EventNote::Kind::fault_applied, step.fault, broker.value);
    const std::uint32_t occurrence = open(step.fault, step);
    occurrences_[occurrence].brokers = {broker};
    return occurrence;
  };
  const auto ends_process = [&](End end) {
    if (process.state == Process::State::stopped && end <= process.end) {
      ignored("it is down");
    } else {
      stop(broker, end, begins());
    }
  };
  switch (f.kind) {
    case FaultKind::kill:
    case FaultKind::crash_stop:
      ends_process(End::kill);
      break;
    case FaultKind::power_loss:
    case FaultKind::zone_loss:
      ends_process(End::power_loss);
      break;
    case FaultKind::wipe:
      ends_process(End::wipe);
      break;
    case FaultKind::controlled_shutdown:
    case FaultKind::restart:
      if (process.state == Process::State::running) {
        shut_down(broker, begins());
      } else {
        ignored("it is not running");
      }
      break;
    case FaultKind::slow_broker:
      process.slow.emplace_back(begins(), f.factor);
      set_speed(broker);
      break;
    case FaultKind::timer_skew:
      if (process.state == Process::State::stopped) {
        ignored("it is down");
      } else {
        process.skewed.emplace_back(begins(), f.factor);
        set_timers(broker);
      }
      break;
    case FaultKind::pause:
      if (process.state == Process::State::stopped) {
        ignored("it is down");
      } else {
        (void)begins();
        pause(broker, over_at(step, {broker}));
      }
      break;
    case FaultKind::clog: {
      const Instant until = over_at(step, {broker});
      const Hosts others = hosts_besides({broker.value});
      const std::uint32_t occurrence = begins();
      hinder(occurrence, {broker.value}, others, until, {});
      hinder(occurrence, others, {broker.value}, until, {});
      on_links_changed();
      break;
    }
    case FaultKind::disk_slow:
    case FaultKind::disk_stall:
      if (!cluster_->disks.has(broker)) {
        ignored("it has no disk: all is in memory");
      } else if (f.kind == FaultKind::disk_slow) {
        RandomStream delays(cluster_->random, stream_of(f.kind), std::to_string(id_of(broker)));
        cluster_->disks.slow_down(broker, begins(), f, std::move(delays));
      } else {
        (void)begins();
        cluster_->disks.stall(broker, f.operation, now(), over_at(step, {broker}));
      }
      break;
    case FaultKind::disk_full:
      process.full.push_back(begins());
      break;
    case FaultKind::disk_error:
      process.unreadable.push_back(begins());
      take_directory_offline(broker);
      break;
    case FaultKind::metadata_lag: {
      (void)begins();
      RandomStream delays(cluster_->random, stream_of(f.kind), std::to_string(id_of(broker)));
      link_.delay_metadata(broker, f.frozen ? Duration::max() : f.add.sample(delays));
      break;
    }
    default:
      require(false, "this kind of fault hits no broker by itself");
      break;
  }
}

/// What an occurrence did is taken back, unless something stronger has come since.
void Failures::end(std::uint32_t occurrence) {
  Occurrence& over = occurrences_[occurrence];
  if (!over.open) return;
  over.open = false;
  const FaultKind kind = spec(over.fault).kind;
  const std::vector<BrokerIndex> brokers = over.brokers;
  note_fault(EventNote::Kind::fault_healed, over.fault, brokers.size() == 1 ? brokers[0].value : EventNote::nobody);
  mend(std::exchange(over.cut, {}));
  if (watches_links_) {
    links_.remove(occurrence);
    on_links_changed();
  }
  if (!over.clients.empty()) release_clients(kind, std::vector<std::uint32_t>{over.clients});
  for (const BrokerIndex broker : brokers) {
    Process& process = processes_[broker.value];
    if (kind == FaultKind::slow_broker) {
      std::erase_if(process.slow, [occurrence](const auto& slow) { return slow.first == occurrence; });
      set_speed(broker);
    } else if (kind == FaultKind::timer_skew) {
      std::erase_if(process.skewed, [occurrence](const auto& skewed) { return skewed.first == occurrence; });
      set_timers(broker);
    } else if (kind == FaultKind::disk_slow) {
      cluster_->disks.end_slowness(broker, occurrence);
    } else if (kind == FaultKind::disk_full || kind == FaultKind::disk_error) {
      end_disk_failure(broker, occurrence);
    } else if (kind == FaultKind::metadata_lag) {
      link_.delay_metadata(broker, Duration::zero());
    } else if (kind == FaultKind::pause) {
      if (running(broker) && process.held_until <= now()) note_silence(broker, false);
    } else if (process.occurrence == occurrence && kind != FaultKind::clog) {
      bring_back(broker);
    }
  }
}

/// Everything that is still broken at the target, or everywhere.
void Failures::heal(const FaultSpec& fault) {
  const auto index = static_cast<std::uint32_t>(&fault - cluster_->world.faults.data());
  const std::vector<BrokerIndex> brokers = targets(index);
  note_fault(EventNote::Kind::fault_applied, index, EventNote::nobody);
  const bool of_clients = fault.target.who == FaultTarget::Who::producer || fault.target.who == FaultTarget::Who::group;
  const std::vector<std::uint32_t> named_clients = of_clients ? clients(fault.target) : std::vector<std::uint32_t>{};
  const auto any_of = [](const auto& hit, const auto& named) {
    return std::any_of(hit.begin(), hit.end(),
                       [&](const auto& one) { return std::find(named.begin(), named.end(), one) != named.end(); });
  };
  for (std::uint32_t o = 0; o < occurrences_.size(); ++o) {
    const bool same_kind_of_client = spec(occurrences_[o].fault).target.who == fault.target.who;
    const bool named = fault.target.who == FaultTarget::Who::none || any_of(occurrences_[o].brokers, brokers) ||
                       (same_kind_of_client && any_of(occurrences_[o].clients, named_clients));
    if (!named) continue;
    if (spec(occurrences_[o].fault).kind == FaultKind::reassign) {  // it goes on, and nothing holds it back
      for (const std::uint32_t p : occurrences_[o].moving) cluster_->replication.end_throttle(p);
    } else {
      end(o);
    }
  }
}

// --- rolling faults ---

/// One broker after another: FAULT-27 waits for whole ISRs in between, FAULT-28 for a fixed time.
void Failures::roll(const Step& step) {
  if (step.turn == step.only.size()) return;
  const FaultSpec& f = spec(step.fault);
  const BrokerIndex broker = step.only[step.turn];
  Step next = step;
  next.broker = broker;
  const bool kills = f.kind == FaultKind::rolling_kill;
  const bool hits = processes_[broker.value].state == Process::State::running;
  if (hits) {
    note_fault(EventNote::Kind::fault_applied, step.fault, broker.value);
    const std::uint32_t occurrence = open(step.fault, step);
    occurrences_[occurrence].brokers = {broker};
    if (kills) {
      stop(broker, End::kill, occurrence);
    } else {
      shut_down(broker, occurrence);
    }
  } else {
    note_fault(EventNote::Kind::fault_ignored, step.fault, broker.value, "it is not running");
  }
  if (hits && !kills) {
    next.what = Step::What::settle;
    at(now() + settle_poll, next);
  } else {
    next.what = Step::What::roll;
    ++next.turn;
    at(now() + (kills ? f.step : Duration::zero()), next);
  }
}

/// The operator looks every second whether the broker is back and no partition is under-replicated.
void Failures::settle(const Step& step) {
  const BrokerView& view = metadata().broker(step.broker, metadata().end());
  const bool back = processes_[step.broker.value].state == Process::State::running && !view.fenced;
  Step next = step;
  if (back) next.since = std::min(step.since, now());
  const std::optional<Duration> patience = spec(step.fault).settle;
  if (back && (link_.fully_replicated() || (patience && now() - next.since >= *patience))) {
    ++next.turn;
    next.since = Instant::max();
    roll(next);
  } else if (now() < Instant{cluster_->limits.duration}) {
    at(now() + settle_poll, next);
  }
}

bool Failures::all_is_well() const {
  for (std::uint32_t b = 0; b < processes_.size(); ++b) {
    const Process& process = processes_[b];
    if (process.state != Process::State::running || process.held_until > now() || !process.slow.empty() ||
        !process.skewed.empty())
      return false;
    if (process.answers_from > now()) return false;
    if (process.directory_offline || !process.full.empty()) return false;
    if (link_.delays_metadata(BrokerIndex{b}) || cluster_->disks.is_troubled(BrokerIndex{b}, now())) return false;
  }
  return !cuts_.any() && !links_.any() && link_.works_from() <= now();
}

// --- the controller ---

void Failures::fail_controller(std::optional<Duration> lasts) {
  const Instant until = now() + (lasts ? *lasts : cluster_->world.control_plane.failover_time.sample(failover_times_));
  note({now(), EventNote::Kind::controller, "stands still", EventNote::nobody, EventNote::nobody, ""});
  for (std::uint32_t b = 0; b < processes_.size() && cluster_->checks; ++b) {
    const bool dead = processes_[b].state == Process::State::stopped;
    if (dead && !link_.metadata().broker(BrokerIndex{b}, link_.metadata().end()).fenced)
      cluster_->checks->note(RareState::failover_with_fencing);
  }
  link_.stand_still(until);
}

void Failures::on_controller_works() {
  note({now(), EventNote::Kind::controller, "works", EventNote::nobody, EventNote::nobody, ""});
}

// --- between the controller and the brokers' roles ---

void Failures::tell_applied(BrokerIndex broker, std::uint64_t from, std::uint64_t to) {
  const bool starts = from == 0 && processes_[broker.value].number > 0;
  const std::vector<std::uint32_t> partitions = starts ? partitions_of_[broker.value] : metadata().changed(from, to);
  for (const std::uint32_t p : partitions) cluster_->roles.apply(broker, p, metadata().view(p, to));
  for (const TopicIndex topic : metadata().changed_topics(from, to)) {
    const std::uint32_t first = cluster_->logs.first_of(topic);
    for (std::uint32_t p = first; p < first + cluster_->world.topics[topic.value].partitions; ++p) {
      if (cluster_->logs[p].leader == broker && cluster_->replication.acts_as_leader(broker, p))
        cluster_->in_sync->on_minimum_changed(p);
    }
  }
  cluster_->coordinators.on_metadata(broker);
  // Followers that were fenced may join ISRs now: their next fetch is looked at for that.
  for (const BrokerIndex follower : metadata().changed_brokers(from, to)) {
    if (!cluster_->eligible(follower, broker)) continue;
    for (const std::uint32_t p : partitions_of_[follower.value]) {
      if (follower != broker && cluster_->replication.acts_as_leader(broker, p))
        cluster_->replication.ask_again(cluster_->replication.replica_on(follower, p));
    }
  }
}

}  // namespace brokersim
