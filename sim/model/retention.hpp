// SPDX-License-Identifier: Apache-2.0
// Where logs begin: old segments are deleted by size or age, whether or not everybody has read them (B-31, B-32).
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/core/quantities.hpp"

namespace brokersim {

class Cluster;

/// Exists only where something may be deleted. Segments are what B-31 makes of a log from its start on; they are worked
/// out when somebody looks, as a log's start is always where one begins.
class Retention {
 public:
  explicit Retention(Cluster& cluster);

  /// A broker looks at the logs that it leads (log.retention.check.interval.ms). Followers take their leader's start.
  void check(BrokerIndex broker);
  /// Another retention.bytes or retention.ms of a topic, from the next look on.
  void change(TopicIndex topic, std::optional<Bytes> bytes, std::optional<Duration> time);

  /// The first batch of the partition that is still there.
  [[nodiscard]] std::uint32_t log_start(std::uint32_t partition) const;
  /// Records before that batch.
  [[nodiscard]] std::int64_t offset_of(std::uint32_t partition, std::uint32_t position) const;

 private:
  struct Limits {
    Bytes bytes;  // < 0: none
    Duration time;
  };
  struct Segment {
    std::uint32_t end = 0;  // position behind its last batch
    Bytes bytes = 0;
    Instant oldest{}, newest{};  // times of its first and its newest record
  };
  [[nodiscard]] std::vector<Segment> segments_of(std::uint32_t partition) const;

  Cluster* cluster_;
  std::vector<Limits> limits_;         // by topic
  std::vector<std::uint32_t> starts_;  // by partition
};

}  // namespace brokersim
