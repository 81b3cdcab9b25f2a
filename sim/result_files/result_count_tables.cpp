// SPDX-License-Identifier: Apache-2.0
// Files of counts and of the summary.
#include "sim/result_files/result_csv.hpp"
#include "sim/result_files/result_tables.hpp"

namespace brokersim {

void write_groups(ResultFile& file, const ResultSet& results) {
  CsvTable table(file, {"arm", "trial", "group", "delivered_records", "delivered_bytes", "delivered_records_per_second",
                        "delivered_bytes_per_second", "lag_time_average_records", "lag_max_records",
                        "lag_time_average_seconds", "lag_max_seconds"});
  const std::vector<ConsumerGroupSpec>& groups = results.scenario->world.groups;
  for (const ArmResult& arm : *results.arms) {
    for (std::size_t trial = 0; trial < arm.trials.size(); ++trial) {
      const TrialResult& result = arm.trials[trial];
      const Duration interval = result.duration - result.warm_up;
      for (std::size_t g = 0; g < groups.size(); ++g) {
        const GroupResult& group = result.groups[g];
        table.text(arm_name(arm.policy)).number(trial).text(groups[g].id);
        table.number(group.delivered).number(group.delivered_bytes);
        table.number(per_second(group.delivered, interval)).number(per_second(group.delivered_bytes, interval));
        table.number(group.lag_records_time_average).number(group.lag_records_max);
        table.number(group.lag_seconds_time_average).number(group.lag_seconds_max).end_row();
      }
    }
  }
}

void write_lags(ResultFile& file, const ResultSet& results) {
  CsvTable table(file, {"arm", "trial", "topic", "partition", "group", "lag_time_average_records"});
  const WorldSpec& world = results.scenario->world;
  for (const ArmResult& arm : *results.arms) {
    const std::string name = arm_name(arm.policy);
    for (std::size_t trial = 0; trial < arm.trials.size(); ++trial) {
      std::size_t topic = 0;
      std::uint32_t first = 0;  // of the topic's partitions
      for (const PartitionLag& lag : arm.trials[trial].lags) {
        for (; lag.partition - first >= world.topics[topic].partitions; ++topic)
          first += world.topics[topic].partitions;
        table.text(name).number(trial).text(world.topics[topic].id).number(lag.partition - first);
        table.text(world.groups[lag.group.value].id).number(lag.records_time_average).end_row();
      }
    }
  }
}

void write_members(ResultFile& file, const ResultSet& results) {
  CsvTable table(file, {"arm", "trial", "group", "member", "zone", "partitions", "delivered_records", "delivered_bytes",
                        "delivered_records_per_second", "delivered_bytes_per_second"});
  const WorldSpec& world = results.scenario->world;
  for (const ArmResult& arm : *results.arms) {
    for (std::size_t trial = 0; trial < arm.trials.size(); ++trial) {
      const TrialResult& result = arm.trials[trial];
      const Duration interval = result.duration - result.warm_up;
      for (std::size_t g = 0; g < world.groups.size(); ++g) {
        for (std::size_t m = 0; m < result.groups[g].members.size(); ++m) {
          const MemberResult& member = result.groups[g].members[m];
          table.text(arm_name(arm.policy)).number(trial).text(world.groups[g].id).number(m);
          table.text(world.network.zones[world.groups[g].members[m].zone.value]).number(member.partitions);
          table.number(member.delivered).number(member.delivered_bytes);
          table.number(per_second(member.delivered, interval)).number(per_second(member.delivered_bytes, interval));
          table.end_row();
        }
      }
    }
  }
}

void write_throttles(ResultFile& file, const ResultSet& results) {
  CsvTable table(file, {"arm", "trial", "kind", "client_id", "throttled_requests", "throttle_seconds"});
  const WorldSpec& world = results.scenario->world;
  for (const ArmResult& arm : *results.arms) {
    for (std::size_t trial = 0; trial < arm.trials.size(); ++trial) {
      const TrialResult& result = arm.trials[trial];
      const auto rows = [&](std::string_view kind, const auto& clients, const std::vector<ThrottleCount>& throttled) {
        for (std::size_t c = 0; c < clients.size(); ++c) {
          if (!clients[c].quota.limited()) continue;
          table.text(arm_name(arm.policy)).number(trial).text(kind).text(clients[c].id);
          table.number(throttled[c].requests).time(throttled[c].time).end_row();
        }
      };
      rows("producer", world.producers, result.producers_throttled);
      rows("group", world.groups, result.groups_throttled);
    }
  }
}

void write_send_buffers(ResultFile& file, const ResultSet& results) {
  CsvTable table(file,
                 {"arm", "trial", "producer", "blocked_seconds", "waited_records", "dropped_records", "peak_bytes"});
  const WorldSpec& world = results.scenario->world;
  for (const ArmResult& arm : *results.arms) {
    for (std::size_t trial = 0; trial < arm.trials.size(); ++trial) {
      const std::vector<SendBufferUse>& uses = arm.trials[trial].send_buffers;
      for (std::size_t p = 0; p < uses.size(); ++p) {
        table.text(arm_name(arm.policy)).number(trial).text(world.producers[p].id).time(uses[p].blocked);
        table.number(uses[p].waited).number(uses[p].dropped).number(uses[p].peak).end_row();
      }
    }
  }
}

void write_send_outcomes(ResultFile& file, const ResultSet& results) {
  CsvTable table(
      file, {"arm", "trial", "producer", "generated_records", "acknowledged_records", "unacknowledged_records",
             "refused_records", "indeterminate_records", "dropped_records", "open_records", "lost_acks0_records",
             "lost_acks1_records", "lost_acks_all_records", "duplicate_records", "reordered_records", "retried_batches",
             "disconnects", "metadata_refreshes"});
  const WorldSpec& world = results.scenario->world;
  for (const ArmResult& arm : *results.arms) {
    for (std::size_t trial = 0; trial < arm.trials.size(); ++trial) {
      const std::vector<SendOutcomes>& outcomes = arm.trials[trial].outcomes;
      for (std::size_t p = 0; p < outcomes.size(); ++p) {
        const SendOutcomes& of = outcomes[p];
        table.text(arm_name(arm.policy)).number(trial).text(world.producers[p].id);
        table.number(of.generated).number(of.acknowledged).number(of.unacknowledged).number(of.refused);
        table.number(of.indeterminate).number(of.dropped).number(of.open);
        table.number(of.lost_acks0)
            .number(of.lost_acks1)
            .number(of.lost_acks_all)
            .number(of.duplicates)
            .number(of.reordered);
        table.number(of.retried_batches).number(of.disconnects).number(of.metadata_refreshes).end_row();
      }
    }
  }
}

void write_trials(ResultFile& file, const ResultSet& results) {
  CsvTable table(file, {"arm",
                        "trial",
                        "warm_up_seconds",
                        "duration_seconds",
                        "drained_at_seconds",
                        "generated_records",
                        "appended_records",
                        "acknowledged_records",
                        "unacknowledged_by_design_records",
                        "replicated_records",
                        "expected_replicated_records",
                        "delivered_records",
                        "expected_delivered_records",
                        "unfinished_records",
                        "generated_bytes",
                        "appended_bytes",
                        "replicated_bytes",
                        "delivered_bytes",
                        "batches",
                        "redirects",
                        "empty_consumer_fetches"});
  for (const ArmResult& arm : *results.arms) {
    for (std::size_t trial = 0; trial < arm.trials.size(); ++trial) {
      const TrialResult& result = arm.trials[trial];
      const Conservation& flow = result.conservation;
      table.text(arm_name(arm.policy)).number(trial);
      table.time(result.warm_up).time(result.duration).time(result.drained_at);
      for (const Records records :
           {flow.generated, flow.appended, flow.acknowledged, flow.unacknowledged_by_design, flow.replicated,
            flow.expected_replicated, flow.delivered, flow.expected_delivered, flow.unfinished}) {
        table.number(records);
      }
      for (const Bytes bytes :
           {flow.generated_bytes, flow.appended_bytes, flow.replicated_bytes, flow.delivered_bytes}) {
        table.number(bytes);
      }
      table.number(result.batches).number(result.redirects).number(result.empty_consumer_fetches).end_row();
    }
  }
}

void write_summary(ResultFile& file, const ResultSet& results) {
  CsvTable table(
      file, {"metric", "unit", "arm", "trials", "estimate", "half_width", "lowest", "highest", "level_ratio", "note"});
  for (const SummaryRow& row : results.summary) {
    table.text(row.metric).text(row.unit).text(row.arm).number(row.trials).number(row.estimate).number(row.half_width);
    table.number(row.lowest).number(row.highest).number(row.level).text(row.note).end_row();
  }
}

}  // namespace brokersim
