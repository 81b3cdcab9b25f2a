// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/whatif_study.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "sim/cli/mitigations.hpp"
#include "sim/cli/repeat_command.hpp"
#include "sim/cli/self_checks.hpp"
#include "sim/figures/broker_columns.hpp"
#include "sim/figures/fault_figures.hpp"
#include "sim/model/run_limits.hpp"
#include "sim/result_files/result_set.hpp"
#include "sim/scenario_file/units.hpp"

namespace brokersim {
namespace {

/// The larger of two figures, where none is less than any.
template <class T>
std::optional<T> worse(const std::optional<T>& a, const std::optional<T>& b) {
  return a && b ? std::max(*a, *b) : a ? a : b;
}

std::optional<Bottleneck> fuller(const std::optional<Bottleneck>& a, const std::optional<Bottleneck>& b) {
  return !a || (b && b->busy > a->busy) ? b : a;
}

bool waits_for_replicas(const WorldSpec& world) {
  return std::any_of(world.producers.begin(), world.producers.end(),
                     [](const ProducerSpec& producer) { return producer.acks == -1; });
}

/// The kill is the scenario's last fault; faults of its own may share its episode.
const EpisodeFigures* episode_of_kill(const Scenario& scenario, const FaultFigures& figures) {
  const auto kill = static_cast<std::uint32_t>(scenario.world.faults.size() - 1);
  for (const EpisodeFigures& one : figures.episodes) {
    const std::vector<std::uint32_t>& faults = one.episode.faults;
    if (std::find(faults.begin(), faults.end(), kill) != faults.end()) return &one;
  }
  return nullptr;
}

/// The fullest resource of a broker in any window of the scenario, the first of which has the kill.
std::optional<Bottleneck> fullest_of(const Scenario& scenario, Protocol protocol, const LoadLedger& ledger,
                                     Duration kill) {
  std::optional<Bottleneck> fullest;
  std::size_t first = 0;
  while (first < ledger.windows() && ledger.window_start(first) + ledger.window_length(first) <= Instant{kill}) ++first;
  while (first < ledger.windows()) {
    std::size_t end = first;
    Duration length{};
    while (end < ledger.windows() && length < scenario.window) length += ledger.window_length(end++);
    if (length < scenario.window && fullest) break;  // too short to tell a peak from noise
    for (std::uint32_t b = 0; b < ledger.brokers(); ++b) {
      std::array<Duration, broker_resources> busy{};
      for (std::size_t w = first; w < end; ++w) {
        for (std::size_t r = 0; r < broker_resources; ++r) busy[r] += ledger.load(w, BrokerIndex{b}).busy[r];
      }
      const BrokerSpec& broker = scenario.world.brokers[b];
      for (std::size_t r = 0; r < broker_resources; ++r) {
        const double capacity = capacity_of(broker, static_cast<BrokerResource>(r), protocol);
        const double share = seconds(busy[r]) / (capacity * seconds(length));
        if (fullest && share <= fullest->busy) continue;
        fullest = {broker.id, std::string(resource_name(r, protocol)), share,
                   ledger.window_start(first).time_since_epoch()};
      }
    }
    first = end;
  }
  return fullest;
}

/// Whether at the end of the run every partition was written and read again.
bool recovered(const Scenario& scenario, const FaultFigures& all, const TrialResult& trial) {
  const std::vector<MissingTime>& missing = trial.faults.missing;
  const bool in_service =
      missing.empty() || (missing.back().leader == Duration::zero() &&
                          (missing.back().in_sync == Duration::zero() || !waits_for_replicas(scenario.world)));
  return in_service &&
         std::all_of(all.outages.begin(), all.outages.end(), [](const OutageFigures& outage) { return outage.over; });
}

/// The fullest resource of a broker, by mean over a phase.
std::optional<Bottleneck> busiest_of(const PhaseFigures& phase, const std::vector<BrokerSpec>& brokers) {
  std::optional<Bottleneck> busiest;
  for (std::size_t b = 0; b < phase.brokers.size(); ++b) {
    const BrokerPhase& broker = phase.brokers[b];
    if (!busiest || broker.busy > busiest->busy) busiest = {brokers[b].id, broker.resource, broker.busy, phase.from};
  }
  return busiest;
}

/// Leaders that are named, and who is not served meanwhile, once the victim is started again.
void add_moves_back(const FaultFigures& all, const TrialResult& trial, Duration restarted, LossFigures& figures) {
  for (const EventNote& note : trial.events_log) {
    const Duration when = note.time.time_since_epoch();
    if (note.kind == EventNote::Kind::leader && note.broker != EventNote::nobody && when >= restarted &&
        when < trial.duration)
      ++figures.elections_after;
  }
  for (const OutageFigures& outage : all.outages) {
    if (outage.began < restarted) continue;
    (outage.group == OutageNote::writers ? figures.unwritable_after_seconds : figures.unreadable_after_seconds) +=
        outage.total();
  }
}

/// restarted  when the victim is started again; Duration::max(): never
LossFigures figures_of_trial(const Scenario& scenario, const Arm& arm, const FaultFigures& all,
                             const TrialResult& trial, Duration restarted) {
  LossFigures figures;
  const EpisodeFigures* one = episode_of_kill(scenario, all);
  if (one == nullptr) return figures;
  const WorldSpec& world = scenario.world;
  const double span = seconds(one->episode.watched_until - one->episode.began);
  const double unwritable = waits_for_replicas(world) ? one->unwritable_all_seconds : one->unwritable_one_seconds;
  const auto pairs = static_cast<double>(read_pairs_of(world));
  figures.applied = true;
  figures.fullest = fullest_of(scenario, arm.protocol, trial.loads, one->episode.began);
  figures.peak_to_mean = one->peak_to_mean;
  figures.unwritable = unwritable / (static_cast<double>(partitions_of(world)) * span);
  figures.unreadable = pairs > 0 ? one->unreadable_seconds / (pairs * span) : 0;
  figures.longest_outage_seconds = one->longest_outage_seconds;
  figures.recovered = recovered(scenario, all, trial);
  figures.produce_p99 = one->worst_produce_p99;
  figures.delivery_p99 = one->worst_delivery_p99;
  figures.produce_censored = one->produce_p99_exceeds;
  figures.delivery_censored = one->delivery_p99_exceeds;
  figures.lost_acks_all = all.losses.acks_all;
  figures.lost_acks_1 = all.losses.acks1;
  figures.failed = all.losses.failed;
  figures.balanced = one->time_to_balance.has_value();
  figures.time_to_balance = one->time_to_balance;
  figures.leader_time_to_balance = one->leader_time_to_balance;
  figures.excess_bytes = one->excess_bytes.value_or(0);
  figures.busiest_after = busiest_of(one->phases[static_cast<std::size_t>(FaultPhase::after)], world.brokers);
  add_moves_back(all, trial, restarted, figures);
  return figures;
}

void take_worse(LossFigures& worst, const LossFigures& trial) {
  if (!trial.applied) return;
  if (!worst.applied) {
    worst = trial;
    return;
  }
  worst.fullest = fuller(worst.fullest, trial.fullest);
  worst.peak_to_mean = worse(worst.peak_to_mean, trial.peak_to_mean);
  worst.unwritable = std::max(worst.unwritable, trial.unwritable);
  worst.unreadable = std::max(worst.unreadable, trial.unreadable);
  worst.longest_outage_seconds = std::max(worst.longest_outage_seconds, trial.longest_outage_seconds);
  worst.recovered = worst.recovered && trial.recovered;
  worst.produce_p99 = worse(worst.produce_p99, trial.produce_p99);
  worst.delivery_p99 = worse(worst.delivery_p99, trial.delivery_p99);
  worst.produce_censored = worst.produce_censored || trial.produce_censored;
  worst.delivery_censored = worst.delivery_censored || trial.delivery_censored;
  worst.lost_acks_all = std::max(worst.lost_acks_all, trial.lost_acks_all);
  worst.lost_acks_1 = std::max(worst.lost_acks_1, trial.lost_acks_1);
  worst.failed = std::max(worst.failed, trial.failed);
  worst.balanced = worst.balanced && trial.balanced;
  worst.time_to_balance = worst.balanced ? worse(worst.time_to_balance, trial.time_to_balance) : std::nullopt;
  worst.leader_time_to_balance = worst.leader_time_to_balance && trial.leader_time_to_balance
                                     ? worse(worst.leader_time_to_balance, trial.leader_time_to_balance)
                                     : std::nullopt;
  worst.excess_bytes = std::max(worst.excess_bytes, trial.excess_bytes);
  worst.busiest_after = fuller(worst.busiest_after, trial.busiest_after);
  worst.elections_after = std::max(worst.elections_after, trial.elections_after);
  worst.unwritable_after_seconds = std::max(worst.unwritable_after_seconds, trial.unwritable_after_seconds);
  worst.unreadable_after_seconds = std::max(worst.unreadable_after_seconds, trial.unreadable_after_seconds);
}

/// How bad a victim is under its worst policy and mitigation: what is lost against a promise, who is not served to the
/// end, what is given up, who is overloaded, what acks=1 risked, and then how much was out of service and how full it
/// got.
auto badness(const std::vector<WhatIfRow>& mitigations) {
  std::tuple<Records, bool, Records, bool, Records, double, double> worst{};
  for (const WhatIfRow& row : mitigations) {
    for (const LossFigures& arm : row.arms) {
      worst = std::max(worst, {arm.lost_acks_all, !arm.recovered, arm.failed, arm.saturates(), arm.lost_acks_1,
                               std::max(arm.unwritable, arm.unreadable), arm.fullest ? arm.fullest->busy : 0});
    }
  }
  return worst;
}

/// by_victim  so many rows of each
std::vector<WhatIfRow> worst_victim_first(std::vector<WhatIfRow> rows, std::size_t by_victim) {
  std::vector<std::vector<WhatIfRow>> victims(rows.size() / by_victim);
  for (std::size_t r = 0; r < rows.size(); ++r) victims[r / by_victim].push_back(std::move(rows[r]));
  std::stable_sort(victims.begin(), victims.end(),
                   [](const auto& a, const auto& b) { return badness(a) > badness(b); });
  rows.clear();
  for (std::vector<WhatIfRow>& victim : victims) std::move(victim.begin(), victim.end(), std::back_inserter(rows));
  return rows;
}

/// The arms are Kafka's; the other protocol takes no faults (E0450).
constexpr const char* kafka_alone = "/protocols=[\"kafka\"]";

/// The victim's kill is the last fault.
Scenario scenario_of(const ReadWith& read, const WhatIfStudy& study, const Victim& victim,
                     const Mitigation& mitigation) {
  const Duration restarted = study.times.at + study.wishes.restart.value_or(Duration::zero());
  std::vector<Override> more{{"/duration=" + duration_text(study.times.duration), victim.argument}};
  if (study.scenario().has_primary_replica()) more.push_back({kafka_alone, victim.argument});
  const std::string election = election_text(mitigation, restarted);
  if (!election.empty() && restarted + mitigation.time >= study.times.duration) {
    Diagnostic diagnostic;
    diagnostic.code = "E0605";
    diagnostic.argument = mitigation.argument;
    diagnostic.found = "--mitigation " + mitigation.name + ", " + duration_text(restarted + mitigation.time) +
                       " after the start of runs of " + duration_text(study.times.duration);
    diagnostic.allowed = "an election before the end: a shorter DELAY, or a longer --watch";
    throw UsageError(std::move(diagnostic));
  }
  if (!election.empty()) more.push_back({election, mitigation.argument, true});
  more.push_back({victim.fault, victim.argument, true});
  ScenarioDocument document = read(more);
  apply_mitigation(mitigation, document.scenario.world.control_plane);
  return std::move(document.scenario);
}

Duration warm_up_of(WhatIfStudy& study, unsigned threads, const StudyProgress& progress) {
  const Scenario& scenario = study.scenario();
  if (scenario.warm_up) return *scenario.warm_up;
  const std::uint32_t trials = std::min(pilot_trials, scenario.trials);
  const std::size_t total = trials * study.arms.size();
  const auto tell = [&](std::size_t done) {
    if (progress) progress("pilot run for the warm-up", done, total);
  };
  tell(0);
  study.warm_up = choose_warm_up(scenario, run_arms(scenario, study.arms, trials, Duration::zero(), threads, tell));
  return study.warm_up.warm_up;
}

/// A second at least has to be observed before the kill: what is told compares with it.
void check_observed_before(const WhatIfStudy& study) {
  const Duration least = study.warm_up.warm_up + std::chrono::seconds{1};
  if (!study.wishes.at || study.times.at >= least) return;
  Diagnostic diagnostic;
  diagnostic.code = "E0605";
  diagnostic.argument = study.wishes.at_argument;
  diagnostic.found = "--at " + duration_text(study.times.at) + ", and a warm-up of " +
                     duration_text(study.warm_up.warm_up) + " before the observation";
  diagnostic.allowed = "at least " + duration_text(least) + ": what the kill does is compared with a second before it";
  throw UsageError(std::move(diagnostic));
}

/// What stops a run in which a law is broken: with the fault that shows it.
TrialResult run_or_tell(const Scenario& scenario, const std::vector<std::vector<BrokerIndex>>& placement,
                        const Arm& arm, std::uint32_t trial, Duration warm_up, const std::string& options) {
  try {
    return run_trial(scenario, placement, arm, trial, warm_up);
  } catch (const InvariantViolation& violation) {
    std::vector<std::string> lines = violation_lines(scenario, violation);
    lines.push_back("with " + options);
    throw InvariantViolated(std::move(lines), violation.is_of_liveness());
  }
}

/// One run, reduced at once: a result of a big cluster is large.
struct Job {
  std::size_t row, arm;
  std::uint32_t trial;
};

}  // namespace

std::string options_of_row(const WhatIfStudy& study, const WhatIfRow& row) {
  const std::string duration =
      " --set /duration=" + duration_text(study.times.duration) +
      (study.scenario().has_primary_replica() ? " --set " + shell_word(kafka_alone) : std::string());
  const std::string kill = "--fault " + shell_word(row.victim.fault);
  if (study.wishes.mitigations.empty()) return kill + duration;
  const Mitigation& mitigation = study.wishes.mitigations[row.mitigation];
  const std::string election =
      election_text(mitigation, study.times.at + study.wishes.restart.value_or(Duration::zero()));
  const std::string settings = settings_text(mitigation, study.scenario().world.control_plane);
  return (election.empty() ? election : "--fault " + shell_word(election) + " ") + kill + duration +
         (settings.empty() ? settings : ", with " + settings + " in config of control_plane");
}

WhatIfStudy whatif_study(const ReadWith& read, const WhatIfOptions& wishes, unsigned threads,
                         const StudyProgress& progress) {
  WhatIfStudy study;
  study.wishes = wishes;
  study.document = read({});
  const std::vector<Protocol>& protocols = study.scenario().protocols;
  if (std::find(protocols.begin(), protocols.end(), Protocol::kafka) == protocols.end()) {
    Diagnostic diagnostic;
    diagnostic.code = "E0605";
    diagnostic.argument = 1;
    diagnostic.found = "whatif, and no \"kafka\" in the scenario's protocols";
    diagnostic.allowed = "a scenario with the protocol \"kafka\": what fails there is simulated";
    throw UsageError(std::move(diagnostic));
  }
  for (const ReadPolicy policy : study.scenario().read_policies) study.arms.emplace_back(policy);
  std::sort(study.arms.begin(), study.arms.end());
  study.warm_up.warm_up = warm_up_of(study, threads, progress);
  study.times = kill_times(study.scenario(), wishes, study.warm_up.warm_up);
  check_observed_before(study);
  const std::vector<std::vector<BrokerIndex>> placement = place_partitions(study.scenario());
  const std::vector<Mitigation> mitigations =
      wishes.mitigations.empty() ? std::vector<Mitigation>(1) : wishes.mitigations;
  std::vector<Scenario> scenarios;
  for (const Victim& victim : victims_of(study.scenario(), placement, wishes, study.times)) {
    for (std::size_t m = 0; m < mitigations.size(); ++m) {
      scenarios.push_back(scenario_of(read, study, victim, mitigations[m]));
      study.rows.push_back({victim, m, std::vector<LossFigures>(study.arms.size())});
    }
  }

  std::vector<Job> jobs;
  for (std::size_t row = 0; row < study.rows.size(); ++row) {
    for (std::uint32_t trial = 0; trial < study.scenario().trials; ++trial) {
      for (std::size_t arm = 0; arm < study.arms.size(); ++arm) jobs.push_back({row, arm, trial});
    }
  }
  const Duration restarted = wishes.restart ? study.times.at + *wishes.restart : Duration::max();
  std::vector<LossFigures> figures(jobs.size());
  std::vector<std::vector<std::string>> violated(jobs.size());
  const auto run = [&](std::size_t j) {
    const Job& job = jobs[j];
    const Scenario& scenario = scenarios[job.row];
    const Arm& arm = study.arms[job.arm];
    const WhatIfRow& row = study.rows[job.row];
    const TrialResult result =
        run_or_tell(scenario, placement, arm, job.trial, study.warm_up.warm_up, options_of_row(study, row));
    for (const std::string& what : result.conservation.violations) {
      violated[j].push_back("VIOLATION " + row.victim.name + ", arm " + arm_name(arm) + ", trial " +
                            std::to_string(job.trial) + ", seed " + std::to_string(scenario.seed) + ": " + what);
    }
    figures[j] =
        figures_of_trial(scenario, arm, fault_figures(scenario, placement, arm.protocol, result), result, restarted);
  };
  const auto tell = [&](std::size_t done) {
    if (progress) progress("simulating", done, jobs.size());
  };
  tell(0);
  in_parallel(jobs.size(), threads, run, tell);
  std::vector<std::string> lines;
  for (const std::vector<std::string>& more : violated) lines.insert(lines.end(), more.begin(), more.end());
  if (!lines.empty()) throw InvariantViolated(std::move(lines));
  for (std::size_t j = 0; j < jobs.size(); ++j) take_worse(study.rows[jobs[j].row].arms[jobs[j].arm], figures[j]);
  study.rows = worst_victim_first(std::move(study.rows), mitigations.size());
  return study;
}

}  // namespace brokersim
