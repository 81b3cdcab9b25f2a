// SPDX-License-Identifier: Apache-2.0
// What there is, the messages between it, and the commands of a node one after another.
#include "sim/primary_replica/store.hpp"

#include <algorithm>

#include "sim/core/contract.hpp"
#include "sim/model/protocol.hpp"
#include "sim/primary_replica/resp_sizes.hpp"

namespace brokersim {
namespace {

constexpr Duration acknowledgement_period = std::chrono::seconds{1};  // replicationCron: REPLCONF ACK, once a second

}  // namespace

PrimaryReplicaStore::PrimaryReplicaStore(const WorldSpec& world, const std::vector<std::vector<BrokerIndex>>& replicas,
                                         ReadPolicy policy, RandomSource source, const RunLimits& limits)
    : world_(world),
      spec_(world.primary_replica),
      limits_(limits),
      random_(source),
      recorder_(recorder_shape(world, limits)),
      simulation_(*this),
      network_(world.network, source, recorder_),
      sent_to_(world.topics.size()) {
  for (std::uint32_t b = 0; b < world.brokers.size(); ++b) {
    nodes_.emplace_back(BrokerIndex{b}, world.brokers[b], recorder_.loads(), source);
  }
  for (const std::string& zone : world.network.zones) {
    client_hosts_.emplace_back(world.clients.variation, world.clients.pauses, source, "clients in " + zone);
  }
  build_streams(replicas);
  build_readers(policy);
  for (const ProducerSpec& producer : world.producers) add_writers(producer);
}

std::uint32_t PrimaryReplicaStore::new_order() {
  last_arrivals_.emplace_back();
  return static_cast<std::uint32_t>(last_arrivals_.size() - 1);
}

void PrimaryReplicaStore::build_streams(const std::vector<std::vector<BrokerIndex>>& replicas) {
  std::size_t index = 0;
  for (std::uint32_t t = 0; t < world_.topics.size(); ++t) {
    first_stream_of_topic_.push_back(static_cast<std::uint32_t>(streams_.size()));
    for (std::uint32_t number = 0; number < world_.topics[t].partitions; ++number, ++index) {
      const std::vector<BrokerIndex>& assigned = replicas[index];
      Stream stream;
      stream.primary = assigned.front();
      stream.topic = TopicIndex{t};
      stream.first_replica = static_cast<std::uint32_t>(replicas_.size());
      stream.replicas = static_cast<std::uint32_t>(assigned.size() - 1);
      ++recorder_.result().leaders[assigned.front().value];
      for (const BrokerIndex node : assigned) ++recorder_.result().replicas[node.value];
      for (std::size_t r = 1; r < assigned.size(); ++r) {
        ReplicaOf replica;
        replica.stream = static_cast<std::uint32_t>(index);
        replica.node = assigned[r];
        replica.link = link_between(assigned.front(), assigned[r]);
        replicas_.push_back(replica);
      }
      streams_.push_back(stream);
    }
  }
}

std::uint32_t PrimaryReplicaStore::link_between(BrokerIndex primary, BrokerIndex replica) {
  const auto [found, is_new] =
      link_of_.try_emplace({primary.value, replica.value}, static_cast<std::uint32_t>(links_.size()));
  if (!is_new) return found->second;
  Link& link = links_.emplace_back();
  link.primary = primary;
  link.replica = replica;
  link.order_out = new_order();
  link.order_back = new_order();
  return found->second;
}

void PrimaryReplicaStore::add_writers(const ProducerSpec& spec) {
  const std::uint32_t partitions = world_.topics[spec.topic.value].partitions;
  const SourceTables tables = source_tables(spec, partitions);
  const bool keyed = tables.keys || tables.of_trace;
  for (std::uint32_t i = 0; i < spec.count; ++i) {
    const std::string name = spec.id + "/" + std::to_string(i);
    RandomStream first(random_, "first stream", name);
    writers_.push_back({&spec, spec.zones[i % spec.zones.size()],
                        RecordSource(spec, i, name, random_, tables, partitions), keyed,
                        first_stream_of_topic_[spec.topic.value], partitions, first.below(partitions),
                        static_cast<std::uint32_t>(connections_.size())});
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
      connections_.emplace_back();
      connection_orders_.push_back(new_order());
      (void)new_order();
    }
  }
}

Leg PrimaryReplicaStore::from_client(ZoneIndex zone, BrokerIndex node, TrafficPath path) const {
  return {zone, nodes_[node.value].spec().zone, path, static_cast<std::uint32_t>(nodes_.size()) + zone.value,
          node.value};
}

Leg PrimaryReplicaStore::along(const Link& link) const {
  return {nodes_[link.primary.value].spec().zone, nodes_[link.replica.value].spec().zone, TrafficPath::replication,
          link.primary.value, link.replica.value};
}

TrialResult PrimaryReplicaStore::run() {
  start_readers();
  for (std::uint32_t w = 0; w < writers_.size(); ++w) {
    const Instant first = writers_[w].source.peek().intended;
    if (first < recorder_.end()) simulation_.at(first, RecordDue{w});
  }
  for (std::uint32_t l = 0; l < links_.size(); ++l) simulation_.in(acknowledgement_period, AcknowledgementDue{l});
  simulation_.run_until(Instant{limits_.duration});
  simulation_.run_until(Instant{limits_.duration + limits_.drain_limit});
  account_unfinished();
  recorder_.result().events = simulation_.events_processed();
  return recorder_.finish(simulation_.now());
}

void PrimaryReplicaStore::on(AcknowledgementDue e) {
  acknowledge(e.link, simulation_.now());
  if (simulation_.now() + acknowledgement_period < recorder_.end()) simulation_.in(acknowledgement_period, e);
}

