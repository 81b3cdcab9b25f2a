// SPDX-License-Identifier: Apache-2.0
// What a consumer's application does with the records: its poll loop, for members whose application takes time or
// pauses (C-2, C-4, C-5). The others are handed what an answer brings when it comes.
#pragma once
#include <cstdint>
#include <deque>
#include <vector>

#include "sim/core/sim_time.hpp"
#include "sim/engine/simulation.hpp"
#include "sim/model/batch.hpp"
#include "sim/model/specification.hpp"
#include "sim/random/stream.hpp"

namespace brokersim {

/// A partition's part of a fetch answer in the client's buffer.
struct BufferedPartition {
  std::uint32_t reader;
  std::uint32_t session;        ///< whose answer brought it
  std::uint32_t next_batch;     ///< the one being handed over, or the next one to be
  std::uint32_t batches;        ///< from it on
  std::uint32_t records_taken;  ///< of that batch, by earlier polls
  Instant received;
};

/// A batch that a poll() has returned, while a fault may still change when its records are handed over.
struct ReturnedBatch {
  std::uint32_t reader;
  Batch batch;  ///< a copy: the log may be done with it
  Recorder::Delivery delivery;
  std::vector<Instant> handed;  ///< its records, ascending
};

/// A fetch session whose next fetch waits until nothing of its last answer is buffered (KAFKA-17182).
struct WaitingSession {
  std::uint32_t session;
  std::uint32_t buffered;  ///< partitions of its last answer that are
};

/// The poll loop of one member. A poll() returns at most max.poll.records from the buffer; before it does, the next
/// fetches leave to brokers that nothing is buffered from. What is compressed it decompresses first, all that it will
/// return. Then the application processes one record after the other.
struct Application {
  std::uint32_t member;
  DelayDistribution usual;       ///< time it takes for a record ...
  DelayDistribution processing;  ///< ... and the one that it takes now (FAULT-32)
  std::int64_t max_poll_records;
  RandomStream random;
  bool busy = false;          ///< with what the last poll() returned
  bool paused = false;        ///< all partitions of it
  bool stalled = false;       ///< it does not poll (FAULT-33)
  bool unpacks = false;       ///< some of its batches take time to decompress (K-30)
  std::int64_t unpacked = 0;  ///< records that its poll() has decompressed and not yet returned
  Instant polled_at{};        ///< its last poll()
  std::deque<BufferedPartition> buffer;
  std::vector<WaitingSession> waiting;
  std::vector<Instant> handed;  ///< when the records of the buffer's first batch were, so far
  // Of one whose pace a fault may change.
  bool pace_changes = false;
  double pace = 1;                      ///< times the usual mean that a record takes now
  std::vector<ReturnedBatch> returned;  ///< by the last poll(), and not accounted for
  Instant works_until{};                ///< on what that has returned
  Timer works;
};

}  // namespace brokersim
