// SPDX-License-Identifier: Apache-2.0
// The CSV files of a result directory, one function a file; columns, units and weights are in docs/RESULT_FORMAT.md.
#pragma once
#include "sim/result_files/result_csv.hpp"
#include "sim/result_files/result_file.hpp"
#include "sim/result_files/result_set.hpp"

namespace brokersim {

// Rows: arms in order, then trials from 0, then the scenario's own order (brokers, topics and partitions, groups,
// zones), then time, then the order of the columns' enumerators.

void write_brokers(ResultFile& file, const ResultSet& results);
void write_brokers_total(ResultFile& file, const ResultSet& results);
void write_load_skew(ResultFile& file, const ResultSet& results);
void write_partitions(ResultFile& file, const ResultSet& results);
/// What brokers would report over JMX, under Kafka's names.
void write_kafka_metrics(ResultFile& file, const ResultSet& results);
void write_links(ResultFile& file, const ResultSet& results);
/// Brokers with a disk: what it did.
void write_disks(ResultFile& file, const ResultSet& results);
void write_groups(ResultFile& file, const ResultSet& results);
/// What happened to the cluster; only for worlds in which something may fail.
void write_events(ResultFile& file, const ResultSet& results);
/// Client ids with a quota: how often and how long it held them back.
void write_throttles(ResultFile& file, const ResultSet& results);
/// Producers and their buffer.memory: how long they waited for it, and what they dropped.
void write_send_buffers(ResultFile& file, const ResultSet& results);
void write_send_outcomes(ResultFile& file, const ResultSet& results);
void write_members(ResultFile& file, const ResultSet& results);
/// Groups whose members come and go: each rebalance, and what it was for each member.
void write_rebalances(ResultFile& file, const ResultSet& results);
void write_rebalance_members(ResultFile& file, const ResultSet& results);
void write_lags(ResultFile& file, const ResultSet& results);
void write_trials(ResultFile& file, const ResultSet& results);
void write_latency(ResultFile& file, const ResultSet& results);
void write_latency_distribution(ResultFile& file, const ResultSet& results);
void write_latency_parts(ResultFile& file, const ResultSet& results);
void write_staleness(ResultFile& file, const ResultSet& results);
void write_staleness_distribution(ResultFile& file, const ResultSet& results);

// Only for worlds in which something may fail.
void write_fault_episodes(ResultFile& file, const ResultSet& results);
void write_fault_phases(ResultFile& file, const ResultSet& results);
void write_fault_brokers(ResultFile& file, const ResultSet& results);
void write_fault_outages(ResultFile& file, const ResultSet& results);
void write_fault_reassignments(ResultFile& file, const ResultSet& results);
void write_fault_losses(ResultFile& file, const ResultSet& results);
/// How many partitions each broker leads, change by change.
void write_leaders(ResultFile& file, const ResultSet& results);

/// The columns topic and partition of one of all partitions, topics in order; both empty of EventNote::nobody.
void write_partition(CsvTable& table, const WorldSpec& world, std::uint32_t index);

/// summary.csv
void write_summary(ResultFile& file, const ResultSet& results);

}  // namespace brokersim
