// SPDX-License-Identifier: Apache-2.0
// The server-side uniform assignor (group.protocol=consumer, the default group.remote.assignor), Kafka 4.2.
//
// Goals        1. an even number of partitions; 2. every member keeps what it has. No racks (G-8).
// All members with the same topics
//              P partitions, c members: everyone may have floor(P / c), the first P mod c in order one more. Everyone
//              keeps what it has up to that; what is free goes to the members that may have more, each filled before
//              the next.
// Unequal topics
//              Everyone keeps what it may still read. Free partitions go, topics with most partitions a subscriber
//              first, to the subscribers with the fewest. Then, topic by topic, partitions move from the subscribers
//              with the most to those with the fewest until they differ by one at most; at most 16 rounds of all
//              topics, or until a round changes nothing. Subscribers that share no topic may still differ by more.
// Order        of members: Kafka's, a hash table of member ids (members_in_hash_order). Of topics Kafka's is that of
//              their random ids; here that of GroupView::topics.
// Result       a target. Handing partitions over one heartbeat at a time (G-21) is not the assignor's.
// Source       rule G-8, UniformHomogeneousAssignmentBuilder and UniformHeterogeneousAssignmentBuilder of Apache Kafka
// in
//              our own words; truth: tests/validation/assignors.json.
// Cost         O(P + subscriptions); unequal topics O(16 (P log P + subscriptions log c)) at most.
#pragma once
#include "sim/policy/assignor/consumer_group.hpp"

namespace brokersim {

/// group.remote.assignor=uniform. No two members own the same partition.
[[nodiscard]] GroupAssignment assign_uniform(const GroupView& group);

}  // namespace brokersim
