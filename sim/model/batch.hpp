// SPDX-License-Identifier: Apache-2.0
// Record batches: the unit of everything that moves. Records are counted, and their intended times kept, inside a
// batch.
#pragma once
#include <cstdint>
#include <vector>

#include "sim/core/large_array.hpp"
#include "sim/core/prefetch.hpp"
#include "sim/core/quantities.hpp"
#include "sim/core/sim_time.hpp"
#include "sim/metrics/recorder.hpp"

namespace brokersim {

inline constexpr std::uint32_t nil = 0xffff'ffffu;  ///< no such element, in links between elements of arrays

/// A batch of records of one producer for one partition, from its first record until everybody has read it.
struct alignas(64) Batch {
  std::uint32_t next = nil;     ///< the following batch of the partition's log; or of the free list
  std::uint32_t sibling = nil;  ///< the following batch of the same produce request
  std::uint32_t partition = 0;
  std::uint32_t request = nil;
  std::uint32_t holders = 0;   ///< followers, groups and the acknowledgement that still need it
  std::uint32_t sequence = 0;  ///< its number in the partition's log, from 0
  bool closed = false;         ///< takes no more records
  // Kept only while something may fail, but for `entry`.
  bool acknowledged : 1 = false;   ///< its producer was told that it is in the log
  bool awaited_all : 1 = false;    ///< ... with acks=all
  bool logged : 1 = false;         ///< some leader has appended it
  bool troubled : 1 = false;       ///< something went wrong with it on its way (Producers keeps what)
  bool cut : 1 = false;            ///< it was appended, and is not in the newest leader's log
  std::uint16_t entry = 0;         ///< its producer's
  float fill = 1;                  ///< until sent: estimated stored bytes over bytes of its records (K-2)
  Bytes bytes = 0;                 ///< stored size; until sent, what the producer takes it to be
  std::int64_t base_offset = 0;    ///< records before it in the partition
  std::uint64_t first_number = 0;  ///< of its first record, in the producer's count
  BatchJourney journey;
  std::vector<std::int64_t> offsets;  ///< intended times after the first, ns; unused while records are evenly spaced

  [[nodiscard]] BatchPlace place() const { return {partition, base_offset}; }
  /// Sets the size to what the producer takes it to be; returns by how much it grew.
  Bytes estimate(Bytes overhead) {
    const Bytes before = bytes;
    bytes = overhead + (fill == 1.0F ? journey.record_bytes
                                     : static_cast<Bytes>(static_cast<double>(journey.record_bytes) * double{fill}));
    return bytes - before;
  }
  /// When record i of it was meant to be sent.
  [[nodiscard]] Instant intended(std::uint32_t i) const {
    return journey.run.first + (journey.run.step_ps == 0 ? Duration{offsets[i]} : journey.run.offset(i));
  }
  /// No record will be added any more: the journey's run may point to their times.
  void settle_times() { journey.run.offsets = journey.run.step_ps == 0 ? offsets.data() : nullptr; }
};

/// Batches by index, with a free list: no allocation per batch once the pool has grown.
class BatchPool {
 public:
  [[nodiscard]] std::uint32_t take() {
    if (free_ == nil) {
      batches_.emplace_back();
      return static_cast<std::uint32_t>(batches_.size() - 1);
    }
    const std::uint32_t batch = free_;
    free_ = batches_[batch].next;
    std::vector<std::int64_t> offsets = std::move(batches_[batch].offsets);
    offsets.clear();
    batches_[batch] = Batch{};
    batches_[batch].offsets = std::move(offsets);
    return batch;
  }
  void give_back(std::uint32_t batch) {
    batches_[batch].next = free_;
    free_ = batch;
  }
  /// A batch will be worked on soon: fetch it into the cache.
  void expect(std::uint32_t batch) const {
    const char* const lines = reinterpret_cast<const char*>(&batches_[batch]);
    for (std::size_t at = 0; at < sizeof(Batch); at += 64) prefetch(lines + at);
  }
  [[nodiscard]] Batch& operator[](std::uint32_t batch) { return batches_[batch]; }
  [[nodiscard]] const Batch& operator[](std::uint32_t batch) const { return batches_[batch]; }

 private:
  LargeArray<Batch> batches_;
  std::uint32_t free_ = nil;
};

}  // namespace brokersim
