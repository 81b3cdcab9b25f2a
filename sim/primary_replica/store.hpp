// SPDX-License-Identifier: Apache-2.0
// A primary with replicas under the same world as Kafka's: brokers are nodes, partitions are streams, a partition's
// leader is its primary. Redis' rules: one thread executes commands in order; a write is executed in memory and at once
// pushed to every replica, nobody waits for them (WAIT apart); a reader blocks in XREAD at the node it reads from and
// is served by the command that brings the entry. MODEL.md, "Primary and replicas", has the sources.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sim/engine/simulation.hpp"
#include "sim/engine/tournament_queue.hpp"
#include "sim/metrics/recorder.hpp"
#include "sim/model/batch.hpp"
#include "sim/model/cluster.hpp"
#include "sim/model/network.hpp"
#include "sim/model/record_source.hpp"
#include "sim/model/specification.hpp"
#include "sim/primary_replica/events.hpp"
#include "sim/primary_replica/node.hpp"
#include "sim/primary_replica/pool.hpp"

namespace brokersim {

/// One trial of one arm. Build it, run it once.
class PrimaryReplicaStore {
 public:
  /// replicas  shape [partitions][replication factor], topics in order, first = primary
  /// policy    leader: everybody reads from primaries; else from the node in the reader's rack, if there is one
  PrimaryReplicaStore(const WorldSpec& world, const std::vector<std::vector<BrokerIndex>>& replicas, ReadPolicy policy,
                      RandomSource source, const RunLimits& limits);

  [[nodiscard]] TrialResult run();

  void on(RecordDue e);
  void on(MessageSent e);
  void on(MessageArrived e);
  void on(CommandDone e);
  void on(WaitExpired e);
  void on(AcknowledgementDue e);
  void on(ReaderAsks e);

 private:
  using Engine = Simulation<PrimaryReplicaStore, TournamentQueue, RecordDue, MessageSent, MessageArrived, CommandDone,
                            WaitExpired, AcknowledgementDue, ReaderAsks>;

  /// A message under way, and what it is at its end.
  struct Message {
    enum class Kind : std::uint8_t { write, write_reply, push, acknowledgement, read, read_reply };
    Kind kind;
    Leg leg;
    Bytes wire = 0;
    Bytes payload = 0;
    std::uint32_t id = 0;  ///< write and its reply: the write; push and acknowledgement: the link; else the session
    std::uint32_t position = 0;  ///< acknowledgement: pushes that have been applied
    std::uint32_t order = nil;   ///< place in last_arrivals_ of its connection and direction; nil: needs none
    std::uint32_t hop = 0;
    std::uint32_t next_free = nil;
  };

  /// A producer instance, and its connection to every node.
  struct Writer {
    const ProducerSpec* spec;
    ZoneIndex zone;
    RecordSource source;
    bool keyed;
    std::uint32_t first_partition;  ///< of its topic
    std::uint32_t partitions;
    std::uint32_t turn;              ///< without keys: the partition of the next record
    std::uint32_t first_connection;  ///< connections [first_connection, first_connection + nodes)
  };
  struct Connection {
    bool blocked = false;               ///< by WAIT: what follows is not executed
    std::uint32_t first_waiting = nil;  ///< writes that came while it was blocked, oldest first
    std::uint32_t last_waiting = nil;
    Instant unacknowledged_since = Instant::max();  ///< the writer got a reply then and has sent nothing since
  };
  /// A record from its sending until its acknowledgement has come and no replica's acknowledgement of it is expected.
  struct Write {
    std::uint32_t writer = 0;
    std::uint32_t connection = 0;
    std::uint32_t entry = nil;
    std::uint32_t acknowledgements = 0;  ///< of replicas
    std::uint32_t holders = 0;           ///< its reply, and replicas that are still to acknowledge it
    std::uint32_t next_waiting = nil;    ///< behind it on its blocked connection
    std::uint32_t next_free = nil;
    bool answered = false;
    Instant answered_at{};
    Timer timeout;
  };

  struct Stream {
    BrokerIndex primary;
    TopicIndex topic;
    std::uint32_t first_replica = 0, replicas = 0;
    std::uint32_t first_reader = 0, readers = 0;
    std::uint32_t tail = nil;   ///< its last entry, while somebody needs it
    std::uint32_t entries = 0;  ///< so far: also the number of the next one
  };
  struct ReplicaOf {
    std::uint32_t stream;
    BrokerIndex node;
    std::uint32_t link;
    std::uint32_t applied = 0;   ///< entries
    std::uint32_t hidden = nil;  ///< first entry that it does not have yet
    std::int64_t groups = 0;     ///< that read here
    Instant last_shown{};
  };
  /// The replication stream of a primary node to a replica node: one connection, in order.
  struct Link {
    BrokerIndex primary, replica;
    std::uint32_t order_out = nil, order_back = nil;
    struct Push {
      std::uint32_t replica;
      bool asks;  ///< REPLCONF GETACK comes behind it
    };
    std::deque<Push> under_way;  ///< oldest first
    std::uint32_t pushed = 0, applied = 0;
    struct Awaited {
      std::uint32_t position;  ///< what the replica has applied once it has this write
      std::uint32_t write;
    };
    std::deque<Awaited> awaited;  ///< writes whose WAIT has asked for an acknowledgement, oldest first
    Instant tcp_acknowledged{};   ///< when the replica's host last sent an acknowledgement of TCP for it
  };

