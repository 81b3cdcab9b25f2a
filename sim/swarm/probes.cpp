// SPDX-License-Identifier: Apache-2.0
#include "sim/swarm/probes.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace brokersim {
namespace {

using Kind = EventNote::Kind;
using Result = TrialResult;

bool noted(const Result& result, Kind kind, std::string_view what) {
  return std::any_of(result.events_log.begin(), result.events_log.end(),
                     [&](const EventNote& note) { return note.kind == kind && note.what == what; });
}

template <class Holds>
bool any_note(const Result& result, Holds holds) {
  return std::any_of(result.events_log.begin(), result.events_log.end(), holds);
}
template <class Holds>
bool any_outcomes(const Result& result, Holds holds) {
  return std::any_of(result.outcomes.begin(), result.outcomes.end(), holds);
}
template <class Holds>
bool any_troubles(const Result& result, Holds holds) {
  return std::any_of(result.groups.begin(), result.groups.end(),
                     [&](const GroupResult& group) { return holds(group.troubles); });
}
template <class Holds>
bool any_rebalance(const Result& result, Holds holds) {
  return std::any_of(result.groups.begin(), result.groups.end(), [&](const GroupResult& group) {
    return std::any_of(group.rebalances.begin(), group.rebalances.end(), holds);
  });
}

/// How many brokers were without a process at the worst.
bool all_down_at_once(const Result& result) {
  std::vector<bool> down(result.leaders.size(), false);
  for (const EventNote& note : result.events_log) {
    if (note.kind != Kind::process || note.broker >= down.size()) continue;
    down[note.broker] = note.what != "ready";
    if (std::all_of(down.begin(), down.end(), [](bool is_down) { return is_down; })) return true;
  }
  return false;
}

/// A note of one kind while the controller stands still.
bool during_failover(const Result& result, Kind kind) {
  bool stands_still = false;
  for (const EventNote& note : result.events_log) {
    if (note.kind == Kind::controller) stands_still = note.what == "stands still";
    if (stands_still && note.kind == kind) return true;
  }
  return false;
}

/// A partition without a leader gets one again that is not the first of its list, or any other.
bool led_again(const Result& result) {
  return any_note(result, [&](const EventNote& none) {
    return none.kind == Kind::leader && none.what == "no leader" && any_note(result, [&](const EventNote& note) {
             return note.kind == Kind::leader && note.partition == none.partition && note.time > none.time &&
                    note.what != "no leader";
           });
  });
}

template <RareState state>
bool was_in(const Result& result) {
  return result.rare_states[static_cast<std::size_t>(state)];
}

/// Those that the run itself notes.
template <std::size_t... states>
constexpr std::array<Probe, sizeof...(states)> noted_by_run(std::index_sequence<states...>) {
  return {Probe{rare_state_names[states], was_in<static_cast<RareState>(states)>, 20}...};
}

constexpr std::array told_by_result{
    Probe{
        "fault ignored",
        [](const Result& r) { return any_note(r, [](const EventNote& n) { return n.kind == Kind::fault_ignored; }); }},
    Probe{"broker fenced", [](const Result& r) { return noted(r, Kind::broker, "fenced"); }},
    Probe{"registration refused", [](const Result& r) { return noted(r, Kind::broker, "registration refused"); }},
    Probe{"broker in controlled shutdown",
          [](const Result& r) { return noted(r, Kind::broker, "in controlled shutdown"); }},
    Probe{"all brokers down at once", all_down_at_once},
    Probe{"controller failover", [](const Result& r) { return noted(r, Kind::controller, "stands still"); }},
    Probe{"process stopped or started during a controller failover",
          [](const Result& r) { return during_failover(r, Kind::process); }},
    Probe{"leader lost, nobody can lead", [](const Result& r) { return noted(r, Kind::leader, "no leader"); }},
    Probe{"led again after nobody could", led_again},
    Probe{"clean election", [](const Result& r) { return noted(r, Kind::leader, "clean"); }},
    Probe{"preferred leader back", [](const Result& r) { return noted(r, Kind::leader, "preferred"); }},
    Probe{"unclean election", [](const Result& r) { return noted(r, Kind::leader, "unclean"); }},
    Probe{"ISR shrunk", [](const Result& r) { return noted(r, Kind::isr, "shrunk"); }},
    Probe{"ISR of one",
          [](const Result& r) {
            return any_note(r, [](const EventNote& n) {
              return n.kind == Kind::isr && !n.detail.empty() && n.detail.find(' ') == std::string::npos;
            });
          }},
    Probe{"ISR empty",
          [](const Result& r) {
            return any_note(r, [](const EventNote& n) { return n.kind == Kind::isr && n.detail.empty(); });
          }},
    Probe{"ISR expanded", [](const Result& r) { return noted(r, Kind::isr, "expanded"); }},
    Probe{"batch sent again",
          [](const Result& r) { return any_outcomes(r, [](const SendOutcomes& o) { return o.retried_batches > 0; }); }},
    Probe{"record refused",
          [](const Result& r) { return any_outcomes(r, [](const SendOutcomes& o) { return o.refused > 0; }); }},
    Probe{"record given up, perhaps in the log",
          [](const Result& r) { return any_outcomes(r, [](const SendOutcomes& o) { return o.indeterminate > 0; }); }},
    Probe{"record dropped before it was sent",
          [](const Result& r) { return any_outcomes(r, [](const SendOutcomes& o) { return o.dropped > 0; }); }},
    Probe{"acks=0 record lost",
          [](const Result& r) { return any_outcomes(r, [](const SendOutcomes& o) { return o.lost_acks0 > 0; }); }},
    Probe{"acks=1 record lost",
          [](const Result& r) { return any_outcomes(r, [](const SendOutcomes& o) { return o.lost_acks1 > 0; }); }},
    Probe{"acks=all record lost",
          [](const Result& r) { return any_outcomes(r, [](const SendOutcomes& o) { return o.lost_acks_all > 0; }); }},
    Probe{"duplicate without idempotence",
          [](const Result& r) { return any_outcomes(r, [](const SendOutcomes& o) { return o.duplicates > 0; }); }},
    Probe{"reordered without idempotence",
          [](const Result& r) { return any_outcomes(r, [](const SendOutcomes& o) { return o.reordered > 0; }); }},
    Probe{"record appended again after it was cut", [](const Result& r) { return r.conservation.appended_again > 0; }},
    Probe{"consumer's connection lost",
          [](const Result& r) {
            return any_troubles(r, [](const ConsumerTroubles& t) { return t.connections_lost > 0; });
          }},
    Probe{"consumer cannot connect",
          [](const Result& r) {
            return any_troubles(r, [](const ConsumerTroubles& t) { return t.connections_failed > 0; });
          }},
    Probe{"consumer redirected to a dead replica",
          [](const Result& r) {
            return any_troubles(r, [](const ConsumerTroubles& t) { return t.redirects_to_dead > 0; });
          }},
    Probe{
        "fetch answered with a leader error",
        [](const Result& r) { return any_troubles(r, [](const ConsumerTroubles& t) { return t.leader_errors > 0; }); }},
    Probe{"consumer's offset above its follower's log",
          [](const Result& r) {
            return any_troubles(r, [](const ConsumerTroubles& t) { return t.out_of_range_at_follower > 0; });
          },
          20},
    Probe{"consumer noticed a truncation",
          [](const Result& r) { return any_troubles(r, [](const ConsumerTroubles& t) { return t.truncations > 0; }); }},
    Probe{"offset reset",
          [](const Result& r) { return any_troubles(r, [](const ConsumerTroubles& t) { return t.resets > 0; }); }},
    Probe{"record lost after it was delivered",
          [](const Result& r) {
            return any_troubles(r, [](const ConsumerTroubles& t) { return t.lost_after_delivery > 0; });
          }},
    Probe{"nothing delivered for 10 s",
          [](const Result& r) {
            return any_troubles(r, [](const ConsumerTroubles& t) { return t.longest_gap >= std::chrono::seconds{10}; });
          }},
    Probe{"consumer read from a follower",
          [](const Result& r) {
            return std::any_of(r.groups.begin(), r.groups.end(),
                               [](const GroupResult& g) { return g.delivery_from_follower.count() > 0; });
          }},
    Probe{"consumer read what was stale",
          [](const Result& r) { return r.staleness.reads > r.staleness.reads_behind_fewer_than[0]; }},
    Probe{"records skipped by a reset",
          [](const Result& r) { return any_troubles(r, [](const ConsumerTroubles& t) { return t.skipped > 0; }); }},
    Probe{"rebalance", [](const Result& r) { return any_rebalance(r, [](const RebalanceResult&) { return true; }); }},
    Probe{"rebalance in several rounds",
          [](const Result& r) { return any_rebalance(r, [](const RebalanceResult& b) { return b.rounds > 1; }); }},
    Probe{"records read again after a rebalance",
          [](const Result& r) { return any_rebalance(r, [](const RebalanceResult& b) { return b.read_again > 0; }); }},
};
constexpr std::array told_by_run = noted_by_run(std::make_index_sequence<rare_states>{});
static_assert(told_by_result.size() + told_by_run.size() <= most_probes);

constexpr auto table = [] {
  std::array<Probe, told_by_result.size() + told_by_run.size()> all{};
  std::copy(told_by_run.begin(), told_by_run.end(),
            std::copy(told_by_result.begin(), told_by_result.end(), all.begin()));
  return all;
}();

}  // namespace

std::span<const Probe> probes() {
  return table;
}

ProbeHits probe_hits(const TrialResult& result) {
  ProbeHits hits;
  for (std::size_t i = 0; i < table.size(); ++i) hits[i] = table[i].reached(result);
  return hits;
}

}  // namespace brokersim
