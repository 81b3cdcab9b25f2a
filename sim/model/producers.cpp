// SPDX-License-Identifier: Apache-2.0
#include "sim/model/producers.hpp"

#include <algorithm>

#include "sim/model/cluster.hpp"
#include "sim/model/protocol.hpp"

namespace brokersim {

void Producers::add(const ProducerSpec& spec, RandomSource random) {
  const std::uint32_t partitions = cluster_->world.topics[spec.topic.value].partitions;
  const bool keyed = spec.keys.kind != KeySpec::Kind::none;
  const auto keys = keyed ? std::make_shared<const KeyTable>(spec.keys, partitions) : nullptr;
  for (std::uint32_t i = 0; i < spec.count; ++i) {
    const std::string name = spec.id + "/" + std::to_string(i);
    Instance instance{&spec,
                      spec.zones[i % spec.zones.size()],
                      static_cast<std::uint32_t>(connection_of_.size()),
                      cluster_->logs.first_of(spec.topic),
                      RecordSource(spec, name, random, keys),
                      nullptr,
                      std::nullopt,
                      {},
                      {},
                      false,
                      {},
                      Instant::max(),
                      {},
                      false};
    if (keyed) {
      instance.open_of_partition.assign(partitions, nil);
    } else {
      instance.sticky_choice = std::make_unique<RandomStream>(random, "sticky partition", name);
      instance.sticky.emplace(*instance.sticky_choice, partitions, std::max(spec.batch_size, 1));
    }
    producers_.push_back(std::move(instance));
    connection_of_.resize(connection_of_.size() + cluster_->brokers.size(), nil);
  }
}

void Producers::start() {
  for (std::uint32_t p = 0; p < producers_.size(); ++p) look_ahead(p);
}

/// Fills batches with the records to come, as far as nothing can happen to them but that they wait: until the first
/// moment at which a batch is full or has lingered. That moment is the producer's next event, however many records it
/// takes.
void Producers::look_ahead(std::uint32_t index) {
  Instance& producer = producers_[index];
  const Instant now = cluster_->simulation.now();
  Instant deadline = Instant::max();
  for (const Pending& pending : producer.pending) {
    if (pending.ready > now) deadline = std::min(deadline, pending.ready);
  }
  while (producer.source.peek().intended <= deadline && producer.source.peek().intended < cluster_->recorder.end()) {
    const SourceRecord record = producer.source.peek();
    producer.source.advance();
    add(producer, record, deadline);
    add_more(producer, deadline);
  }
  if (deadline == producer.ready_at) return;
  if (producer.ready_scheduled) cluster_->simulation.cancel(producer.ready);
  producer.ready_scheduled = false;
  producer.ready_at = deadline;
  on_ready_near(index);
}

/// Sees to it that the producer's next moment becomes an event; far moments are filed as coarse timers until then.
void Producers::on_ready_near(std::uint32_t index) {
  Instance& producer = producers_[index];
  if (producer.ready_scheduled || producer.ready_at == Instant::max()) return;
  for (const Pending& pending : producer.pending) {  // what the event will touch, fetched into the cache meanwhile
    if (pending.ready > producer.ready_at) continue;
    cluster_->batches.expect(pending.batch);
    cluster_->logs.expect(pending.partition);
    __builtin_prefetch(&connection_of_[producer.first_place + pending.leader.value], 1);
  }
  producer.ready_scheduled = cluster_->at_or_file(producer.ready_at, ProducerReady{index}, Cluster::TimerKind::producer,
                                                  index, &producer.ready);
}

std::uint32_t Producers::open_batch(const Instance& producer, std::uint32_t partition) const {
  if (!producer.sticky) return producer.open_of_partition[partition - producer.first_partition];
  for (auto at = producer.pending.rbegin(); at != producer.pending.rend(); ++at) {
    if (at->partition == partition && !cluster_->batches[at->batch].closed) return at->batch;
  }
  return nil;
}

/// Adds a record to its partition's last batch, or to a new one (K-2, K-23). deadline: the next moment a batch is
/// ready.
void Producers::add(Instance& producer, const SourceRecord& record, Instant& deadline) {
  BatchPool& batches = cluster_->batches;
  const ProducerSpec& spec = *producer.spec;
  const Bytes growth = protocol::record_overhead + record.size;
  Ahead undo;
  undo.record = record;
  undo.sticky_before = producer.sticky;

  std::uint32_t partition =
      producer.first_partition + (producer.sticky ? producer.sticky->current() : record.partition);
  std::uint32_t at = open_batch(producer, partition);
  const auto close_if_no_room = [&](Ahead::Closed& closed) {
    if (at == nil || batches[at].bytes + growth <= spec.batch_size) return;
    closed = {at, pending_of(producer, at).ready};
    close(producer, at, record.intended, deadline);
    at = nil;
  };
  close_if_no_room(undo.closed[0]);
  if (at == nil && producer.sticky) {
    producer.sticky->on_no_open_batch();
    const std::uint32_t chosen = producer.first_partition + producer.sticky->current();
    if (chosen != partition) {
      partition = chosen;
      at = open_batch(producer, partition);
      close_if_no_room(undo.closed[1]);
    }
  }
  Bytes growth_of_batch = growth;
  if (at == nil) {
    at = batches.take();
    Batch& batch = batches[at];
    batch.partition = partition;
    batch.bytes = protocol::record_batch_overhead;
    batch.journey.run.first = record.intended;
    batch.journey.run.step_ps = producer.source.step_ps();
    batch.first_number = record.number;
    const Instant lingered = record.intended + spec.linger;
    deadline = std::min(deadline, lingered);
    growth_of_batch += protocol::record_batch_overhead;
    producer.pending.push_back({lingered, at, partition, cluster_->logs[partition].leader});
    if (!producer.sticky) producer.open_of_partition[record.partition] = at;
  }
  Batch& batch = batches[at];
  RecordRun& run = batch.journey.run;
  const bool evenly = run.step_ps != 0 && record.number == batch.first_number + run.count;
  if (!evenly && run.step_ps != 0) {  // records in between went elsewhere: from here on every time is kept
    for (std::uint32_t i = 0; i < run.count; ++i) batch.offsets.push_back(run.offset(i).count());
    run.step_ps = 0;
  }
  if (run.step_ps == 0) batch.offsets.push_back((record.intended - run.first).count());
  ++run.count;
  batch.bytes += growth;
  batch.journey.record_bytes += growth;
  if (record.intended < cluster_->recorder.start()) {
    ++batch.journey.early;
    batch.journey.early_bytes += growth;
  }
  undo.batch = at;
  if (batch.bytes >= spec.batch_size) {
    close(producer, at, record.intended, deadline);
  }
  if (producer.sticky) producer.sticky->on_appended(growth_of_batch, batch.closed);
  undo.sticky_after_first = producer.sticky;
  producer.ahead.push_back(undo);
}

Producers::Pending& Producers::pending_of(Instance& producer, std::uint32_t batch) {
  auto at = producer.pending.end() - 1;
  while (at->batch != batch) --at;
  return *at;
}

/// A batch takes no more records from `when` on, which makes it ready, unless it was before and waits to be sent.
void Producers::close(Instance& producer, std::uint32_t batch, Instant when, Instant& deadline) {
  cluster_->batches[batch].closed = true;
  Pending& pending = pending_of(producer, batch);
  if (pending.ready <= when) return;
  pending.ready = when;
  deadline = std::min(deadline, when);
}

/// The records that follow into the same batch without filling it or ending the sticky partition's turn, all at once.
void Producers::add_more(Instance& producer, Instant deadline) {
  Ahead& undo = producer.ahead.back();
  Batch& batch = cluster_->batches[undo.batch];
  if (!producer.sticky || batch.closed || producer.first_partition + producer.sticky->current() != batch.partition)
    return;
  const Bytes growth = protocol::record_overhead + undo.record.size;
  const Bytes room = std::min(producer.spec->batch_size - 1 - batch.bytes, producer.sticky->room_before_switch());
  const Instant start = cluster_->recorder.start();
  const bool early = producer.source.peek().intended < start;
  Instant limit = std::min(deadline, cluster_->recorder.end() - Duration{1});
  if (early) limit = std::min(limit, start - Duration{1});
  RecordRun& run = batch.journey.run;
  if (room < growth) return;
  undo.more = producer.source.take_alike(limit, room / growth, run.step_ps == 0 ? &batch.offsets : nullptr, run.first);
  const Bytes bytes = growth * undo.more;
  run.count += undo.more;
  batch.bytes += bytes;
  batch.journey.record_bytes += bytes;
  if (early) {
    batch.journey.early += undo.more;
    batch.journey.early_bytes += bytes;
  }
  producer.sticky->on_appended(bytes, false);
}

/// Undoes the last record of a batch, which is given back to the source.
void Producers::take_out(Instance& producer, Batch& batch, const SourceRecord& record) {
  const Bytes growth = protocol::record_overhead + record.size;
  --batch.journey.run.count;
  batch.bytes -= growth;
  batch.journey.record_bytes -= growth;
  if (record.intended < cluster_->recorder.start()) {
    --batch.journey.early;
    batch.journey.early_bytes -= growth;
  }
  if (batch.journey.run.step_ps == 0) batch.offsets.pop_back();
  producer.source.give_back(record);
}

/// Takes back the records of the look-ahead that are still to come: something happens earlier than was foreseen.
void Producers::rewind(Instance& producer, Instant now) {
  BatchPool& batches = cluster_->batches;
  while (!producer.ahead.empty()) {
    Ahead& undo = producer.ahead.back();
    Batch& batch = batches[undo.batch];
    const auto last_intended = [&] {
      const RecordRun& run = batch.journey.run;
      return run.first + (run.step_ps == 0 ? Duration{batch.offsets.back()} : run.offset(run.count - 1));
    };
    bool undone = false;
    for (; undo.more > 0 && last_intended() > now; --undo.more, undone = true) {
      SourceRecord record = undo.record;
      record.intended = last_intended();
      record.number += undo.more;
      take_out(producer, batch, record);
    }
    if (undone) {
      producer.sticky = undo.sticky_after_first;
      producer.sticky->on_appended((protocol::record_overhead + undo.record.size) * undo.more, false);
    }
    if (undo.record.intended <= now) break;
    if (batch.closed) {
      batch.closed = false;
      pending_of(producer, undo.batch).ready = batch.journey.run.first + producer.spec->linger;
    }
    take_out(producer, batch, undo.record);
    if (!producer.sticky) producer.open_of_partition[undo.record.partition] = undo.batch;
    if (batch.journey.run.count == 0) {
      producer.pending.erase(producer.pending.begin() + (&pending_of(producer, undo.batch) - producer.pending.data()));
      if (!producer.sticky) producer.open_of_partition[undo.record.partition] = nil;
      batches.give_back(undo.batch);
    }
    for (const Ahead::Closed& closed : undo.closed) {
      if (closed.batch == nil) continue;
      batches[closed.batch].closed = false;
      pending_of(producer, closed.batch).ready = closed.ready_before;
      if (!producer.sticky) producer.open_of_partition[undo.record.partition] = closed.batch;
    }
    producer.sticky = undo.sticky_before;
    producer.ahead.pop_back();
  }
  producer.ahead.clear();  // what is left has happened
}

void Producers::on_ready(std::uint32_t index) {
  Instance& producer = producers_[index];
  producer.ready_at = Instant::max();
  producer.ready_scheduled = false;
  producer.ahead.clear();  // all of it has happened now
  send_ready(index);
  look_ahead(index);
}

/// Sends what is ready to every broker that takes another request (K-5).
void Producers::send_ready(std::uint32_t index) {
  Instance& producer = producers_[index];
  const Instant now = cluster_->simulation.now();
  producer.held_up = false;
  for (std::size_t i = 0; i < producer.pending.size();) {
    const Pending pending = producer.pending[i++];
    if (pending.ready > now) continue;
    const std::uint32_t connection = connection_of_[producer.first_place + pending.leader.value];
    const std::uint32_t under_way =
        connection >= idle_since || producer.spec->acks == 0 ? 0 : connections_[connection].under_way;
    const bool throttled = connection < idle_since && connections_[connection].throttled_until > now;
    if (under_way < producer.spec->max_in_flight_requests_per_connection && !throttled) {
      send_request(index, pending.leader);
      producer.held_up = false;
      i = 0;
    } else {
      producer.held_up = true;
    }
  }
}

/// One request to one broker: the oldest batch of each of its partitions, lingering or not, up to max.request.size
/// (K-6).
void Producers::send_request(std::uint32_t index, BrokerIndex broker) {
  Cluster& cluster = *cluster_;
  Instance& producer = producers_[index];
  const ProducerSpec& spec = *producer.spec;
  const Instant now = cluster.simulation.now();
  const std::uint32_t r = take_request();
  ProduceRequest& request = requests_[r];
  request.connection = open_connection(producer.first_place + broker.value);
  request.producer = index;
  request.broker = broker;
  Bytes payload = 0;
  chosen_.clear();
  std::uint32_t last = nil;
  bool full = false;  // nothing goes along past the first batch without room, so none overtakes it
  const auto goes_along = [&](const Pending& pending) {
    const std::uint32_t b = pending.batch;
    if (pending.leader != broker) return false;
    if (std::find(chosen_.begin(), chosen_.end(), pending.partition) != chosen_.end()) return false;
    Batch& batch = cluster.batches[b];
    if (payload > 0 && payload + batch.bytes > spec.max_request_size) full = true;
    if (full) return false;
    chosen_.push_back(batch.partition);
    payload += batch.bytes;
    batch.closed = true;
    batch.sibling = nil;
    batch.request = r;
    batch.holders = 1;  // the request itself
    batch.journey.ready = std::min(pending.ready, now);
    batch.settle_times();
    if (!producer.sticky && producer.open_of_partition[batch.partition - producer.first_partition] == b) {
      producer.open_of_partition[batch.partition - producer.first_partition] = nil;
    }
    if (last == nil) {
      request.first_batch = b;
    } else {
      cluster.batches[last].sibling = b;
    }
    last = b;
    sent_to_[spec.topic.value] += batch.journey.run.count;
    cluster.recorder.expect(batch.partition);
    cluster.replication.expect(cluster.logs[batch.partition]);
    cluster.consumers.expect(cluster.logs[batch.partition]);
    return true;
  };
  producer.pending.erase(std::remove_if(producer.pending.begin(), producer.pending.end(), goes_along),
                         producer.pending.end());
  request.batches = static_cast<std::uint32_t>(chosen_.size());
  request.wire = cluster.network.tcp().wire(protocol::produce_request_bytes(request.batches, payload));
  request.payload = payload;
  request.sent = cluster.left_by_client(producer.zone, now, payload);
  for (std::uint32_t b = request.first_batch; b != nil; b = cluster.batches[b].sibling) {
    cluster.batches[b].journey.sent = request.sent;
    cluster.recorder.on_sent(cluster.batches[b].journey, cluster.batches[b].bytes);
  }
  Connection& connection = connections_[request.connection];
  ++connection.under_way;
  if (spec.acks != 0) cluster.recorder.on_request_sent(request.sent);
  const Leg leg = way_to(producer, broker);
  acknowledge_if_late(connection.unacknowledged_since, request.sent, leg);
  connection.unacknowledged_since = Instant::max();
  connection.last_arrival =
      cluster.send(leg, request.sent, request.wire, payload, ProduceArrived{r}, connection.last_arrival);
}

Leg Producers::way_to(const Instance& producer, BrokerIndex broker) const {
  return {producer.zone, cluster_->brokers[broker.value].spec().zone, TrafficPath::producer,
          cluster_->host_of_clients(producer.zone), broker.value};
}

/// A receiver that has had nothing to send since it got a message acknowledges it on its own, by `leg`.
void Producers::acknowledge_if_late(Instant since, Instant now, const Leg& leg) {
  if (since < now && now - since > protocol::Tcp::delayed_acknowledgement) cluster_->network.acknowledge(leg, now, 1);
}

void Producers::on_request_arrived(std::uint32_t r) {
  ProduceRequest& request = requests_[r];
  Connection& connection = connections_[request.connection];
  Broker& broker = cluster_->brokers[request.broker.value];
  const Instant now = cluster_->simulation.now();
  request.arrived = broker.receive(now, request.wire);
  ++broker.load(now).produce_requests;
  if (!connection.muted && connection.free_at <= request.arrived) {
    serve(r, request.arrived);
    return;
  }
  if (connection.first_waiting == nil) {
    connection.first_waiting = r;
  } else {
    requests_[connection.last_waiting].next_waiting = r;
  }
  connection.last_waiting = r;
  if (!connection.muted) {
    connection.muted = true;
    cluster_->simulation.at(connection.free_at, ConnectionFreed{request.connection});
  }
}

void Producers::on_connection_freed(std::uint32_t c) {
  Connection& connection = connections_[c];
  const std::uint32_t r = connection.first_waiting;
  connection.first_waiting = requests_[r].next_waiting;
  serve(r, std::max(cluster_->simulation.now(), requests_[r].arrived));
}

/// The request is read: from now on its connection is muted (B-4).
void Producers::serve(std::uint32_t r, Instant unmuted) {
  ProduceRequest& request = requests_[r];
  Broker& broker = cluster_->brokers[request.broker.value];
  connections_[request.connection].muted = true;
  const Service service = broker.handle(unmuted, request.wire, broker.spec().service.produce.of(request.payload),
                                        {RequestKind::produce, request.producer});
  for (std::uint32_t b = request.first_batch; b != nil; b = cluster_->batches[b].sibling) {
    BatchJourney& journey = cluster_->batches[b].journey;
    journey.arrived = request.arrived;
    journey.unmuted = unmuted;
    journey.started = service.start;
    const Partition& partition = cluster_->logs[cluster_->batches[b].partition];
    cluster_->replication.expect_sessions(partition);
    cluster_->consumers.expect_sessions(partition);
  }
  cluster_->simulation.at(service.end, ProduceHandled{r});
}

void Producers::on_request_handled(std::uint32_t r) {
  const std::int32_t acks = producers_[requests_[r].producer].spec->acks;
  requests_[r].uncommitted = requests_[r].batches;
  for (std::uint32_t b = requests_[r].first_batch; b != nil;) {
    const std::uint32_t following = cluster_->batches[b].sibling;
    if (acks != -1) cluster_->batches[b].request = nil;
    cluster_->logs.append(b);
    if (acks == 0) {
      cluster_->recorder.result().conservation.unacknowledged_by_design += cluster_->batches[b].journey.run.count;
      cluster_->logs.release(b);
    }
    b = following;
  }
  if (acks == 1) respond(r);
  if (acks == 0) {
    const Instant now = cluster_->simulation.now();
    free_connection(requests_[r].connection, now + throttle_of(requests_[r]));
    request_done(r);
  }
}

void Producers::on_committed(std::uint32_t first, std::uint32_t end) {
  for (std::uint32_t b = first; b != nil && cluster_->batches[b].sequence < end; b = cluster_->batches[b].next) {
    const std::uint32_t r = cluster_->batches[b].request;
    if (r != nil && --requests_[r].uncommitted == 0) respond(r);
  }
}

void Producers::respond(std::uint32_t r) {
  Cluster& cluster = *cluster_;
  ProduceRequest& request = requests_[r];
  Connection& connection = connections_[request.connection];
  Broker& broker = cluster.brokers[request.broker.value];
  const Bytes wire = cluster.network.tcp().wire(protocol::produce_response_bytes(request.batches));
  request.throttle = throttle_of(request);
  const Duration remote = cluster.simulation.now() - cluster.batches[request.first_batch].journey.appended;
  const Instant left = broker.respond(cluster.simulation.now(), wire, 0,
                                      {{RequestKind::produce, request.producer}, remote, request.throttle});
  const Leg leg = way_to(producers_[request.producer], request.broker).back();
  acknowledge_if_late(std::max(request.arrived, connection.free_at), left, leg);
  free_connection(request.connection, std::max(left, cluster.simulation.now() + request.throttle));
  connection.last_answer = cluster.send(leg, left, wire, 0, ProduceAcknowledged{r}, connection.last_answer);
}

/// What the quotas of the request's client id ask of it, in thread time as the broker's costs state it.
Duration Producers::throttle_of(const ProduceRequest& request) {
  const ProducerSpec& spec = *producers_[request.producer].spec;
  if (!spec.quota.limited()) return Duration::zero();
  const auto entry = static_cast<std::size_t>(&spec - cluster_->world.producers.data());
  const Instant now = cluster_->simulation.now();
  const ServiceCosts& costs = cluster_->brokers[request.broker.value].spec().service;
  const QuotaUse use{protocol::produce_request_bytes(request.batches, request.payload),
                     costs.produce.of(request.payload),
                     costs.network_thread.of(request.wire) +
                         costs.network_thread.of(protocol::produce_response_bytes(request.batches))};
  const Duration throttle = cluster_->quotas.on_produce(entry, request.broker, use, spec.acks != 0, now);
  if (throttle > Duration::zero() && cluster_->recorder.observes(now)) {
    ThrottleCount& count = cluster_->recorder.result().producers_throttled[entry];
    ++count.requests;
    count.time += throttle;
  }
  return throttle;
}

/// The answer leaves at `when`: then the next request of the connection may be read.
void Producers::free_connection(std::uint32_t index, Instant when) {
  Connection& connection = connections_[index];
  connection.free_at = when;
  connection.muted = connection.first_waiting != nil;
  if (connection.muted) cluster_->simulation.at(when, ConnectionFreed{index});
}

void Producers::on_acknowledged(std::uint32_t r) {
  const Instant now = cluster_->simulation.now();
  const std::uint32_t index = requests_[r].producer;
  Instance& producer = producers_[index];
  for (std::uint32_t b = requests_[r].first_batch; b != nil;) {
    Batch& batch = cluster_->batches[b];
    const std::uint32_t following = batch.sibling;
    cluster_->recorder.on_acknowledged(batch.journey, batch.place(), now, producer.spec->acks == -1);
    batch.request = nil;
    cluster_->logs.release(b);
    b = following;
  }
  cluster_->recorder.on_request_answered(requests_[r].sent, now);
  Connection& connection = connections_[requests_[r].connection];
  connection.unacknowledged_since = std::min(connection.unacknowledged_since, now);
  if (requests_[r].throttle > Duration::zero()) {
    connection.throttled_until = now + requests_[r].throttle;
    cluster_->simulation.at(connection.throttled_until, ProducerThrottleEnded{index});
  }
  request_done(r);
  if (!producer.held_up) return;
  rewind(producer, now);
  send_ready(index);
  look_ahead(index);
}

void Producers::on_throttle_ended(std::uint32_t index) {
  Instance& producer = producers_[index];
  if (!producer.held_up) return;
  rewind(producer, cluster_->simulation.now());
  send_ready(index);
  look_ahead(index);
}

/// Nothing is left to happen to a request; with the last one under way its connection is put away too, unless a quota
/// still holds it.
void Producers::request_done(std::uint32_t r) {
  const std::uint32_t index = requests_[r].connection;
  requests_[r].next_waiting = free_request_;
  free_request_ = r;
  Connection& connection = connections_[index];
  if (--connection.under_way > 0) return;
  if (std::max(connection.free_at, connection.throttled_until) > cluster_->simulation.now()) return;
  connection_of_[connection.place] = nil;
  if (connection.unacknowledged_since != Instant::max()) {
    const std::int64_t ms = connection.unacknowledged_since.time_since_epoch() / std::chrono::milliseconds{1};
    connection_of_[connection.place] = idle_since | static_cast<std::uint32_t>(ms & 0x3fff'ffff);
  }
  connection.first_waiting = free_connection_;
  free_connection_ = index;
}

std::uint32_t Producers::open_connection(std::uint32_t place) {
  std::uint32_t& index = connection_of_[place];
  if (index < idle_since) return index;
  Instant unacknowledged_since = Instant::max();
  if (index != nil) unacknowledged_since = Instant{std::chrono::milliseconds{index & ~idle_since}};
  index = free_connection_;
  if (index == nil) {
    index = static_cast<std::uint32_t>(connections_.size());
    connections_.emplace_back();
  } else {
    free_connection_ = connections_[index].first_waiting;
    connections_[index] = Connection{};
  }
  connections_[index].place = place;
  connections_[index].unacknowledged_since = unacknowledged_since;
  return index;
}

std::uint32_t Producers::take_request() {
  std::uint32_t r = free_request_;
  if (r == nil) {
    r = static_cast<std::uint32_t>(requests_.size());
    requests_.emplace_back();
  } else {
    free_request_ = requests_[r].next_waiting;
    requests_[r] = ProduceRequest{};
  }
  return r;
}

Producers::Asked Producers::asked_for() {
  Asked asked{sent_to_, 0};
  for (const Instance& producer : producers_) {
    for (const Pending& pending : producer.pending) {  // they have come all the same: generated in their second
      Batch& batch = cluster_->batches[pending.batch];
      batch.settle_times();
      cluster_->recorder.on_generated(batch.journey);
      asked.by_topic[producer.spec->topic.value] += batch.journey.run.count;
      asked.unsent += batch.journey.run.count;
    }
  }
  return asked;
}

}  // namespace brokersim
