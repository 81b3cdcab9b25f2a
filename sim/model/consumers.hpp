// SPDX-License-Identifier: Apache-2.0
// Consumer groups: fetch sessions, preferred read replicas and their lease, delivery (kafka-semantics sections 4 and
// 5).
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "sim/core/large_array.hpp"
#include "sim/core/quantities.hpp"
#include "sim/model/applications.hpp"
#include "sim/model/batch.hpp"
#include "sim/model/broker.hpp"
#include "sim/model/failing_consumers.hpp"
#include "sim/model/long_poll.hpp"
#include "sim/model/network.hpp"
#include "sim/model/specification.hpp"
#include "sim/policy/replica_selector/replica_selector.hpp"

namespace brokersim {

class Cluster;
struct Partition;
struct LeaderView;

/// A group's position in one partition, and where its member reads it. One cache line.
struct alignas(64) Reader {
  std::uint32_t partition = 0;
  std::uint32_t member = 0;
  std::uint32_t session = 0;    ///< with the broker it is read from
  std::uint32_t replica = nil;  ///< the follower it is read from; nil: the leader
  GroupIndex group;
  // At the broker: what the next answer may carry.
  std::uint32_t next_listed = nil;
  std::uint32_t unread = nil;  ///< first batch from `position` on, if it is known
  std::uint32_t position = 0;  ///< batches that answers have carried
  bool at_broker = false;      ///< a fetch has added it to the broker's fetch session
  bool listed = false;         ///< in its session's list of partitions with something to say
  bool redirected = false;     ///< the next answer names a preferred read replica (F-4) or an error instead of data
  bool ahead = false;          ///< the replica shows nothing up to its position: answered at once, empty (C-9)
  // In the answer under way.
  std::uint32_t next_carried = nil;
  std::uint32_t first_carried = nil;
  std::uint32_t carried = 0;  ///< batches; 0 once the member has them
  // The account of its lag.
  Instant handed_until{};  ///< when the application had all it has been handed so far
  double lag_area = 0;     ///< record seconds in the observation interval
};
static_assert(sizeof(Reader) == 64, "one cache line");

/// What is needed of a reader only when it moves from one broker to another.
struct ReaderMoves {
  std::uint32_t next_of_session = nil;
  std::uint32_t preferred = nil;  ///< replica it is redirected to
  Instant lease_ends{};           ///< of the preferred read replica (F-10, F-11)
};

/// A consumer's fetch session with one broker: one fetch at a time (C-3).
struct ConsumerSession {
  LongPoll poll;
  std::uint32_t member = 0;
  BrokerIndex broker;
  bool open = false;                 ///< a fetch is out, or will be sent once what was fetched is processed
  bool once = false;                 ///< its member has paused: once answered, it is not asked again
  bool must_answer = false;          ///< something is redirected: the answer leaves at once (F-4)
  bool broken = false;               ///< its connection is lost: nothing happens to it any more
  std::uint32_t first_listed = nil;  ///< partitions with something to say, oldest first
  std::uint32_t last_listed = nil;
  std::uint32_t first_carried = nil;  ///< partitions in the answer under way
  std::uint32_t carried = 0;
  std::uint32_t first_joining = nil;    ///< partitions that its next fetch will add
  std::uint32_t first_joined = nil;     ///< partitions that the fetch under way adds
  std::uint32_t first_reader = nil;     ///< its other partitions
  std::uint32_t ahead = 0;              ///< of its partitions, those that keep it from waiting (C-9)
  Bytes readable = 0;                   ///< bytes that answers could carry
  Instant answered{};                   ///< when the answer under way was ready
  Duration throttle{};                  ///< it announces (B-20)
  Instant lease_ends = Instant::max();  ///< the earliest of its partitions' leases
};

/// How long the last fetch of a session took so far. Kept only for policies that learn from answers.
struct FetchTimes {
  Instant sent{};
  Duration until_handled{};   ///< from sending it until an I/O thread was done with it
  Duration service{};         ///< of it, the I/O thread's work
  std::uint32_t waiting = 0;  ///< fetches that waited there when it was answered
};

struct Member {
  ZoneIndex zone;
  GroupIndex group;
  std::uint32_t number = 0;  ///< in its group
  std::string client_rack;
  std::uint32_t application = nil;            ///< nil: takes what comes in no time
  bool may_give_up = false;                   ///< its group's members change, so partitions may be taken from it
  Records delivered = 0;                      ///< of those meant to be sent in the observation interval
  Bytes delivered_bytes = 0;                  ///< likewise
  std::vector<std::uint32_t> first_sessions;  ///< in which it will send its first fetches; empty once it has
};

class Consumers {
 public:
  Consumers(Cluster& cluster, std::unique_ptr<ReplicaSelector> selector);

