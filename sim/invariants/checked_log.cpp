// SPDX-License-Identifier: Apache-2.0
#include "sim/invariants/checked_log.hpp"

#include <algorithm>

#include "sim/core/running_hash.hpp"

namespace brokersim {

void CheckedTrunk::forget_before(std::uint32_t position) {
  if (position <= base) return;
  base_chain = chain_at(position);
  chain.erase(chain.begin(), chain.begin() + (position - base));
  base = position;
}

std::uint64_t CheckedLog::link(std::uint64_t chain, LoggedBatch batch) {
  return mixed_bits(mixed_bits(chain + 0x9e37'79b9'7f4a'7c15) + mixed_bits(batch.identity) + batch.epoch);
}

void CheckedLog::note_epoch(std::uint32_t epoch, std::uint32_t position) {
  const std::span<const Epoch> known = epochs();
  if (!known.empty() && known.back().epoch == epoch) return;
  if (known.empty()) {
    first_epoch_ = {epoch, position};
    has_epoch_ = true;
    return;
  }
  if (rare().epochs.empty()) rare_->epochs.push_back(first_epoch_);
  rare_->epochs.push_back({epoch, position});
}

/// One position more, with the number that stands for all up to it: on the trunk if it goes on so, or ends here.
void CheckedLog::push(std::uint64_t chain) {
  constexpr std::size_t few = 16;  // batches: of a large cluster a partition has that many in ten seconds
  if (trunk_->chain.capacity() == 0) trunk_->chain.reserve(few);
  if (!has_own() && end_ == trunk_->end()) trunk_->chain.push_back(chain);
  if (!has_own() && end_ < trunk_->end() && trunk_->chain_at(end_ + 1) == chain) {
    ++shared_end_;
  } else {
    rare().own.push_back(chain);
  }
  ++end_;
}

void CheckedLog::append(LoggedBatch batch) {
  note_epoch(batch.epoch, end_);
  push(link(chain_at(end_), batch));
}

void CheckedLog::copy(const CheckedLog& other, std::uint32_t to) {
  const std::span<const Epoch> others = other.epochs();
  for (std::size_t i = 0; i < others.size(); ++i) {
    const std::uint32_t stops = i + 1 < others.size() ? others[i + 1].start : other.end_;
    const std::uint32_t start = std::max(others[i].start, end_);
    if (start < std::min(stops, to)) note_epoch(others[i].epoch, start);
  }
  if (!has_own() && to <= other.shared_end_) {
    end_ = shared_end_ = std::max(end_, to);
    return;
  }
  while (end_ < to) push(other.chain_at(end_ + 1));
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
  const auto from = trunk_->chain.begin() + (position - trunk_->base);
  rare().own.insert(rare_->own.begin(), from, from + (shared_end_ - position));
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
  if (shared_end_ < trunk_->base) return;  // of what it would have to say is forgotten
  for (CheckedLog* const other : others) other->leave_trunk(shared_end_);
  trunk_->chain.resize(shared_end_ - trunk_->base);
  if (has_own()) {
    trunk_->chain.insert(trunk_->chain.end(), rare_->own.begin(), rare_->own.end());
    rare_->own.clear();
  }
  shared_end_ = end_;
  for (CheckedLog* const other : others) other->rejoin_trunk();
}

bool CheckedLog::holds(std::uint32_t position, LoggedBatch batch) const {
  if (position >= end_) return false;
  return position < trunk_->base || chain_at(position + 1) == link(chain_at(position), batch);
}

}  // namespace brokersim
