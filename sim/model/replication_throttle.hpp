// SPDX-License-Identifier: Apache-2.0
// What a reassignment's throttle holds back.
#pragma once
#include <map>
#include <vector>

#include "sim/core/quantities.hpp"
#include "sim/core/sim_time.hpp"
#include "sim/policy/quota/sampled_rate.hpp"

namespace brokersim {

/// leader.replication.throttled.rate and follower.replication.throttled.rate of every broker, and which replicas of
/// which partitions they are about. Exists only once a reassignment has a throttle.
class ReplicationThrottle {
 public:
  explicit ReplicationThrottle(std::size_t brokers) : leaders_(brokers), followers_(brokers) {}

  /// kafka-reassign-partitions --throttle: sources and destinations are listed, and the rate holds on all of them,
  /// whatever it was before.
  void begin(std::uint32_t partition, std::vector<BrokerIndex> sources, std::vector<BrokerIndex> destinations,
             BytesPerSecond rate);
  /// --verify after the reassignment's end. Rates stay, as nothing is listed.
  void end(std::uint32_t partition) { listed_.erase(partition); }

  /// Whether a follower that is not in sync gets nothing of the partition now: at its leader or by itself it has had
  /// more than the rate.
  [[nodiscard]] bool holds_back(std::uint32_t partition, BrokerIndex leader, BrokerIndex follower, Instant now);
  /// What is copied counts, whether or not it could be held back.
  void count(std::uint32_t partition, BrokerIndex leader, BrokerIndex follower, Bytes bytes, Instant now);

 private:
  struct Side {
    BytesPerSecond rate;
    SampledRate used{11, 1000};  // replication.quota.window.num, .window.size.seconds
    [[nodiscard]] bool exceeded(std::int64_t now_ms) {
      return !rate.unlimited() && used.measure_plainly(now_ms) > static_cast<double>(rate.value);
    }
  };
  struct Listed {
    std::vector<BrokerIndex> sources, destinations;
  };
  [[nodiscard]] Side* leading(std::uint32_t partition, BrokerIndex leader);
  [[nodiscard]] Side* following(std::uint32_t partition, BrokerIndex follower);

  std::vector<Side> leaders_, followers_;  // by broker
  std::map<std::uint32_t, Listed> listed_;
};

}  // namespace brokersim
