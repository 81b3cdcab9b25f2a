// SPDX-License-Identifier: Apache-2.0
// How followers copy their leaders' logs and learn the high watermark (kafka-semantics section 3, F-20 to F-26).
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <vector>

#include "sim/core/large_array.hpp"
#include "sim/core/quantities.hpp"
#include "sim/engine/station.hpp"
#include "sim/model/batch.hpp"
#include "sim/model/long_poll.hpp"
#include "sim/model/loss.hpp"
#include "sim/model/network.hpp"
#include "sim/model/replication_throttle.hpp"

namespace brokersim {

class Cluster;
struct Partition;

/// One replica of one partition, as a follower: what the leader knows of it, what it knows itself, and what its session
/// carries; of the leader's own, only whose it is. One cache line: two of them are touched several times for every
/// batch.
struct alignas(64) Replica {
  std::uint32_t partition = 0;
  std::uint32_t session = nil;
  BrokerIndex broker;
  // At the leader.
  std::uint32_t unsent = nil;          ///< first batch no answer has carried yet
  std::uint32_t sent_end = 0;          ///< batches that answers have carried
  std::uint32_t acknowledged_end = 0;  ///< its log end, as its last fetch said (R-12)
  std::uint32_t caught_up_ms = 0;    ///< when it last had all of the leader's log, on a clock of whole ms like Kafka's
  std::uint32_t next_listed = nil;   ///< in its session's list of changed partitions
  std::uint32_t next_carried = nil;  ///< in the answer under way
  std::uint32_t carried_high_watermark = 0;
  // At the follower.
  std::uint32_t log_end = 0;
  std::uint32_t high_watermark = 0;
  std::uint32_t hidden = nil;  ///< first batch its high watermark has not passed
  std::uint16_t groups = 0;    ///< that read it
  bool listed = false;
  enum class Role : std::uint8_t {
    follower,
    leader,
    stopped,  ///< its broker does not run
    absent    ///< its broker has no log of the partition: a reassignment may bring one, or took it away
  };
  Role role = Role::follower;  ///< as its own broker sees it
  [[nodiscard]] bool works() const { return role == Role::follower || role == Role::leader; }
  std::uint32_t leader_epoch = 0;  ///< that it acts on
  std::uint32_t shown_until = 0;   ///< log position before which all has been shown there, though lost since
};

/// A fetcher thread of a follower toward one leader, with its fetch session: one fetch at a time.
struct ReplicaSession {
  LongPoll poll;
  BrokerIndex follower, leader;
  std::uint32_t first_listed = nil;  ///< partitions with new data or a new high watermark, oldest first (R-3)
  std::uint32_t last_listed = nil;
  Bytes unsent = 0;                   ///< bytes of data for them
  std::uint32_t first_carried = nil;  ///< partitions in the answer under way, or acknowledged by the next fetch
  std::uint32_t carried = 0;
  std::uint32_t answer_wire = 0;  ///< bytes of the answer under way
  std::uint32_t answer_data = 0;  ///< of record batches
  Instant answer_parked{};        ///< the answer under way was parked from ...
  Instant answer_left{};          ///< ... until then
  std::uint32_t partitions = 0;   ///< attached
  bool broken = false;            ///< its connection is lost: nothing happens to it any more
  bool out = true;                ///< a fetch is under way or parked
  bool joins = false;             ///< its next fetch adds partitions
  bool has_joining = false;       ///< its JoiningReplicas may say something
  bool must_answer = false;       ///< the fetch under way asks about a partition whose log has diverged (R-40)
};

/// Partitions that a session's fetches add. Kept only while something may fail.
struct JoiningReplicas {
  std::vector<std::uint32_t> next;       ///< with the next fetch
  std::vector<std::uint32_t> under_way;  ///< with the one under way
  struct Diverging {
    std::uint32_t replica;
    std::uint32_t epoch, position;  ///< end of that epoch in the leader's log
  };
  std::vector<Diverging> diverging;  ///< told with the answer under way
};

class Replication {
 public:
  explicit Replication(Cluster& cluster) : cluster_(&cluster) {}

  /// The session of a fetcher thread toward a leader; a new one if there is none, or if its connection is lost.
  [[nodiscard]] std::uint32_t session_with(BrokerIndex follower, BrokerIndex leader, std::uint32_t fetcher);
  /// leader  that it follows, or itself; none: it is absent
  void add_replica(const Replica& replica, std::optional<BrokerIndex> leader);
  void set_most_replicas(std::size_t replicas) { stride_ = replicas; }
  /// All fetchers park at the leaders at time zero.
  void start();
  /// Enters the polls that expired without data until the observation interval ended.
  void charge_idle_polls();

