// SPDX-License-Identifier: Apache-2.0
#include "sim/model/in_sync_replicas.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "sim/model/cluster.hpp"

namespace brokersim {
namespace {

constexpr Instant long_ago{Duration::min() / 4};  // L-30: lastCaughtUp of who is not in sync

constexpr std::uint64_t bit(std::uint32_t place) {
  return std::uint64_t{1} << place;
}

}  // namespace

void InSyncReplicas::add_partition(std::uint32_t replicas, std::uint32_t places, std::uint32_t min_insync_replicas) {
  State state;
  state.confirmed = state.maximal = replicas == 64 ? ~std::uint64_t{0} : bit(replicas) - 1;
  state.assigned = replicas;
  state.min_in_sync = std::min(min_insync_replicas, replicas);
  state_.push_back(state);
  for (std::uint32_t r = 0; r < replicas; ++r) followers_.emplace_back();
  for (std::uint32_t r = replicas; r < places; ++r) followers_.push_back({long_ago, long_ago, -1, 0, false});
}

/// no more than there are replicas.
void InSyncReplicas::take_minimum(std::uint32_t p) {
  State& state = state_[p];
  const Partition& partition = cluster_->logs[p];
  const MetadataLog& metadata = cluster_->failures->metadata();
  const std::uint64_t known = std::max(metadata.applied(partition.leader), state.rules_known);
  const TopicRules& rules = metadata.rules(partition.topic, known);
  const std::uint32_t effective = std::min(rules.min_insync_replicas, state.assigned);
  if (std::exchange(state.min_in_sync, effective) == effective) return;
  if (cluster_->checks) cluster_->checks->on_min_in_sync(p, effective);
}

void InSyncReplicas::start() {
  const Duration period = lag_limit_ / 2;
  for (std::uint32_t b = 0; b < cluster_->brokers.size(); ++b) {
    RandomStream phase(cluster_->random, "isr-expiration phase", std::to_string(cluster_->world.brokers[b].id));
    cluster_->simulation.at(Instant{phase.within(period)}, LagChecked{b});
  }
}

void InSyncReplicas::on_lag_check(BrokerIndex broker) {
  const Instant now = cluster_->simulation.now();
  if (now < cluster_->recorder.end())
    cluster_->simulation.at(now + cluster_->failures->timer(broker, lag_limit_ / 2), LagChecked{broker.value});
  for (const std::uint32_t p : cluster_->failures->partitions_of(broker)) {
    const Partition& partition = cluster_->logs[p];
    const std::uint32_t leading = partition.leading_replica();
    if (partition.leader != broker || cluster_->replication[leading].role != Replica::Role::leader) continue;
    if (state_[p].proposal_under_way && !cluster_->world.mutants.two_proposals) continue;
    std::uint64_t kept = state_[p].confirmed;
    partition.for_each_follower([&](std::uint32_t r) {
      if (!caught_up(partition, r)) kept &= ~bit(r - partition.first_replica);
    });
    if (kept != state_[p].confirmed) propose(p, kept);
  }
}

std::uint64_t InSyncReplicas::bits_of(const Partition& partition, const std::vector<BrokerIndex>& brokers) const {
  std::uint64_t bits = 0;
  for (std::uint32_t place = 0; place < partition.replicas; ++place) {
    const BrokerIndex broker = cluster_->replication[partition.first_replica + place].broker;
    if (std::find(brokers.begin(), brokers.end(), broker) != brokers.end()) bits |= bit(place);
  }
  return bits;
}

void InSyncReplicas::on_minimum_changed(std::uint32_t p) {
  take_minimum(p);
  settle(p);
  cluster_->logs.try_advance_high_watermark(p);
}

void InSyncReplicas::set_lag_limit(Duration limit) {
  lag_limit_ = limit;
  if (cluster_->checks) cluster_->checks->on_lag_limit(limit);
}

/// Whether anything but the plain rule, the least log end of all, has to be asked.
void InSyncReplicas::settle(std::uint32_t p) {
  Partition& partition = cluster_->logs[p];
  partition.degraded = in_sync(p) < partition.replicas || state_[p].proposal_under_way;
  cluster_->recorder.faults()->on_min_isr(p, min_isr_met(p), cluster_->simulation.now());
}

void InSyncReplicas::begin_epoch(std::uint32_t p, const PartitionView& view) {
  const Partition& partition = cluster_->logs[p];
  State& state = state_[p];
  state.confirmed = state.maximal = bits_of(partition, view.in_sync);
  state.partition_epoch = view.partition_epoch;
  state.assigned = static_cast<std::uint32_t>(view.replicas.size());
  take_minimum(p);
  state.epoch_start = partition.log_end;
  state.proposal_under_way = false;
  partition.for_each_follower([&](std::uint32_t r) {
    const bool member = (state.confirmed & bit(r - partition.first_replica)) != 0;
    if (!cluster_->world.mutants.follower_state_kept)
      followers_[r] = {member ? cluster_->simulation.now() : long_ago, long_ago, -1, 0, false};
  });
  settle(p);
}

void InSyncReplicas::go_on(std::uint32_t p, const PartitionView& view) {
  take_minimum(p);
  settle(p);
  apply(p, view, RareState::high_watermark_by_metadata);
}

void InSyncReplicas::apply(std::uint32_t p, const PartitionView& view, RareState raised) {
  State& state = state_[p];
  if (view.partition_epoch <= state.partition_epoch) return;
  state.partition_epoch = view.partition_epoch;
  state.assigned = static_cast<std::uint32_t>(view.replicas.size());
  take_minimum(p);
  const std::uint64_t before = std::exchange(state.confirmed, bits_of(cluster_->logs[p], view.in_sync));
  state.maximal = state.confirmed;
  const std::uint32_t high_watermark = cluster_->logs[p].high_watermark;
  end_proposal(p);
  if (cluster_->checks && cluster_->logs[p].high_watermark > high_watermark) cluster_->checks->note(raised);
  if ((state.confirmed & ~before) != 0) cluster_->consumers.on_isr_grown(cluster_->logs[p]);
  look_again(p);
}

/// The proposal under way, if there is one, is over; where the high watermark may go has to be asked anew.
void InSyncReplicas::end_proposal(std::uint32_t p) {
  state_[p].proposal_under_way = false;
  if (cluster_->checks) cluster_->checks->on_isr_answered(p);
  settle(p);
  if (!cluster_->world.mutants.no_hw_check_after_shrink) cluster_->logs.try_advance_high_watermark(p);
}

/// Whether that proposal is the one under way. One of a leader is told from the next by the partition epoch: it rises
/// with whatever ends a proposal, but for a refusal, which is this proposal's own answer.
bool InSyncReplicas::awaits_answer(BrokerIndex leader, const IsrProposal& proposal) const {
  const Partition& partition = cluster_->logs[proposal.partition.value];
  const State& state = state_[proposal.partition.value];
  return partition.leader == leader && partition.leader_epoch == proposal.leader_epoch && state.proposal_under_way &&
         state.partition_epoch == proposal.partition_epoch;
}

void InSyncReplicas::on_judged(BrokerIndex leader, const IsrProposal& proposal, const IsrAnswer& answer) {
  const std::uint32_t p = proposal.partition.value;
  State& state = state_[p];
  if (!awaits_answer(leader, proposal)) {
    const bool may_propose = cluster_->logs[p].leader == leader && !state.proposal_under_way;
    if (may_propose && std::exchange(state.not_attempted, false)) look_again(p);
  } else if (answer.error == ControllerError::none && answer.registration.partition_epoch > state.partition_epoch) {
    state.rules_known = cluster_->failures->metadata().end();
    apply(p, view_of(answer.registration), RareState::high_watermark_by_answer);
  } else if (answer.error == ControllerError::none || answer.error == ControllerError::ineligible_replica) {
    state.maximal = state.confirmed;
    end_proposal(p);
    look_again(p);
  }
}

/// Followers outside the ISR that were passed over while nothing could be proposed are looked at with their next fetch,
/// which would not come as an event if they have nothing to fetch.
void InSyncReplicas::look_again(std::uint32_t p) {
  const Partition& partition = cluster_->logs[p];
  partition.for_each_follower([&](std::uint32_t r) {
    if (!is_in_sync(r)) cluster_->replication.ask_again(r);
  });
}

bool InSyncReplicas::caught_up(const Partition& partition, std::uint32_t replica) const {
  const FollowerProgress& follower = followers_[replica];
  const Instant now = cluster_->simulation.now();
  const Duration lag_limit = cluster_->failures->timer(partition.leader, lag_limit_);
  const Replica& entry = cluster_->replication[replica];
  if (follower.fetched && entry.acknowledged_end == partition.log_end) return true;
  if (now - follower.caught_up <= lag_limit) return true;
  if (!follower.fetched || entry.session == nil || entry.acknowledged_end < follower.leader_end_then) return false;
  // Idle polls are no events, but each of them counts: who had everything at its last fetch had it until the
  // first batch that it has not was appended.
  const std::uint32_t missing = cluster_->branches->batch_at(entry.partition, entry.acknowledged_end);
  return missing != nil && now - cluster_->batches[missing].journey.appended <= lag_limit;
}

void InSyncReplicas::on_fetches_end(std::uint32_t index) {
  const Replica& replica = cluster_->replication[index];
  FollowerProgress& follower = followers_[index];
  if (follower.fetched && replica.acknowledged_end == cluster_->logs[replica.partition].log_end)
    follower.caught_up = cluster_->simulation.now();
}

void InSyncReplicas::on_fetch(std::uint32_t index) {
  const Replica& replica = cluster_->replication[index];
  const Partition& partition = cluster_->logs[replica.partition];
  FollowerProgress& follower = followers_[index];
  follower.on_fetch(replica.acknowledged_end, partition.log_end, cluster_->simulation.now());
  follower.broker_epoch = cluster_->failures->control_plane().epoch_of(replica.broker);
  const State& state = state_[replica.partition];
  const std::uint64_t own = bit(index - partition.first_replica);
  if ((state.maximal & own) != 0 || (state.proposal_under_way && !cluster_->world.mutants.two_proposals)) return;
  if (replica.acknowledged_end < partition.high_watermark ||
      (replica.acknowledged_end < state.epoch_start && !cluster_->world.mutants.join_ignores_epoch_start))
    return;
  if (!cluster_->eligible(replica.broker, partition.leader)) return;
  propose(replica.partition, state.confirmed | own);
}

/// Kafka's AlterPartitionManager takes one proposal a partition at a time: while another one is not answered, be it of
/// an earlier epoch, this one is not attempted.
void InSyncReplicas::propose(std::uint32_t p, std::uint64_t in_sync) {
  const Partition& partition = cluster_->logs[p];
  State& state = state_[p];
  if (cluster_->failures->control_plane().asks_about(partition.leader, PartitionIndex{p}) &&
      !cluster_->world.mutants.two_proposals) {
    state.not_attempted = true;
    return;
  }
  state.proposal_under_way = true;
  const std::uint64_t leaving = state.confirmed & ~in_sync;
  if (cluster_->world.mutants.shrink_before_accepted) state.confirmed = in_sync;
  state.maximal = state.confirmed | in_sync;
  settle(p);
  if (cluster_->checks) cluster_->checks->on_isr_proposed(p, leaving);
  IsrProposal proposal;
  proposal.partition = PartitionIndex{p};
  proposal.leader_epoch = partition.leader_epoch;
  proposal.partition_epoch = state.partition_epoch;
  for (std::uint32_t place = 0; place < partition.replicas; ++place) {
    if ((in_sync & bit(place)) == 0) continue;
    const std::uint32_t replica = partition.first_replica + place;
    const std::int64_t epoch = followers_[replica].broker_epoch;
    const bool known = place != partition.leading && epoch >= 0 && !cluster_->world.mutants.no_broker_epoch_check;
    proposal.isr.push_back({cluster_->replication[replica].broker, known ? std::optional(epoch) : std::nullopt});
  }
  cluster_->failures->control_plane().propose_isr(partition.leader, std::move(proposal));
}

std::uint32_t InSyncReplicas::high_watermark_candidate(const Partition& partition) const {
  const std::uint32_t p = cluster_->replication[partition.first_replica].partition;
  const State& state = state_[p];
  const ModelMutants& mutants = cluster_->world.mutants;
  if (!min_isr_met(p) && !mutants.hw_rises_below_min_isr) return partition.high_watermark;
  std::uint32_t candidate = partition.log_end;
  partition.for_each_follower([&](std::uint32_t r) {
    const Replica& replica = cluster_->replication[r];
    const std::uint32_t end = followers_[r].fetched ? replica.acknowledged_end : 0;
    if (end >= candidate) return;
    const std::uint64_t members = mutants.hw_waits_for_confirmed_isr_only ? state.confirmed : state.maximal;
    const bool member = (members & bit(r - partition.first_replica)) != 0;
    if (member || (!mutants.hw_waits_for_confirmed_isr_only && caught_up(partition, r) &&
                   (cluster_->eligible(replica.broker, partition.leader) || mutants.hw_waits_for_ineligible)))
      candidate = end;
  });
  return candidate;
}

std::uint32_t InSyncReplicas::in_sync(std::uint32_t p) const {
  return static_cast<std::uint32_t>(std::popcount(state_[p].confirmed));
}
bool InSyncReplicas::min_isr_met(std::uint32_t p) const {
  return in_sync(p) >= state_[p].min_in_sync;
}

bool InSyncReplicas::is_in_sync(std::uint32_t replica) const {
  const Partition& partition = cluster_->logs[cluster_->replication[replica].partition];
  return (state_[cluster_->replication[replica].partition].confirmed & bit(replica - partition.first_replica)) != 0;
}

}  // namespace brokersim
