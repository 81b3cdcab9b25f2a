// SPDX-License-Identifier: Apache-2.0
// What the parts of the model tell the checker (sim/invariants) while something may fail: a line at each hook, what it
// needs is gathered here.
#pragma once
#include <cstdint>
#include <span>

#include "sim/control_plane/controller.hpp"
#include "sim/core/quantities.hpp"
#include "sim/invariants/invariants.hpp"

namespace brokersim {

class Cluster;
struct ProducerSpec;
struct Reader;

class RunChecks {
 public:
  explicit RunChecks(Cluster& cluster);

  /// Of a partition's replica, or of a reader, something will happen soon: fetch what it takes into the cache.
  void expect_append(std::uint32_t partition, std::uint32_t leader) const {
    invariants_.expect_append(partition, leader);
  }
  /// Likewise of the replica as a follower of a leader,
  void expect_logs(std::uint32_t replica, std::uint32_t leader) const {
    invariants_.expect_log(replica);
    invariants_.expect_log(leader);
  }
  /// ... and of what its leader knows of it.
  void expect_count(std::uint32_t partition, std::uint32_t replica) const {
    invariants_.expect_partition(partition);
    invariants_.expect_fetches(replica);
  }
  /// A reader is given batches.
  void expect_delivery(std::uint32_t reader) const { invariants_.expect_reader(reader); }

  // The controller.
  void on_registered(BrokerIndex broker, BrokerEpoch epoch, Incarnation process, bool clean);
  void on_written(const MetadataBatch& records);
  void on_metadata_committed(std::uint64_t end);
  void on_metadata_applied(BrokerIndex broker, std::uint64_t end) { invariants_.on_metadata_applied(broker, end); }

  // Brokers and their logs.
  void on_leader_stops(std::uint32_t replica);
  void on_process_ended(BrokerIndex broker) { invariants_.on_process_ended(broker); }
  void on_leads(std::uint32_t replica);
  void on_follows(std::uint32_t replica);
  void on_epochs(std::uint32_t replica);
  void on_appended(std::uint32_t replica, std::uint32_t batch, std::uint32_t producer, const ProducerSpec& spec);
  void on_copied(std::uint32_t replica, BrokerIndex leader);
  void on_truncated(std::uint32_t replica);
  void on_log_lost(std::uint32_t replica, std::uint32_t to) { invariants_.on_log_lost(replica, to); }

  // Replication.
  void on_fetch_counted(std::uint32_t replica);
  void on_committed(std::uint32_t partition, std::uint32_t position, std::uint32_t batch);
  void on_high_watermark(std::uint32_t partition, std::uint32_t from);
  void on_shown(std::uint32_t replica);
  void on_isr_proposed(std::uint32_t partition, std::uint64_t leaving);
  void on_isr_judged(std::span<const IsrProposal> proposed, const AlterPartitionAnswer& judged);
  void on_lag_limit(Duration limit) { invariants_.on_lag_limit(limit); }
  void on_timers(BrokerIndex broker, double rate) { invariants_.on_timers(broker, rate); }
  void on_min_in_sync(std::uint32_t partition, std::uint32_t minimum) {
    invariants_.on_min_in_sync(partition, minimum);
  }
  void on_isr_answered(std::uint32_t partition) { invariants_.on_isr_answered(partition); }

  // Clients.
  void on_acknowledged(std::uint32_t batch, bool awaited_all);
  void on_read(const Reader& reader, std::uint32_t batch);
  void on_redirected(std::uint32_t replica, const Reader& reader);
  void on_delivered(std::uint32_t reader, std::uint32_t batch);
  void on_position_set(std::uint32_t reader, std::uint32_t position) { invariants_.on_position_set(reader, position); }

  void note(RareState state) { invariants_.note(state); }

  /// Nothing happens any more.
  void at_end();

 private:
  [[nodiscard]] bool healed_for_long() const;
  [[nodiscard]] OpenAtEnd open_at_end() const;

  Cluster* cluster_;
  Invariants invariants_;
};

}  // namespace brokersim
