// SPDX-License-Identifier: Apache-2.0
// The world of the C3 authors' simulator (absim), on the engine and with the product's read policies.
#pragma once
#include <cstdint>
#include <vector>

#include "sim/core/sim_time.hpp"
#include "sim/policy/replica_selector/read_policies.hpp"

namespace brokersim::validate {

/// Clients send each request to one of the replicas of its key; servers have one line and some slots each.
///
/// Every quirk of the original that its figures rest on is kept: gaps between requests of a generator are a Poisson
/// number of whole milliseconds, all generators start together, and the network takes the same time each way.
struct SelectionSpec {
  std::uint32_t clients = 1, servers = 1, generators = 1, replicas = 1;
  std::uint32_t slots = 1;  ///< of a server
  std::uint64_t requests = 0;
  Duration mean_service{};
  double utilization = 0;
  Duration one_way{std::chrono::milliseconds{2}};
  /// Every interval each server keeps its mean service time or, with probability 1/2, is 1 + drift times as fast;
  /// interval 0: never.
  Duration interval{};
  double drift = 0;
  Duration warm_up{std::chrono::seconds{2}};  ///< answers before it are not counted
  ReadPolicy policy = ReadPolicy::leader;     ///< `leader`: the first replica of the set
};

struct SelectionResult {
  std::vector<double> latencies;        ///< ms, from the request at its client to the answer there
  std::vector<std::uint64_t> requests;  ///< by server
};

[[nodiscard]] SelectionResult run_selection(const SelectionSpec& spec, RandomSource random);

}  // namespace brokersim::validate
