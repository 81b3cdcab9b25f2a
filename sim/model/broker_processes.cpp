// SPDX-License-Identifier: Apache-2.0
// Processes of brokers: how they end, and the way back to service (L-20, L-21, B.1).
#include "sim/model/cluster.hpp"

namespace brokersim {
namespace {

/// How old a page is when the kernel writes it back (vm.dirty_expire_centisecs): what is older survives a power loss.
constexpr Duration write_back_age = std::chrono::seconds{30};

}  // namespace

void Failures::stop(BrokerIndex broker, End end, std::uint32_t occurrence) {
  processes_[broker.value].occurrence = occurrence;
  finish(broker, end);
}

void Failures::shut_down(BrokerIndex broker, std::uint32_t occurrence) {
  Process& process = processes_[broker.value];
  process.occurrence = occurrence;
  if (!cluster_->world.control_plane.controlled_shutdown) {
    finish(broker, End::clean);
    return;
  }
  process.state = Process::State::shutting_down;
  link_.ask_to_shut_down(broker);
  Step deadline;
  deadline.what = Step::What::deadline;
  deadline.broker = broker;
  deadline.process = process.number;
  at(now() + spec(occurrences_[occurrence].fault).deadline, deadline);
}

void Failures::open_port(BrokerIndex broker, Instant when) {
  processes_[broker.value].answers_from = when + cluster_->world.control_plane.first_answer_time;
}

void Failures::on_released(BrokerIndex broker) {
  finish(broker, End::clean);
}
void Failures::on_gave_up(BrokerIndex broker) {
  finish(broker, End::clean);
}

/// The process is gone, in this very event.
void Failures::finish(BrokerIndex broker, End end) {
  Process& process = processes_[broker.value];
  const bool was_up = process.state != Process::State::stopped;
  const bool had_served = running(broker);
  process.state = Process::State::stopped;
  process.end = end;
  process.host_down = end == End::power_loss;
  process.held_until = simulation_start;
  // A process that never got to its logs leaves the mark of the one before it as it was.
  if (had_served || end != End::clean) process.clean = end == End::clean;
  if (was_up) {
    ++process.number;
    link_.end_process(broker);
    if (cluster_->checks) cluster_->checks->on_process_ended(broker);
    cluster_->brokers[broker.value].restart();
    set_speed(broker);
    const char* const how[]{"shut down", "killed", "without power", "wiped"};
    note({now(), EventNote::Kind::process, how[static_cast<std::size_t>(end)], broker.value, EventNote::nobody, ""});
  }
  if (had_served) {
    const Loss loss = end == End::power_loss ? Loss::silent : Loss::reset;
    cluster_->producers.on_broker_lost(broker, loss);
    cluster_->consumers.on_broker_lost(broker, loss);
    cluster_->replication.on_broker_lost(broker, loss);
    cluster_->coordinators.on_broker_lost(broker, loss);
    cluster_->roles.stop(broker);
  }
  if (process.occurrence == nobody) return;
  const FaultSpec& fault = spec(occurrences_[process.occurrence].fault);
  lose_logs(broker, end, fault);
  if (fault.kind == FaultKind::restart || fault.kind == FaultKind::rolling_restart) {
    Step over;
    over.what = Step::What::end;
    over.occurrence = process.occurrence;
    at(now() + fault.lasts.value_or(Duration::zero()), over);
  }
  if (process.starts_when_stopped) bring_back(broker);
}

/// What a host without power, or with new disks, has lost of its logs (B.1).
void Failures::lose_logs(BrokerIndex broker, End end, const FaultSpec& fault) {
  if (end != End::power_loss && end != End::wipe) return;
  RandomStream cuts(cluster_->random, "power",
                    std::to_string(id_of(broker)) + "/" + std::to_string(processes_[broker.value].number));
  const Instant written_by = cluster_->disks.written_by(broker, now());
  for (const std::uint32_t p : partitions_of_[broker.value]) {
    const std::uint32_t replica = cluster_->replication.replica_on(broker, p);
    if (cluster_->replication[replica].role == Replica::Role::absent) continue;
    if (end == End::wipe) {
      cluster_->roles.lose_log(replica, 0);
      continue;
    }
    const std::uint32_t log_end = cluster_->branches->log_end(replica);
    const std::vector<std::uint32_t> batches = cluster_->branches->batches_from(p, 0);
    std::uint32_t on_disk = 0;
    std::uint32_t below_offset = 0;  // batches that lie wholly below keep_offset
    for (const std::uint32_t b : batches) {
      const Batch& batch = cluster_->batches[b];
      if (batch.journey.appended + write_back_age <= written_by) on_disk = batch.sequence + 1;
      if (fault.keep_offset && batch.base_offset + batch.journey.run.count <= *fault.keep_offset)
        below_offset = batch.sequence + 1;
    }
    on_disk = std::min(on_disk, log_end);
    const std::uint32_t unflushed = log_end - on_disk;
    std::uint32_t keep = on_disk;
    if (fault.keep_offset) {
      keep = std::clamp(below_offset, on_disk, log_end);
    } else if (fault.keep_fraction) {
      keep += static_cast<std::uint32_t>(*fault.keep_fraction * static_cast<double>(unflushed));
    } else {
      keep += cuts.below(unflushed + 1);
    }
    if (cluster_->checks) {
      cluster_->checks->note(keep == log_end ? RareState::power_loss_of_nothing
                             : keep > 0      ? RareState::power_loss_of_some
                                             : RareState::power_loss_of_all);
    }
    if (keep < log_end) cluster_->roles.lose_log(replica, keep);
  }
}

/// Its time down is over.
void Failures::bring_back(BrokerIndex broker) {
  Process& process = processes_[broker.value];
  if (process.state == Process::State::shutting_down) {
    process.starts_when_stopped = true;
    return;
  }
  if (process.state != Process::State::stopped) return;
  process.starts_when_stopped = false;
  if (std::exchange(process.host_down, false)) cluster_->producers.on_path_back(broker, std::nullopt);
  process.occurrence = nobody;
  process.state = Process::State::starting;
  note({now(), EventNote::Kind::process, "started", broker.value, EventNote::nobody, ""});
  Step registers;
  registers.what = Step::What::registers;
  registers.broker = broker;
  registers.process = process.number;
  at(now() + cluster_->world.control_plane.start_up_time, registers);
}

void Failures::on_caught_up(BrokerIndex broker) {
  Process& process = processes_[broker.value];
  Step recovered;
  recovered.what = Step::What::recovered;
  recovered.broker = broker;
  recovered.process = process.number;
  at(awake(broker, now() + (process.clean ? Duration::zero() : recovery_time(broker))), recovered);
}

/// After an unclean stop the last segment of every log is scanned: rolled ones are known to be on disk (B-34).
Duration Failures::recovery_time(BrokerIndex broker) const {
  if (processes_[broker.value].end == End::wipe) return Duration::zero();
  const ControlPlaneSpec& times = cluster_->world.control_plane;
  Bytes bytes = 0;
  std::int64_t logs = 0;
  for (const std::uint32_t p : partitions_of_[broker.value]) {
    const Replication& replication = cluster_->replication;
    if (replication[replication.replica_on(broker, p)].role == Replica::Role::absent) continue;
    bytes += logs_[p].segment;
    ++logs;
  }
  return (transfer_time(bytes, times.recovery_rate) + logs * times.recovery_time_per_log) /
         times.num_recovery_threads_per_data_dir;
}

/// Its logs are recovered: it takes its roles up, fetches, and asks to be unfenced.
void Failures::serve(BrokerIndex broker) {
  Process& process = processes_[broker.value];
  process.state = Process::State::running;
  process.answers_from = Instant::max();
  process.end = End::clean;
  note({now(), EventNote::Kind::process, "ready", broker.value, EventNote::nobody, ""});
  if (!process.directory_offline) cluster_->roles.start(broker);
  link_.become_ready(broker);
}

/// When a fault of brokers, if of any, that comes now is over, as far as that is known: what has been promised cannot
/// be taken back, so heals are looked for ahead.
Instant Failures::over_at(const Step& step, const std::vector<BrokerIndex>& brokers) const {
  const std::optional<Duration> lasts = step.lasts ? step.lasts : spec(step.fault).lasts;
  Instant until =
      lasts ? now() + *lasts : Instant{cluster_->limits.duration + cluster_->limits.drain_limit + write_back_age};
  for (const FaultSpec& fault : cluster_->world.faults) {
    if (fault.kind != FaultKind::heal || Instant{fault.when.at} <= now()) continue;
    const FaultTarget& target = fault.target;
    const std::vector<BrokerIndex> named =
        target.who == FaultTarget::Who::zone ? brokers_in(target.zone) : target.brokers;
    if (target.who == FaultTarget::Who::none ||
        std::find_first_of(named.begin(), named.end(), brokers.begin(), brokers.end()) != named.end())
      until = std::min(until, Instant{fault.when.at});
  }
  return until;
}

void Failures::pause(BrokerIndex broker, Instant until) {
  Process& process = processes_[broker.value];
  process.held_until = std::max(process.held_until, until);
  cluster_->brokers[broker.value].host().hold(process.held_until);
  note_silence(broker, true);
}

/// A paused broker answers nobody: what it leads has no leader at work, and who reads there gets nothing.
void Failures::note_silence(BrokerIndex broker, bool silent) {
  FaultLedger& ledger = *cluster_->recorder.faults();
  for (const std::uint32_t p : partitions_of_[broker.value]) {
    const std::uint32_t leading = cluster_->logs[p].leading_replica();
    const Replica& leader = cluster_->replication[leading];
    if (leader.broker != broker || leader.role != Replica::Role::leader) continue;
    if (silent) {
      ledger.on_leader_lost(p, now());
    } else {
      ledger.on_leader_leads(p, now());
    }
  }
  cluster_->consumers.note_silence(broker, silent);
}

/// FAULT-10, FAULT-11. The process goes on, as there is another directory for the metadata log.
void Failures::take_directory_offline(BrokerIndex broker) {
  if (std::exchange(processes_[broker.value].directory_offline, true) || !running(broker)) return;
  cluster_->roles.take_offline(broker);
  link_.report_directory(broker);
}

/// Once nothing is wrong with its disk any more its replicas are there again, as after a start.
void Failures::end_disk_failure(BrokerIndex broker, std::uint32_t occurrence) {
  Process& process = processes_[broker.value];
  std::erase(process.full, occurrence);
  std::erase(process.unreadable, occurrence);
  if (!process.full.empty() || !process.unreadable.empty()) return;
  if (!std::exchange(process.directory_offline, false) || !running(broker)) return;
  cluster_->roles.start(broker);
  for (const std::uint32_t p : partitions_of_[broker.value])
    cluster_->roles.apply(broker, p, metadata().view(p, metadata().applied(broker)));
  link_.report_directory(broker);
}

/// Of several faults that slow it down the strongest wins.
void Failures::set_speed(BrokerIndex broker) {
  double factor = 1;
  for (const auto& [occurrence, slowdown] : processes_[broker.value].slow) factor = std::max(factor, slowdown);
  cluster_->brokers[broker.value].host().slow_down(factor);
}

/// Of several faults that skew its timers the strongest wins: the one farthest from 1, the fast one of two as far.
void Failures::set_timers(BrokerIndex broker) {
  const auto distance = [](double rate) { return std::max(rate, 1 / rate); };
  double strongest = 1;
  for (const auto& [occurrence, rate] : processes_[broker.value].skewed) {
    if (distance(rate) > distance(strongest) || (distance(rate) == distance(strongest) && rate > strongest))
      strongest = rate;
  }
  if (processes_[broker.value].timer_rate == strongest) return;
  cluster_->replication.settle_polls(broker);
  cluster_->consumers.settle_polls(broker);
  processes_[broker.value].timer_rate = strongest;
  if (cluster_->checks) cluster_->checks->on_timers(broker, strongest);
}

}  // namespace brokersim
