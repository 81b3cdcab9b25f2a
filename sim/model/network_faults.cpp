// SPDX-License-Identifier: Apache-2.0
// Cuts of the network, and zones that are lost. A cut breaks every connection it crosses: nothing comes back, and
// whoever waits finds out by a timeout. Nobody connects across it until it is mended.
#include <algorithm>
#include <utility>

#include "sim/model/cluster.hpp"

namespace brokersim {

Reach Failures::connects(std::uint32_t from, std::uint32_t to) const {
  if (!cuts_.connected(from, to)) return Reach::silent;
  if (to >= processes_.size()) return Reach::yes;
  if (running(BrokerIndex{to}) && processes_[to].answers_from != Instant::max()) return Reach::yes;
  return processes_[to].host_down ? Reach::silent : Reach::refused;
}

Failures::Hosts Failures::hosts_in(ZoneIndex zone) const {
  Hosts hosts;
  for (const BrokerIndex broker : brokers_in(zone)) hosts.push_back(broker.value);
  hosts.push_back(cluster_->host_of_clients(zone));
  if (link_.zone() == zone) hosts.push_back(link_.host());
  return hosts;
}

Failures::Hosts Failures::hosts_besides(const Hosts& hosts) const {
  Hosts others;
  for (std::uint32_t host = 0; host < cuts_.hosts(); ++host) {
    if (std::find(hosts.begin(), hosts.end(), host) == hosts.end()) others.push_back(host);
  }
  return others;
}

/// An end of a link fault; nobody in particular is everyone.
Failures::Hosts Failures::hosts_of(const FaultTarget& target, const std::vector<BrokerIndex>& brokers) const {
  Hosts hosts;
  switch (target.who) {
    case FaultTarget::Who::none:
      return hosts_besides({});
    case FaultTarget::Who::zone:
      return hosts_in(target.zone);
    case FaultTarget::Who::controllers:
      return {link_.host()};
    case FaultTarget::Who::clients:
      for (std::uint32_t z = 0; z < cluster_->world.network.zones.size(); ++z)
        hosts.push_back(cluster_->host_of_clients(ZoneIndex{z}));
      return hosts;
    default:
      for (const BrokerIndex broker : brokers) hosts.push_back(broker.value);
      return hosts;
  }
}

/// The other end of a fault between hosts, of which one end is known: nobody in particular is everyone else.
Failures::Hosts Failures::hosts_at_other_end(const FaultSpec& f, const Hosts& one, std::uint32_t fault) {
  if (f.other.who == FaultTarget::Who::none) return hosts_besides(one);
  return hosts_of(f.other, resolve(f.other, fault));
}

void Failures::cut_network(const Step& step) {
  const FaultSpec& f = spec(step.fault);
  const std::vector<BrokerIndex> brokers = step.only.empty() ? targets(step.fault) : step.only;
  note_fault(EventNote::Kind::fault_applied, step.fault, brokers.size() == 1 ? brokers[0].value : EventNote::nobody);
  if (cluster_->checks && f.one_way) cluster_->checks->note(RareState::one_way_cut);
  if (f.kind == FaultKind::connection_reset) {
    for (const std::uint32_t a : hosts_of(f.target, brokers)) {
      for (const std::uint32_t b : hosts_of(f.other, resolve(f.other, step.fault)))
        break_connections(a, b, Loss::reset);
    }
    return;
  }
  const std::uint32_t occurrence = open(step.fault, step);
  occurrences_[occurrence].brokers = brokers;
  switch (f.kind) {
    case FaultKind::isolate:
      for (const BrokerIndex broker : brokers) cut(occurrence, {broker.value}, hosts_cut_from(broker, f.keep), false);
      break;
    case FaultKind::zone_partition: {
      const Hosts inside = hosts_in(step.zone.value_or(f.target.zone));
      cut(occurrence, inside, f.other.who == FaultTarget::Who::none ? hosts_besides(inside) : hosts_in(f.other.zone),
          false);
      break;
    }
    case FaultKind::controller_isolated: {
      Hosts lost;
      for (std::uint32_t b = 0; b < processes_.size(); ++b) {
        if (std::find(brokers.begin(), brokers.end(), BrokerIndex{b}) == brokers.end()) lost.push_back(b);
      }
      cut(occurrence, {link_.host()}, lost, false);
      if (f.resign_after) {
        Step resign = step;
        resign.what = Step::What::resign;
        resign.occurrence = occurrence;
        at(now() + *f.resign_after, resign);
      }
      break;
    }
    default: {
      const Hosts one = hosts_of(f.target, brokers);
      cut(occurrence, one, hosts_at_other_end(f, one, step.fault), f.one_way);
      break;
    }
  }
}

// --- longer and narrower ways, and messages that are lost ---

/// Between two ends, or of messages anywhere.
void Failures::hinder_network(const Step& step) {
  const FaultSpec& f = spec(step.fault);
  const std::vector<BrokerIndex> brokers = step.only.empty() ? targets(step.fault) : step.only;
  const Hosts one = hosts_of(f.target, brokers);
  const bool anywhere = f.target.who == FaultTarget::Who::none && f.other.who == FaultTarget::Who::none;
  const Hosts other = anywhere ? one : hosts_at_other_end(f, one, step.fault);
  const auto hit = brokers.size() == 1 ? brokers[0].value : EventNote::nobody;
  const bool narrows = f.kind == FaultKind::link_bandwidth;
  const BytesPerSecond bandwidth = narrows ? bandwidth_left(f, one, other) : BytesPerSecond{};
  if (one.empty() || other.empty() || (narrows && bandwidth.unlimited())) {
    note_fault(
        EventNote::Kind::fault_ignored, step.fault, hit,
        narrows && bandwidth.unlimited() ? "no bandwidth is stated there to take a share of" : "nobody is there");
    return;
  }
  note_fault(EventNote::Kind::fault_applied, step.fault, hit);
  const std::uint32_t occurrence = open(step.fault, step);
  occurrences_[occurrence].brokers = brokers;
  const Instant over = over_at(step, brokers);
  hinder(occurrence, one, other, over, bandwidth);
  if (!f.one_way && one != other) hinder(occurrence, other, one, over, bandwidth);
  on_links_changed();
}

void Failures::hinder(std::uint32_t occurrence, const Hosts& from, const Hosts& to, Instant over,
                      BytesPerSecond bandwidth) {
  links_.add(occurrence, spec(occurrences_[occurrence].fault), from, to, over, bandwidth);
}

/// What of the bandwidth between two ends is left: as stated, or a share of the least that is known of their way.
BytesPerSecond Failures::bandwidth_left(const FaultSpec& fault, const Hosts& from, const Hosts& to) const {
  if (!fault.bandwidth.unlimited()) return fault.bandwidth;
  BytesPerSecond usual;
  const auto at_most = [&usual](BytesPerSecond bandwidth) {
    if (!bandwidth.unlimited() && (usual.unlimited() || bandwidth.value < usual.value)) usual = bandwidth;
  };
  if (fault.target.who == FaultTarget::Who::zone && fault.other.who == FaultTarget::Who::zone) {
    at_most(cluster_->network.narrowest(fault.target.zone, fault.other.zone));
  } else {
    at_most(bandwidth_of(from));
    at_most(bandwidth_of(to));
  }
  if (usual.unlimited()) return usual;
  return {std::max<std::int64_t>(static_cast<std::int64_t>(static_cast<double>(usual.value) * fault.factor), 1)};
}

/// Of brokers: what their NICs have together; unlimited if there are others, or NICs without a limit.
BytesPerSecond Failures::bandwidth_of(const Hosts& hosts) const {
  BytesPerSecond all;
  for (const std::uint32_t host : hosts) {
    if (host >= processes_.size() || cluster_->world.brokers[host].nic.unlimited()) return {};
    all.value += cluster_->world.brokers[host].nic.value;
  }
  return all;
}

/// Idle polls, which are not simulated one by one, take another time from now on.
void Failures::on_links_changed() {
  cluster_->replication.on_detours_changed();
  cluster_->consumers.on_detours_changed();
}

LinkFaults::Passage Failures::pass(std::uint32_t from, std::uint32_t to, LinkFaults::Traffic traffic,
                                   std::optional<MessageKind> kind) {
  if (!links_.any()) return {};
  const LinkFaults::Passage passage = links_.pass(from, to, traffic, kind, now());
  for (const std::uint32_t occurrence : links_.take_exhausted()) {
    Step over;
    over.what = Step::What::end;
    over.occurrence = occurrence;
    at(now(), over);
  }
  if (passage.resets) {
    Step reset;
    reset.what = Step::What::reset;
    reset.hosts = {from, to};
    at(now() + *passage.resets, reset);
  }
  return passage;
}

Failures::Hosts Failures::hosts_cut_from(BrokerIndex broker, const FaultSpec::Keep& keep) const {
  Hosts hosts;
  for (const std::uint32_t host : hosts_besides({broker.value})) {
    const bool is_broker = host < processes_.size();
    const bool kept = is_broker ? keep.brokers : host == link_.host() ? keep.controllers : keep.clients;
    if (!kept) hosts.push_back(host);
  }
  return hosts;
}

void Failures::cut(std::uint32_t occurrence, const Hosts& from, const Hosts& to, bool one_way) {
  for (const std::uint32_t a : from) {
    for (const std::uint32_t b : to) {
      if (a == b) continue;
      cuts_.cut(a, b);
      occurrences_[occurrence].cut.emplace_back(a, b);
      if (!one_way) {
        cuts_.cut(b, a);
        occurrences_[occurrence].cut.emplace_back(b, a);
      }
      break_connections(a, b, Loss::silent);
    }
  }
}

/// Connections between two hosts are lost, whoever of them opened them.
void Failures::break_connections(std::uint32_t a, std::uint32_t b, Loss loss) {
  if (a > b) std::swap(a, b);
  if (a >= processes_.size() || b == link_.host()) return;  // the controller's own are asked for one by one
  if (b < processes_.size()) {
    cluster_->replication.on_link_lost(BrokerIndex{a}, BrokerIndex{b}, loss);
  } else {
    const ZoneIndex clients{b - static_cast<std::uint32_t>(processes_.size())};
    cluster_->producers.on_link_lost(BrokerIndex{a}, clients, loss);
    cluster_->consumers.on_link_lost(BrokerIndex{a}, clients, loss);
    cluster_->coordinators.on_link_lost(BrokerIndex{a}, clients, loss);
  }
}

/// Cuts are taken back. Who is still cut off by another fault learns nothing.
void Failures::mend(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& cuts) {
  for (const auto& [from, to] : cuts) cuts_.mend(from, to);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> back;
  for (const auto& [from, to] : cuts) {
    if (cuts_.connected(from, to)) back.emplace_back(std::min(from, to), std::max(from, to));
  }
  std::sort(back.begin(), back.end());
  back.erase(std::unique(back.begin(), back.end()), back.end());
  const auto brokers = static_cast<std::uint32_t>(processes_.size());
  for (const auto& [a, b] : back) {
    if (a >= brokers || b == link_.host()) continue;
    if (b < brokers) {
      cluster_->replication.on_link_back(BrokerIndex{a}, BrokerIndex{b});
    } else {
      cluster_->producers.on_path_back(BrokerIndex{a}, ZoneIndex{b - brokers});
      cluster_->consumers.on_link_back(BrokerIndex{a}, ZoneIndex{b - brokers});
      cluster_->coordinators.on_link_back(BrokerIndex{a}, ZoneIndex{b - brokers});
    }
  }
}

/// A zone without power loses its brokers as FAULT-03; its clients reach nobody. A zone that is cut off goes on within
/// itself. In both the quorum's other controllers take over if the active one was there.
void Failures::lose_zone(const Step& step) {
  const FaultSpec& f = spec(step.fault);
  const ZoneIndex zone = step.zone.value_or(f.target.zone);
  const bool power = f.outage == FaultSpec::Outage::power;
  note_fault(EventNote::Kind::fault_applied, step.fault, EventNote::nobody, cluster_->world.network.zones[zone.value]);
  if (link_.zone() == zone && cluster_->world.network.zones.size() > 1) {
    link_.move_to(ZoneIndex{zone.value == 0 ? 1U : 0U});
    fail_controller(std::nullopt);
  }
  const std::uint32_t occurrence = open(step.fault, step);
  if (power) {
    const Hosts clients{cluster_->host_of_clients(zone)};
    cut(occurrence, clients, hosts_besides(clients), false);
    apply_to_brokers(step, brokers_in(zone));
  } else {
    const Hosts inside = hosts_in(zone);
    cut(occurrence, inside, hosts_besides(inside), false);
  }
}

}  // namespace brokersim
