// SPDX-License-Identifier: Apache-2.0
// Group coordinators: heartbeats and offset commits as requests to a broker, and rebalances when members come and go
// (kafka-semantics section 8: G-10 to G-14 for the classic protocol, G-20 and G-21 for KIP-848).
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/engine/simulation.hpp"
#include "sim/metrics/trial_result.hpp"
#include "sim/model/batch.hpp"
#include "sim/model/events.hpp"
#include "sim/model/group_members.hpp"
#include "sim/model/group_messages.hpp"
#include "sim/model/loss.hpp"
#include "sim/model/network.hpp"
#include "sim/model/specification.hpp"

namespace brokersim {

class Cluster;

inline constexpr std::uint32_t offsets_topic_partitions = 50;  ///< offsets.topic.num.partitions

/// The partition of __consumer_offsets whose leader coordinates a group: |hash of its id| modulo 50 (G-10).
[[nodiscard]] std::uint32_t offsets_partition_of(std::string_view group_id);

/// Partitions in ascending order.
using PartitionList = std::vector<AssignablePartition>;

/// A member's request to its coordinator, until its answer is back.
struct GroupRequest {
  enum class Kind : std::uint8_t { heartbeat, commit, join, sync, fetch_offsets, leave };
  enum class Next : std::uint8_t { nothing, join, confirm, leave };
  Kind kind = Kind::heartbeat;
  Next next = Next::nothing;  ///< what its member does once a commit is answered
  bool is_full = false;       ///< heartbeat of KIP-848 that leaves nothing out, nor does its answer
  bool rebalance = false;     ///< answer: join anew
  bool unknown = false;       ///< answer: UNKNOWN_MEMBER_ID
  bool under_way = false;     ///< it, or its answer, will arrive
  BrokerIndex to;
  std::uint32_t failures = 0;     ///< attempts to send it again
  Instant lost = Instant::max();  ///< in silence; until the member finds out
  Instant noticed{};              ///< when it does, unless the way is back before
  Timer retry;                    ///< it is sent again
  std::uint32_t member = 0;
  std::uint32_t life = 0;              ///< of its member, which asks for something else once that has changed
  Bytes message = 0;                   ///< its length
  Instant handled{};                   ///< an I/O thread was done with it
  Bytes answer = 0;                    ///< of the answer's message
  std::optional<PartitionList> owned;  ///< heartbeat of KIP-848: what its member holds, if it states that
  PartitionList assigned;              ///< answer to that: what its member is to hold
  std::uint32_t next_free = 0;         ///< of the free list
};

class GroupCoordinators {
 public:
  explicit GroupCoordinators(Cluster& cluster) : cluster_(&cluster) {}

  /// members  of the group's list, as Consumers numbers them, consecutive
  /// first    what those read that are in the group from the beginning
  void add_group(GroupIndex group, std::span<const std::uint32_t> members, const GroupAssignment& first);
  /// topics  of the world
  [[nodiscard]] bool any() const { return !groups_.empty(); }
  void keep_topics(std::vector<AssignableTopic> topics) { topics_ = std::move(topics); }
  void start();
  void enter_rebalances(TrialResult& result);

  /// The member's application comes back for its next poll(): what had to wait for that is done now.
  void on_poll(std::uint32_t member) {
    if (member < members_.size()) attend(member);
  }
  void on(GroupEvent event);

  // When something fails (coordinator_failures.cpp).
  void on_broker_lost(BrokerIndex broker, Loss loss);
  void on_link_lost(BrokerIndex broker, ZoneIndex clients, Loss loss);
  void on_link_back(BrokerIndex broker, ZoneIndex clients);
  /// A message on its way will not arrive. message  the event that its arrival would be, which is still to come
  void on_message_lost(GroupEvent message);
  [[nodiscard]] std::optional<MessageKind> kind_of(GroupEvent message) const;
  /// How long a member waits for an answer.
  [[nodiscard]] Duration patience_of(GroupEvent message) const;
  /// When a message arrives that the network would bring at `at`: a connection keeps the order of what is sent.
  [[nodiscard]] Instant in_order(GroupEvent message, Instant at);
  void on_registration(BrokerIndex broker, bool serves);
  void on_metadata(BrokerIndex broker);
  /// Whether a member with a modelled coordinator takes part in its group, or tries to.
  [[nodiscard]] bool runs(std::uint32_t member) const { return member < members_.size() && members_[member].running; }
  /// A member that runs dies without a word (FAULT-31), as soon as its application has handed over what it has. Its
  /// partitions are read by nobody until session.timeout.ms is over.
  void crash(std::uint32_t member);
  /// It is there again, as a new member. The model knows a member by its place: it joins when its old self is out.
  void start_again(std::uint32_t member);
  /// The member does not poll any more (FAULT-33): max.poll.interval.ms after `last_poll` it leaves its group by
  /// itself, until when its heartbeats go on (G-10). It joins anew with its next poll().
  void on_poll_stalls(std::uint32_t member, Instant last_poll);

