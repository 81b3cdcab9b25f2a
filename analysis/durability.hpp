// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace brokersim {

// What chance alone does to data and to availability when brokers fail: the closed forms a failure run is held against.
//
// throws  std::invalid_argument where a stated range is violated

/// P partitions with replicas on random distinct brokers; exactly `failures` brokers fail at once and never return.
struct LossQuestion {
  std::uint64_t brokers = 0;             // > 0
  std::uint64_t replication_factor = 0;  // 1 .. brokers
  std::uint64_t partitions = 0;
  std::uint64_t failures = 0;  // 0 .. brokers
};

struct LossExpectation {
  double one_partition_lost = 0;     // probability that a given partition loses every replica
  double any_partition_lost = 0;     // probability that some partition does; partitions placed independently
  double partitions_lost = 0;        // expected number
  double preferred_leader_lost = 0;  // probability that a given partition's first replica failed
};

/// q = C(f, r) / C(B, r); P(any) = 1 - (1 - q)^P.
/// source  Cidon et al., Copysets, USENIX ATC 2013
[[nodiscard]] LossExpectation expected_loss(const LossQuestion& question);

/// Brokers are down independently with one probability at the instant looked at; replicas are on distinct brokers.
struct AvailabilityQuestion {
  double down_probability = 0;             // [0, 1]
  std::uint64_t replication_factor = 0;    // > 0
  std::uint64_t min_in_sync_replicas = 0;  // 1 .. replication_factor
  std::uint64_t partitions = 0;
};

struct AvailabilityExpectation {
  double has_live_replica = 0;        // probability, a given partition
  double writable_with_acks_all = 0;  // at least min_in_sync_replicas live
  double all_replicas_live = 0;
  double offline_partitions = 0;        // expected number with no live replica
  double under_min_isr_partitions = 0;  // expected number not writable with acks=all, the offline ones included
};

/// Binomial in the number of live replicas.
[[nodiscard]] AvailabilityExpectation expected_availability(const AvailabilityQuestion& question);

}  // namespace brokersim
