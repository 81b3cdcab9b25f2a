// SPDX-License-Identifier: Apache-2.0
// Faults that wait for a state of the run (B.2): which of them are still waiting, and whether what they wait for holds.
#pragma once
#include <cstdint>
#include <vector>

#include "sim/model/faults.hpp"

namespace brokersim {

class Cluster;

class FaultConditions {
 public:
  explicit FaultConditions(Cluster& cluster) : cluster_(&cluster) {}

  void add(std::uint32_t fault, const FaultCondition& condition) { waiting_.push_back({fault, condition, 0}); }
  [[nodiscard]] bool any() const { return !waiting_.empty(); }
  /// Faults whose condition holds now, in the order of the scenario; they wait no more.
  [[nodiscard]] std::vector<std::uint32_t> take_those_that_hold();
  [[nodiscard]] std::vector<std::uint32_t> waiting() const;

 private:
  struct Waiting {
    std::uint32_t fault;
    FaultCondition condition;
    std::uint32_t position;  // batches of the leader's log up to the record in question; 0: it has not got there
  };
  [[nodiscard]] bool holds(Waiting& waiting) const;
  [[nodiscard]] bool log_is_that_long(Waiting& waiting) const;

  Cluster* cluster_;
  std::vector<Waiting> waiting_;
};

}  // namespace brokersim
