// SPDX-License-Identifier: Apache-2.0
#include "sim/measured/failure_comparison.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <sstream>

#include "sim/core/contract.hpp"
#include "sim/scenario/run.hpp"

namespace brokersim {
namespace {

constexpr double poll_s = 0.1;  // how often the measuring client looked at the metadata

double seconds_of(Instant time) {
  return static_cast<double>(time.time_since_epoch().count()) * 1e-9;
}

/// A state of a partition and when it was seen first.
struct Seen {
  double at_s = 0;
  std::string state;
};
using History = std::vector<Seen>;

std::string state_of(const WorldSpec& world, const std::optional<BrokerIndex>& leader, std::vector<BrokerIndex> isr) {
  std::vector<std::int32_t> ids;
  for (const BrokerIndex broker : isr) ids.push_back(world.brokers[broker.value].id);
  std::sort(ids.begin(), ids.end());
  std::string text = leader ? std::to_string(world.brokers[leader->value].id) : "none";
  text += " [";
  for (const std::int32_t id : ids) text += (text.back() == '[' ? "" : ",") + std::to_string(id);
  return text + "]";
}

std::string joined(const History& history) {
  std::string text;
  for (const Seen& seen : history) text += (text.empty() ? "" : ", ") + seen.state;
  return text;
}

std::string joined(const std::vector<std::uint32_t>& numbers) {
  std::string text;
  for (const std::uint32_t number : numbers) text += (text.empty() ? "" : ", ") + std::to_string(number);
  return text;
}

struct RebalanceEnd {
  double at_s = 0;
  std::vector<std::uint32_t> partitions;  // by member
};

RebalanceEnd end_of(const RebalanceResult& rebalance, std::size_t members) {
  RebalanceEnd end{seconds_of(Instant{rebalance.ended}), std::vector<std::uint32_t>(members)};
  for (const RebalanceMember& member : rebalance.members) end.partitions.at(member.member) = member.after;
  return end;
}

/// Adds a state that began at `at_s`, as one who looks every so often sees it.
void see(History& history, double at_s, std::string state) {
  const double seen_s = std::ceil(at_s / poll_s) * poll_s;
  if (!history.empty() && history.back().at_s >= seen_s) history.pop_back();
  if (history.empty() || history.back().state != state) history.push_back({seen_s, std::move(state)});
}

std::vector<History> measured_histories(const MeasuredCase& measured, std::size_t partitions) {
  std::vector<History> histories(partitions);
  for (const LeadershipChange& change : measured.leadership) {
    require(change.partition < partitions, "a partition of the case's topics");
    histories[change.partition].push_back(
        {std::max(change.at_s, 0.0), state_of(measured.scenario.world, change.leader, change.in_sync)});
  }
  return histories;
}

/// Of the first `partitions`, from the log of events: the text of an ISR has the brokers' ids.
std::vector<History> simulated_histories(const WorldSpec& world, const std::vector<std::vector<BrokerIndex>>& placement,
                                         const std::vector<EventNote>& notes, std::size_t partitions) {
  std::map<std::int32_t, BrokerIndex> brokers;
  for (std::uint32_t b = 0; b < world.brokers.size(); ++b) brokers[world.brokers[b].id] = BrokerIndex{b};
  struct State {
    std::optional<BrokerIndex> leader;
    std::vector<BrokerIndex> in_sync;
  };
  std::vector<State> states;
  std::vector<History> histories(partitions);
  for (std::size_t p = 0; p < partitions; ++p) {
    states.push_back({placement[p].front(), placement[p]});
    see(histories[p], 0, state_of(world, states[p].leader, states[p].in_sync));
  }
  for (const EventNote& note : notes) {
    if (note.partition >= partitions) continue;
    State& state = states[note.partition];
    if (note.kind == EventNote::Kind::leader) {
      state.leader.reset();
      if (note.broker != EventNote::nobody) state.leader = BrokerIndex{note.broker};
    } else if (note.kind == EventNote::Kind::isr) {
      state.in_sync.clear();
      std::istringstream ids(note.detail);
      for (std::int32_t id = 0; ids >> id;) state.in_sync.push_back(brokers.at(id));
    } else {
      continue;
    }
    see(histories[note.partition], seconds_of(note.time), state_of(world, state.leader, state.in_sync));
  }
  return histories;
}

std::vector<RecordTimes> simulated_records(const RecordTrace::Partition& partition, const MeasuredRecords& series) {
  const std::vector<Instant>& done =
      series.acknowledged ? partition.acknowledged : partition.handed[series.group.value];
  std::vector<RecordTimes> records;
  for (std::size_t i = 0; i < done.size(); ++i) {
    if (done[i] == Instant::max() || partition.intended[i] == Instant::max()) continue;
    records.push_back({seconds_of(partition.intended[i]) * 1e3, seconds_of(done[i]) * 1e3});
  }
  return records;
}

std::uint32_t first_partition_of(const WorldSpec& world, TopicIndex topic) {
  std::uint32_t first = 0;
  for (std::uint32_t t = 0; t < topic.value; ++t) first += world.topics[t].partitions;
  return first;
}

/// values  of single trials, not empty
Comparison compared(std::string series, std::string quantity, double measured, double since,
                    std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto at = [&](double p) {
    return values[static_cast<std::size_t>(std::lround(p * static_cast<double>(values.size() - 1)))];
  };
  Comparison one;
  one.series = std::move(series);
  one.quantity = std::move(quantity);
  one.measured = measured;
  one.predicted = at(0.5);
  one.tolerance = std::max(0.1 * (measured - since), 0.5);
  const std::pair range{at(0.01), at(0.99)};
  if (range.second - range.first > one.tolerance) {
    one.range = range;
    one.tolerance = 0;
  }
  return one;
}

std::vector<double> beginnings(const MeasuredCase& measured) {
  std::vector<double> windows;
  for (const MeasuredEvent& event : measured.events) windows.push_back(event.at_s);
  return windows;
}

/// The longest gap of a series after each event: by partition, or of a group, whose members may have got others than in
/// the measurement, in order of length.
std::map<std::string, double> gaps_of(const MeasuredCase& measured, const MeasuredRecords& series,
                                      const std::vector<std::vector<RecordTimes>>& by_partition) {
  const bool of_group = std::any_of(measured.rebalances.begin(), measured.rebalances.end(),
                                    [&](const MeasuredRebalance& one) { return one.group == series.name; });
  std::vector<std::vector<double>> longest;
  for (const std::vector<RecordTimes>& records : by_partition)
    longest.push_back(longest_gaps(records, beginnings(measured)));
  std::map<std::string, double> gaps;
  for (std::size_t w = 0; w < measured.events.size(); ++w) {
    std::vector<double> here;
    for (const std::vector<double>& one : longest) here.push_back(one[w]);
    if (of_group) std::sort(here.rbegin(), here.rend());
    for (std::size_t p = 0; p < here.size(); ++p) {
      const std::string place =
          of_group ? "the " + std::to_string(p + 1) + ". longest" : "partition " + std::to_string(p);
      gaps[place + " after " + measured.events[w].what + ", gap of " + series.name] = here[p];
    }
  }
  return gaps;
}

/// What single trials say.
struct Trials {
  std::vector<std::vector<History>> histories;              // shape [trials][partitions of the first topic]
  std::map<std::string, std::vector<double>> gaps;          // as gaps_of()
  std::map<std::string, std::vector<RebalanceEnd>> groups;  // the end of the last rebalance
};

Trials run_trials(const MeasuredCase& measured, const Scenario& scenario, std::uint32_t count) {
  const auto placement = place_partitions(scenario);
  const WorldSpec& world = scenario.world;
  Trials trials;
  for (std::uint32_t t = 0; t < count; ++t) {
    const TrialResult trial = run_trial(scenario, placement, scenario.read_policies.front(), t, *scenario.warm_up);
    trials.histories.push_back(
        simulated_histories(world, placement, trial.events_log, world.topics.front().partitions));
    for (const MeasuredRebalance& one : measured.rebalances) {
      const std::vector<RebalanceResult>& all = trial.groups[one.index.value].rebalances;
      if (!all.empty()) trials.groups[one.group].push_back(end_of(all.back(), one.partitions.size()));
    }
    for (const MeasuredRecords& series : measured.records) {
      const std::uint32_t first = first_partition_of(world, series.topic);
      std::vector<std::vector<RecordTimes>> simulated;
      for (std::size_t p = 0; p < series.by_partition.size(); ++p)
        simulated.push_back(simulated_records(trial.trace.partitions[first + p], series));
      for (const auto& [name, gap] : gaps_of(measured, series, simulated)) trials.gaps[name].push_back(gap);
    }
  }
  return trials;
}

void compare_rebalances(const MeasuredCase& measured, const Trials& trials, FailureComparison& comparison) {
  for (const MeasuredRebalance& one : measured.rebalances) {
    const auto ends = trials.groups.find(one.group);
    std::vector<double> times;
    std::string partitions = "no rebalance";
    if (ends != trials.groups.end()) {
      partitions = joined(ends->second.front().partitions);
      for (const RebalanceEnd& end : ends->second) times.push_back(end.at_s);
    }
    comparison.leadership.push_back({"partitions of members", joined(one.partitions), partitions});
    if (times.empty()) continue;
    comparison.seconds.push_back(
        compared("group", "rebalance ended", one.ended_s, beginnings(measured).back(), std::move(times)));
  }
}

void compare_leadership(const MeasuredCase& measured, const Trials& trials, FailureComparison& comparison) {
  if (measured.leadership.empty()) return;
  const std::size_t partitions = measured.scenario.world.topics.front().partitions;
  const std::vector<History> seen = measured_histories(measured, partitions);
  const std::vector<double> windows = beginnings(measured);
  for (std::size_t p = 0; p < partitions; ++p) {
    std::map<std::string, std::uint32_t> trials_that_say;
    for (const std::vector<History>& trial : trials.histories) ++trials_that_say[joined(trial[p])];
    const auto most = std::max_element(trials_that_say.begin(), trials_that_say.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    const std::string wanted = joined(seen[p]);
    comparison.leadership.push_back({"leaders and ISRs of partition " + std::to_string(p), wanted, most->first});
    for (std::size_t k = 1; k < seen[p].size(); ++k) {
      std::vector<double> times;
      for (const std::vector<History>& trial : trials.histories) {
        if (joined(trial[p]) == wanted) times.push_back(trial[p][k].at_s);
      }
      if (times.empty()) break;
      const double at_s = seen[p][k].at_s;
      const auto after = std::upper_bound(windows.begin(), windows.end(), at_s);
      comparison.seconds.push_back(compared("partition " + std::to_string(p),
                                            std::to_string(k) + ": " + seen[p][k].state + " from", at_s,
                                            after == windows.begin() ? 0 : *std::prev(after), std::move(times)));
    }
  }
}

}  // namespace

std::vector<double> longest_gaps(std::vector<RecordTimes> records, const std::vector<double>& windows) {
  std::vector<double> longest(windows.size());
  std::sort(records.begin(), records.end(),
            [](const RecordTimes& a, const RecordTimes& b) { return a.done_ms < b.done_ms; });
  // The earliest sent of those that come at place i or later.
  std::vector<double> first_sent(records.size() + 1, std::numeric_limits<double>::infinity());
  for (std::size_t i = records.size(); i-- > 0;) first_sent[i] = std::min(first_sent[i + 1], records[i].sent_ms);
  double before = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < records.size(); ++i) {
    const double gap = (records[i].done_ms - std::max(before, first_sent[i])) * 1e-3;
    before = records[i].done_ms;
    const auto window = std::upper_bound(windows.begin(), windows.end(), before * 1e-3) - windows.begin();
    if (window == 0) continue;
    double& known = longest[static_cast<std::size_t>(window) - 1];
    known = std::max(known, gap);
  }
  return longest;
}

FailureComparison compare_failures(const MeasuredCase& measured, const HostProfile& profile, std::uint32_t trials) {
  Scenario scenario = measured.scenario;
  apply(profile, scenario);
  const Trials simulated = run_trials(measured, scenario, trials);
  FailureComparison comparison;
  compare_rebalances(measured, simulated, comparison);
  compare_leadership(measured, simulated, comparison);
  for (const MeasuredRecords& series : measured.records) {
    for (const auto& [name, gap] : gaps_of(measured, series, series.by_partition))
      comparison.seconds.push_back(compared("gap", name, gap, 0, simulated.gaps.at(name)));
  }
  return comparison;
}

}  // namespace brokersim
