// SPDX-License-Identifier: Apache-2.0
#include "sim/invariants/checked_log.hpp"

#include <algorithm>

#include "sim/core/running_hash.hpp"

namespace brokersim {

std::uint64_t CheckedLog::link(std::uint64_t chain, LoggedBatch batch) {
  return mixed_bits(mixed_bits(chain + 0x9e37'79b9'7f4a'7c15) + mixed_bits(batch.identity) + batch.epoch);
}

void CheckedLog::note_epoch(std::uint32_t epoch, std::uint32_t position) {
  if (epochs_.empty() || epochs_.back().epoch != epoch) epochs_.push_back({epoch, position});
}

void CheckedLog::append(LoggedBatch batch) {
  note_epoch(batch.epoch, end());
  chain_.push_back(link(chain_at(end()), batch));
}

void CheckedLog::copy(const CheckedLog& other, std::uint32_t to) {
  const std::uint32_t from = end();
  for (std::size_t i = 0; i < other.epochs_.size(); ++i) {
    const std::uint32_t stops = i + 1 < other.epochs_.size() ? other.epochs_[i + 1].start : other.end();
    const std::uint32_t start = std::max(other.epochs_[i].start, from);
    if (start < std::min(stops, to)) note_epoch(other.epochs_[i].epoch, start);
  }
  for (std::uint32_t at = from; at < to; ++at) chain_.push_back(other.chain_at(at + 1));
}

void CheckedLog::truncate(std::uint32_t to) {
  if (to >= end()) return;
  if (to < base_) {  // of what was forgotten nobody knows more than that it is gone
    base_ = to;
    base_chain_ = 0;
    chain_.clear();
  } else {
    chain_.resize(to - base_);
  }
  while (!epochs_.empty() && epochs_.back().start >= to) epochs_.pop_back();
}

void CheckedLog::forget_before(std::uint32_t position) {
  if (position <= base_) return;
  base_chain_ = chain_at(position);
  chain_.erase(chain_.begin(), chain_.begin() + (position - base_));
  base_ = position;
}

bool CheckedLog::agrees_with(const CheckedLog& other, std::uint32_t position) const {
  if (position > end() || position > other.end()) return false;
  if (position <= base_ || position <= other.base_) return true;
  return chain_at(position) == other.chain_at(position);
}

bool CheckedLog::holds(std::uint32_t position, LoggedBatch batch) const {
  if (position >= end()) return false;
  return position < base_ || chain_at(position + 1) == link(chain_at(position), batch);
}

}  // namespace brokersim
