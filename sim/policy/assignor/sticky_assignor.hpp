// SPDX-License-Identifier: Apache-2.0
// Kafka's sticky assignors: `sticky` (eager protocol) and `cooperative-sticky`, which decide alike.
//
// Goals        1. an even number of partitions; 2. a replica in the member's own rack (G-7, only where racks matter);
//              3. every member keeps what it read.
// Claims       a partition that two members claim is the one's with the higher generation; nobody's if both are alike.
// All members with the same topics (G-3)
//              P partitions, c members: everyone gets floor(P / c), P mod c members one more. Everyone keeps what it
//              owned (in its rack, if racks matter) up to that, partitions of low numbers first. The rest, by topic and
//              number, is dealt out going round those that have less than floor(P / c), by member id; then one each to
//              those that may have one more. If racks matter that is done first with members and partitions that match,
//              partitions that few members match first.
// Unequal topics (G-4)
//              Everyone keeps what it owned and may still read. The rest goes, topics of few subscribers first, to the
//              subscriber with the fewest partitions (if racks matter, first within the rack). Then partitions move to
//              the subscriber with the fewest as long as that has at least two less than the owner; a move in the
//              opposite direction of an earlier one takes that partition back. If in the end the sum of differences
//              between members is not smaller, all is left as it was before the moves.
// Order        where Kafka walks a hash table of member ids, so do we (members_in_hash_order); where it takes any one
// of
//              a set of partitions, we take that of the lowest number.
// Cooperative (G-5)
//              who gets a partition that another member still has, does not get it yet: it is withheld, the owner
//              revokes it, and the next rebalance hands it over.
// Source       AbstractStickyAssignor and CooperativeStickyAssignor of Apache Kafka in our own words; truth:
//              tests/validation/assignors.json.
// Cost         same topics: O(P log P + subscriptions), where racks matter times the members in between (Kafka's too).
//              Unequal: O(P * K log c) a round of moves, K kinds of members (topics and rack) that read a topic.
#pragma once
#include "sim/policy/assignor/consumer_group.hpp"

namespace brokersim {

/// partition.assignment.strategy=sticky
[[nodiscard]] GroupAssignment assign_sticky(const GroupView& group);

/// partition.assignment.strategy=cooperative-sticky
[[nodiscard]] GroupAssignment assign_cooperative_sticky(const GroupView& group);

}  // namespace brokersim
