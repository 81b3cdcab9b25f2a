// SPDX-License-Identifier: Apache-2.0
// Kafka's range assignor, the default in effect (G-6), and the server-side one of the same name.
//
// Goal         partitions of the same number, of topics with the same number of partitions, go to the same member, so
//              that a member can join topics by key. This is put before an even number of partitions.
// Constraint   each partition of a subscribed topic has exactly one member; topics are dealt with independently.
// Algorithm    n partitions, c subscribed members in order: everyone gets floor(n / c), the first n mod c one more; in
//              contiguous ranges. Members beyond the n-th get nothing.
// Consequence  the odd partitions of every topic go to the first members: with many topics these read far more.
// Order        of members: static ones first, by instance id, then the others by member id.
// Racks        (client side, G-7) only where they matter: within the same quotas, a member first gets partitions with a
//              replica in its own rack; the rest is then dealt out as ranges. Topics with the same subscribers and the
//              same number of partitions are dealt with together, partition number by partition number, so that numbers
//              stay together: one goes to the first member with room that has a replica of all of them in its rack.
// Memory       none: what members read before has no influence.
// Source       rules G-1, G-7, G-8, V-10, RangeAssignor of Apache Kafka; truth: tests/validation/assignors.json.
// Cost         O(subscriptions + partitions), with racks times the number of replicas.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "sim/policy/assignor/consumer_group.hpp"

namespace brokersim {

/// Who reads each partition of one topic, racks apart.
///
/// partitions  of the topic
/// subscribed  the members that subscribe to the topic, in order, in any numbering the caller likes; not empty unless
///             partitions is 0 (a topic nobody subscribes to has no owner to name)
/// returns     shape [partitions], entries of `subscribed`
[[nodiscard]] std::vector<std::uint32_t> assign_range(std::uint32_t partitions,
                                                      std::span<const std::uint32_t> subscribed);

/// partition.assignment.strategy=range
[[nodiscard]] GroupAssignment assign_range(const GroupView& group);

/// group.remote.assignor=range: without racks, which the server's assignors do not look at since 3.8 (G-8).
[[nodiscard]] GroupAssignment assign_server_range(const GroupView& group);

}  // namespace brokersim
