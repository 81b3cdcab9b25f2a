// SPDX-License-Identifier: Apache-2.0
#include "sim/policy/assignor/round_robin_assignor.hpp"

#include <algorithm>

#include "sim/policy/assignor/group_order.hpp"

namespace brokersim {

GroupAssignment assign_round_robin(const GroupView& group) {
  GroupAssignment result;
  result.of_member.resize(group.members.size());
  const std::vector<std::uint32_t> order = members_static_first(group.members);
  const Subscribers subscribed(group, order);
  std::uint32_t next = 0;  // place in order
  for (const std::uint32_t topic : subscribed_topics_by_name(group)) {
    const std::vector<std::uint32_t>& ours = subscribed[topic];
    for (std::uint32_t number = 0; number < group.topics[topic].partitions; ++number) {
      auto turn = std::lower_bound(ours.begin(), ours.end(), next);
      if (turn == ours.end()) turn = ours.begin();
      result.of_member[order[*turn]].push_back({topic, number});
      next = (*turn + 1) % static_cast<std::uint32_t>(order.size());
    }
  }
  sort_lists(result);
  return result;
}

}  // namespace brokersim
