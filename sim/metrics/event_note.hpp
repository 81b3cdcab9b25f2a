// SPDX-License-Identifier: Apache-2.0
// What happened to the cluster, one note an event, in order of time: faults, and what the controller made of them.
#pragma once
#include <array>
#include <cstdint>
#include <string>

#include "sim/core/sim_time.hpp"

namespace brokersim {

/// One line of the events log.
struct EventNote {
  enum class Kind : std::uint8_t {
    fault_applied,
    fault_ignored,  ///< its target was dead already, or there was nothing to do
    fault_healed,
    process,     ///< of a broker: stopped, started, ready
    broker,      ///< the controller registered, fenced or unfenced one
    leader,      ///< a partition has another leader, or none
    isr,         ///< a partition's in-sync replicas are others
    controller,  ///< it stands still, or works again
  };
  static constexpr std::uint32_t nobody = 0xffff'ffffu;

  Instant time{};
  Kind kind = Kind::fault_applied;
  std::string what;                  ///< the fault's name, or what happened in a word or two
  std::uint32_t broker = nobody;     ///< its index; of a leader: the new one
  std::uint32_t partition = nobody;  ///< its index, topics in order
  std::string detail;                ///< free text; brokers in it are named by their ids
  std::uint32_t fault = nobody;      ///< of a fault: its place in the list of faults
  std::uint64_t event = 0;           ///< events of the engine until then
};

inline constexpr std::array<const char*, 8> event_kind_names{
    "fault_applied", "fault_ignored", "fault_healed", "process", "broker", "leader", "isr", "controller"};

}  // namespace brokersim
