// SPDX-License-Identifier: Apache-2.0
#include "sim/policy/replica_selector/rack_aware_selector.hpp"

#include <tuple>

#include "sim/policy/replica_selector/read_policies.hpp"

namespace brokersim {
namespace {

/// Whether `a` is the fresher of two replicas of a rack; ids differ, so one of two always is.
bool fresher(const ReplicaView& a, const ReplicaView& b) {
  return std::make_tuple(a.log_end_offset, -a.since_caught_up, a.broker_id) >
         std::make_tuple(b.log_end_offset, -b.since_caught_up, b.broker_id);
}

}  // namespace

std::size_t RackAwareSelector::select(const ReadRequest& request, std::span<const ReplicaView> candidates) {
  const std::size_t leader = leader_among(candidates);
  if (request.client_rack.empty() || candidates[leader].rack == request.client_rack) return leader;
  std::size_t best = leader;  // stays the leader, which is not in the rack, until one that is comes along
  for (std::size_t place = 0; place < candidates.size(); ++place) {
    if (candidates[place].rack != request.client_rack) continue;
    if (best == leader || fresher(candidates[place], candidates[best])) best = place;
  }
  return best;
}

std::unique_ptr<ReplicaSelector> make_rack_aware(const SelectorContext&) {
  return std::make_unique<RackAwareSelector>();
}

}  // namespace brokersim
