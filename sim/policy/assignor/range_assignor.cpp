// SPDX-License-Identifier: Apache-2.0
#include "sim/policy/assignor/range_assignor.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <utility>

#include "sim/core/contract.hpp"
#include "sim/policy/assignor/group_order.hpp"

namespace brokersim {
namespace {

/// What is left to give of one topic, by its subscribers' places in order.
class TopicShares {
 public:
  TopicShares(std::uint32_t partitions, std::size_t subscribers)
      : owners(partitions, nobody),
        given_(subscribers, 0),
        each_(partitions / static_cast<std::uint32_t>(subscribers)),
        with_one_more_(partitions % static_cast<std::uint32_t>(subscribers)) {}

  /// How many more partitions the subscriber may get. It never rises.
  [[nodiscard]] std::uint32_t room(std::uint32_t subscriber) const {
    const std::uint32_t most = each_ + (with_one_more_ > 0 ? 1 : 0);
    return most > given_[subscriber] ? most - given_[subscriber] : 0;
  }
  /// `partitions` at once: as in Kafka, one more than each one's share uses up one of the odd ones.
  void give(std::uint32_t subscriber, std::span<const std::uint32_t> partitions) {
    for (const std::uint32_t partition : partitions) owners[partition] = subscriber;
    given_[subscriber] += static_cast<std::uint32_t>(partitions.size());
    if (given_[subscriber] > each_) --with_one_more_;
  }

  std::vector<std::uint32_t> owners;  ///< [partition] a subscriber, or nobody yet

 private:
  std::vector<std::uint32_t> given_;
  std::uint32_t each_;
  std::uint32_t with_one_more_;
};

/// A group under way: subscribers of a topic are named by their number among them.
struct RangeState {
  explicit RangeState(const GroupView& view)
      : group(view), order(members_static_first(view.members)), subscribers(view, order) {}

  [[nodiscard]] RackNumber rack_of(std::uint32_t topic, std::uint32_t subscriber) const {
    return group.members[order[subscribers[topic][subscriber]]].rack;
  }

  const GroupView& group;
  std::vector<std::uint32_t> order;  ///< members, static first
  Subscribers subscribers;           ///< places in order
  std::vector<TopicShares> shares;   ///< [topic] while racks are matched; empty if they do not matter
};

/// Partitions nobody has yet, in order, from which several may be taken at a time.
class FreePartitions {
 public:
  explicit FreePartitions(std::vector<std::uint32_t> partitions) : partitions_(std::move(partitions)) {}
  [[nodiscard]] std::vector<std::uint32_t> take(std::uint32_t most, const std::vector<std::uint32_t>& owners) {
    std::vector<std::uint32_t> taken;
    while (next_ < partitions_.size() && taken.size() < most) {
      const std::uint32_t partition = partitions_[next_++];
      if (owners[partition] == nobody) taken.push_back(partition);
    }
    return taken;
  }

