// SPDX-License-Identifier: Apache-2.0
// Which member of a consumer group reads which partition: Kafka's range assignor, the default in effect (G-6).
//
// Goal         partitions of the same number, of topics with the same number of partitions, go to the same member, so
//              that a member can join topics by key. This is put before an even number of partitions.
// Constraint   each partition of a subscribed topic has exactly one member; topics are dealt with independently.
// Algorithm    n partitions, c subscribed members in order: everyone gets floor(n / c), the first n mod c one more; in
//              contiguous ranges. Members beyond the n-th get nothing.
// Consequence  the odd partitions of every topic go to the first members: with many topics these read far more.
// Order        of members: static ones first, by instance id, then the others by member id. The caller orders them.
// Left out     racks (KIP-881, G-7): never active where every partition has a replica in every rack.
// Source       rule G-1, V-10; truth: tests/validation/assignors.json, range rows without racks. Kafka's server-side
//              range assignor (group.protocol=consumer) gives the same.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace brokersim {

/// Who reads each partition of one topic.
///
/// partitions  of the topic
/// subscribed  the members that subscribe to the topic, in order, in any numbering the caller likes; not empty unless
///             partitions is 0 (a topic nobody subscribes to has no owner to name)
/// returns     shape [partitions], entries of `subscribed`
[[nodiscard]] std::vector<std::uint32_t> assign_range(std::uint32_t partitions,
                                                      std::span<const std::uint32_t> subscribed);

}  // namespace brokersim