void PrimaryReplicaStore::account_unfinished() {
  TrialResult& result = recorder_.result();
  Conservation& flow = result.conservation;
  for (const Stream& stream : streams_) {
    flow.expected_replicated += Records{stream.entries} * stream.replicas;
    flow.expected_delivered += Records{stream.entries} * stream.readers;
  }
  const double span = static_cast<double>((recorder_.end() - recorder_.start()).count()) * 1e-9;
  for (const StreamReader& reader : readers_) {
    result.lags.push_back({reader.stream, reader.group, reader.lag_area / span});
  }
  const Records unacknowledged = flow.generated - flow.acknowledged;
  result.produce.record_censored(static_cast<std::uint64_t>(unacknowledged));
  flow.unfinished =
      unacknowledged + (flow.expected_delivered - flow.delivered) + (flow.expected_replicated - flow.replicated);
  for (std::uint32_t g = 0; g < world_.groups.size(); ++g) {
    Records missing = -recorder_.delivered_to(GroupIndex{g});
    for (const TopicIndex topic : world_.groups[g].topics) missing += sent_to_[topic.value];
    result.groups[g].delivery_from_leader.record_censored(static_cast<std::uint64_t>(missing));
  }
}

/// Sends a message that leaves its sender at `left`.
void PrimaryReplicaStore::post(const Message& message, Instant left) {
  const std::uint32_t m = messages_.take();
  messages_[m] = message;
  if (network_.limited(message.leg)) {
    network_.account(message.leg, left, message.wire, message.payload);
    simulation_.at(left, MessageSent{m});
  } else {
    arrive_at(m, network_.arrival(message.leg, left, message.wire, message.payload));
  }
}

void PrimaryReplicaStore::on(MessageSent e) {
  Message& message = messages_[e.message];
  const Instant there = network_.pass(message.leg, message.hop, simulation_.now(), message.wire);
  if (++message.hop < network_.hops(message.leg)) {
    simulation_.at(there, e);
  } else {
    arrive_at(e.message, there);
  }
}

/// The network brings a message at `at`, but never before an earlier one of its connection; a client takes its time to
/// receive.
void PrimaryReplicaStore::arrive_at(std::uint32_t m, Instant at) {
  const Message& message = messages_[m];
  if (message.kind == Message::Kind::write_reply || message.kind == Message::Kind::read_reply) {
    Host& host = client_hosts_[message.leg.to.value];
    at = host.awake(at) + host.vary(world_.clients.receive.of(message.payload));
  }
  if (message.order != nil) at = last_arrivals_[message.order] = std::max(last_arrivals_[message.order], at);
  simulation_.at(at, MessageArrived{m});
}

void PrimaryReplicaStore::on(MessageArrived e) {
  const Message message = messages_[e.message];
  messages_.give_back(e.message);
  const Instant now = simulation_.now();
  if (message.kind == Message::Kind::write_reply) return on_write_answered(message.id);
  if (message.kind == Message::Kind::read_reply) return on_read_answered(message.id);
  const BrokerIndex at{message.leg.to_host};
  const Instant received = nodes_[at.value].receive(now, message.wire);
  switch (message.kind) {
    case Message::Kind::write: {
      ++nodes_[at.value].load(now).produce_requests;
      entries_[writes_[message.id].entry].journey.arrived = received;
      Connection& connection = connections_[writes_[message.id].connection];
      if (connection.blocked) {
        const bool first = connection.first_waiting == nil;
        (first ? connection.first_waiting : writes_[connection.last_waiting].next_waiting) = message.id;
        connection.last_waiting = message.id;
      } else {
        queue_write(message.id, received);
      }
      break;
    }
    case Message::Kind::push: {
      Link& link = links_[message.id];
      if (now - link.tcp_acknowledged >= protocol::Tcp::delayed_acknowledgement) {
        network_.acknowledge(message.leg.back(), now, 1);
        link.tcp_acknowledged = now;
      }
      queue(at, {NodeCommand::Kind::apply, message.id, 0, received, spec_.apply.of(message.payload)});
      break;
    }
    case Message::Kind::acknowledgement:
      queue(at, {NodeCommand::Kind::acknowledge, message.id, message.position, received, spec_.acknowledge.of(0)});
      break;
    case Message::Kind::read:
      ++nodes_[at.value].load(now).consumer_fetch_requests;
      queue(at, {NodeCommand::Kind::read, message.id, 0, received, spec_.read.of(0)});
      break;
    case Message::Kind::write_reply:
    case Message::Kind::read_reply:
      break;  // dealt with above
  }
}

void PrimaryReplicaStore::queue(BrokerIndex node, const NodeCommand& command) {
  nodes_[node.value].queue(command);
  if (nodes_[node.value].idle()) start_next(node.value);
}

void PrimaryReplicaStore::start_next(std::uint32_t n) {
  if (!nodes_[n].waiting()) return;
  const Service service = nodes_[n].start();
  const NodeCommand& command = nodes_[n].command();
  if (command.kind == NodeCommand::Kind::write) entries_[writes_[command.id].entry].journey.started = service.start;
  simulation_.at(service.end, CommandDone{n});
}

void PrimaryReplicaStore::on(CommandDone e) {
  const NodeCommand command = nodes_[e.node].command();
  switch (command.kind) {
    case NodeCommand::Kind::write:
      execute_write(command.id);
      break;
    case NodeCommand::Kind::apply:
      execute_apply(command.id);
      break;
    case NodeCommand::Kind::acknowledge:
      execute_acknowledge(command.id, command.position);
      break;
    case NodeCommand::Kind::read:
      execute_read(command.id);
      break;
  }
  nodes_[e.node].finish();
  start_next(e.node);
}

}  // namespace brokersim
