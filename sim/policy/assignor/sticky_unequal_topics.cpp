// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "sim/policy/assignor/sticky_claims.hpp"

namespace brokersim::sticky {
namespace {

/// What has moved from whom to whom, so that a move the other way takes back what came that way.
class Moves {
 public:
  explicit Moves(std::uint32_t partitions) : from_(partitions, nobody) {}

  /// Who had the partition before its moves; `owner` if it has not moved.
  [[nodiscard]] std::uint32_t origin(std::uint32_t p, std::uint32_t owner) const {
    return from_[p] == nobody ? owner : from_[p];
  }
  void record(AssignablePartition partition, std::uint32_t p, std::uint32_t owner, std::uint32_t to) {
    const std::uint32_t first = origin(p, owner);
    if (from_[p] != nobody) {
      const auto found = moved_.find({partition.topic, first, owner});
      found->second.erase(partition.number);
      if (found->second.empty()) moved_.erase(found);
    }
    from_[p] = first == to ? nobody : first;
    if (first != to) moved_[{partition.topic, first, to}].insert(partition.number);
  }
  /// The partition of the topic to move instead of `partition`: one that came from `to`, or that itself.
  [[nodiscard]] AssignablePartition instead_of(AssignablePartition partition, std::uint32_t origin,
                                               std::uint32_t to) const {
    const auto back = moved_.find({partition.topic, to, origin});
    return back == moved_.end() ? partition : AssignablePartition{partition.topic, *back->second.begin()};
  }

 private:
  std::vector<std::uint32_t> from_;  ///< [partition] first owner of one that has moved, else nobody
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, std::set<std::uint32_t>> moved_;
};

/// Members of the same topics and rack, by number of partitions and then id.
struct Kind {
  RackNumber rack = no_rack;
  std::set<std::pair<std::uint32_t, std::uint32_t>> members;  ///< (partitions, rank by id)
};

/// G-4, under way.
class UnequalTopics {
 public:
  explicit UnequalTopics(const Claims& claims)
      : claims_(claims),
        group_(claims.group),
        sizes_(group_.members.size(), 0),
        owner_(claims.numbers.size(), nobody),
        moves_(claims.numbers.size()) {
    std::map<std::pair<std::uint32_t, RackNumber>, std::uint32_t> kind_of;
    rank_.resize(group_.members.size());
    kind_.resize(group_.members.size());
    kinds_of_topic_.resize(group_.topics.size());
    subscribers_.assign(group_.topics.size(), 0);
    for (std::uint32_t rank = 0; rank < claims.by_id.size(); ++rank) {
      const std::uint32_t m = claims.by_id[rank];
      rank_[m] = rank;
      const GroupMember& member = group_.members[m];
      const auto [found, is_new] =
          kind_of.try_emplace({member.subscription, member.rack}, static_cast<std::uint32_t>(kinds_.size()));
      kind_[m] = found->second;
      if (is_new) kinds_.push_back({member.rack, {}});
      for (const std::uint32_t topic : group_.topics_of(m)) {
        ++subscribers_[topic];
        if (is_new) kinds_of_topic_[topic].push_back(found->second);
      }
    }
  }

  GroupAssignment assign() {
    find_older_claims();
    keep_owned();
    for (std::uint32_t m = 0; m < sizes_.size(); ++m) kinds_[kind_[m]].members.insert({sizes_[m], rank_[m]});
    const std::vector<AssignablePartition> all = partitions_in_order();
    std::vector<AssignablePartition> left;
    for (const AssignablePartition partition : all) {
      if (owner_of(partition) == nobody) left.push_back(partition);
    }
    balance(all, left);
    return collect();
  }

 private:
  [[nodiscard]] std::uint32_t& owner_of(AssignablePartition partition) { return owner_[claims_.numbers.of(partition)]; }
  /// Who had a partition in an older generation than the newest: it gets it back if that helps the balance.
  void find_older_claims() {
    previous_.assign(owner_.size(), nobody);
    for (const std::uint32_t m : claims_.hash_order) {
      const GroupMember& member = group_.members[m];
      if (member.generation >= claims_.newest_generation) continue;
      for (const AssignablePartition partition : member.owned) {
        if (!subscribes(group_, m, partition.topic)) continue;
        std::uint32_t& previous = previous_[claims_.numbers.of(partition)];
        if (previous == nobody || member.generation > group_.members[previous].generation) previous = m;
      }
    }
  }

