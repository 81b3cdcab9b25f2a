// SPDX-License-Identifier: Apache-2.0
#include "sim/policy/placement/classic_placer.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace brokersim {
namespace {

using Racks = std::map<std::string, std::vector<std::int32_t>>;

/// Brokers by rack, in order of id; a rack without name if none has one.
Racks by_rack(std::span<const PlacementBroker> brokers) {
  Racks racks;
  for (const PlacementBroker& broker : brokers) {
    if (broker.rack.has_value() != brokers.front().rack.has_value())
      throw RacksIncomplete("either all brokers have a rack or none has");
    racks[broker.rack.value_or("")].push_back(broker.id);
  }
  for (auto& [name, ids] : racks) std::sort(ids.begin(), ids.end());
  return racks;
}

/// One broker of each rack in turn; racks that have no more are passed over.
std::vector<std::int32_t> alternated(const Racks& racks, std::size_t brokers) {
  std::vector<std::int32_t> list;
  for (std::size_t turn = 0; list.size() < brokers; ++turn) {
    for (const auto& [name, ids] : racks) {
      if (turn < ids.size()) list.push_back(ids[turn]);
    }
  }
  return list;
}

/// P-10: the place of a follower, `probe` places on from a leader's place and a shift.
std::size_t place_of(std::size_t leader, std::size_t shift, std::size_t probe, std::size_t brokers) {
  return (leader + 1 + (shift + probe) % (brokers - 1)) % brokers;
}

}  // namespace

std::vector<std::vector<std::int32_t>> place_classic(std::span<const PlacementBroker> brokers, PlacementRequest request,
                                                     PlacementRandom& random) {
  const auto n = static_cast<std::uint32_t>(brokers.size());
  if (request.partitions == 0 || request.replication_factor == 0 || request.replication_factor > n) {
    throw InvalidReplicationFactor(std::to_string(request.replication_factor) + " replicas of " +
                                   std::to_string(request.partitions) + " partitions on " + std::to_string(n) +
                                   " brokers");
  }
  const Racks racks = by_rack(brokers);
  const std::vector<std::int32_t> list = alternated(racks, n);
  std::map<std::int32_t, const std::string*> rack_of;
  for (const auto& [name, ids] : racks) {
    for (const std::int32_t id : ids) rack_of[id] = &name;
  }
  const std::size_t step = racks.size();  // one rack, or none: every place is taken as it comes
  const std::uint32_t start = random.below(n);
  std::size_t shift = random.below(n);
  std::vector<std::vector<std::int32_t>> assignment;
  for (std::uint32_t partition = 0; partition < request.partitions; ++partition) {
    if (partition > 0 && partition % n == 0) ++shift;
    const std::size_t first = (std::size_t{partition} + start) % n;
    std::vector<std::int32_t>& replicas = assignment.emplace_back(1, list[first]);
    std::set<const std::string*> used{rack_of[list[first]]};
    for (std::size_t probe = 0; replicas.size() < request.replication_factor; ++probe) {
      const std::int32_t id = list[place_of(first, shift * step, probe, n)];
      const bool rack_free = used.count(rack_of[id]) == 0 || used.size() == racks.size();
      if (!rack_free || std::find(replicas.begin(), replicas.end(), id) != replicas.end()) continue;
      replicas.push_back(id);
      used.insert(rack_of[id]);
    }
  }
  return assignment;
}

}  // namespace brokersim
