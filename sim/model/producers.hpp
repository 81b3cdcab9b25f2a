// SPDX-License-Identifier: Apache-2.0
// Producers: arrivals, accumulator and batches, produce requests and their way through the leader (section 6, B-4,
//
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/core/large_array.hpp"
#include "sim/core/quantities.hpp"
#include "sim/engine/simulation.hpp"
#include "sim/model/batch.hpp"
#include "sim/model/events.hpp"
#include "sim/model/failing_producer.hpp"
#include "sim/model/loss.hpp"
#include "sim/model/network.hpp"
#include "sim/model/open_batches.hpp"
#include "sim/model/partition_choice.hpp"
#include "sim/model/record_source.hpp"
#include "sim/model/specification.hpp"
#include "sim/policy/partitioner/queue_weights.hpp"

namespace brokersim {

class Cluster;
struct Partition;

/// A produce request: at most one batch of each partition, all led by one broker (K-6).
struct ProduceRequest {
  std::uint32_t connection = 0;
  std::uint32_t producer = 0;
  BrokerIndex broker;
  std::uint32_t next_waiting = nil;  ///< behind it on the same connection; or next in the free list
  std::uint32_t first_batch = nil;
  std::uint32_t batches = 0;
  std::uint32_t uncommitted = 0;  ///< batches whose high watermark is still to come
  bool broken = false;            ///< its connection is dead: nothing more happens to it
  Bytes wire = 0;
  Bytes payload = 0;  ///< of its batches
  Duration decompression{};
  Duration throttle{};  ///< announced by its answer (B-20)
  Instant sent{};
  Instant arrived{};
};

/// A producer's connection to one broker while something is under way on it.
struct Connection {
  std::uint32_t place = 0;            ///< in the table of all (producer, broker) pairs
  std::uint32_t under_way = 0;        ///< requests sent and not answered; of acks=0, not handled
  std::uint32_t first_waiting = nil;  ///< requests in the socket's buffer, oldest first; or the next unused connection
  std::uint32_t last_waiting = nil;
  bool closed = false;     ///< broken, and its producer knows; what waits on it is lost
  bool muted = false;      ///< a request of it is inside the broker, or one waits to be read (B-4)
  Instant free_at{};       ///< when its last answer has left and no throttle time mutes it
  Instant last_arrival{};  ///< a connection keeps the order of what is sent (INV-E05)
  Instant last_answer{};
  Instant throttled_until{};                      ///< the producer sends nothing on it before (C-12)
  Instant unacknowledged_since = Instant::max();  ///< the last answer came then, and nothing was sent since
};

class Producers {
 public:
  Producers(Cluster& cluster, std::size_t topics) : cluster_(&cluster), sent_to_(topics) {}

  /// All instances of a specification. random  the trial's source
  void add(const ProducerSpec& spec, RandomSource random);
  void start();

  void on_ready(std::uint32_t producer);
  void on_ready_near(std::uint32_t producer);
  void on_request_arrived(std::uint32_t request);
  void on_connection_freed(std::uint32_t connection);
  void on_request_handled(std::uint32_t request);
  void on_acknowledged(std::uint32_t request);
  void on_throttle_ended(std::uint32_t producer);
  /// The high watermark has passed the batches from `first` up to log position `end`.
  void on_committed(std::uint32_t first, std::uint32_t end);

