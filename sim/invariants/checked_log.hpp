// SPDX-License-Identifier: Apache-2.0
// A replica's log as the checker remembers it: which batches, by which leaders, in which order; not the batches
// themselves. Each position keeps a number that stands for everything before it, so that two logs are the same up to
// some position if they have the same number there (invariants-and-faults A.0, the rolling chain).
//
// The logs of a partition are nearly always the same as far as they go. So their numbers are kept once, in the trunk;
// a log is the trunk up to some position, and has numbers of its own only where it differs.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace brokersim {

/// A batch once a leader has appended it.
struct LoggedBatch {
  std::uint64_t identity = 0;  ///< of its records: producer and the number of the first one
  std::uint32_t epoch = 0;     ///< leader epoch of the append
};

/// What the logs of one partition share. One cache line, with the numbers that are asked for most: those of its end.
class alignas(64) CheckedTrunk {
 public:
  /// Positions before are forgotten.
  [[nodiscard]] std::uint32_t base() const { return base_; }
  [[nodiscard]] std::uint32_t end() const { return end_; }
  /// Stands for everything before `position` <= end(); of what is forgotten nobody knows.
  [[nodiscard]] std::uint64_t chain_at(std::uint32_t position) const {
    if (position == end_) return last_;
    if (position + 1 == end_) return before_last_;
    return position < base_ ? 0 : chain_[position - base_];
  }
  /// What stands for the positions [from, to).
  [[nodiscard]] std::span<const std::uint64_t> chain_of(std::uint32_t from, std::uint32_t to) const {
    return std::span(chain_).subspan(from + 1 - base_, to - from);
  }
  void push(std::uint64_t chain);
  /// What it has from `position` on becomes that.
  void replace(std::uint32_t position, std::span<const std::uint64_t> chain);
  void forget_before(std::uint32_t position);

 private:
  void note_end();

  std::uint32_t base_ = 0, end_ = 0;
  std::uint64_t last_ = 0, before_last_ = 0;  // chain_at() of the end and of one before
  std::vector<std::uint64_t> chain_;          // by position - base: stands for all before it; none: all are 0
};

class CheckedLog {
 public:
  struct Epoch {
    std::uint32_t epoch = 0, start = 0;  ///< position of its first batch
  };

  /// An empty log. The trunk outlives it.
  explicit CheckedLog(CheckedTrunk& trunk) : trunk_(&trunk) {}

  [[nodiscard]] std::uint32_t end() const { return end_; }
  /// Up to where it is the trunk.
  [[nodiscard]] std::uint32_t shared_end() const { return shared_end_; }
  /// Epochs of which it has a batch, ascending if all is well.
  [[nodiscard]] std::span<const Epoch> epochs() const {
    if (!rare_ || rare_->epochs.empty()) return {&first_epoch_, has_epoch_ ? 1U : 0U};
    return rare_->epochs;
  }
  [[nodiscard]] std::uint32_t last_epoch() const { return epochs().empty() ? 0 : epochs().back().epoch; }

  void append(LoggedBatch batch);
  /// Takes over batches [end(), to) of another log of the partition. Returns whether they bring an epoch of which it
  /// had none.
  bool copy(const CheckedLog& other, std::uint32_t to);
  void truncate(std::uint32_t to);
  /// The trunk becomes this log; `others`, all other logs of the partition, stay what they are.
  void become_trunk(std::span<CheckedLog* const> others);

  /// Whether two logs are the same up to `position`, which both must have to say so. What was forgotten is the same.
  [[nodiscard]] bool agrees_with(const CheckedLog& other, std::uint32_t position) const {
    if (position > end_ || position > other.end_) return false;
    if (position <= shared_end_ && position <= other.shared_end_) return true;
    return position <= trunk_->base() || chain_at(position) == other.chain_at(position);
  }
  /// Whether the batch at `position` is that one.
  [[nodiscard]] bool holds(std::uint32_t position, LoggedBatch batch) const;

 private:
  [[nodiscard]] std::uint64_t chain_at(std::uint32_t position) const {
    return position <= shared_end_ ? trunk_->chain_at(position) : rare_->own[position - shared_end_ - 1];
  }
  [[nodiscard]] static std::uint64_t link(std::uint64_t chain, LoggedBatch batch);
  bool note_epoch(std::uint32_t epoch, std::uint32_t position);
  void push(std::uint64_t chain);
  void leave_trunk(std::uint32_t position);
  void rejoin_trunk();

  /// What few logs have: kept elsewhere, so that a log and what else is asked of a replica fit into one cache line.
  struct Rare {
    std::vector<Epoch> epochs;       // if there are several; else the one there may be is first_epoch_
    std::vector<std::uint64_t> own;  // by position - shared_end_, up to end_
  };
  [[nodiscard]] Rare& rare() {
    if (!rare_) rare_ = std::make_unique<Rare>();
    return *rare_;
  }
  [[nodiscard]] bool has_own() const { return end_ > shared_end_; }
  /// Whether all it has is of that epoch, and in the trunk.
  [[nodiscard]] bool is_plain(std::uint32_t epoch) const { return !rare_ && has_epoch_ && first_epoch_.epoch == epoch; }

  CheckedTrunk* trunk_;
  std::uint32_t end_ = 0, shared_end_ = 0;
  std::unique_ptr<Rare> rare_;
  Epoch first_epoch_;
  bool has_epoch_ = false;  // any
};

}  // namespace brokersim