 private:
  /// What a member knows and does.
  struct Member {
    std::uint32_t group = 0;                // place in groups_, if it has a modelled coordinator
    std::uint32_t number = 0;               // in its group's list
    bool running = false;                   // between its start and its close
    bool closing = false;                   // leave_at is over
    bool crashing = false;                  // as soon as its application has handed over what it has
    bool dead = false;                      // it has crashed, and is not started again
    bool starts_again = false;              // as soon as it is dead: its restart came before
    bool restarts = false;                  // when its old self is out of the group
    bool out = false;                       // it has left because it did not poll, and has not polled since
    std::uint32_t life = 0;                 // how often it has died or has been put out
    BrokerIndex connected{nil};             // while links may fail: to whom, and when what is sent last ...
    Instant last_request{}, last_answer{};  // ... arrives
    bool must_join = false;                 // a rebalance is on, and it has not yet begun to join it
    bool joining = false;                   // from then until it has its assignment
    bool must_reconcile = false;            // KIP-848: it has been told another assignment
    bool reconciling = false;
    bool synced = false;  // it has been sent its assignment, which its next poll() takes up
    bool commit_due = false;
    bool heartbeat_lost = false;  // it is looking for its coordinator
    bool must_confirm = false;    // KIP-848: it has reconciled since it last stated what it holds
    Timer session;                // at the coordinator; while something may fail
    std::int32_t generation = no_generation;
    PartitionList reading;
    PartitionList coming;    // it has fetched no committed offsets for them yet (G-14)
    PartitionList assigned;  // by the last rebalance it took part in
    Timer heartbeat;
  };

  /// A rebalance under way.
  struct Account {
    bool open = false;
    RebalanceResult result;
    std::vector<std::uint32_t> owners;     // by place in `readers`: before it
    std::vector<RebalanceMember> members;  // by number
    std::vector<Instant> emptied;          // by number: since when it has had no partition; max: it has some
  };

  struct Group {
    GroupIndex index;
    const ConsumerGroupSpec* spec = nullptr;
    BrokerIndex broker;
    bool coordinated = true;                       // the broker is there
    std::vector<BrokerIndex> replicas;             // of its partition of __consumer_offsets; while something may fail
    std::optional<BrokerIndex> leader_of_offsets;  // as the controller has it
    bool classic = true;
    bool cooperative = false;
    std::uint32_t first_member = 0;
    // The classic protocol's state (G-11, G-12).
    enum class Phase : std::uint8_t { empty, joining, syncing, stable };
    Phase phase = Phase::empty;
    std::uint32_t changes = 0;          // members that come or go, and it does not know yet
    std::vector<std::uint32_t> known;   // members, ascending
    std::vector<std::uint32_t> parked;  // requests that are answered later: of joining or of syncing members
    std::uint32_t leader = 0;           // the member that assigns
    std::int32_t generation = 0;
    bool delayed = false;               // the initial rebalance delay is on
    bool newcomers = false;             // somebody has come in it
    Instant delay_limit{};              // it ends by then
    std::vector<PartitionList> target;  // by member's number
    // KIP-848 (G-21): what members own as far as the coordinator knows.
    std::vector<PartitionList> current;
    std::vector<PartitionList> revoking;  // told to give up, and not confirmed
    // All partitions of its topics, ascending, with their readers.
    PartitionList partitions;
    std::vector<std::uint32_t> readers;
    std::vector<std::uint32_t> owner;     // by place in `readers`: who reads it; nil: nobody
    std::vector<Instant> stopped;         // since when nobody does; max: somebody does, or nobody ever did
    std::vector<std::int64_t> committed;  // records
    Account account;
    std::vector<RebalanceResult> rebalances;
  };

