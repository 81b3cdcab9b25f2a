// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <deque>
#include <map>

#include "sim/core/contract.hpp"
#include "sim/policy/assignor/sticky_claims.hpp"

namespace brokersim::sticky {
namespace {

/// Members that may get more, in order, and how many of them sit in each rack.
class Waiting {
 public:
  void add(std::uint32_t member, RackNumber rack) {
    members_.push_back(member);
    ++in_rack_[rack];
  }
  void erase(std::size_t place, RackNumber rack) {
    members_.erase(members_.begin() + static_cast<std::ptrdiff_t>(place));
    --in_rack_[rack];
  }
  void clear() {
    members_.clear();
    in_rack_.clear();
  }
  [[nodiscard]] bool any_in(const std::vector<RackNumber>& racks) const {
    return std::any_of(racks.begin(), racks.end(), [this](RackNumber rack) {
      const auto found = in_rack_.find(rack);
      return found != in_rack_.end() && found->second > 0;
    });
  }
  [[nodiscard]] const std::deque<std::uint32_t>& members() const { return members_; }
  [[nodiscard]] std::deque<std::uint32_t>& members() { return members_; }

 private:
  std::deque<std::uint32_t> members_;
  std::map<RackNumber, std::uint32_t> in_rack_;
};

/// G-3, under way.
class SameTopics {
 public:
  explicit SameTopics(const Claims& claims) : claims_(claims), group_(claims.group) {
    result_.of_member.resize(group_.members.size());
    given_up_by_.assign(claims.numbers.size(), nobody);
    taken_.assign(claims.numbers.size(), false);
    std::uint32_t partitions = 0;
    for (const std::uint32_t topic : claims.topics) partitions += group_.topics[topic].partitions;
    const auto members = static_cast<std::uint32_t>(group_.members.size());
    least_ = partitions / members;
    may_have_more_ = partitions % members;
    most_ = least_ + (may_have_more_ > 0 ? 1 : 0);
  }

  GroupAssignment assign() {
    keep_owned();
    std::vector<AssignablePartition> left = unassigned();
    if (claims_.racks_matter) {
      sort_by_matching_members(left);
      deal_within_racks(left);
    }
    deal(left);
    return std::move(result_);
  }

 private:
  [[nodiscard]] RackNumber rack(std::uint32_t member) const { return group_.members[member].rack; }
  [[nodiscard]] std::size_t size(std::uint32_t member) const { return result_.of_member[member].size(); }

  /// What the member owned, may keep and matches, by number and then topic.
  std::vector<AssignablePartition> keepable(std::uint32_t member, const std::vector<std::uint32_t>& rank) {
    std::vector<AssignablePartition> kept;
    for (const AssignablePartition partition : group_.members[member].owned) {
      const std::uint32_t p = claims_.numbers.of(partition);
      if (claims_.keeper[p] != member) continue;
      if (claims_.mismatch(member, partition)) {
        given_up_by_[p] = member;
      } else if (!claims_.claimed_twice[p]) {
        kept.push_back(partition);
      }
    }
    std::sort(kept.begin(), kept.end(), [&rank](const AssignablePartition& a, const AssignablePartition& b) {
      return a.number != b.number ? a.number < b.number : rank[a.topic] < rank[b.topic];
    });
    return kept;
  }

  void keep_owned() {
    std::vector<std::uint32_t> rank(group_.topics.size(), 0);
    for (std::uint32_t r = 0; r < claims_.topics.size(); ++r) rank[claims_.topics[r]] = r;
    std::vector<bool> below(group_.members.size(), false), exactly(group_.members.size(), false);
    for (const std::uint32_t member : claims_.hash_order) {
      const std::vector<AssignablePartition> owned = keepable(member, rank);
      std::size_t kept = least_;
      if (owned.size() < least_) {
        kept = owned.size();
        below[member] = true;
      } else if (owned.size() >= most_ && have_more_ < may_have_more_) {
        kept = most_;
        ++have_more_;
        if (have_more_ == may_have_more_) exactly.assign(exactly.size(), false);
      } else {
        exactly[member] = have_more_ < may_have_more_;
      }
      for (std::size_t i = 0; i < owned.size(); ++i) {
        const std::uint32_t p = claims_.numbers.of(owned[i]);
        if (i < kept) {
          taken_[p] = true;
          result_.of_member[member].push_back(owned[i]);
        } else {
          given_up_by_[p] = member;
        }
      }
    }
    for (const std::uint32_t member : claims_.by_id) {
      if (below[member]) below_least_.add(member, rack(member));
      if (exactly[member]) at_least_.add(member, rack(member));
    }
  }

  [[nodiscard]] std::vector<AssignablePartition> unassigned() const {
    std::vector<AssignablePartition> left;
    for (const std::uint32_t topic : claims_.topics) {
      for (std::uint32_t number = 0; number < group_.topics[topic].partitions; ++number) {
        const AssignablePartition partition{topic, number};
        if (!taken_[claims_.numbers.of(partition)]) left.push_back(partition);
      }
    }
    return left;
  }