  // If something may fail (producer_failures.cpp).
  void on(ProducerTask task);
  void watch_timeouts(std::uint32_t producer);
  /// Everything under way between a broker and the producers is lost, and every connection with it.
  void on_broker_lost(BrokerIndex broker, Loss loss);
  /// ... and the producers of a zone.
  void on_link_lost(BrokerIndex broker, ZoneIndex clients, Loss loss);
  /// A request, or its answer, will not arrive, and nothing else on its connection.
  void on_message_lost(std::uint32_t request);
  /// A broker's host can be reached again, from everywhere or from a zone.
  void on_path_back(BrokerIndex broker, std::optional<ZoneIndex> clients);
  /// A broker has ceased to lead a partition, or to run, or another one leads it now: called before its log is cut.
  void on_leadership_lost(std::uint32_t partition, BrokerIndex broker);
  /// The newest leader's log has a batch no more.
  void on_batch_cut(std::uint32_t batch);
  /// ... and has one again, because a replica leads that had kept it.
  void on_batch_back(std::uint32_t batch);
  /// A producer is told of a partition's leader, besides its metadata (KIP-951).
  void on_leader_named(std::uint32_t producer, std::uint32_t partition, BrokerIndex leader, std::uint32_t epoch);
  /// At the end of the run: what is open.
  void account_outcomes();
  /// A batch is committed: whether its acknowledgement had stalled.
  void note_committed(std::uint32_t batch, Instant now);
  /// ... and so are those that wait for that still, because their leader is lost or the run ends.
  void note_uncommitted(std::uint32_t partition, Instant now);

  // Faults of producers themselves (producer_faults.cpp). producer  an instance
  /// Whether its process runs.
  [[nodiscard]] bool runs(std::uint32_t producer) const { return !producers_[producer].failing->gone; }
  [[nodiscard]] bool has_keys(std::uint32_t producer) const {
    return producers_[producer].spec->keys.kind != KeySpec::Kind::none;
  }
  /// Its process ends (FAULT-30): what is buffered is dropped, what is under way is in doubt, and until restart() what
  /// it was to send is dropped too.
  void crash(std::uint32_t producer);
  /// Another process begins, as another producer to the brokers: it knows no leader and has no connection.
  void restart(std::uint32_t producer);
  /// Its records come `pace` times as often as usual from now on (FAULT-29). Only of producers that a fault names.
  void set_pace(std::uint32_t producer, double pace);
  /// So many records more come now.
  void add_records(std::uint32_t producer, Records records);
  /// That share of its records has its first key from now on, whatever key they would have had (FAULT-34).
  void set_hot_share(std::uint32_t producer, double share);

  /// When a message of a request's connection arrives that the network would bring at `at`: never before an earlier
  /// one.
  [[nodiscard]] Instant in_order(std::uint32_t request, Instant at) {
    Connection& connection = connections_[requests_[request].connection];
    return connection.last_arrival = std::max(connection.last_arrival, at);
  }
  [[nodiscard]] Instant answer_in_order(std::uint32_t request, Instant at) {
    Connection& connection = connections_[requests_[request].connection];
    return connection.last_answer = std::max(connection.last_answer, at);
  }

  /// What producers were asked to send, when the run is over; enters what they could not send as generated.
  struct Asked {
    std::vector<Records> by_topic;
    Records unsent = 0;  ///< of it, what still waits
    Records gone = 0;    ///< of that, what will never be sent, as its producer was not there (FAULT-30)
  };
  [[nodiscard]] Asked asked_for();

 private:
  /// Records added to one batch ahead of time, and what it takes to undo it.
  struct Ahead {
    SourceRecord record;     ///< the first of them
    std::uint32_t more = 0;  ///< records after it, like it but for their time
    std::uint32_t batch = nil;
    struct Closed {
      std::uint32_t batch = nil;  ///< had no room for the first record, so it was closed
      Instant ready_before{};
    };
    std::array<Closed, 2> closed;  ///< in its partition, and in the one the partitioner chose instead
    bool opened = false;           ///< it opened its batch
    Instant ready_before{};        ///< of its batch, if it filled it
    PartitionChoice choice_before;
    PartitionChoice choice_after_first;
  };

  /// A batch not yet sent: when it is or was ready, and where it goes.
  struct Pending {
    Instant ready;
    std::uint32_t batch;
    std::uint32_t partition;
    BrokerIndex leader;
  };

