// SPDX-License-Identifier: Apache-2.0
// What consumers are besides, in a run in which something may fail: what each member knows of the metadata, the state
// of its connections, and the partitions that no fetch of it asks for at the moment (C-13 to C-17, F-10 to F-12).
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "sim/core/large_array.hpp"
#include "sim/core/quantities.hpp"
#include "sim/core/sim_time.hpp"
#include "sim/metrics/trial_result.hpp"
#include "sim/model/batch.hpp"
#include "sim/model/loss.hpp"
#include "sim/random/stream.hpp"

namespace brokersim {

inline constexpr BrokerIndex unknown_leader{nil};

/// Why a broker has no data for a partition of a fetch (C-8, C-16).
enum class FetchError : std::uint8_t {
  none,
  not_leader_or_follower,
  fenced_leader_epoch,   ///< the broker knows a newer epoch
  unknown_leader_epoch,  ///< the consumer does
  offset_out_of_range
};

/// A group's position in one partition, as far as failures matter to it.
struct alignas(64) FailingReader {
  enum class State : std::uint8_t {
    fetching,   ///< part of a fetch session, or about to join one
    waiting,    ///< for a connection, for a leader, or until its buffered records are processed
    validating  ///< OffsetsForLeaderEpoch is under way (KIP-320)
  };
  State state = State::fetching;
  FetchError error = FetchError::none;  ///< the next answer tells of it, or every answer does while `stuck`
  bool stuck = false;                   ///< answered with that error again and again, until something changes
  bool must_validate = false;           ///< its position is to be compared with a new epoch's log first
  bool out_of_range = false;            ///< its position is to be reset (auto.offset.reset)
  bool at_former_leader = false;        ///< the replica that it reads led, and nothing was chosen
  bool came_late = false;               ///< it left a follower that hid what the leader shows: see LateReader
  BrokerIndex leader;                   ///< as its member knows
  std::uint32_t leader_epoch = 0;       ///< likewise
  std::uint32_t preferred = nil;        ///< the follower it will ask; nil: the leader
  std::uint32_t cut_at = nil;           ///< log position from which on an election has replaced what there was
  Instant validated = Instant::max();   ///< when the answer about its epoch is there
  std::uint32_t last_batch = nil;       ///< that was handed over, or carried by an answer: the one before its position
  std::int64_t next_offset = 0;         ///< behind the last record that was handed over
  Duration longest_gap{};               ///< it had something to wait for, and was handed nothing
  Instant gap_ended{};
};
static_assert(sizeof(FailingReader) == 64, "one cache line");

/// What a follower hid from a reader until it turned to the leader is visible to it from then on.
struct LateReader {
  Instant came{};
  std::uint32_t hidden_from = 0;  ///< log position
};

/// A member's connection to a broker, while it is not simply there.
struct FailingConnection {
  enum class State : std::uint8_t { lost, backing_off, connecting };
  BrokerIndex broker;
  State state = State::lost;
  Instant at = Instant::max();  ///< lost: the member notices; backing off: it may try again; connecting: it knows
  std::uint32_t session = nil;  ///< lost: the fetch session that died with it
  bool asked = false;           ///< ... and had a fetch out
  Reach reach = Reach::yes;     ///< connecting: what comes of it, as things stand
  std::uint8_t failures = 0;    ///< since it was last connected (C-14)
};

struct FailingMember {
  explicit FailingMember(RandomStream stream) : jitter(stream) {}

  RandomStream jitter;
  bool joined = false;                 ///< it has sent its first fetches ...
  Instant joined_at{};                 ///< ... then
  std::vector<std::uint32_t> readers;  ///< its partitions
  std::vector<std::uint32_t> pending;  ///< of them, those that are waiting or validating
  std::vector<FailingConnection> connections;
  // Metadata (C-17).
  enum class Refresh : std::uint8_t { idle, asked, answered };
  Refresh refresh = Refresh::idle;
  bool refresh_wanted = false;
  bool unsettled = false;               ///< a partition of it may have no leader, or be answered with the same error
  std::uint64_t metadata = 0;           ///< offset that it knows
  std::uint64_t arriving = 0;           ///< that the answer under way brings
  BrokerIndex asked;                    ///< who answers
  Instant refresh_at{};                 ///< the request arrives, or the answer does
  Instant refreshed{};                  ///< when the last answer came, or failed to come
  Instant may_refresh{};                ///< not again before (C-17)
  std::uint32_t fruitless = 0;          ///< answers since then that brought nothing new
  Instant lease_ends = Instant::max();  ///< of a preferred read replica of its partitions, the earliest (F-11)
  Instant wakes = Instant::max();       ///< the earliest moment that is scheduled
};

/// Of all consumers; there is none if nothing may fail.
struct FailingConsumers {
  LargeArray<FailingReader> readers;
  std::vector<std::uint32_t> partitions;  ///< by reader: its partition, where looking at all needs little memory
  std::vector<LateReader> late;           ///< by reader, as far as any has been
  std::vector<FailingMember> members;
  std::vector<ConsumerTroubles> groups;  ///< their figures so far
};

}  // namespace brokersim