  /// Those that few members have a replica of in their rack come first.
  void sort_by_matching_members(std::vector<AssignablePartition>& left) const {
    std::map<RackNumber, std::uint32_t> members_in;
    for (const GroupMember& member : group_.members) {
      if (member.rack != no_rack) ++members_in[member.rack];
    }
    std::vector<std::uint32_t> matching(claims_.numbers.size(), 0);
    for (const AssignablePartition partition : left) {
      std::vector<RackNumber> racks = claims_.racks_of(partition);
      std::sort(racks.begin(), racks.end());
      racks.erase(std::unique(racks.begin(), racks.end()), racks.end());
      for (const RackNumber rack : racks) {
        const auto found = members_in.find(rack);
        if (found != members_in.end()) matching[claims_.numbers.of(partition)] += found->second;
      }
    }
    std::stable_sort(left.begin(), left.end(), [&](const AssignablePartition& a, const AssignablePartition& b) {
      return matching[claims_.numbers.of(a)] < matching[claims_.numbers.of(b)];
    });
  }

  /// The first waiting member from `first` on, going round, that has a replica of the partition in its rack; the number
  /// of waiting ones if none has.
  [[nodiscard]] std::size_t next_matching(const Waiting& waiting, AssignablePartition partition,
                                          std::size_t first) const {
    const std::size_t count = waiting.members().size();
    const std::vector<RackNumber>& racks = claims_.racks_of(partition);
    if (!waiting.any_in(racks)) return count;
    std::size_t place = first;
    for (;; place = (place + 1) % count) {
      const RackNumber rack_here = rack(waiting.members()[place]);
      if (rack_here != no_rack && !racks_mismatch(rack_here, racks)) return place;
    }
  }

  void deal_within_racks(std::vector<AssignablePartition>& left) {
    std::vector<AssignablePartition> rest;
    std::size_t next = 0;  // place among those below the least
    for (const AssignablePartition partition : left) {
      std::size_t place = next_matching(below_least_, partition, next);
      if (place < below_least_.members().size()) {
        const std::uint32_t member = below_least_.members()[place];
        const std::size_t count = size(member) + 1;
        if (count >= least_) {
          below_least_.erase(place, rack(member));
          if (count < most_ && have_more_ < may_have_more_) at_least_.add(member, rack(member));
        } else {
          ++place;
        }
        next = below_least_.members().empty() ? 0 : place % below_least_.members().size();
        give(partition, member);
        continue;
      }
      place = next_matching(at_least_, partition, 0);
      if (place == at_least_.members().size()) {
        rest.push_back(partition);
        continue;
      }
      const std::uint32_t member = at_least_.members()[place];
      if (size(member) + 1 == most_) {
        at_least_.erase(place, rack(member));
        ++have_more_;
        if (have_more_ == may_have_more_) at_least_.clear();
      }
      give(partition, member);
    }
    left = std::move(rest);
  }

  /// Going round those below the least until each has it, then one more each. Racks do not matter any more.
  void deal(const std::vector<AssignablePartition>& left) {
    std::deque<std::uint32_t> below = below_least_.members(), still_below;
    std::deque<std::uint32_t>& at_least = at_least_.members();
    for (const AssignablePartition partition : left) {
      if (below.empty()) std::swap(below, still_below);
      std::deque<std::uint32_t>& from = below.empty() ? at_least : below;
      require(!from.empty(), "members have room for all partitions");
      const std::uint32_t member = from.front();
      from.pop_front();
      give(partition, member);
      if (size(member) < least_) {
        still_below.push_back(member);
      } else if (size(member) == least_) {
        at_least.push_back(member);
      }
    }
  }

  void give(AssignablePartition partition, std::uint32_t member) {
    result_.of_member[member].push_back(partition);
    const std::uint32_t p = claims_.numbers.of(partition);
    const bool another_has_it = given_up_by_[p] != nobody && given_up_by_[p] != member;
    if (another_has_it || claims_.claimed_twice[p]) result_.withheld.push_back({partition, member});
  }

  const Claims& claims_;
  const GroupView& group_;
  GroupAssignment result_;
  std::vector<std::uint32_t> given_up_by_;  ///< [partition] who owned it and does not keep it, or nobody
  std::vector<bool> taken_;                 ///< [partition] kept by its owner
  Waiting below_least_;                     ///< members with less than everyone gets
  Waiting at_least_;                        ///< members with just that, that may get one more
  std::uint32_t least_ = 0, most_ = 0;      ///< partitions of a member
  std::uint32_t may_have_more_ = 0;         ///< members that get the most, where that is more than the least
  std::uint32_t have_more_ = 0;
};

}  // namespace

GroupAssignment assign_same_topics(const Claims& claims) {
  return SameTopics(claims).assign();
}

}  // namespace brokersim::sticky
