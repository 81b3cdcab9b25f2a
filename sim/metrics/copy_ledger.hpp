// SPDX-License-Identifier: Apache-2.0
// What reassignments copy to replicas that are new to their partition: kept only once there is one.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "sim/core/quantities.hpp"
#include "sim/core/sim_time.hpp"

namespace brokersim {

/// One reassignment of one partition.
struct ReassignedPartition {
  std::uint32_t partition = 0;        ///< topics in order
  std::uint32_t fault = 0;            ///< of WorldSpec::faults
  Instant began{};                    ///< the controller took it
  std::optional<Instant> ended = {};  ///< complete, or replaced by another; none: not when the observation ended
  Bytes copied = 0;                   ///< payload that leaders sent to new replicas until then
};

struct CopyAccount {
  std::vector<ReassignedPartition> partitions = {};  ///< in order of beginning
  std::vector<Bytes> into = {}, out_of = {};  ///< shape [windows x brokers] of the load ledger; empty: no reassignment
};

class CopyLedger {
 public:
  CopyLedger(Instant start, Instant end, Duration window, std::size_t brokers)
      : start_(start), end_(end), window_(window), brokers_(brokers) {}

  /// destinations  the new replicas; none: nothing is copied
  void on_reassignment(std::uint32_t partition, std::uint32_t fault, std::vector<BrokerIndex> destinations,
                       Instant now);
  /// A leader answers a follower's fetch.
  void on_copied(std::uint32_t partition, BrokerIndex leader, BrokerIndex follower, Bytes bytes, Instant now);
  void on_complete(std::uint32_t partition, Instant now);
  [[nodiscard]] CopyAccount finish() { return std::move(account_); }

 private:
  struct Open {
    std::size_t entry;  // of account_.partitions
    std::vector<BrokerIndex> destinations;
  };

  Instant start_, end_;
  Duration window_;
  std::size_t brokers_;
  std::map<std::uint32_t, Open> open_;  // by partition
  CopyAccount account_;
};

}  // namespace brokersim
