// SPDX-License-Identifier: Apache-2.0
#include "sim/policy/assignor/uniform_assignor.hpp"

#include <algorithm>

#include "sim/core/contract.hpp"
#include "sim/policy/assignor/group_order.hpp"

namespace brokersim {
namespace {

/// What is common to both ways: members by place in order, and who has each partition.
struct UniformState {
  explicit UniformState(const GroupView& view)
      : group(view),
        order(members_in_hash_order(view.members)),
        subscribed(view, order),
        numbers(view.topics),
        owner(numbers.size(), nobody),
        sizes(order.size(), 0) {}

  /// What the member at that place owns and still subscribes to, ascending.
  [[nodiscard]] std::vector<AssignablePartition> may_keep(std::uint32_t place) const {
    std::vector<AssignablePartition> result;
    for (const AssignablePartition partition : group.members[order[place]].owned) {
      if (subscribes(group, order[place], partition.topic)) result.push_back(partition);
    }
    std::sort(result.begin(), result.end());
    return result;
  }
  void give(AssignablePartition partition, std::uint32_t place) {
    std::uint32_t& had = owner[numbers.of(partition)];
    if (had != nobody) --sizes[had];
    had = place;
    ++sizes[place];
  }
  [[nodiscard]] GroupAssignment collect() const {
    GroupAssignment result;
    result.of_member.resize(group.members.size());
    for (std::uint32_t topic = 0; topic < group.topics.size(); ++topic) {
      for (std::uint32_t number = 0; number < group.topics[topic].partitions; ++number) {
        const std::uint32_t place = owner[numbers.of({topic, number})];
        if (place != nobody) result.of_member[order[place]].push_back({topic, number});
      }
    }
    return result;
  }

  const GroupView& group;
  std::vector<std::uint32_t> order;  ///< members in hash order
  Subscribers subscribed;            ///< [topic] places in order, ascending
  PartitionNumbers numbers;
  std::vector<std::uint32_t> owner;  ///< [partition] place in order, or nobody
  std::vector<std::uint32_t> sizes;  ///< [place in order] partitions
};

void require_one_owner(const GroupView& group) {
  const PartitionNumbers numbers(group.topics);
  std::vector<bool> owned(numbers.size(), false);
  for (const GroupMember& member : group.members) {
    for (const AssignablePartition partition : member.owned) {
      require(partition.number < group.topics[partition.topic].partitions, "an owned partition exists");
      require(!owned[numbers.of(partition)], "no two members own the same partition");
      owned[numbers.of(partition)] = true;
    }
  }
}

// --- all members with the same topics ---

/// [place in order] how many partitions a member is to have. An odd one goes first to who has it already, as long as
/// members enough are left for the others.
std::vector<std::uint32_t> quotas(const UniformState& state, std::uint32_t partitions,
                                  const std::vector<std::vector<AssignablePartition>>& owned) {
  const auto members = static_cast<std::uint32_t>(state.order.size());
  const std::uint32_t least = partitions / members;
  std::uint32_t odd = partitions % members;
  std::vector<std::uint32_t> result(members, least);
  for (std::uint32_t place = 0; place < members; ++place) {
    if (odd == 0 || (owned[place].size() <= least && members - place > odd)) continue;
    ++result[place];
    --odd;
  }
  return result;
}

GroupAssignment assign_same_topics(UniformState& state) {
  const std::vector<std::uint32_t>& topics = state.group.topics_of(0);
  std::uint32_t partitions = 0;
  for (const std::uint32_t topic : topics) partitions += state.group.topics[topic].partitions;
  std::vector<std::vector<AssignablePartition>> owned(state.order.size());
  std::vector<bool> is_owned(state.numbers.size(), false);
  for (std::uint32_t place = 0; place < owned.size(); ++place) {
    owned[place] = state.may_keep(place);
    for (const AssignablePartition partition : owned[place]) is_owned[state.numbers.of(partition)] = true;
  }
  std::vector<AssignablePartition> free;
  for (const std::uint32_t topic : topics) {
    for (std::uint32_t number = 0; number < state.group.topics[topic].partitions; ++number) {
      if (!is_owned[state.numbers.of({topic, number})]) free.push_back({topic, number});
    }
  }
  const std::vector<std::uint32_t> quota = quotas(state, partitions, owned);
  for (std::uint32_t place = 0; place < owned.size(); ++place) {
    for (const AssignablePartition partition : owned[place]) {
      if (state.sizes[place] < quota[place]) {
        state.give(partition, place);
      } else {
        free.push_back(partition);
      }
    }
  }
  auto next = free.begin();
  for (std::uint32_t place = 0; place < owned.size(); ++place) {
    while (state.sizes[place] < quota[place] && next != free.end()) state.give(*next++, place);
  }
  return state.collect();
}

// --- unequal topics ---

/// Subscribers of a topic by number of partitions, and whose turn it is to get or to lose one: a range at the low end
/// that is filled evenly and then widened, and one at the high end that is lowered evenly and then widened.
class Levels {
 public:
  Levels(const std::vector<std::uint32_t>& subscribers, const std::vector<std::uint32_t>& sizes)
      : sizes_(sizes), sorted_(subscribers) {
    std::stable_sort(sorted_.begin(), sorted_.end(),
                     [&sizes](std::uint32_t a, std::uint32_t b) { return sizes[a] < sizes[b]; });
    low_level_ = std::int64_t{sizes[sorted_.front()]} - 1;
    high_level_ = std::int64_t{sizes[sorted_.back()]} + 1;
    high_begin_ = high_end_ = count();
    next_high_ = count() - 1;
  }