  struct Instance {
    const ProducerSpec* spec;
    std::uint16_t entry;  ///< of the scenario's producers
    ZoneIndex zone;
    std::uint32_t first_place;      ///< its connections: connection_of_[first_place, first_place + brokers)
    std::uint32_t first_partition;  ///< of its topic
    RecordSource source;
    float compression_estimate = 1;  ///< Kafka's running estimate of the ratio, for new batches
    std::unique_ptr<RandomStream> partition_draws{};
    PartitionChoice choice{};
    bool adapts = false;              ///< its partitioner goes by the queues
    TriedPartitions tried{0};         ///< if it adapts
    std::vector<Instant> drained{};   ///< by broker, with a timeout (K-26): when it last took a request; min: never
    OpenBatches open_of_partition{};  ///< if records bring theirs: the batch that takes records of each
    std::vector<std::uint32_t> drain_from{};  ///< by broker, once a request was full: partition of the topic (K-6)
    std::vector<Pending> pending{};           ///< batches not yet sent, in order of creation
    std::uint32_t closed = 0;                 ///< of them, batches that take no more records
    bool held_up = false;                     ///< a ready batch waits for a request to be answered
    bool short_of_memory = false;             ///< the next record finds none, at ready_at or since calling_since (K-3)
    Bytes batch_memory = buffer_of_batch(*spec);  ///< what each batch takes of buffer.memory
    Bytes memory = spec->buffer_memory;           ///< of buffer.memory, not in use
    Bytes least_memory = memory;                  ///< the least that there has been
    Records dropped = 0;                          ///< never sent: no memory for max.block.ms, or no process
    Instant calling_since = Instant::max();       ///< the next record's call waits for memory; max: none does
    std::vector<Ahead> ahead{};                   ///< records of the present look-ahead, oldest first
    Instant ready_at = Instant::max();            ///< the next moment a batch is ready
    Timer ready{};                                ///< the event for it, once that is near
    bool ready_scheduled = false;
    Instant asked_at = Instant::max();           ///< by the earliest coarse timer filed for it; max: none is
    std::unique_ptr<FailingProducer> failing{};  ///< null: nothing fails in this run
  };

  void look_ahead(std::uint32_t producer);
  void expect_ready(std::uint32_t producer);
  void add(Instance& producer, const SourceRecord& record, Instant now, Instant& deadline);
  Instant close(Instance& producer, std::uint32_t batch, Instant when, Instant& deadline);
  [[nodiscard]] bool lacks_memory(const Instance& producer, const SourceRecord& record) const;
  /// Where a record goes that brings its partition along, within the topic.
  [[nodiscard]] std::uint32_t partition_of(const Instance& producer, const SourceRecord& record) const {
    if (producer.failing && producer.failing->hot_share > 0) [[unlikely]]
      return hot_partition(producer, record);
    return record.partition;
  }
  [[nodiscard]] std::uint32_t hot_partition(const Instance& producer, const SourceRecord& record) const;
  void wait_for_memory(Instance& producer);
  void end_call(Instance& producer, Instant when);
  void note_generated(const Instance& producer, const SourceRecord& record);
  void note_failed(const Instance& producer, const BatchJourney& records, std::uint32_t partition, bool in_no_log);
  [[nodiscard]] static Bytes buffer_of_batch(const ProducerSpec& spec);
  void note_late(Instance& producer, Instant now);
  void note_memory(Instance& producer, Instant now);
  [[nodiscard]] SendBufferUse& buffer_use(const Instance& producer);
  [[nodiscard]] static Pending& pending_of(Instance& producer, std::uint32_t batch);
  [[nodiscard]] static float fill_of(const Instance& producer);
  static void observe_compression(Instance& producer, float ratio);
  void add_more(Instance& producer, Instant deadline);
  static void take_out(Batch& batch, std::uint32_t records, Bytes growth);
  [[nodiscard]] std::uint32_t next_partition(Instance& producer, Instant when, std::uint32_t opened);
  [[nodiscard]] std::uint32_t open_batch(const Instance& producer, std::uint32_t partition) const;
  void rewind(Instance& producer, Instant now);
  static void give_back_more(Instance& producer, const Batch& batch, const Ahead& undo, std::uint32_t records);
  void send_ready(std::uint32_t producer);
  [[nodiscard]] static Bytes stored_bytes(const ProducerSpec& spec, const Batch& batch);
  [[nodiscard]] bool may_go_along(std::uint32_t producer, const Pending& pending, BrokerIndex broker, bool several);
  void drain_full_request(std::uint32_t producer, BrokerIndex broker);
  void send_request(std::uint32_t producer, BrokerIndex broker);
  void serve(std::uint32_t request, Instant unmuted);
  void respond(std::uint32_t request);
  [[nodiscard]] Duration throttle_of(const ProduceRequest& request);
  [[nodiscard]] std::uint32_t open_connection(std::uint32_t place);
  [[nodiscard]] Leg way_to(const Instance& producer, BrokerIndex broker) const;
  void free_connection(std::uint32_t connection, Instant when);
  void request_done(std::uint32_t request);
  [[nodiscard]] std::uint32_t take_request();

