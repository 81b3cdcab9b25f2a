// SPDX-License-Identifier: Apache-2.0
// What a broker puts into the answer to a consumer's fetch: byte caps (R-5, C-7), quotas (B-20), redirects (F-4), data
// from disk (B-33).
#include <algorithm>

#include "sim/core/invariant_violation.hpp"
#include "sim/core/prefetch.hpp"
#include "sim/model/cluster.hpp"
#include "sim/model/protocol.hpp"

namespace brokersim {

/// The byte cap of an answer: the consumer's, the broker's, and what a quota could ever let through (B-20).
Bytes Consumers::room_of(const ConsumerSession& session) const {
  const ConsumerGroupSpec& group = spec_of(session);
  const Bytes room = std::min(group.fetch_max_bytes, cluster_->brokers[session.broker.value].spec().fetch_max_bytes);
  if (group.quota.byte_rate == 0 && !cluster_->quotas.may_change()) return room;
  return std::min(room, cluster_->quotas.most_in_window(members_[session.member].group.value, session.broker));
}

/// How much of the reader's next batch its broker has to read from disk.
Bytes Consumers::from_disk(const Reader& reader, BrokerIndex broker) {
  const Partition& partition = cluster_->logs[reader.partition];
  const std::size_t place = reader.replica == nil ? partition.leading : reader.replica - partition.first_replica;
  return cluster_->disks.take(broker, reader.unread, place, cluster_->batches[reader.unread].bytes);
}

/// If the quota of the session's client id holds it back, its fetch is answered without data (B-20) and the consumer
/// waits (C-12).
bool Consumers::throttled(std::uint32_t s) {
  Cluster& cluster = *cluster_;
  ConsumerSession& session = sessions_[s];
  const ConsumerGroupSpec& group = spec_of(session);
  const Bytes room = room_of(session);
  Bytes data = 0;
  std::uint32_t partitions = 0;
  for (std::uint32_t r = session.first_listed; r != nil; r = readers_[r].next_listed, ++partitions) {
    const Reader& reader = readers_[r];
    Bytes partition_data = 0;
    std::uint32_t b = reader.unread;
    for (std::uint32_t at = reader.position; !reader.redirected && at < end_of(reader); ++at) {
      const Bytes bytes = cluster.batches[b].bytes;
      if (protocol::exceeds_caps(bytes, data, room - data, group.max_partition_fetch_bytes - partition_data)) break;
      data += bytes;
      partition_data += bytes;
      b = cluster.batches[b].next;
    }
  }
  Broker& broker = cluster.brokers[session.broker.value];
  const ServiceCosts& costs = broker.spec().service;
  const Instant now = cluster.simulation.now();
  const Bytes full = protocol::fetch_response_bytes(partitions, data);
  const std::uint32_t g = members_[session.member].group.value;
  session.throttle = cluster.quotas.on_fetch(
      g, session.broker, {full, costs.fetch.per_request, costs.network_thread.of(full) + costs.network_thread.of(0)},
      now);
  if (session.throttle == Duration::zero()) return false;
  const Duration remote = session.poll.parked ? now - session.poll.parked_since : Duration::zero();
  session.poll.parked = false;
  session.carried = 0;
  if (cluster.recorder.observes(now)) {
    ThrottleCount& count = cluster.recorder.result().groups_throttled[g];
    count.add(session.throttle);
    ++cluster.recorder.result().empty_consumer_fetches;
  }
  const Bytes wire = protocol::idle_fetch_response_wire(cluster_->network.tcp());
  const Instant left = broker.respond(now, wire, 0, {{RequestKind::fetch_consumer, s}, remote, session.throttle});
  cluster.send(way_to(session).back(), left, wire, 0, ConsumerFetchAnswered{s});
  return true;
}

/// The broker answers with what is readable now, up to the byte caps (R-5, C-7), and with redirects (F-4).
void Consumers::answer(std::uint32_t s) {
  Cluster& cluster = *cluster_;
  ConsumerSession& session = sessions_[s];
  const ConsumerGroupSpec& group = spec_of(session);
  if ((group.quota.limited() || cluster.quotas.may_change()) && throttled(s)) return;
  Broker& broker = cluster.brokers[session.broker.value];
  const Instant now = cluster.simulation.now();
  const Bytes room = room_of(session);
  Bytes data = 0;
  std::uint32_t with_data = 0;
  Bytes cold = 0;
  std::uint32_t cold_runs = 0;
  bool redirects = false;
  std::uint32_t listed = session.first_listed;
  session.first_listed = session.last_listed = nil;
  served_.clear();
  session.must_answer = false;
  session.carried = 0;
  const bool parked = session.poll.parked;
  session.poll.parked = false;
  session.answered = now;
  if (needs_.feedback) times_[s].waiting = broker.fetches_waiting(now);
  while (listed != nil) {
    Reader& reader = readers_[listed];
    const std::uint32_t following = reader.next_listed;
    reader.listed = false;
    reader.carried = 0;
    reader.first_carried = reader.unread;
    reader.next_carried = session.first_carried;
    session.first_carried = listed;
    ++session.carried;
    if (failing_) {
      prefetch(&failing_->readers[listed]);
      cluster.branches->expect(reader.partition);
    }
    if (cluster.checks) cluster.checks->expect_delivery(listed);
    const std::uint32_t end = end_of(reader);
    Bytes partition_data = 0;
    Bytes cold_data = 0;
    while (!reader.redirected && reader.position < end) {
      const Batch& batch = cluster.batches[reader.unread];
      if (protocol::exceeds_caps(batch.bytes, data, room - data, group.max_partition_fetch_bytes - partition_data))
        break;
      require_law(batch.sequence == reader.position, "INV-C05", "a consumer is given batch after batch");
      data += batch.bytes;
      partition_data += batch.bytes;
      if (cluster.disks.any()) cold_data += from_disk(reader, session.broker);
      if (cluster.checks) cluster.checks->on_read(reader, reader.unread);
      ++reader.position;
      ++reader.carried;
      reader.unread = batch.next;
    }
    cold += cold_data;
    cold_runs += cold_data > 0 ? 1 : 0;
    redirects = redirects || reader.redirected;
    if (!reader.redirected) {
      if (reader.position == end) {
        reader.unread = nil;
      } else if (reader.carried > 0) {
        served_.push_back(listed);
      } else {
        list(listed);
      }
    }
    if (reader.carried > 0) {
      ++with_data;
      const Partition& partition = cluster.logs[reader.partition];
      if (reader.replica == nil) {
        broker.load(now).consumer_bytes_out_as_leader += partition_data;
        cluster.recorder.on_read(now, reader.partition, partition_data, 0, Duration::zero(), false);
      } else {
        broker.load(now).consumer_bytes_out_as_follower += partition_data;
        const Replica& replica = cluster.replication[reader.replica];
        const bool hides = replica.high_watermark < partition.high_watermark;
        if (cluster.recorder.observes(now)) {
          cluster.recorder.on_read(
              now, reader.partition, partition_data,
              partition.high_watermark_offset - cluster.replication.offset_at(replica, replica.high_watermark),
              hides ? now - cluster.batches[replica.hidden].journey.committed : Duration::zero(), true);
        }
      }
    }
    listed = following;
  }
  for (const std::uint32_t served : served_) list(served);  // behind the others: the caps are fair to all
  session.readable -= data;
  if (data == 0 && cluster.recorder.observes(now)) ++cluster.recorder.result().empty_consumer_fetches;
  const protocol::Tcp& tcp = cluster.network.tcp();
  const Bytes wire = tcp.wire(protocol::fetch_response_bytes(session.carried, data), data, with_data);
  const AnswerTimes times{{RequestKind::fetch_consumer, s},
                          parked ? now - session.poll.parked_since : Duration::zero()};
  const Leg there = way_to(session);
  const Leg back = there.back();
  if (parked) cluster.network.acknowledge_if_late(back, session.poll.parked_since, now);
  if (cold > 0) {
    const auto read = [&](Instant begin) { return cluster.disks.read(session.broker, begin, cold, cold_runs); };
    from_disk_.resize(sessions_.size());
    from_disk_[s] = {broker.read_from_disk(now, wire, data, times.caller, read),
                     times,
                     now,
                     wire,
                     data,
                     tcp.packets(data, with_data)};
    cluster.simulation.at(from_disk_[s].thread.end, ConsumerFetchRead{s});
    return;
  }
  const Instant left = broker.respond(now, wire, data, times);
  cluster.network.acknowledge(there, left, tcp.packets(data, with_data) / 2);
  const Member& member = members_[session.member];
  const bool plain =
      !redirects && session.first_joining == nil && member.application == nil && !member.may_give_up && !session.once;
  if (plain && !cluster.network.limited(there) && !cluster.network.limited(back)) {
    // Nothing can change between the answer's arrival and the next fetch, so neither needs an event of its own.
    const Instant received = cluster.taken_by_client(back.to, cluster.network.arrival(back, left, wire, data), data);
    if (received <= session.lease_ends) {
      for (std::uint32_t r = session.first_carried; r != nil; r = readers_[r].next_carried) {
        deliver(readers_[r], now, received);
      }
      session.first_carried = nil;
      if (needs_.feedback) {
        tell_policy(s, received);
        times_[s].sent = received;
      }
      cluster.send(there, received, request_wire(session.carried), 0, ConsumerFetchArrived{s});
      return;
    }
    cluster.simulation.at(received, ConsumerFetchAnswered{s});
    return;
  }
  cluster.send(back, left, wire, data, ConsumerFetchAnswered{s});
}

/// The network thread has all of an answer's data from disk and sends it.
void Consumers::on_fetch_read(std::uint32_t s) {
  const ConsumerSession& session = sessions_[s];
  if (session.broken) return;
  const FromDisk& answer = from_disk_[s];
  const Leg back = way_to(session).back();
  const Instant left =
      cluster_->brokers[session.broker.value].send_read(answer.ready, answer.thread, answer.wire, answer.times);
  cluster_->network.acknowledge(back.back(), left, answer.packets / 2);
  cluster_->send(back, left, answer.wire, answer.data, ConsumerFetchAnswered{s});
}

}  // namespace brokersim
