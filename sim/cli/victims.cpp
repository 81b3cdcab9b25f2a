// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/victims.hpp"

#include <algorithm>

#include "sim/cli/mitigations.hpp"
#include "sim/scenario_file/units.hpp"
#include "sim/text/printable.hpp"

namespace brokersim {
namespace {

constexpr Duration least_before = std::chrono::seconds{5};
constexpr Duration least_watch = std::chrono::seconds{30};
constexpr Duration least_watch_after_restart = std::chrono::minutes{1};

Duration in_whole_seconds(Duration time) {
  const Duration second = std::chrono::seconds{1};
  return (time + second - Duration{1}) / second * second;
}

class VictimList {
 public:
  VictimList(const Scenario& scenario, const std::vector<std::vector<BrokerIndex>>& placement,
             const WhatIfOptions& wishes, const KillTimes& times)
      : world_(scenario.world), wishes_(wishes), times_(times), leaders_(scenario.world.brokers.size()) {
    for (const std::vector<BrokerIndex>& replicas : placement) ++leaders_[replicas.front().value];
    for (std::uint32_t b = 0; b < leaders_.size(); ++b) by_id_.push_back(BrokerIndex{b});
    std::sort(by_id_.begin(), by_id_.end(), [this](BrokerIndex a, BrokerIndex b) { return id_of(a) < id_of(b); });
  }

  std::vector<Victim> list() {
    for (const KillWish& wish : wishes_.kills) add(wish);
    return std::move(victims_);
  }

 private:
  [[nodiscard]] std::int32_t id_of(BrokerIndex broker) const { return world_.brokers[broker.value].id; }

  void add(const KillWish& wish) {
    switch (wish.who) {
      case KillWish::Who::each_broker:
        for (const BrokerIndex broker : by_id_) add_broker(broker, wish);
        break;
      case KillWish::Who::top_brokers:
        if (wish.count > by_id_.size()) {
          refuse(wish, "top:" + wish.name, "top:1 to top:" + std::to_string(by_id_.size()) + ", or each-broker");
        }
        for (const BrokerIndex broker : most_leaders(wish.count)) add_broker(broker, wish);
        break;
      case KillWish::Who::broker: {
        const auto found = std::find_if(by_id_.begin(), by_id_.end(),
                                        [&](BrokerIndex b) { return std::to_string(id_of(b)) == wish.name; });
        if (found == by_id_.end()) refuse(wish, "broker:" + wish.name, "the id of a broker of the scenario");
        add_broker(*found, wish);
        break;
      }
      case KillWish::Who::each_zone:
        for (std::uint32_t z = 0; z < world_.network.zones.size(); ++z) add_zone(ZoneIndex{z}, wish);
        break;
      case KillWish::Who::zone: {
        const std::vector<std::string>& zones = world_.network.zones;
        const auto found = std::find(zones.begin(), zones.end(), wish.name);
        if (found == zones.end()) refuse(wish, "zone:" + wish.name, "one of the zones " + listed(zones));
        add_zone(ZoneIndex{static_cast<std::uint32_t>(found - zones.begin())}, wish);
        break;
      }
    }
  }

  static std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
  }

  [[noreturn]] static void refuse(const KillWish& wish, const std::string& found, std::string allowed) {
    Diagnostic diagnostic;
    diagnostic.code = "E0605";
    diagnostic.argument = wish.argument;
    diagnostic.found = "--kill \"" + printable(found) + "\"";
    diagnostic.allowed = std::move(allowed);
    throw UsageError(std::move(diagnostic));
  }

  /// Brokers by how many partitions they lead, the smaller id first among equals.
  [[nodiscard]] std::vector<BrokerIndex> most_leaders(std::uint32_t count) const {
    std::vector<BrokerIndex> brokers = by_id_;
    std::stable_sort(brokers.begin(), brokers.end(),
                     [this](BrokerIndex a, BrokerIndex b) { return leaders_[a.value] > leaders_[b.value]; });
    brokers.resize(count);
    return brokers;
  }

  void add_broker(BrokerIndex broker, const KillWish& wish) {
    add({Victim::Kind::broker, "broker " + std::to_string(id_of(broker)), {broker}, 0, {}, wish.argument});
  }

  /// A zone without brokers has nothing that could stop.
  void add_zone(ZoneIndex zone, const KillWish& wish) {
    Victim victim{Victim::Kind::zone, "zone " + world_.network.zones[zone.value], {}, 0, {}, wish.argument};
    for (const BrokerIndex broker : by_id_) {
      if (world_.brokers[broker.value].zone == zone) victim.brokers.push_back(broker);
    }
    if (!victim.brokers.empty()) add(std::move(victim));
  }

  void add(Victim victim) {
    const auto same = [&](const Victim& other) { return other.name == victim.name; };
    if (std::any_of(victims_.begin(), victims_.end(), same)) return;
    std::string ids;
    for (const BrokerIndex broker : victim.brokers) {
      ids += (ids.empty() ? "" : ",") + std::to_string(id_of(broker));
      victim.leaders += leaders_[broker.value];
    }
    victim.fault = (victim.brokers.size() == 1 ? "kill broker " : "kill brokers ") + ids + " at " +
                   duration_text(times_.at) +
                   (wishes_.restart ? " for " + duration_text(*wishes_.restart) : std::string{});
    victims_.push_back(std::move(victim));
  }

  const WorldSpec& world_;
  const WhatIfOptions& wishes_;
  const KillTimes& times_;
  std::vector<std::uint32_t> leaders_;  // by broker
  std::vector<BrokerIndex> by_id_;
  std::vector<Victim> victims_;
};

}  // namespace

KillTimes kill_times(const Scenario& scenario, const WhatIfOptions& wishes, Duration warm_up) {
  KillTimes times;
  times.at = wishes.at.value_or(in_whole_seconds(warm_up + std::max(least_before, 2 * scenario.window)));
  if (wishes.watch) {
    times.duration = times.at + *wishes.watch;
    return times;
  }
  const Duration moves_back = longest_wait(wishes.mitigations, scenario.world.control_plane);
  const Duration watch = wishes.restart ? *wishes.restart + moves_back + least_watch_after_restart : least_watch;
  times.duration = std::max(scenario.duration, times.at + watch);
  return times;
}

std::vector<Victim> victims_of(const Scenario& scenario, const std::vector<std::vector<BrokerIndex>>& placement,
                               const WhatIfOptions& wishes, const KillTimes& times) {
  return VictimList(scenario, placement, wishes, times).list();
}

}  // namespace brokersim
