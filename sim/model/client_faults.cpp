// SPDX-License-Identifier: Apache-2.0
// Faults of producers and of consumers: whom they hit, and how they add up (FAULT-29 to FAULT-34). What they do is in
// producer_faults.cpp, applications.cpp and coordinator_failures.cpp.
//
// Of several of one kind that hit the same client the strongest counts (B.2).
#include <algorithm>
#include <cmath>
#include <iterator>

#include "sim/model/cluster.hpp"

namespace brokersim {

/// The instances or members that a target names, numbered through over all entries.
std::vector<std::uint32_t> Failures::clients(const FaultTarget& target) const {
  const WorldSpec& world = cluster_->world;
  const bool producers = target.who == FaultTarget::Who::producer;
  const auto count_of = [&](std::uint32_t entry) {
    return producers ? world.producers[entry].count : static_cast<std::uint32_t>(world.groups[entry].members.size());
  };
  std::uint32_t first = 0;
  for (std::uint32_t entry = 0; entry < target.entry; ++entry) first += count_of(entry);
  std::vector<std::uint32_t> named;
  for (std::uint32_t number = 0; number < count_of(target.entry); ++number) {
    if (target.instance.value_or(number) == number) named.push_back(first + number);
  }
  return named;
}

/// As scenarios name it: "shop/0".
std::string Failures::name_of_client(const FaultTarget& target, std::uint32_t client) const {
  FaultTarget whole = target;
  whole.instance.reset();
  const std::string& id = target.who == FaultTarget::Who::producer ? cluster_->world.producers[target.entry].id
                                                                   : cluster_->world.groups[target.entry].id;
  return id + "/" + std::to_string(client - clients(whole).front());
}

/// Of the clients that are named those that can be hit: that run, and have what the fault is about.
std::vector<std::uint32_t> Failures::clients_hit(FaultKind kind, std::vector<std::uint32_t> named) const {
  std::erase_if(named, [&](std::uint32_t client) {
    switch (kind) {
      case FaultKind::producer_crash:
        return !cluster_->producers.runs(client);
      case FaultKind::hot_key:
        return !cluster_->producers.has_keys(client);
      case FaultKind::consumer_crash:
        return !cluster_->coordinators.runs(client);
      case FaultKind::consumer_slow:
        return !cluster_->consumers.takes_time(client);
      case FaultKind::consumer_pause:
        return cluster_->consumers.has_coordinator(client) && !cluster_->coordinators.runs(client);
      default:
        return false;
    }
  });
  return named;
}

void Failures::hit_clients(const Step& step) {
  const FaultSpec& f = spec(step.fault);
  const std::vector<std::uint32_t> hit =
      clients_hit(f.kind, step.client ? std::vector{*step.client} : clients(f.target));
  if (hit.empty()) {
    const char* const why = f.kind == FaultKind::producer_crash ? "none of them runs"
                            : f.kind == FaultKind::hot_key      ? "its records have no keys"
                            : f.kind == FaultKind::consumer_crash
                                ? "no member of the group runs, or its coordinator is not modelled"
                            : f.kind == FaultKind::consumer_slow ? "processing takes no time there"
                                                                 : "no member of the group runs";
    note_fault(EventNote::Kind::fault_ignored, step.fault, EventNote::nobody, why);
    return;
  }
  note_fault(EventNote::Kind::fault_applied, step.fault, EventNote::nobody,
             step.client ? name_of_client(f.target, *step.client) : "");
  if (f.kind == FaultKind::producer_burst && f.records > 0) {  // at once, and over
    for (const std::uint32_t client : hit) cluster_->producers.add_records(client, f.records);
    return;
  }
  const std::uint32_t occurrence = open(step.fault, step);
  occurrences_[occurrence].clients = hit;
  if (f.kind == FaultKind::producer_crash) {
    for (const std::uint32_t client : hit) cluster_->producers.crash(client);
  } else if (f.kind == FaultKind::consumer_crash) {
    for (const std::uint32_t client : hit) cluster_->coordinators.crash(client);
  } else {
    set_clients(f.kind, hit);
  }
}

/// A fault of theirs is over. One that comes to a process that is down is ignored, so nobody else holds it down.
void Failures::release_clients(FaultKind kind, const std::vector<std::uint32_t>& clients) {
  if (kind == FaultKind::producer_crash) {
    for (const std::uint32_t client : clients) cluster_->producers.restart(client);
  } else if (kind == FaultKind::consumer_crash) {
    for (const std::uint32_t client : clients) cluster_->coordinators.start_again(client);
  } else {
    set_clients(kind, clients);
  }
}

/// What the open faults of a kind make of clients.
void Failures::set_clients(FaultKind kind, const std::vector<std::uint32_t>& clients) {
  for (const std::uint32_t client : clients) {
    const double strength = strongest(kind, client);
    switch (kind) {
      case FaultKind::producer_burst:
        cluster_->producers.set_pace(client, strength == 0 ? 1 : strength);
        break;
      case FaultKind::hot_key:
        cluster_->producers.set_hot_share(client, strength);
        break;
      case FaultKind::consumer_slow:
        cluster_->consumers.slow_down(client, std::max(strength, 1.0));
        break;
      default:
        cluster_->consumers.stall(client, strength > 0);
        break;
    }
  }
}

/// The factor or share of the fault of that kind that changes most for a client; 0 if there is none.
double Failures::strongest(FaultKind kind, std::uint32_t client) const {
  double most = 0;
  const auto change = [](double factor) { return std::max(factor, 1 / factor); };
  for (const Occurrence& occurrence : occurrences_) {
    const FaultSpec& f = spec(occurrence.fault);
    const std::vector<std::uint32_t>& hit = occurrence.clients;
    if (!occurrence.open || f.kind != kind || std::find(hit.begin(), hit.end(), client) == hit.end()) continue;
    if (kind == FaultKind::hot_key) {
      most = std::max(most, f.share);
    } else if (most == 0 || change(f.factor) > change(most)) {
      most = f.factor;
    }
  }
  return most;
}

}  // namespace brokersim