 private:
  std::vector<std::uint32_t> partitions_;
  std::size_t next_ = 0;
};

FreePartitions all_partitions(std::uint32_t count) {
  std::vector<std::uint32_t> numbers(count);
  for (std::uint32_t p = 0; p < count; ++p) numbers[p] = p;
  return FreePartitions(std::move(numbers));
}

/// Ranges of what is left: every subscriber in turn takes what it has room for.
void give_the_rest(TopicShares& shares, std::size_t subscribers) {
  FreePartitions left = all_partitions(static_cast<std::uint32_t>(shares.owners.size()));
  for (std::uint32_t s = 0; s < subscribers; ++s) {
    const std::vector<std::uint32_t> taken = left.take(shares.room(s), shares.owners);
    if (!taken.empty()) shares.give(s, taken);
  }
}

/// One topic by itself: every subscriber takes, of what has a replica in its rack, what it has room for.
void match_racks(RangeState& state, std::uint32_t topic) {
  const AssignableTopic& about = state.group.topics[topic];
  TopicShares& shares = state.shares[topic];
  std::map<RackNumber, std::vector<std::uint32_t>> in_rack;
  for (std::uint32_t p = 0; p < about.partitions; ++p) {
    for (const RackNumber rack : replica_racks_of(about, p)) {
      std::vector<std::uint32_t>& partitions = in_rack[rack];
      if (partitions.empty() || partitions.back() != p) partitions.push_back(p);  // once, however many replicas
    }
  }
  std::map<RackNumber, FreePartitions> left;
  for (auto& [rack, partitions] : in_rack) left.emplace(rack, FreePartitions(std::move(partitions)));
  left.emplace(no_rack, all_partitions(about.partitions));  // a member without rack takes any
  for (std::uint32_t s = 0; s < state.subscribers[topic].size(); ++s) {
    const auto found = left.find(state.rack_of(topic, s));
    if (found == left.end()) continue;
    const std::vector<std::uint32_t> taken = found->second.take(shares.room(s), shares.owners);
    if (!taken.empty()) shares.give(s, taken);
  }
}

/// The racks in which all topics have a replica of partition `number`.
std::vector<RackNumber> common_racks(const RangeState& state, std::span<const std::uint32_t> topics,
                                     std::uint32_t number) {
  std::vector<RackNumber> common = replica_racks_of(state.group.topics[topics.front()], number);
  for (const std::uint32_t topic : topics.subspan(1)) {
    const std::vector<RackNumber>& racks = replica_racks_of(state.group.topics[topic], number);
    std::erase_if(common, [&racks](RackNumber rack) { return racks_mismatch(rack, racks); });
  }
  return common;
}

/// Topics with the same subscribers and number of partitions: a number of all of them goes to the same subscriber.
void match_racks_together(RangeState& state, std::span<const std::uint32_t> topics) {
  struct Queue {
    std::vector<std::uint32_t> subscribers;
    std::size_t first_with_room = 0;
  };
  const std::uint32_t one = topics.front();
  std::map<RackNumber, Queue> waiting;
  for (std::uint32_t s = 0; s < state.subscribers[one].size(); ++s) {
    waiting[state.rack_of(one, s)].subscribers.push_back(s);
  }
  for (std::uint32_t number = 0; number < state.group.topics[one].partitions; ++number) {
    std::uint32_t first = nobody;
    std::vector<RackNumber> racks = common_racks(state, topics, number);
    racks.push_back(no_rack);  // whoever has no rack matches all
    for (const RackNumber rack : racks) {
      const auto found = waiting.find(rack);
      if (found == waiting.end()) continue;
      auto& [queue, next] = found->second;
      while (next < queue.size() && state.shares[one].room(queue[next]) == 0) ++next;  // alike in all these topics
      if (next < queue.size()) first = std::min(first, queue[next]);
    }
    if (first == nobody) continue;
    for (const std::uint32_t topic : topics) state.shares[topic].give(first, {&number, 1});
  }
}

/// [list of subscribers] the racks they sit in.
std::vector<std::vector<RackNumber>> member_racks(const RangeState& state) {
  std::vector<std::vector<RackNumber>> result;
  for (const std::vector<std::uint32_t>& list : state.subscribers.lists()) {
    std::set<RackNumber> racks;
    for (const std::uint32_t place : list) racks.insert(state.group.members[state.order[place]].rack);
    racks.erase(no_rack);
    result.emplace_back(racks.begin(), racks.end());
  }
  return result;
}

bool racks_matter_for(const AssignableTopic& topic, std::span<const RackNumber> of_members) {
  std::vector<const std::vector<RackNumber>*> replica_racks;
  for (std::uint32_t p = 0; p < topic.partitions; ++p) replica_racks.push_back(&replica_racks_of(topic, p));
  return racks_matter(of_members, replica_racks);
}

/// As soon as racks matter for one topic, all topics that go together are matched; one by itself only if its own do.
void match_racks(RangeState& state) {
  const std::span<const AssignableTopic> topics = state.group.topics;
  const std::vector<std::vector<RackNumber>> racks = member_racks(state);
  std::vector<bool> matters(topics.size(), false);
  std::map<std::pair<std::vector<std::uint32_t>, std::uint32_t>, std::vector<std::uint32_t>> together;
  for (std::uint32_t topic = 0; topic < topics.size(); ++topic) {
    const std::vector<RackNumber>& of_members = racks[state.subscribers.list_of(topic)];
    if (of_members.empty() || topics[topic].partitions == 0) continue;
    matters[topic] = racks_matter_for(topics[topic], of_members);
    together[{state.subscribers[topic], topics[topic].partitions}].push_back(topic);
  }
  if (std::find(matters.begin(), matters.end(), true) == matters.end()) return;
  for (std::uint32_t topic = 0; topic < topics.size(); ++topic) {
    const std::size_t readers = state.subscribers[topic].size();
    state.shares.emplace_back(readers == 0 ? 0 : topics[topic].partitions, std::max<std::size_t>(readers, 1));
  }
  for (const auto& [alike, group] : together) {
    if (group.size() > 1) {
      match_racks_together(state, group);
    } else if (matters[group.front()]) {
      match_racks(state, group.front());
    }
  }
}

GroupAssignment assign(const GroupView& group, bool look_at_racks) {
  RangeState state(group);
  if (look_at_racks) match_racks(state);
  GroupAssignment result;
  result.of_member.resize(group.members.size());
  for (std::uint32_t topic = 0; topic < group.topics.size(); ++topic) {
    const std::vector<std::uint32_t>& subscribed = state.subscribers[topic];
    if (subscribed.empty()) continue;
    std::vector<std::uint32_t> places;  // [partition] in order
    if (state.shares.empty()) {
      places = assign_range(group.topics[topic].partitions, subscribed);
    } else {
      give_the_rest(state.shares[topic], subscribed.size());
      for (const std::uint32_t subscriber : state.shares[topic].owners) places.push_back(subscribed[subscriber]);
    }
    for (std::uint32_t p = 0; p < places.size(); ++p) result.of_member[state.order[places[p]]].push_back({topic, p});
  }
  return result;
}

}  // namespace

std::vector<std::uint32_t> assign_range(std::uint32_t partitions, std::span<const std::uint32_t> subscribed) {
  require(partitions == 0 || !subscribed.empty(), "the topic has a subscribed member");
  std::vector<std::uint32_t> owners;
  owners.reserve(partitions);
  for (std::size_t place = 0; owners.size() < partitions; ++place) {
    const std::size_t one_more = place < partitions % subscribed.size() ? 1 : 0;
    owners.insert(owners.end(), partitions / subscribed.size() + one_more, subscribed[place]);
  }
  return owners;
}

GroupAssignment assign_range(const GroupView& group) {
  return assign(group, true);
}

GroupAssignment assign_server_range(const GroupView& group) {
  return assign(group, false);
}

}  // namespace brokersim
