// SPDX-License-Identifier: Apache-2.0
#include "sim/control_plane/controller_error.hpp"

namespace brokersim {

std::string_view name_of(ControllerError error) {
  switch (error) {
    case ControllerError::none:
      return "NONE";
    case ControllerError::broker_id_not_registered:
      return "BROKER_ID_NOT_REGISTERED";
    case ControllerError::duplicate_broker_registration:
      return "DUPLICATE_BROKER_REGISTRATION";
    case ControllerError::stale_broker_epoch:
      return "STALE_BROKER_EPOCH";
    case ControllerError::unknown_topic_or_partition:
      return "UNKNOWN_TOPIC_OR_PARTITION";
    case ControllerError::not_controller:
      return "NOT_CONTROLLER";
    case ControllerError::fenced_leader_epoch:
      return "FENCED_LEADER_EPOCH";
    case ControllerError::invalid_request:
      return "INVALID_REQUEST";
    case ControllerError::invalid_update_version:
      return "INVALID_UPDATE_VERSION";
    case ControllerError::ineligible_replica:
      return "INELIGIBLE_REPLICA";
    case ControllerError::new_leader_elected:
      return "NEW_LEADER_ELECTED";
    case ControllerError::election_not_needed:
      return "ELECTION_NOT_NEEDED";
    case ControllerError::preferred_leader_not_available:
      return "PREFERRED_LEADER_NOT_AVAILABLE";
    case ControllerError::eligible_leaders_not_available:
      return "ELIGIBLE_LEADERS_NOT_AVAILABLE";
    case ControllerError::invalid_replica_assignment:
      return "INVALID_REPLICA_ASSIGNMENT";
    case ControllerError::invalid_replication_factor:
      return "INVALID_REPLICATION_FACTOR";
    case ControllerError::no_reassignment_in_progress:
      return "NO_REASSIGNMENT_IN_PROGRESS";
  }
  return "UNKNOWN_SERVER_ERROR";
}

}  // namespace brokersim
