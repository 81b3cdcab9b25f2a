// SPDX-License-Identifier: Apache-2.0
// All assignors, by Kafka's names.
#pragma once
#include <array>
#include <optional>
#include <string_view>

#include "sim/policy/assignor/consumer_group.hpp"

namespace brokersim {

/// group.protocol of the members: who assigns, and by which rules a rebalance goes.
enum class GroupProtocol {
  classic,   ///< a member assigns, by partition.assignment.strategy
  consumer,  ///< the coordinator does (KIP-848), by group.remote.assignor
};

enum class AssignorKind { range, round_robin, sticky, cooperative_sticky, server_uniform, server_range };

struct AssignorName {
  AssignorKind kind;
  GroupProtocol protocol;
  std::string_view name;  ///< as in Kafka's configuration
};

/// The default of each protocol first.
inline constexpr std::array<AssignorName, 6> assignor_names{{
    {AssignorKind::range, GroupProtocol::classic, "range"},
    {AssignorKind::round_robin, GroupProtocol::classic, "roundrobin"},
    {AssignorKind::sticky, GroupProtocol::classic, "sticky"},
    {AssignorKind::cooperative_sticky, GroupProtocol::classic, "cooperative-sticky"},
    {AssignorKind::server_uniform, GroupProtocol::consumer, "uniform"},
    {AssignorKind::server_range, GroupProtocol::consumer, "range"},
}};

/// None if the protocol has no assignor of that name.
[[nodiscard]] constexpr std::optional<AssignorKind> assignor_named(GroupProtocol protocol, std::string_view name) {
  for (const AssignorName& known : assignor_names) {
    if (known.protocol == protocol && known.name == name) return known.kind;
  }
  return std::nullopt;
}

[[nodiscard]] constexpr const AssignorName& name_of(AssignorKind kind) {
  return assignor_names[static_cast<std::size_t>(kind)];
}

/// Who reads what from now on.
[[nodiscard]] GroupAssignment assign(AssignorKind kind, const GroupView& group);

}  // namespace brokersim
