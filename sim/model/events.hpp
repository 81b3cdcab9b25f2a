// SPDX-License-Identifier: Apache-2.0
// Everything that happens by itself at some moment. What follows at once from something else is a function call.
#pragma once
#include <cstdint>

#include "sim/engine/event_queue.hpp"

namespace brokersim {

struct ProducerReady {
  std::uint32_t producer;
};  ///< a batch is full or has lingered
struct ProduceArrived {
  std::uint32_t request;
};  ///< at the leader's NIC
struct ConnectionFreed {
  std::uint32_t connection;
};  ///< its answer is sent: the next request may be read (B-4)
struct ProduceHandled {
  std::uint32_t request;
};  ///< an I/O thread is done with it
struct ProduceAcknowledged {
  std::uint32_t request;
};  ///< the answer reaches the producer

struct ProducerThrottleEnded {
  std::uint32_t producer;
};  ///< it may send to a broker again that held it back (C-12)

/// Something that happens to a producer only if something fails.
struct ProducerTask {
  enum class What : std::uint8_t { wake, metadata, connection_tried, connection_dropped, overdue, expires };
  std::uint32_t packed;  ///< what, and to whom: a producer, a (producer, broker) pair or a request, below 2^29

  static ProducerTask of(What what, std::uint32_t id) { return {static_cast<std::uint32_t>(what) << shift | id}; }
  [[nodiscard]] What what() const { return static_cast<What>(packed >> shift); }
  [[nodiscard]] std::uint32_t id() const { return packed & ((1U << shift) - 1); }
  static constexpr int shift = 29;
};

struct ReplicaFetchArrived {
  std::uint32_t session;
};  ///< at the leader's NIC
struct ReplicaFetchHandled {
  std::uint32_t session;
};  ///< an I/O thread of the leader is done with it
struct ReplicaFetchExpired {
  std::uint32_t session;
};  ///< replica.fetch.wait.max.ms is over
struct ReplicaFetchAnswered {
  std::uint32_t session;
};  ///< the answer reaches the follower
struct ReplicaFetchReceived {
  std::uint32_t session;
};  ///< it has queued for the follower's NIC and been appended

struct ReplicaFetchRead {
  std::uint32_t session;
};  ///< the leader's network thread has all of the answer's data from disk

struct MemberJoined {
  std::uint32_t member;
};  ///< a consumer sends its first fetches
struct ApplicationPolls {
  std::uint32_t application;
};  ///< all that the last poll() returned is processed
struct ApplicationPauses {
  std::uint32_t application;
};
struct ApplicationResumes {
  std::uint32_t application;
};
struct ConsumerFetchSent {
  std::uint32_t session;
};  ///< a quota's throttle time is over, the consumer asks again (C-12)
struct ConsumerFetchArrived {
  std::uint32_t session;
};
struct ConsumerFetchHandled {
  std::uint32_t session;
};
struct ConsumerFetchExpired {
  std::uint32_t session;
};  ///< fetch.max.wait.ms is over
struct ConsumerFetchRead {
  std::uint32_t session;
};  ///< its answer has come from disk
struct ConsumerFetchAnswered {
  std::uint32_t session;
};  ///< the answer reaches the consumer

struct ReplicaRejoins {
  std::uint32_t replica;
};  ///< a follower's back-off is over (R-9)
struct LagChecked {
  std::uint32_t broker;
};  ///< it looks for followers that lag (R-24)

struct FaultDue {
  std::uint32_t step;
  static constexpr EventClass event_class = EventClass::fault;
};  ///< a fault comes or is over, or a process has got further (Failures)
struct ControlEvent {
  std::uint32_t task;
};  ///< between a broker and the controller (ControlPlaneLink)

/// What concerns a group and its coordinator: a kind and, in the other 29 bits, a member, request or group.
struct GroupEvent {
  enum class Kind : std::uint8_t {
    member_starts,     ///< a consumer begins to join its group
    member_stops,      ///< a consumer is closed
    heartbeat_due,     ///< of a member
    commit_due,        ///< auto.commit.interval.ms is over
    request_arrived,   ///< at the coordinator's NIC
    request_handled,   ///< an I/O thread of the coordinator is done with it
    request_answered,  ///< the answer reaches the member
    join_delay_over,   ///< group.initial.rebalance.delay.ms is over, or one more of it (G-11)
    request_retried,   ///< a member looks for its coordinator again
    session_expired,   ///< nothing was heard of a member for session.timeout.ms
    poll_overdue       ///< a member has not polled for max.poll.interval.ms
  };
  std::uint32_t code;

  static constexpr int kind_shift = 28;
  static constexpr GroupEvent of(Kind kind, std::uint32_t id) {
    return {static_cast<std::uint32_t>(kind) << kind_shift | id};
  }
  [[nodiscard]] constexpr Kind kind() const { return static_cast<Kind>(code >> kind_shift); }
  [[nodiscard]] constexpr std::uint32_t id() const { return code & ((1U << kind_shift) - 1); }
};

struct ConsumerWakes {
  std::uint32_t member;
};  ///< a back-off of its is over, a connection is made or lost, an answer about metadata is there

struct TimersDue {};  ///< a tick of far timers: fetch expiries, lingering batches
struct LinkEntered {
  std::uint32_t transit;
};  ///< a message reaches a link of limited bandwidth

}  // namespace brokersim
