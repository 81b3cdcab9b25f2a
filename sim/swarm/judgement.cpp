// SPDX-License-Identifier: Apache-2.0
#include "sim/swarm/judgement.hpp"

#include <algorithm>
#include <chrono>
#include <exception>

#include "sim/core/invariant_violation.hpp"
#include "sim/model/fault_kinds.hpp"
#include "sim/scenario/run.hpp"

namespace brokersim {
namespace {

/// "INV-C12: every record ..." is known by its id, as is "INV-P05 a leader ..."; laws that share one ("A.5: ...") by
/// all their words.
std::string id_of(const std::string& violation) {
  if (!violation.starts_with("INV-")) return violation;
  return violation.substr(0, violation.find_first_of(": "));
}

/// Whether the last of the faults mends everything that the ones before it broke.
bool heals(const Scenario& scenario) {
  const auto& faults = scenario.world.faults;
  return faults.empty() || std::any_of(faults.begin(), faults.end(), [&](const FaultSpec& fault) {
           return fault.kind == FaultKind::heal && fault.target.who == FaultTarget::Who::none &&
                  std::all_of(faults.begin(), faults.end(),
                              [&](const FaultSpec& other) { return other.when.at <= fault.when.at; });
         });
}

/// What the drain left open.
struct LeftOpen {
  Records sends = 0, deliveries = 0, copies = 0;
  /// Which law of A.3 that breaks, with the numbers; empty if nothing is open.
  [[nodiscard]] std::string violation() const {
    const std::string end = " when the drain ended, though everything is healed";
    if (sends > 0) return "INV-L03: " + std::to_string(sends) + " records neither acknowledged nor given up" + end;
    if (copies > 0) return "INV-L05: " + std::to_string(copies) + " records not replicated" + end;
    if (deliveries > 0) return "INV-L08: " + std::to_string(deliveries) + " records not delivered" + end;
    return {};
  }
};

/// Whether each group has a member that is there when the drain begins: nobody else reads what is left.
bool are_read_to_the_end(const Scenario& scenario) {
  const auto stays = [&](const MemberSpec& member) {
    return member.join_at.value_or(Duration::zero()) < scenario.duration &&
           member.leave_at.value_or(scenario.duration) >= scenario.duration;
  };
  const auto& groups = scenario.world.groups;
  return std::all_of(groups.begin(), groups.end(), [&](const ConsumerGroupSpec& group) {
    return std::any_of(group.members.begin(), group.members.end(), stays);
  });
}

/// A record that found no memory in time has been given up (K-3).
LeftOpen left_open(const Scenario& scenario, const TrialResult& result) {
  const Conservation& flow = result.conservation;
  LeftOpen open{0, flow.expected_delivered - flow.delivered, flow.expected_replicated - flow.replicated};
  for (const SendOutcomes& outcomes : result.outcomes) open.sends += outcomes.open;
  if (result.outcomes.empty()) open.sends = flow.generated - flow.acknowledged - flow.unacknowledged_by_design;
  if (!are_read_to_the_end(scenario)) open.deliveries = 0;
  return open;
}

std::bitset<64> faults_applied(const TrialResult& result) {
  std::bitset<64> applied;
  for (const EventNote& note : result.events_log) {
    if (note.kind != EventNote::Kind::fault_applied) continue;
    for (const FaultKindEntry& entry : fault_kinds) {
      if (entry.name == note.what) applied.set(static_cast<std::size_t>(entry.kind));
    }
  }
  return applied;
}

/// The last that was done to the cluster or taken back: nothing goes wrong from then on.
const EventNote* last_of_the_faults(const TrialResult& result) {
  const auto last = std::find_if(result.events_log.rbegin(), result.events_log.rend(), [](const EventNote& note) {
    return note.kind == EventNote::Kind::fault_applied || note.kind == EventNote::Kind::fault_healed;
  });
  return last == result.events_log.rend() ? nullptr : &*last;
}

TrialResult run(const Scenario& scenario) {
  return run_trial(scenario, place_partitions(scenario), scenario.read_policies.front(), 0,
                   scenario.warm_up.value_or(Duration::zero()));
}

constexpr std::uint64_t busiest = 4;  // A.3: events after healing, in those of the same time without faults

/// INV-L09, empty if it holds. The rate without faults is that before the first of them; where this is not enough to
/// say that nothing is wrong, that of the same scenario with nothing but its load and a heal; what that had done by
/// then and this run had not is owed. The same records in more batches are more load: while a producer's call waits for
/// memory all its batches are ready (K-3), and may be small until it has caught up.
std::string livelock(const Scenario& scenario, const TrialResult& result) {
  const EventNote* const last = last_of_the_faults(result);
  if (last == nullptr || last->time >= Instant{scenario.duration}) return {};
  const EventNote& first = result.events_log.front();
  const std::uint64_t after = result.events - last->event;
  const auto milliseconds = [](Duration span) {
    return static_cast<std::uint64_t>(span / std::chrono::milliseconds{1});
  };
  const std::uint64_t load_left = milliseconds(Instant{scenario.duration} - last->time);
  if (after * milliseconds(first.time - simulation_start) <= busiest * first.event * load_left) return {};
  Scenario healthy = scenario;
  std::erase_if(healthy.world.faults, [](const FaultSpec& fault) { return fault.kind != FaultKind::producer_burst; });
  FaultSpec heal;
  heal.kind = FaultKind::heal;
  heal.when.at = last->time - simulation_start;
  healthy.world.faults.push_back(heal);
  const TrialResult other = run(healthy);
  const std::uint64_t healed = last_of_the_faults(other)->event;
  std::uint64_t expected = other.events - healed + (healed > last->event ? healed - last->event : 0);
  if (result.batches > other.batches && other.batches > 0)
    expected += (result.batches - other.batches) * healed / other.batches;
  if (after <= busiest * expected) return {};
  return "INV-L09: " + std::to_string(after) + " events after all was healed, and " + std::to_string(expected) +
         " without faults in the same time, to catch up and for as many batches";
}

/// What a JoinGroup request may take beyond the rebalance timeout, max.poll.interval.ms (ConsumerCoordinator).
constexpr Duration join_slack = std::chrono::seconds{5};

/// How long after the healing everything must be settled (A.3): each timeout may have to run out, twice where what it
/// led to fails as well; that of a JoinGroup whose coordinator lost power once.
Duration settling_time(const WorldSpec& world) {
  Duration clients{}, rebalance{};
  for (const ProducerSpec& producer : world.producers) clients = std::max(clients, producer.retry.request_timeout);
  for (const ConsumerGroupSpec& group : world.groups) {
    const Duration session = by_timer(group.session_timeout, slowest_timers(world.faults));
    clients = std::max({clients, group.retry.request_timeout, session});
    if (group.coordination) rebalance = std::max(rebalance, group.max_poll_interval + join_slack);
  }
  return 2 * (cluster_timeouts(world) + clients) + rebalance;
}

}  // namespace

Judgement judge(const Scenario& scenario) {
  Judgement judgement;
  try {
    const TrialResult result = run(scenario);
    judgement.events = result.events;
    judgement.probes = probe_hits(result);
    judgement.faults_applied = faults_applied(result);
    if (heals(scenario) && scenario.drain_limit >= settling_time(scenario.world)) {
      judgement.text = left_open(scenario, result).violation();
      if (judgement.text.empty()) judgement.text = livelock(scenario, result);
      judgement.violated = id_of(judgement.text);
    }
  } catch (const InvariantViolation& law) {
    judgement.text = law.id + ": " + law.statement;
    judgement.violated = id_of(judgement.text);
  } catch (const std::exception& error) {
    judgement.text = error.what();
    judgement.violated = id_of(judgement.text);
  }
  return judgement;
}

}  // namespace brokersim
