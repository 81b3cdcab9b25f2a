// SPDX-License-Identifier: Apache-2.0
// What members of a sticky group may keep, and which racks they match: the input of both ways to assign.
#pragma once
#include <cstdint>
#include <vector>

#include "sim/policy/assignor/consumer_group.hpp"
#include "sim/policy/assignor/group_order.hpp"

namespace brokersim::sticky {

/// A sticky rebalance: the group, and who may keep what.
struct Claims {
  explicit Claims(const GroupView& view);

  /// Whether racks matter and the member's is none of the partition's replicas'.
  [[nodiscard]] bool mismatch(std::uint32_t member, AssignablePartition partition) const {
    return racks_matter && racks_mismatch(group.members[member].rack, racks_of(partition));
  }
  [[nodiscard]] const std::vector<RackNumber>& racks_of(AssignablePartition partition) const {
    return replica_racks_of(group.topics[partition.topic], partition.number);
  }

  const GroupView& group;
  PartitionNumbers numbers;
  std::vector<std::uint32_t> topics;      ///< subscribed, by name
  std::vector<std::uint32_t> hash_order;  ///< members
  std::vector<std::uint32_t> by_id;       ///< members
  std::vector<std::uint32_t> keeper;      ///< [partition] member whose claim holds, or nobody
  std::vector<bool> claimed_twice;        ///< [partition] in the same generation
  std::int32_t newest_generation = no_generation;
  bool racks_matter = false;

 private:
  void settle_claims();
};

/// The two ways; `withheld` lists every partition given to another member than the one that still has it.
[[nodiscard]] GroupAssignment assign_same_topics(const Claims& claims);
[[nodiscard]] GroupAssignment assign_unequal_topics(const Claims& claims);

}  // namespace brokersim::sticky
