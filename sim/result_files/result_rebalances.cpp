// SPDX-License-Identifier: Apache-2.0
// Files of rebalances: empty but for their headers unless a group's members come or go.
#include "sim/result_files/result_csv.hpp"
#include "sim/result_files/result_tables.hpp"

namespace brokersim {
namespace {

/// Calls `write` for each rebalance with the cells that both files begin with.
template <class Write>
void each_rebalance(CsvTable& table, const ResultSet& results, Write write) {
  const std::vector<ConsumerGroupSpec>& groups = results.scenario->world.groups;
  for (const ArmResult& arm : *results.arms) {
    for (std::size_t trial = 0; trial < arm.trials.size(); ++trial) {
      for (std::size_t g = 0; g < groups.size(); ++g) {
        const std::vector<RebalanceResult>& rebalances = arm.trials[trial].groups[g].rebalances;
        for (std::size_t r = 0; r < rebalances.size(); ++r) {
          write(rebalances[r],
                [&, trial, g, r] { table.text(arm_name(arm.policy)).number(trial).text(groups[g].id).number(r); });
        }
      }
    }
  }
}

}  // namespace

void write_rebalances(ResultFile& file, const ResultSet& results) {
  CsvTable table(file,
                 {"arm", "trial", "group", "rebalance", "began_seconds", "ended_seconds", "rounds", "moved_partitions",
                  "stopped_partitions", "stopped_partition_seconds", "longest_stop_seconds", "read_again_records"});
  each_rebalance(table, results, [&](const RebalanceResult& rebalance, auto keys) {
    keys();
    table.time(rebalance.began);
    if (rebalance.settled) {
      table.time(rebalance.ended);
    } else {
      table.empty();
    }
    table.number(rebalance.rounds).number(rebalance.moved).number(rebalance.stopped).time(rebalance.stopped_sum);
    table.time(rebalance.longest_stop).number(rebalance.read_again).end_row();
  });
}

void write_rebalance_members(ResultFile& file, const ResultSet& results) {
  CsvTable table(file, {"arm", "trial", "group", "rebalance", "member", "partitions_before", "partitions_after",
                        "without_partitions_seconds", "longest_stop_seconds"});
  each_rebalance(table, results, [&](const RebalanceResult& rebalance, auto keys) {
    for (const RebalanceMember& member : rebalance.members) {
      keys();
      table.number(member.member).number(member.before).number(member.after);
      table.time(member.without).time(member.longest_stop).end_row();
    }
  });
}

}  // namespace brokersim