  std::uint32_t add_member(GroupIndex group, const MemberSpec& spec);
  /// Readers are added partition by partition, in the order of the partition's groups.
  void add_reader(std::uint32_t partition, GroupIndex group, std::uint32_t member);
  /// Every member sends its first fetches, which go to the leaders (F-13), at a moment of its own in the first half
  /// second.
  void start(RandomSource random);
  void charge_idle_polls();

  // Rebalances move partitions from one member to another.
  [[nodiscard]] std::uint32_t reader_of(std::uint32_t partition, GroupIndex group) const;
  /// The member's application still processes what its last poll() returned.
  [[nodiscard]] bool processing(std::uint32_t member) const;
  /// The member's next poll() is still to come: its application processes, or stalls.
  [[nodiscard]] bool busy(std::uint32_t member) const;
  /// Records before the first one that the group has not been handed of the reader's partition.
  [[nodiscard]] std::int64_t position_of(std::uint32_t reader) const;
  /// The reader's member gives its partition up: what it fetched and did not hand over is dropped.
  void take_away(std::uint32_t reader);
  /// The member reads the partition from now on, at its leader (F-13); start_reading() has it ask.
  void hand_to(std::uint32_t reader, std::uint32_t member);
  void start_reading(std::uint32_t member);
  [[nodiscard]] Leg way_to(std::uint32_t member, BrokerIndex broker) const;
  [[nodiscard]] std::uint32_t members() const { return static_cast<std::uint32_t>(members_.size()); }

  /// What each member was assigned and was given, for the result.
  void enter_members(TrialResult& result) const;
  /// What was never handed over belongs to the lag too; then the partitions' lags are entered in the result.
  void account_lag();
  /// The run is over: what polls have returned is entered with the times it would be handed over at.
  void end_polls();

  /// As Replication::expect().
  void expect(const Partition& partition) const;
  void expect_sessions(const Partition& partition) const;
  /// The leader's high watermark has passed the batches from `first` on; those before log position `committed_before`
  /// had been committed under an earlier leader.
  void on_committed(const Partition& partition, std::uint32_t first, std::uint32_t committed_before);
  /// The leader has learned that a replica is in sync again.
  void on_isr_grown(const Partition& partition);
  /// A follower's high watermark has passed the batches from `first` on, up to log position `end`.
  void on_shown(const Partition& partition, std::uint32_t replica, std::uint32_t first, std::uint32_t end);
  [[nodiscard]] std::int64_t reading_from_followers(const Partition& partition) const;
  /// Who read the leader reads a replica that leads no more; who read the replica that leads now reads the leader.
  void on_leader_moved(const Partition& partition, std::uint32_t from, std::uint32_t to);

