// SPDX-License-Identifier: Apache-2.0
// What a broker makes of produce requests when something may fail: it appends, drops duplicates, refuses, or cannot
// commit (R-30 to R-34, K-10, INV-P35).
#include <algorithm>

#include "sim/model/cluster.hpp"
#include "sim/model/producers.hpp"

namespace brokersim {

/// A request handled while something may have failed: each batch is appended, dropped as a duplicate, or refused.
void Producers::append_under_failure(std::uint32_t r) {
  Cluster& cluster = *cluster_;
  const BrokerIndex broker = requests_[r].broker;
  const std::uint32_t index = requests_[r].producer;
  const Instance& producer = producers_[index];
  const std::int32_t acks = producer.spec->acks;
  cluster.failures->on_append(broker);
  std::uint32_t waiting = 0;
  bool refused = false;
  const ModelMutants& mutants = cluster.world.mutants;
  for (std::uint32_t b = requests_[r].first_batch; b != nil; b = cluster.batches[b].sibling) {
    const ProduceError error = verdict(index, broker, b);
    if (error != ProduceError::none) {
      if (error != ProduceError::not_leader_or_follower && leads_newest(broker, cluster.batches[b].partition)) {
        cluster.recorder.faults()->on_write(cluster.batches[b].partition, cluster.batches[b].journey.ready,
                                            cluster.simulation.now());
      }
      if (cluster.checks && error == ProduceError::not_enough_replicas)
        cluster.checks->note(RareState::too_few_in_sync);
      cluster.batches[b].journey.appended = cluster.simulation.now();
      refused = true;
      if (acks != 0) settle(r, b, error);
      continue;
    }
    const std::uint32_t same = copy_in_log(broker, b);
    if (same != nil && producer.spec->enable_idempotence && !mutants.no_duplicate_check) {
      cluster.batches[b].request = nil;
      cluster.batches[b].journey.appended = cluster.simulation.now();
      trouble_[b].duplicate_of = same;
      if (cluster.checks) {
        const bool own = cluster.batches[same].troubled && trouble_[same].appended_by == broker;
        cluster.checks->note(own ? RareState::duplicate_at_same_leader : RareState::duplicate_at_other_leader);
      }
      const Partition& partition = cluster.logs[cluster.batches[b].partition];
      const bool newest = partition.leader == broker;
      if (acks == -1 && (!newest || cluster.batches[same].sequence >= partition.high_watermark)) {
        ++waiting;
        if (newest) {
          cluster.batches[same].request = r;
        } else {
          strand(r, b);
        }
      }
      continue;
    }
    if (same != nil) outcomes_of(producer).duplicates += cluster.batches[b].journey.run.count;
    const bool at_once = acks != -1 || mutants.acks_all_at_append;
    if (at_once) cluster.batches[b].request = nil;
    waiting += at_once ? 0U : 1U;
    append_to(r, b);
  }
  requests_[r].uncommitted = waiting;
  // Only now parked fetches are looked at.
  for (std::uint32_t b = requests_[r].first_batch; b != nil;) {
    const std::uint32_t following = cluster.batches[b].sibling;
    const Batch& batch = cluster.batches[b];
    const bool appended = batch.logged;
    if (appended && leads_newest(broker, batch.partition)) cluster.logs.after_append(batch.partition);
    if (acks == 0 && appended) {
      outcomes_of(producer).unacknowledged += batch.journey.run.count;
      cluster.recorder.result().conservation.unacknowledged_by_design += batch.journey.run.count;
      cluster.logs.release(b);
    } else if (acks == 0) {
      lose_unacknowledged(producer, b);
    }
    b = following;
  }
  if (acks == 0) {
    std::erase(producer.failing->in_flight, r);
    free_connection(requests_[r].connection, cluster.simulation.now() + throttle_of(requests_[r]));
    request_done(r);
    if (refused) lose_connection(index, broker, Loss::reset);  // all that a broker can say
  } else if (waiting == 0) {
    respond(r);
  }
}

/// In Kafka's order: who leads, are enough replicas in sync (acks=all), is it next in sequence.
ProduceError Producers::verdict(std::uint32_t index, BrokerIndex broker, std::uint32_t b) const {
  const std::uint32_t partition = cluster_->batches[b].partition;
  if (!acts_as_leader(broker, partition)) return ProduceError::not_leader_or_follower;
  const Instance& producer = producers_[index];
  if (producer.spec->acks == -1 && !enough_in_sync(broker, partition)) return ProduceError::not_enough_replicas;
  if (producer.spec->enable_idempotence && lacks_earlier(index, broker, b)) return ProduceError::out_of_order_sequence;
  return ProduceError::none;
}

/// Whether an earlier batch of the producer for the partition is neither acknowledged or given up nor in the broker's
/// log.
bool Producers::lacks_earlier(std::uint32_t index, BrokerIndex broker, std::uint32_t b) const {
  const FailingProducer& failing = *producers_[index].failing;
  const Batch& batch = cluster_->batches[b];
  const auto is_missing = [&](std::uint32_t other) {
    const Batch& earlier = cluster_->batches[other];
    if (earlier.partition != batch.partition || earlier.first_number >= batch.first_number) return false;
    return !(earlier.logged && is_in_log(broker, other)) && copy_in_log(broker, other) == nil;
  };
  for (const std::uint32_t other : failing.troubled) {
    if (!trouble_[other].given_up && is_missing(other)) return true;
  }
  if (cluster_->logs[batch.partition].leader_epoch == 0) return false;  // it has had one leader only
  for (const std::uint32_t r : failing.in_flight) {
    if (requests_[r].broker == broker) continue;  // the connection keeps the order
    for (std::uint32_t other = requests_[r].first_batch; other != nil; other = cluster_->batches[other].sibling) {
      if (is_missing(other)) return true;
    }
  }
  return false;
}

/// The copy of a batch sent before that is in the broker's log; nil if none is.
std::uint32_t Producers::copy_in_log(BrokerIndex broker, std::uint32_t b) const {
  if (!cluster_->batches[b].troubled) return nil;
  for (std::uint32_t copy = trouble_[b].earlier; copy != nil; copy = trouble_[copy].earlier) {
    if (is_in_log(broker, copy)) return copy;
  }
  return nil;
}

void Producers::append_to(std::uint32_t r, std::uint32_t b) {
  Batch& batch = cluster_->batches[b];
  const std::uint32_t index = requests_[r].producer;
  FailingProducer& failing = *producers_[index].failing;
  Conservation& flow = cluster_->recorder.result().conservation;
  const std::uint32_t records = batch.journey.run.count;
  batch.logged = true;
  if (batch.troubled) {
    const BatchTrouble& trouble = trouble_[b];
    if (trouble.given_up && trouble.earlier == nil) flow.never_appended -= records;
    if (trouble.earlier != nil) flow.appended_again += records;
  }
  for (FailingProducer::Order& order : failing.order) {
    if (order.partition != batch.partition) continue;
    if (batch.first_number < order.highest) outcomes_of(producers_[index]).reordered += records;
    order.highest = std::max(order.highest, batch.first_number);
  }
  append_to_log(requests_[r].broker, r, b);
  if (batch.troubled) trouble_[b].appended_by = requests_[r].broker;
}

/// What a broker has not committed will be committed by it no more. If it knows, who waits is told at once (INV-P35); a
/// leader that has been superseded and does not know it leaves them waiting.
void Producers::on_leadership_lost(std::uint32_t partition, BrokerIndex broker) {
  if (leads_newest(broker, partition)) {
    note_uncommitted(partition, cluster_->simulation.now());
    for (const std::uint32_t b :
         cluster_->branches->batches_from(partition, cluster_->logs[partition].high_watermark)) {
      const std::uint32_t r = b == nil ? nil : cluster_->batches[b].request;
      if (r == nil) continue;
      cluster_->batches[b].request = nil;
      std::uint32_t waiting = requests_[r].first_batch;  // b, or what was dropped as a duplicate of it
      while (cluster_->batches[waiting].partition != partition) waiting = cluster_->batches[waiting].sibling;
      strand(r, waiting);
    }
  }
  const auto& metadata = cluster_->failures->metadata();
  const bool knows = metadata.leader(partition, metadata.applied(broker)).leader != broker;
  if (knows && cluster_->failures->running(broker) && !cluster_->world.mutants.parked_produce_kept)
    answer_stranded(partition, broker);
}

void Producers::strand(std::uint32_t r, std::uint32_t b) {
  mark_trouble(r, b).stranded = true;
  stranded_.push_back({r, b});
}

void Producers::answer_stranded(std::uint32_t partition, BrokerIndex broker) {
  std::vector<Stranded> answered;
  std::erase_if(stranded_, [&](const Stranded& stranded) {
    const bool hit =
        cluster_->batches[stranded.batch].partition == partition && requests_[stranded.request].broker == broker;
    if (hit) answered.push_back(stranded);
    return hit;
  });
  for (const Stranded& stranded : answered) {
    settle(stranded.request, stranded.batch, ProduceError::leader_lost);
    if (--requests_[stranded.request].uncommitted == 0) respond(stranded.request);
  }
}

void Producers::on_batch_cut(std::uint32_t b) {
  Batch& batch = cluster_->batches[b];
  if (batch.cut) return;
  batch.cut = true;
  if (batch.journey.committed != Instant{}) cluster_->recorder.faults()->on_committed_lost(batch.journey.run.count);
  if (batch.acknowledged) count_lost(batch, true);
}

void Producers::on_batch_back(std::uint32_t b) {
  Batch& batch = cluster_->batches[b];
  if (!batch.cut) return;
  batch.cut = false;
  if (batch.journey.committed != Instant{}) {
    cluster_->recorder.faults()->on_committed_lost(-static_cast<Records>(batch.journey.run.count));
  }
  if (batch.acknowledged) count_lost(batch, false);
}

/// Records that were acknowledged are not in the log any more, or are there again (INV-C14).
void Producers::count_lost(const Batch& batch, bool lost) {
  SendOutcomes& outcomes = cluster_->recorder.result().outcomes[batch.entry];
  (batch.awaited_all ? outcomes.lost_acks_all : outcomes.lost_acks1) +=
      (lost ? 1 : -1) * static_cast<Records>(batch.journey.run.count);
}

/// A parked produce request's own timeout is over at the broker.
void Producers::on_expired_at_broker(std::uint32_t r) {
  ProduceRequest& request = requests_[r];
  const Duration timeout = producers_[request.producer].spec->retry.request_timeout;
  if (request.broken || request.uncommitted == 0 || request.sent + timeout > cluster_->simulation.now()) return;
  for (std::uint32_t b = request.first_batch; b != nil; b = cluster_->batches[b].sibling) {
    if (!waits_for_commit(r, b)) continue;
    if (cluster_->checks && !leads_newest(requests_[r].broker, cluster_->batches[b].partition))
      cluster_->checks->note(RareState::superseded_timeout);
    settle(r, b, ProduceError::request_timed_out);
  }
  request.uncommitted = 0;
  std::erase_if(stranded_, [&](const Stranded& stranded) { return stranded.request == r; });
  respond(r);
}

/// Whether a batch of a parked request is what it waits for.
bool Producers::waits_for_commit(std::uint32_t r, std::uint32_t b) const {
  const Batch& batch = cluster_->batches[b];
  if (batch.request == r) return true;
  if (!batch.troubled) return false;
  const BatchTrouble& trouble = trouble_[b];
  return trouble.stranded || (trouble.duplicate_of != nil && cluster_->batches[trouble.duplicate_of].request == r);
}

/// A batch of a request at the broker gets an error.
void Producers::settle(std::uint32_t r, std::uint32_t b, ProduceError error) {
  unlink(b);
  BatchTrouble& trouble = mark_trouble(r, b);
  trouble.error = error;
  trouble.duplicate_of = nil;
  trouble.stranded = false;
  if (error != ProduceError::not_leader_or_follower && error != ProduceError::leader_lost) return;
  const auto& metadata = cluster_->failures->metadata();
  const LeaderView view = metadata.leader(cluster_->batches[b].partition, metadata.applied(requests_[r].broker));
  trouble.hinted_leader = view.leader.value_or(no_broker);
  trouble.hinted_epoch = view.leader_epoch;
}

// --- What the replication part knows of a broker's logs.

bool Producers::leads_newest(BrokerIndex broker, std::uint32_t partition) const {
  return cluster_->logs[partition].leader == broker;
}

bool Producers::acts_as_leader(BrokerIndex broker, std::uint32_t partition) const {
  return cluster_->replication.acts_as_leader(broker, partition);
}

/// A leader that has been superseded believes in the in-sync replicas that it had.
bool Producers::enough_in_sync(BrokerIndex broker, std::uint32_t partition) const {
  return !leads_newest(broker, partition) || cluster_->in_sync->min_isr_met(partition) ||
         cluster_->world.mutants.acks_all_below_min_isr;
}

/// Whether a batch that was appended once is in the log of a broker that acts as leader.
bool Producers::is_in_log(BrokerIndex broker, std::uint32_t b) const {
  const Batch& batch = cluster_->batches[b];
  if (!leads_newest(broker, batch.partition)) return batch.troubled && trouble_[b].appended_by == broker;
  return cluster_->branches->batch_at(batch.partition, batch.sequence) == b;
}

/// To the checks.
void Producers::tell_appended(std::uint32_t replica, std::uint32_t r, std::uint32_t b) {
  const std::uint32_t producer = requests_[r].producer;
  if (cluster_->checks) cluster_->checks->on_appended(replica, b, producer, *producers_[producer].spec);
}

void Producers::append_to_log(BrokerIndex broker, std::uint32_t r, std::uint32_t b) {
  Cluster& cluster = *cluster_;
  const std::uint32_t partition = cluster.batches[b].partition;
  if (leads_newest(broker, partition)) {
    cluster.logs.append(b);
    tell_appended(cluster.logs[partition].leading_replica(), r, b);
    return;
  }
  Batch& batch = cluster.batches[b];
  batch.journey.appended = cluster.simulation.now();
  batch.cut = true;
  batch.request = nil;
  cluster.brokers[broker.value].load(batch.journey.appended).producer_bytes_in += batch.bytes;
  Conservation& flow = cluster.recorder.result().conservation;
  flow.appended += batch.journey.run.count;
  flow.appended_bytes += batch.bytes;
  cluster.branches->append_to_branch(cluster.replication.replica_on(broker, partition), b);
  tell_appended(cluster.replication.replica_on(broker, partition), r, b);
  if (producers_[requests_[r].producer].spec->acks == -1) strand(r, b);
}

}  // namespace brokersim