  // producer_failures.cpp
  struct KnownLeader {
    BrokerIndex broker;  ///< or no_broker
    std::uint32_t epoch;
  };
  void expect_failures();
  void expect_append(const Partition& partition) const;
  [[nodiscard]] SendOutcomes& outcomes_of(const Instance& producer);
  [[nodiscard]] std::uint32_t place_of(std::uint32_t producer, BrokerIndex broker) const;
  [[nodiscard]] Duration latency_to(const Instance& producer, BrokerIndex broker) const;
  void later(Instant when, ProducerTask::What what, std::uint32_t id);
  void wake_by(std::uint32_t producer, Instant when);
  void attend(std::uint32_t producer);
  void check_deadlines(std::uint32_t producer);
  [[nodiscard]] KnownLeader known_leader(const Instance& producer, std::uint32_t partition) const;
  void request_metadata(std::uint32_t producer);
  void schedule_refresh(std::uint32_t producer);
  void ask_for_metadata(std::uint32_t producer);
  void on_metadata(std::uint32_t producer);
  void refresh_at(std::uint32_t producer, Instant when);
  void learn_metadata(std::uint32_t producer);
  bool address_batches(Instance& producer);
  [[nodiscard]] bool connects_later(std::uint32_t producer, BrokerIndex broker);
  [[nodiscard]] bool node_ready(std::uint32_t producer, BrokerIndex broker);
  void on_connection_tried(std::uint32_t place);
  void lose_connection(std::uint32_t producer, BrokerIndex broker, Loss loss);
  [[nodiscard]] bool path_is_back(const Instance& producer, BrokerIndex broker) const;
  void notice_loss(std::uint32_t producer, BrokerIndex broker, Instant sent);
  void break_request(std::uint32_t request);
  void unlink(std::uint32_t batch);
  void lose_unacknowledged(const Instance& producer, std::uint32_t batch);
  void disconnect(std::uint32_t producer, BrokerIndex broker);
  [[nodiscard]] bool may_leave(std::uint32_t producer, const Pending& pending);
  [[nodiscard]] bool holds_up(std::uint32_t producer, const Pending& pending);
  [[nodiscard]] bool held_back(std::uint32_t producer, const Pending& pending);
  [[nodiscard]] bool is_in_flight(const FailingProducer& failing, std::uint32_t partition, std::uint64_t before) const;
  [[nodiscard]] bool note_sent(std::uint32_t request);
  [[nodiscard]] static Instant expiry_of(const Instance& producer, const Batch& batch, Instant ready);
  void expect_expiry(std::uint32_t producer, Instant when);
  void note_waiting(std::uint32_t producer);
  void on_overdue(std::uint32_t producer);
  void on_expired_at_broker(std::uint32_t request);
  [[nodiscard]] bool waits_for_commit(std::uint32_t request, std::uint32_t batch) const;
  void settle(std::uint32_t request, std::uint32_t batch, ProduceError error);
  void append_under_failure(std::uint32_t request);
  [[nodiscard]] ProduceError verdict(std::uint32_t producer, BrokerIndex broker, std::uint32_t batch) const;
  [[nodiscard]] bool lacks_earlier(std::uint32_t producer, BrokerIndex broker, std::uint32_t batch) const;
  [[nodiscard]] std::uint32_t copy_in_log(BrokerIndex broker, std::uint32_t batch) const;
  void append_to(std::uint32_t request, std::uint32_t batch);
  BatchTrouble& mark_trouble(std::uint32_t request, std::uint32_t batch);
  [[nodiscard]] bool on_answered(std::uint32_t request);
  void learn_leader(std::uint32_t producer, std::uint32_t batch);
  void acknowledge(std::uint32_t producer, std::uint32_t batch);
  void leave(std::uint32_t producer, std::uint32_t batch);
  void fail(std::uint32_t producer, std::uint32_t batch, ProduceError error);
  void queue_again(std::uint32_t producer, std::uint32_t batch);
  [[nodiscard]] std::uint32_t copy_of(std::uint32_t producer, std::uint32_t batch);
  void give_up(std::uint32_t producer, std::uint32_t batch);
  void give_up_old(std::uint32_t producer);
  template <class Hit>
  void give_up_queued(std::uint32_t producer, Hit hit);
  void lose_under_way(std::uint32_t producer);
  void drop_unsent(Instance& producer, Instant until);
  [[nodiscard]] bool leads_newest(BrokerIndex broker, std::uint32_t partition) const;
  [[nodiscard]] bool acts_as_leader(BrokerIndex broker, std::uint32_t partition) const;
  [[nodiscard]] bool enough_in_sync(BrokerIndex broker, std::uint32_t partition) const;
  [[nodiscard]] bool is_in_log(BrokerIndex broker, std::uint32_t batch) const;
  void tell_appended(std::uint32_t replica, std::uint32_t request, std::uint32_t batch);
  void append_to_log(BrokerIndex broker, std::uint32_t request, std::uint32_t batch);
  void strand(std::uint32_t request, std::uint32_t batch);
  void answer_stranded(std::uint32_t partition, BrokerIndex broker);
  void count_lost(const Batch& batch, bool lost);