  // When something fails (consumer_failures.cpp).
  /// Everything under way between a broker and clients, all of them or a zone's, is lost.
  void on_broker_lost(BrokerIndex broker, Loss loss);
  void on_link_lost(BrokerIndex broker, ZoneIndex clients, Loss loss);
  void on_link_back(BrokerIndex broker, ZoneIndex clients);
  /// A fetch, or its answer, will not arrive.
  void on_message_lost(std::uint32_t session);
  /// How long a member waits for the answer to a fetch.
  [[nodiscard]] Duration patience_of(std::uint32_t session) const;
  /// Faults have made ways longer or shorter: idle polls take another time from now on.
  void on_detours_changed();
  /// The broker's timers are about to run at another rate: accounts of fetches parked there are brought up to now.
  void settle_polls(BrokerIndex broker);
  /// What comes of a member's attempt to connect to a broker, and how long a message takes there.
  [[nodiscard]] Reach reach(std::uint32_t member, BrokerIndex broker) const;
  [[nodiscard]] Duration latency(std::uint32_t member, BrokerIndex broker) const;
  [[nodiscard]] ZoneIndex zone_of(std::uint32_t member) const { return members_[member].zone; }
  /// How long a member waits after so many failures.
  [[nodiscard]] Duration back_off(std::uint32_t member, Duration first, Duration most, std::uint32_t failures);
  /// A broker acts on another epoch of a partition, or has another role in it: fetches of it get an error (C-16).
  void on_replica_changed(std::uint32_t partition, BrokerIndex broker);
  /// A broker answers nobody any more, or does so again, with its connections intact.
  void note_silence(BrokerIndex broker, bool silent);
  /// The newest leader's log has no batch at or after `position` of what there was before.
  void on_log_cut(std::uint32_t partition, std::uint32_t position);
  void on_log_will_be_cut(std::uint32_t partition, std::uint32_t position);
  void on_wakes(std::uint32_t member);

  // Faults of applications (applications.cpp).
  [[nodiscard]] bool has_coordinator(std::uint32_t member) const;
  /// Whether its application takes any time for a record, so that it can take longer.
  [[nodiscard]] bool takes_time(std::uint32_t member) const;
  /// From now on a record takes `factor` times as long as usual, and so does what is left of the one at hand
  /// (FAULT-32). Only of members that a fault names. factor >= 1; 1: as usual
  void slow_down(std::uint32_t member, double factor);
  /// The member does not poll any more, or polls again (FAULT-33). Only of members that a fault names.
  void stall(std::uint32_t member, bool stalls);
  /// Its process has ended: the next one polls.
  void start_anew(std::uint32_t member);
  /// Its last poll(), if it stalls.
  [[nodiscard]] std::optional<Instant> stalled_since(std::uint32_t member) const;
  void enter_troubles(TrialResult& result) const;
  /// Handed over to some group, and in no log any more.
  [[nodiscard]] Records lost_after_delivery() const;
  /// Records that were deleted before a group was handed them; of all groups.
  [[nodiscard]] Records skipped() const;
  [[nodiscard]] Records skipped(GroupIndex group) const { return failing_ ? failing_->groups[group.value].skipped : 0; }

  void on_member_joined(std::uint32_t member);
  void on_application_polls(std::uint32_t application);
  void on_application_pauses(std::uint32_t application);
  void on_application_resumes(std::uint32_t application);
  void on_fetch_sent(std::uint32_t session);
  void on_fetch_arrived(std::uint32_t session);
  void on_fetch_handled(std::uint32_t session);
  void on_fetch_expired(std::uint32_t session);
  void on_expiry_near(std::uint32_t session);
  void on_fetch_read(std::uint32_t session);
  void on_fetch_answered(std::uint32_t session);

