// SPDX-License-Identifier: Apache-2.0
#include "sim/figures/arm_verdict.hpp"

#include <algorithm>

#include "analysis/number_format.hpp"
#include "analysis/stability.hpp"
#include "sim/figures/backlog_series.hpp"
#include "sim/figures/broker_columns.hpp"

namespace brokersim {
namespace {

/// As for the growth of a backlog: below that no interval of ours would notice.
constexpr double unfinished_share_limit = 0.01;

std::string name_of(const Scenario& scenario, std::size_t place) {
  return "broker " + std::to_string(scenario.world.brokers[place / broker_resources].id);
}

/// Why a trial has no steady state; empty if it has one.
std::string instability(const Scenario& scenario, Protocol protocol, const TrialResult& trial) {
  const Utilization use =
      utilization(trial.loads, scenario.world.brokers, protocol, seconds(trial.duration - trial.warm_up));
  const BacklogSeries series = backlog_series(trial);
  std::vector<double> arrivals, backlog;
  const auto first = static_cast<std::size_t>(std::chrono::ceil<std::chrono::seconds>(trial.warm_up).count());
  for (std::size_t s = first; s < series.backlog().size(); ++s) {
    arrivals.push_back(series.arrivals[s]);
    backlog.push_back(series.backlog()[s]);
  }
  const StabilityVerdict verdict = assess_stability({use.offered, arrivals, backlog});
  if (verdict.reason == Instability::overload) {
    const std::size_t at = *verdict.busiest_resource;
    return name_of(scenario, at) + " is asked for " + significant_text(100 * verdict.busiest_utilization, 3) +
           " % of its " + std::string(resource_name(at % broker_resources, protocol));
  }
  if (verdict.reason == Instability::growing_backlog) {
    return "the backlog grew by " + significant_text(verdict.backlog_growth, 3) +
           " records in the second half of the run, of " + significant_text(verdict.arrivals_then, 3) + " that came";
  }
  // Senders that may not have more requests under way hold back what the brokers cannot take; the offered load then
  // stays just below capacity, and what waits shows only in what was never finished.
  const Conservation& flow = trial.conservation;
  const auto wanted = static_cast<double>(flow.generated + flow.expected_delivered + flow.expected_replicated);
  if (static_cast<double>(flow.unfinished) > unfinished_share_limit * wanted) {
    return std::to_string(flow.unfinished) + " records were unfinished " +
           shortest_text(seconds(scenario.drain_limit)) + " s after the last was sent";
  }
  return {};
}

}  // namespace

ArmVerdict judge_arm(const Scenario& scenario, const ArmResult& arm) {
  ArmVerdict verdict;
  std::vector<double> busy(scenario.world.brokers.size() * broker_resources);
  std::optional<std::size_t> sender;
  bool same_sender = true;
  for (const TrialResult& trial : arm.trials) {
    const std::string reason = instability(scenario, arm.policy.protocol, trial);
    if (!reason.empty()) {
      if (verdict.stable) verdict.reason = reason;
      verdict.stable = false;
      ++verdict.trials_unstable;
    }
    const Utilization use =
        utilization(trial.loads, scenario.world.brokers, arm.policy.protocol, seconds(trial.duration - trial.warm_up));
    for (std::size_t i = 0; i < busy.size(); ++i) busy[i] += use.busy[i] / static_cast<double>(arm.trials.size());
    const std::vector<double> egress = total_column(trial.loads, egress_bytes);
    const auto most = static_cast<std::size_t>(std::max_element(egress.begin(), egress.end()) - egress.begin());
    same_sender = same_sender && (!sender || *sender == most);
    sender = most;
  }
  const auto fullest = static_cast<std::size_t>(std::max_element(busy.begin(), busy.end()) - busy.begin());
  verdict.broker = scenario.world.brokers[fullest / broker_resources].id;
  verdict.resource = resource_name(fullest % broker_resources, arm.policy.protocol);
  verdict.busy = busy[fullest];
  if (sender && same_sender) verdict.busiest_sender = scenario.world.brokers[*sender].id;
  return verdict;
}

}  // namespace brokersim
