// SPDX-License-Identifier: Apache-2.0
// Readers: XREAD BLOCK at the node they read from, served by the command that brings the entry.
#include <string>

#include "sim/model/protocol.hpp"
#include "sim/policy/assignor/range_assignor.hpp"
#include "sim/primary_replica/resp_sizes.hpp"
#include "sim/primary_replica/store.hpp"

namespace brokersim {
namespace {

constexpr Duration join_within = std::chrono::milliseconds{500};  // as Kafka's consumers, at the same moments

}  // namespace

/// Who reads which stream, group by group as in Kafka's arms, and where.
void PrimaryReplicaStore::build_readers(ReadPolicy policy) {
  struct Subscription {
    GroupIndex group;
    std::vector<std::uint32_t> member_of_stream;
  };
  std::vector<std::vector<Subscription>> subscriptions(world_.topics.size());
  for (std::uint32_t g = 0; g < world_.groups.size(); ++g) {
    std::vector<std::uint32_t> members;
    for (const MemberSpec& member : world_.groups[g].members) {
      members.push_back(static_cast<std::uint32_t>(members_.size()));
      const std::string name = world_.groups[g].id + "/" + std::to_string(members.size() - 1);
      members_.push_back({member.zone,
                          GroupIndex{g},
                          member.client_rack,
                          &member,
                          member.processing_time_per_record.value_or(world_.groups[g].processing_time_per_record),
                          RandomStream(random_, "processing time", name),
                          Instant{},
                          {}});
    }
    for (const TopicIndex topic : world_.groups[g].topics) {
      subscriptions[topic.value].push_back(
          {GroupIndex{g}, assign_range(world_.topics[topic.value].partitions, members)});
    }
  }
  for (std::uint32_t s = 0; s < streams_.size(); ++s) {
    Stream& stream = streams_[s];
    stream.first_reader = static_cast<std::uint32_t>(readers_.size());
    for (const Subscription& subscription : subscriptions[stream.topic.value]) {
      const std::uint32_t member = subscription.member_of_stream[s - first_stream_of_topic_[stream.topic.value]];
      StreamReader reader;
      reader.stream = s;
      reader.group = subscription.group;
      reader.replica = node_to_read(stream, members_[member].rack, policy);
      if (reader.replica != nil) ++replicas_[reader.replica].groups;
      reader.session = session_with(member, reader.replica == nil ? stream.primary : replicas_[reader.replica].node);
      sessions_[reader.session].readers.push_back(static_cast<std::uint32_t>(readers_.size()));
      readers_.push_back(reader);
      ++stream.readers;
    }
  }
}

/// The replica in the reader's rack; nil: the primary, which is preferred if it is there itself.
std::uint32_t PrimaryReplicaStore::node_to_read(const Stream& stream, const std::string& rack,
                                                ReadPolicy policy) const {
  const auto in_rack = [&](BrokerIndex node) {
    return world_.network.zones[nodes_[node.value].spec().zone.value] == rack;
  };
  if (policy == ReadPolicy::leader || in_rack(stream.primary)) return nil;
  for (std::uint32_t r = stream.first_replica; r < stream.first_replica + stream.replicas; ++r) {
    if (in_rack(replicas_[r].node)) return r;
  }
  return nil;
}

std::uint32_t PrimaryReplicaStore::session_with(std::uint32_t member, BrokerIndex node) {
  for (const std::uint32_t s : members_[member].sessions) {
    if (sessions_[s].node == node) return s;
  }
  const auto s = static_cast<std::uint32_t>(sessions_.size());
  Session& session = sessions_.emplace_back();
  session.member = member;
  session.node = node;
  members_[member].sessions.push_back(s);
  return s;
}

/// Every member sends its first commands at a moment of its own in the first half second.
void PrimaryReplicaStore::start_readers() {
  for (std::uint32_t m = 0; m < members_.size(); ++m) {
    const ConsumerGroupSpec& group = world_.groups[members_[m].group.value];
    RandomStream stream(random_, "first poll", group.id + "/" + std::to_string(m));
    const Instant first{stream.within(join_within)};
    for (const std::uint32_t s : members_[m].sessions) {
      simulation_.at(first, ReaderAsks{s});
    }
  }
}

void PrimaryReplicaStore::on(ReaderAsks e) {
  const Instant resumed = unpaused(members_[sessions_[e.session].member], simulation_.now());
  if (resumed > simulation_.now()) {
    simulation_.at(resumed, e);
  } else {
    ask(e.session);
  }
}

/// The first moment from `when` on at which the member has not paused its streams.
Instant PrimaryReplicaStore::unpaused(const StoreMember& member, Instant when) {
  for (const ConsumerPauseSpec& pause : member.spec->pauses) {
    if (when >= Instant{pause.from} && when < Instant{pause.to}) return Instant{pause.to};
  }
  return when;
}

/// XREAD BLOCK 0 STREAMS ...: everything behind what the member has, of all its streams at the node.
void PrimaryReplicaStore::ask(std::uint32_t s) {
  const Session& session = sessions_[s];
  const Leg leg = from_client(members_[session.member].zone, session.node, TrafficPath::consumer);
  const Bytes bytes = resp::read_command(static_cast<std::int64_t>(session.readers.size()));
  Message message{Message::Kind::read, leg, network_.tcp().wire(bytes), 0};
  message.id = s;
  post(message, simulation_.now());
}

/// How many entries of its stream a reader's node has.
std::uint32_t PrimaryReplicaStore::end_of(const StreamReader& reader) const {
  return reader.replica == nil ? streams_[reader.stream].entries : replicas_[reader.replica].applied;
}

void PrimaryReplicaStore::execute_read(std::uint32_t s) {
  for (const std::uint32_t r : sessions_[s].readers) {
    if (readers_[r].position < end_of(readers_[r])) return serve(s, Duration::zero());
  }
  sessions_[s].blocked = true;
  sessions_[s].blocked_since = simulation_.now();
}

/// A stream has a new entry at one of its nodes: blocked readers there are served one after another, before the node
/// turns to another command. Their XREAD is executed anew.
void PrimaryReplicaStore::wake_readers(const Stream& stream, std::uint32_t replica) {
  for (std::uint32_t r = stream.first_reader; r < stream.first_reader + stream.readers; ++r) {
    if (readers_[r].replica != replica || !sessions_[readers_[r].session].blocked) continue;
    serve(readers_[r].session, spec_.read.per_request);
  }
}

/// The reply to XREAD: all that the node has and the reader has not. base_work  what is still to be done for the
/// command
void PrimaryReplicaStore::serve(std::uint32_t s, Duration base_work) {
  Session& session = sessions_[s];
  Node& node = nodes_[session.node.value];
  const Instant now = simulation_.now();
  const Leg back = from_client(members_[session.member].zone, session.node, TrafficPath::consumer).back();
  if (session.blocked) network_.acknowledge_if_late(back, session.blocked_since, now);
  session.blocked = false;
  Bytes data = 0;
  std::int64_t entries = 0;
  for (const std::uint32_t r : session.readers) {
    StreamReader& reader = readers_[r];
    const std::uint32_t end = end_of(reader);
    if (reader.position >= end) continue;
    Carried carried{r, reader.unread, end - reader.position};
    Bytes stream_data = 0;
    for (; reader.position < end; ++reader.position) {
      stream_data += entries_[reader.unread].bytes;
      reader.unread = entries_[reader.unread].next;
    }
    const Stream& stream = streams_[reader.stream];
    if (reader.replica == nil) {
      node.load(now).consumer_bytes_out_as_leader += stream_data;
      recorder_.on_read(now, reader.stream, stream_data, 0, Duration::zero(), false);
    } else {
      node.load(now).consumer_bytes_out_as_follower += stream_data;
      const ReplicaOf& replica = replicas_[reader.replica];
      const Duration age = replica.hidden == nil ? Duration::zero() : now - entries_[replica.hidden].journey.committed;
      recorder_.on_read(now, reader.stream, stream_data, stream.entries - replica.applied, age, true);
    }
    data += stream_data;
    entries += carried.entries;
    session.carried.push_back(carried);
  }
  session.answered = node.extend(base_work + WorkCost{{}, spec_.read.picoseconds_per_byte}.of(data));
  const auto streams = static_cast<std::int64_t>(session.carried.size());
  Message message{Message::Kind::read_reply, back, network_.tcp().wire(resp::read_reply(streams, entries, data)), data};
  message.id = s;
  post(message, node.transmit(session.answered, message.wire));
}

/// The member has the reply: its records go to the application one after another, then it asks again.
void PrimaryReplicaStore::on_read_answered(std::uint32_t s) {
  Session& session = sessions_[s];
  StoreMember& member = members_[session.member];
  const Instant now = simulation_.now();
  Instant handed = std::max(now, member.free_at);
  for (const Carried& carried : session.carried) {
    StreamReader& reader = readers_[carried.reader];
    const bool from_replica = reader.replica != nil;
    std::uint32_t b = carried.first;
    for (std::uint32_t i = 0; i < carried.entries; ++i) {
      const Batch& entry = entries_[b];
      const std::uint32_t following = entry.next;
      const Instant visible = from_replica ? reader.visible.front() : entry.journey.committed;
      if (from_replica) reader.visible.pop_front();
      handed = unpaused(member, handed);
      reader.lag_area += recorder_.on_delivered(
          entry.journey, entry.place(),
          {reader.group, from_replica, visible, session.answered, now, handed, reader.handed_until});
      recorder_.on_lag_ended(entry.journey, reader.group);
      reader.handed_until = handed;
      handed += member.processing.sample(member.draws);
      release(b);
      b = following;
    }
  }
  session.carried.clear();
  member.free_at = handed;
  simulation_.at(member.free_at, ReaderAsks{s});
}

}  // namespace brokersim
