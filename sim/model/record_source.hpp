// SPDX-License-Identifier: Apache-2.0
// The records one producer instance is asked to send: when, how large, with which key. An open loop: it never waits.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/core/quantities.hpp"
#include "sim/model/specification.hpp"
#include "sim/policy/partitioner/round_robin_partitioner.hpp"
#include "sim/random/exponential.hpp"
#include "sim/random/stream.hpp"
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

 private:
  KeySpec keys_;
  std::vector<std::uint32_t> partition_of_key_;
  std::optional<ZipfTable> zipf_;
};

class RecordSource {
 public:
  /// name  of the instance, for its random streams; keys may be null; partitions  of the topic
  RecordSource(const ProducerSpec& spec, const std::string& name, RandomSource random,
               std::shared_ptr<const KeyTable> keys, std::uint32_t partitions);

  /// The next record; next() takes it.
  [[nodiscard]] const SourceRecord& peek() const { return next_; }
  void advance() {
    if (returned_.empty()) [[likely]] {
      draw();
    } else {
      next_ = returned_.back();
      returned_.pop_back();
    }
  }
  /// Takes records as long as they are intended by `limit` and differ in nothing but their time (no key, one size), at
  /// most `most`. Returns how many. offsets: gets their times after `first`, unless null (evenly spaced).
  std::uint32_t take_alike(Instant limit, std::int64_t most, std::vector<std::int64_t>* offsets, Instant first);
  /// Takes a record back: it is the next one again. Records are given back last first.
  void give_back(const SourceRecord& record) {
    returned_.push_back(next_);
    next_ = record;
  }
  /// Spacing of records in picoseconds if it is constant, else 0.
  [[nodiscard]] std::int64_t step_ps() const { return arrivals_ ? 0 : step_ps_; }

 private:
  void draw() {
    if (arrivals_) {
      clock_ += gap_.sample(*arrivals_);
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
    if (sizes_) next_.size = minimum_size_ + static_cast<std::int32_t>(sizes_->below(size_choices_));
    if (keys_) next_.partition = keys_->sample(*key_choice_);
    if (dealt_round_ != 0) next_.partition = round_robin_partition(next_.number, dealt_round_);
  }

  SourceRecord next_;
  Instant clock_{};
  std::int64_t step_ps_;
  std::int64_t fraction_ps_ = 0;
  Exponential gap_;
  std::int32_t minimum_size_;
  std::uint32_t size_choices_;
  std::optional<RandomStream> arrivals_, sizes_, key_choice_;
  std::shared_ptr<const KeyTable> keys_;
  std::uint32_t dealt_round_ = 0;  // partitions to deal records to in turn; 0: not so
  std::vector<SourceRecord> returned_;
};

}  // namespace brokersim