  [[nodiscard]] std::int64_t difference() const {
    return std::int64_t{sizes_[sorted_.back()]} - std::int64_t{sizes_[sorted_.front()]};
  }
  [[nodiscard]] bool balanced() const { return high_level_ - low_level_ <= 1; }

  /// Who gets the next partition; the caller gives it.
  [[nodiscard]] std::uint32_t next_low() {
    if (next_low_ >= low_end_) {
      ++low_level_;
      while (low_end_ < count() && size_at(low_end_) == low_level_) ++low_end_;
      next_low_ = 0;
    }
    return sorted_[static_cast<std::size_t>(next_low_++)];
  }
  /// Who loses the next one; nobody if nobody is left.
  [[nodiscard]] std::uint32_t next_high() {
    if (next_high_ < high_begin_) {
      const bool empty = high_end_ <= high_begin_ && high_begin_ > 0;  // all in it were excluded
      high_level_ = empty ? size_at(high_begin_ - 1) : high_level_ - 1;
      while (high_begin_ > 0 && size_at(high_begin_ - 1) == high_level_) --high_begin_;
      next_high_ = high_end_ - 1;
    }
    if (next_high_ < 0) return nobody;
    return sorted_[static_cast<std::size_t>(next_high_--)];
  }
  /// The last answer of next_high() has nothing of this topic to give.
  void exclude_last_high() {
    std::swap(sorted_[static_cast<std::size_t>(next_high_ + 1)], sorted_[static_cast<std::size_t>(high_end_ - 1)]);
    --high_end_;
  }

 private:
  [[nodiscard]] std::int64_t count() const { return static_cast<std::int64_t>(sorted_.size()); }
  [[nodiscard]] std::int64_t size_at(std::int64_t place) const {
    return sizes_[sorted_[static_cast<std::size_t>(place)]];
  }

