// SPDX-License-Identifier: Apache-2.0
// A write's way: sent, executed, pushed to the replicas, acknowledged.
#include <algorithm>

#include "sim/core/contract.hpp"
#include "sim/model/protocol.hpp"
#include "sim/primary_replica/resp_sizes.hpp"
#include "sim/primary_replica/store.hpp"

namespace brokersim {

/// A writer's record is meant to be sent now, and is: every write is a command of its own, and none waits for another's
/// reply.
void PrimaryReplicaStore::on(RecordDue e) {
  Writer& writer = writers_[e.writer];
  const Instant now = simulation_.now();
  const SourceRecord record = writer.source.peek();
  writer.source.advance();
  const Instant next = writer.source.peek().intended;
  if (next < recorder_.end()) simulation_.at(next, e);

  const std::uint32_t number = writer.keyed ? record.partition : writer.turn;
  writer.turn = (writer.turn + 1) % writer.partitions;
  const BrokerIndex primary = streams_[writer.first_partition + number].primary;
  Host& host = client_hosts_[writer.zone.value];
  const Instant left = host.awake(now) + host.vary(world_.clients.send.of(record.size));

  const std::uint32_t b = entries_.take();
  const std::uint32_t w = writes_.take();
  Batch& entry = entries_[b];
  entry.partition = writer.first_partition + number;
  entry.bytes = record.size;
  entry.request = w;
  entry.holders = 1;  // its acknowledgement
  entry.journey.run = {record.intended, 0, nullptr, 1};
  entry.journey.record_bytes = record.size;
  if (record.intended < recorder_.start()) {
    entry.journey.early = 1;
    entry.journey.early_bytes = record.size;
  }
  entry.journey.ready = now;
  entry.journey.sent = left;
  recorder_.on_sent(entry.journey, entry.bytes);
  recorder_.on_request_sent(left);
  ++sent_to_[writer.spec->topic.value];

  Write& write = writes_[w];
  write.writer = e.writer;
  write.connection = writer.first_connection + primary.value;
  write.entry = b;
  write.holders = 1;  // its reply

  const Leg leg = from_client(writer.zone, primary, TrafficPath::producer);
  Connection& connection = connections_[write.connection];
  network_.acknowledge_if_late(leg, connection.unacknowledged_since, left);
  connection.unacknowledged_since = Instant::max();
  const Bytes bytes = resp::write_command + record.size + (spec_.wait_replicas > 0 ? resp::wait_command : 0);
  Message message{Message::Kind::write, leg, network_.tcp().wire(bytes), record.size};
  message.id = w;
  message.order = connection_orders_[write.connection];
  post(message, left);
}

/// A write's connection is free to have it executed. If it waits for replicas, what follows on the connection is not
/// executed before WAIT returns: a blocked client's commands stay unread.
void PrimaryReplicaStore::queue_write(std::uint32_t w, Instant unmuted) {
  const Write& write = writes_[w];
  Batch& entry = entries_[write.entry];
  entry.journey.unmuted = unmuted;
  connections_[write.connection].blocked = spec_.wait_replicas > 0;
  queue(streams_[entry.partition].primary, {NodeCommand::Kind::write, w, 0, unmuted, spec_.write.of(entry.bytes)});
}

/// XADD is done: the entry is in memory and readable, on its way to every replica, and acknowledged unless WAIT
/// follows.
void PrimaryReplicaStore::execute_write(std::uint32_t w) {
  const std::uint32_t b = writes_[w].entry;
  const Stream& stream = streams_[entries_[b].partition];
  Node& node = nodes_[stream.primary.value];
  const bool waits = spec_.wait_replicas > 0;
  append(b);
  Instant answerable = simulation_.now();
  if (waits) answerable = node.extend(spec_.acknowledge.of(0));  // WAIT
  for (std::uint32_t r = 0; r < stream.replicas; ++r) push(stream.first_replica + r, {b, waits, answerable});
  if (!waits) {
    answer_write(w, answerable);
  } else {
    writes_[w].holders += stream.replicas;
    if (spec_.wait_timeout > Duration::zero()) {
      writes_[w].timeout = simulation_.at(answerable + spec_.wait_timeout, WaitExpired{w});
    }
  }
  wake_readers(stream, nil);
}

void PrimaryReplicaStore::append(std::uint32_t b) {
  Batch& entry = entries_[b];
  Stream& stream = streams_[entry.partition];
  const Instant now = simulation_.now();
  entry.journey.appended = now;
  entry.journey.committed = now;  // what the primary has executed, it shows
  entry.sequence = stream.entries++;
  entry.base_offset = entry.sequence;
  entry.next = nil;
  entry.holders += stream.replicas + stream.readers;
  if (stream.tail != nil) entries_[stream.tail].next = b;
  stream.tail = b;
  nodes_[stream.primary.value].load(now).producer_bytes_in += entry.bytes;
  recorder_.on_appended(entry.journey, entry.bytes, entry.place());
  std::int64_t behind = 0;
  for (std::uint32_t r = stream.first_reader; r < stream.first_reader + stream.readers; ++r) {
    StreamReader& reader = readers_[r];
    recorder_.on_lag(entry.journey, reader.group);
    behind += reader.replica != nil ? 1 : 0;
    if (reader.unread == nil) reader.unread = b;
  }
  recorder_.on_committed(entry.journey, behind);
}

/// The write goes into the replication stream, and asks for an acknowledgement if a WAIT has come with it.
void PrimaryReplicaStore::push(std::uint32_t r, const Outgoing& write) {
  ReplicaOf& replica = replicas_[r];
  Link& link = links_[replica.link];
  Node& primary = nodes_[link.primary.value];
  const Batch& entry = entries_[write.entry];
  if (replica.hidden == nil) replica.hidden = write.entry;
  link.under_way.push_back({r, write.asks});
  ++link.pushed;
  if (write.asks) link.awaited.push_back({link.pushed, entry.request});
  primary.load(write.ready).replication_bytes_out += entry.bytes;
  const Bytes bytes = resp::replicated_write + entry.bytes + (write.asks ? resp::acknowledgement_request : 0);
  Message message{Message::Kind::push, along(link), network_.tcp().wire(bytes), entry.bytes};
  message.id = replica.link;
  message.order = link.order_out;
  post(message, primary.transmit(write.ready, message.wire));
}

void PrimaryReplicaStore::execute_apply(std::uint32_t l) {
  const Link::Push push = links_[l].under_way.front();
  links_[l].under_way.pop_front();
  ++links_[l].applied;
  show(push.replica);
  if (push.asks) acknowledge(l, nodes_[links_[l].replica.value].extend(spec_.acknowledge.of(0)));
  wake_readers(streams_[replicas_[push.replica].stream], push.replica);
}

/// A replica has executed a write: who reads there can see it.
void PrimaryReplicaStore::show(std::uint32_t r) {
  ReplicaOf& replica = replicas_[r];
  const Stream& stream = streams_[replica.stream];
  const std::uint32_t b = replica.hidden;
  const Batch& entry = entries_[b];
  const Instant now = simulation_.now();
  require(entry.sequence == replica.applied, "a replica applies every write once and in order");
  ++replica.applied;
  replica.hidden = entry.next;
  nodes_[replica.node.value].load(now).replication_bytes_in += entry.bytes;
  recorder_.on_replicated(1, entry.bytes);
  if (replica.groups > 0) {
    recorder_.on_shown(entry.journey, {now, replica.last_shown, now, now, replica.groups, true});
    for (std::uint32_t i = stream.first_reader; i < stream.first_reader + stream.readers; ++i) {
      if (readers_[i].replica == r) readers_[i].visible.push_back(now);
    }
  }
  replica.last_shown = now;
  release(b);
}

/// REPLCONF ACK: how far the replica has come.
void PrimaryReplicaStore::acknowledge(std::uint32_t l, Instant when) {
  Link& link = links_[l];
  Message message{Message::Kind::acknowledgement, along(link).back(), network_.tcp().wire(resp::acknowledgement), 0};
  message.id = l;
  message.position = link.applied;
  message.order = link.order_back;
  post(message, nodes_[link.replica.value].transmit(when, message.wire));
}

/// A replica's acknowledgement counts for every write that waits for it.
void PrimaryReplicaStore::execute_acknowledge(std::uint32_t l, std::uint32_t position) {
  Link& link = links_[l];
  while (!link.awaited.empty() && link.awaited.front().position <= position) {
    const std::uint32_t w = link.awaited.front().write;
    link.awaited.pop_front();
    Write& write = writes_[w];
    if (!write.answered && ++write.acknowledgements == spec_.wait_replicas) {
      if (spec_.wait_timeout > Duration::zero()) simulation_.cancel(write.timeout);
      answer_write(w, simulation_.now());
    }
    drop_write(w);
  }
}

void PrimaryReplicaStore::on(WaitExpired e) {
  ++recorder_.result().waits_expired;
  answer_write(e.write, simulation_.now());
}

/// The reply to a write, or to the WAIT behind it; then its connection goes on.
void PrimaryReplicaStore::answer_write(std::uint32_t w, Instant when) {
  Write& write = writes_[w];
  write.answered = true;
  write.answered_at = when;
  const BrokerIndex primary = streams_[entries_[write.entry].partition].primary;
  const Leg back = from_client(writers_[write.writer].zone, primary, TrafficPath::producer).back();
  const Bytes bytes = resp::write_reply + (spec_.wait_replicas > 0 ? resp::wait_reply : 0);
  Message message{Message::Kind::write_reply, back, network_.tcp().wire(bytes), 0};
  message.id = w;
  message.order = connection_orders_[write.connection] + 1;
  post(message, nodes_[primary.value].transmit(when, message.wire));
  Connection& connection = connections_[write.connection];
  connection.blocked = false;
  if (connection.first_waiting == nil) return;
  const std::uint32_t following = connection.first_waiting;
  connection.first_waiting = writes_[following].next_waiting;
  queue_write(following, std::max(when, entries_[writes_[following].entry].journey.arrived));
}

void PrimaryReplicaStore::on_write_answered(std::uint32_t w) {
  const Write& write = writes_[w];
  const Instant now = simulation_.now();
  BatchJourney journey = entries_[write.entry].journey;
  const Instant sent = journey.sent;
  journey.committed = write.answered_at;  // of the acknowledgement: when enough replicas had it
  recorder_.on_acknowledged(journey, entries_[write.entry].place(), now, true);
  recorder_.on_request_answered(sent, now);
  connections_[write.connection].unacknowledged_since = now;
  release(write.entry);
  drop_write(w);
}

void PrimaryReplicaStore::drop_write(std::uint32_t w) {
  if (--writes_[w].holders > 0) return;
  writes_.give_back(w);
}

/// Somebody needs an entry no more; the last one to say so frees it.
void PrimaryReplicaStore::release(std::uint32_t b) {
  Batch& entry = entries_[b];
  if (--entry.holders > 0) return;
  Stream& stream = streams_[entry.partition];
  if (stream.tail == b) stream.tail = nil;
  entries_.give_back(b);
}

}  // namespace brokersim
