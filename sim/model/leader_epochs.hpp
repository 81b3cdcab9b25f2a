// SPDX-License-Identifier: Apache-2.0
// Which epoch's leader wrote which part of a log, and where two logs part. Positions are whatever the log
// counts in.
//
// source  LeaderEpochFileCache and AbstractFetcherThread.getOffsetTruncationState of Apache Kafka
#pragma once
#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>

namespace brokersim {

/// The first position of an epoch.
struct EpochStart {
  std::uint32_t epoch;
  std::uint32_t position;
  friend bool operator==(const EpochStart&, const EpochStart&) = default;
};

/// Where an epoch ends in a log: OffsetsForLeaderEpoch's answer.
struct EpochEnd {
  std::uint32_t epoch;     ///< the greatest one not above the one asked for
  std::uint32_t position;  ///< exclusive
  friend bool operator==(const EpochEnd&, const EpochEnd&) = default;
};

/// A log's leader epoch cache.
class LeaderEpochs {
 public:
  /// A new epoch begins at the log's end. Those that have no record are forgotten.
  void begin(EpochStart next) {
    cut(next.position);
    starts_.push_back(next);
  }
  /// The log ends at `end` now.
  void cut(std::uint32_t end) {
    while (!starts_.empty() && starts_.back().position >= end) starts_.pop_back();
  }
  /// The end of the greatest epoch not above `epoch`. None for an epoch after the last; of one before the first: where
  /// the first begins.
  [[nodiscard]] std::optional<EpochEnd> end_of(std::uint32_t epoch, std::uint32_t log_end) const {
    if (starts_.empty() || epoch > starts_.back().epoch) return std::nullopt;
    const auto after = std::upper_bound(starts_.begin(), starts_.end(), epoch,
                                        [](std::uint32_t wanted, EpochStart start) { return wanted < start.epoch; });
    const std::uint32_t end = after == starts_.end() ? log_end : after->position;
    return EpochEnd{after == starts_.begin() ? epoch : std::prev(after)->epoch, end};
  }
  /// Where a follower with this log cuts it, told by its leader where the follower's last epoch ends there. Before the
  /// told epoch's end in its own log; one that does not know that epoch cuts off what is after the epoch before it, and
  /// then asks again.
  [[nodiscard]] std::uint32_t cut_after(EpochEnd told, std::uint32_t log_end) const {
    const EpochEnd own = end_of(told.epoch, log_end).value_or(EpochEnd{told.epoch, log_end});
    return std::min(log_end, own.epoch == told.epoch ? std::min(told.position, own.position) : own.position);
  }
  /// Ascending.
  [[nodiscard]] std::span<const EpochStart> starts() const { return {starts_.data(), starts_.size()}; }
  [[nodiscard]] std::uint32_t last() const { return starts_.back().epoch; }

 private:
  boost::container::small_vector<EpochStart, 1> starts_;  // most logs have one, which needs no memory elsewhere
};

}  // namespace brokersim
