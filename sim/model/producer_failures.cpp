// SPDX-License-Identifier: Apache-2.0
// Producers when something fails: retries, and what becomes of every record in the end (K-9 to K-12). A run in which
// nothing may fail never comes here.
#include <algorithm>

#include "sim/model/cluster.hpp"
#include "sim/model/producers.hpp"

namespace brokersim {

void Producers::expect_failures() {
  nodes_.resize(connection_of_.size());
  cluster_->recorder.result().outcomes.resize(cluster_->world.producers.size());
  std::uint32_t index = 0;
  for (const ProducerSpec& spec : cluster_->world.producers) {
    for (std::uint32_t i = 0; i < spec.count; ++i, ++index) {
      const std::string name = spec.id + "/" + std::to_string(i);
      producers_[index].failing = std::make_unique<FailingProducer>(
          RandomStream(cluster_->random, "producer backoff", name), RandomStream(cluster_->random, "hot key", name));
    }
  }
}

/// As Replication::expect_sessions(), of what there is only in such a run.
void Producers::expect_append(const Partition& partition) const {
  const auto index = static_cast<std::uint32_t>(&partition - &cluster_->logs[0]);
  cluster_->branches->expect(index);
  cluster_->in_sync->expect(index);
  if (cluster_->checks) cluster_->checks->expect_append(index, partition.leading_replica());
}

SendOutcomes& Producers::outcomes_of(const Instance& producer) {
  const std::size_t entry = producer.entry;
  return cluster_->recorder.result().outcomes[entry];
}

std::uint32_t Producers::place_of(std::uint32_t producer, BrokerIndex broker) const {
  return producers_[producer].first_place + broker.value;
}

/// One way to a broker, as expected: half of there and back.
Duration Producers::latency_to(const Instance& producer, BrokerIndex broker) const {
  return cluster_->network.expected_latency(producer.zone, cluster_->brokers[broker.value].spec().zone) +
         cluster_->failures->mean_detour(cluster_->host_of_clients(producer.zone), broker.value);
}

void Producers::later(Instant when, ProducerTask::What what, std::uint32_t id) {
  cluster_->simulation.at(when, ProducerTask::of(what, id));
}

void Producers::on(ProducerTask task) {
  const std::uint32_t id = task.id();
  switch (task.what()) {
    case ProducerTask::What::wake:
      if (const FailingProducer& failing = *producers_[id].failing;
          failing.wakes == cluster_->simulation.now() || failing.expires == cluster_->simulation.now()) {
        attend(id);
      }  // else it was woken otherwise
      break;
    case ProducerTask::What::metadata:
      on_metadata(id);
      break;
    case ProducerTask::What::connection_tried:
      on_connection_tried(id);
      break;
    case ProducerTask::What::connection_dropped:
      if (nodes_[id].notices == cluster_->simulation.now()) {
        const auto brokers = static_cast<std::uint32_t>(cluster_->brokers.size());
        disconnect(id / brokers, BrokerIndex{id % brokers});
        attend(id / brokers);
      }
      break;
    case ProducerTask::What::overdue:
      on_overdue(id);
      break;
    case ProducerTask::What::expires:
      on_expired_at_broker(id);
      break;
  }
}

/// Sees to it that the producer looks at what it has at `when` at the latest.
void Producers::wake_by(std::uint32_t index, Instant when) {
  FailingProducer& failing = *producers_[index].failing;
  if (when >= failing.wakes) return;
  failing.wakes = when;
  later(when, ProducerTask::What::wake, index);
}

/// Something has reached the producer that may let it send, or has changed what it has.
void Producers::attend(std::uint32_t index) {
  Instance& producer = producers_[index];
  const Instant now = cluster_->simulation.now();
  rewind(producer, now);
  check_deadlines(index);
  send_ready(index);
  if (producer.calling_since != Instant::max() && !lacks_memory(producer, producer.source.peek())) {
    end_call(producer, now);
  }
  look_ahead(index);
}

/// What the sender does whenever it wakes: gives up batches that are too old, closes connections whose requests are
/// overdue, and asks for metadata when they are old (C-13, C-17, K-9).
void Producers::check_deadlines(std::uint32_t index) {
  Instance& producer = producers_[index];
  FailingProducer& failing = *producer.failing;
  const Instant now = cluster_->simulation.now();
  if (failing.wakes <= now) failing.wakes = Instant::max();
  if (failing.overdue) {
    failing.overdue = false;
    failing.watches_timeouts = false;
    for (std::size_t i = 0; i < failing.in_flight.size();) {
      const ProduceRequest& request = requests_[failing.in_flight[i]];
      if (request.sent + producer.spec->retry.request_timeout > now) {
        ++i;
        continue;
      }
      disconnect(index, request.broker);
      i = 0;
    }
    watch_timeouts(index);
  }
  if (failing.expires <= now) {
    failing.expires = Instant::max();
    give_up_old(index);
  }
  if (failing.refresh_wanted) schedule_refresh(index);
  if (now - failing.refreshed >= producer.spec->metadata_max_age && now < cluster_->recorder.end()) {
    request_metadata(index);
  }
}

// --- Sending.

/// Whether a ready batch may leave now, besides what send_ready() asks itself; if not, what it waits for will call
/// attend().
bool Producers::may_leave(std::uint32_t index, const Pending& pending) {
  // A batch without a connection waits for that alone. To ask the rest, of every batch each time, would take long.
  if (pending.leader != no_broker && connects_later(index, pending.leader)) return false;
  if (holds_up(index, pending)) return false;
  if (pending.leader == no_broker) {
    request_metadata(index);
    return false;
  }
  return node_ready(index, pending.leader);
}

/// Whether a batch has to wait, or one before it in its partition's queue.
bool Producers::holds_up(std::uint32_t index, const Pending& pending) {
  if (std::find(blocked_.begin(), blocked_.end(), pending.partition) != blocked_.end()) return true;
  if (!held_back(index, pending)) return false;
  blocked_.push_back(pending.partition);
  return true;
}

/// Whether the first batch of its partition's queue has to wait: in its backoff, or for earlier ones under way, once
/// one is sent again (K-9 to K-11). With acks=0 a request is done when it is sent: nothing is ever under way.
bool Producers::held_back(std::uint32_t index, const Pending& pending) {
  Instance& producer = producers_[index];
  const Batch& batch = cluster_->batches[pending.batch];
  std::uint64_t before = 0;
  if (batch.troubled) {
    const BatchTrouble& trouble = trouble_[pending.batch];
    if (trouble.backs_off_until > cluster_->simulation.now() &&
        known_leader(producer, pending.partition).epoch == trouble.tried_epoch) {
      wake_by(index, trouble.backs_off_until);
      return true;
    }
    if (producer.spec->enable_idempotence) before = batch.first_number;
  }
  // With acks=0 a request is done once it is sent.
  if (producer.spec->max_in_flight_requests_per_connection == 1 && producer.spec->acks != 0) before = UINT64_MAX;
  if (before == 0 || !is_in_flight(*producer.failing, pending.partition, before)) return false;
  producer.held_up = true;  // an answer may change that
  return true;
}

/// Whether a batch of the partition is under way whose first record comes before record number `before`.
bool Producers::is_in_flight(const FailingProducer& failing, std::uint32_t partition, std::uint64_t before) const {
  for (const std::uint32_t r : failing.in_flight) {
    for (std::uint32_t b = requests_[r].first_batch; b != nil; b = cluster_->batches[b].sibling) {
      const Batch& batch = cluster_->batches[b];
      if (batch.partition == partition && batch.first_number < before) return true;
    }
  }
  return false;
}

/// A request has been put together. False if its connection is dead, so that it goes nowhere.
bool Producers::note_sent(std::uint32_t r) {
  const ProduceRequest& request = requests_[r];
  const Instance& producer = producers_[request.producer];
  FailingProducer& failing = *producer.failing;
  for (std::uint32_t b = request.first_batch; b != nil; b = cluster_->batches[b].sibling) {
    const Batch& batch = cluster_->batches[b];
    if (batch.troubled) trouble_[b].tried_epoch = known_leader(producer, batch.partition).epoch;
    const Instant expires = expiry_of(producer, batch, batch.journey.ready);
    if (expires < request.sent + producer.spec->retry.request_timeout) expect_expiry(request.producer, expires);
  }
  const bool lost = failing.unsound > 0 && nodes_[place_of(request.producer, request.broker)].lost;
  if (lost) break_request(r);
  if (lost && path_is_back(producer, request.broker)) notice_loss(request.producer, request.broker, request.sent);
  if (lost && producer.spec->acks == 0) return false;
  failing.in_flight.push_back(r);
  if (!failing.watches_timeouts) watch_timeouts(request.producer);
  return !lost;
}

/// When delivery.timeout.ms of a batch is over. It counts from the batch's creation: when its first record came, or had
/// got memory, which is known by when the batch was ready, to linger.ms.
Instant Producers::expiry_of(const Instance& producer, const Batch& batch, Instant ready) {
  return std::max(batch.journey.run.first, ready - producer.spec->linger) + producer.spec->delivery_timeout;
}

/// Batches are looked through for those too old at `when` at the latest.
void Producers::expect_expiry(std::uint32_t index, Instant when) {
  FailingProducer& failing = *producers_[index].failing;
  when = std::max(when, cluster_->simulation.now());  // what is too old already may still have been sent (K-9)
  if (when >= failing.expires) return;
  failing.expires = when;
  later(when, ProducerTask::What::wake, index);
}

/// Something in the queue may be too old before it is looked at again.
void Producers::note_waiting(std::uint32_t index) {
  const Instance& producer = producers_[index];
  if (producer.failing->expires != Instant::max()) return;
  Instant first = Instant::max();
  for (const Pending& pending : producer.pending) {
    if (pending.ready > cluster_->simulation.now()) continue;
    first = std::min(first, expiry_of(producer, cluster_->batches[pending.batch], pending.ready));
  }
  if (first != Instant::max()) expect_expiry(index, first);
}

/// Sets a timer for the request that is longest under way.
void Producers::watch_timeouts(std::uint32_t index) {
  const Instance& producer = producers_[index];
  FailingProducer& failing = *producer.failing;
  failing.watches_timeouts = !failing.in_flight.empty() && producer.spec->acks != 0;
  if (!failing.watches_timeouts) return;
  const Instant timeout = requests_[failing.in_flight.front()].sent + producer.spec->retry.request_timeout;
  (void)cluster_->at_or_file(std::max(timeout, cluster_->simulation.now()),
                             ProducerTask::of(ProducerTask::What::overdue, index), Cluster::TimerKind::produce_timeout,
                             index);
}

/// A request has been under way for request.timeout.ms. The sender sees it when it wakes for something else, at most a
/// poll of the same length later; meanwhile the broker, which began to wait a little later, may answer
/// REQUEST_TIMED_OUT.
void Producers::on_overdue(std::uint32_t index) {
  const Instance& producer = producers_[index];
  FailingProducer& failing = *producer.failing;
  const Instant now = cluster_->simulation.now();
  const Duration timeout = producer.spec->retry.request_timeout;
  if (failing.in_flight.empty() || requests_[failing.in_flight.front()].sent + timeout > now) {
    watch_timeouts(index);
    return;
  }
  failing.overdue = true;
  for (const std::uint32_t r : failing.in_flight) {
    const ProduceRequest& request = requests_[r];
    if (request.sent + timeout > now || request.broken || request.uncommitted == 0) continue;
    later(std::max(now, cluster_->batches[request.first_batch].journey.appended + timeout), ProducerTask::What::expires,
          r);
  }
  wake_by(index, now + timeout);
}

// --- Back at the producer.

/// Something goes wrong with a batch of a request.
BatchTrouble& Producers::mark_trouble(std::uint32_t r, std::uint32_t b) {
  const std::uint32_t index = requests_[r].producer;
  Batch& batch = cluster_->batches[b];
  if (batch.troubled) return trouble_[b];
  batch.troubled = true;
  if (trouble_.size() <= b) trouble_.resize(std::max<std::size_t>(2 * trouble_.size(), b + 1));
  trouble_[b] = BatchTrouble{};
  if (batch.logged) trouble_[b].appended_by = requests_[r].broker;
  FailingProducer& failing = *producers_[index].failing;
  trouble_[b].tried_epoch = known_leader(producers_[index], batch.partition).epoch;
  failing.troubled.push_back(b);
  const auto known = std::find_if(failing.order.begin(), failing.order.end(),
                                  [&](const FailingProducer::Order& o) { return o.partition == batch.partition; });
  if (known == failing.order.end()) failing.order.push_back({batch.partition, batch.logged ? batch.first_number : 0});
  return trouble_[b];
}

/// An answer has reached the producer. True if that asks for more than the answer of a request usually does.
bool Producers::on_answered(std::uint32_t r) {
  Cluster& cluster = *cluster_;
  const Instant now = cluster.simulation.now();
  const std::uint32_t index = requests_[r].producer;
  Instance& producer = producers_[index];
  FailingProducer& failing = *producer.failing;
  std::erase(failing.in_flight, r);
  bool any_failed = false;
  for (std::uint32_t b = requests_[r].first_batch; b != nil;) {
    const std::uint32_t following = cluster.batches[b].sibling;
    const ProduceError error = cluster.batches[b].troubled ? trouble_[b].error : ProduceError::none;
    if (error == ProduceError::none) {
      acknowledge(index, b);
    } else {
      if (!any_failed) rewind(producer, now);  // the queue changes
      any_failed = true;
      learn_leader(index, b);
      fail(index, b, error);
    }
    b = following;
  }
  if (any_failed) address_batches(producer);
  return any_failed || failing.overdue;
}

/// What an answer says of a partition's leader (KIP-951); and NOT_LEADER_OR_FOLLOWER asks for metadata in any case.
void Producers::learn_leader(std::uint32_t index, std::uint32_t b) {
  const BatchTrouble& trouble = trouble_[b];
  if (trouble.error != ProduceError::not_leader_or_follower && trouble.error != ProduceError::leader_lost) return;
  if (trouble.hinted_leader != no_broker) {
    on_leader_named(index, cluster_->batches[b].partition, trouble.hinted_leader, trouble.hinted_epoch);
  }
  request_metadata(index);
}

void Producers::on_leader_named(std::uint32_t index, std::uint32_t partition, BrokerIndex leader, std::uint32_t epoch) {
  const Instance& producer = producers_[index];
  if (epoch <= known_leader(producer, partition).epoch) return;
  std::vector<FailingProducer::NewerLeader>& newer = producer.failing->newer;
  std::erase_if(newer, [&](const FailingProducer::NewerLeader& known) { return known.partition == partition; });
  newer.push_back({partition, epoch, leader});
}

void Producers::acknowledge(std::uint32_t index, std::uint32_t b) {
  Cluster& cluster = *cluster_;
  const Instance& producer = producers_[index];
  Batch& batch = cluster.batches[b];
  BatchPlace place = batch.place();
  std::uint32_t in_log = b;
  if (batch.troubled && trouble_[b].duplicate_of != nil) {  // what is in the log came earlier
    in_log = trouble_[b].duplicate_of;
    place = cluster.batches[in_log].place();
    batch.journey.committed = std::max(cluster.batches[in_log].journey.committed, batch.journey.appended);
  }
  if (cluster.batches[in_log].cut) place.first_offset = -1;
  if (!batch.troubled || !trouble_[b].given_up) {
    cluster.recorder.on_acknowledged(batch.journey, place, cluster.simulation.now(), producer.spec->acks == -1);
    outcomes_of(producer).acknowledged += batch.journey.run.count;
    Batch& kept = cluster.batches[in_log];
    if (cluster.checks) cluster.checks->on_acknowledged(in_log, producer.spec->acks == -1);
    kept.acknowledged = true;
    kept.awaited_all = producer.spec->acks == -1;
    if (kept.cut) count_lost(kept, true);
  }
  leave(index, b);
}

/// The producer is done with a batch, and with all copies of it.
void Producers::leave(std::uint32_t index, std::uint32_t b) {
  cluster_->batches[b].request = nil;
  Instance& producer = producers_[index];
  if (producer.spec->acks != 0 || !cluster_->batches[b].logged) producer.memory += producer.batch_memory;
  if (cluster_->batches[b].troubled) {
    FailingProducer& failing = *producers_[index].failing;
    std::erase(failing.troubled, b);
    if (failing.troubled.empty()) failing.order.clear();
    for (std::uint32_t copy = trouble_[b].earlier; copy != nil;) {
      const std::uint32_t before = trouble_[copy].earlier;
      cluster_->batches[copy].troubled = false;
      cluster_->logs.release(copy);
      copy = before;
    }
    cluster_->batches[b].troubled = false;
  }
  cluster_->logs.release(b);
}

/// An attempt has failed: the batch is queued again, or given up (K-9).
void Producers::fail(std::uint32_t index, std::uint32_t b, ProduceError error) {
  const Instance& producer = producers_[index];
  BatchTrouble& trouble = trouble_[b];
  trouble.doubtful = trouble.doubtful || leaves_doubt(error);
  trouble.error = ProduceError::none;
  trouble.duplicate_of = nil;
  const Instant now = cluster_->simulation.now();
  const bool out_of_retries = trouble.retries >= static_cast<std::uint32_t>(producer.spec->retries);
  if (trouble.given_up) {
    leave(index, b);
  } else if (out_of_retries || expiry_of(producer, cluster_->batches[b], cluster_->batches[b].journey.ready) <= now) {
    give_up(index, b);
    leave(index, b);
  } else {
    queue_again(index, b);
  }
}

void Producers::queue_again(std::uint32_t index, std::uint32_t b) {
  Instance& producer = producers_[index];
  BatchPool& batches = cluster_->batches;
  if (batches[b].logged) b = copy_of(index, b);
  Batch& batch = batches[b];
  batch.request = nil;
  batch.journey.appended = Instant{};
  batch.journey.committed = Instant{};
  BatchTrouble& trouble = trouble_[b];
  const ClientRetrySpec& retry = producer.spec->retry;
  const Backoff backoff{retry.retry_backoff, retry.retry_backoff_max};
  trouble.backs_off_until = cluster_->simulation.now() + backoff.after(trouble.retries, producer.failing->jitter);
  ++trouble.retries;
  ++outcomes_of(producer).retried_batches;
  if (cluster_->world.mutants.retry_forgotten) return;
  // With sequence numbers before the partition's later batches; without, before all of them.
  std::vector<Pending>& queue = producer.pending;
  const auto of_partition = [&](const Pending& other) { return other.partition == batch.partition; };
  auto place = std::find_if(queue.begin(), queue.end(), [&](const Pending& other) {
    const bool later = batches[other.batch].first_number > batch.first_number;
    return of_partition(other) && (later || !producer.spec->enable_idempotence);
  });
  if (place == queue.end() && std::none_of(queue.begin(), queue.end(), of_partition)) place = queue.begin();
  queue.insert(place, Pending{std::min(batch.journey.ready, cluster_->simulation.now()), b, batch.partition,
                              known_leader(producer, batch.partition).broker});
  ++producer.closed;
  expect_expiry(index, expiry_of(producer, batch, batch.journey.ready));
}

/// A batch that is in some log stays there; what is sent again is another one with the same records.
std::uint32_t Producers::copy_of(std::uint32_t index, std::uint32_t b) {
  BatchPool& batches = cluster_->batches;
  const std::uint32_t copy = batches.take();
  batches[copy] = batches[b];
  Batch& batch = batches[copy];
  batch.settle_times();
  batch.next = nil;
  batch.sibling = nil;
  batch.holders = 1;
  batch.sequence = 0;
  batch.base_offset = 0;
  batch.logged = false;
  batch.acknowledged = false;
  batch.cut = false;
  if (trouble_.size() <= copy) trouble_.resize(std::max<std::size_t>(2 * trouble_.size(), copy + 1));
  trouble_[copy] = trouble_[b];
  trouble_[copy].earlier = b;
  std::vector<std::uint32_t>& troubled = producers_[index].failing->troubled;
  std::replace(troubled.begin(), troubled.end(), b, copy);
  return copy;
}

/// A batch has failed for good: counted as what its producer is told, by what it may know (INV-C12).
void Producers::give_up(std::uint32_t index, std::uint32_t b) {
  const Instance& producer = producers_[index];
  SendOutcomes& outcomes = outcomes_of(producer);
  Batch& batch = cluster_->batches[b];
  const std::uint32_t records = batch.journey.run.count;
  Conservation& flow = cluster_->recorder.result().conservation;
  flow.given_up += records;
  if (!batch.troubled) {
    outcomes.dropped += records;
    flow.never_appended += records;
    note_failed(producer, batch.journey, batch.partition, true);
    return;
  }
  const BatchTrouble& trouble = trouble_[b];
  const Batch& in_log = cluster_->batches[batch.logged || trouble.earlier == nil ? b : trouble.earlier];
  if (cluster_->checks && in_log.logged && in_log.cut) cluster_->checks->note(RareState::given_up_and_cut);
  if (cluster_->checks && in_log.logged && !in_log.cut && in_log.journey.committed != Instant{})
    cluster_->checks->note(RareState::given_up_though_committed);
  note_failed(producer, batch.journey, batch.partition, !trouble.doubtful && !batch.logged && trouble.earlier == nil);
  if (!batch.logged && trouble.earlier == nil) flow.never_appended += records;
  if (trouble.doubtful) {
    outcomes.indeterminate += records;
  } else {
    outcomes.refused += records;
  }
}

/// Records that their producer will never see acknowledged. in_no_log  nobody will ever read them either
void Producers::note_failed(const Instance& producer, const BatchJourney& records, std::uint32_t partition,
                            bool in_no_log) {
  const std::int64_t readers = in_no_log ? cluster_->logs[partition].readers : 0;
  cluster_->recorder.on_failed(records, producer.spec->acks != 0, readers);
}

void Producers::note_committed(std::uint32_t b, Instant now) {
  const Batch& batch = cluster_->batches[b];
  if (batch.request != nil) cluster_->recorder.faults()->on_waited(batch.partition, batch.journey.appended, now);
}

void Producers::note_uncommitted(std::uint32_t partition, Instant now) {
  for (const std::uint32_t b : cluster_->branches->batches_from(partition, cluster_->logs[partition].high_watermark)) {
    if (b != nil) note_committed(b, now);
  }
}

/// Batches of the queue that `hit` names are given up.
template <class Hit>
void Producers::give_up_queued(std::uint32_t index, Hit hit) {
  Instance& producer = producers_[index];
  BatchPool& batches = cluster_->batches;
  std::vector<std::uint32_t> given_up;
  std::erase_if(producer.pending, [&](const Pending& pending) {
    Batch& batch = batches[pending.batch];
    if (!hit(batch, pending)) return false;
    if (batch.closed) {
      --producer.closed;
    } else if (producer.choice.by_record()) {
      producer.open_of_partition.erase(batch.partition - producer.first_partition);
    }
    given_up.push_back(pending.batch);
    return true;
  });
  for (const std::uint32_t b : given_up) {
    Batch& batch = batches[b];
    if (!batch.troubled) {  // never sent
      batch.holders = 1;
      batch.settle_times();
      sent_to_[producer.spec->topic.value] += batch.journey.run.count;
      cluster_->recorder.on_sent(batch.journey, batch.bytes);
    }
    give_up(index, b);
    leave(index, b);
  }
}

/// Batches for which delivery.timeout.ms is over, in the queue or under way.
void Producers::give_up_old(std::uint32_t index) {
  const Instance& producer = producers_[index];
  BatchPool& batches = cluster_->batches;
  const Instant now = cluster_->simulation.now();
  give_up_queued(index, [&](const Batch& batch, const Pending& pending) {
    return expiry_of(producer, batch, pending.ready) <= now;
  });
  if (producer.spec->acks == 0) return;  // what it has sent it is done with
  for (const std::uint32_t r : producer.failing->in_flight) {
    for (std::uint32_t b = requests_[r].first_batch; b != nil; b = batches[b].sibling) {
      if (expiry_of(producer, batches[b], batches[b].journey.ready) > now) continue;
      BatchTrouble& trouble = mark_trouble(r, b);
      if (trouble.given_up) continue;
      trouble.given_up = true;
      trouble.doubtful = true;
      give_up(index, b);
    }
  }
}

// --- Its process ends (FAULT-30).

/// What is buffered is dropped, and so are records whose calls wait for memory.
void Producers::crash(std::uint32_t index) {
  Instance& producer = producers_[index];
  FailingProducer& failing = *producer.failing;
  const Instant now = cluster_->simulation.now();
  rewind(producer, now);
  if (producer.memory < producer.least_memory) note_memory(producer, now);
  if (producer.calling_since != Instant::max()) end_call(producer, now);
  drop_unsent(producer, now);
  give_up_queued(index, [](const Batch&, const Pending&) { return true; });
  lose_under_way(index);
  failing.gone = true;
  failing.refresh = FailingProducer::Refresh::idle;
  failing.refresh_wanted = failing.overdue = false;
  failing.refreshes = failing.wakes = failing.expires = Instant::max();
  if (producer.ready_scheduled) cluster_->simulation.cancel(producer.ready);
  producer.ready_scheduled = producer.held_up = producer.short_of_memory = false;
  producer.ready_at = Instant::max();
}

// --- When the run is over.

/// What is still open in a run in which something may have failed, and the law that every record has one outcome
/// (INV-C12).
void Producers::account_outcomes() {
  for (std::uint32_t p = 0; p < producers_.size(); ++p) {
    Instance& producer = producers_[p];
    SendOutcomes& outcomes = outcomes_of(producer);
    for (const Pending& pending : producer.pending) {
      const Batch& batch = cluster_->batches[pending.batch];
      outcomes.open += batch.journey.run.count;
      note_failed(producer, batch.journey, batch.partition, !batch.troubled);
    }
    for (const std::uint32_t r : producer.failing->in_flight) {
      for (std::uint32_t b = requests_[r].first_batch; b != nil; b = cluster_->batches[b].sibling) {
        if (cluster_->batches[b].troubled && trouble_[b].given_up) continue;
        outcomes.open += cluster_->batches[b].journey.run.count;
        note_failed(producer, cluster_->batches[b].journey, cluster_->batches[b].partition, false);
      }
    }
    outcomes.dropped += producer.dropped;
    outcomes.generated += static_cast<Records>(producer.source.peek().number);
  }
  for (std::uint32_t p = 0; p < cluster_->logs.size(); ++p) note_uncommitted(p, cluster_->recorder.end());
}

}  // namespace brokersim
