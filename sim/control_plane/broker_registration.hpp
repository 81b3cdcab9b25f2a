// SPDX-License-Identifier: Apache-2.0
// What the controller's metadata says of one broker.
#pragma once
#include <cstdint>
#include <optional>

#include "sim/core/quantities.hpp"

namespace brokersim {

/// The number of a broker's process: another one with every start (L-20).
using Incarnation = std::uint64_t;
/// Given by the controller with every incarnation, growing (INV-P20).
using BrokerEpoch = std::int64_t;

struct BrokerRegistration {
  BrokerEpoch epoch = -1;
  Incarnation incarnation = 0;
  std::optional<ZoneIndex> rack;
  bool fenced = true;
  bool in_controlled_shutdown = false;
  bool directory_offline = false;  ///< the log directory that all its replicas are in

  /// May lead and join ISRs (L-3).
  [[nodiscard]] bool is_active() const { return !fenced && !in_controlled_shutdown && !directory_offline; }
  friend bool operator==(const BrokerRegistration&, const BrokerRegistration&) = default;
};

}  // namespace brokersim