  [[nodiscard]] Group& group_of(const Member& member) { return groups_[member.group]; }
  [[nodiscard]] std::size_t place_of(const Group& group, AssignablePartition partition) const;
  [[nodiscard]] std::vector<BrokerIndex> replicas_by_hash(std::string_view group_id) const;
  [[nodiscard]] bool run_is_over() const;
  [[nodiscard]] static PartitionList held_by(const Member& member);
  [[nodiscard]] static PartitionList without(const PartitionList& partitions, const PartitionList& others);
  void start_member(const Group& group, std::uint32_t number);

  // Events.
  void on_member_starts(std::uint32_t member);
  void enter_group(std::uint32_t member);
  void on_member_stops(std::uint32_t member);
  void on_heartbeat_due(std::uint32_t member);
  void on_commit_due(std::uint32_t member);
  void on_request_arrived(std::uint32_t request);
  void on_request_handled(std::uint32_t request);
  void on_request_answered(std::uint32_t request);
  void on_join_delay_over(std::uint32_t group);

  // Requests and answers.
  [[nodiscard]] Leg way_to(std::uint32_t member) const;
  void send(const GroupRequest& request);
  void answer(std::uint32_t request);
  [[nodiscard]] std::uint32_t keep(const GroupRequest& request);
  void recycle(std::uint32_t request);
  [[nodiscard]] GroupMessages messages_of(const Group& group) const;
  [[nodiscard]] std::vector<TopicPartitions> by_topic(const PartitionList& partitions) const;

  // When something fails.
  void prepare_for_failures(Group& group, std::vector<BrokerIndex> replicas);
  void take_over(std::uint32_t group);
  template <class Lost>
  void lose_requests(Lost lost, Loss loss);
  void drop(std::uint32_t request);
  [[nodiscard]] Reach reach(std::uint32_t member) const;
  void stop_taking_part(std::uint32_t member);
  void lose(std::uint32_t request, Loss loss);
  [[nodiscard]] static Duration patience_of(const GroupRequest& request, const ConsumerGroupSpec& spec);
  void find_out(GroupRequest request, Loss loss);
  [[nodiscard]] bool send_in_vain(const GroupRequest& request);
  void ask_again(GroupRequest request, Duration noticed);
  [[nodiscard]] bool beats_no_more(std::uint32_t member) const;
  void on_request_retried(std::uint32_t request);
  void die(std::uint32_t member);
  [[nodiscard]] bool shows_life(const GroupRequest& request) const;
  void expect_life(std::uint32_t member);
  void on_session_expired(std::uint32_t member);
  void on_poll_overdue(std::uint32_t member);
  void drop_requests_of(std::uint32_t member);
  void poll_again(std::uint32_t member);
  void come_back(std::uint32_t member);
  [[nodiscard]] bool is_unknown(std::uint32_t member) const;

  // A member's side.
  void attend(std::uint32_t member);
  void beat(std::uint32_t member, bool again = false);
  void expect_heartbeat(std::uint32_t member);
  [[nodiscard]] Duration heartbeat_interval(const Group& group) const;
  void commit(std::uint32_t member, GroupRequest::Next next);
  void go_on(std::uint32_t member, GroupRequest::Next next);
  void close(std::uint32_t member);
  void send_leave(std::uint32_t member);
  void prepare_join(std::uint32_t member);
  void send_join(std::uint32_t member);
  void send_sync(std::uint32_t member);
  void take_assignment(std::uint32_t member);
  void reconcile(std::uint32_t member);
  void confirm(std::uint32_t member);
  void fetch_offsets(std::uint32_t member);
  void read_what_came(std::uint32_t member);
  void give_up(std::uint32_t member, const PartitionList& partitions);

  // The coordinator's side.
  void on_join(std::uint32_t request);
  void on_sync(std::uint32_t request);
  void on_member_heartbeat(std::uint32_t request);
  void begin_joining(Group& group);
  void answer_parked(Group& group, bool rebalance);
  void join_phase_may_end(Group& group);
  void forget(Group& group, std::uint32_t member);
  void retarget(Group& group);
  void work_out_target(Group& group);
  void offer(Group& group, std::uint32_t number, const std::optional<PartitionList>& owned);

  // The account of rebalances.
  void open_account(Group& group);
  void close_account_if_settled(Group& group);
  void close_account(Group& group, bool settled);
  [[nodiscard]] bool settled(const Group& group) const;
  static void enter_stop(RebalanceResult& result, Duration stop);

  Cluster* cluster_;
  std::vector<AssignableTopic> topics_;
  std::vector<Group> groups_;
  std::vector<Member> members_;  // as Consumers numbers them
  std::vector<GroupRequest> requests_;
  std::uint32_t free_request_ = nil;
};

}  // namespace brokersim
