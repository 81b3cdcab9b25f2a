// SPDX-License-Identifier: Apache-2.0
// What an operator can set on the controller.
#pragma once
#include <chrono>
#include <cstdint>

#include "sim/core/sim_time.hpp"

namespace brokersim {

/// How leaders get back to their preferred replicas (2.3).
enum class LeaderBalancing : std::uint8_t {
  off,        ///< auto.leader.rebalance.enable=false
  kraft,      ///< every interval, every imbalanced partition (L-11, L-12); from when, ControllerClock says
  zookeeper,  ///< every interval, the partitions of brokers above a threshold (L-13; up to 3.9)
};

/// When the controller does by itself what nobody asks it for.
enum class ControllerClock : std::uint8_t {
  periodic,   ///< since 4.0: on grids that begin when it becomes active; sessions are looked at 8 times a timeout
  on_demand,  ///< up to 3.9: sessions at the very moment they end, passes one interval after there is something to do
};

struct ControllerSettings {
  ControllerClock clock = ControllerClock::periodic;
  Duration broker_session_timeout = std::chrono::seconds(9);  ///< broker.session.timeout.ms (L-16)
  bool eligible_leader_replicas = true;                       ///< eligible.leader.replicas.version 1 (L-9)
  LeaderBalancing leader_balancing = LeaderBalancing::kraft;
  Duration leader_imbalance_check_interval = std::chrono::seconds(300);
  std::uint32_t leader_imbalance_per_broker_percentage = 10;            ///< zookeeper only (L-12)
  Duration unclean_leader_election_interval = std::chrono::minutes(5);  ///< L-10, internal to Kafka
  bool partition_epoch_ignored = false;  ///< test only (M-13): proposals of an older partition epoch are accepted
  bool anybody_joins_isr = false;        ///< test only (M-15): fenced brokers are accepted into ISRs
  std::uint32_t max_elections_per_pass = 1000;  ///< records of one balancing pass or unclean sweep (L-10, L-11)
};

/// Settings of a topic that the controller obeys.
struct TopicRules {
  std::uint32_t min_insync_replicas = 1;
  bool unclean_leader_election = false;  ///< unclean.leader.election.enable
};

}  // namespace brokersim