  Cluster* cluster_;
  LargeArray<Instance> producers_;
  // Shape [producers][brokers]: the connection while something is under way; else idle_since and the ms of its last
  // answer, or nil if there was none.
  LargeArray<std::uint32_t> connection_of_;
  static constexpr std::uint32_t idle_since = 0x8000'0000u;
  std::vector<Connection> connections_;
  std::uint32_t free_connection_ = nil;
  LargeArray<ProduceRequest> requests_;
  std::uint32_t free_request_ = nil;
  std::vector<Records> sent_to_;         // by topic
  std::vector<std::uint32_t> chosen_;    // partitions of the request being put together
  std::vector<std::uint32_t> drained_;   // its batches, sorted, if max.request.size leaves some out
  std::vector<QueuedPartition> queued_;  // partitions with batches waiting, while the next one is chosen
  // If something may fail.
  LargeArray<ProducerNode> nodes_;    // shape [producers][brokers]
  LargeArray<BatchTrouble> trouble_;  // by batch; only of batches in trouble
  struct Stranded {
    std::uint32_t request, batch;
  };
  std::vector<Stranded> stranded_;      // parked where they will not be committed, at a leader that does not know it
  std::vector<std::uint32_t> blocked_;  // partitions whose first batch may not leave, while batches are chosen
};

}  // namespace brokersim
