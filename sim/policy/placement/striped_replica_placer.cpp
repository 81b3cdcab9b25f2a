// SPDX-License-Identifier: Apache-2.0
#include "sim/policy/placement/striped_replica_placer.hpp"

#include <algorithm>
#include <cstddef>
#include <map>

#include "sim/core/contract.hpp"

namespace brokersim {
namespace {

/// A stripe: brokers dealt in a circle whose start moves by one each epoch (P-1, P-2).
class BrokerStripe {
 public:
  void add(std::int32_t id) { ids_.push_back(id); }

  void start(PlacementRandom& random) {
    if (ids_.empty()) return;
    std::sort(ids_.begin(), ids_.end());
    offset_ = random.below(static_cast<std::uint32_t>(ids_.size()));
  }

  /// The next broker not yet dealt in this epoch; none if all were.
  std::optional<std::int32_t> next(std::uint64_t epoch) {
    if (ids_.empty()) return std::nullopt;
    if (epoch != epoch_) {
      epoch_ = epoch;
      dealt_ = 0;
      offset_ = (offset_ + 1) % ids_.size();
    }
    if (dealt_ >= ids_.size()) return std::nullopt;
    return ids_[(offset_ + dealt_++) % ids_.size()];
  }

  /// Shuffles the brokers and nothing else: a stripe last used in epoch 0 stays as far dealt as it was (P-8).
  void shuffle(PlacementRandom& random) { shuffle_like_java(ids_, random); }

 private:
  std::vector<std::int32_t> ids_;
  std::uint64_t epoch_ = 0;
  std::size_t dealt_ = 0;
  std::size_t offset_ = 0;
};

struct Rack {
  BrokerStripe fenced;
  BrokerStripe unfenced;

  std::optional<std::int32_t> next(std::uint64_t epoch) {
    if (const auto id = unfenced.next(epoch)) return id;
    return fenced.next(epoch);
  }
};

/// The state of one call: racks, whose turn it is, and how far into the epoch.
class RackStripe {
 public:
  RackStripe(std::span<const PlacementBroker> brokers, PlacementRandom& random) : random_(random) {
    std::map<std::optional<std::string>, std::size_t> place_of;  // no rack comes before every name
    for (const PlacementBroker& broker : brokers) place_of[broker.rack] = 0;
    for (auto& [name, place] : place_of) {
      place = order_.size();
      order_.push_back(place);
    }
    racks_.resize(order_.size());
    for (const PlacementBroker& broker : brokers) {
      Rack& rack = racks_[place_of[broker.rack]];
      (broker.fenced ? rack.fenced : rack.unfenced).add(broker.id);
      if (!broker.fenced) ++unfenced_;
    }
    for (Rack& rack : racks_) {
      rack.fenced.start(random_);
      rack.unfenced.start(random_);
    }
    turn_ = random_.below(static_cast<std::uint32_t>(order_.size()));
  }

  /// The replicas of the next partition (P-4), letters as there.
  ///
  /// Both walks end. Stripes that served the partition before hold at least its replicas, its leader's stripe an
  /// unfenced one, and every stripe rewinds when first used in another epoch, which each partition is: with one
  /// unfenced broker epochs only count up, with more an epoch has two partitions at least.
  std::vector<std::int32_t> place(std::uint32_t replication_factor) {
    if (epoch_ == unfenced_ && unfenced_ > 1) reshuffle();  // (a)
    if (turn_ == order_.size()) turn_ = 0;                  // (b)
    std::vector<std::int32_t> replicas;
    replicas.reserve(replication_factor);
    const std::size_t leaders_rack = add_leader(replicas);      // (c)
    add_followers(replicas, replication_factor, leaders_rack);  // (d)
    ++epoch_;                                                   // (e)
    ++turn_;
    return replicas;
  }

 private:
  void reshuffle() {
    shuffle_like_java(order_, random_);
    for (Rack& rack : racks_) {
      rack.fenced.shuffle(random_);
      rack.unfenced.shuffle(random_);
    }
    epoch_ = 0;
  }

  /// Returns the place, in the present order, of the rack that the leader came from.
  std::size_t add_leader(std::vector<std::int32_t>& replicas) {
    for (std::size_t place = turn_;; place = after(place)) {
      if (const auto id = racks_[order_[place]].unfenced.next(epoch_)) {
        replicas.push_back(*id);
        return place;
      }
    }
  }

  void add_followers(std::vector<std::int32_t>& replicas, std::size_t wanted, std::size_t leaders_rack) {
    bool skipped = false;
    for (std::size_t place = turn_; replicas.size() < wanted; place = after(place)) {
      if (place == leaders_rack && !skipped) {
        skipped = true;
      } else if (const auto id = racks_[order_[place]].next(epoch_)) {
        replicas.push_back(*id);
      }
    }
  }

  [[nodiscard]] std::size_t after(std::size_t place) const { return place + 1 == order_.size() ? 0 : place + 1; }

  PlacementRandom& random_;
  std::vector<Rack> racks_;         // in order of name
  std::vector<std::size_t> order_;  // the racks in the order they take turns
  std::size_t turn_ = 0;
  std::uint64_t epoch_ = 0;
  std::uint64_t unfenced_ = 0;
};

void refuse_impossible(std::span<const PlacementBroker> brokers, std::uint32_t replication_factor) {
  if (replication_factor == 0) throw InvalidReplicationFactor("replication factor 0: a partition needs a replica");
  if (replication_factor > brokers.size()) {
    throw InvalidReplicationFactor("replication factor " + std::to_string(replication_factor) + " is larger than the " +
                                   std::to_string(brokers.size()) + " brokers there are");
  }
  const auto may_lead = [](const PlacementBroker& broker) { return !broker.fenced; };
  if (std::none_of(brokers.begin(), brokers.end(), may_lead)) {
    throw InvalidReplicationFactor("all " + std::to_string(brokers.size()) + " brokers are fenced: none can lead");
  }
}

bool ids_unique(std::span<const PlacementBroker> brokers) {
  std::vector<std::int32_t> ids;
  for (const PlacementBroker& broker : brokers) ids.push_back(broker.id);
  std::sort(ids.begin(), ids.end());
  return std::adjacent_find(ids.begin(), ids.end()) == ids.end();
}

}  // namespace

std::vector<std::vector<std::int32_t>> place_striped(std::span<const PlacementBroker> brokers, PlacementRequest request,
                                                     PlacementRandom& random) {
  refuse_impossible(brokers, request.replication_factor);
  require(ids_unique(brokers), "broker ids are unique");
  RackStripe racks(brokers, random);
  std::vector<std::vector<std::int32_t>> assignment;
  assignment.reserve(request.partitions);
  for (std::uint32_t partition = 0; partition < request.partitions; ++partition) {
    assignment.push_back(racks.place(request.replication_factor));
  }
  return assignment;
}

}  // namespace brokersim