  /// A batch for the partition is on its way: fetch what will be needed into the cache, in two steps of one look-up
  /// each.
  void expect(const Partition& partition) const;
  void expect_sessions(const Partition& partition) const;
  void on_appended(const Partition& partition, std::uint32_t batch);
  /// Parked fetches of the partition's followers are answered at once if there is enough for them (R-6, R-7 G, R-8).
  void wake_followers(const Partition& partition);
  void on_high_watermark(const Partition& partition);
  [[nodiscard]] std::uint32_t least_log_end(const Partition& partition) const;

  // When roles change (replica_sessions.cpp).
  /// The follower will fetch the partition from that broker, from its log end on.
  void follow(std::uint32_t replica, BrokerIndex leader);
  /// It no longer fetches it from whom it did; what is under way for it is dropped.
  void detach(std::uint32_t replica);
  /// Nothing on the connections from and to a broker will arrive any more.
  void on_broker_lost(BrokerIndex broker, Loss loss);
  /// Likewise on those between two brokers.
  void on_link_lost(BrokerIndex a, BrokerIndex b, Loss loss);
  /// Test only (M-01, M-66): cuts a follower's log where no rule says so.
  void cut_for_mutant(std::uint32_t replica, std::uint32_t end);
  /// A cut between two brokers is mended.
  void on_link_back(BrokerIndex a, BrokerIndex b);
  /// A fetch, or its answer, will not arrive.
  void on_message_lost(std::uint32_t session);
  /// As Consumers::on_detours_changed(), settle_polls(), patience_of().
  void on_detours_changed();
  void settle_polls(BrokerIndex leader);
  [[nodiscard]] Duration patience_of(std::uint32_t session) const;
  /// A follower tries again after its back-off.
  void on_replica_rejoins(std::uint32_t replica);
  /// A follower has a fetch at its leader or on the way, or will send one after its back-off.
  [[nodiscard]] bool asks_its_leader(std::uint32_t replica) const;
  /// What is copied of the partition to those destinations, new replicas of it, is told to the ledger, and takes no
  /// more than the rate of any broker, until end_throttle().
  void on_reassignment(std::uint32_t partition, const std::vector<BrokerIndex>& sources,
                       const std::vector<BrokerIndex>& destinations, const FaultSpec& fault);
  void end_throttle(std::uint32_t partition);
  /// Who fetches the partition from its leader is answered with an error, and tries again after a back-off.
  void on_leader_offline(std::uint32_t partition);
  /// A follower's next answer names the partition, so that the fetch after it tells its log end.
  void ask_again(std::uint32_t replica);
  [[nodiscard]] bool acts_as_leader(BrokerIndex broker, std::uint32_t partition);
  [[nodiscard]] std::uint32_t epoch_at(BrokerIndex broker, std::uint32_t partition);
  /// A process that has just started acts on no epoch yet.
  [[nodiscard]] bool is_fresh(std::uint32_t replica) const { return following_[replica].fresh; }
  void set_fresh(std::uint32_t replica) { following_[replica] = {.fresh = true}; }
  void set_leader_known(std::uint32_t replica, std::optional<BrokerIndex> leader) {
    following_[replica].leader = leader;
    following_[replica].fresh = false;
  }
  /// A replica is about to lose some of its log, and will copy again what it has shown.
  void keep_shown(std::uint32_t replica);
  /// Log position from which on nothing has ever been shown at a replica, whatever it has lost since.
  [[nodiscard]] std::uint32_t never_shown_from(std::uint32_t replica) const {
    return std::max(replicas_[replica].high_watermark, replicas_[replica].shown_until);
  }
  /// When a replica that somebody reads last showed something new.
  [[nodiscard]] Instant last_shown(std::uint32_t replica) const { return last_shown_[replica]; }
  /// The newest leader's log has other batches, or none, from log position `end` on.
  void forget_shown(std::uint32_t partition, std::uint32_t end);
  /// What the replica that led so far has shown its readers, for shown_at().
  void show_as_leader(std::uint32_t replica);
  /// A broker's replica of a partition; nil if it has none.
  [[nodiscard]] std::uint32_t replica_on(BrokerIndex broker, std::uint32_t partition) const;

  void on_fetch_arrived(std::uint32_t session);
  void on_fetch_handled(std::uint32_t session);
  void on_fetch_expired(std::uint32_t session);
  void on_expiry_near(std::uint32_t session);
  void on_fetch_read(std::uint32_t session);
  void on_fetch_answered(std::uint32_t session);
  void on_fetch_received(std::uint32_t session);

