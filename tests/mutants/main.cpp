// SPDX-License-Identifier: Apache-2.0
// brokersim-mutants: whether the checks notice (invariants-and-faults E.3). Each mutant breaks one rule of the model; a
// mutant is caught if, within its budget of random schedules, a law is violated that is listed for it. The model
// without mutants must break none in the same schedules.
//
//   brokersim-mutants [--sound N] [ID]    prints a line a mutant; exit 1 if one survives or the sound model is blamed
//                                          in the first N schedules of each kind
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "sim/core/contract.hpp"
#include "sim/core/invariant_violation.hpp"
#include "sim/random/stream.hpp"
#include "tests/support/tiny_world.hpp"

namespace brokersim::tiny {
namespace {

/// What a mutant's schedules need, beyond the common ones, for its rule to matter.
enum class Kind : std::uint8_t {
  common,     ///< three replicas, min.insync.replicas 2, ELR
  unclean,    ///< unclean elections are enabled, min.insync.replicas 1
  power,      ///< logs lose their ends
  followers,  ///< consumers read from followers
  two_out,    ///< both followers are away for long: below min.insync.replicas
  late,       ///< a leader leads again in a newer epoch and learns of it long after its followers
  quiet,      ///< one record, and the only follower is away when it comes (S-13)
  handover    ///< a leader is deposed while requests are parked at it (S-27)
};

struct Mutant {
  const char* id;
  bool ModelMutants::*flag;
  std::vector<std::string> caught_by;
  Kind kind = Kind::common;
  std::uint32_t budget = 40;  ///< schedules; by far more than it took when it was set
};

const std::vector<Mutant>& mutants() {
  using M = ModelMutants;
  static const std::vector<Mutant> table = {
      {"M-01", &M::truncates_to_high_watermark, {"INV-P07", "INV-P06", "INV-P05"}},
      {"M-02",
       &M::epoch_end_without_epoch,
       {"INV-P02", "INV-P08", "INV-P09", "INV-P25", "INV-L02", "INV-L05"},
       Kind::unclean,
       100},
      {"M-03", &M::no_epoch_fence, {"INV-P24", "INV-P33"}, Kind::late},
      {"M-04", &M::join_ignores_epoch_start, {"INV-P06", "INV-P22"}, Kind::common, 300},
      {"M-05", &M::hw_waits_for_confirmed_isr_only, {"INV-P06", "INV-P13", "INV-P15"}},
      {"M-06", &M::hw_rises_below_min_isr, {"INV-P06", "INV-P13"}, Kind::two_out},
      {"M-07", &M::unclean_not_said, {"INV-P05", "INV-P32"}, Kind::unclean, 100},
      {"M-08", &M::no_broker_epoch_check, {"INV-P22", "INV-P21"}, Kind::common, 900},
      {"M-09", &M::diverging_fetch_counts, {"INV-P25", "INV-P06"}},
      {"M-10", &M::acks_all_at_append, {"INV-P26"}},
      {"M-11", &M::consumers_read_to_log_end, {"INV-P30", "INV-C09"}},
      {"M-12", &M::shrink_before_accepted, {"INV-P15", "INV-P06"}, Kind::two_out},
      {"M-13", &M::partition_epoch_ignored, {"INV-P19", "INV-P16", "INV-P06"}},
      {"M-14", &M::last_replica_standing, {"INV-P05", "INV-P17", "INV-P18", "INV-P21"}, Kind::power},
      {"M-15", &M::anybody_joins_isr, {"INV-P18"}},
      {"M-16", &M::no_hw_check_after_shrink, {"late"}, Kind::quiet},
      {"M-20", &M::follower_state_kept, {"INV-P13", "INV-P22", "INV-P06"}},
      {"M-21", &M::hw_is_greatest_end, {"INV-P13", "INV-P06"}},
      {"M-23", &M::no_duplicate_check, {"INV-P29", "INV-C04"}},
      {"M-24", &M::follower_hw_uncapped, {"INV-P01", "INV-P14"}},
      {"M-26", &M::leader_without_new_epoch, {"INV-P19", "INV-P04"}},
      {"M-27", &M::parked_produce_kept, {"late"}, Kind::handover},
      {"M-28", &M::preferred_outside_isr, {"INV-P31"}, Kind::followers},
      {"M-29", &M::no_epoch_start, {"INV-P03"}},
      {"M-31", &M::two_proposals, {"INV-P16"}},
      {"M-33", &M::cache_not_cut, {"INV-P02", "INV-P03", "INV-L02"}},
      {"S-06", &M::consumer_truncation_unseen, {"INV-C05", "INV-C06"}, Kind::unclean, 400},
      {"M-60", &M::acks_all_below_min_isr, {"INV-P27"}, Kind::two_out},
      {"M-61", &M::divergence_unseen, {"INV-P09", "INV-P25"}},
      {"M-62", &M::always_clean, {"INV-P05", "INV-P06", "INV-P21", "INV-P22"}, Kind::power},
      {"M-63", &M::counted_when_sent, {"INV-P13"}},
      {"M-64", &M::new_leader_commits_all, {"INV-C09", "INV-P12", "INV-P13", "INV-P26"}},
      {"M-65", &M::retry_forgotten, {"INV-C12", "INV-P26"}},
      {"M-66", &M::truncates_too_much, {"INV-P07", "INV-P09"}},
      {"M-67", &M::consumer_skips, {"INV-C05"}},
  };
  return table;
}

FaultSpec fault(FaultKind kind, Duration at, Duration lasts) {
  FaultSpec fault;
  fault.kind = kind;
  fault.when.at = at;
  fault.lasts = lasts;
  return fault;
}

/// Two worlds in which an acknowledgement comes soon, or when a request has timed out.
Scenario directed(std::uint64_t seed, Kind kind) {
  Scenario scenario = brokers_in_zones(3, kind == Kind::quiet ? 1ms : 50ms);
  scenario.seed = seed;
  scenario.duration = 60s;
  scenario.drain_limit = 150s;
  const TopicIndex topic = add_topic(scenario, {1, 2});
  scenario.world.controller = ZoneIndex{0};
  scenario.world.control_plane.replica_lag_time_max = 5s;
  add_producer(scenario, topic, kind == Kind::quiet ? 0.01 : 50, 10s);
  FaultSpec one = kind == Kind::quiet ? fault(FaultKind::isolate, 9s + 500ms, 49s) : fault(FaultKind::kill, 12s, 5s);
  one.target.who = FaultTarget::Who::brokers;
  one.target.brokers = {BrokerIndex{kind == Kind::quiet ? 1U : 0U}};
  one.keep.controllers = true;
  scenario.world.faults = {one};
  if (kind == Kind::handover) {  // back to the first broker, while the second one lives on
    scenario.world.faults.push_back(fault(FaultKind::elect, 45s, 1s));
    scenario.world.faults.back().lasts.reset();
  }
  return scenario;
}

/// A leader that is alone in its ISR is cut off from the controller, is fenced, and leads again in the second epoch
/// after that; its followers know 10 s before it does.
Scenario late_leader(std::uint64_t seed) {
  Scenario scenario = brokers_in_zones(3, 2ms);
  scenario.seed = seed;
  scenario.duration = 60s;
  scenario.drain_limit = 150s;
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

/// A small world and some faults, all from one seed: one partition of three replicas, two producers, one or two groups.
Scenario schedule(std::uint64_t seed, Kind kind) {
  if (kind == Kind::quiet || kind == Kind::handover) return directed(seed, kind);
  if (kind == Kind::late) return late_leader(seed);
  RandomStream random({seed, 0}, "schedule", "");
  const auto between = [&](Duration least, Duration most) { return least + random.within(most - least); };
  Scenario scenario = brokers_in_zones(3, between(1ms, 20ms));
  scenario.seed = seed;
  scenario.duration = 60s;
  scenario.drain_limit = 150s;
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

/// What the run violates, as "INV-P05 ...".
std::optional<std::string> violation(const Scenario& scenario) {
  try {
    const TrialResult result = run(scenario, ReadPolicy::rack_aware);
    const bool hurries = scenario.world.topics[0].replication_factor == 2;  // of directed(): see there
    if (hurries && result.produce.maximum() > 15s)
      return "late acknowledgement after " + std::to_string(result.produce.maximum() / 1s) + " s";
  } catch (const InvariantViolation& law) {
    return law.id + " " + law.statement;
  } catch (const std::exception& error) {
    return std::string("INV-E?? ") + error.what();
  }
  return std::nullopt;
}

/// The number of schedules until one of the expected laws was violated; none: it survives.
std::optional<std::uint32_t> caught(const Mutant& mutant, std::string& by) {
  for (std::uint32_t i = 0; i < mutant.budget; ++i) {
    Scenario scenario = schedule(i + 1, mutant.kind);
    scenario.world.mutants.*mutant.flag = true;
    const std::optional<std::string> law = violation(scenario);
    if (!law) continue;
    if (by.empty() || by.starts_with("(")) by = "(" + *law + ")";
    for (const std::string& expected : mutant.caught_by) {
      if (!law->starts_with(expected)) continue;
      by = *law;
      return i + 1;
    }
  }
  return std::nullopt;
}

int test_mutants(std::uint32_t budget, const std::string& only) {
  int wrong = 0;
  if (only.empty() || only == "sound") {
    for (const Kind kind : {Kind::common, Kind::unclean, Kind::power, Kind::followers, Kind::two_out, Kind::late,
                            Kind::quiet, Kind::handover}) {
      for (std::uint32_t i = 0; i < budget; ++i) {
        const std::optional<std::string> law = violation(schedule(i + 1, kind));
        if (!law) continue;
        std::cout << "sound model, kind " << static_cast<int>(kind) << ", schedule " << i + 1 << ": " << *law << std::endl;
        ++wrong;
      }
    }
  }
  for (const Mutant& mutant : mutants()) {
    if (!only.empty() && only != mutant.id) continue;
    std::string by;
    const std::optional<std::uint32_t> schedules = caught(mutant, by);
    if (!schedules) ++wrong;
    std::cout << mutant.id << (schedules ? " caught in schedule " + std::to_string(*schedules) + ": " : " SURVIVES ")
              << by << std::endl;
  }
  return wrong == 0 ? 0 : 1;
}

}  // namespace
}  // namespace brokersim::tiny

int main(int argc, char** argv) {
  std::uint32_t budget = 40;
  std::string only;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--sound") == 0 && i + 1 < argc) {
      budget = static_cast<std::uint32_t>(std::strtoul(argv[++i], nullptr, 10));
    } else {
      only = argv[i];
    }
  }
  return brokersim::tiny::test_mutants(budget, only);
}
