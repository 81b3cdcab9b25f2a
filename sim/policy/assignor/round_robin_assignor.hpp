// SPDX-License-Identifier: Apache-2.0
// Kafka's round robin assignor (partition.assignment.strategy=roundrobin).
//
// Goal         an even number of partitions for members with the same topics.
// Algorithm    all partitions of all subscribed topics, by topic name and number, are dealt out one by one to the
//              members going round; a member that does not subscribe to the topic is passed over.
// Order        of members: static ones first, by instance id, then the others by member id.
// Consequence  every change of the group moves nearly everything; with unequal topics the numbers get uneven.
// Memory, racks  none.
// Source       rule G-2, RoundRobinAssignor of Apache Kafka; truth: tests/validation/assignors.json.
// Cost         O(subscriptions + partitions log members).
#pragma once
#include "sim/policy/assignor/consumer_group.hpp"

namespace brokersim {

[[nodiscard]] GroupAssignment assign_round_robin(const GroupView& group);

}  // namespace brokersim
