// SPDX-License-Identifier: Apache-2.0
// A consumer group as its assignor sees it.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/model/specification.hpp"
#include "sim/policy/assignor/consumer_group.hpp"

namespace brokersim {

/// The topics of the world, with the racks of all replicas where any member of any group has a client.rack. A rack's
/// number is its zone's.
[[nodiscard]] std::vector<AssignableTopic> assignable_topics(const WorldSpec& world,
                                                             const std::vector<std::vector<BrokerIndex>>& replicas);

/// The members in the group's order, owning nothing yet. Kafka's member ids are random; here they are numbered through
/// with leading zeros, so that the order of ids is that of the list.
[[nodiscard]] std::vector<GroupMember> group_members(const WorldSpec& world, const ConsumerGroupSpec& group);

/// A member that is in the group at the moment of a rebalance.
struct PresentMember {
  std::uint32_t number = 0;                 ///< place in the group's list
  std::vector<AssignablePartition> owned;   ///< as it reports
  std::int32_t generation = no_generation;  ///< likewise
};

/// What those members read from now on. Shape of of_member: [members of the list]; next_owner likewise.
[[nodiscard]] GroupAssignment assignment_of(const WorldSpec& world, const ConsumerGroupSpec& group,
                                            const std::vector<AssignableTopic>& topics,
                                            std::span<const PresentMember> present);

/// What the members read that are in the group when the run begins. Shape of of_member: [members].
[[nodiscard]] GroupAssignment first_assignment(const WorldSpec& world, const ConsumerGroupSpec& group,
                                               const std::vector<AssignableTopic>& topics);

}  // namespace brokersim