 private:
  [[nodiscard]] const ConsumerGroupSpec& spec_of(const ConsumerSession& session) const;
  [[nodiscard]] std::uint32_t session_with(std::uint32_t member, BrokerIndex broker);
  [[nodiscard]] bool has_session(std::uint32_t member, BrokerIndex broker) const;
  [[nodiscard]] Leg way_to(const ConsumerSession& session) const { return way_to(session.member, session.broker); }
  [[nodiscard]] Duration round_trip(std::uint32_t member, BrokerIndex broker) const;
  /// How long its fetch waits at the broker, whose timers may be skewed.
  [[nodiscard]] Duration wait_of(const ConsumerSession& session) const {
    if (session.ahead > 0) [[unlikely]]
      return Duration::zero();
    const Duration wait = spec_of(session).fetch_max_wait;
    return timers_skewed_ ? by_timers_of(session.broker, wait) : wait;
  }
  [[nodiscard]] Duration by_timers_of(BrokerIndex broker, Duration wait) const;
  [[nodiscard]] Bytes request_wire(std::uint32_t partitions) const;
  void read_from(std::uint32_t reader, std::uint32_t replica);
  void join(std::uint32_t reader, BrokerIndex broker);
  void join_session(std::uint32_t reader, BrokerIndex broker);
  void leave(std::uint32_t reader);
  void drop_carried(std::uint32_t reader);
  void drop_fetched(std::uint32_t reader);
  void leave_broker(std::uint32_t reader);
  void leave_expired(std::uint32_t session);
  void reconsider(std::uint32_t reader);
  void unlist(std::uint32_t reader);
  void ask(std::uint32_t session);
  void ask_for_joined();
  void list(std::uint32_t reader);
  void offer(std::uint32_t reader, std::uint32_t first, std::uint32_t end, bool wakes);
  [[nodiscard]] std::uint32_t end_of(const Reader& reader) const;
  [[nodiscard]] std::uint32_t preferred_replica(const Reader& reader);
  [[nodiscard]] ReplicaView view_of(BrokerIndex broker, const Reader& reader) const;
  [[nodiscard]] Duration lease_of(const Reader& reader) const;
  void tell_policy(std::uint32_t session, Instant received);
  void wake(std::uint32_t session, bool may_answer);
  void expect_expiry(std::uint32_t session);
  [[nodiscard]] bool satisfied(const ConsumerSession& session) const;
  void answer(std::uint32_t session);
  [[nodiscard]] Bytes room_of(const ConsumerSession& session) const;
  [[nodiscard]] bool throttled(std::uint32_t session);
  [[nodiscard]] Bytes from_disk(const Reader& reader, BrokerIndex broker);
  void add_application(std::uint32_t member, const MemberSpec& spec, const ConsumerGroupSpec& group);
  /// Whether some fault of that kind may hit the member.
  [[nodiscard]] bool is_named_by(FaultKind kind, std::uint32_t member) const;
  [[nodiscard]] bool unpacks(const ConsumerGroupSpec& group) const;
  [[nodiscard]] Duration unpack(Application& application) const;
  void poll(std::uint32_t application);
  [[nodiscard]] Duration hand_over(Application& application);
  void account_returned(Application& application);
  void take_up_joined(Application& application);
  void deliver(Reader& reader, Instant answered, Instant received);
  std::uint32_t deliver_batch(Reader& reader, std::uint32_t batch, Instant answered, Instant received, Instant handed,
                              std::span<const Instant> each);
  void charge(const ConsumerSession& session, std::int64_t polls);

