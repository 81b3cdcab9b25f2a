// SPDX-License-Identifier: Apache-2.0
// What a producer is besides, in a run in which something may fail: its view of the metadata, its connections' state,
// its backoffs, and the batches that something went wrong with (sections 4 and 6.1: C-13, C-14, C-17, K-9 to K-12).
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/core/quantities.hpp"
#include "sim/core/sim_time.hpp"
#include "sim/model/batch.hpp"
#include "sim/random/stream.hpp"

namespace brokersim {

inline constexpr BrokerIndex no_broker{nil};  ///< a producer knows no leader of a partition (K-12)

/// How a batch fared in a produce request. All but the first are retriable.
enum class ProduceError : std::uint8_t {
  none,
  not_leader_or_follower,
  not_enough_replicas,    ///< before anything was appended (R-30)
  out_of_order_sequence,  ///< an earlier batch of the same producer is missing (K-10)
  request_timed_out,      ///< at the broker, appended and not committed (R-31)
  leader_lost,            ///< NOT_LEADER_OR_FOLLOWER after the append: the leader was deposed meanwhile (INV-P35)
  disconnected            ///< there is no answer
};
/// Whether the batch may be in a log after all.
[[nodiscard]] constexpr bool leaves_doubt(ProduceError error) {
  return error >= ProduceError::request_timed_out;
}

/// Of a batch that something went wrong with. Batches that are sent again after they came to a log are copied first;
/// `earlier` leads to what is in the log.
struct BatchTrouble {
  std::uint32_t retries = 0;              ///< failures after which it was queued again
  std::uint32_t earlier = nil;            ///< the copy before it, in the log of `appended_by`
  std::uint32_t duplicate_of = nil;       ///< dropped by the leader, which has that copy already (K-10)
  std::uint32_t tried_epoch = 0;          ///< leader epoch that the producer knew when it sent it last
  std::uint32_t hinted_epoch = 0;         ///< ... and that the answer under way tells of, with the leader (KIP-951)
  BrokerIndex hinted_leader = no_broker;  ///< none: no_broker
  BrokerIndex appended_by = no_broker;
  ProduceError error = ProduceError::none;  ///< of the answer under way
  bool doubtful = false;                    ///< some attempt may have put it into a log
  bool stranded = false;                    ///< parked at a leader that will not commit it
  bool given_up = false;                    ///< while its request is still under way
  Instant backs_off_until{};
};

/// A wait that doubles from failure to failure, +- 20 %, up to a limit.
struct Backoff {
  Duration first{}, limit{};
  /// failures  so far, from 0
  [[nodiscard]] Duration after(std::uint32_t failures, RandomStream& jitter) const {
    if (limit <= first) return std::min(first, limit);
    Duration wait = first;
    for (std::uint32_t i = 0; i < failures && wait < limit; ++i) wait *= 2;
    wait = std::min(wait, limit);
    const double spread = 0.8 + 0.4 * jitter.uniform();
    return std::min(Duration{static_cast<std::int64_t>(static_cast<double>(wait.count()) * spread)}, limit);
  }
};

/// A producer's way to one broker, as the producer knows it, and whether that is true.
struct ProducerNode {
  enum class State : std::uint8_t { connected, disconnected, connecting };
  State state = State::connected;
  bool lost = false;                 ///< the connection is dead and the producer does not know it yet
  bool reachable = false;            ///< how the attempt under way will end
  std::uint8_t failures = 0;         ///< since it was connected last (C-14)
  std::uint8_t failed_attempts = 0;  ///< to connect, likewise (C-13)
  Instant try_after{};               ///< it reconnects no sooner
  Instant tried = Instant::max();    ///< the attempt under way ends then
  Instant notices = Instant::max();  ///< that the connection is lost, by a reset

  [[nodiscard]] bool sound() const { return state == State::connected && !lost; }
};

/// The part of a producer that is there only if something may fail. What every request asks is on its first lines.
struct alignas(64) FailingProducer {
  FailingProducer(RandomStream stream, RandomStream hot_keys) : jitter(stream), hot(hot_keys) {}

  bool overdue = false;           ///< some request is under way for request.timeout.ms
  bool watches_timeouts = false;  ///< a timer is set for the request that is longest under way
  bool refresh_wanted = false;
  bool ignorant = false;             ///< it has had no metadata yet: a process that has just begun
  bool gone = false;                 ///< its process has ended, and no other has begun
  std::uint32_t unsound = 0;         ///< of its connections to brokers
  Instant wakes = Instant::max();    ///< next time something it waits for by itself is over
  Instant expires = Instant::max();  ///< next time it looks for batches that are too old
  Instant refreshed{};               ///< when its last metadata came, or failed to come
  std::uint64_t metadata = 0;        ///< offset that it knows
  double hot_share = 0;              ///< of its records, those that have its first key besides (FAULT-34)
  struct NewerLeader {
    std::uint32_t partition = 0, epoch = 0;
    BrokerIndex leader;
  };
  std::vector<NewerLeader> newer;        ///< than its metadata, from answers to produce requests (KIP-951)
  std::vector<std::uint32_t> in_flight;  ///< its requests, in the order in which they were sent
  std::vector<std::uint32_t> troubled;   ///< batches, until they are acknowledged or given up
  struct Order {
    std::uint32_t partition = 0;
    std::uint64_t highest = 0;  ///< first record number of the last batch in order that came to the log
  };
  std::vector<Order> order;  ///< of partitions with a batch in trouble
  // Metadata (C-17).
  enum class Refresh : std::uint8_t { idle, due, asked, answered, failed };
  Refresh refresh = Refresh::idle;
  Instant refreshes{};            ///< when `refresh` goes on
  std::uint64_t arriving = 0;     ///< offset that the answer under way brings
  BrokerIndex asked = no_broker;  ///< who answers
  std::uint32_t fruitless = 0;    ///< answers since the last one that brought anything new
  // Faults of its own.
  Records unsent = 0;        ///< records that were due while it was gone
  std::uint32_t bursts = 0;  ///< times that records came on top
  RandomStream jitter;
  RandomStream hot;  ///< decides which records have its first key, by the record's number
};

}  // namespace brokersim
