// SPDX-License-Identifier: Apache-2.0
// Why the controller refused: Kafka's error codes, those that it can give here.
#pragma once
#include <cstdint>
#include <string_view>

namespace brokersim {

enum class ControllerError : std::uint8_t {
  none,
  broker_id_not_registered,
  duplicate_broker_registration,  ///< the old incarnation's session is still valid (L-20)
  stale_broker_epoch,
  unknown_topic_or_partition,
  not_controller,  ///< the leader knows more than this controller
  fenced_leader_epoch,
  invalid_request,
  invalid_update_version,  ///< the partition epoch is behind
  ineligible_replica,      ///< L-22
  new_leader_elected,      ///< the change was made, and moved the leader: a reassignment completed
  election_not_needed,
  preferred_leader_not_available,
  eligible_leaders_not_available,
  invalid_replica_assignment,
  invalid_replication_factor,
  no_reassignment_in_progress,
};

/// Kafka's name, e.g. "INELIGIBLE_REPLICA".
[[nodiscard]] std::string_view name_of(ControllerError error);

}  // namespace brokersim