  /// When a follower that showed a batch that is still held first did so.
  [[nodiscard]] Instant shown_at(std::uint32_t replica, std::uint32_t batch) const {
    return shown_[std::size_t{batch} * stride_ + place_of(replica)];
  }
  /// Records before log position `end` of a replica's partition.
  [[nodiscard]] std::int64_t offset_at(const Replica& replica, std::uint32_t end) const;
  [[nodiscard]] Replica& operator[](std::uint32_t replica) { return replicas_[replica]; }
  [[nodiscard]] const Replica& operator[](std::uint32_t replica) const { return replicas_[replica]; }
  [[nodiscard]] std::size_t size() const { return replicas_.size(); }

 private:
  void list(std::uint32_t replica);
  void expect_copy(std::uint32_t replica) const;
  void expect_count(std::uint32_t replica) const;
  [[nodiscard]] bool satisfied(const ReplicaSession& session) const;
  [[nodiscard]] bool holds_back(const Replica& replica, std::uint32_t index) const;
  void count_copied(const Replica& replica, const ReplicaSession& session, Bytes bytes);
  [[nodiscard]] Bytes not_held_back(const ReplicaSession& session, Bytes enough) const;
  void wake(std::uint32_t session);
  void park(std::uint32_t session);
  void expect_expiry(std::uint32_t session);
  void answer(std::uint32_t session, Instant parked_since);
  void credit();
  void send_fetch(std::uint32_t session);
  std::uint32_t add_session(BrokerIndex follower, BrokerIndex leader);
  [[nodiscard]] bool take_up_joining(std::uint32_t session);
  [[nodiscard]] std::uint32_t joining_now(std::uint32_t session) const;
  void look_at_joined(std::uint32_t session);
  void truncate_diverging(std::uint32_t session);
  void attach(std::uint32_t replica, std::uint32_t session);
  void unlink(std::uint32_t replica);
  void break_session(std::uint32_t session);
  template <class Lost>
  void lose_sessions(Lost lost, Loss loss, std::optional<BrokerIndex> gone);
  /// The replica in that place of its partition shows a batch from `when` on: shown_at().
  void note_shown(std::uint32_t batch, std::size_t place, Instant when) {
    const std::size_t at = std::size_t{batch} * stride_ + place;
    if (at >= shown_.size()) shown_.resize(std::max(2 * shown_.size(), at + stride_));
    shown_[at] = when;
  }
  void back_off(std::uint32_t replica, Duration wait);
  void append_to_disk(std::uint32_t replica);
  void show(std::uint32_t replica, const ReplicaSession& session);
  void charge(const ReplicaSession& session, std::int64_t polls);
  [[nodiscard]] Duration idle_gap(BrokerIndex follower, BrokerIndex leader) const;
  [[nodiscard]] Duration wait_of(const ReplicaSession& session) const;
  void settle_poll(std::uint32_t session);
  /// replica.fetch.backoff.ms by the follower's timers.
  [[nodiscard]] Duration fetch_backoff(std::uint32_t replica) const;
  [[nodiscard]] Duration socket_timeout(BrokerIndex follower) const;
  [[nodiscard]] Leg way_of(const ReplicaSession& session) const;
  [[nodiscard]] Bytes request_wire(std::uint32_t partitions) const;

  struct Acknowledged {
    std::uint32_t replica, end;
  };
  [[nodiscard]] std::size_t place_of(std::uint32_t replica) const;

  Cluster* cluster_;
  std::vector<std::uint32_t> served_;       // by the answer being put together, and not wholly
  std::vector<Acknowledged> acknowledged_;  // by the fetch being handled; kept to spare allocations
  LargeArray<Replica> replicas_;
  LargeArray<Instant> last_shown_;  // by replica: when its high watermark last moved; kept while somebody reads it
  LargeArray<ReplicaSession> sessions_;
  std::vector<JoiningReplicas> joining_;  // by session, as far as any has had some
  struct Following {
    std::optional<BrokerIndex> leader{};  // that it fetches from, or tries to
    std::uint32_t joins = nil;            // session whose fetches will add it
    Instant rejoins = Instant::max();     // it tries again then
    bool fresh = false;                   // its process has not applied any metadata yet
  };
  std::vector<Following> following_;               // by replica; empty while nothing may fail
  std::unique_ptr<ReplicationThrottle> throttle_;  // none: nothing is or was throttled
  bool counts_copies_ = false;                     // a reassignment came
  struct FromDisk {
    Service thread;
    Instant ready, parked_since;
    Bytes wire = 0, data = 0, packets = 0;  // of the answer
  };
  std::map<std::uint32_t, FromDisk> from_disk_;  // by session: the answer that waits for its data
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, std::uint32_t>
      session_of_;             // follower, leader, fetcher
  LargeArray<Instant> shown_;  // shape [batches][stride]: by batch and replica of its partition
  std::size_t stride_ = 1;     // most replicas of a partition
};

}  // namespace brokersim
