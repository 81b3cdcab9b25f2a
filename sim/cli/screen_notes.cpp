// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <set>

#include "analysis/number_format.hpp"
#include "sim/cli/figure_text.hpp"
#include "sim/cli/screen.hpp"
#include "sim/cli/version.hpp"
#include "sim/core/contract.hpp"
#include "sim/figures/settled_group.hpp"
#include "sim/scenario/hot_keys.hpp"
#include "sim/text/printable.hpp"

namespace brokersim {
namespace {

/// What the drain limit cut off, summed over arms and trials.
struct CutOff {
  std::uint64_t censored = 0;
  Records unfinished = 0;
};

CutOff cut_off(const Study& study) {
  CutOff sum;
  for (const ArmResult& arm : study.arms) {
    for (const TrialResult& trial : arm.trials) {
      sum.censored += trial.produce.censored();
      for (const GroupResult& group : trial.groups) {
        sum.censored += group.delivery_from_leader.censored() + group.delivery_from_follower.censored();
      }
      sum.unfinished += trial.conservation.unfinished;
    }
  }
  return sum;
}

/// The largest residual of Little's law for the offset lag over arms; none where nothing lags or an arm is unstable.
std::optional<double> little_residual(const Study& study) {
  std::optional<double> largest;
  for (const Estimate& arm : row_named(study.rows, "little_residual_offset_lag").arms) {
    if (arm.mean && std::abs(*arm.mean) >= std::abs(largest.value_or(0))) largest = arm.mean;
  }
  return largest;
}

/// Where the service costs come from.
std::string service_cost_line(const Scenario& scenario) {
  if (!scenario.host_profile.empty()) {
    return "Service costs: host profile " + scenario.host_profile +
           ", fitted to a measured Kafka 4.2 cluster (docs/VALIDATION.md)" +
           (scenario.host_profile_changed ? ", with changes that the scenario states." : ".");
  }
  return scenario.service_costs_stated
             ? "Service costs are those the scenario states, not calibrated against a cluster."
             : "Absolute latencies and thread loads rest on assumed service costs, until calibrated to a cluster.";
}

std::string whole_seconds(Duration span) {
  return shortest_text(static_cast<double>(span.count()) / 1e9) + " s";
}

std::string warm_up_source(const WarmUpChoice& choice) {
  if (!choice.chosen) return "as stated";
  if (!choice.first_fault) return "by MSER-5";
  return "by MSER-5 of what was before the first fault, at " + whole_seconds(*choice.first_fault);
}

/// What of the records sent did not simply get acknowledged, over trials; empty if nothing.
std::string failed_sends(const std::vector<TrialResult>& trials) {
  SendOutcomes sum;
  for (const TrialResult& trial : trials) {
    for (const SendOutcomes& of : trial.outcomes) {
      sum.refused += of.refused;
      sum.indeterminate += of.indeterminate;
      sum.dropped += of.dropped;
      sum.lost_acks0 += of.lost_acks0;
      sum.lost_acks1 += of.lost_acks1;
      sum.lost_acks_all += of.lost_acks_all;
      sum.duplicates += of.duplicates;
      sum.reordered += of.reordered;
    }
  }
  std::string line;
  const auto say = [&](Records records, const char* what) {
    if (records == 0) return;
    line += (line.empty() ? "" : ", ") + std::to_string(records) + " records " + what;
  };
  say(sum.dropped, "given up before they were sent");
  say(sum.refused, "refused");
  say(sum.indeterminate, "given up though they may be in the log");
  say(sum.lost_acks0, "lost with acks=0");
  say(sum.lost_acks1, "lost after their acknowledgement (acks=1)");
  say(sum.lost_acks_all, "lost after their acknowledgement (acks=all)");
  say(sum.duplicates, "duplicated");
  say(sum.reordered, "out of order");
  return line;
}

}  // namespace

std::vector<std::string> limit_lines(const Study& study) {
  std::vector<std::string> lines;
  for (std::size_t a = 0; a < study.policies.size(); ++a) {
    const ArmVerdict& verdict = study.verdicts[a];
    std::string line = arm_title(study.policies[a]) + ": broker " + std::to_string(verdict.broker) + ", " +
                       verdict.resource + ", " + significant_text(100 * verdict.busy, 2) + " % busy";
    if (verdict.busiest_sender) line += "; most egress: broker " + std::to_string(*verdict.busiest_sender);
    if (!verdict.stable) {
      line += "; UNSTABLE, so without steady-state figures or cost: " + verdict.reason;
      if (study.arms[a].trials.size() > 1) {
        line += " (" + std::to_string(verdict.trials_unstable) + " of " + std::to_string(study.arms[a].trials.size()) +
                " trials)";
      }
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<std::string> hot_key_lines(const Study& study) {
  const WorldSpec& world = study.scenario().world;
  std::vector<std::string> lines;
  for (const HotKey& hot : hot_keys(study.scenario(), study.placement)) {
    const ProducerSpec& producer = world.producers[hot.producer];
    const TopicSpec& topic = world.topics[producer.topic.value];
    const auto percent = [](double share) { return significant_text(100 * share, 3) + " %"; };
    const auto on_broker = [&](BrokerIndex leader) {
      return "broker " + std::to_string(world.brokers[leader.value].id);
    };
    std::string line = printable(producer.id) + ": key-" + std::to_string(hot.key) + " is " + percent(hot.key_share) +
                       " of its records, in " + printable(topic.id) + "-" + std::to_string(hot.key_partition) + " on " +
                       on_broker(hot.key_leader) + "; hottest partition ";
    if (hot.partition == hot.key_partition) {
      line += "that one";
    } else {
      line += printable(topic.id) + "-" + std::to_string(hot.partition) + " on " + on_broker(hot.leader);
    }
    lines.push_back(line + ", " + percent(hot.partition_share) +
                    " of them (evenly spread: " + percent(1.0 / topic.partitions) + ")");
  }
  return lines;
}

std::vector<std::string> quota_lines(const Study& study) {
  const WorldSpec& world = study.scenario().world;
  std::vector<std::string> lines;
  for (std::size_t a = 0; a < study.arms.size(); ++a) {
    if (study.policies[a].protocol != Protocol::kafka) continue;
    const auto add = [&](const auto& clients, std::vector<ThrottleCount> TrialResult::*counts) {
      for (std::size_t c = 0; c < clients.size(); ++c) {
        ThrottleCount sum;
        for (const TrialResult& trial : study.arms[a].trials) {
          sum.requests += (trial.*counts)[c].requests;
          sum.time += (trial.*counts)[c].time;
        }
        if (sum.requests == 0) continue;
        const auto requests = static_cast<double>(sum.requests);
        lines.push_back((study.arms.size() > 1 ? arm_title(study.policies[a]) + ", " : "") + printable(clients[c].id) +
                        ": " + significant_text(requests / static_cast<double>(study.arms[a].trials.size()), 3) +
                        " answers a trial announced a throttle time, of " +
                        significant_text(seconds(sum.time) / requests, 2) + " s on average (throttles.csv)");
      }
    };
    add(world.producers, &TrialResult::producers_throttled);
    add(world.groups, &TrialResult::groups_throttled);
  }
  return lines;
}

namespace {

constexpr double uneven = 1.10;          // times the mean: Cruise Control's balance threshold (section 2.2)
constexpr double far_behind = 2;         // times the mean, ...
constexpr double lag_worth_telling = 1;  // ... and records

}  // namespace

std::vector<std::string> member_lines(const Study& study) {
  constexpr std::size_t most_lines = 6;
  const WorldSpec& world = study.scenario().world;
  std::vector<std::string> lines;
  for (std::size_t a = 0; a < study.arms.size(); ++a) {
    if (study.policies[a].protocol != Protocol::kafka) continue;
    const std::vector<std::optional<SettledGroup>> groups = settled_groups(world, study.placement, study.arms[a]);
    for (std::size_t g = 0; g < groups.size(); ++g) {
      const std::optional<SettledGroup>& group = groups[g];
      if (!group) continue;
      const auto highest = [](const std::vector<double>& of) {
        return static_cast<std::size_t>(std::max_element(of.begin(), of.end()) - of.begin());
      };
      const auto total = [](const std::vector<double>& of) { return std::accumulate(of.begin(), of.end(), 0.0); };
      const auto members = static_cast<double>(group->records.size());
      std::string told;
      const std::size_t busiest = highest(group->records);
      if (group->records[busiest] * members > uneven * total(group->records)) {
        told = "member " + std::to_string(busiest) + " reads " + fixed_text(group->partitions[busiest], 0) + " of " +
               fixed_text(total(group->partitions), 0) + " partitions, " +
               significant_text(group->records[busiest] * members / total(group->records), 3) +
               " times the mean of records";
      }
      const std::size_t last = highest(group->lag);
      if (group->lag[last] > lag_worth_telling && group->lag[last] * members > far_behind * total(group->lag)) {
        told += (told.empty() ? "member " : "; member ") + std::to_string(last) +
                " is behind: " + significant_text(group->lag[last], 3) + " of the group's lag of " +
                significant_text(total(group->lag), 3) + " records";
      }
      if (told.empty()) continue;
      lines.push_back((study.arms.size() > 1 ? arm_title(study.policies[a]) + ", " : "") +
                      printable(world.groups[g].id) + ": " + told);
    }
  }
  if (lines.size() > most_lines) {
    const std::size_t more = lines.size() - (most_lines - 1);
    lines.resize(most_lines - 1);
    lines.push_back("and " + std::to_string(more) + " more (members.csv, lags.csv)");
  }
  return lines;
}

std::vector<std::string> rebalance_lines(const Study& study) {
  const std::vector<ConsumerGroupSpec>& groups = study.scenario().world.groups;
  std::vector<std::string> lines;
  for (std::size_t a = 0; a < study.arms.size(); ++a) {
    for (std::size_t g = 0; g < groups.size(); ++g) {
      RebalanceResult sum;
      std::size_t rebalances = 0, unsettled = 0;
      for (const TrialResult& trial : study.arms[a].trials) {
        for (const RebalanceResult& rebalance : trial.groups[g].rebalances) {
          ++rebalances;
          unsettled += rebalance.settled ? 0 : 1;
          sum.ended += rebalance.ended - rebalance.began;
          sum.moved += rebalance.moved;
          sum.stopped += rebalance.stopped;
          sum.stopped_sum += rebalance.stopped_sum;
          sum.longest_stop = std::max(sum.longest_stop, rebalance.longest_stop);
          sum.read_again += rebalance.read_again;
        }
      }
      if (rebalances == 0) continue;
      const auto each = [&](double of_all) { return significant_text(of_all / static_cast<double>(rebalances), 3); };
      std::string line = study.arms.size() > 1 ? arm_title(study.policies[a]) + ", " : std::string();
      line += printable(groups[g].id) + ": " + std::to_string(rebalances) +
              (rebalances == 1 ? " rebalance" : " rebalances, each on average") + ": settled after " +
              each(seconds(sum.ended)) + " s, " + each(sum.moved) + " partitions moved, " + each(sum.stopped) +
              " stopped";
      if (sum.stopped > 0) {
        line += " for " + significant_text(seconds(sum.stopped_sum) / sum.stopped, 3) + " s (at most " +
                significant_text(seconds(sum.longest_stop), 3) + " s)";
      }
      if (sum.read_again > 0) line += ", " + each(static_cast<double>(sum.read_again)) + " records read again";
      if (unsettled > 0) line += "; " + std::to_string(unsettled) + " not settled when the run ended";
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

std::vector<std::string> config_lines(const Study& study) {
  const auto has = [&](Protocol protocol) {
    const Arm arm{protocol, ReadPolicy::rack_aware};
    return std::find(study.policies.begin(), study.policies.end(), arm) != study.policies.end();
  };
  std::vector<std::string> lines;
  if (has(Protocol::kafka)) {
    lines = {"brokers: broker.rack=ZONE on each, and",
             "replica.selector.class=org.apache.kafka.common.replica.RackAwareReplicaSelector",
             "consumers: client.rack=ZONE, each its own"};
  }
  if (has(Protocol::primary_replica)) {
    lines.emplace_back("primary_replica: clients read from the node in their zone (Redis Cluster: READONLY)");
  }
  return lines;
}

std::vector<std::string> caution_lines(const Study& study, bool verbose) {
  std::vector<std::string> lines;
  if (study.warm_up.too_short) {
    lines.push_back(
        study.warm_up.first_fault
            ? "Caution: no warm-up was found that settles before the first fault, " +
                  whole_seconds(*study.warm_up.first_fault) +
                  " after the start; let it come later for a steady state to compare with."
            : "Caution: no warm-up was found that settles; a longer duration is needed for steady-state figures.");
  }
  for (std::size_t a = 0; a < study.arms.size(); ++a) {
    Records waited = 0, dropped = 0;
    for (const TrialResult& trial : study.arms[a].trials) {
      for (const SendBufferUse& use : trial.send_buffers) {
        waited += use.waited;
        dropped += use.dropped;
      }
    }
    if (waited == 0) continue;
    lines.push_back("Caution: " + arm_title(study.policies[a]) + ": " + std::to_string(waited) +
                    " records waited for their producers' buffer.memory, " + std::to_string(dropped) +
                    " were dropped after max.block.ms (send_buffers.csv).");
  }
  for (std::size_t a = 0; a < study.arms.size(); ++a) {
    const std::string failed = failed_sends(study.arms[a].trials);
    if (!failed.empty()) lines.push_back(arm_title(study.policies[a]) + ": " + failed + " (send_outcomes.csv).");
  }
  for (std::size_t a = 0; a < study.arms.size(); ++a) {
    Records unfinished = 0;
    for (const TrialResult& trial : study.arms[a].trials) unfinished += trial.conservation.unfinished;
    if (unfinished == 0 || !study.verdicts[a].stable) continue;
    lines.push_back("Caution: " + arm_title(study.policies[a]) + " left " + std::to_string(unfinished) +
                    " records unfinished " + whole_seconds(study.scenario().drain_limit) +
                    " after the last was sent; percentiles count them as slowest.");
  }
  lines.push_back(service_cost_line(study.scenario()));
  if (study.scenario().has_primary_replica() && !study.scenario().command_costs_stated) {
    lines.push_back("The costs of primary_replica's commands are assumed as well.");
  }
  std::string chance = "Leaders put on brokers by chance: CoV^2 " + significant_text(study.placement_cov_squared, 3);
  if (study.placement_peak_to_mean) chance += ", peak-to-mean " + significant_text(*study.placement_peak_to_mean, 3);
  std::string here;
  const std::optional<double> leaders = row_named(study.rows, "leaders_peak_to_mean").arms.front().mean;
  if (leaders) here = " (here leader counts have " + significant_text(*leaders, 3) + ")";
  lines.push_back(chance + here + ".");
  std::set<std::string> notes;
  for (const ComparisonRow& row : study.rows) {
    if (row.figure.shown != Shown::always && !verbose) continue;
    for (const Estimate& arm : row.arms) {
      if (arm.mean && !arm.note.empty()) notes.insert("* " + arm.note + ".");
    }
    if (verbose && row.change && row.change->welch) {
      const RowUnit unit = row_unit(row);
      notes.insert(row.figure.label + ": the arms do not vary together; unpaired, the change is " +
                   estimate_text(row.change->welch->mean / unit.scale, row.change->welch->half_width / unit.scale) +
                   " " + unit.name + ".");
    }
  }
  lines.insert(lines.end(), notes.begin(), notes.end());
  return lines;
}

std::vector<std::string> provenance_lines(const Study& study) {
  const Scenario& scenario = study.scenario();
  const CutOff cut = cut_off(study);
  std::string checks = "censored " + std::to_string(cut.censored) + ", unfinished " + std::to_string(cut.unfinished) +
                       (cut.unfinished == 0 ? "; conservation residual 0 records, Little's law exact"
                                            : "; what was finished is conserved");
  if (const auto residual = little_residual(study)) {
    checks += " (within the interval: offset lag " + significant_text(100 * *residual, 2) + " %)";
  }
  std::string switches =
      scenario.world.switches.followers_do_not_wake_consumers ? "; switch on: consumers_wait_out_on_followers" : "";
  return {"brokersim " + version_number() + " (" + version_commit() + "), scenario " + printable(scenario.name) + " " +
              study.document.hash + ", seed " + std::to_string(scenario.seed) + ", " + std::to_string(scenario.trials) +
              (scenario.trials == 1 ? " trial" : " trials") + switches,
          "observed " + whole_seconds(study.warm_up.warm_up) + " to " + whole_seconds(scenario.duration) +
              " (warm-up " + warm_up_source(study.warm_up) + "); " + checks};
}

}  // namespace brokersim
