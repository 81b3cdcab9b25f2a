// SPDX-License-Identifier: Apache-2.0
#include "sim/model/producers.hpp"

#include <algorithm>

#include "sim/core/prefetch.hpp"
#include "sim/model/cluster.hpp"
#include "sim/model/protocol.hpp"

namespace brokersim {

void Producers::add(const ProducerSpec& spec, RandomSource random) {
  require(cluster_->world.producers.size() <= std::size_t{UINT16_MAX} + 1, "a batch can name its producer's entry");
  const std::uint32_t partitions = cluster_->world.topics[spec.topic.value].partitions;
  const SourceTables tables = source_tables(spec, partitions);
  const auto entry = static_cast<std::uint32_t>(&spec - cluster_->world.producers.data());
  const bool paced = std::any_of(cluster_->world.faults.begin(), cluster_->world.faults.end(), [&](const FaultSpec& f) {
    return f.kind == FaultKind::producer_burst && f.target.entry == entry;
  });
  for (std::uint32_t i = 0; i < spec.count; ++i) {
    const std::string name = spec.id + "/" + std::to_string(i);
    Instance instance{.spec = &spec,
                      .entry = static_cast<std::uint16_t>(entry),
                      .zone = spec.zones[i % spec.zones.size()],
                      .first_place = static_cast<std::uint32_t>(connection_of_.size()),
                      .first_partition = cluster_->logs.first_of(spec.topic),
                      .source = RecordSource(spec, i, name, random, tables, partitions, paced)};
    if (!tables.keys && !tables.of_trace) {
      instance.partition_draws = std::make_unique<RandomStream>(random, "sticky partition", name);
      instance.choice =
          PartitionChoice(spec.partitioner.kind, *instance.partition_draws, partitions, std::max(spec.batch_size, 1));
      if (spec.partitioner.kind == PartitionerSpec::Kind::kafka_default && spec.partitioner.adaptive &&
          partitions > 1) {
        instance.adapts = true;
        instance.tried = TriedPartitions(partitions);
        const bool watched = spec.partitioner.availability_timeout > Duration::zero();
        instance.drained.assign(watched ? cluster_->brokers.size() : 0, Instant::min());
      }
    }
    producers_.push_back(std::move(instance));
    connection_of_.resize(connection_of_.size() + cluster_->brokers.size(), nil);
  }
}

void Producers::start() {
  if (cluster_->failures) expect_failures();
  for (std::uint32_t p = 0; p < producers_.size(); ++p) look_ahead(p);
}

/// Sees to it that the producer's next moment becomes an event; far moments are filed as coarse timers until then,
/// unless one is filed that is early enough.
void Producers::expect_ready(std::uint32_t index) {
  Instance& producer = producers_[index];
  if (producer.asked_at <= producer.ready_at - CoarseTimers::tick) return;
  producer.ready_scheduled = cluster_->at_or_file(producer.ready_at, ProducerReady{index}, Cluster::TimerKind::producer,
                                                  index, &producer.ready, &producer.asked_at);
}

/// A coarse timer asks; one that another, filed later for an earlier moment, has taken the place of asks in vain.
void Producers::on_ready_near(std::uint32_t index) {
  Instance& producer = producers_[index];
  if (producer.asked_at != cluster_->simulation.now()) return;
  producer.asked_at = Instant::max();
  if (producer.ready_scheduled || producer.ready_at == Instant::max()) return;
  for (const Pending& pending : producer.pending) {  // what the event will touch, fetched into the cache meanwhile
    if (pending.ready > producer.ready_at) {
      if (producer.closed == 0) break;  // the others linger longer
      continue;
    }
    if (pending.leader == no_broker) continue;
    cluster_->batches.expect(pending.batch);
    cluster_->logs.expect(pending.partition);
    prefetch(&connection_of_[producer.first_place + pending.leader.value]);
    if (producer.failing && producer.failing->unsound > 0)
      prefetch(&nodes_[producer.first_place + pending.leader.value]);
  }
  if (producer.failing) {
    const auto* const lines = reinterpret_cast<const char*>(producer.failing.get());
    for (std::size_t at = 0; at < 192; at += 64) prefetch(lines + at);
  }
  expect_ready(index);
}

void Producers::on_ready(std::uint32_t index) {
  Instance& producer = producers_[index];
  producer.ready_at = Instant::max();
  producer.ready_scheduled = false;
  producer.ahead.clear();  // all of it has happened now
  producer.least_memory = std::min(producer.least_memory, producer.memory);
  if (producer.short_of_memory) [[unlikely]]
    wait_for_memory(producer);
  if (producer.failing) check_deadlines(index);
  send_ready(index);
  if (producer.calling_since != Instant::max() && !lacks_memory(producer, producer.source.peek())) [[unlikely]]
    end_call(producer, cluster_->simulation.now());  // acks=0: what is sent has given its memory back
  look_ahead(index);
}

/// Sends what is ready to every broker that takes another request (K-5).
void Producers::send_ready(std::uint32_t index) {
  Instance& producer = producers_[index];
  const Instant now = cluster_->simulation.now();
  producer.held_up = false;
  blocked_.clear();
  for (std::size_t i = 0; i < producer.pending.size();) {
    const Pending pending = producer.pending[i++];
    if (pending.ready > now && producer.calling_since == Instant::max()) {
      if (producer.closed == 0) break;  // the others linger longer
      continue;
    }
    if (producer.failing && !may_leave(index, pending)) continue;
    const std::uint32_t connection = connection_of_[producer.first_place + pending.leader.value];
    const std::uint32_t under_way =
        connection >= idle_since || producer.spec->acks == 0 ? 0 : connections_[connection].under_way;
    const bool throttled = connection < idle_since && connections_[connection].throttled_until > now;
    const bool sendable = !throttled && under_way < producer.spec->max_in_flight_requests_per_connection;
    if (!producer.drained.empty()) {
      Instant& drained = producer.drained[pending.leader.value];
      if (sendable || drained == Instant::min()) drained = now;
    }
    if (sendable) {
      send_request(index, pending.leader);
      producer.held_up = false;
      blocked_.clear();
      i = 0;
    } else {
      producer.held_up = true;
    }
  }
  if (producer.failing && !producer.pending.empty()) note_waiting(index);
}

/// What a batch takes of a request, once it is closed.
Bytes Producers::stored_bytes(const ProducerSpec& spec, const Batch& batch) {
  if (spec.compression.codec == CompressionSpec::Codec::none || batch.troubled) return batch.bytes;
  return protocol::record_batch_overhead +
         static_cast<Bytes>(static_cast<double>(batch.journey.record_bytes) * spec.compression.ratio + 0.5);
}

/// Whether a batch may be part of the request to a broker that is being put together: the first of its partition's that
/// waits, and free to leave. several  some partition may have a second one, as it can only if the first is closed
bool Producers::may_go_along(std::uint32_t index, const Pending& pending, BrokerIndex broker, bool several) {
  if (pending.leader != broker) return false;
  if (several && std::find(chosen_.begin(), chosen_.end(), pending.partition) != chosen_.end()) return false;
  return !producers_[index].failing || !holds_up(index, pending);
}

/// If the batches for a broker do not all find room in max.request.size: which do, walking its partitions from the one
/// that found none the last time (K-6, RecordAccumulator.drainBatchesForOneNode). Else none. A walk that takes all
/// moves Kafka's start back by one partition; here it stays.
void Producers::drain_full_request(std::uint32_t index, BrokerIndex broker) {
  Instance& producer = producers_[index];
  const ProducerSpec& spec = *producer.spec;
  drained_.clear();
  const double growth = std::max(spec.compression.ratio, 1.0);
  const auto waiting = static_cast<double>(producer.pending.size());
  if (waiting * growth * static_cast<double>(producer.batch_memory) <= spec.max_request_size) return;
  const std::uint32_t partitions = cluster_->world.topics[spec.topic.value].partitions;
  const std::uint32_t from = producer.drain_from.empty() ? 0 : producer.drain_from[broker.value];
  const auto place = [&](std::uint32_t b) {
    return (cluster_->batches[b].partition - producer.first_partition + partitions - from) % partitions;
  };
  chosen_.clear();
  blocked_.clear();
  for (const Pending& pending : producer.pending) {
    if (!may_go_along(index, pending, broker, producer.closed > 0)) continue;
    chosen_.push_back(pending.partition);
    drained_.push_back(pending.batch);
  }
  std::sort(drained_.begin(), drained_.end(), [&](std::uint32_t a, std::uint32_t b) { return place(a) < place(b); });
  Bytes payload = 0;
  for (auto at = drained_.begin(); at != drained_.end(); ++at) {
    const Batch& batch = cluster_->batches[*at];
    if (payload > 0 && payload + batch.bytes > spec.max_request_size) {
      if (producer.drain_from.empty()) producer.drain_from.resize(cluster_->brokers.size());
      producer.drain_from[broker.value] = batch.partition - producer.first_partition;
      drained_.erase(at, drained_.end());
      std::sort(drained_.begin(), drained_.end());
      return;
    }
    payload += stored_bytes(spec, batch);
  }
  drained_.clear();
}

/// One request to one broker: the oldest batch of each of its partitions, lingering or not, up to max.request.size
/// (K-6).
void Producers::send_request(std::uint32_t index, BrokerIndex broker) {
  Cluster& cluster = *cluster_;
  Instance& producer = producers_[index];
  const ProducerSpec& spec = *producer.spec;
  const Instant now = cluster.simulation.now();
  drain_full_request(index, broker);
  const std::uint32_t r = take_request();
  ProduceRequest& request = requests_[r];
  request.connection = open_connection(producer.first_place + broker.value);
  request.producer = index;
  request.broker = broker;
  const bool compressed = spec.compression.codec != CompressionSpec::Codec::none;
  Bytes payload = 0, raw = 0;  // raw: bytes of its records, if they are compressed
  chosen_.clear();
  blocked_.clear();
  std::uint32_t last = nil;
  const bool several = producer.closed > 0;
  const auto goes_along = [&](const Pending& pending) {
    const std::uint32_t b = pending.batch;
    if (!may_go_along(index, pending, broker, several)) return false;
    if (!drained_.empty() && !std::binary_search(drained_.begin(), drained_.end(), b)) [[unlikely]]
      return false;
    Batch& batch = cluster.batches[b];
    chosen_.push_back(batch.partition);
    if (compressed) raw += batch.journey.record_bytes;
    if (compressed && !batch.troubled) {
      batch.bytes = stored_bytes(spec, batch);
      observe_compression(producer, static_cast<float>(spec.compression.ratio));
    }
    payload += batch.bytes;
    batch.sibling = nil;
    batch.request = r;
    batch.holders = 1;  // the request itself
    batch.journey.ready = std::min(pending.ready, now);
    batch.settle_times();
    if (batch.closed) {
      --producer.closed;
    } else if (producer.choice.by_record()) {
      producer.open_of_partition.erase(batch.partition - producer.first_partition);
    }
    batch.closed = true;
    if (last == nil) {
      request.first_batch = b;
    } else {
      cluster.batches[last].sibling = b;
    }
    last = b;
    if (!batch.troubled) sent_to_[spec.topic.value] += batch.journey.run.count;
    cluster.recorder.expect(batch.partition);
    cluster.replication.expect(cluster.logs[batch.partition]);
    cluster.consumers.expect(cluster.logs[batch.partition]);
    return true;
  };
  producer.pending.erase(std::remove_if(producer.pending.begin(), producer.pending.end(), goes_along),
                         producer.pending.end());
  request.batches = static_cast<std::uint32_t>(chosen_.size());
  if (spec.acks == 0) producer.memory += producer.batch_memory * request.batches;
  request.wire = cluster.network.tcp().wire(protocol::produce_request_bytes(request.batches, payload));
  request.payload = payload;
  request.sent = cluster.left_by_client(producer.zone, now, payload) +
                 Duration{raw * spec.compression.compress_picoseconds_per_byte / 1000};
  request.decompression = Duration{raw * spec.compression.decompress_picoseconds_per_byte / 1000};
  for (std::uint32_t b = request.first_batch; b != nil; b = cluster.batches[b].sibling) {
    cluster.batches[b].journey.sent = request.sent;
    if (cluster.batches[b].troubled) continue;  // it was sent before
    cluster.recorder.on_sent(cluster.batches[b].journey, cluster.batches[b].bytes);
  }
  Connection& connection = connections_[request.connection];
  ++connection.under_way;
  if (spec.acks != 0) cluster.recorder.on_request_sent(request.sent);
  const Leg leg = way_to(producer, broker);
  cluster.network.acknowledge_if_late(leg, connection.unacknowledged_since, request.sent);
  connection.unacknowledged_since = Instant::max();
  if (producer.failing && !note_sent(r)) return;
  connection.last_arrival =
      cluster.send(leg, request.sent, request.wire, payload, ProduceArrived{r}, connection.last_arrival);
}

Leg Producers::way_to(const Instance& producer, BrokerIndex broker) const {
  return {producer.zone, cluster_->brokers[broker.value].spec().zone, TrafficPath::producer,
          cluster_->host_of_clients(producer.zone), broker.value};
}

void Producers::on_request_arrived(std::uint32_t r) {
  ProduceRequest& request = requests_[r];
  if (request.broken) return;
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
  if (requests_[r].broken) return;  // and so are those behind it
  connection.first_waiting = requests_[r].next_waiting;
  serve(r, std::max(cluster_->simulation.now(), requests_[r].arrived));
}

/// The request is read: from now on its connection is muted (B-4).
void Producers::serve(std::uint32_t r, Instant unmuted) {
  ProduceRequest& request = requests_[r];
  Broker& broker = cluster_->brokers[request.broker.value];
  connections_[request.connection].muted = true;
  const Service service =
      broker.handle(unmuted, request.wire, broker.spec().service.produce.of(request.payload) + request.decompression,
                    {RequestKind::produce, request.producer});
  for (std::uint32_t b = request.first_batch; b != nil; b = cluster_->batches[b].sibling) {
    BatchJourney& journey = cluster_->batches[b].journey;
    journey.arrived = request.arrived;
    journey.unmuted = unmuted;
    journey.started = service.start;
    const Partition& partition = cluster_->logs[cluster_->batches[b].partition];
    cluster_->replication.expect_sessions(partition);
    cluster_->consumers.expect_sessions(partition);
    if (cluster_->branches) expect_append(partition);
  }
  cluster_->simulation.at(service.end, ProduceHandled{r});
}

void Producers::on_request_handled(std::uint32_t r) {
  if (producers_[requests_[r].producer].failing) {
    if (!requests_[r].broken) append_under_failure(r);
    return;
  }
  const std::int32_t acks = producers_[requests_[r].producer].spec->acks;
  requests_[r].uncommitted = requests_[r].batches;
  for (std::uint32_t b = requests_[r].first_batch; b != nil; b = cluster_->batches[b].sibling) {
    if (acks != -1) cluster_->batches[b].request = nil;
    cluster_->logs.append(b);
  }
  // Only now parked fetches are looked at: an answer carries what the request brought for all its partitions.
  for (std::uint32_t b = requests_[r].first_batch; b != nil;) {
    const std::uint32_t following = cluster_->batches[b].sibling;
    cluster_->logs.after_append(cluster_->batches[b].partition);
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
    if (r == nil) continue;
    if (cluster_->failures) [[unlikely]]
      cluster_->batches[b].request = nil;  // the next leader's high watermark passes it again
    if (--requests_[r].uncommitted == 0) respond(r);
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
  cluster.network.acknowledge_if_late(leg, std::max(request.arrived, connection.free_at), left);
  free_connection(request.connection, std::max(left, cluster.simulation.now() + request.throttle));
  connection.last_answer = cluster.send(leg, left, wire, 0, ProduceAcknowledged{r}, connection.last_answer);
}

/// What the quotas of the request's client id ask of it, in thread time as the broker's costs state it.
Duration Producers::throttle_of(const ProduceRequest& request) {
  const ProducerSpec& spec = *producers_[request.producer].spec;
  if (!spec.quota.limited() && !cluster_->quotas.may_change()) return Duration::zero();
  const std::size_t entry = producers_[request.producer].entry;
  const Instant now = cluster_->simulation.now();
  const ServiceCosts& costs = cluster_->brokers[request.broker.value].spec().service;
  const QuotaUse use{protocol::produce_request_bytes(request.batches, request.payload),
                     costs.produce.of(request.payload),
                     costs.network_thread.of(request.wire) +
                         costs.network_thread.of(protocol::produce_response_bytes(request.batches))};
  const Duration throttle = cluster_->quotas.on_produce(entry, request.broker, use, spec.acks != 0, now);
  if (throttle > Duration::zero() && cluster_->recorder.observes(now)) {
    ThrottleCount& count = cluster_->recorder.result().producers_throttled[entry];
    count.add(throttle);
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
  if (requests_[r].broken) return;
  if (producer.memory < producer.least_memory) note_memory(producer, now);
  const bool failed = producer.failing && on_answered(r);
  if (!producer.failing) producer.memory += producer.batch_memory * requests_[r].batches;
  for (std::uint32_t b = producer.failing ? nil : requests_[r].first_batch; b != nil;) {
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
  if (!producer.held_up && !producer.short_of_memory && !failed) return;
  rewind(producer, now);
  if (producer.failing) check_deadlines(index);
  send_ready(index);
  if (producer.calling_since != Instant::max() && !lacks_memory(producer, producer.source.peek())) {
    end_call(producer, now);
  }
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

}  // namespace brokersim
