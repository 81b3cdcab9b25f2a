// SPDX-License-Identifier: Apache-2.0
#include "sim/model/run_checks.hpp"

#include <algorithm>

#include "sim/model/cluster.hpp"

namespace brokersim {
namespace {

CheckedCluster checked(Cluster& cluster) {
  const WorldSpec& world = cluster.world;
  CheckedCluster all;
  for (std::uint32_t b = 0; b < world.brokers.size(); ++b) {
    all.broker_ids.push_back(world.brokers[b].id);
    all.broker_epochs.push_back(cluster.failures->control_plane().epoch_of(BrokerIndex{b}));
  }
  for (std::uint32_t p = 0; p < cluster.logs.size(); ++p) {
    const Partition& partition = cluster.logs[p];
    const TopicSpec& topic = world.topics[partition.topic.value];
    CheckedPartition& entry = all.partitions.emplace_back();
    entry.name = topic.id + "/" + std::to_string(partition.number);
    for (std::uint32_t r = partition.first_replica; r < partition.first_replica + partition.replicas; ++r) {
      entry.replicas.push_back(cluster.replication[r].broker);
      entry.assigned += cluster.replication[r].works() ? 1U : 0U;
    }
    entry.min_in_sync = std::min<std::uint32_t>(topic.min_insync_replicas, entry.assigned);
  }
  all.eligible_leader_replicas = world.control_plane.eligible_leader_replicas;
  all.logs_may_be_lost = cluster.branches->retains();
  all.replica_lag_time_max = world.control_plane.replica_lag_time_max;
  return all;
}

}  // namespace

RunChecks::RunChecks(Cluster& cluster) : cluster_(&cluster), invariants_(checked(cluster)) {}

void RunChecks::on_registered(BrokerIndex broker, BrokerEpoch epoch, Incarnation process, bool clean) {
  invariants_.on_registered(broker, epoch, static_cast<std::uint32_t>(process), clean);
}

void RunChecks::on_written(const MetadataBatch& records) {
  for (const BrokerChange& change : records.brokers)
    invariants_.on_broker_record(change.broker, change.registration.fenced,
                                 change.registration.in_controlled_shutdown || change.registration.directory_offline);
  for (const PartitionChange& change : records.partitions) {
    const PartitionRegistration& now = change.registration;
    const Controller& controller = cluster_->failures->control_plane().controller();
    const TopicIndex topic = controller.topic_of(change.partition);
    const std::uint32_t minimum = controller.effective_min_insync_replicas(topic);
    const bool unclean_allowed = controller.rules(topic).unclean_leader_election;
    invariants_.on_partition_record(change.partition.value,
                                    {now.leader, now.leader_epoch, now.partition_epoch, now.isr.view(), now.elr.view(),
                                     now.replicas.view(), minimum, unclean_allowed, change.unclean});
  }
  invariants_.on_records_written();
}

void RunChecks::on_metadata_committed(std::uint64_t end) {
  invariants_.on_metadata_committed(end, cluster_->simulation.now());
}

void RunChecks::on_leads(std::uint32_t replica) {
  const Replica& leader = cluster_->replication[replica];
  const Partition& partition = cluster_->logs[leader.partition];
  on_epochs(replica);
  const bool newest = partition.leading_replica() == replica;
  invariants_.on_leads(replica, leader.leader_epoch, cluster_->branches->log_end(replica),
                       newest ? partition.high_watermark : leader.high_watermark, cluster_->simulation.now());
}

void RunChecks::on_leader_stops(std::uint32_t replica) {
  const Replica& leader = cluster_->replication[replica];
  const Partition& partition = cluster_->logs[leader.partition];
  if (partition.leading_replica() != replica) return;
  if (partition.high_watermark < partition.log_end) note(RareState::crash_with_acks_pending);
  if (cluster_->failures->control_plane().asks_about(leader.broker, PartitionIndex{leader.partition}))
    note(RareState::crash_with_proposal);
}

void RunChecks::on_follows(std::uint32_t replica) {
  invariants_.on_follows(replica, cluster_->replication[replica].leader_epoch);
}

void RunChecks::on_epochs(std::uint32_t replica) {
  invariants_.on_epoch_cache(replica, cluster_->branches->epochs(replica));
}

void RunChecks::on_appended(std::uint32_t replica, std::uint32_t batch, std::uint32_t producer,
                            const ProducerSpec& spec) {
  const Batch& appended = cluster_->batches[batch];
  const bool newest = cluster_->logs[appended.partition].leading_replica() == replica;
  std::optional<LeadersIsr> isr;  // of a superseded leader nobody keeps it
  if (newest) isr = cluster_->in_sync->known(appended.partition);
  invariants_.on_appended(replica, appended.sequence,
                          {batch, producer, appended.first_number, spec.acks, spec.enable_idempotence}, isr);
}

void RunChecks::on_copied(std::uint32_t replica, BrokerIndex leader) {
  const Replica& follower = cluster_->replication[replica];
  const Partition& partition = cluster_->logs[follower.partition];
  const std::uint32_t leading = partition.leader == leader
                                    ? partition.leading_replica()
                                    : cluster_->replication.replica_on(leader, follower.partition);
  if (invariants_.on_copied(replica, leading, follower.log_end) || partition.later_epochs) on_epochs(replica);
}

void RunChecks::on_truncated(std::uint32_t replica) {
  invariants_.on_truncated(replica, cluster_->branches->log_end(replica));
  on_epochs(replica);
}

void RunChecks::on_fetch_counted(std::uint32_t replica) {
  const Replica& follower = cluster_->replication[replica];
  invariants_.on_fetch_counted(replica, cluster_->logs[follower.partition].leading_replica(), follower.leader_epoch,
                               follower.acknowledged_end, cluster_->failures->control_plane().epoch_of(follower.broker),
                               cluster_->simulation.now());
}

void RunChecks::on_committed(std::uint32_t partition, std::uint32_t position, std::uint32_t batch) {
  invariants_.on_committed(cluster_->logs[partition].leading_replica(), position, batch);
}

void RunChecks::on_high_watermark(std::uint32_t partition, std::uint32_t from) {
  const Partition& changed = cluster_->logs[partition];
  invariants_.on_high_watermark(changed.leading_replica(), from, changed.high_watermark,
                                cluster_->in_sync->known(partition));
}

void RunChecks::on_shown(std::uint32_t replica) {
  const Replica& follower = cluster_->replication[replica];
  invariants_.on_shown(replica, follower.high_watermark, follower.carried_high_watermark);
}

void RunChecks::on_isr_proposed(std::uint32_t partition, std::uint64_t leaving) {
  invariants_.on_isr_proposed(cluster_->logs[partition].leading_replica(), leaving, cluster_->simulation.now());
}

void RunChecks::on_isr_judged(std::span<const IsrProposal> proposed, const AlterPartitionAnswer& judged) {
  for (std::size_t i = 0; i < judged.partitions.size(); ++i) {
    const ControllerError error = judged.partitions[i].error;
    if (error == ControllerError::fenced_leader_epoch) note(RareState::stale_leader_epoch);
    if (error == ControllerError::invalid_update_version) note(RareState::stale_partition_epoch);
    if (error != ControllerError::none) continue;
    invariants_.on_isr_accepted(proposed[i].partition.value, proposed[i].leader_epoch, proposed[i].partition_epoch);
  }
}

void RunChecks::on_acknowledged(std::uint32_t batch, bool awaited_all) {
  const Batch& told = cluster_->batches[batch];
  invariants_.on_acknowledged(told.partition, told.sequence, batch, awaited_all, told.cut);
}

void RunChecks::on_read(const Reader& reader, std::uint32_t batch) {
  const std::uint32_t replica =
      reader.replica == nil ? cluster_->logs[reader.partition].leading_replica() : reader.replica;
  invariants_.on_read(reader.partition, replica, reader.position, batch);
}

void RunChecks::on_redirected(std::uint32_t replica, const Reader& reader) {
  invariants_.on_redirected(replica, reader.position, cluster_->in_sync->is_in_sync(replica));
}

void RunChecks::on_delivered(std::uint32_t reader, std::uint32_t batch) {
  invariants_.on_delivered(reader, cluster_->batches[batch].partition, cluster_->batches[batch].sequence, batch);
}

/// A.3: nothing has gone wrong or come back for as long as a session, two rounds of lag checks and the requests of
/// followers and clients take, twice over, where what one of them led to fails as well.
bool RunChecks::healed_for_long() const {
  const Failures& failures = *cluster_->failures;
  if (!failures.all_is_well()) return false;
  Duration clients{};
  for (const ProducerSpec& producer : cluster_->world.producers)
    clients = std::max(clients, producer.retry.request_timeout);
  const Duration enough = 2 * (cluster_timeouts(cluster_->world) + clients);
  if (cluster_->simulation.now() < Instant{cluster_->limits.duration + enough}) return false;  // of the last request
  const std::vector<EventNote>& notes = cluster_->recorder.result().events_log;
  const auto trouble = std::find_if(notes.rbegin(), notes.rend(), [](const EventNote& note) {
    return note.kind != EventNote::Kind::leader && note.kind != EventNote::Kind::isr;
  });
  return trouble == notes.rend() || cluster_->simulation.now() - trouble->time >= enough;
}

OpenAtEnd RunChecks::open_at_end() const {
  const ControlPlaneLink& link = cluster_->failures->control_plane();
  const Instant now = cluster_->simulation.now();
  OpenAtEnd open;
  open.request_timeout = ControlPlaneLink::longest_request_timeout;
  for (std::uint32_t b = 0; b < cluster_->brokers.size(); ++b) {
    const BrokerIndex broker{b};
    const bool talks = link.phase(broker) != ControlPlaneLink::Phase::absent;
    if (talks && cluster_->failures->awake(broker, now) == now)
      open.with_controller.push_back({broker, link.acts_by(broker)});
  }
  for (std::uint32_t r = 0; r < cluster_->replication.size(); ++r) {
    if (cluster_->replication[r].role == Replica::Role::follower && !cluster_->replication.asks_its_leader(r))
      open.without_fetch.push_back(r);
  }
  return open;
}

void RunChecks::at_end() {
  Records lost = 0;
  for (const SendOutcomes& outcomes : cluster_->recorder.result().outcomes) lost += outcomes.lost_acks_all;
  invariants_.check_losses(lost);
  const OpenAtEnd open = open_at_end();
  invariants_.check_requests(open, cluster_->simulation.now());
  if (healed_for_long()) invariants_.check_liveness(open, cluster_->simulation.now());
  cluster_->recorder.result().relaxed_checks = invariants_.relaxed();
  cluster_->recorder.result().rare_states = invariants_.reached();
}

}  // namespace brokersim