  // When something fails (consumer_failures.cpp, consumer_leaders.cpp).
  void prepare_for_failures(RandomSource random);
  [[nodiscard]] FailingMember& failing(const Reader& reader) { return failing_->members[reader.member]; }
  [[nodiscard]] ConsumerTroubles& troubles(const Reader& reader) { return failing_->groups[reader.group.value]; }
  [[nodiscard]] const ClientRetrySpec& retry_of(std::uint32_t member) const;
  void break_session(std::uint32_t session, Loss loss);
  void expect_loss(std::uint32_t member, FailingConnection& connection);
  void ask_in_vain(std::uint32_t session);
  void note_loss(std::uint32_t member, FailingConnection& connection);
  void connect(std::uint32_t member, FailingConnection& connection);
  [[nodiscard]] bool finish_connecting(std::uint32_t member, FailingConnection& connection);
  void wait_for_member(std::uint32_t reader);
  void note_read(std::uint32_t reader, bool answered);
  void place(std::uint32_t reader);
  void place_pending(std::uint32_t member);
  void resume(std::uint32_t member);
  void wake_by(std::uint32_t member, Instant when);
  void schedule_wake(std::uint32_t member);
  void expect_lease_end(std::uint32_t reader);
  void end_leases(std::uint32_t member);
  [[nodiscard]] bool buffered(std::uint32_t reader) const;
  void withdraw(std::uint32_t reader);
  void forget(std::uint32_t reader);
  void adopt(std::uint32_t reader);
  [[nodiscard]] std::uint32_t epoch_of_position(std::uint32_t reader) const;
  void take_back(std::uint32_t reader);
  template <class F>
  void for_each_batch(std::uint32_t partition, std::uint32_t from, std::uint32_t end, F&& f) const;
  void cut_fetched(std::uint32_t reader, std::uint32_t position);
  void forget_cut(std::uint32_t reader, std::uint32_t first_batch, std::uint32_t count);
  void settle_poll(std::uint32_t session);
  void set_ahead(std::uint32_t reader);
  void clear_ahead(std::uint32_t reader);
  void catch_up(std::uint32_t reader);
  [[nodiscard]] FetchError judge(std::uint32_t reader);
  [[nodiscard]] bool admit(std::uint32_t reader);
  void tell(std::uint32_t reader, FetchError error);
  void take_error(std::uint32_t reader);
  void learn(std::uint32_t reader, const LeaderView& view);
  void set_leader(std::uint32_t reader, BrokerIndex leader);
  void want_refresh(std::uint32_t member);
  void refresh(std::uint32_t member);
  [[nodiscard]] bool take_metadata(std::uint32_t member, std::uint64_t known);
  void finish_validating(std::uint32_t reader);
  [[nodiscard]] bool has_diverged(std::uint32_t reader) const;
  void skip_for_mutant(std::uint32_t reader);
  void go_back(std::uint32_t reader);
  void skip_deleted(std::uint32_t reader, bool to_latest);
  void reset(std::uint32_t reader);
  [[nodiscard]] std::uint32_t index_of(const Reader& reader) const {
    return static_cast<std::uint32_t>(&reader - readers_.data());
  }
  void account_delivery(Reader& reader, const Batch& batch, Recorder::Delivery delivery, std::span<const Instant> each);
  void note_delivery(const Reader& reader, std::uint32_t batch);
  void note_gap(const Reader& reader, const BatchJourney& journey, Instant handed);
  void note_redirect(std::uint32_t reader);
  void note_left(std::uint32_t reader);
  [[nodiscard]] Instant visible_to_late(std::uint32_t reader, const Batch& batch, Instant answered);

  /// An answer that a network thread puts together from disk.
  struct FromDisk {
    Service thread;
    AnswerTimes times;
    Instant ready;
    Bytes wire = 0;
    Bytes data = 0;
    Bytes packets = 0;  ///< of the answer
  };

  Cluster* cluster_;
  std::vector<FromDisk> from_disk_;            // by session; empty while nothing has been read from disk
  std::unique_ptr<ReplicaSelector> selector_;  // none: the leader serves everybody
  SelectorNeeds needs_;                        // of it
  std::vector<Member> members_;
  std::vector<Application> applications_;  // of the members that take their time
  LargeArray<Reader> readers_;
  LargeArray<ReaderMoves> moves_;  // by reader
  LargeArray<ConsumerSession> sessions_;
  std::vector<FetchTimes> times_;  // by session; empty unless the policy learns from answers
  std::unordered_map<std::uint64_t, std::uint32_t> session_of_;  // looked up, never iterated (D-07)
  std::vector<ReplicaView> views_;                               // of the partition being asked for
  std::vector<std::uint32_t> served_;                            // by the answer being put together, and not wholly
  std::vector<std::uint32_t> joined_sessions_;                   // by the answer being processed
  std::unique_ptr<FailingConsumers> failing_;                    // none: nothing may fail
  bool timers_skewed_ = false;                                   // some broker's are, or have been
};

}  // namespace brokersim
