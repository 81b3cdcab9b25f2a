// SPDX-License-Identifier: Apache-2.0
#include "sim/invariants/checked_log.hpp"

#include <algorithm>
#include <utility>

#include "sim/core/running_hash.hpp"

namespace brokersim {

void CheckedTrunk::push(std::uint64_t chain) {
  constexpr std::size_t few = 16;  // batches: of a large cluster a partition has that many in ten seconds
  if (chain_.empty()) {
    chain_.reserve(few);
    chain_.push_back(0);
  }
  chain_.push_back(chain);
  ++end_;
  before_last_ = std::exchange(last_, chain);
}

void CheckedTrunk::note_end() {
  end_ = base_ + static_cast<std::uint32_t>(chain_.size() - 1);
  last_ = chain_.back();
  before_last_ = chain_.size() > 1 ? chain_[chain_.size() - 2] : 0;
}

void CheckedTrunk::replace(std::uint32_t position, std::span<const std::uint64_t> chain) {
  chain_.resize(position - base_ + 1);
  chain_.insert(chain_.end(), chain.begin(), chain.end());
  note_end();
}

void CheckedTrunk::forget_before(std::uint32_t position) {
  if (position <= base_) return;
  chain_.erase(chain_.begin(), chain_.begin() + (position - base_));
  base_ = position;
  note_end();
}

std::uint64_t CheckedLog::link(std::uint64_t chain, LoggedBatch batch) {
  return mixed_bits(mixed_bits(chain + 0x9e37'79b9'7f4a'7c15) + mixed_bits(batch.identity) + batch.epoch);
}

/// Returns whether it is new.
bool CheckedLog::note_epoch(std::uint32_t epoch, std::uint32_t position) {
  const std::span<const Epoch> known = epochs();
  if (!known.empty() && known.back().epoch == epoch) return false;
  if (known.empty()) {
    first_epoch_ = {epoch, position};
    has_epoch_ = true;
    return true;
  }
  if (rare().epochs.empty()) rare_->epochs.push_back(first_epoch_);
  rare_->epochs.push_back({epoch, position});
  return true;
}

/// One position more, with the number that stands for all up to it: on the trunk if it goes on so, or ends here.
void CheckedLog::push(std::uint64_t chain) {
  if (!has_own() && end_ == trunk_->end()) trunk_->push(chain);
  if (!has_own() && end_ < trunk_->end() && trunk_->chain_at(end_ + 1) == chain) {
    ++shared_end_;
  } else {
    rare().own.push_back(chain);
  }
  ++end_;
}

void CheckedLog::append(LoggedBatch batch) {
  if (!is_plain(batch.epoch)) note_epoch(batch.epoch, end_);
  push(link(chain_at(end_), batch));
}

bool CheckedLog::copy(const CheckedLog& other, std::uint32_t to) {
  if (to <= other.shared_end_ && other.is_plain(first_epoch_.epoch) && is_plain(first_epoch_.epoch)) {
    end_ = shared_end_ = std::max(end_, to);  // as nearly always
    return false;
  }
  bool is_new = false;
  const std::span<const Epoch> others = other.epochs();
  for (std::size_t i = 0; i < others.size(); ++i) {
    const std::uint32_t stops = i + 1 < others.size() ? others[i + 1].start : other.end_;
    const std::uint32_t start = std::max(others[i].start, end_);
    if (start < std::min(stops, to)) is_new = note_epoch(others[i].epoch, start) || is_new;
  }
  if (!has_own() && to <= other.shared_end_) {
    end_ = shared_end_ = std::max(end_, to);
    return is_new;
  }
  while (end_ < to) push(other.chain_at(end_ + 1));
  return is_new;
}

void CheckedLog::truncate(std::uint32_t to) {
  if (to >= end_) return;
  if (has_own()) rare_->own.resize(to > shared_end_ ? to - shared_end_ : 0);
  end_ = to;
  shared_end_ = std::min(shared_end_, to);
  while (!epochs().empty() && epochs().back().start >= to) {
    if (rare_ && !rare_->epochs.empty()) {
      rare_->epochs.pop_back();
      has_epoch_ = !rare_->epochs.empty();
    } else {
      has_epoch_ = false;
    }
  }
}

/// What the log has from `position` on becomes its own.
void CheckedLog::leave_trunk(std::uint32_t position) {
  if (position >= shared_end_) return;
  const std::span<const std::uint64_t> left = trunk_->chain_of(position, shared_end_);
  rare().own.insert(rare_->own.begin(), left.begin(), left.end());
  shared_end_ = position;
}

void CheckedLog::rejoin_trunk() {
  if (!has_own()) return;
  std::vector<std::uint64_t>& own = rare_->own;
  std::uint32_t same = 0;
  while (same < own.size() && shared_end_ + same < trunk_->end() &&
         trunk_->chain_at(shared_end_ + same + 1) == own[same])
    ++same;
  own.erase(own.begin(), own.begin() + same);
  shared_end_ += same;
}

void CheckedLog::become_trunk(std::span<CheckedLog* const> others) {
  if (shared_end_ == trunk_->end() && !has_own()) return;
  if (shared_end_ < trunk_->base()) return;  // of what it would have to say is forgotten
  for (CheckedLog* const other : others) other->leave_trunk(shared_end_);
  if (has_own()) {
    trunk_->replace(shared_end_, rare_->own);
    rare_->own.clear();
  } else {
    trunk_->replace(shared_end_, {});
  }
  shared_end_ = end_;
  for (CheckedLog* const other : others) other->rejoin_trunk();
}

bool CheckedLog::holds(std::uint32_t position, LoggedBatch batch) const {
  if (position >= end_) return false;
  return position < trunk_->base() || chain_at(position + 1) == link(chain_at(position), batch);
}

}  // namespace brokersim
