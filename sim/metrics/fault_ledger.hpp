// SPDX-License-Identifier: Apache-2.0
// What could be written and read, second by second, and latencies by the time they belong to: kept only in a run in
// which something may fail (metrics-and-statistics.md sections 3 to 5).
//
// A partition has a leader at work from the moment its leader leads until that leader's process ends, stops answering,
// or takes another role. A superseded leader that does not know it counts for nothing, though it answers.
#pragma once
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "sim/core/quantities.hpp"
#include "sim/core/sim_time.hpp"
#include "sim/metrics/copy_ledger.hpp"
#include "sim/metrics/span_counts.hpp"

namespace brokersim {

/// What was missing in one window, in partition-time; unread by group in FaultAccount::unread.
struct MissingTime {
  Duration leader{};   ///< no leader at work
  Duration in_sync{};  ///< a leader, and fewer in-sync replicas than min.insync.replicas
  Duration stalled{};  ///< acks=all accepted and not acknowledged for over 1 s, though neither of the above
};

/// One time that a partition had no leader at work, until a producer had found the next one; or that a group got no
/// answer about it but errors.
struct OutageNote {
  static constexpr std::uint32_t writers = 0xffff'ffffu;
  std::uint32_t partition = 0;  ///< topics in order
  std::uint32_t group = writers;
  Instant began{};
  std::optional<Instant> decided;    ///< the controller first decided about its leader
  std::optional<Instant> committed;  ///< the last one it named was committed
  std::optional<Instant> leads;      ///< and led
  /// A producer's first write, or the group's first fetch, was taken. What was sent only later is put as if it had been
  /// there to be sent when the leader led.
  std::optional<Instant> served;
};

/// One time that a partition's leader had too few replicas in sync for acks=all.
struct TooFewInSync {
  std::uint32_t partition = 0;
  Instant began{};
  Instant ended{};  ///< or the end of the interval
};

enum class SpanMeasure : std::uint8_t { produce, delivery, visibility, read_age };
inline constexpr std::size_t span_measures = 4;

/// What the ledger leaves behind.
struct FaultAccount {
  bool kept = false;                           ///< false: nothing may fail, all else is empty
  Duration start{}, end{};                     ///< the observation interval
  Duration window{};                           ///< of the load ledger
  std::vector<MissingTime> missing;            ///< shape [windows]
  std::vector<Duration> unread;                ///< shape [windows x groups], in (partition, group)-time
  std::vector<OutageNote> outages;             ///< in the order in which they ended
  std::vector<TooFewInSync> too_few_in_sync;   ///< likewise
  std::vector<std::vector<SpanWindow>> spans;  ///< shape [span_measures][windows]
  std::vector<bool> open_faults;               ///< shape [faults]: not over at the end of the interval
  CopyAccount copies;                          ///< of reassignments
  Records lost_committed = 0;                  ///< that a high watermark had passed, and are in no newest leader's log
};

class FaultLedger {
 public:
  struct Shape {
    Instant start{}, end{};
    Duration window{};
    std::size_t partitions = 0, groups = 0, brokers = 0;
  };
  explicit FaultLedger(const Shape& shape);

  // Leaders.
  /// The leader's process has ended, it has another role, or it answers no more.
  void on_leader_lost(std::uint32_t partition, Instant now);
  /// A replica leads: it is ready to take writes.
  void on_leader_leads(std::uint32_t partition, Instant now);
  /// The controller has written a change of the leader, and it is committed. named  it says who leads
  void on_leader_decided(std::uint32_t partition, Instant now);
  void on_leader_committed(std::uint32_t partition, bool named, Instant now);
  /// Whether the leader has min.insync.replicas, as it knows.
  void on_min_isr(std::uint32_t partition, bool met, Instant now);

  // Writes.
  /// A producer's batch, which had been ready to be sent since then, has been looked at by the leader.
  void on_write(std::uint32_t partition, Instant ready, Instant now) {
    if (searching_[partition] != 0) [[unlikely]]
      end_write_outage(parts_[partition], partition, ready, now);
  }
  /// A batch of acks=all is committed, or given up because its leader is lost, or the run ends; batches of a partition
  /// come in order.
  void on_waited(std::uint32_t partition, Instant appended, Instant now) {
    if (now - appended > stall_limit) [[unlikely]]
      add_stall(partition, appended, now);
  }

  // Reads. reader  its index in the model, of a group and a partition
  void on_read_lost(std::uint32_t reader, std::uint32_t partition, std::uint32_t group, Instant now);
  void on_read_served(std::uint32_t reader, Instant now) {
    if (reader < unread_.size() && unread_[reader] != 0) [[unlikely]]
      end_read_outage(reader, now);
  }

  /// Committed batches have been cut off the newest leader's log (records > 0), or are back in it.
  void on_committed_lost(Records records) { account_.lost_committed += records; }

  /// When the observation interval ends: which faults of the scenario are not over.
  void on_open_faults(std::vector<bool> open) { account_.open_faults = std::move(open); }

  [[nodiscard]] CopyLedger& copies() { return copies_; }
  [[nodiscard]] SpanSeries& spans(SpanMeasure measure) { return spans_[static_cast<std::size_t>(measure)]; }

  /// Closes what is open at the end of the observation interval, and gives everything away.
  [[nodiscard]] FaultAccount finish();

  static constexpr Duration stall_limit = std::chrono::seconds{1};

 private:
  struct PartitionState {
    bool leads = true;
    bool min_isr_met = true;
    Instant since{};                                                    // of `leads` and `min_isr_met`
    Instant stalled_until{};                                            // stalls are entered up to here
    Instant below_from = Instant::max(), below_until = Instant::min();  // the last time with too few in sync
    OutageNote timeline;                                                // of the last loss of its leader
  };
  void settle(std::uint32_t partition, Instant now);
  void end_write_outage(PartitionState& state, std::uint32_t partition, Instant ready, Instant now);
  void end_read_outage(std::uint32_t reader, std::optional<Instant> now);
  void add_stall(std::uint32_t partition, Instant appended, Instant now);
  /// Calls enter(window, time) for what lies in the observation interval of [from, to).
  template <class Enter>
  void over_windows(Instant from, Instant to, Enter enter) const;

  Shape shape_;
  std::vector<PartitionState> parts_;
  std::vector<std::uint8_t> searching_;   // by partition: since its leader's loss no producer has found the next one
  std::vector<std::uint8_t> unread_;      // by reader: it gets no answer, or errors alone ...
  std::vector<OutageNote> read_outages_;  // ... since then
  std::vector<SpanSeries> spans_;
  CopyLedger copies_;
  FaultAccount account_;
};

}  // namespace brokersim
