// SPDX-License-Identifier: Apache-2.0
// The model tells what happened to batches; the recorder turns it into the counters of a TrialResult.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sim/core/prefetch.hpp"
#include "sim/core/running_hash.hpp"
#include "sim/metrics/fault_ledger.hpp"
#include "sim/metrics/step_integral.hpp"
#include "sim/metrics/trial_result.hpp"

namespace brokersim {

/// The stations of a batch's way, each the moment it was passed.
struct BatchJourney {
  RecordRun run;            ///< intended times of its records
  std::uint32_t early = 0;  ///< records intended before the observation interval, the first ones
  Bytes record_bytes = 0;   ///< without the batch's own overhead
  Bytes early_bytes = 0;    ///< of it, of early records
  Instant ready{};          ///< full, or lingered
  Instant sent{};           ///< its request left the producer
  Instant arrived{};        ///< its request passed the leader's NIC
  Instant unmuted{};        ///< its connection was free to serve it
  Instant started{};        ///< an I/O thread took it up
  Instant appended{};
  Instant committed{};  ///< the leader's high watermark passed it

  [[nodiscard]] std::int64_t observed() const { return static_cast<std::int64_t>(run.count - early); }
};

/// The observation interval and what is counted in it.
struct RecorderShape {
  Instant start{}, end{};  ///< [start, end)
  Duration window{};       ///< of the load ledger
  std::size_t brokers = 0, partitions = 0, zones = 0, groups = 0;
  std::size_t read_pairs = 0;                    ///< (partition, group) pairs
  std::vector<std::size_t> pairs_of_group = {};  ///< shape [groups]: partitions it reads
  std::size_t hosts = 0;        ///< in a traced run: brokers, behind them each zone's clients, last the controller
  bool traced = false;          ///< keep every record's times, and bytes by pair of hosts
  bool part_quantiles = false;  ///< keep TrialResult::delivery_part_histograms
  bool fails = false;           ///< keep TrialResult::faults
};

class Recorder {
 public:
  explicit Recorder(const RecorderShape& shape);

  [[nodiscard]] LoadLedger& loads() { return result_.loads; }
  [[nodiscard]] bool observes(Instant when) const { return when >= shape_.start && when < shape_.end; }
  [[nodiscard]] Instant start() const { return shape_.start; }
  [[nodiscard]] Instant end() const { return shape_.end; }
  [[nodiscard]] TrialResult& result() { return result_; }
  /// Of what was appended and handed over: where, how much, when (D.3, part "p").
  [[nodiscard]] std::uint64_t payload_hash() const { return payload_.value(); }
  /// Where it is told what failures do to readers and writers; null if nothing may fail.
  [[nodiscard]] FaultLedger* faults() { return faults_.get(); }

  /// Something will be entered for a partition soon: fetch its place into the cache.
  void expect(std::uint32_t partition) const { prefetch(&result_.partitions[partition]); }
  /// A batch leaves its producer, so its records are final.
  void on_sent(const BatchJourney& batch, Bytes bytes);
  /// Enters the seconds in which a batch's records were meant to be sent; part of on_sent().
  void on_generated(const BatchJourney& batch);
  /// A batch is appended to its leader's log.
  void on_appended(const BatchJourney& batch, Bytes bytes, const BatchPlace& place);
  /// The producer has the acknowledgement. waited_for_replication: acks=all.
  void on_acknowledged(const BatchJourney& batch, const BatchPlace& place, Instant now, bool waited_for_replication);
  /// The leader's high watermark passes a batch, at batch.committed. behind: groups that read the partition at
  /// followers.
  void on_committed(const BatchJourney& batch, std::int64_t behind) {
    if (behind > 0) hidden_.add(batch.committed, behind * batch.run.count);
  }
  /// ... and a group that subscribes to the partition lags by it until on_lag_ended().
  void on_lag(const BatchJourney& batch, GroupIndex group) {
    GroupLag& lag = group_lag_[group.value];
    lag.records += batch.run.count;
    lag.maximum = std::max(lag.maximum, lag.records);
  }
  /// The application has the batch, by a poll() perhaps whose records it takes up one by one; or it is in no log any
  /// more.
  void on_lag_ended(const BatchJourney& batch, GroupIndex group) { group_lag_[group.value].records -= batch.run.count; }

  /// `change` groups more read a follower that does not yet show this committed batch.
  void on_readers_moved(const BatchJourney& batch, Instant now, std::int64_t change) {
    const std::int64_t records = change * static_cast<std::int64_t>(batch.run.count);
    hidden_.add(now, records);
    hidden_time_ -= static_cast<StepIntegral::Area>(records) * (now - batch.committed).count();
    hidden_inside_ -= static_cast<StepIntegral::Area>(records) * inside(batch.committed, now).count();
  }

  /// A group no longer reads a replica that has shown nothing since `previous` and hides a committed batch.
  void on_stale_reader_left(const BatchJourney& hidden, Instant previous, Instant now);

  /// A follower's high watermark passes a batch that `groups` groups read there.
  struct Shown {
    Instant now;
    Instant previous;       ///< when the batch before it was shown there (the age of staleness starts anew)
    Instant answer_parked;  ///< the fetch whose answer brought the high watermark was parked from ...
    Instant answer_left;    ///< ... until then; equal if it was answered at once
    std::int64_t groups;
    bool with_data = false;  ///< shown the moment the replica had it: all of the delay is replica lag
  };
  void on_shown(const BatchJourney& batch, const Shown& shown);

