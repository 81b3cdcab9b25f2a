// SPDX-License-Identifier: Apache-2.0
#include "sim/policy/assignor/sticky_assignor.hpp"

#include <algorithm>

#include "sim/core/contract.hpp"
#include "sim/policy/assignor/sticky_claims.hpp"

namespace brokersim {
namespace sticky {
namespace {

bool racks_matter_for(const GroupView& group, std::span<const std::uint32_t> topics) {
  std::vector<RackNumber> member_racks;
  for (const GroupMember& member : group.members) member_racks.push_back(member.rack);
  if (std::all_of(member_racks.begin(), member_racks.end(), [](RackNumber rack) { return rack == no_rack; }))
    return false;
  std::vector<const std::vector<RackNumber>*> replica_racks;
  for (const std::uint32_t topic : topics) {
    for (std::uint32_t p = 0; p < group.topics[topic].partitions; ++p) {
      replica_racks.push_back(&replica_racks_of(group.topics[topic], p));
    }
  }
  return brokersim::racks_matter(member_racks, replica_racks);
}

}  // namespace

Claims::Claims(const GroupView& view)
    : group(view),
      numbers(view.topics),
      topics(subscribed_topics_by_name(view)),
      hash_order(members_in_hash_order(view.members)),
      by_id(members_by_id(view.members)),
      keeper(numbers.size(), nobody),
      claimed_twice(numbers.size(), false),
      racks_matter(racks_matter_for(view, topics)) {
  settle_claims();
}

/// Claims of equal generation cancel each other; a third, of a higher one, still holds for unequal topics.
void Claims::settle_claims() {
  std::vector<bool> subscribed(group.topics.size(), false);
  for (const std::uint32_t topic : topics) subscribed[topic] = true;
  std::vector<std::uint32_t> last_claim(numbers.size(), nobody);
  for (const std::uint32_t m : hash_order) {
    const GroupMember& member = group.members[m];
    newest_generation = std::max(newest_generation, member.generation);
    for (const AssignablePartition partition : member.owned) {
      require(partition.number < group.topics[partition.topic].partitions, "an owned partition exists");
      if (!subscribed[partition.topic]) continue;
      const std::uint32_t p = numbers.of(partition);
      const std::int32_t other = last_claim[p] == nobody ? no_generation : group.members[last_claim[p]].generation;
      if (last_claim[p] == nobody || member.generation > other) {
        keeper[p] = last_claim[p] = m;
      } else if (member.generation == other) {
        claimed_twice[p] = true;
        keeper[p] = nobody;
        last_claim[p] = m;
      }
    }
  }
}

}  // namespace sticky

namespace {

GroupAssignment assign(const GroupView& group) {
  const sticky::Claims claims(group);
  if (group.members.empty()) return {};
  GroupAssignment result =
      all_subscribe_alike(group) ? sticky::assign_same_topics(claims) : sticky::assign_unequal_topics(claims);
  sort_lists(result);
  return result;
}

}  // namespace

GroupAssignment assign_sticky(const GroupView& group) {
  GroupAssignment result = assign(group);
  result.withheld.clear();  // everybody gave up everything before it joined
  return result;
}

GroupAssignment assign_cooperative_sticky(const GroupView& group) {
  GroupAssignment result = assign(group);
  std::sort(result.withheld.begin(), result.withheld.end(),
            [](const WithheldPartition& a, const WithheldPartition& b) { return a.partition < b.partition; });
  for (const WithheldPartition& withheld : result.withheld) {
    std::vector<AssignablePartition>& list = result.of_member[withheld.next_owner];
    list.erase(std::lower_bound(list.begin(), list.end(), withheld.partition));
  }
  return result;
}

}  // namespace brokersim
