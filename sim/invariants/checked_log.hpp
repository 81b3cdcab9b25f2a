// SPDX-License-Identifier: Apache-2.0
// A replica's log as the checker remembers it: which batches, by which leaders, in which order; not the batches
// themselves. Each position keeps a number that stands for everything before it, so that two logs are the same up to
// some position if they have the same number there (invariants-and-faults A.0, the rolling chain).
#pragma once
#include <cstdint>
#include <vector>

namespace brokersim {

/// A batch once a leader has appended it.
struct LoggedBatch {
  std::uint64_t identity = 0;  ///< of its records: producer and the number of the first one
  std::uint32_t epoch = 0;     ///< leader epoch of the append
};

class CheckedLog {
 public:
  struct Epoch {
    std::uint32_t epoch = 0, start = 0;  ///< position of its first batch
  };

  [[nodiscard]] std::uint32_t end() const { return base_ + static_cast<std::uint32_t>(chain_.size()); }
  /// Epochs of which it has a batch, ascending if all is well.
  [[nodiscard]] const std::vector<Epoch>& epochs() const { return epochs_; }
  [[nodiscard]] std::uint32_t last_epoch() const { return epochs_.empty() ? 0 : epochs_.back().epoch; }

  void append(LoggedBatch batch);
  /// Takes another log's batches [end(), to) over.
  void copy(const CheckedLog& other, std::uint32_t to);
  void truncate(std::uint32_t to);
  /// Positions before `position` are asked for no more: whoever has them has the same.
  void forget_before(std::uint32_t position);

  /// Whether two logs are the same up to `position`, which both must have to say so. What was forgotten is the same.
  [[nodiscard]] bool agrees_with(const CheckedLog& other, std::uint32_t position) const;
  /// Whether the batch at `position` is that one.
  [[nodiscard]] bool holds(std::uint32_t position, LoggedBatch batch) const;

 private:
  [[nodiscard]] std::uint64_t chain_at(std::uint32_t position) const {
    return position == base_ ? base_chain_ : chain_[position - base_ - 1];
  }
  [[nodiscard]] static std::uint64_t link(std::uint64_t chain, LoggedBatch batch);
  void note_epoch(std::uint32_t epoch, std::uint32_t position);

  std::uint32_t base_ = 0;  // forgotten before
  std::uint64_t base_chain_ = 0;
  std::vector<std::uint64_t> chain_;  // by position - base: stands for all up to and including it
  std::vector<Epoch> epochs_;
};

}  // namespace brokersim