  /// A fetch answer carries `bytes` of a partition: what the replica read hid at that moment.
  void on_read(Instant now, std::uint32_t partition, Bytes bytes, std::int64_t offset_lag, Duration age,
               bool from_follower) {
    if (!observes(now)) return;
    PartitionLoad& load = result_.partitions[partition];
    (from_follower ? load.bytes_out_as_follower : load.bytes_out_as_leader) += bytes;
    if (faults_) faults_->spans(SpanMeasure::read_age).add(now, age);
    Staleness& staleness = result_.staleness;
    ++staleness.reads;
    staleness.read_age.record(age);
    staleness.read_lag_records += offset_lag;
    staleness.reads_behind_fewer_than[0] += offset_lag < 1;
    staleness.reads_behind_fewer_than[1] += offset_lag < 10;
    staleness.reads_behind_fewer_than[2] += offset_lag < 100;
  }

  struct Delivery {
    GroupIndex group;
    bool from_follower;
    Instant visible;   ///< the replica read shows the batch, and the group reads there
    Instant answered;  ///< a fetch answer with it is ready
    Instant received;  ///< by the consumer
    Instant handed;    ///< all of it is handed to the application; with `each`, its last record is
    Instant previous;  ///< when the group had been handed all of the batch before it (the age of its lag starts anew)
  };
  /// A group has been handed a batch. each  shape [records], ascending: when, one by one; empty: all at once.
  /// Returns the area of the lag it was part of, in record seconds within the observation interval.
  double on_delivered(const BatchJourney& batch, const BatchPlace& place, const Delivery& delivery,
                      std::span<const Instant> each = {});
  /// A committed batch was not handed to the group by the end of the run. Returns as on_delivered().
  double on_never_delivered(const BatchJourney& batch, GroupIndex group, Instant previous);

  /// A batch has failed for good, or is still under way when the run ends. awaited  its producer wanted to be told;
  /// readers  groups that will never be handed it; 0: it may be in a log
  void on_failed(const BatchJourney& batch, bool awaited, std::int64_t readers);

  /// Bytes leave a zone for another (or the same) one.
  void on_link(std::size_t zone_pair, TrafficPath path, Bytes wire, Bytes payload, Instant when) {
    if (!observes(when)) return;
    LinkLoad& link = result_.links[zone_pair];
    link.payload_bytes[static_cast<std::size_t>(path)] += payload;
    link.wire_bytes[static_cast<std::size_t>(path)] += wire;
  }
  /// ... and a host for another one, which only a traced run tells apart.
  void on_hosts(std::uint32_t from, std::uint32_t to, Bytes wire, Instant when) {
    if (!shape_.traced || !observes(when)) return;
    result_.trace.wire_bytes[from * shape_.hosts + to] += wire;
  }
  void on_request_sent(Instant now) { requests_open_.add(now, 1); }
  void on_request_answered(Instant sent, Instant now) {
    requests_open_.add(now, -1);
    request_time_ += (now - sent).count();
  }
  void on_replicated(Records records, Bytes bytes) {
    result_.conservation.replicated += records;
    result_.conservation.replicated_bytes += bytes;
  }

  [[nodiscard]] Records delivered_to(GroupIndex group) const { return delivered_to_[group.value]; }

  /// Closes the books at `now`, when nothing is under way any more or the drain limit is reached.
  [[nodiscard]] TrialResult finish(Instant now);

 private:
  [[nodiscard]] ProgressSample& progress(Instant when) {
    const auto second = static_cast<std::size_t>(when.time_since_epoch() / std::chrono::seconds{1});
    return result_.progress[std::min(second, result_.progress.size() - 1)];
  }
  static void add_until_sent(PartSums& parts, const BatchJourney& batch, PartSums::Wide until_sent);
  void note_by_window(const BatchJourney& batch, const Delivery& delivery, std::span<const Instant> each);
  void note_parts(const BatchJourney& batch, const Delivery& delivery, std::span<const Instant> each);
  [[nodiscard]] Duration inside(Instant from, Instant to) const;
  /// Integral over time in [from, to) and in the observation interval of the time since `start`, ns^2.
  [[nodiscard]] double age_area(Instant start, Instant from, Instant to) const;
  [[nodiscard]] static Duration visibility_delay(const BatchJourney& batch, const Delivery& delivery);
  double add_lag(const BatchJourney& batch, GroupIndex group, StepIntegral::Area area, Instant previous, Instant last);
  void check(bool holds, const char* sentence);
  void check_flows(Instant now);

  RecorderShape shape_;
  std::unique_ptr<FaultLedger> faults_;
  Instant last_settled_{};
  RunningHash payload_;
  TrialResult result_;
  StepIntegral requests_open_;  // produce requests between send and acknowledgement
  StepIntegral::Area request_time_ = 0;
  StepIntegral hidden_;  // records committed but not shown, summed over (replica, group) pairs
  StepIntegral::Area hidden_time_ = 0;
  StepIntegral::Area hidden_inside_ = 0;  // of it, within the observation interval
  std::vector<Records> delivered_to_;     // by group, whole run
  struct GroupLag {
    Records records = 0;  // committed and not yet sent to its consumers
    Records maximum = 0;
    StepIntegral::Area inside = 0;  // integral of the records that wait, within the observation interval
    double age = 0;                 // ns^2: integral of the age of the oldest of them, summed over partitions
    Duration longest{};             // most that a batch waited, within the observation interval
  };
  std::vector<GroupLag> group_lag_;  // by group
  double age_area_ = 0;              // ns^2 / 2: integral of time staleness over the observation interval
};

}  // namespace brokersim