  const std::vector<std::uint32_t>& sizes_;
  std::vector<std::uint32_t> sorted_;
  std::int64_t low_end_ = 0, next_low_ = 0, low_level_ = 0;
  std::int64_t high_begin_ = 0, high_end_ = 0, next_high_ = 0, high_level_ = 0;
};

/// Topics with most partitions a subscriber first, then those with few subscribers.
std::vector<std::uint32_t> topics_in_order(const UniformState& state) {
  std::vector<std::uint32_t> topics;
  for (std::uint32_t topic = 0; topic < state.group.topics.size(); ++topic) {
    if (!state.subscribed[topic].empty()) topics.push_back(topic);
  }
  std::stable_sort(topics.begin(), topics.end(), [&state](std::uint32_t a, std::uint32_t b) {
    const std::uint64_t subscribers_a = state.subscribed[a].size(), subscribers_b = state.subscribed[b].size();
    const std::uint64_t load_a = state.group.topics[a].partitions * subscribers_b;
    const std::uint64_t load_b = state.group.topics[b].partitions * subscribers_a;
    return load_a != load_b ? load_a > load_b : subscribers_a < subscribers_b;
  });
  return topics;
}

/// Moves partitions of one topic; returns whether any.
bool balance_topic(UniformState& state, std::uint32_t topic) {
  Levels levels(state.subscribed[topic], state.sizes);
  if (levels.difference() <= 1) return false;
  // [subscriber's number] its partitions of this topic; the last one goes first
  std::vector<std::vector<std::uint32_t>> of_subscriber(state.subscribed[topic].size());
  const auto number_of = [&ours = state.subscribed[topic]](std::uint32_t place) {
    return static_cast<std::size_t>(std::lower_bound(ours.begin(), ours.end(), place) - ours.begin());
  };
  for (std::uint32_t number = 0; number < state.group.topics[topic].partitions; ++number) {
    of_subscriber[number_of(state.owner[state.numbers.of({topic, number})])].push_back(number);
  }
  bool moved = false;
  while (!levels.balanced()) {
    std::uint32_t from = levels.next_high();
    while (from != nobody && of_subscriber[number_of(from)].empty()) {
      levels.exclude_last_high();
      from = levels.next_high();
    }
    if (from == nobody) break;
    std::vector<std::uint32_t>& giving = of_subscriber[number_of(from)];
    const std::uint32_t number = giving.back();
    giving.pop_back();
    const std::uint32_t to = levels.next_low();
    if (levels.balanced()) break;
    state.give({topic, number}, to);
    moved = true;
  }
  return moved;
}

void balance(UniformState& state, std::vector<std::uint32_t> topics) {
  constexpr int most_rounds = 16;  // Kafka's MAX_ITERATION_COUNT
  std::erase_if(topics, [&state](std::uint32_t topic) { return state.subscribed[topic].size() < 2; });
  std::size_t last_moved = topics.size();
  for (int round = 0; round < most_rounds; ++round) {
    for (std::size_t t = 0; t < topics.size(); ++t) {
      if (t == last_moved) return;  // all the way round without a move
      if (balance_topic(state, topics[t]) || last_moved == topics.size()) last_moved = t;
    }
  }
}

GroupAssignment assign_unequal_topics(UniformState& state) {
  for (std::uint32_t place = 0; place < state.order.size(); ++place) {
    for (const AssignablePartition partition : state.may_keep(place)) state.give(partition, place);
  }
  const std::vector<std::uint32_t> topics = topics_in_order(state);
  for (const std::uint32_t topic : topics) {
    Levels levels(state.subscribed[topic], state.sizes);
    for (std::uint32_t number = 0; number < state.group.topics[topic].partitions; ++number) {
      if (state.owner[state.numbers.of({topic, number})] == nobody) state.give({topic, number}, levels.next_low());
    }
  }
  balance(state, topics);
  return state.collect();
}

}  // namespace

GroupAssignment assign_uniform(const GroupView& group) {
  if (group.members.empty()) return {};
  require_one_owner(group);
  UniformState state(group);
  return all_subscribe_alike(group) ? assign_same_topics(state) : assign_unequal_topics(state);
}

}  // namespace brokersim
