// SPDX-License-Identifier: Apache-2.0
// Small random worlds in which much fails, each from one seed, and what a run of one violates.
#pragma once
#include <optional>
#include <string>

#include "sim/core/invariant_violation.hpp"
#include "sim/random/stream.hpp"
#include "tests/support/tiny_world.hpp"

namespace brokersim::tiny {

/// What a mutant's schedules need, beyond the common ones, for its rule to matter.
enum class Kind : std::uint8_t {
  common,     ///< three replicas, min.insync.replicas 2, ELR
  unclean,    ///< unclean elections are enabled, min.insync.replicas 1
  power,      ///< logs lose their ends
  followers,  ///< consumers read from followers
  two_out,    ///< both followers are away for long: below min.insync.replicas
  late,       ///< a leader leads again in a newer epoch and learns of it long after its followers
  quiet,      ///< one record, and the only follower is away when it comes (S-13)
  handover,   ///< a leader is deposed while requests are parked at it (S-27)
  old_fetch,  ///< a follower stops and is back while it is being taken into the ISR (S-10)
  unheard,    ///< a broker does not hear that it is registered (S-24)
  stopping,   ///< the only follower shuts down in a controlled way while records come (S-32)
  alone       ///< a leader loses its followers, which live on, and dies as the only one in sync (S-16)
};

/// Of schedules in which an acknowledgement comes soon, or much later.
inline bool hurries(Kind kind) {
  return kind == Kind::quiet || kind == Kind::handover || kind == Kind::stopping || kind == Kind::alone;
}

inline FaultSpec fault(FaultKind kind, Duration at, Duration lasts) {
  FaultSpec fault;
  fault.kind = kind;
  fault.when.at = at;
  fault.lasts = lasts;
  return fault;
}

/// Worlds in which an acknowledgement comes soon, or when a request has timed out or a follower has lagged for long.
inline Scenario directed(std::uint64_t seed, Kind kind) {
  Scenario scenario = brokers_in_zones(3, kind == Kind::quiet ? 1ms : 50ms);
  scenario.seed = seed;
  scenario.duration = 60s;
  scenario.drain_limit = 300s;
  scenario.read_policies = {ReadPolicy::rack_aware};
  const TopicIndex topic = add_topic(scenario, {1, 2});
  scenario.world.controller = ZoneIndex{0};
  scenario.world.control_plane.replica_lag_time_max = 5s;
  add_producer(scenario, topic, kind == Kind::quiet ? 0.01 : 8, 10s);
  FaultSpec one = kind == Kind::quiet ? fault(FaultKind::isolate, 9s + 500ms, 49s) : fault(FaultKind::kill, 12s, 5s);
  one.target.who = FaultTarget::Who::brokers;
  one.target.brokers = {BrokerIndex{kind == Kind::quiet ? 1U : 0U}};
  one.keep.controllers = true;
  if (kind == Kind::stopping) {
    scenario.world.control_plane.replica_lag_time_max = 40s;
    one = fault_of_broker(FaultKind::controlled_shutdown, 2, 20s);
  }
  scenario.world.faults = {one};
  if (kind == Kind::handover) {  // back to the first broker, while the second one lives on
    scenario.world.faults.push_back(fault(FaultKind::elect, 45s, 1s));
    scenario.world.faults.back().lasts.reset();
  }
  return scenario;
}

/// A leader that is alone in its ISR is cut off from the controller, is fenced, and leads again in the second epoch
/// after that; its followers know 10 s before it does.
inline Scenario late_leader(std::uint64_t seed) {
  Scenario scenario = brokers_in_zones(3, 2ms);
  scenario.seed = seed;
  scenario.duration = 60s;
  scenario.drain_limit = 300s;
  scenario.read_policies = {ReadPolicy::rack_aware};
  const TopicIndex topic = add_topic(scenario, {1, 2, 3});
  scenario.world.controller = ZoneIndex{0};
  scenario.world.control_plane.replica_lag_time_max = 4s;
  add_producer(scenario, topic, 20, 10ms);
  for (const std::uint32_t broker : {1U, 2U, 0U}) {
    FaultSpec out = broker == 0 ? fault(FaultKind::isolate, 20s, 15s) : fault(FaultKind::isolate, 5s, 30s);
    out.target.who = FaultTarget::Who::brokers;
    out.target.brokers = {BrokerIndex{broker}};
    out.keep.clients = true;
    (broker == 0 ? out.keep.brokers : out.keep.controllers) = true;
    scenario.world.faults.push_back(out);
  }
  FaultSpec learns_late = fault(FaultKind::metadata_lag, 30s, 20s);
  learns_late.target = scenario.world.faults.back().target;
  learns_late.add = DelayDistribution::constant(10s);
  scenario.world.faults.push_back(learns_late);
  return scenario;
}

/// A follower far from its leader, near the controller, stops twice: what its leader wants for it after the first time
/// is 2 s on its way, in which it may be another incarnation.
inline Scenario old_fetch(std::uint64_t seed) {
  RandomStream random({seed, 0}, "schedule", "");
  Scenario scenario = brokers_in_zones(3, 1ms);
  for (LinkSpec& link : scenario.world.network.links)
    if (link.b == ZoneIndex{2}) link.one_way_latency = DelayDistribution::constant(2s);
  scenario.seed = seed;
  scenario.duration = 60s;
  scenario.drain_limit = 300s;
  scenario.read_policies = {ReadPolicy::rack_aware};
  const TopicIndex topic = add_topic(scenario, {1, 2, 3});
  scenario.world.controller = ZoneIndex{2};
  scenario.world.control_plane.start_up_time = 100ms;
  add_producer(scenario, topic, 1, 10ms);
  const Duration again = 7s + std::chrono::milliseconds{random.below(10'000)};
  for (const Duration at : {Duration{5s}, again}) {
    scenario.world.faults.push_back(fault_of_broker(FaultKind::restart, 3, at, 10ms));
  }
  return scenario;
}

/// Clients and the controller still reach the leader that followers do not.
inline Scenario alone(std::uint64_t seed) {
  Scenario scenario = brokers_in_zones(3, 1ms);
  scenario.seed = seed;
  scenario.duration = 60s;
  scenario.drain_limit = 300s;
  scenario.read_policies = {ReadPolicy::rack_aware};
  const TopicIndex topic = add_topic(scenario, {1, 2, 3});
  scenario.world.topics[0].min_insync_replicas = 2;
  scenario.world.controller = ZoneIndex{0};
  ControlPlaneSpec& control = scenario.world.control_plane;
  control.replica_lag_time_max = 1s;
  control.broker_session_timeout = 3s;
  control.broker_heartbeat_interval = 500ms;
  add_producer(scenario, topic, 8, 10ms);
  FaultSpec cut = fault_of_broker(FaultKind::isolate, 1, 10s, 3s);
  cut.keep.clients = cut.keep.controllers = true;
  scenario.world.faults = {cut, fault_of_broker(FaultKind::kill, 1, 12s, 50s)};
  return scenario;
}

/// A broker restarts; what the controller says to it is lost about when it registers.
inline Scenario unheard(std::uint64_t seed) {
  RandomStream random({seed, 0}, "schedule", "");
  Scenario scenario = brokers_in_zones(3, 5ms);
  scenario.seed = seed;
  scenario.duration = 60s;
  scenario.drain_limit = 300s;
  scenario.read_policies = {ReadPolicy::rack_aware};
  add_producer(scenario, add_topic(scenario, {1, 2, 3}), 1, 10ms);
  scenario.world.controller = ZoneIndex{0};
  scenario.world.control_plane.start_up_time = 1s;
  FaultSpec cut = fault_of_broker(FaultKind::link_cut, 3, 6s + std::chrono::milliseconds{random.below(200)}, 3s);
  cut.other.who = FaultTarget::Who::controllers;
  scenario.world.faults = {fault_of_broker(FaultKind::restart, 3, 5s, 10ms), cut};
  return scenario;
}

/// A small world and some faults, all from one seed: one partition of three replicas, two producers, one or two groups.
inline Scenario schedule(std::uint64_t seed, Kind kind) {
  if (kind == Kind::alone) return alone(seed);
  if (hurries(kind)) return directed(seed, kind);
  if (kind == Kind::late) return late_leader(seed);
  if (kind == Kind::old_fetch) return old_fetch(seed);
  if (kind == Kind::unheard) return unheard(seed);
  RandomStream random({seed, 0}, "schedule", "");
  const auto between = [&](Duration least, Duration most) { return least + random.within(most - least); };
  Scenario scenario = brokers_in_zones(3, between(1ms, 20ms));
  scenario.seed = seed;
  scenario.duration = 60s;
  scenario.drain_limit = 300s;
  scenario.read_policies = {ReadPolicy::rack_aware};
  const TopicIndex topic = add_topic(scenario, {1, 2, 3});
  TopicSpec& spec = scenario.world.topics[0];
  spec.min_insync_replicas = kind == Kind::unclean ? 1 : 2;
  spec.unclean_leader_election = kind == Kind::unclean;
  for (const std::int32_t acks : {-1, kind == Kind::unclean ? 1 : -1}) {
    ProducerSpec& producer = add_producer(scenario, topic, 20, 10ms);
    producer.arrivals = ProducerSpec::Arrivals::poisson;
    producer.acks = acks;
    producer.enable_idempotence = acks == -1;
  }
  add_group(scenario, {topic}, 0);
  if (kind == Kind::followers || random.below(2) == 0) add_group(scenario, {topic}, 1);
  scenario.world.controller = ZoneIndex{random.below(3)};
  ControlPlaneSpec& control = scenario.world.control_plane;
  control.replica_lag_time_max = between(2s, 10s);
  control.broker_session_timeout = between(3s, 9s);
  control.broker_heartbeat_interval = control.broker_session_timeout / 5;
  control.leader_imbalance_check_interval = between(5s, 20s);
  control.start_up_time = between(100ms, 3s);
  std::vector<FaultKind> kinds{FaultKind::kill,  FaultKind::kill,    FaultKind::controlled_shutdown,
                               FaultKind::pause, FaultKind::isolate, FaultKind::metadata_lag,
                               FaultKind::elect, FaultKind::isolate};
  if (kind == Kind::power) kinds = {FaultKind::power_loss, FaultKind::power_loss, FaultKind::kill, FaultKind::isolate};
  const std::uint32_t count = 3 + random.below(6);
  for (std::uint32_t i = 0; i < count; ++i) {
    const FaultKind chosen = kinds[random.below(static_cast<std::uint32_t>(kinds.size()))];
    FaultSpec one = fault(chosen, between(3s, 45s), between(500ms, 12s));
    if (chosen == FaultKind::elect) {
      one.lasts.reset();
    } else {
      one.target.who = FaultTarget::Who::brokers;
      one.target.brokers = {BrokerIndex{random.below(3)}};
    }
    if (chosen == FaultKind::metadata_lag) one.add = DelayDistribution::constant(between(100ms, 5s));
    if (chosen == FaultKind::isolate) {
      one.keep.clients = random.below(2) == 0;
      one.keep.controllers = random.below(2) == 0;
    }
    scenario.world.faults.push_back(one);
  }
  if (kind == Kind::two_out) {  // cut off from one another, not from the controller
    for (const std::uint32_t broker : {1U, 2U}) {
      FaultSpec out = fault(FaultKind::isolate, 5s, 30s);
      out.target.who = FaultTarget::Who::brokers;
      out.target.brokers = {BrokerIndex{broker}};
      out.keep.clients = out.keep.controllers = true;
      scenario.world.faults.push_back(out);
    }
  }
  return scenario;
}

/// What the run violates, as "INV-P05 ...". hurries  a late acknowledgement is a violation
inline std::optional<std::string> violation(const Scenario& scenario, bool hurries) {
  try {
    const TrialResult result = run(scenario, ReadPolicy::rack_aware);
    if (hurries && result.produce.maximum() > 15s)
      return "late acknowledgement after " + std::to_string(result.produce.maximum() / 1s) + " s";
  } catch (const InvariantViolation& law) {
    return law.id + " " + law.statement;
  } catch (const std::exception& error) {
    return std::string("INV-E?? ") + error.what();
  }
  return std::nullopt;
}

}  // namespace brokersim::tiny