  void keep_owned() {
    for (std::uint32_t m = 0; m < sizes_.size(); ++m) {
      for (const AssignablePartition partition : group_.members[m].owned) {
        const std::uint32_t p = claims_.numbers.of(partition);
        if (claims_.keeper[p] != m || owner_[p] == m) continue;
        if (!subscribes(group_, m, partition.topic) || claims_.mismatch(m, partition)) {
          something_revoked_ = true;
          continue;
        }
        owner_[p] = m;
        ++sizes_[m];
      }
    }
  }

  /// Topics of few subscribers first, then by name; partitions by number.
  [[nodiscard]] std::vector<AssignablePartition> partitions_in_order() const {
    std::vector<std::uint32_t> topics = claims_.topics;
    std::stable_sort(topics.begin(), topics.end(),
                     [this](std::uint32_t a, std::uint32_t b) { return subscribers_[a] < subscribers_[b]; });
    std::vector<AssignablePartition> result;
    for (const std::uint32_t topic : topics) {
      for (std::uint32_t number = 0; number < group_.topics[topic].partitions; ++number) {
        result.push_back({topic, number});
      }
    }
    return result;
  }

  /// The subscriber with the fewest partitions, by id among equals; nobody if there is none. `racks`: only members
  /// without a rack or in one of those.
  [[nodiscard]] std::uint32_t least_loaded(std::uint32_t topic, const std::vector<RackNumber>* racks) const {
    std::pair<std::uint32_t, std::uint32_t> least{nobody, nobody};
    for (const std::uint32_t k : kinds_of_topic_[topic]) {
      const Kind& kind = kinds_[k];
      if (kind.members.empty() || (racks != nullptr && racks_mismatch(kind.rack, *racks))) continue;
      least = std::min(least, *kind.members.begin());
    }
    return least.second == nobody ? nobody : claims_.by_id[least.second];
  }

  void resize(std::uint32_t member, std::uint32_t size) {
    auto& members = kinds_[kind_[member]].members;
    members.erase({sizes_[member], rank_[member]});
    sizes_[member] = size;
    members.insert({size, rank_[member]});
  }

  void give(AssignablePartition partition, std::uint32_t member) {
    owner_of(partition) = member;
    resize(member, sizes_[member] + 1);
  }

  void balance(const std::vector<AssignablePartition>& all, std::vector<AssignablePartition> left) {
    const bool from_nothing = std::all_of(sizes_.begin(), sizes_.end(), [](std::uint32_t size) { return size == 0; });
    const std::vector<AssignablePartition> new_ones = left;
    if (claims_.racks_matter) {
      std::erase_if(left, [this](AssignablePartition partition) {
        const std::uint32_t member = least_loaded(partition.topic, &claims_.racks_of(partition));
        if (member != nobody) give(partition, member);
        return member != nobody;
      });
    }
    for (const AssignablePartition partition : left) give(partition, least_loaded(partition.topic, nullptr));
    set_fixed_members_aside();
    const std::vector<std::uint32_t> sizes_before = sizes_, owners_before = owner_;
    if (!something_revoked_) move_while_it_helps(new_ones);
    const bool moved = move_while_it_helps(all);
    if (!from_nothing && moved && imbalance(sizes_) >= imbalance(sizes_before)) owner_ = owners_before;
  }

  /// Members that have all there is for them, all of it of topics nobody else reads, have no part in the balance.
  void set_fixed_members_aside() {
    movable_.assign(sizes_.size(), true);
    for (std::uint32_t m = 0; m < sizes_.size(); ++m) {
      const std::vector<std::uint32_t>& topics = group_.topics_of(m);
      movable_[m] = std::any_of(topics.begin(), topics.end(), [this](std::uint32_t topic) {
        return group_.topics[topic].partitions > 0 && subscribers_[topic] > 1;
      });
      if (!movable_[m]) kinds_[kind_[m]].members.erase({sizes_[m], rank_[m]});
    }
  }

