// SPDX-License-Identifier: Apache-2.0
// Files about faults; only for worlds in which something may fail.
#include "sim/result_files/result_csv.hpp"
#include "sim/result_files/result_tables.hpp"

namespace brokersim {

namespace {

/// Calls write(figures) for every trial, and gives it what begins its rows.
template <class Write>
void each_trial(CsvTable& table, const ResultSet& results, Write write) {
  for (std::size_t arm = 0; arm < results.faults.size(); ++arm) {
    for (std::size_t trial = 0; trial < results.faults[arm].size(); ++trial) {
      write(results.faults[arm][trial],
            [&, arm, trial] { table.text(arm_name((*results.arms)[arm].policy)).number(trial); });
    }
  }
}

/// "3 5": ids or names in one cell.
std::string joined(const auto& list, const auto& text_of) {
  std::string text;
  for (const auto& entry : list) text += (text.empty() ? "" : " ") + text_of(entry);
  return text;
}

void write_bottleneck(CsvTable& table, const std::optional<Bottleneck>& of) {
  if (!of) {
    table.empty().empty().empty().empty();
    return;
  }
  table.number(of->broker).text(of->resource).number(of->busy).time(of->window_start);
}

void write_spans(CsvTable& table, const SpanSummary& spans) {
  table.number(spans.count).number(spans.censored);
  table.number(spans.p50_seconds).number(spans.p99_seconds).number(spans.max_seconds);
}

}  // namespace

void write_fault_episodes(ResultFile& file, const ResultSet& results) {
  CsvTable table(file, {"arm",
                        "trial",
                        "episode",
                        "fault",
                        "brokers",
                        "zones",
                        "began_seconds",
                        "ended_seconds",
                        "watched_until_seconds",
                        "egress_peak_to_mean_before_ratio",
                        "egress_peak_to_mean_highest_ratio",
                        "time_to_balance_seconds",
                        "excess_bytes",
                        "leaders_peak_to_mean_before_ratio",
                        "leaders_peak_to_mean_highest_ratio",
                        "leaders_time_to_balance_seconds",
                        "fullest_broker",
                        "fullest_resource",
                        "fullest_busy_ratio",
                        "fullest_window_start_seconds",
                        "unwritable_acks_all_partition_seconds",
                        "unwritable_acks_1_partition_seconds",
                        "unreadable_partition_seconds",
                        "longest_outage_seconds",
                        "worst_window_produce_p99_seconds",
                        "worst_window_delivery_p99_seconds"});
  each_trial(table, results, [&](const FaultFigures& trial, auto keys) {
    for (std::size_t e = 0; e < trial.episodes.size(); ++e) {
      const EpisodeFigures& f = trial.episodes[e];
      keys();
      table.number(e).text(f.episode.name);
      table.text(joined(f.episode.brokers, [](std::int32_t id) { return std::to_string(id); }));
      table.text(joined(f.episode.zones, [](const std::string& zone) { return zone; }));
      table.time(f.episode.began);
      f.episode.over ? table.time(f.episode.ended) : table.empty();
      table.time(f.episode.watched_until);
      table.number(f.skew_before).number(f.peak_to_mean).number(f.time_to_balance).number(f.excess_bytes);
      table.number(f.leader_skew_before).number(f.leader_peak_to_mean).number(f.leader_time_to_balance);
      write_bottleneck(table, f.bottleneck);
      table.number(f.unwritable_all_seconds).number(f.unwritable_one_seconds).number(f.unreadable_seconds);
      table.number(f.longest_outage_seconds);
      table.number(f.produce_p99_exceeds ? std::nullopt : f.worst_produce_p99);
      table.number(f.delivery_p99_exceeds ? std::nullopt : f.worst_delivery_p99).end_row();
    }
  });
}

void write_fault_phases(ResultFile& file, const ResultSet& results) {
  CsvTable table(file, {"arm",
                        "trial",
                        "episode",
                        "phase",
                        "from_seconds",
                        "to_seconds",
                        "write_acks_all_available_ratio",
                        "write_acks_1_available_ratio",
                        "read_available_ratio",
                        "stalled_partition_seconds",
                        "produce_count",
                        "produce_censored_count",
                        "produce_p50_seconds",
                        "produce_p99_seconds",
                        "produce_max_seconds",
                        "delivery_count",
                        "delivery_censored_count",
                        "delivery_p50_seconds",
                        "delivery_p99_seconds",
                        "delivery_max_seconds",
                        "visibility_count",
                        "visibility_censored_count",
                        "visibility_p50_seconds",
                        "visibility_p99_seconds",
                        "visibility_max_seconds",
                        "read_age_count",
                        "read_age_censored_count",
                        "read_age_p50_seconds",
                        "read_age_p99_seconds",
                        "read_age_max_seconds"});
  each_trial(table, results, [&](const FaultFigures& trial, auto keys) {
    for (std::size_t e = 0; e < trial.episodes.size(); ++e) {
      for (std::size_t p = 0; p < fault_phases; ++p) {
        const PhaseFigures& f = trial.episodes[e].phases[p];
        if (!f.exists()) continue;
        keys();
        table.number(e).text(fault_phase_names[p]).time(f.from).time(f.to);
        table.number(f.write_availability_all).number(f.write_availability_one).number(f.read_availability);
        table.number(f.stalled_seconds);
        for (const SpanSummary& spans : {f.produce, f.delivery, f.visibility, f.read_age}) write_spans(table, spans);
        table.end_row();
      }
    }
  });
}

void write_fault_brokers(ResultFile& file, const ResultSet& results) {
  CsvTable table(file, {"arm", "trial", "episode", "phase", "broker", "up_ratio", "leaders", "in_bytes_per_second",
                        "out_bytes_per_second", "fullest_resource", "busy_ratio", "highest_window_busy_ratio",
                        "copied_in_bytes_per_second", "copied_out_bytes_per_second",
                        "highest_window_copied_in_bytes_per_second", "highest_window_copied_out_bytes_per_second"});
  const std::vector<BrokerSpec>& brokers = results.scenario->world.brokers;
  each_trial(table, results, [&](const FaultFigures& trial, auto keys) {
    for (std::size_t e = 0; e < trial.episodes.size(); ++e) {
      for (std::size_t p = 0; p < fault_phases; ++p) {
        const std::vector<BrokerPhase>& of = trial.episodes[e].phases[p].brokers;
        for (std::size_t b = 0; b < of.size(); ++b) {
          keys();
          table.number(e).text(fault_phase_names[p]).number(brokers[b].id).number(of[b].up).number(of[b].leaders);
          table.number(of[b].in_bytes).number(of[b].out_bytes);
          table.text(of[b].resource).number(of[b].busy).number(of[b].peak_busy);
          table.number(of[b].copied_in).number(of[b].copied_out);
          table.number(of[b].peak_copied_in).number(of[b].peak_copied_out).end_row();
        }
      }
    }
  });
}

void write_fault_outages(ResultFile& file, const ResultSet& results) {
  CsvTable table(file, {"arm", "trial", "topic", "partition", "group", "began_seconds", "over", "outage_seconds",
                        "detection_seconds", "election_seconds", "propagation_seconds", "discovery_seconds"});
  const WorldSpec& world = results.scenario->world;
  each_trial(table, results, [&](const FaultFigures& trial, auto keys) {
    for (const OutageFigures& outage : trial.outages) {
      keys();
      write_partition(table, world, outage.partition);
      outage.group == OutageNote::writers ? table.empty() : table.text(world.groups[outage.group].id);
      table.time(outage.began).number(outage.over ? 1 : 0).number(outage.total());
      table.number(outage.detection).number(outage.election).number(outage.propagation).number(outage.discovery);
      table.end_row();
    }
  });
}

void write_fault_losses(ResultFile& file, const ResultSet& results) {
  CsvTable table(file, {"arm", "trial", "what", "records"});
  each_trial(table, results, [&](const FaultFigures& trial, auto keys) {
    const FaultLosses& lost = trial.losses;
    const auto row = [&](const char* what, Records records) {
      keys();
      table.text(what).number(records).end_row();
    };
    row("sent with acks=0", lost.acks0);
    row("acknowledged with acks=1", lost.acks1);
    row("acknowledged with acks=all", lost.acks_all);
    row("committed", lost.committed);
    row("delivered", lost.delivered);
    row("deleted unread", lost.unread);
    row("failed", lost.failed);
    row("duplicates", lost.duplicates);
  });
}

void write_fault_reassignments(ResultFile& file, const ResultSet& results) {
  CsvTable table(file, {"arm", "trial", "topic", "partition", "began_seconds", "ended_seconds", "copied_bytes"});
  const WorldSpec& world = results.scenario->world;
  each_trial(table, results, [&](const FaultFigures& trial, auto keys) {
    for (const ReassignedPartition& of : trial.reassigned) {
      keys();
      write_partition(table, world, of.partition);
      table.time(of.began.time_since_epoch());
      of.ended ? table.time(of.ended->time_since_epoch()) : table.empty();
      table.number(of.copied).end_row();
    }
  });
}

void write_leaders(ResultFile& file, const ResultSet& results) {
  CsvTable table(file, {"arm", "trial", "time_seconds", "broker", "leaders"});
  each_trial(table, results, [&](const FaultFigures& trial, auto keys) {
    for (const LeaderCount& count : trial.leaders) {
      keys();
      table.time(count.time).number(count.broker).number(count.leaders).end_row();
    }
  });
}

}  // namespace brokersim
