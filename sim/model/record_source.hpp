// SPDX-License-Identifier: Apache-2.0
// The records one producer instance is asked to send: when, how large, with which key. An open loop: it never waits.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/core/quantities.hpp"
#include "sim/model/arrival_processes.hpp"
#include "sim/model/specification.hpp"
#include "sim/policy/partitioner/round_robin_partitioner.hpp"
#include "sim/random/exponential.hpp"
#include "sim/random/lognormal.hpp"
#include "sim/random/stream.hpp"
#include "sim/random/weighted_choice.hpp"
#include "sim/random/zipf.hpp"

namespace brokersim {

struct SourceRecord {
  Instant intended{};
  std::uint64_t number = 0;     ///< of this source, from 0
  std::int32_t size = 0;        ///< key and value, bytes
  std::uint32_t partition = 0;  ///< of the key, or as the application names it, within the topic; else unused
};

/// The partition of every key, and the law by which keys are chosen: shared by the instances of a specification.
class KeyTable {
 public:
  KeyTable(const KeySpec& keys, std::uint32_t partitions);
  /// The partition of the next record's key: one word, for a hot key two.
  [[nodiscard]] std::uint32_t sample(RandomStream& random) const;
  /// Of the first key, the hottest one where they are not all alike.
  [[nodiscard]] std::uint32_t partition_of_first() const { return partition_of_key_.front(); }

 private:
  KeySpec keys_;
  std::vector<std::uint32_t> partition_of_key_;
  std::optional<ZipfTable> zipf_;
};

/// Sizes that are not all the same: one word each.
class RecordSizes {
 public:
  RecordSizes(const RecordSizeSpec& spec, RandomStream stream);
  [[nodiscard]] std::int32_t sample();

 private:
  RecordSizeSpec spec_;
  RandomStream stream_;
  std::optional<Lognormal> lognormal_;
  std::optional<WeightedChoice> table_;
};

/// What the instances of an entry share.
struct SourceTables {
  std::shared_ptr<const KeyTable> keys;                        ///< null without "keys"
  std::shared_ptr<const std::vector<std::uint32_t>> of_trace;  ///< partition of each row of a trace, if it says so
};

/// What all instances of a specification share. partitions  of its topic
[[nodiscard]] SourceTables source_tables(const ProducerSpec& spec, std::uint32_t partitions);

/// Records that came on top of a source's own, of which one stands for all among those that were taken back.
struct RecordsOnTop {
  std::size_t place = 0;  ///< there
  Records left = 0;
  std::unique_ptr<RecordSizes> sizes{};  ///< null: all of one size
  std::optional<RandomStream> keys{};
};

class RecordSource {
 public:
  /// index, name  of the instance, for its random streams; partitions  of the topic; paced  its rate may change,
  /// or records may come on top
  RecordSource(const ProducerSpec& spec, std::uint32_t index, const std::string& name, RandomSource random,
               SourceTables tables, std::uint32_t partitions, bool paced = false);

  /// Of a source with keys.
  [[nodiscard]] std::uint32_t partition_of_first_key() const { return tables_.keys->partition_of_first(); }
  /// The next record; next() takes it.
  [[nodiscard]] const SourceRecord& peek() const { return next_; }
  void advance() {
    if (returned_.empty()) [[likely]] {
      draw();
    } else {
      take_returned();
    }
  }
  /// Records after `now` come `pace` times as often as usual (FAULT-29). Only of a paced source.
  void set_pace(double pace, Instant now);
  /// So many records more come at `now`, before those that are still to come. name  for their sizes and keys, unique
  void add_records(Records records, Instant now, const ProducerSpec& spec, const std::string& name,
                   RandomSource random);
  /// Takes records as long as they are intended by `limit` and differ in nothing but their time (no key, one size), at
  /// most `most`. Returns how many. offsets: gets their times after `first`, unless null (evenly spaced).
  std::uint32_t take_alike(Instant limit, std::int64_t most, std::vector<std::int64_t>* offsets, Instant first);
  /// Takes a record back: it is the next one again. Records are given back last first.
  void give_back(const SourceRecord& record) {
    if (retraces()) {
      retrace(1);
      return;
    }
    returned_.push_back(next_);
    next_ = record;
  }
  /// Whether records can be taken back without being told: evenly spaced ones that differ in nothing but their time.
  [[nodiscard]] bool retraces() const { return evenly_ && alike_; }
  /// Takes the last `records` back; only if it retraces().
  void retrace(std::uint32_t records);
  /// Spacing of records in picoseconds if it is constant, else 0.
  [[nodiscard]] std::int64_t step_ps() const { return evenly_ ? step_ps_ : 0; }

 private:
  void draw() {
    if (!evenly_ && arrivals_) {
      clock_ += gap_.sample(*arrivals_);
    } else if (!evenly_) {
      clock_ = process_->next();
    } else {
      clock_ += Duration{step_ps_ / 1000};
      fraction_ps_ += step_ps_ % 1000;
      if (fraction_ps_ >= 1000) {
        fraction_ps_ -= 1000;
        clock_ += Duration{1};
      }
    }
    next_.intended = clock_;
    ++next_.number;
    if (alike_) return;
    if (sizes_) next_.size = sizes_->sample();
    if (tables_.keys) next_.partition = tables_.keys->sample(*key_choice_);
    if (dealt_round_ != 0) next_.partition = round_robin_partition(next_.number, dealt_round_);
    if (trace_) take_from_trace();
  }
  void take_returned();
  /// What the trace says of record number next_.number, if it has that row.
  void take_from_trace();

  SourceRecord next_;
  Instant clock_{};
  std::int64_t step_ps_;
  std::int64_t fraction_ps_ = 0;
  bool evenly_ = false;  // at constant intervals
  bool alike_ = true;    // records differ in nothing but their time
  std::vector<SourceRecord> returned_;
  std::optional<RecordsOnTop> on_top_;
  std::uint64_t numbers_on_top_ = 0;  // of all that ever came on top
  Exponential gap_;
  std::optional<RandomStream> arrivals_, key_choice_;
  std::unique_ptr<ArrivalProcess> process_;
  std::unique_ptr<RecordSizes> sizes_;  // null: all of one size
  SourceTables tables_;
  std::uint32_t dealt_round_ = 0;  // partitions to deal records to in turn; 0: not so
  std::shared_ptr<const TraceSpec> trace_;
  std::uint64_t first_row_ = 0, row_step_ = 1;  // of the trace
};

}  // namespace brokersim