  /// Goes through the partitions until a round brings no move. Where Kafka stops a round early, since all is balanced,
  /// no move would follow.
  bool move_while_it_helps(const std::vector<AssignablePartition>& partitions) {
    bool any = false;
    for (bool moved = true; moved;) {
      moved = false;
      for (const AssignablePartition partition : partitions) {
        if (subscribers_[partition.topic] < 2) continue;
        const std::uint32_t to = better_owner(partition);
        if (to == nobody) continue;
        move(partition, to);
        moved = any = true;
      }
    }
    return any;
  }

  /// Its previous owner if that has at least two less than the present one, or else the subscriber that has least, if
  /// that does; nobody if nothing is gained. Racks decide only whether one is looked for (as in Kafka, where a match
  /// leads to the same member as no match).
  [[nodiscard]] std::uint32_t better_owner(AssignablePartition partition) {
    const std::uint32_t owner = owner_of(partition), previous = previous_[claims_.numbers.of(partition)];
    if (previous != nobody && sizes_[owner] > sizes_[previous] + 1) return previous;
    const std::uint32_t least = least_loaded(partition.topic, nullptr);
    return sizes_[owner] > sizes_[least] + 1 ? least : nobody;
  }

  void move(AssignablePartition wanted, std::uint32_t to) {
    const std::uint32_t origin = moves_.origin(claims_.numbers.of(wanted), owner_of(wanted));
    const AssignablePartition partition = moves_.instead_of(wanted, origin, to);
    const std::uint32_t owner = owner_of(partition);
    moves_.record(partition, claims_.numbers.of(partition), owner, to);
    resize(owner, sizes_[owner] - 1);
    give(partition, to);
  }

  /// The sum of differences in partitions over all pairs of members with a part in the balance.
  [[nodiscard]] std::int64_t imbalance(const std::vector<std::uint32_t>& sizes) const {
    std::vector<std::int64_t> sorted;
    for (std::uint32_t m = 0; m < sizes.size(); ++m) {
      if (movable_[m]) sorted.push_back(sizes[m]);
    }
    std::sort(sorted.begin(), sorted.end());
    std::int64_t sum = 0, below = 0;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      sum += sorted[i] * static_cast<std::int64_t>(i) - below;
      below += sorted[i];
    }
    return sum;
  }

  /// The lists, and what was given to another member than one that claims to have it.
  [[nodiscard]] GroupAssignment collect() {
    GroupAssignment result;
    result.of_member.resize(sizes_.size());
    for (const std::uint32_t topic : claims_.topics) {
      for (std::uint32_t number = 0; number < group_.topics[topic].partitions; ++number) {
        const std::uint32_t owner = owner_of({topic, number});
        if (owner != nobody) result.of_member[owner].push_back({topic, number});
      }
    }
    std::vector<bool> had_by_owner(owner_.size(), false), given_up(owner_.size(), false);
    for (std::uint32_t m = 0; m < sizes_.size(); ++m) {
      for (const AssignablePartition partition : group_.members[m].owned) {
        const std::uint32_t p = claims_.numbers.of(partition);
        (owner_[p] == m ? had_by_owner : given_up)[p] = true;
      }
    }
    for (std::uint32_t m = 0; m < sizes_.size(); ++m) {
      for (const AssignablePartition partition : result.of_member[m]) {
        const std::uint32_t p = claims_.numbers.of(partition);
        if (given_up[p] && !had_by_owner[p]) result.withheld.push_back({partition, m});
      }
    }
    return result;
  }

  const Claims& claims_;
  const GroupView& group_;
  std::vector<std::uint32_t> rank_;  ///< [member] by id
  std::vector<std::uint32_t> kind_;  ///< [member]
  std::vector<Kind> kinds_;
  std::vector<std::vector<std::uint32_t>> kinds_of_topic_;  ///< [topic] kinds that subscribe to it
  std::vector<std::uint32_t> subscribers_;                  ///< [topic] how many members
  std::vector<std::uint32_t> sizes_;                        ///< [member] partitions
  std::vector<std::uint32_t> owner_;                        ///< [partition] member, or nobody
  std::vector<std::uint32_t> previous_;                     ///< [partition] owner of an older generation, or nobody
  std::vector<bool> movable_;                               ///< [member] has a part in the balance
  Moves moves_;
  bool something_revoked_ = false;
};

}  // namespace

GroupAssignment assign_unequal_topics(const Claims& claims) {
  return UnequalTopics(claims).assign();
}

}  // namespace brokersim::sticky