  /// A write for the replication stream.
  struct Outgoing {
    std::uint32_t entry;
    bool asks;  ///< a WAIT has come with it
    Instant ready;
  };

  struct StreamReader {
    std::uint32_t stream = 0;
    GroupIndex group;
    std::uint32_t session = 0;
    std::uint32_t replica = nil;  ///< nil: the primary
    std::uint32_t position = 0;   ///< entries it has been sent
    std::uint32_t unread = nil;   ///< the entry at `position`, if it exists
    Instant handed_until{};
    double lag_area = 0;          ///< record seconds in the observation interval
    std::deque<Instant> visible;  ///< of a replica's reader: when the unread entries came to show there
  };
  /// What a reply carries of one stream.
  struct Carried {
    std::uint32_t reader;
    std::uint32_t first;
    std::uint32_t entries;
  };
  /// A group member's connection to one node: one XREAD at a time, over all its streams there.
  struct Session {
    std::uint32_t member;
    BrokerIndex node;
    std::vector<std::uint32_t> readers;
    bool blocked = false;     ///< its XREAD waits at the node ...
    Instant blocked_since{};  ///< ... from then on
    std::vector<Carried> carried;
    Instant answered{};
  };
  struct StoreMember {
    ZoneIndex zone;
    GroupIndex group;
    std::string rack;
    const MemberSpec* spec;
    DelayDistribution processing;
    RandomStream draws;
    Instant free_at{};  ///< until then it processes what it has
    std::vector<std::uint32_t> sessions;
  };

  // Building (store.cpp).
  void build_streams(const std::vector<std::vector<BrokerIndex>>& replicas);
  void build_readers(ReadPolicy policy);
  [[nodiscard]] static Instant unpaused(const StoreMember& member, Instant when);
  void add_writers(const ProducerSpec& spec);
  [[nodiscard]] std::uint32_t link_between(BrokerIndex primary, BrokerIndex replica);
  [[nodiscard]] std::uint32_t new_order();

  // Messages (store.cpp).
  [[nodiscard]] Leg from_client(ZoneIndex zone, BrokerIndex node, TrafficPath path) const;
  [[nodiscard]] Leg along(const Link& link) const;
  void post(const Message& message, Instant left);
  void arrive_at(std::uint32_t message, Instant at);

  // Nodes and writes (store_writes.cpp).
  void queue(BrokerIndex node, const NodeCommand& command);
  void start_next(std::uint32_t node);
  void queue_write(std::uint32_t write, Instant unmuted);
  void execute_write(std::uint32_t write);
  void append(std::uint32_t entry);
  void push(std::uint32_t replica, const Outgoing& write);
  void execute_apply(std::uint32_t link);
  void show(std::uint32_t replica);
  void acknowledge(std::uint32_t link, Instant when);
  void execute_acknowledge(std::uint32_t link, std::uint32_t position);
  void answer_write(std::uint32_t write, Instant when);
  void on_write_answered(std::uint32_t write);
  void drop_write(std::uint32_t write);
  void release(std::uint32_t entry);
  void account_unfinished();

  // Readers (store_readers.cpp).
  void start_readers();
  [[nodiscard]] std::uint32_t node_to_read(const Stream& stream, const std::string& rack, ReadPolicy policy) const;
  [[nodiscard]] std::uint32_t session_with(std::uint32_t member, BrokerIndex node);
  [[nodiscard]] std::uint32_t end_of(const StreamReader& reader) const;
  void wake_readers(const Stream& stream, std::uint32_t replica);
  void serve(std::uint32_t session, Duration base_work);
  void ask(std::uint32_t session);
  void execute_read(std::uint32_t session);
  void on_read_answered(std::uint32_t session);

  const WorldSpec& world_;
  const PrimaryReplicaSpec& spec_;
  RunLimits limits_;
  RandomSource random_;
  Recorder recorder_;
  Engine simulation_;
  Network network_;
  std::vector<Node> nodes_;
  std::vector<Host> client_hosts_;  // by zone
  BatchPool entries_;               // a record each
  std::vector<Stream> streams_;
  std::vector<std::uint32_t> first_stream_of_topic_;
  std::vector<ReplicaOf> replicas_;
  std::vector<Link> links_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> link_of_;  // by primary and replica node
  std::vector<Writer> writers_;
  std::vector<Connection> connections_;
  std::vector<std::uint32_t> connection_orders_;  // by connection: to the node; the way back is the next one
  Pool<Write> writes_;
  std::vector<StoreMember> members_;
  std::vector<StreamReader> readers_;
  std::vector<Session> sessions_;
  Pool<Message> messages_;
  std::vector<Instant> last_arrivals_;  // by connection and direction: messages keep their order (INV-E05)
  std::vector<Records> sent_to_;        // by topic
};

}  // namespace brokersim
